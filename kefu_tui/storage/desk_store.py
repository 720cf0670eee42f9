"""The desk's store: one writer at a time, on disk before in memory, in memory all at once."""

import asyncio
import gc
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from time import sleep

from kefu_tui.domain.errors import N_, StoreError
from kefu_tui.domain.outbox import OPEN_STATES, OutboxItem
from kefu_tui.domain.settled import is_settled, month_of
from kefu_tui.ports import Changes, StoreView
from kefu_tui.storage import backups
from kefu_tui.storage.absent import AbsentStore
from kefu_tui.storage.archive import moving
from kefu_tui.storage.archive.archives import Archives, MonthEntry, Returned
from kefu_tui.storage.archive.moving import Leaving
from kefu_tui.storage.archive.places import archive_directory
from kefu_tui.storage.archive.texts import Folding
from kefu_tui.storage.backend import Backend
from kefu_tui.storage.delta import Delta
from kefu_tui.storage.desk_view import DeskView
from kefu_tui.storage.journaled.database import JournaledDB
from kefu_tui.storage.journaled.disk import Disk, ForgetfulDisk
from kefu_tui.storage.journaled.recovery import Absent
from kefu_tui.storage.migrations import migrate
from kefu_tui.storage.planning import delta_of

_BREATH = 0.001
"""Seconds of sleep between two slices of work in a thread, so that a key pressed meanwhile is answered."""


class DeskStore(DeskView):
    """The `Store` over a backend whose documents are of the current schema.

    Reading the backend takes about 20 µs a mention, so construct it in a thread where somebody waits.
    """

    def __init__(
        self,
        backend: Backend,
        archives: Archives | None = None,
        *,
        path: Path | None = None,
        disk: Disk | None = None,
    ) -> None:
        super().__init__(backend, archives)
        self._path = path
        self._backed_up = -1  # the revision of the last backup
        self._backend = backend
        self._disk = disk if disk is not None else Disk()
        self._revision = 0
        self._closed = False
        self._writing = asyncio.Lock()
        self._compacting = asyncio.Lock()
        self._archiving = asyncio.Lock()
        # Threads of its own: in the loop's default pool a write would queue behind name lookups that hang.
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="kefu-store")

    @property
    def revision(self) -> int:
        return self._revision

    async def update(self, change: Callable[[StoreView], Changes | None]) -> None:
        """Write what `change` asks for, durably and all or nothing; see `ports.Store`.

        Cancelled while waiting for its turn, nothing happens; cancelled later, the write is carried through.
        """
        await self._writing.acquire()
        try:
            if self._closed:
                raise StoreError(N_("The store is closed."))
            changes = change(self)
            delta = delta_of(changes, self) if changes is not None else None
        except BaseException:
            self._writing.release()
            raise
        if not delta:
            self._writing.release()
            return

        def settle() -> None:
            self._absorb(delta)
            self._revision += 1

        await self._in_thread(lambda: self._backend.apply(delta.batch()), self._writing, settle)

    async def compact_if_needed(self) -> None:
        """Rewrite the file without its history once that has grown long; updates go on meanwhile."""
        await self._compacting.acquire()
        if self._closed or not self._backend.needs_compaction:
            self._compacting.release()
            return
        await self._in_thread(self._compact, self._compacting)

    def _compact(self) -> None:
        for _ in self._backend.compaction():
            sleep(_BREATH)

    async def back_up_if_due(self, now: datetime) -> Path | None:
        """Make a rolling backup where the last is an hour old; returns where it lies.

        Written beside everything else that happens. Raises `StoreError`; the older ones then stay.
        """
        if self._closed or self._path is None or self._backed_up == self._revision:
            return None
        directory = backups.backups_directory(self._path)
        if not await asyncio.to_thread(backups.is_due, directory, now):
            return None
        async with self._archiving:  # which files are in force must not change under it
            revision = self._revision
            made = await asyncio.to_thread(self._back_up, directory, now, linked=True)
            self._backed_up = revision
            await asyncio.to_thread(backups.prune, directory)
        return made

    async def back_up(self, directory: Path, now: datetime) -> Path:
        """Make a backup that shares nothing with the store; returns where it lies."""
        async with self._archiving:
            return await asyncio.to_thread(self._back_up, directory, now, linked=False)

    def _back_up(self, directory: Path, now: datetime, *, linked: bool) -> Path:
        if self._path is None:  # pragma: no cover - only a store in memory has no path
            raise AssertionError("a store without a file")
        tables, sequence = self._backend.frozen()
        made = backups.make(tables, sequence, self._path, directory, now, self._disk, linked=linked)
        return made.path

    async def archive_settled(self, now: datetime) -> int:
        """Move cases that are settled for long into the archives; returns how many went.

        A month at a time: its file is written beside everything else that happens, then one update takes
        the cases out and puts the file in force. What was changed meanwhile stays.
        """
        if self._closed or self._archives.directory is None:
            return 0
        async with self._archiving:
            # what the last round replaced: nobody can be reading that any more
            await asyncio.to_thread(self.clean_up)
            settled = await asyncio.to_thread(self._settled, now)
            moved = 0
            for month, leaving in settled.items():
                written = await asyncio.to_thread(moving.write, self._archives, month, leaving, self._disk)
                moved += await self._let_go(month, leaving, written)
            return moved

    def clean_up(self) -> None:
        """Remove what a move that was killed left among the archives."""
        self._archives.clean_up(self._disk)

    def _settled(self, now: datetime) -> dict[str, list[Leaving]]:
        """What may leave, by month; runs in a thread, over values that never change."""
        busy = {*self._drafts.copy()}
        replies: dict[str, list[OutboxItem]] = {}
        for item in self.outbox():
            replies.setdefault(item.request.case_id, []).append(item)
            if item.state in OPEN_STATES:
                busy.add(item.request.case_id)
        found: dict[str, list[Leaving]] = {}
        for place, case in enumerate(self.cases(), 1):
            if place % 50 == 0:
                sleep(_BREATH)
            held = [self._mentions.get(inbound.mention_key) for inbound in case.inbounds]
            mentions = tuple(mention for mention in held if mention is not None)
            if case.id not in busy and is_settled(case, mentions, now):
                one = Leaving(
                    case=case,
                    mentions=mentions,
                    outbox=tuple(replies.get(case.id, ())),
                    breaches=tuple(key for key in moving.breach_keys(case) if key in self._breaches),
                    held_in=back.month if (back := self._returned.get(case.id)) is not None else None,
                )
                found.setdefault(month_of(case), []).append(one)
        return found

    async def _let_go(self, month: str, leaving: list[Leaving], written: Mapping[str, MonthEntry]) -> int:
        await self._writing.acquire()
        try:
            if self._closed:
                raise StoreError(N_("The store is closed."))
            replies: dict[str, dict[str, OutboxItem]] = {one.case.id: {} for one in leaving}
            for item in self._outbox.values():
                if item.request.case_id in replies:
                    replies[item.request.case_id][item.id] = item
            going = [one for one in leaving if self._is_as_it_was(one, replies[one.case.id])]
            gone = {one.case.id for one in going}
            delta = Delta(
                cases={one.case.id: None for one in going},
                mentions={mention.key: None for one in going for mention in one.mentions},
                outbox={item.id: None for one in going for item in one.outbox},
                breaches={key: False for one in going for key in one.breaches},
                archives=written,
                returned={
                    one.case.id: None if one.case.id in gone else Returned(month, len(one.mentions))
                    for one in leaving
                    if one.case.id not in gone or one.held_in is not None
                },
            )
        except BaseException:
            self._writing.release()
            raise

        def settle() -> None:
            self._absorb(delta)
            self._revision += 1

        await self._in_thread(lambda: self._backend.apply(delta.batch()), self._writing, settle)
        return len(going)

    def _is_as_it_was(self, one: Leaving, replies: Mapping[str, OutboxItem]) -> bool:
        """Whether nothing has happened to a case since it was found settled; values are frozen."""
        return (
            self._cases.get(one.case.id) is one.case
            and one.case.id not in self._drafts
            and all(self._mentions.get(mention.key) is mention for mention in one.mentions)
            and {item.id: item for item in one.outbox} == replies
        )

    async def aclose(self) -> None:
        """Let a running update finish, then close the file; later updates are refused, reading goes on."""
        async with self._compacting:
            await self._writing.acquire()
            if self._closed:
                self._writing.release()
                return
            self._closed = True
            try:
                await self._in_thread(self._backend.close, self._writing)
            finally:
                self._threads.shutdown(wait=False)

    async def _in_thread(
        self, work: Callable[[], None], held: asyncio.Lock, settle: Callable[[], None] = lambda: None
    ) -> None:
        """Do the work in a thread, then `settle` on the loop if it succeeded, then release the lock.

        All of it happens even when the caller is cancelled: disk and memory must not part. It hangs on
        a bare future because the loop, when it ends, cancels every task.
        """
        working = asyncio.get_running_loop().run_in_executor(self._threads, work)

        def finish(done: asyncio.Future[None]) -> None:
            try:
                if not done.cancelled() and done.exception() is None:
                    settle()
            finally:
                held.release()

        working.add_done_callback(finish)
        await asyncio.shield(working)


def open_store(
    path: Path, *, read_only: bool = False, durable: bool = True, folding: Folding = str.lower
) -> DeskStore:
    """The store in the file at `path`, created if missing, brought to the current schema.

    With `read_only` nothing is made or changed, and one that is missing is empty. One that is not `durable`
    never waits for the medium: that is for a store soon thrown away. `folding` is what the words searched for
    are written in. Raises `StoreLocked` while another
    process has it, `StoreError` for whatever else is in the way.
    """
    with _collector_paused():
        try:
            db = JournaledDB(path, read_only=read_only, disk=None if durable else ForgetfulDisk())
        except Absent:
            return DeskStore(AbsentStore(path))
        try:
            migrate(db, path, read_only=read_only)
            disk = Disk() if durable else ForgetfulDisk()
            store = DeskStore(db, Archives(archive_directory(path), folding), path=path, disk=disk)
            if not read_only:
                store.clean_up()
            return store
        except BaseException:
            db.close()
            raise


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Collect no garbage meanwhile: what opening makes stays, and walking it takes as long as reading it."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
