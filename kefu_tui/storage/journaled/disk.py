"""Every touch of the file system, in one place, so that tests can make each of them fail."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import Literal

from kefu_tui.domain.errors import N_, StoreError

if sys.platform == "darwin":
    import fcntl


class Disk:
    """The calls the store makes to the operating system; each may raise `OSError`."""

    def open(self, path: Path, mode: Literal["ab", "xb"]) -> FileIO:
        """Open for appending (`ab`) or create (`xb`); a new file is born readable by its owner alone."""
        return FileIO(path, mode, opener=lambda name, flags: os.open(name, flags, 0o600))

    def write(self, file: FileIO, data: memoryview) -> int:
        """Write what the system takes in one go and return the number of bytes, perhaps fewer than asked."""
        return file.write(data) or 0

    def truncate(self, file: FileIO, length: int) -> None:
        """Cut a file to `length` bytes."""
        file.truncate(length)

    def sync(self, file: FileIO) -> None:
        """Return once the contents, and the size needed to read them, are on the medium."""
        if sys.platform == "darwin":
            # There fsync stops at the drive's own cache; not every file system can do better.
            try:
                fcntl.fcntl(file, fcntl.F_FULLFSYNC)
            except OSError:
                os.fsync(file.fileno())
        else:
            os.fdatasync(file.fileno())

    def sync_directory(self, path: Path) -> None:
        """Return once the names in a directory are on the medium."""
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def replace(self, source: Path, target: Path) -> None:
        """Give `source` the name of `target` in one step; nobody ever sees half of either."""
        source.replace(target)

    def link(self, source: Path, target: Path) -> None:
        """Give a file a second name, in place of whatever had it."""
        unfinished = target.with_name(f"{target.name}.tmp")
        unfinished.unlink(missing_ok=True)
        os.link(source, unfinished)
        unfinished.replace(target)

    def unlink(self, path: Path) -> None:
        """Remove a file; one that is gone already is fine."""
        with suppress(FileNotFoundError):
            path.unlink()

    def make_private(self, directory: Path) -> None:
        """Create a directory and its missing parents, born closed to everybody but their owner."""
        missing = []
        while not directory.exists():
            missing.append(directory)
            directory = directory.parent
        for path in reversed(missing):
            with suppress(FileExistsError):
                path.mkdir(mode=0o700)
            self.sync_directory(path.parent)

    def write_all(self, file: FileIO, data: bytes) -> None:
        """Write every byte or raise `OSError`, with part of them written."""
        rest = memoryview(data)
        while rest:
            written = self.write(file, rest)
            if not written:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            rest = rest[written:]


class ForgetfulDisk(Disk):
    """A disk nobody waits for: what is written survives the process, not a power cut."""

    def sync(self, file: FileIO) -> None:
        """Leave it to the operating system."""

    def sync_directory(self, path: Path) -> None:
        """Leave it to the operating system."""


@contextmanager
def refusals(path: Path, template: str = N_("{path}: {reason}")) -> Iterator[None]:
    """Turn an `OSError` into a `StoreError` that names the file and the system's own reason."""
    try:
        yield
    except OSError as error:
        raise StoreError(template, path=str(path), reason=error.strerror or str(error)) from error


def write_cache(path: Path, content: bytes) -> None:
    """Keep what can be made again: replaced as a whole, waited for by nobody; a disk that refuses is fine."""
    unfinished = path.with_name(f"{path.name}.tmp")
    with suppress(OSError):
        unfinished.unlink(missing_ok=True)
        disk = Disk()
        with disk.open(unfinished, "xb") as file:
            disk.write_all(file, content)
        disk.replace(unfinished, path)
