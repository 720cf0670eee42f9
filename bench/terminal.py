"""A program in a terminal of its own, watched from outside: when it paints, what it costs."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_ESCAPE = re.compile(
    rb"\x1b(?:\[[0-9;?<>=$! ]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|P.*?\x1b\\|[()][0-9A-B]|[=>78M])", re.DOTALL
)
_TICKS = os.sysconf("SC_CLK_TCK")


class Program:
    """A program on a pseudo terminal of 110 × 32 cells; times are seconds since it was started."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str] | None = None) -> None:
        self.output = b""
        self._painted = 0.0
        self.started = time.perf_counter()
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:  # pragma: no cover - becomes the program
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 32, 110, 0, 0))
            full = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(environ or {})}
            os.execvpe(command[0], list(command), full)  # noqa: S606 - the bench's own command
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 32, 110, 0, 0))

    def _read(self, seconds: float) -> bytes:
        ready, _, _ = select.select([self._terminal], [], [], max(seconds, 0))
        if not ready:
            return b""
        try:
            content = os.read(self._terminal, 1 << 16)
        except OSError:
            raise EOFError(self.text()[-2000:]) from None
        self.output += content
        self._painted = time.perf_counter() - self.started
        return content

    def text(self) -> str:
        """Everything painted so far, without the escapes."""
        return _ESCAPE.sub(b"", self.output).decode("utf-8", "replace")

    def until(self, words: str = "", seconds: float = 60.0) -> float:
        """When these words were painted, or any at all; raises `TimeoutError`."""
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            painted = self.text()
            if (words in painted) if words else re.search(r"\w", painted):
                return self._painted
            self._read(0.2)
        raise TimeoutError(f"{words!r} was not painted: {self.text()[-500:]!r}")

    def rest(self, seconds: float) -> None:
        """Let it run, reading what it paints."""
        deadline = time.perf_counter() + seconds
        while (left := deadline - time.perf_counter()) > 0:
            self._read(left)

    def key(self, key: bytes, seconds: float = 2.0) -> float:
        """Press a key; how long until something was painted."""
        while self._read(0):
            pass
        pressed = time.perf_counter()
        os.write(self._terminal, key)
        if not self._read(seconds):
            raise TimeoutError(f"nothing was painted after {key!r}")
        return time.perf_counter() - pressed

    def memory(self) -> float:
        """Resident memory in MB, its children's included."""
        return sum(_resident(pid) for pid in [self.pid, *_children(self.pid)]) / 1e6

    def memory_alone(self) -> float:
        """Resident memory in MB, without children."""
        return _resident(self.pid) / 1e6

    def cpu(self) -> float:
        """Seconds of processor time used so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def end(self) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.kill(self.pid, number)
                deadline = time.perf_counter() + 5
                while time.perf_counter() < deadline:
                    try:
                        self._read(0.05)
                    except EOFError:
                        time.sleep(0.02)
                    if os.waitpid(self.pid, os.WNOHANG)[0]:
                        os.close(self._terminal)
                        return
            except (ProcessLookupError, ChildProcessError):
                return


def _resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _children(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
    return [int(child) for child in children.split()]
