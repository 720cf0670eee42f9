"""What the files of a store say when it is opened: snapshot first, then the journal over it."""

from dataclasses import dataclass
from pathlib import Path

from kefu_tui.domain.errors import N_, StoreError
from kefu_tui.storage.journaled import snapshot
from kefu_tui.storage.journaled.disk import Disk, refusals
from kefu_tui.storage.journaled.journal import Segment, SegmentContent, find_segments, read_segment
from kefu_tui.storage.journaled.memory import Memory

_ATTEMPTS = 20


class Absent(StoreError):
    """There is no store at this path."""


class Incomplete(StoreError):
    """The journal does not follow on from the snapshot: batches in between are missing."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """The state of a store and the files it was read from."""

    memory: Memory
    sequence: int
    snapshot_sequence: int | None
    """None without a snapshot file."""
    superfluous: tuple[Segment, ...]
    """Segments the snapshot covers: a compaction ended between its rename and its last removal."""
    torn: tuple[Segment, int] | None
    """The segment that ends in a torn line, and where its good bytes end."""
    sizes: dict[int, int]
    """Good bytes of the live segments, by first sequence number."""


def recover(store: Path) -> Recovered:
    """Read a store without changing a byte.

    Raises `Incomplete` if batches are missing, `StoreError` if a file is damaged or cannot be read.
    """
    found = snapshot.read(store)
    tables, start = found if found is not None else ({}, 0)
    memory, sequence = Memory(tables), start
    with refusals(store.parent):
        segments = find_segments(store)
    superfluous: list[Segment] = []
    sizes: dict[int, int] = {}
    torn: tuple[Segment, int] | None = None
    for segment, successor in zip(segments, [*segments[1:], None], strict=False):
        if successor is not None and successor.first <= start + 1:
            superfluous.append(segment)
            continue
        content = _read(segment, last=successor is None)
        if content.records and content.records[-1].sequence <= start:
            superfluous.append(segment)
            continue
        for record in content.records:
            if record.sequence <= start:
                continue
            if record.sequence != sequence + 1:
                raise _missing(segment.path, sequence + 1)
            memory.fold(record.operations)
            sequence = record.sequence
        sizes[segment.first] = content.length
        if content.torn:
            torn = segment, content.length
    return Recovered(
        memory=memory,
        sequence=sequence,
        snapshot_sequence=None if found is None else start,
        superfluous=tuple(superfluous),
        torn=torn,
        sizes=sizes,
    )


def recover_beside_writer(store: Path) -> Recovered:
    """Read a store that another process may be writing and compacting right now.

    A compaction between our look at the snapshot and at the segments takes away segments we still need;
    then the snapshot is no longer the file it was, and we look again. Raises `Absent` where there is none.
    """
    for _ in range(_ATTEMPTS):
        before = _identity(store)
        try:
            recovered = recover(store)
        except Incomplete:
            if _identity(store) == before:
                raise
            continue
        if _identity(store) != before:
            continue
        if recovered.snapshot_sequence is None and not recovered.sizes:
            raise Absent(N_("There is no store at {path}"), path=str(store))
        return recovered
    raise StoreError(N_("{path} is being rewritten all the time: try again"), path=str(store))


def clean_up(store: Path, recovered: Recovered, disk: Disk) -> None:
    """Remove what a killed writer left: a torn last line, covered segments, unfinished snapshots."""
    if recovered.torn is not None:
        segment, length = recovered.torn
        with refusals(segment.path), disk.open(segment.path, "ab") as file:
            disk.truncate(file, length)
            disk.sync(file)
    for segment in recovered.superfluous:
        with refusals(segment.path):
            disk.unlink(segment.path)
    with refusals(store.parent):
        for path in list(store.parent.iterdir()):
            if is_temporary(path, store):
                disk.unlink(path)


def temporary_path(store: Path, number: int) -> Path:
    """Return where a snapshot is written before it takes the store's name."""
    return store.with_name(f"{store.name}.{number}.tmp")


def is_temporary(path: Path, store: Path) -> bool:
    """Tell whether a file is an unfinished snapshot of this store."""
    middle = path.name.removeprefix(f"{store.name}.").removesuffix(".tmp")
    return middle.isdecimal() and path == temporary_path(store, int(middle))


def _identity(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def _read(segment: Segment, *, last: bool) -> SegmentContent:
    with refusals(segment.path):
        try:
            return read_segment(segment.path, last=last)
        except FileNotFoundError:
            raise _missing(segment.path, segment.first) from None


def _missing(path: Path, sequence: int) -> Incomplete:
    return Incomplete(
        N_(
            "{path}: the change number {sequence} is missing from the journal; nothing was changed."
            " Put the missing journal file back, or let `kefu doctor --repair` do without it"
        ),
        path=str(path),
        sequence=sequence,
    )
