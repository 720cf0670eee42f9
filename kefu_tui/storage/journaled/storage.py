"""The storage: commits go to the journal and then to memory, compactions from memory to the snapshot."""

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import FileIO
from itertools import count
from pathlib import Path
from threading import Lock, RLock

from kefu_tui.domain.errors import N_, StoreError
from kefu_tui.storage.journaled import lock, records, recovery, snapshot
from kefu_tui.storage.journaled.batch import Batch
from kefu_tui.storage.journaled.disk import Disk, refusals
from kefu_tui.storage.journaled.journal import Journal
from kefu_tui.storage.journaled.records import Operation, Row
from kefu_tui.storage.journaled.source import Changes, TableSource

_MOST_AT_ONCE = 64
"""Batches of one group commit: the first must not wait for an endless stream of others."""


@dataclass(slots=True, eq=False)
class _Request:
    """A batch that waits for its turn, and what became of it."""

    changes: Changes
    is_done: bool = False
    error: Exception | None = None


class JournaledStorage(TableSource):
    """A TinyDB storage that appends instead of rewriting; use it through `JournaledDB`.

    One lock orders the writers. Readers take none: documents in memory are replaced, never changed.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        read_only: bool = False,
        compact_after_bytes: int = 4 * 1024 * 1024,
        disk: Disk | None = None,
    ) -> None:
        # A linked store stays where the link points: the rename would replace the link.
        self.path = Path(path).resolve()
        self.read_only = read_only
        self._disk = disk if disk is not None else Disk()
        self._compact_after_bytes = compact_after_bytes
        self._publishing = Lock()
        self._temporary_numbers = count(1)
        self._batch: Batch | None = None
        self._requests: deque[_Request] = deque()
        self._closed = False
        self._lock_file: FileIO | None = None
        recovered = recovery.recover_beside_writer(self.path) if read_only else self._open_for_writing()
        super().__init__(recovered.memory, RLock())
        self._sequence = recovered.sequence
        self._snapshot_sequence = recovered.snapshot_sequence or 0
        self._journal = Journal(self.path, self._disk, recovered.sizes)

    def check_writable(self) -> None:
        if self.read_only:
            raise StoreError(N_("{path} is open for reading only"), path=str(self.path))
        if self._closed:
            raise StoreError(N_("{path} is closed"), path=str(self.path))
        if self._batch is not None:
            raise RuntimeError("A batch is open in this thread: use the tables it gives")
        self._journal.check()

    def commit(self, operations: Sequence[Operation]) -> None:
        self._append([records.encode(self._sequence + 1, operations)])

    def apply(self, changes: Changes) -> None:
        """Commit keyed documents; threads that come while another's fsync lasts share the next one."""
        request = _Request(changes)
        self._requests.append(request)
        # Whoever gets the lock commits for all who have come by then; the others find it done.
        try:
            with self.lock:
                if not request.is_done:
                    self._commit_requests()
        except BaseException:
            with suppress(ValueError):
                self._requests.remove(request)
            raise
        if request.error is not None:
            raise request.error

    def _commit_requests(self) -> None:
        self.check_writable()
        group: list[_Request] = []
        lines: list[bytes] = []
        given: dict[tuple[str, str], str | None] = {}
        while self._requests and len(group) < _MOST_AT_ONCE:
            request = self._requests.popleft()
            request.is_done = True
            before = given.copy()
            try:
                operations = self.keyed(request.changes, given)
                if operations:
                    lines.append(records.encode(self._sequence + 1 + len(lines), operations))
                    group.append(request)
            except Exception as error:
                request.error, given = error, before
        if not lines:
            return
        try:
            self._append(lines)
        except StoreError as error:
            for request in group:
                request.error = StoreError(error.template, **error.params)
        except BaseException:
            for request in group:
                request.error = StoreError(N_("{path} is closed"), path=str(self.path))
            raise

    def _append(self, lines: Sequence[bytes]) -> None:
        # Memory takes what a reopened store would read, not the caller's objects.
        batches = [records.decode(line) for line in lines]
        try:
            self._journal.append(batches[0].sequence, b"".join(lines))
            for record in batches:
                self.memory.fold(record.operations)
                self._sequence = record.sequence
        except StoreError:
            raise
        except BaseException:
            # Ctrl-C between file and memory: only a new look at the file can tell what is true.
            self._journal.latch("interrupted")
            raise

    @contextmanager
    def batch(self) -> Iterator[Batch]:
        """Collect operations and commit them as one when the block ends well; see `JournaledDB.batch`."""
        with self.writing():
            batch = self._batch = Batch(self.memory, self.lock)
            try:
                yield batch
            finally:
                self._batch = None
                batch.close()
            if batch.operations:
                self.commit(batch.operations)

    @property
    def needs_compaction(self) -> bool:
        """Whether the journal has grown past `compact_after_bytes`."""
        return self._journal.size >= self._compact_after_bytes

    def compaction(self) -> Iterator[None]:
        """Compact in slices; see `JournaledDB.compaction`."""
        with self.writing():
            sequence = self._sequence
            if sequence == self._snapshot_sequence:
                return
            # Sharing the documents is enough: they are replaced, never changed.
            frozen, _ = self.frozen()
            self._journal.rotate()
        temporary = recovery.temporary_path(self.path, next(self._temporary_numbers))
        try:
            yield from snapshot.write(temporary, frozen, sequence, self._disk)
            self._publish(temporary, sequence)
        finally:
            with refusals(temporary):
                self._disk.unlink(temporary)

    def frozen(self) -> tuple[dict[str, dict[str, Row]], int]:
        """Return all tables as they are now, not to be changed, and the number of the last batch in them."""
        with self.lock:
            return {table: rows.copy() for table, rows in self.memory.tables.items()}, self._sequence

    def close(self) -> None:
        """Compact what the journal holds and give the lock back.

        Raises `StoreError` if the compaction fails: the journal then stays, nothing is lost, and the
        store is closed all the same.
        """
        with self.lock:
            if self._closed:
                return
            try:
                if not self.read_only and not self._journal.latched:
                    for _ in self.compaction():
                        pass
                    self._journal.close()
                    self._journal.remove_through(self._sequence + 1)
            finally:
                with self._publishing:
                    self._closed = True
                self._journal.close()
                if self._lock_file is not None:
                    lock.release(self._lock_file)

    def _publish(self, temporary: Path, sequence: int) -> None:
        with self._publishing:
            # A compaction that began later may have overtaken this one, or the store is no longer ours.
            if self._closed or sequence <= self._snapshot_sequence:
                return
            with suppress(OSError):  # where files cannot have two names, repair has less to go by
                self._disk.link(self.path, snapshot.previous_path(self.path))
            with refusals(self.path):
                self._disk.replace(temporary, self.path)
                self._disk.sync_directory(self.path.parent)
            self._snapshot_sequence = sequence
            self._journal.remove_through(sequence)

    def _open_for_writing(self) -> recovery.Recovered:
        with refusals(self.path.parent):
            self._disk.make_private(self.path.parent)
        lock_path = self.path.with_name(self.path.name + ".lock")
        self._lock_file = lock.acquire(lock_path, store=self.path, disk=self._disk)
        try:
            recovered = recovery.recover(self.path)
            recovery.clean_up(self.path, recovered, self._disk)
            if recovered.snapshot_sequence is None and not recovered.sizes:
                self._create()
        except BaseException:
            lock.release(self._lock_file)
            raise
        return recovered

    def _create(self) -> None:
        temporary = recovery.temporary_path(self.path, 0)
        for _ in snapshot.write(temporary, {}, 0, self._disk):
            pass
        with refusals(self.path):
            self._disk.replace(temporary, self.path)
            self._disk.sync_directory(self.path.parent)
