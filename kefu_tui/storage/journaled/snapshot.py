"""The snapshot: an ordinary TinyDB file, replaced as a whole, that says how far it goes."""

import gc
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zlib import crc32

from kefu_tui.domain.errors import N_, StoreError
from kefu_tui.storage.journaled.disk import Disk, refusals
from kefu_tui.storage.journaled.records import Row, Rows, encode_json
from kefu_tui.storage.journaled.source import META

FORMAT = 1
"""Raised when an older program could no longer read what this one writes."""


class NewerFormat(StoreError):
    """The file is whole, but only a newer program can read it."""


_SLICE = 64 * 1024


def write(path: Path, tables: Mapping[str, Mapping[str, Row]], sequence: int, disk: Disk) -> Iterator[None]:
    """Write a new file with all batches up to `sequence`, pausing after every slice of about 64 KiB.

    Raises `StoreError`; the file is complete and on the medium once the iterator has ended.
    """
    with refusals(path), disk.open(path, "xb") as file:
        for piece in _slices(tables, sequence):
            disk.write_all(file, piece)
            yield
        disk.sync(file)


def _slices(tables: Mapping[str, Mapping[str, Row]], sequence: int) -> Iterator[bytes]:
    # One document a line, in ASCII: what stock TinyDB writes itself, so it opens in any locale. The sum of
    # everything before it stands in the last line.
    crc = 0
    for piece in _pieces(tables):
        crc = crc32(piece, crc)
        yield piece
    meta = {"1": {"format": FORMAT, "sequence": sequence, "crc32": f"{crc:08x}"}}
    yield f'"{META}": {encode_json(meta)}\n}}\n'.encode("ascii")


def _pieces(tables: Mapping[str, Mapping[str, Row]]) -> Iterator[bytes]:
    pieces: list[bytes] = [b"{\n"]
    size = 0
    for table, rows in tables.items():
        pieces.append(b"%b: {" % encode_json(table).encode("ascii"))
        separator = b"\n"
        raw = rows.raw if isinstance(rows, Rows) else rows.__getitem__
        for doc_id in list(rows):
            row = raw(doc_id)
            text = row if isinstance(row, bytes) else encode_json(row).encode("ascii")
            pieces.append(b'%b"%b": %b' % (separator, doc_id.encode("ascii"), text))
            separator = b",\n"
            size += len(text)
            if size >= _SLICE:
                yield b"".join(pieces)
                pieces, size = [], 0
        pieces.append(b"\n},\n")
    yield b"".join(pieces)


def previous_path(store: Path) -> Path:
    """Return where the snapshot before the last one lies."""
    return store.with_name(f"{store.name}.previous")


def read(path: Path) -> tuple[dict[str, dict[str, Row]], int] | None:
    """Return the tables of a snapshot and its sequence number, None where there is no file.

    A file of stock TinyDB, an empty one included, is a snapshot with the number 0. Raises `StoreError`
    for anything else.
    """
    try:
        with refusals(path):
            data = path.read_bytes()
    except StoreError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            return None
        raise
    if not data and not previous_path(path).exists():
        return {}, 0
    try:
        with _collector_resting():
            return _read_lines(data, path) or _read_whole(data, path)
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise StoreError(
            N_(
                "{path} is damaged or no store at all; nothing was changed."
                " `kefu doctor --repair` begins from the last good one"
            ),
            path=str(path),
        ) from error


def verified(data: bytes) -> tuple[int, dict[str, Any]] | None:
    """Return where the last line of our own files begins, and what it says.

    None for a file that is not ours, or that somebody else has written since. Raises `ValueError` for one
    whose sum does not come out.
    """
    place = data.rfind(_LAST_LINE)
    if place < 0 or not data.endswith(b"}}\n}\n"):
        return None
    meta = json.loads(data[place + len(META) + 4 : -3])["1"]
    if not isinstance(meta, dict) or "crc32" not in meta:
        return None
    if f"{crc32(memoryview(data)[: place + 1]):08x}" != meta["crc32"]:
        raise ValueError("the sum does not come out")
    return place + 1, meta


_LAST_LINE = f'\n"{META}": {{'.encode()


def _read_lines(data: bytes, path: Path) -> tuple[dict[str, dict[str, Row]], int] | None:
    """Read a file of our own without looking into the documents: the sum says that they are whole."""
    found = verified(data)
    if found is None:
        return None
    end, meta = found
    _check_format(meta, path)
    tables: dict[str, dict[str, Row]] = {}
    rows: dict[str, Any] = {}
    for line in data[2:end].splitlines():
        if line.endswith(b": {"):
            rows = tables[json.loads(line[:-3])] = Rows()
        elif line != b"},":
            name, _, text = line.partition(b": ")
            rows[name[1:-1].decode("ascii")] = text.removesuffix(b",")
    return tables, int(meta["sequence"])


def _read_whole(data: bytes, path: Path) -> tuple[dict[str, dict[str, Row]], int]:
    content = json.loads(data)
    sequence = _take_meta(content, path)
    _check(content)
    return content, sequence


@contextmanager
def _collector_resting() -> Iterator[None]:
    # Parsing makes no cycles, and looking for them among so many new objects doubles its time.
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _take_meta(content: dict[str, Any], path: Path) -> int:
    meta = content.pop(META, {}).get("1", {"format": FORMAT, "sequence": 0})
    _check_format(meta, path)
    return int(meta["sequence"])


def _check_format(meta: Mapping[str, Any], path: Path) -> None:
    if meta["format"] > FORMAT:
        raise NewerFormat(
            N_("{path} was written by a newer version (format {format}): use that one"),
            path=str(path),
            format=meta["format"],
        )


def _check(content: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> None:
    for rows in content.values():
        for doc_id, row in rows.items():
            int(doc_id)
            if not isinstance(row, dict):
                raise TypeError
