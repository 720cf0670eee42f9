"""All tables in memory, the index of keyed documents, and the one function that changes them."""

import json
from collections.abc import ItemsView, Iterable, Iterator, Mapping, Sequence, ValuesView
from typing import Any

from kefu_tui.domain.errors import N_, StoreError
from kefu_tui.storage.journaled.records import Operation, Row, Rows, detached, key_of_text

KEY = "key"
"""The field of a keyed document that holds its key; stock TinyDB can search it like any other."""


class View(Mapping[str, Row]):
    """A live, read-only look at documents another thread may be changing.

    Single look-ups see the newest state; a walk goes over a copy taken when it starts. The documents
    are the store's own: read them, never change them.
    """

    __slots__ = ("_rows",)

    def __init__(self, rows: dict[str, Row]) -> None:
        self._rows = rows

    def __getitem__(self, name: str) -> Row:
        return self._rows[name]

    def __contains__(self, name: object) -> bool:
        return name in self._rows

    def __len__(self) -> int:
        return len(self._rows)

    # `dict.copy` is one step for every other thread, which a walk over the dict itself is not.

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows.copy())

    def items(self) -> ItemsView[str, Row]:
        return _copy(self._rows).items()

    def values(self) -> ValuesView[Row]:
        return _copy(self._rows).values()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self)} documents>"


class KeyIndex:
    """Key to document id for one table."""

    __slots__ = ("ids",)

    def __init__(self) -> None:
        self.ids: dict[str, str] = {}

    def replace(self, doc_id: str, before: str | None, after: str | None) -> None:
        """Follow the change of one document, given by its former and its new key."""
        if before is not None and before != after and self.ids.get(before) == doc_id:
            del self.ids[before]
        if after is not None:
            self.ids[after] = doc_id

    def clear(self) -> None:
        """Forget every document."""
        self.ids.clear()

    def copy(self) -> "KeyIndex":
        """Return an index that later changes to this one do not reach."""
        other = KeyIndex()
        other.ids = self.ids.copy()
        return other


class KeyedView(Mapping[str, Row]):
    """A live, read-only look at the documents of a table by their keys; see `View`."""

    __slots__ = ("_index", "_memory", "_table")

    def __init__(self, memory: "Memory", table: str, index: KeyIndex) -> None:
        self._memory, self._table, self._index = memory, table, index

    def __getitem__(self, key: str) -> Row:
        return self._memory.rows(self._table)[self._index.ids[key]]

    def once(self, key: str) -> Row:
        """Return a document for one look: one that is still text stays so."""
        rows = self._memory.rows(self._table)
        name = self._index.ids[key]
        row = rows.raw(name) if isinstance(rows, Rows) else rows[name]
        return json.loads(row) if isinstance(row, bytes) else row

    def __contains__(self, key: object) -> bool:
        return key in self._index.ids

    def __len__(self) -> int:
        return len(self._index.ids)

    def __iter__(self) -> Iterator[str]:
        return iter(self._index.ids.copy())

    def items(self) -> ItemsView[str, Row]:
        rows = _copy(self._memory.rows(self._table))
        return {key: rows[doc_id] for key, doc_id in self._index.ids.copy().items() if doc_id in rows}.items()

    def values(self) -> ValuesView[Row]:
        return dict(self.items()).values()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self)} documents>"


class Memory:
    """The tables by name, each mapping document ids (as text, like in the file) to documents."""

    def __init__(self, tables: dict[str, dict[str, Row]] | None = None) -> None:
        self.tables = tables if tables is not None else {}
        self.version = 0
        self._indexes: dict[str, KeyIndex] = {}
        self._last_ids: dict[str, int] = {}

    def rows(self, table: str) -> dict[str, Row]:
        """Return the documents of a table by id; an unknown table has none."""
        return self.tables.get(table, {})

    def copy(self) -> "Memory":
        """Return a memory of its own that shares the documents, which are never changed in place."""
        other = Memory({name: rows.copy() for name, rows in self.tables.items()})
        other._indexes = {name: index.copy() for name, index in self._indexes.items()}
        other._last_ids = self._last_ids.copy()
        return other

    def detached(self) -> dict[str, dict[str, Row]]:
        """Return all tables as a copy that may be changed freely."""
        return {
            name: {doc_id: detached(row) for doc_id, row in rows.items()}
            for name, rows in self.tables.items()
        }

    def next_id(self, table: str) -> int:
        """Take the next free document id; ids of a table grow until it is truncated or dropped."""
        last = self._last_ids.get(table)
        if last is None:
            last = max(map(int, self.rows(table)), default=0)
        self._last_ids[table] = last + 1
        return last + 1

    def existing_index(self, table: str) -> KeyIndex | None:
        """Return the index of a table, None before its first use."""
        return self._indexes.get(table)

    def index(self, table: str) -> KeyIndex:
        """Return the index of a table by key, kept from its first use on.

        Raises `StoreError` if two documents of the table carry the same key.
        """
        index = self._indexes.get(table)
        if index is None:
            index = KeyIndex()
            rows = self.rows(table)
            for doc_id in rows:
                key = _key_in(rows, doc_id)
                if key in index.ids:
                    raise StoreError(
                        N_("table {table}: two documents have the key {key}: remove one of them"),
                        table=table,
                        key=key,
                    )
                index.replace(doc_id, None, key)
            self._indexes[table] = index
        return index

    def check_keys(self, operations: Sequence[Operation]) -> None:
        """Raise `ValueError` if a batch gives a key to a second document of a table used by key."""
        for table, index in self._indexes.items():
            rows: Mapping[str, Row] = self.rows(table)
            held: Mapping[str, str] = index.ids
            owners: dict[str, str | None] = {}
            for changes in (changes for name, changes in operations if name == table):
                if changes is None:
                    rows, held, owners = {}, {}, {}
                    continue
                for doc_id in changes:
                    before = _key_in(rows, doc_id)
                    if before is not None:
                        owners[before] = None
                for doc_id, row in changes.items():
                    key = key_of(row)
                    if key is None:
                        continue
                    owner = owners[key] if key in owners else held.get(key)
                    if owner not in {None, doc_id}:
                        raise ValueError(f"A document with the key {key!r} already exists")
                    owners[key] = doc_id

    def fold(self, operations: Iterable[Operation]) -> None:
        """Bring a batch into memory: the same way for a batch just written and one read back."""
        for table, changes in operations:
            index = self._indexes.get(table)
            if changes is None:
                self.tables.pop(table, None)
                self._last_ids.pop(table, None)
                if index is not None:
                    index.clear()
                continue
            rows = self.tables.setdefault(table, {})
            last = self._last_ids.get(table)
            for doc_id, row in changes.items():
                before = None if index is None else _key_in(rows, doc_id)
                new: Row | None = row if isinstance(row, dict) else None
                if new is None:
                    rows.pop(doc_id, None)
                else:
                    rows[doc_id] = new
                    if last is not None and int(doc_id) > last:
                        last = self._last_ids[table] = int(doc_id)
                if index is not None:
                    index.replace(doc_id, before, key_of(new))
        # Last: whoever caches a result under this number has seen at least everything up to it.
        self.version += 1


def _copy(rows: dict[str, Row]) -> dict[str, Row]:
    return rows.read_all() if isinstance(rows, Rows) else rows.copy()


def _key_in(rows: Mapping[str, Row], doc_id: str) -> str | None:
    """Return the key of a document of a table, None if it has none, or is not there."""
    if doc_id not in rows:
        return None
    row = rows.raw(doc_id) if isinstance(rows, Rows) else rows[doc_id]
    return key_of_text(row) if isinstance(row, bytes) else key_of(row)


def key_of(row: Mapping[str, Any] | None) -> str | None:
    """Return the key of a document, None if it has none."""
    key = None if row is None else row.get(KEY)
    return key if isinstance(key, str) else None
