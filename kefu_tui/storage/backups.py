"""Backups: each a directory that is itself a whole store, so that restoring one is copying it back.

An archive's file never changes, so a rolling backup holds it by a second name (a hard link) where the file
system can; what lies at hand is always written anew. A backup gets its name once all of it is on the medium.
"""

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep
from typing import Any

from kefu_tui.domain.errors import N_, StoreError
from kefu_tui.storage.archive.archives import MonthEntry
from kefu_tui.storage.archive.places import archive_directory
from kefu_tui.storage.journaled import lock, recovery, snapshot
from kefu_tui.storage.journaled.disk import Disk, refusals
from kefu_tui.storage.journaled.journal import find_segments, kept_segments
from kefu_tui.storage.tables import ARCHIVES

EVERY = timedelta(hours=1)
_KEPT: tuple[tuple[str, int], ...] = (("%Y-%m-%dT%H", 24), ("%Y-%m-%d", 14), ("%G-%V", 8))
"""How many are kept: the newest of each of so many hours, days and weeks."""

_NAME = "%Y-%m-%dT%H-%M-%SZ"
_BREATH = 0.001

Tables = Mapping[str, Mapping[str, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup: where it lies and when it was made."""

    path: Path
    made_at: datetime

    @property
    def store_file(self) -> Path:
        return self.path / "desk.json"


def backups_directory(store: Path) -> Path:
    """Where the rolling backups of a store lie: beside it."""
    store = store.resolve()
    return store.with_name("backups")


def find(directory: Path) -> list[Backup]:
    """The backups in a directory, oldest first."""
    if not directory.is_dir():
        return []
    found = []
    for path in directory.iterdir():
        with suppress(ValueError):
            found.append(Backup(path, datetime.strptime(path.name, _NAME).replace(tzinfo=UTC)))
    return sorted(found, key=lambda backup: backup.made_at)


def is_due(directory: Path, now: datetime) -> bool:
    """Whether the newest backup is an hour old; one from the future is of a clock that was wrong."""
    made = find(directory)
    return not made or abs(now - made[-1].made_at) >= EVERY


def superfluous(made: Sequence[Backup]) -> list[Backup]:
    """Those that the newest of each of the last hours, days and weeks make superfluous."""
    kept: set[Path] = set()
    for period, most in _KEPT:
        newest: dict[str, Path] = {}
        for backup in sorted(made, key=lambda one: one.made_at, reverse=True):
            newest.setdefault(backup.made_at.strftime(period), backup.path)
        kept.update(list(newest.values())[:most])
    return [backup for backup in made if backup.path not in kept]


def make(
    tables: Tables, sequence: int, store: Path, directory: Path, now: datetime, disk: Disk, *, linked: bool
) -> Backup:
    """Write a backup of `tables` and of the archives they name into `directory`.

    `linked` lets it share archives with the store. Raises `StoreError`; nothing half-made stays.
    """
    name = now.astimezone(UTC).strftime(_NAME)
    target, unfinished = directory / name, directory / f"{name}.unfinished"
    if target.exists():
        raise StoreError(N_("{path} is there already: wait a second"), path=str(target))
    with refusals(directory):
        disk.make_private(directory)
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
    try:
        with refusals(unfinished):
            for _ in snapshot.write(unfinished / "desk.json", tables, sequence, disk):
                sleep(_BREATH)
            _take_archives(tables, store, unfinished, disk, linked=linked)
            disk.sync_directory(unfinished)
            disk.replace(unfinished, target)
            disk.sync_directory(directory)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return Backup(target, now)


def _take_archives(tables: Tables, store: Path, unfinished: Path, disk: Disk, *, linked: bool) -> None:
    entries = [MonthEntry.read(row["key"], row) for row in tables.get(ARCHIVES, {}).values()]
    source, into = archive_directory(store), archive_directory(unfinished / "desk.json")
    for entry in entries:
        if not entry.cases:
            continue
        into.mkdir(mode=0o700, exist_ok=True)
        _take(source / entry.file, into / entry.file, disk, linked=linked)
        sleep(_BREATH)
    if into.exists():
        disk.sync_directory(into)


def _take(source: Path, target: Path, disk: Disk, *, linked: bool) -> None:
    if linked:
        with suppress(OSError):
            os.link(source, target)
            return
    with source.open("rb") as content, disk.open(target, "xb") as file:
        shutil.copyfileobj(content, file)
        disk.sync(file)


def prune(directory: Path) -> list[Backup]:
    """Remove what is superfluous and what a killed program left half-made; returns what went."""
    gone = superfluous(find(directory))
    for backup in gone:
        shutil.rmtree(backup.path, ignore_errors=True)
    for path in directory.glob("*.unfinished"):
        shutil.rmtree(path, ignore_errors=True)
    return gone


def restore(backup: Path, store: Path, now: datetime, disk: Disk) -> Path | None:
    """Put a backup in the place of a store; returns the directory the store was moved to, if there was one.

    Raises `StoreLocked` while somebody has the store open, `StoreError` for what is no backup.
    """
    source = backup / "desk.json"
    if not source.is_file():
        raise StoreError(N_("{path} is no backup"), path=str(backup))
    store = store.resolve()
    with refusals(store.parent):
        disk.make_private(store.parent)
    held = lock.acquire(store.with_name(f"{store.name}.lock"), store=store, disk=disk)
    try:
        with refusals(store):
            former = _move_away(store, now, disk)
            archives, into = archive_directory(source), archive_directory(store)
            if archives.is_dir():
                into.mkdir(mode=0o700)
                for path in archives.glob("*.json"):
                    _take(path, into / path.name, disk, linked=False)
                disk.sync_directory(into)
            unfinished = recovery.temporary_path(store, 0)
            disk.unlink(unfinished)
            _take(source, unfinished, disk, linked=False)
            disk.replace(unfinished, store)
            disk.sync_directory(store.parent)
    finally:
        lock.release(held)
    return former


def _move_away(store: Path, now: datetime, disk: Disk) -> Path | None:
    """Move everything a store consists of into a directory beside it, the journal last."""
    of_it = [store, snapshot.previous_path(store), archive_directory(store)]
    of_it += [segment.path for segment in [*kept_segments(store), *find_segments(store)]]
    there = [path for path in of_it if path.exists()]
    if not there:
        return None
    aside = store.with_name(f"replaced-{now.astimezone(UTC).strftime(_NAME)}")
    aside.mkdir(mode=0o700)
    for path in there:
        disk.replace(path, aside / path.name)
    disk.sync_directory(aside)
    disk.sync_directory(store.parent)
    return aside


def names(made: Iterable[Backup]) -> list[str]:
    return [backup.path.name for backup in made]
