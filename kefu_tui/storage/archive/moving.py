"""Moving settled cases into the archive of their month: new files first, then one line of the journal."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import sleep

from kefu_tui.domain.case import Case
from kefu_tui.domain.clocks import ClockKind
from kefu_tui.domain.mention import Mention
from kefu_tui.domain.outbox import OutboxItem
from kefu_tui.storage.archive.archives import Archives, MonthEntry
from kefu_tui.storage.archive.index import Index, lines
from kefu_tui.storage.archive.texts import Texts
from kefu_tui.storage.backend import Document
from kefu_tui.storage.journaled import snapshot
from kefu_tui.storage.journaled.disk import Disk, refusals
from kefu_tui.storage.tables import BREACHES, CASES, MENTIONS, OUTBOX

_BREATH = 0.001
"""Seconds between two slices of a file, so that a key pressed meanwhile is answered."""

Tables = dict[str, dict[str, Document]]


@dataclass(frozen=True, slots=True)
class Leaving:
    """A settled case with everything that goes with it; `held_in` is a month that still holds a copy."""

    case: Case
    mentions: tuple[Mention, ...]
    outbox: tuple[OutboxItem, ...]
    breaches: tuple[str, ...]
    held_in: str | None


def breach_keys(case: Case) -> Iterable[str]:
    """The names under which breaches of this case could have been recorded."""
    return (f"{kind}/{inbound.mention_key}" for inbound in case.inbounds for kind in ClockKind)


def write(archives: Archives, month: str, leaving: Sequence[Leaving], disk: Disk) -> dict[str, MonthEntry]:
    """Write the files that hold `leaving` in `month`, and no other month; returns what is then in force.

    Nothing reads them until the entries are in the store. Raises `StoreError`.
    """
    ids = {one.case.id for one in leaving}
    months = {month, *(one.held_in for one in leaving if one.held_in is not None)}
    held = {name: archives.documents(name) for name in sorted(months)}
    carried: dict[str, Document] = {}
    for tables in held.values():
        carried |= _take_out(tables, ids)
    target = held[month]
    for one in leaving:
        _put(target, CASES.name, one.case.id, CASES.encode(one.case))
        for mention in one.mentions:
            _put(target, MENTIONS.name, mention.key, MENTIONS.encode(mention))
        for item in one.outbox:
            _put(target, OUTBOX.name, item.id, OUTBOX.encode(item))
        for key in one.breaches:
            _put(target, BREACHES, key, {})
    for item_id, document in carried.items():
        target.setdefault(OUTBOX.name, {}).setdefault(item_id, document)
    return {name: _write_month(archives, name, tables, disk) for name, tables in held.items()}


def _put(tables: Tables, table: str, key: str, document: Document) -> None:
    tables.setdefault(table, {})[key] = {**document, "key": key}


def _take_out(tables: Tables, ids: set[str]) -> dict[str, Document]:
    """Remove these cases with their mentions; returns their replies, which the store no longer has."""
    gone = {
        f"{kind}/{key}"
        for key, document in tables.get(MENTIONS.name, {}).items()
        if document.get("case_id") in ids
        for kind in ClockKind
    }
    replies = {k: d for k, d in tables.get(OUTBOX.name, {}).items() if d["request"]["case_id"] in ids}
    keep: dict[str, Callable[[str, Document], bool]] = {
        CASES.name: lambda key, _: key not in ids,
        MENTIONS.name: lambda _, document: document.get("case_id") not in ids,
        OUTBOX.name: lambda key, _: key not in replies,
        BREACHES: lambda key, _: key not in gone,
    }
    for name, stays in keep.items():
        if name in tables:
            tables[name] = {key: document for key, document in tables[name].items() if stays(key, document)}
    return replies


def _write_month(archives: Archives, month: str, tables: Tables, disk: Disk) -> MonthEntry:
    directory = archives.directory
    if directory is None:  # pragma: no cover - nobody moves anything into a store without archives
        raise AssertionError("a store without archives")
    former = archives.month(month)
    number = int(former.entry.file.split(".")[1]) + 1 if former is not None else 1
    entry = MonthEntry(
        month, f"{month}.{number}.json", len(tables.get(CASES.name, {})), len(tables.get(MENTIONS.name, {}))
    )
    if not entry.cases:
        return entry
    with refusals(directory):
        disk.make_private(directory)
    path = directory / entry.file
    with refusals(path):
        disk.unlink(path)  # of a move that was killed before it counted
    numbered = {
        name: {str(place): document for place, document in enumerate(rows.values(), 1)}
        for name, rows in tables.items()
        if rows
    }
    for _ in snapshot.write(path, numbered, 0, disk):
        sleep(_BREATH)
    with refusals(directory):
        disk.sync_directory(directory)
    _write_caches(archives, path)
    return entry


def _write_caches(archives: Archives, path: Path) -> None:
    with refusals(path):
        found = list(lines(path.read_bytes()))
    Index.of(found).save(path.with_suffix(".index"))
    Texts.of(found, archives.folding).save(path.with_suffix(".texts"))
