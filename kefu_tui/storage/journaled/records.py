r"""A batch as one line: `<crc32 of the rest> [sequence, [[table, {id: document or null}], ...]]\n`.

The JSON is ASCII, so that a line holds no byte that a text tool, a locale or a lone surrogate could
trip over, and no NUL: a NUL in a line is a block that never reached the disk.
"""

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast
from zlib import crc32

Row = dict[str, Any]
"""A document as it lies in memory: plain JSON values, never changed in place, only replaced."""

Operation = tuple[str, Mapping[str, Mapping[str, Any] | None] | None]
"""A table with the documents set (or removed: None) by id; None for the whole table drops it."""

encode_json = json.JSONEncoder(separators=(",", ":")).encode


class Damaged(ValueError):
    """A line is not what was written."""


@dataclass(frozen=True, slots=True)
class Record:
    """One batch; sequence numbers start at 1 and have no gaps."""

    sequence: int
    operations: tuple[Operation, ...]


def encode(sequence: int, operations: Sequence[Operation]) -> bytes:
    """Return the line for one batch.

    Raises `TypeError` or `ValueError`, like `json.dumps`, for what JSON cannot hold.
    """
    payload = encode_json([sequence, operations]).encode("ascii")
    return b"%08x %b\n" % (crc32(payload), payload)


def decode(line: bytes) -> Record:
    """Return the batch of one line, with or without its newline; raises `Damaged`."""
    line = line.removesuffix(b"\n")
    checksum, payload = line[:8], line[9:]
    if line[8:9] != b" " or checksum != b"%08x" % crc32(payload):
        raise Damaged
    try:
        sequence, operations = json.loads(payload)
        return Record(sequence, tuple((table, changes) for table, changes in operations))
    except (ValueError, TypeError) as error:
        raise Damaged from error


def detached(row: Mapping[str, Any]) -> Row:
    """Copy a document down to its last list, so that its new owner may change it."""
    return {name: _copy(value) for name, value in row.items()}


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copy(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_copy(item) for item in value]
    return value


class Rows(dict[str, Any]):
    """The documents of a table by id; one read from a snapshot stays JSON text until it is looked at."""

    __slots__ = ()

    def __getitem__(self, name: str) -> Row:
        row = dict.__getitem__(self, name)
        if type(row) is bytes:
            row = json.loads(row)
            dict.__setitem__(self, name, row)
        return cast("Row", row)

    def get(self, name: str, default: Any = None) -> Any:
        try:
            return self[name]
        except KeyError:
            return default

    def items(self) -> Any:
        return self.read_all().items()

    def values(self) -> Any:
        return self.read_all().values()

    def copy(self) -> "Rows":
        return Rows(self)

    def raw(self, name: str) -> Row | bytes:
        """Return a document as it lies here, perhaps as text, and leave it so."""
        return cast("Row | bytes", dict.__getitem__(self, name))

    def read_all(self) -> dict[str, Row]:
        """Return a copy in which every document has been looked at."""
        found = {}
        for name in list(self):
            with suppress(KeyError):  # removed meanwhile by another thread
                found[name] = self[name]
        return found


_KEY_AT_END = re.compile(rb'[,{]"key":("(?:[^"\\]|\\.)*")\}\Z')


def key_of_text(text: bytes) -> str | None:
    """Return the field `key` of a document given as text, None if it has none that is a string."""
    # where it is written last: the last brace closes the document, so this is no field of anything inside
    at_end = _KEY_AT_END.search(text, max(0, text.rfind(b'"key":') - 1))
    key = None if at_end is None else cast("str", json.loads(at_end[1]))
    if key is None and b'"key":' in text:
        found = json.loads(text).get("key")
        key = found if isinstance(found, str) else None
    return key
