"""Disks for tests: one that is quick, one that fails on demand, one that loses power at a given call."""

import errno
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path

from kefu_tui.storage.journaled.disk import Disk


class QuickDisk(Disk):
    """Waits for nothing: for tests about contents."""

    def sync(self, file: FileIO) -> None:
        pass

    def sync_directory(self, path: Path) -> None:
        pass


class FailingDisk(QuickDisk):
    """Raises `OSError` from the methods named in `broken`, after half of the work where there is any."""

    def __init__(self, reason: int = errno.ENOSPC) -> None:
        self.broken: set[str] = set()
        self._reason = reason

    def _try(self, method: str) -> None:
        if method in self.broken:
            raise OSError(self._reason, os.strerror(self._reason))

    def open(self, path, mode):
        self._try("open")
        return super().open(path, mode)

    def write(self, file, data):
        if "write" in self.broken:
            super().write(file, data[: len(data) // 2])
        self._try("write")
        return super().write(file, data)

    def truncate(self, file, length):
        self._try("truncate")
        super().truncate(file, length)

    def sync(self, file):
        self._try("sync")

    def sync_directory(self, path):
        self._try("sync_directory")

    def replace(self, source, target):
        self._try("replace")
        super().replace(source, target)

    def unlink(self, path):
        self._try("unlink")
        super().unlink(path)


class Death(BaseException):
    """The process, or the machine, ends here."""


@dataclass(eq=False)
class Inode:
    """What the medium holds of one file: its contents as of the last sync."""

    durable: bytes = b""


@dataclass
class MortalDisk(Disk):
    """Dies at call number `last_call` and shows what would be found afterwards.

    `halfway` lets a write do half of its work before dying.
    """

    directory: Path
    last_call: int
    halfway: bool = False
    calls: int = 0
    names: dict[str, Inode] = field(default_factory=dict)
    durable_names: dict[str, Inode] = field(default_factory=dict)
    _open: dict[int, Inode] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for path in self.directory.rglob("*"):
            if path.is_file():
                self.names[self._name(path)] = Inode(path.read_bytes())
        self.durable_names = self.names.copy()

    def _name(self, path: Path) -> str:
        return path.relative_to(self.directory).as_posix()

    def _step(self, before_death: Callable[[], object] = lambda: None) -> None:
        self.calls += 1
        if self.calls == self.last_call:
            before_death()
        if self.calls >= self.last_call:
            raise Death

    def open(self, path, mode):
        self._step()
        file = super().open(path, mode)
        self._open[id(file)] = self.names.setdefault(self._name(path), Inode())
        return file

    def write(self, file, data):
        part = data[: len(data) // 2]
        self._step(lambda: super(MortalDisk, self).write(file, part) if self.halfway else None)
        return super().write(file, data)

    def truncate(self, file, length):
        self._step()
        super().truncate(file, length)

    def sync(self, file):
        self._step()
        self._open[id(file)].durable = Path(file.name).read_bytes()

    def sync_directory(self, path):
        self._step()
        # of this directory alone
        for names in (self.durable_names, self.names):
            for name in [name for name in names if (self.directory / name).parent == path]:
                if name in self.names:
                    self.durable_names[name] = self.names[name]
                else:
                    del self.durable_names[name]

    def replace(self, source, target):
        self._step()
        super().replace(source, target)
        self.names[self._name(target)] = self.names.pop(self._name(source))

    def unlink(self, path):
        self._step()
        super().unlink(path)
        self.names.pop(self._name(path), None)

    def after_a_kill(self, into: Path) -> None:
        """Everything the system was given is there."""
        shutil.copytree(self.directory, into)

    def after_a_power_cut(self, into: Path) -> None:
        """Only what was synced is there: contents and names."""
        self._lay_out(self.durable_names, into)

    def after_a_power_cut_that_kept_names(self, into: Path) -> None:
        """Renames and removals made it to the medium before the contents did."""
        self._lay_out(self.names, into)

    @staticmethod
    def _lay_out(names: dict[str, Inode], into: Path) -> None:
        into.mkdir()
        for name, inode in names.items():
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            (into / name).write_bytes(inode.durable)


AFTERMATHS = (
    MortalDisk.after_a_kill,
    MortalDisk.after_a_power_cut,
    MortalDisk.after_a_power_cut_that_kept_names,
)
