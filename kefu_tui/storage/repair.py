"""Repair: from whatever the files of a store still say to a store that opens, and nothing thrown away.

What cannot be read is set aside under a name that says so, beside the store, and every step is told. The
store must be nobody's: repair takes the writer's lock.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kefu_tui.domain.case import Case, Inbound
from kefu_tui.domain.errors import N_, KefuError, StoreError
from kefu_tui.storage import backups
from kefu_tui.storage.archive.archives import Archives, MonthEntry
from kefu_tui.storage.archive.index import Line, parse
from kefu_tui.storage.archive.places import archive_directory
from kefu_tui.storage.codec.fields import Unreadable
from kefu_tui.storage.journaled import lock, records, recovery, snapshot
from kefu_tui.storage.journaled.disk import Disk, refusals
from kefu_tui.storage.journaled.journal import Segment, find_segments, kept_segments
from kefu_tui.storage.journaled.memory import Memory
from kefu_tui.storage.migrations import check_version
from kefu_tui.storage.tables import ARCHIVES, BREACHES, CASES, KEYED, MENTIONS, META, RETURNED


class Repaired(KefuError):
    """One thing that was wrong, and what was done about it: a message with its parameters."""


@dataclass(slots=True)
class _Work:
    """A repair under way."""

    store: Path
    now: datetime
    disk: Disk
    told: list[Repaired] = field(default_factory=list)

    def tell(self, template: str, **params: object) -> None:
        self.told.append(Repaired(template, **params))

    def set_aside(self, path: Path) -> Path:
        """Rename a file so that it is no part of the store any more."""
        aside = path.with_name(f"{path.name}.damaged-{self.now.astimezone(UTC):%Y%m%dT%H%M%SZ}")
        with refusals(path):
            self.disk.replace(path, aside)
        return aside


def repair(store: Path, now: datetime, disk: Disk | None = None) -> list[Repaired]:
    """Make a damaged store whole again as far as its files allow; nothing is told of a sound one.

    Raises `StoreLocked` while somebody has it open, `StoreError` when the disk refuses or nothing of the
    store can be read and there is no backup.
    """
    store = store.resolve()
    work = _Work(store, now, disk if disk is not None else Disk())
    held = lock.acquire(store.with_name(store.name + ".lock"), store=store, disk=work.disk)
    try:
        _repair_hot(work)
    finally:
        lock.release(held)
    return work.told


def _repair_hot(work: _Work) -> None:
    memory, sequence, is_sound = _best_reading(work)
    check_version(_keyed(memory, META), work.store)
    _repair_documents(work, memory)
    _repair_archives(work, memory)
    if is_sound and not work.told:
        return
    # one number further than any journal goes: no old segment is taken for a continuation
    temporary = recovery.temporary_path(work.store, 0)
    with refusals(temporary):
        work.disk.unlink(temporary)
    for _ in snapshot.write(temporary, memory.tables, sequence, work.disk):
        pass
    with refusals(work.store):
        work.disk.replace(temporary, work.store)
        work.disk.sync_directory(work.store.parent)
    for segment in find_segments(work.store):
        if segment.path.exists():
            work.disk.unlink(segment.path)


def _keyed(memory: Memory, table: str) -> dict[str, dict[str, Any]]:
    return {row["key"]: row for row in memory.rows(table).values() if "key" in row}


def _best_reading(work: _Work) -> tuple[Memory, int, bool]:
    """The tables as far as they can be told, the number of the last batch, and whether nothing was wrong."""
    try:
        recovered = recovery.recover(work.store)
    except StoreError:
        pass
    else:
        return recovered.memory, recovered.sequence, True
    start = _snapshot_or_what_comes_nearest(work)
    memory, sequence = Memory(start[0]), start[1]
    segments = sorted([*kept_segments(work.store), *find_segments(work.store)], key=lambda one: one.first)
    for segment in segments:
        damaged, missing, sequence = _replay(segment, memory, sequence)
        if missing > damaged:
            work.tell(
                N_("{count} changes before {path} are missing from the journal; those after them were kept"),
                count=missing - damaged,
                path=segment.path.name,
            )
        if damaged:
            aside = work.set_aside(segment.path)
            work.tell(
                N_("{path}: {count} damaged lines; what is whole was kept, the file is now {aside}"),
                path=str(segment.path),
                count=damaged,
                aside=aside.name,
            )
    return memory, sequence, False


def _snapshot_or_what_comes_nearest(work: _Work) -> tuple[dict[str, dict[str, Any]], int]:
    try:
        found = snapshot.read(work.store)
    except snapshot.NewerFormat:
        raise
    except StoreError:
        aside = work.set_aside(work.store)
        work.tell(N_("{path} is damaged: it is now {aside}"), path=str(work.store), aside=aside.name)
        found = None
    if found is not None:
        return found
    made = backups.find(backups.backups_directory(work.store))
    for path in [snapshot.previous_path(work.store), *(backup.store_file for backup in reversed(made))]:
        try:
            older = snapshot.read(path)
        except StoreError:
            continue
        if older is not None:
            work.tell(N_("begun from {path} and what the journal has since"), path=str(path))
            return older
    if find_segments(work.store) or kept_segments(work.store):
        work.tell(N_("no snapshot and no backup can be read: begun from the journal alone"))
        return {}, 0
    raise StoreError(
        N_("{path}: nothing of it can be read, and there is no backup beside it"), path=str(work.store)
    )


def _replay(segment: Segment, memory: Memory, sequence: int) -> tuple[int, int, int]:
    """Bring the whole lines of a segment into memory.

    Returns how many were damaged, how many numbers were skipped, and the last batch's number.
    """
    with refusals(segment.path):
        content = segment.path.read_bytes()
    damaged = missing = 0
    for line in content.splitlines(keepends=True):
        try:
            record = records.decode(line)
        except records.Damaged:
            damaged += line.endswith(b"\n")  # one cut short was never acknowledged
            continue
        if record.sequence > sequence:
            missing += record.sequence - sequence - 1
            memory.fold(record.operations)
            sequence = record.sequence
    return damaged, missing, sequence


def _repair_documents(work: _Work, memory: Memory) -> None:
    """Set aside documents nobody can read, and give mentions without a case one of their own."""
    aside = work.store.with_name(
        f"{work.store.name}.set-aside-{work.now.astimezone(UTC):%Y%m%dT%H%M%SZ}.jsonl"
    )
    lost: list[dict[str, Any]] = []
    for table in KEYED:
        rows = memory.tables.get(table.name, {})
        for doc_id, row in list(rows.items()):
            try:
                is_sound = table.key(table.decode(row)) == row.get("key")
            except Unreadable:
                is_sound = False
            if not is_sound:
                lost.append({"table": table.name, **row})
                del rows[doc_id]
    if lost:
        content = "".join(json.dumps(row) + "\n" for row in lost).encode()
        with refusals(aside), work.disk.open(aside, "ab") as file:
            work.disk.write_all(file, content)
            work.disk.sync(file)
        work.tell(
            N_("{count} documents cannot be read: they are now in {path}"), count=len(lost), path=aside.name
        )
    _adopt(work, memory)


def _adopt(work: _Work, memory: Memory) -> None:
    cases = {row["id"] for row in memory.rows(CASES.name).values()}
    archived = Archives(archive_directory(work.store))
    archived.use(_entries(memory))
    orphans: dict[str, list[Any]] = {}
    for row in memory.rows(MENTIONS.name).values():
        mention = MENTIONS.decode(row)
        if mention.case_id not in cases and not _is_archived(archived, mention.case_id):
            orphans.setdefault(mention.case_id, []).append(mention)
    for case_id, mentions in orphans.items():
        events = tuple(
            Inbound(
                mention_key=one.key,
                post_id=one.post.id,
                at=one.post.posted_at,
                seen_at=one.first_seen_at,
                is_dated=one.post.is_dated,
            )
            for one in sorted(mentions, key=lambda one: one.first_seen_at)
        )
        case = Case(id=case_id, account=mentions[0].account, person_key=mentions[0].person_key, events=events)
        number = memory.next_id(CASES.name)
        memory.fold([(CASES.name, {str(number): {**CASES.encode(case), "key": case_id}})])
    if orphans:
        work.tell(
            N_("{count} cases were lost but not their mentions: they are open again"), count=len(orphans)
        )


def _is_archived(archives: Archives, case_id: str) -> bool:
    try:
        return archives.case(case_id) is not None
    except StoreError:
        return True  # who knows: the archive itself is looked at next


def _entries(memory: Memory) -> Iterator[MonthEntry]:
    for row in memory.rows(ARCHIVES).values():
        try:
            yield MonthEntry.read(row["key"], row)
        except (Unreadable, KeyError):
            continue


def _repair_archives(work: _Work, memory: Memory) -> None:
    """Look at every archive; one that is damaged or gone comes from a backup, else what is whole of it."""
    directory = archive_directory(work.store)
    archives = Archives(directory)
    archives.use(_entries(memory))
    for entry in archives.entries.values():
        month = archives.month(entry.month)
        try:
            if month is not None:
                month.read()
            continue
        except StoreError:
            pass
        if _from_backup(work, entry, directory):
            continue
        _salvage(work, memory, entry, directory)


def _from_backup(work: _Work, entry: MonthEntry, directory: Path) -> bool:
    for backup in reversed(backups.find(backups.backups_directory(work.store))):
        there = archive_directory(backup.store_file)
        copy = Archives(there)
        copy.use([entry])
        month = copy.month(entry.month)
        try:
            if month is None or not (there / entry.file).exists() or not month.read():
                continue
            content = (there / entry.file).read_bytes()
        except (StoreError, OSError):
            continue
        if (directory / entry.file).exists():
            work.set_aside(directory / entry.file)
        _write(work, directory / entry.file, content)
        work.tell(
            N_("{path} was damaged or gone: taken from the backup {backup}"),
            path=entry.file,
            backup=backup.path.name,
        )
        return True
    return False


def _salvage(work: _Work, memory: Memory, entry: MonthEntry, directory: Path) -> None:
    """Keep the documents of a damaged archive that can be read, in a file of the next number."""
    path = directory / entry.file
    number = int(entry.file.split(".")[1]) + 1
    tables: dict[str, dict[str, Any]] = {}
    for line in _whole_lines(path):
        rows = tables.setdefault(line.table, {})
        rows[str(len(rows) + 1)] = line.document
    saved = MonthEntry(
        entry.month,
        f"{entry.month}.{number}.json",
        len(tables.get(CASES.name, {})),
        len(tables.get(MENTIONS.name, {})),
    )
    if saved.cases:
        target = directory / saved.file
        work.disk.unlink(target)
        for _ in snapshot.write(target, tables, 0, work.disk):
            pass
        work.disk.sync_directory(directory)
    aside = work.set_aside(path).name if path.exists() else "-"
    for doc_id, row in list(memory.rows(ARCHIVES).items()):
        if row.get("key") == entry.month:
            memory.fold([(ARCHIVES, {doc_id: {**saved.document(), "key": entry.month}})])
    for doc_id, row in list(memory.rows(RETURNED).items()):
        if row.get("month") == entry.month and not saved.cases:
            memory.fold([(RETURNED, {doc_id: None})])
    work.tell(
        N_("the archive {path} was damaged or gone: {kept} of {count} cases were kept, it is now {aside}"),
        path=entry.file,
        kept=saved.cases,
        count=entry.cases,
        aside=aside,
    )


def _whole_lines(path: Path) -> Iterator[Line]:
    """The documents of an archive that are whole and readable."""
    if not path.exists():
        return
    table = ""
    decoders = {CASES.name: CASES.decode, MENTIONS.name: MENTIONS.decode}
    for line in path.read_bytes().splitlines(keepends=True):
        try:
            if line.endswith(b": {\n"):
                table = json.loads(line[line.index(b'"') : -4])
            elif line.startswith(b'"') and not line.startswith(b'"_meta"'):
                document = parse(line)
                if table != BREACHES and table in decoders:
                    decoders[table](document)
                yield Line(table, document, 0)
        except (ValueError, KeyError, Unreadable):
            continue


def _write(work: _Work, path: Path, content: bytes) -> None:
    with refusals(path), work.disk.open(path, "xb") as file:
        work.disk.write_all(file, content)
        work.disk.sync(file)
    with refusals(path):
        work.disk.sync_directory(path.parent)
