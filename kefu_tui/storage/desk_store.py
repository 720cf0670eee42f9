"""The desk's store: one writer at a time, on disk before in memory, in memory all at once."""

import asyncio
import gc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from kefu_tui.domain.errors import N_, StoreError
from kefu_tui.ports import Changes, StoreView
from kefu_tui.storage.absent import AbsentStore
from kefu_tui.storage.backend import Backend
from kefu_tui.storage.desk_view import DeskView
from kefu_tui.storage.journaled.database import JournaledDB
from kefu_tui.storage.journaled.disk import ForgetfulDisk
from kefu_tui.storage.journaled.recovery import Absent
from kefu_tui.storage.migrations import migrate
from kefu_tui.storage.planning import delta_of


class DeskStore(DeskView):
    """The `Store` over a backend whose documents are of the current schema.

    Reading the backend takes about 20 µs a mention, so construct it in a thread where somebody waits.
    """

    def __init__(self, backend: Backend) -> None:
        super().__init__(backend)
        self._backend = backend
        self._revision = 0
        self._closed = False
        self._writing = asyncio.Lock()
        self._compacting = asyncio.Lock()
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
        await self._in_thread(self._backend.compact, self._compacting)

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


def open_store(path: Path, *, read_only: bool = False, durable: bool = True) -> DeskStore:
    """The store in the file at `path`, created if missing, brought to the current schema.

    With `read_only` nothing is made or changed, and one that is missing is empty. One that is not `durable`
    never waits for the medium: that is for a store soon thrown away. Raises `StoreLocked` while another
    process has it, `StoreError` for whatever else is in the way.
    """
    with _collector_paused():
        try:
            db = JournaledDB(path, read_only=read_only, disk=None if durable else ForgetfulDisk())
        except Absent:
            return DeskStore(AbsentStore(path))
        try:
            migrate(db, path, read_only=read_only)
            return DeskStore(db)
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
