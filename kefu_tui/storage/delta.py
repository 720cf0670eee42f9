"""What an update writes: only the values that differ from those stored, in both their shapes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import TypeVar

from kefu_tui.domain.case import Case
from kefu_tui.domain.lessons import Lesson
from kefu_tui.domain.mention import Mention
from kefu_tui.domain.outbox import Draft, OutboxItem
from kefu_tui.domain.proposals import Decision
from kefu_tui.storage.archive.archives import MonthEntry, Returned
from kefu_tui.storage.backend import Document
from kefu_tui.storage.codec.accounts import AccountRecord
from kefu_tui.storage.codec.undo import StackedStep
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
    Table,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """New values by key; None removes what is stored there."""

    mentions: Mapping[str, Mention | None] = field(default_factory=dict)
    cases: Mapping[str, Case | None] = field(default_factory=dict)
    outbox: Mapping[str, OutboxItem | None] = field(default_factory=dict)
    drafts: Mapping[str, Draft | None] = field(default_factory=dict)
    accounts: Mapping[str, AccountRecord] = field(default_factory=dict)
    steps: Mapping[str, StackedStep | None] = field(default_factory=dict)
    breaches: Mapping[str, bool] = field(default_factory=dict)
    lessons: Mapping[str, Lesson | None] = field(default_factory=dict)
    decisions: Mapping[str, Decision | None] = field(default_factory=dict)
    archives: Mapping[str, MonthEntry] = field(default_factory=dict)
    returned: Mapping[str, Returned | None] = field(default_factory=dict)

    def batch(self) -> dict[str, dict[str, Document | None]]:
        """The documents to write, by table; empty when nothing differs."""
        tables: dict[str, dict[str, Document | None]] = {
            MENTIONS.name: _documents(MENTIONS, self.mentions),
            CASES.name: _documents(CASES, self.cases),
            OUTBOX.name: _documents(OUTBOX, self.outbox),
            DRAFTS.name: _documents(DRAFTS, self.drafts),
            ACCOUNTS.name: _documents(ACCOUNTS, self.accounts),
            UNDO.name: _documents(UNDO, self.steps),
            BREACHES: {key: {} if is_there else None for key, is_there in self.breaches.items()},
            LESSONS.name: _documents(LESSONS, self.lessons),
            RULES.name: _documents(RULES, self.decisions),
            ARCHIVES: {month: entry.document() for month, entry in self.archives.items()},
            RETURNED: {key: None if one is None else one.document() for key, one in self.returned.items()},
        }
        return {name: documents for name, documents in tables.items() if documents}

    def __bool__(self) -> bool:
        return any(getattr(self, one.name) for one in fields(self))


def _documents(table: Table[T], values: Mapping[str, T | None]) -> dict[str, Document | None]:
    return {key: None if value is None else table.encode(value) for key, value in values.items()}


def differing(new: Mapping[str, T], stored: Callable[[str], T | None]) -> dict[str, T]:
    """The new values that are not stored just so."""
    return {key: value for key, value in new.items() if stored(key) != value}
