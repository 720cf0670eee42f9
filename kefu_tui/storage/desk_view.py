"""Everything stored, in memory: the values, and the indexes that find a case."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from kefu_tui.domain.case import Case, Inbound, Outbound
from kefu_tui.domain.lessons import Lesson
from kefu_tui.domain.mention import Mention
from kefu_tui.domain.outbox import Draft, OutboxItem
from kefu_tui.domain.proposals import Decision
from kefu_tui.domain.undo import UndoStep
from kefu_tui.ports import AccountHealth, Cursor, Gap
from kefu_tui.storage.archive.archives import Archives, MonthEntry, Returned
from kefu_tui.storage.backend import Backend
from kefu_tui.storage.codec.accounts import AccountRecord
from kefu_tui.storage.codec.fields import Unreadable
from kefu_tui.storage.codec.undo import Stack, StackedStep
from kefu_tui.storage.delta import Delta
from kefu_tui.storage.tables import (
    ACCOUNTS,
    ARCHIVES,
    BREACHES,
    CASES,
    DRAFTS,
    LESSONS,
    MENTIONS,
    OUTBOX,
    RETURNED,
    RULES,
    UNDO,
    damaged,
)

T = TypeVar("T")


class DeskView:
    """The `StoreView` of what a backend holds, and of every `Delta` absorbed since.

    Not changed while a reader runs on the event loop; what it hands out is frozen or a snapshot, so
    a reader in a thread, or one that awaits half-way, sees one consistent state of each table.
    """

    def __init__(self, backend: Backend, archives: Archives | None = None) -> None:
        self._mentions = MENTIONS.read(backend)
        self._cases = CASES.read(backend)
        self._outbox = OUTBOX.read(backend)
        self._drafts = DRAFTS.read(backend)
        self._accounts = ACCOUNTS.read(backend)
        self._steps = UNDO.read(backend)
        self._lessons = LESSONS.read(backend)
        self._decisions = RULES.read(backend)
        self._breaches = set(backend.documents(BREACHES))
        self._archives = archives if archives is not None else Archives(None)
        self._archives.use(_entries(backend))
        self._returned = dict(_returned(backend))
        self._posts: dict[tuple[str, str], tuple[str, ...]] = {}  # the newest holder last
        self._people: dict[str, dict[str, None]] = {}
        self._is_indexed = False

    def read_all(self) -> None:
        """Look at every value at hand; raises the `StoreError` of the first that cannot be read."""
        for values in (
            self._mentions, self._cases, self._outbox, self._drafts,
            self._accounts, self._steps, self._lessons, self._decisions,
        ):  # fmt: skip
            values.values()

    def case(self, case_id: str) -> Case | None:
        found = self._cases.get(case_id)
        return self._archives.case(case_id) if found is None and self._archives else found

    def cases(self) -> Sequence[Case]:
        return tuple(self._cases.values())

    def mention(self, key: str) -> Mention | None:
        found = self._mentions.get(key)
        return self._archives.mention(key) if found is None and self._archives else found

    def mentions(self) -> Sequence[Mention]:
        return tuple(self._mentions.values())

    def case_id_of_post(self, account: str, post_id: str) -> str | None:
        holders = self._cases_of_post.get((account, post_id))
        if holders:
            return holders[-1]
        case = self._archives.case_of_post(account, post_id) if self._archives else None
        return None if case is None else case.id

    def case_ids_of_person(self, person_key: str) -> Sequence[str]:
        at_hand = tuple(self._cases_of_person.get(person_key, ()))
        if not self._archives:
            return at_hand
        earlier = (case.id for case in self._archives.cases_of_person(person_key))
        return (*(case_id for case_id in earlier if case_id not in self._cases), *at_hand)

    def archived_in(self, case_id: str) -> str | None:
        """The month whose archive holds a case that is not at hand."""
        if case_id in self._cases or not self._archives:
            return None
        return self._archives.month_of(case_id)

    @property
    def archived(self) -> tuple[int, int]:
        entries, back = self._archives.entries.values(), self._returned.values()
        return (
            sum(entry.cases for entry in entries) - len(back),
            sum(entry.mentions for entry in entries) - sum(one.mentions for one in back),
        )

    def archived_cases(self, *, since: datetime | None = None) -> Iterator[tuple[Case, Sequence[Mention]]]:
        for name, entry in self._archives.entries.items():
            if since is not None and entry.month < f"{since.astimezone(UTC):%Y-%m}":
                return
            yield from self._archives.whole(name, but=self._cases)

    def find_archived(self, words: Sequence[str]) -> Iterator[str]:
        return (case_id for case_id in self._archives.find(words) if case_id not in self._cases)

    def cursor(self, account: str) -> Cursor | None:
        return self.account(account).cursor

    def health(self, account: str) -> AccountHealth | None:
        return self.account(account).health

    def gaps(self, account: str) -> Sequence[Gap]:
        return self.account(account).gaps

    def account(self, name: str) -> AccountRecord:
        """What is kept of an account; an empty record for one never heard of."""
        return self._accounts.get(name) or AccountRecord(account=name)

    def outbox_item(self, item_id: str) -> OutboxItem | None:
        return self._outbox.get(item_id)

    def outbox(self) -> Sequence[OutboxItem]:
        return tuple(self._outbox.values())

    def draft(self, case_id: str) -> Draft | None:
        return self._drafts.get(case_id)

    def lesson(self, key: str) -> Lesson | None:
        return self._lessons.get(key)

    def lessons(self) -> Sequence[Lesson]:
        return tuple(self._lessons.values())

    def decision(self, key: str) -> Decision | None:
        return self._decisions.get(key)

    def decisions(self) -> Sequence[Decision]:
        return tuple(sorted(self._decisions.values(), key=lambda one: (one.at, one.key)))

    def undo_stack(self) -> Sequence[UndoStep]:
        return tuple(placed.step for placed in self.stacked(Stack.UNDO))

    def redo_stack(self) -> Sequence[UndoStep]:
        return tuple(placed.step for placed in self.stacked(Stack.REDO))

    def stacked(self, stack: Stack) -> Sequence[StackedStep]:
        """The steps of a stack with their places, the top last."""
        return sorted((s for s in self._steps.values() if s.stack is stack), key=lambda s: s.number)

    def has_breach(self, key: str) -> bool:
        return key in self._breaches or (bool(self._archives) and self._archives.has_breach(key))

    def _absorb(self, delta: Delta) -> None:
        """Take over what has been written."""
        self._index_once()
        for case_id, case in delta.cases.items():
            if (former := self._cases.get(case_id)) is not None:
                self._unindex(former, case)
        self._index(case for case in delta.cases.values() if case is not None)
        _take_over(delta.mentions, self._mentions)
        _take_over(delta.cases, self._cases)
        _take_over(delta.outbox, self._outbox)
        self._accounts.update(delta.accounts)
        for key, is_there in delta.breaches.items():
            (self._breaches.add if is_there else self._breaches.discard)(key)
        _take_over(delta.drafts, self._drafts)
        _take_over(delta.steps, self._steps)
        _take_over(delta.lessons, self._lessons)
        _take_over(delta.decisions, self._decisions)
        _take_over(delta.returned, self._returned)
        if delta.archives:
            self._archives.use(delta.archives.values())

    @property
    def _cases_of_post(self) -> dict[tuple[str, str], tuple[str, ...]]:
        self._index_once()
        return self._posts

    @property
    def _cases_of_person(self) -> dict[str, dict[str, None]]:
        self._index_once()
        return self._people

    def _index_once(self) -> None:
        """Read which posts and people the cases are about; the first screen does not ask."""
        if not self._is_indexed:
            self._is_indexed = True
            self._index(self._cases.values())

    def _index(self, cases: Iterable[Case]) -> None:
        for case in cases:
            self._cases_of_person.setdefault(case.person_key, {})[case.id] = None
            for post in _posts(case):
                holders = self._cases_of_post.get(post, ())
                if case.id not in holders:
                    self._cases_of_post[post] = (*holders, case.id)

    def _unindex(self, former: Case, case: Case | None) -> None:
        if case is None or former.person_key != case.person_key:
            theirs = self._cases_of_person[former.person_key]
            theirs.pop(former.id, None)
            if not theirs:
                del self._cases_of_person[former.person_key]
        for post in set(_posts(former)).difference(() if case is None else _posts(case)):
            holders = tuple(held for held in self._cases_of_post[post] if held != former.id)
            if holders:
                self._cases_of_post[post] = holders
            else:
                del self._cases_of_post[post]


def _take_over(written: Mapping[str, T | None], held: dict[str, T]) -> None:
    for key, value in written.items():
        if value is None:
            held.pop(key, None)
        else:
            held[key] = value


def _entries(backend: Backend) -> Iterator[MonthEntry]:
    for month, document in backend.documents(ARCHIVES).items():
        try:
            yield MonthEntry.read(month, document)
        except Unreadable as error:
            raise damaged(ARCHIVES, month, error.path) from None


def _returned(backend: Backend) -> Iterator[tuple[str, Returned]]:
    for case_id, document in backend.documents(RETURNED).items():
        try:
            yield case_id, Returned.read(document)
        except Unreadable as error:
            raise damaged(RETURNED, case_id, error.path) from None


def _posts(case: Case) -> Iterator[tuple[str, str]]:
    for event in case.events:
        if isinstance(event, Inbound | Outbound):
            yield case.account, event.post_id
