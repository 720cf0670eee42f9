"""One writer at a time: a lock file the operating system gives back when its holder dies."""

import fcntl
import os
from contextlib import suppress
from io import FileIO
from pathlib import Path

from kefu_tui.domain.errors import N_, StoreLocked
from kefu_tui.storage.journaled.disk import Disk, refusals


def acquire(path: Path, *, store: Path, disk: Disk) -> FileIO:
    """Take the lock and leave our process id in the file; closing the file gives the lock back.

    Raises `StoreLocked` naming the holder, `StoreError` if the file cannot be written. The file stays
    behind, empty: removing it would let a third process lock a new one beside the second.
    """
    with refusals(path):
        file = disk.open(path, "ab")
        try:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StoreLocked(
                    N_("{path} is in use by process {pid}: end that one first"),
                    path=str(store),
                    pid=_holder(path),
                ) from None
            file.truncate(0)
            disk.write_all(file, b"%d\n" % os.getpid())
        except BaseException:
            file.close()
            raise
        return file


def release(file: FileIO) -> None:
    """Give the lock back."""
    with file, suppress(OSError):
        file.truncate(0)


def _holder(path: Path) -> str:
    # Between taking the lock and writing its number a holder is nameless for a moment.
    return path.read_text("ascii", "replace").strip() or "?"
