"""A case told from top to bottom: who it is, why it is urgent, and everything said so far."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo

from textual.content import Content

from kefu_tui import wording
from kefu_tui.domain.case import (
    Case,
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
from kefu_tui.domain.mention import Mention, Verified, Visibility
from kefu_tui.domain.outbox import OutboxItem, OutboxState
from kefu_tui.domain.triage import FLAGGED_SAME
from kefu_tui.i18n import _, duration
from kefu_tui.plain import one_line, visible
from kefu_tui.tui.wrapping import wrapped

LONG_LAG_MINUTES = 5
MOST_NAMES = 6  # of those who complain of the same


def person_line(summary: CaseSummary, platform: str) -> Content:
    """Who writes: name, handle, reach, where."""
    author = summary.lead.post.author
    parts: list[tuple[str, str]] = [(one_line(author.display_name) or one_line(author.handle), "bold")]
    if author.handle and author.name:
        parts.append((f"  @{one_line(author.handle)}", "$muted"))
    if author.verified is not Verified.NONE:
        parts.append((f"  {wording.verified(author.verified)}", "$primary"))
    if author.followers is not None:
        followers = _("{count} followers").format(count=wording.followers(author.followers))
        parts.append((f"  {followers}", "$muted"))
    parts.append((f"  {summary.case.account} · {platform}", "$faint"))
    return Content.assemble(*parts)


def verdict_line(summary: CaseSummary, now: datetime) -> Content:
    """The priority with its reasons: what a founder checks before believing it."""
    priority, raised = summary.priority(now)
    reasons = [*summary.verdict.reasons, *raised]
    parts: list[tuple[str, str]] = [
        (f" {priority.name} ", f"bold $on-p on $p{priority.value}"),
        (f" {wording.category(summary.verdict.category)}", "bold"),
        (f" · {wording.sentiment(summary.verdict.sentiment)}", "$muted"),
    ]
    parts += [(f" · {one_line(wording.reason(reason))}", "$foreground") for reason in reasons]
    if summary.tags:
        parts.append((f"  {wording.tags(summary.tags)}", "$primary"))
    return Content.assemble(*parts)


def cause_line(summary: CaseSummary, alike: Sequence[Mention]) -> Content:
    """Who else complains of the same; empty where nobody does."""
    if summary.same_cause < FLAGGED_SAME:
        return Content("")
    names = [mention.post.author.display_name for mention in alike[:MOST_NAMES]]
    more = ["…"] if len(alike) > MOST_NAMES else []
    return Content.assemble((f" {wording.alike(summary.same_cause, [*names, *more])}", "$warning"))


def state_line(summary: CaseSummary, now: datetime) -> Content:
    """Whose turn it is, since when, and when our word is due."""
    state = summary.state(now)
    parts: list[tuple[str, str]] = [(f" {wording.state(state)}", "bold $primary")]
    waited = summary.waiting(now)
    if waited is not None:
        parts.append((" · " + _("waits {time}").format(time=duration(waited)), "$foreground"))
    if summary.due is not None:
        late = summary.due.late_by(now)
        clock = wording.clock(summary.due.kind)
        if late.total_seconds() >= 0:
            parts.append(
                (" · " + _("{clock} late by {time}").format(clock=clock, time=duration(late)), "bold $error")
            )
        else:
            parts.append(
                (" · " + _("{clock} due in {time}").format(clock=clock, time=duration(-late)), "$foreground")
            )
    return Content.assemble(*parts)


def thread(
    case: Case, mentions: Mapping[str, Mention], on_their_way: list[OutboxItem], zone: tzinfo, width: int
) -> list[Content]:
    """Everything that was said and done, in order, as paragraphs."""
    paragraphs: list[Content] = []
    day: str | None = None
    for event in case.events:
        moment = event.at.astimezone(zone)
        date = f"{moment:%Y-%m-%d}"
        if date != day:
            day = date
            paragraphs.append(Content.assemble((f"── {date} ".ljust(max(width, 14), "─")[:width], "$faint")))
        paragraphs.extend(_told(event, mentions, zone, width))
    paragraphs.extend(_on_its_way(item, width) for item in on_their_way)
    return paragraphs


def _told(event: Event, mentions: Mapping[str, Mention], zone: tzinfo, width: int) -> list[Content]:
    time = f"{event.at.astimezone(zone):%H:%M}"
    match event:
        case Inbound():
            mention = mentions.get(event.mention_key)
            return [] if mention is None else _customer(mention, event, time, width)
        case Outbound():
            return [_ours(event, time, width)]
        case Withdrawn():
            return [_note(time, _("the customer deleted the post"))]
        case Closed(without_reply=True):
            why = one_line(event.reason)
            return [
                _note(time, _("closed without a reply: {reason}").format(reason=wording.close_reason(why)))
            ]
        case Closed():
            return [_note(time, _("closed"))]
        case Reopened():
            return [_note(time, _("reopened"))]
        case Snoozed():
            until = f"{event.until.astimezone(zone):%m-%d %H:%M}"
            text = _("held until {time}") if event.hold else _("snoozed until {time}")
            return [_note(time, text.format(time=until))]
        case Woken():
            return [_note(time, _("taken back"))]
        case Corrected():
            return [_note(time, wording.correction(event.target, event.value, event.previous))]
        case Tagged():
            return [_note(time, wording.tagged(event.tag, on=event.on))]
        case Noted():
            return [_own_note(event, time, width)]


def _customer(mention: Mention, event: Inbound, time: str, width: int) -> list[Content]:
    post = mention.post
    head: list[tuple[str, str]] = [
        (f"{time} ", "$muted"),
        (one_line(post.author.display_name), "bold $primary"),
    ]
    if post.visibility is not Visibility.PUBLIC:
        head.append((f"  {wording.visibility(post.visibility)}", "$private"))
    lag = event.seen_at - event.at
    if lag.total_seconds() >= LONG_LAG_MINUTES * 60:
        head.append(("  " + _("seen {time} later").format(time=duration(lag)), "$muted"))
    if mention.deleted_at is not None:
        head.append(("  " + _("deleted"), "$warning"))
    if mention.earlier_texts:
        head.append(("  " + _("edited"), "$warning"))
    body = "$muted" if mention.deleted_at is not None else "$foreground"
    parts = [Content.assemble(*head)]
    if post.content_warning:
        parts.append(Content.assemble((_("CW: ") + one_line(post.content_warning), "italic $warning")))
    parts.append(Content.assemble((wrapped(visible(post.text).strip(), width), body)))
    parts += [
        Content.assemble((_("before: ") + one_line(text), "strike $faint")) for text in mention.earlier_texts
    ]
    return [Content("\n").join(parts)]


def _ours(event: Outbound, time: str, width: int) -> Content:
    head = Content.assemble(
        (f"{time} ", "$muted"),
        (_("Us"), "bold $ours"),
        (f"  {wording.visibility(event.visibility)}", "$faint"),
    )
    return Content("\n").join([head, Content.assemble((wrapped(visible(event.text), width), "$ours"))])


def _on_its_way(item: OutboxItem, width: int) -> Content:
    style = "bold $error" if item.state in (OutboxState.UNKNOWN, OutboxState.FAILED) else "bold $warning"
    parts: list[tuple[str, str]] = [(f"→ {wording.outbox_state(item.state)}", style)]
    if item.problem:
        parts.append((f"  {one_line(item.problem)}", "$warning"))
    return Content("\n").join(
        [Content.assemble(*parts), Content.assemble((wrapped(visible(item.request.text), width), "$muted"))]
    )


def _own_note(event: Noted, time: str, width: int) -> Content:
    head = Content.assemble((f"{time} ", "$muted"), ("✍ " + _("Note"), "bold $warning"))
    return Content("\n").join([head, Content.assemble((wrapped(visible(event.text), width), "italic"))])


def _note(time: str, text: str) -> Content:
    return Content.assemble((f"{time} · {text}", "italic $muted"))
