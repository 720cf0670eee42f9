"""What an update sees: a table it may change at will, while the real one stays as it is."""

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from kefu_tui.storage.journaled.records import Operation, Row, detached, encode_json


class Draft(MutableMapping[int, Row]):
    """A table under change, with TinyDB's integer ids; documents are copied when first looked at."""

    def __init__(self, rows: Mapping[str, Row]) -> None:
        self._rows = rows
        self._changed: dict[str, Row | None] = {}
        self._cleared = False

    def __getitem__(self, doc_id: int) -> Row:
        name = str(doc_id)
        if name not in self._changed:
            # The caller may change what it gets, however deep.
            self._changed[name] = detached(self._rows[name])
        row = self._changed[name]
        if row is None:
            raise KeyError(doc_id)
        return row

    def __setitem__(self, doc_id: int, row: Mapping[str, Any]) -> None:
        self._changed[str(doc_id)] = dict(row)

    def __delitem__(self, doc_id: int) -> None:
        if doc_id not in self:
            raise KeyError(doc_id)
        if str(doc_id) in self._rows:
            self._changed[str(doc_id)] = None
        else:
            del self._changed[str(doc_id)]

    def __contains__(self, doc_id: object) -> bool:
        name = str(doc_id)
        return self._changed[name] is not None if name in self._changed else name in self._rows

    def __iter__(self) -> Iterator[int]:
        changed = self._changed.copy()
        for name in self._rows:
            if changed.pop(name, {}) is not None:
                yield int(name)
        yield from map(int, changed)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def clear(self) -> None:
        """Remove every document, without looking at any."""
        self._rows, self._changed, self._cleared = {}, {}, True

    def operations(self, table: str, *, create: bool) -> list[Operation]:
        """Return what changed, nothing for documents only looked at.

        `create` asks for an operation even without a change, so that the table comes into being.
        """
        changes = {
            name: row
            for name, row in self._changed.items()
            if row is None or name not in self._rows or not _same(row, self._rows[name])
        }
        operations: list[Operation] = [(table, None)] if self._cleared else []
        if changes or create or self._cleared:
            operations.append((table, changes))
        return operations


def _same(row: Row, other: Row) -> bool:
    # Python finds 1, 1.0 and True equal, a file does not.
    return row == other and encode_json(row) == encode_json(other)
