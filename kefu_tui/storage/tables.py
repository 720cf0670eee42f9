"""The tables of the store: what each holds and under which key."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from kefu_tui.domain.case import Case
from kefu_tui.domain.errors import N_, StoreError
from kefu_tui.domain.lessons import Lesson
from kefu_tui.domain.mention import Mention
from kefu_tui.domain.outbox import Draft, OutboxItem
from kefu_tui.domain.proposals import Decision
from kefu_tui.storage.backend import Backend, Document
from kefu_tui.storage.codec.accounts import AccountRecord, decode_account, encode_account
from kefu_tui.storage.codec.cases import decode_case, encode_case
from kefu_tui.storage.codec.fields import Unreadable
from kefu_tui.storage.codec.lessons import decode_decision, decode_lesson, encode_decision, encode_lesson
from kefu_tui.storage.codec.mentions import decode_mention, encode_mention
from kefu_tui.storage.codec.replies import decode_draft, decode_outbox_item, encode_draft, encode_outbox_item
from kefu_tui.storage.codec.undo import StackedStep, decode_stacked_step, encode_stacked_step

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Table(Generic[T]):
    """A table of values: `key` is a value's own name and its document's id."""

    name: str
    key: Callable[[T], str]
    encode: Callable[[T], Document]
    decode: Callable[[Document], T]

    def by_key(self, values: Iterable[T]) -> dict[str, T]:
        """The values by their keys; of two with one key the later counts."""
        return {self.key(value): value for value in values}

    def read(self, backend: Backend) -> "Values[T]":
        """Every value by its key, each decoded when first looked at.

        Whoever looks then gets a `StoreError` naming the document if it cannot be read.
        """
        return Values(self, backend)


class Values(dict[str, T]):
    """The values of a table; those not looked at yet lie in the backend."""

    def __init__(self, table: Table[T], backend: Backend) -> None:
        # None stands for what has not been decoded: no table holds such a value
        super().__init__(dict.fromkeys(backend.documents(table.name)))  # type: ignore[arg-type]
        self._table = table
        self._backend = backend

    def __getitem__(self, key: str) -> T:
        value = super().__getitem__(key)
        return self._decode(key) if value is None else value

    def get(self, key: str, default: T | None = None) -> T | None:  # type: ignore[override]
        try:
            return self[key]
        except KeyError:
            return default

    def pop(self, key: str, default: T | None = None) -> T | None:  # type: ignore[override]
        """Remove a value without looking at it."""
        return super().pop(key, default)

    def values(self) -> Any:
        """A copy of the values, all decoded."""
        return [self[key] for key in list(self)]

    def items(self) -> Any:
        """A copy of the values with their keys, all decoded."""
        return [(key, self[key]) for key in list(self)]

    def copy(self) -> dict[str, T]:
        return dict(self.items())

    def _decode(self, key: str) -> T:
        document = self._backend.document(self._table.name, key)
        try:
            value = self._table.decode(document)
        except Unreadable as error:
            raise damaged(self._table.name, key, error.path) from None
        if self._table.key(value) != key:
            raise damaged(self._table.name, key, "key")
        # of two threads that decode at the same time both get the same object: one may be compared with `is`
        return cast("T", _settled(self, key, value))


def _settled(values: dict[str, Any], key: str, value: object) -> object:
    """Keep a decoded value unless another thread has done so; returns the one that is kept."""
    held = dict.get(values, key)
    if held is None:
        dict.__setitem__(values, key, value)
        return value
    return held


def damaged(table: str, key: str, field: str) -> StoreError:
    return StoreError(
        N_("The store is damaged: {document} has no readable “{field}”. `kefu doctor` looks into it."),
        document=f"{table}/{key}",
        field=field,
    )


MENTIONS: Table[Mention] = Table("mentions", lambda mention: mention.key, encode_mention, decode_mention)
CASES: Table[Case] = Table("cases", lambda case: case.id, encode_case, decode_case)
OUTBOX: Table[OutboxItem] = Table("outbox", lambda item: item.id, encode_outbox_item, decode_outbox_item)
DRAFTS: Table[Draft] = Table("drafts", lambda draft: draft.case_id, encode_draft, decode_draft)
ACCOUNTS: Table[AccountRecord] = Table("accounts", lambda one: one.account, encode_account, decode_account)
UNDO: Table[StackedStep] = Table("undo", lambda placed: placed.key, encode_stacked_step, decode_stacked_step)
LESSONS: Table[Lesson] = Table("lessons", lambda lesson: lesson.key, encode_lesson, decode_lesson)
RULES: Table[Decision] = Table("rules", lambda one: one.key, encode_decision, decode_decision)
BREACHES = "breaches"  # only the keys matter; the documents are empty
META = "meta"
ARCHIVES = "archives"  # the file in force, by month
RETURNED = "returned"  # cases that came back from an archive which still holds them, by id

KEYED: tuple[Table[Any], ...] = (MENTIONS, CASES, OUTBOX, DRAFTS, ACCOUNTS, UNDO, LESSONS, RULES)
"""Every table whose documents are values of the domain."""
