"""The journal: segments of checksummed lines beside the store, appended to and never rewritten.

A segment is named after the sequence number of its first batch. A store is whole with any set of
segments whose batches follow on from its snapshot; older ones are skipped.
"""

from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO, FileIO
from pathlib import Path

from kefu_tui.domain.errors import N_, StoreError
from kefu_tui.storage.journaled import records
from kefu_tui.storage.journaled.disk import Disk, refusals

_INFIX = ".journal-"
_KEPT = ".kept-"


@dataclass(frozen=True, slots=True)
class Segment:
    """A journal file and the sequence number it starts with."""

    path: Path
    first: int


@dataclass(frozen=True, slots=True)
class SegmentContent:
    """The batches of a segment; `length` is where the good bytes end, before a torn last line."""

    records: tuple[records.Record, ...]
    length: int
    torn: bool


def segment_path(store: Path, first: int) -> Path:
    """Return where the segment that starts with batch `first` lies."""
    return store.with_name(f"{store.name}{_INFIX}{first:016d}")


def kept_path(store: Path, first: int) -> Path:
    """Return where a segment goes that the snapshot has made superfluous."""
    return store.with_name(f"{store.name}{_KEPT}{first:016d}")


def find_segments(store: Path) -> list[Segment]:
    """Return the segments of a store, oldest first; none where there is no directory."""
    return _named(store, _INFIX)


def kept_segments(store: Path) -> list[Segment]:
    """Return the segments that lie between the last snapshot and the one before it."""
    return _named(store, _KEPT)


def _named(store: Path, infix: str) -> list[Segment]:
    if not store.parent.is_dir():
        return []
    prefix = store.name + infix
    found = [
        Segment(path, int(path.name.removeprefix(prefix)))
        for path in store.parent.iterdir()
        if path.name.startswith(prefix) and path.name.removeprefix(prefix).isdecimal()
    ]
    return sorted(found, key=lambda segment: segment.first)


def read_segment(path: Path, *, last: bool) -> SegmentContent:
    """Read a segment; only the `last` one may end in a torn line.

    Raises `StoreError` naming the line that is damaged.
    """
    data = path.read_bytes()
    found: list[records.Record] = []
    length = 0
    for number, line in enumerate(BytesIO(data), start=1):
        try:
            if not line.endswith(b"\n"):
                raise records.Damaged
            found.append(records.decode(line))
        except records.Damaged:
            at_end = length + len(line) == len(data)
            # Cut short, or with a hole where a block never arrived: a write nobody was told had
            # succeeded. A whole line that does not add up was good once, and is not ours to drop.
            if last and at_end and (not line.endswith(b"\n") or b"\0" in line):
                return SegmentContent(tuple(found), length, torn=True)
            raise StoreError(
                N_(
                    "{path}, line {line} is damaged; nothing was changed."
                    " `kefu doctor --repair` keeps all that is whole"
                ),
                path=str(path),
                line=number,
            ) from None
        length += len(line)
    return SegmentContent(tuple(found), length, torn=False)


class Journal:
    """The end of the journal that is written to."""

    def __init__(self, store: Path, disk: Disk, sizes: dict[int, int]) -> None:
        """Go on from the segments found, given as bytes by first sequence number."""
        self._store = store
        self._disk = disk
        self._sizes = sizes
        self._file: FileIO | None = None
        self._first = max(sizes, default=0)
        self._latched: str | None = None

    @property
    def size(self) -> int:
        """Bytes in all segments."""
        return sum(list(self._sizes.values()))

    @property
    def latched(self) -> bool:
        """Whether an earlier failure left it open what is on the medium."""
        return self._latched is not None

    def check(self) -> None:
        """Raise `StoreError` if the journal is latched."""
        if self._latched is not None:
            raise StoreError(
                N_("{path}: a write failed ({reason}); nothing more is accepted until the store is reopened"),
                path=str(self._store),
                reason=self._latched,
            )

    def latch(self, reason: str) -> None:
        """Refuse every further write."""
        self._latched = reason

    def append(self, sequence: int, line: bytes) -> None:
        """Write the line of a batch, or of several in a row, and wait until it is on the medium.

        Raises `StoreError` with the file as it was before: after a short write the journal goes on,
        after a failed sync it does not, because the system forgets what it could not write.
        """
        self.check()
        file = self._file if self._file is not None else self._open(sequence)
        length = self._sizes[self._first]
        path = segment_path(self._store, self._first)
        with refusals(path, N_("{path}: not written ({reason}); the change was not kept")):
            try:
                self._disk.write_all(file, line)
            except OSError as error:
                self._cut(file, length, error)
                raise
            try:
                self._disk.sync(file)
            except OSError as error:
                self.latch(error.strerror or str(error))
                with suppress(OSError):
                    self._disk.truncate(file, length)
                self.check()
        self._sizes[self._first] = length + len(line)

    def rotate(self) -> None:
        """Let the next batch start a new segment."""
        if self._sizes.get(self._first):
            self.close()
            self._first = 0

    def remove_through(self, sequence: int) -> None:
        """Put the segments away that a snapshot up to `sequence` makes superfluous, oldest first.

        Until the next snapshot they stay under other names: with the snapshot before they make up for one
        that turns out to be damaged.
        """
        superfluous = sorted(first for first in list(self._sizes) if first <= sequence)
        if not superfluous:
            return
        for segment in kept_segments(self._store):
            with suppress(OSError):
                self._disk.unlink(segment.path)
        for first in superfluous:
            with refusals(path := segment_path(self._store, first)), suppress(FileNotFoundError):
                self._disk.replace(path, kept_path(self._store, first))
            self._sizes.pop(first, None)

    def close(self) -> None:
        """Close the file that is written to."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self, sequence: int) -> FileIO:
        first = self._first or sequence
        path = segment_path(self._store, first)
        with refusals(path, N_("{path}: cannot be opened ({reason}); the change was not kept")):
            file = self._disk.open(path, "ab")
            self._first, self._file = first, file
            self._sizes.setdefault(first, 0)
            try:
                # Without its name the lines of a segment are lost in a power cut.
                self._disk.sync_directory(path.parent)
            except OSError as error:
                self.latch(error.strerror or str(error))
                raise
        return file

    def _cut(self, file: FileIO, length: int, cause: OSError) -> None:
        try:
            self._disk.truncate(file, length)
        except OSError:
            self.latch(cause.strerror or str(cause))
