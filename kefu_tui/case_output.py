"""One case as lines of text: what was said, in order, what became of it, and what is on its way."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from rich.text import Text

from kefu_tui import wording
from kefu_tui.case_ids import CaseIds
from kefu_tui.domain.case import (
    Closed,
    Corrected,
    Event,
    Inbound,
    Noted,
    Outbound,
    Reopened,
    Snoozed,
    Tagged,
    Withdrawn,
    Woken,
)
from kefu_tui.domain.feed import CaseSummary
from kefu_tui.domain.mention import Author, Mention
from kefu_tui.domain.outbox import OPEN_STATES, OutboxItem, ReplyRequest
from kefu_tui.domain.triage import FLAGGED_SAME
from kefu_tui.i18n import _
from kefu_tui.output import case_heading
from kefu_tui.plain import one_line, visible
from kefu_tui.ports import TextLength
from kefu_tui.services.bundle import Services


def case_lines(services: Services, summary: CaseSummary, ids: CaseIds) -> Iterator[Text]:
    """The whole case, oldest first."""
    yield case_heading(services, summary, ids)
    if summary.same_cause >= FLAGGED_SAME:
        alike = services.feed.alike(summary.case)
        names = [f"{one_line(m.post.author.display_name)} {ids.short(m.case_id)}" for m in alike]
        yield Text(wording.alike(summary.same_cause, names), "yellow")
    mentions = {mention.key: mention for mention in services.feed.mentions(summary.case)}
    for event in summary.case.events:
        yield from _event_lines(services, event, mentions)
    for item in services.store.outbox():
        if item.request.case_id == summary.case.id and item.state in OPEN_STATES:
            yield from outbox_lines(item)
    draft = services.store.draft(summary.case.id)
    if draft is not None:
        yield Text()
        yield Text(_("Draft"), "bold")
        yield from _indented(draft.text)


def outbox_lines(item: OutboxItem) -> Iterator[Text]:
    """A reply on its way: how far it has come and what it says."""
    yield Text()
    yield Text(wording.outbox_state(item.state), "bold yellow").append(
        f"  {one_line(item.problem)}", "not bold"
    )
    yield from _indented(item.request.text)


def review_lines(request: ReplyRequest, target: Mention, length: TextLength) -> Iterator[Text]:
    """What the founder approves: account, target, visibility, the customer's own words, the final text."""
    to = f"@{one_line(request.target_handle)}"
    yield Text(f"{one_line(request.account)} → {to}", "bold").append(
        f"  {wording.visibility(request.visibility)} · {length.used}/{length.limit}", "not bold"
    )
    yield from _indented(target.post.text, "dim")
    yield Text("↳")
    yield from _indented(request.text)


def _event_lines(services: Services, event: Event, mentions: Mapping[str, Mention]) -> Iterator[Text]:
    match event:
        case Inbound():
            mention = mentions.get(event.mention_key)
            if mention is not None:
                yield from _mention_lines(services, mention)
        case Outbound():
            yield Text()
            head = Text(f"{_local(services, event.at)}  ").append(_("We replied"), "bold green")
            yield head.append(f"  {wording.visibility(event.visibility)}", "dim")
            yield from _indented(event.text)
        case Withdrawn():
            yield _note(services, event.at, _("the customer deleted the post"))
        case Closed() if event.without_reply:
            reason = wording.close_reason(event.reason)
            yield _note(services, event.at, _("closed without a reply: {reason}").format(reason=reason))
        case Closed():
            yield _note(services, event.at, _("closed"))
        case Reopened():
            yield _note(services, event.at, _("reopened"))
        case Snoozed():
            until = _local(services, event.until)
            yield _note(services, event.at, _("snoozed until {moment}").format(moment=until))
        case Woken():
            yield _note(services, event.at, _("taken back"))
        case Corrected():
            words = wording.correction(event.target, event.value, event.previous)
            yield _note(services, event.at, words)
        case Tagged():
            yield _note(services, event.at, wording.tagged(event.tag, on=event.on))
        case Noted():
            yield _note(services, event.at, _("note to yourself"))
            yield from _indented(event.text)


def _mention_lines(services: Services, mention: Mention) -> Iterator[Text]:
    post = mention.post
    yield Text()
    head = Text(f"{_local(services, post.posted_at)}  ").append(one_line(post.author.display_name), "bold")
    head.append(f" {_about(post.author)} · {wording.kind(post.kind)}", "dim")
    yield head.append(f" · {wording.visibility(post.visibility)}", "dim")
    reasons = wording.verdict_line(mention.verdict)
    yield Text(f"    {mention.verdict.priority.name} · {reasons}" if reasons else "", "dim")
    if post.content_warning:
        yield from _indented(f"[{post.content_warning}]", "dim")
    for earlier in mention.earlier_texts:
        yield from _indented(earlier, "dim strike")
    yield from _indented(post.text)
    if post.url:
        yield Text(f"    {one_line(post.url)}", "dim")


def _about(author: Author) -> str:
    handle = f"@{one_line(author.handle)}"
    if author.followers is None:
        return handle
    return f"{handle} · " + _("{count} followers").format(count=wording.followers(author.followers))


def _note(services: Services, at: datetime, words: str) -> Text:
    return Text(f"\n{_local(services, at)}  {words}", "dim")


def _local(services: Services, moment: datetime) -> str:
    return f"{moment.astimezone(services.zone):%Y-%m-%d %H:%M}"


def _indented(text: str, style: str = "") -> Iterator[Text]:
    for line in visible(text).split("\n"):
        yield Text(f"    {line}", style)
