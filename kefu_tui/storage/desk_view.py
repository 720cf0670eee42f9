"""Everything stored, in memory: the values, and the indexes that find a case."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from kefu_tui.domain.case import Case, Inbound, Outbound
from kefu_tui.domain.lessons import Lesson
from kefu_tui.domain.mention import Mention
from kefu_tui.domain.outbox import Draft, OutboxItem
from kefu_tui.domain.proposals import Decision
from kefu_tui.domain.undo import UndoStep
from kefu_tui.ports import AccountHealth, Cursor, Gap
from kefu_tui.storage.backend import Backend
from kefu_tui.storage.codec.accounts import AccountRecord
from kefu_tui.storage.codec.undo import Stack, StackedStep
from kefu_tui.storage.delta import Delta
from kefu_tui.storage.tables import ACCOUNTS, BREACHES, CASES, DRAFTS, LESSONS, MENTIONS, OUTBOX, RULES, UNDO

T = TypeVar("T")


class DeskView:
    """The `StoreView` of what a backend holds, and of every `Delta` absorbed since.

    Not changed while a reader runs on the event loop; what it hands out is frozen or a snapshot, so
    a reader in a thread, or one that awaits half-way, sees one consistent state of each table.
    """

    def __init__(self, backend: Backend) -> None:
        self._mentions = MENTIONS.read(backend)
        self._cases = CASES.read(backend)
        self._outbox = OUTBOX.read(backend)
        self._drafts = DRAFTS.read(backend)
        self._accounts = ACCOUNTS.read(backend)
        self._steps = UNDO.read(backend)
        self._lessons = LESSONS.read(backend)
        self._decisions = RULES.read(backend)
        self._breaches = set(backend.documents(BREACHES))
        self._cases_of_post: dict[tuple[str, str], tuple[str, ...]] = {}  # the newest holder last
        self._cases_of_person: dict[str, dict[str, None]] = {}
        self._index(self._cases.values())

    def case(self, case_id: str) -> Case | None:
        return self._cases.get(case_id)

    def cases(self) -> Sequence[Case]:
        return tuple(self._cases.values())

    def mention(self, key: str) -> Mention | None:
        return self._mentions.get(key)

    def mentions(self) -> Sequence[Mention]:
        return tuple(self._mentions.values())

    def case_id_of_post(self, account: str, post_id: str) -> str | None:
        holders = self._cases_of_post.get((account, post_id))
        return holders[-1] if holders else None

    def case_ids_of_person(self, person_key: str) -> Sequence[str]:
        return tuple(self._cases_of_person.get(person_key, ()))

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
        return key in self._breaches

    def _absorb(self, delta: Delta) -> None:
        """Take over what has been written."""
        for case_id, case in delta.cases.items():
            if (former := self._cases.get(case_id)) is not None:
                self._unindex(former, case)
        self._index(delta.cases.values())
        self._mentions.update(delta.mentions)
        self._cases.update(delta.cases)
        self._outbox.update(delta.outbox)
        self._accounts.update(delta.accounts)
        self._breaches.update(delta.breaches)
        _take_over(delta.drafts, self._drafts)
        _take_over(delta.steps, self._steps)
        _take_over(delta.lessons, self._lessons)
        _take_over(delta.decisions, self._decisions)

    def _index(self, cases: Iterable[Case]) -> None:
        for case in cases:
            self._cases_of_person.setdefault(case.person_key, {})[case.id] = None
            for post in _posts(case):
                holders = self._cases_of_post.get(post, ())
                if case.id not in holders:
                    self._cases_of_post[post] = (*holders, case.id)

    def _unindex(self, former: Case, case: Case) -> None:
        if former.person_key != case.person_key:
            self._cases_of_person[former.person_key].pop(former.id, None)
        for post in set(_posts(former)).difference(_posts(case)):
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


def _posts(case: Case) -> Iterator[tuple[str, str]]:
    for event in case.events:
        if isinstance(event, Inbound | Outbound):
            yield case.account, event.post_id
