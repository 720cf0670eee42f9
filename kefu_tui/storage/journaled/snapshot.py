"""The snapshot: an ordinary TinyDB file, replaced as a whole, that says how far it goes."""

import gc
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kefu_tui.domain.errors import N_, StoreError
from kefu_tui.storage.journaled.disk import Disk, refusals
from kefu_tui.storage.journaled.records import Row, encode_json
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
    # One document a line, in ASCII: what stock TinyDB writes itself, so it opens in any locale.
    meta = {"1": {"format": FORMAT, "sequence": sequence}}
    pieces = [f'{{"{META}": {encode_json(meta)}']
    size = 0
    for table, rows in tables.items():
        pieces.append(f",\n{encode_json(table)}: {{")
        separator = "\n"
        for doc_id, row in rows.items():
            pieces.append(f'{separator}"{doc_id}": {encode_json(row)}')
            separator = ",\n"
            size += len(pieces[-1])
            if size >= _SLICE:
                yield "".join(pieces).encode("ascii")
                pieces, size = [], 0
        pieces.append("}")
    pieces.append("}\n")
    yield "".join(pieces).encode("ascii")


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
            content = json.loads(data)
            sequence = _take_meta(content, path)
            _check(content)
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise StoreError(
            N_(
                "{path} is damaged or no store at all; nothing was changed. Restore a backup, or move it away"
            ),
            path=str(path),
        ) from error
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
    if meta["format"] > FORMAT:
        raise NewerFormat(
            N_("{path} was written by a newer version (format {format}): use that one"),
            path=str(path),
            format=meta["format"],
        )
    return int(meta["sequence"])


def _check(content: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> None:
    for rows in content.values():
        for doc_id, row in rows.items():
            int(doc_id)
            if not isinstance(row, dict):
                raise TypeError
