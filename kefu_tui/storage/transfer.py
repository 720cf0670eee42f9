"""A store as lines of JSON, and such lines merged into a store: nothing doubled, nothing of ours lost.

Every line but the first is `{"table": …, "document": …}`, documents as they lie in the store. What is on
its way out is exported but never imported: two desks must not send the same reply.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from kefu_tui.domain.case import Case, Inbound
from kefu_tui.domain.corrections import put_right
from kefu_tui.domain.episodes import standing
from kefu_tui.domain.errors import N_, StoreError
from kefu_tui.domain.events import Event
from kefu_tui.domain.lessons import Lesson
from kefu_tui.domain.mention import Mention
from kefu_tui.domain.outbox import OPEN_STATES, Draft, OutboxItem
from kefu_tui.domain.proposals import Decision
from kefu_tui.ports import Changes, Json, Store, StoreView
from kefu_tui.storage.codec.fields import Unreadable, written_moment
from kefu_tui.storage.migrations import FIRST_VERSION, STEPS
from kefu_tui.storage.tables import CASES, DRAFTS, LESSONS, MENTIONS, OUTBOX, RULES, Table

FORMAT = 1
_AT_ONCE = 200  # lines of one update

_TABLES: Mapping[str, Table[Any]] = {
    table.name: table for table in (MENTIONS, CASES, OUTBOX, DRAFTS, LESSONS, RULES)
}


def documents(store: StoreView, now: datetime) -> Iterator[dict[str, Json]]:
    """Everything stored, at hand and archived, one document after another, the header first.

    A case comes after its mentions.
    """
    schema = STEPS[-1].version if STEPS else FIRST_VERSION
    yield {"kefu": FORMAT, "schema": schema, "exported_at": written_moment(now)}
    for mention in store.mentions():
        yield _line(MENTIONS, mention)
    for case in store.cases():
        yield _line(CASES, case)
        if (draft := store.draft(case.id)) is not None:
            yield _line(DRAFTS, draft)
    for item in store.outbox():
        yield _line(OUTBOX, item)
    for lesson in store.lessons():
        yield _line(LESSONS, lesson)
    for decision in store.decisions():
        yield _line(RULES, decision)
    for case, mentions in store.archived_cases():
        for mention in mentions:
            yield _line(MENTIONS, mention)
        yield _line(CASES, case)


def _line(table: Table[Any], value: object) -> dict[str, Json]:
    return {"table": table.name, "document": table.encode(value)}


def rows(store: StoreView, now: datetime) -> Iterator[dict[str, Any]]:
    """Every mention as one flat row, with its case's state and the first answer to it; times are ISO 8601."""
    for case in store.cases():
        held = (store.mention(inbound.mention_key) for inbound in case.inbounds)
        yield from _rows_of(case, [mention for mention in held if mention is not None], now)
    for case, mentions in store.archived_cases():
        yield from _rows_of(case, mentions, now)


def _rows_of(case: Case, mentions: Iterable[Mention], now: datetime) -> Iterator[dict[str, Any]]:
    state = standing(case.events).state(now).value
    for mention in put_right(case, {mention.key: mention for mention in mentions}).values():
        answers = (one for one in case.outbounds if mention.key in one.answers and not one.automatic)
        answer = min(answers, key=lambda one: one.at, default=None)
        post, verdict = mention.post, mention.verdict
        yield {
            "case": case.id,
            "mention": mention.key,
            "account": mention.account,
            "kind": post.kind.value,
            "visibility": post.visibility.value,
            "author": post.author.name,
            "handle": post.author.handle,
            "followers": post.author.followers,
            "posted_at": post.posted_at.isoformat(),
            "first_seen_at": mention.first_seen_at.isoformat(),
            "text": post.text,
            "url": post.url,
            "priority": verdict.priority.name,
            "category": verdict.category.value,
            "sentiment": verdict.sentiment.value,
            "tags": " ".join(verdict.tags),
            "state": state,
            "answered_at": None if answer is None else answer.at.isoformat(),
            "answer": None if answer is None else answer.text,
        }


@dataclass(slots=True)
class Merged:
    """What an import did: values that were new, that differed and were merged, that were there already."""

    new: int = 0
    merged: int = 0
    known: int = 0
    skipped: int = 0

    def __add__(self, other: "Merged") -> "Merged":
        return Merged(
            self.new + other.new,
            self.merged + other.merged,
            self.known + other.known,
            self.skipped + other.skipped,
        )


@dataclass(slots=True)
class _Page:
    """Values to be merged in one update, by their keys."""

    mentions: dict[str, Mention] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)
    outbox: dict[str, OutboxItem] = field(default_factory=dict)
    drafts: dict[str, Draft] = field(default_factory=dict)
    lessons: dict[str, Lesson] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)

    def __len__(self) -> int:
        few = len(self.outbox) + len(self.drafts) + len(self.lessons) + len(self.decisions)
        return len(self.mentions) + len(self.cases) + few


def read(lines: Iterable[str], origin: str) -> list[tuple[str, Any]]:
    """The values of an export with the names of their tables; raises `StoreError` naming the line."""
    found: list[tuple[str, Any]] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            read_line = json.loads(line)
            if number == 1:
                _check_header(read_line, origin)
                continue
            table = _TABLES[read_line["table"]]
            found.append((table.name, table.decode(read_line["document"])))
        except (ValueError, KeyError, TypeError, AttributeError, Unreadable) as error:
            raise StoreError(
                N_("{origin}, line {line}: not a line of `kefu export`; nothing was imported"),
                origin=origin,
                line=number,
            ) from error
    return found


def _check_header(header: Any, origin: str) -> None:
    newest = STEPS[-1].version if STEPS else FIRST_VERSION
    if header["kefu"] > FORMAT or header["schema"] > newest:
        raise StoreError(N_("{origin} was written by a newer kefu: upgrade kefu"), origin=origin)


async def merge(store: Store, values: Iterable[tuple[str, Any]]) -> Merged:
    """Merge values into the store, some hundred at a time; what is there already is left alone.

    Of a mention the later wording counts; a case has the events of both, each once; a draft of ours stays.
    """
    total = Merged()
    page = _Page()
    # a case must not stand in the store before what was said in it
    for table, value in sorted(values, key=lambda one: one[0] != MENTIONS.name):
        _TABLE_OF_PAGE[table](page)[_TABLES[table].key(value)] = value
        if len(page) >= _AT_ONCE:
            total += await _merge_page(store, page)
            page = _Page()
    return total + await _merge_page(store, page)


_TABLE_OF_PAGE: Mapping[str, Any] = {
    MENTIONS.name: lambda page: page.mentions,
    CASES.name: lambda page: page.cases,
    OUTBOX.name: lambda page: page.outbox,
    DRAFTS.name: lambda page: page.drafts,
    LESSONS.name: lambda page: page.lessons,
    RULES.name: lambda page: page.decisions,
}


async def _merge_page(store: Store, page: _Page) -> Merged:
    counted: list[Merged] = []

    def change(view: StoreView) -> Changes:
        done = Merged()
        mentions = [_counted(done, view.mention(key), one, _later) for key, one in page.mentions.items()]
        cases = [_counted(done, view.case(key), one, _both) for key, one in page.cases.items()]
        sent = {key: one for key, one in page.outbox.items() if one.state not in OPEN_STATES}
        done.skipped += len(page.outbox) - len(sent)
        outbox = [_counted(done, view.outbox_item(key), one, _ours) for key, one in sent.items()]
        drafts = [_counted(done, view.draft(key), one, _ours) for key, one in page.drafts.items()]
        lessons = [_counted(done, view.lesson(key), one, _ours) for key, one in page.lessons.items()]
        decisions = [_counted(done, view.decision(key), one, _ours) for key, one in page.decisions.items()]
        counted.append(done)
        return Changes(
            mentions=mentions, cases=cases, outbox=outbox, drafts=drafts, lessons=lessons, decisions=decisions
        )

    await store.update(change)
    return counted[-1]


def _counted(done: Merged, ours: Any, theirs: Any, merge_both: Any) -> Any:
    if ours is None:
        done.new += 1
        return theirs
    result = merge_both(ours, theirs)
    if result == ours:
        done.known += 1
        return ours
    done.merged += 1
    return result


def _ours(ours: Any, _theirs: Any) -> Any:
    return ours


def _later(ours: Mention, theirs: Mention) -> Mention:
    """The mention with the wording that was written last; seen first when either desk saw it."""
    newer = ours
    if theirs.post.edited_at is not None and (
        ours.post.edited_at is None or theirs.post.edited_at > ours.post.edited_at
    ):
        newer = replace(ours, post=theirs.post, verdict=theirs.verdict, earlier_texts=theirs.earlier_texts)
    deleted = min((at for at in (ours.deleted_at, theirs.deleted_at) if at is not None), default=None)
    return replace(newer, first_seen_at=min(ours.first_seen_at, theirs.first_seen_at), deleted_at=deleted)


def _both(ours: Case, theirs: Case) -> Case:
    """The case with the events of both, each once, ours in their order and theirs by the time they came."""
    known = {_identity(event) for event in ours.events}
    events: list[Event] = list(ours.events)
    for event in theirs.events:
        if _identity(event) in known:
            continue
        place = len(events)
        while place and _came(events[place - 1]) > _came(event):
            place -= 1
        events.insert(place, event)
    memory = dict(theirs.memory) | dict(ours.memory)
    return replace(ours, events=tuple(events), memory=tuple(memory.items()))


def _identity(event: Event) -> tuple[str, str]:
    name = getattr(event, "id", None) or getattr(event, "mention_key", "")
    return type(event).__name__, str(name)


def _came(event: Event) -> datetime:
    return event.seen_at if isinstance(event, Inbound) else event.at
