"""How long a start takes: the desk over stores of growing size, beside a hello-world of Textual and others.

    python bench/start.py [--sizes 1000,10000,100000] [--runs 5] [--json]

Each program gets a terminal of its own and is watched from outside. “First paint” is when the first words
stand on the terminal, “feed” when the first case can be read, memory is resident memory two seconds later,
helpers included. Programs take turns, so that a busy machine slows all of them alike; figures are medians.
"""

import argparse
import json
import platform
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import pages, worlds
from bench.terminal import Program

ROOT = Path(__file__).resolve().parents[1]
OPEN_SHARE = 20  # one mention in so many is still open
HELLO = """
from textual.app import App
from textual.widgets import Static
class Hello(App):
    def compose(self):
        yield Static("Hello, world")
Hello().run()
"""


@dataclass(slots=True)
class Case:
    """One program to start, and what was measured of it; times in milliseconds, memory in MB."""

    name: str
    command: Sequence[str]
    environ: dict[str, str]
    feed: str = ""
    firsts: list[float] = field(default_factory=list)
    feeds: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)

    def measure(self) -> None:
        program = Program(self.command, self.environ)
        try:
            self.firsts.append(program.until() * 1000)
            if self.feed:
                self.feeds.append(program.until(self.feed) * 1000)
            program.rest(2)
            self.memory.append(program.memory())
        finally:
            program.end()


def desk(directory: Path, mentions: int) -> Case:
    """The desk over a store of so many mentions, one in twenty of them open."""
    home = directory / f"home-{mentions}"
    home.mkdir()
    worlds.make(home / "data" / "desk.json", mentions, mentions // OPEN_SHARE)
    (home / "config.toml").write_text('language = "zh_Hans"\n', "utf-8")
    command = [sys.executable, "-m", "kefu_tui"]
    environ = {"KEFU_HOME": str(home), "PYTHONPATH": str(ROOT)}
    name = f"kefu, {mentions:,} mentions, {mentions // OPEN_SHARE:,} open"
    return Case(name, command, environ, feed="号）")


def mailbox(directory: Path, mails: int) -> Case | None:
    """Neomutt over an mbox of so many mails, where it is installed."""
    if shutil.which("neomutt") is None:
        return None
    path = directory / f"mbox-{mails}"
    with path.open("w", encoding="utf-8") as file:
        for number in range(mails):
            file.write(
                f"From a@example.org Thu Jan  1 00:00:00 2026\nFrom: a@example.org\nSubject: case {number}\n"
                f"Date: Thu, 1 Jan 2026 00:00:00 +0000\nMessage-ID: <{number}@example.org>\n\n"
                f"{worlds.said(number)}\n\n"
            )
    command = ["neomutt", "-n", "-F", "/dev/null", "-R", "-f", str(path)]
    return Case(f"neomutt, mbox of {mails:,}", command, {}, feed="case ")


def timed(command: Sequence[str], runs: int) -> float:
    """Median milliseconds of a command that prints and ends."""
    found = []
    for _ in range(runs):
        begin = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True, cwd=ROOT)
        found.append((time.perf_counter() - begin) * 1000)
    return statistics.median(found)


def run(sizes: Sequence[int], runs: int, directory: Path, tell: Callable[[str], None]) -> dict[str, object]:
    """Measure everything; milliseconds and MB by program."""
    cases = [Case("hello-world of Textual", [sys.executable, "-c", HELLO], {})]
    for size in sizes:
        tell(f"making a store of {size:,} mentions …")
        cases.append(desk(directory, size))
    peers = [mailbox(directory, max(sizes))]
    cases += [peer for peer in peers if peer is not None]
    for turn in range(runs + 1):
        for case in cases:
            tell(f"run {turn} of {runs}: {case.name}")
            case.measure()
    hello = statistics.median(cases[0].firsts[1:])
    programs = [
        {
            "program": case.name,
            "first_paint_ms": statistics.median(case.firsts[1:]),  # the first run fills the caches
            "times_hello": statistics.median(case.firsts[1:]) / hello,
            "feed_ms": statistics.median(case.feeds[1:]) if case.feeds else None,
            "memory_mb": statistics.median(case.memory),
        }
        for case in cases
    ]
    bare = timed([sys.executable, "-c", "pass"], runs * 2)
    commands = {
        words: timed([sys.executable, "-m", "kefu_tui", words], runs * 2) for words in ("--version", "--help")
    }
    absent = [] if peers[0] is not None else ["neomutt is not installed"]
    return {"programs": programs, "bare_python_ms": bare, "commands_ms": commands, "absent": absent}


def table(results: dict[str, object]) -> str:
    """The results as Markdown."""
    lines = ["| program | first paint | × hello | feed readable | memory |", "|---|---:|---:|---:|---:|"]
    for row in results["programs"]:  # type: ignore[attr-defined]
        feed = f"{row['feed_ms']:,.0f} ms" if row["feed_ms"] else ""
        lines.append(
            f"| {row['program']} | {row['first_paint_ms']:,.0f} ms | {row['times_hello']:.2f} | {feed}"
            f" | {row['memory_mb']:.0f} MB |"
        )
    commands = ", ".join(f"`kefu {name}` {ms:.0f} ms" for name, ms in results["commands_ms"].items())  # type: ignore[attr-defined]
    lines += ["", f"{commands}; a bare interpreter {results['bare_python_ms']:.0f} ms."]
    lines += [f"Left out: {why}." for why in results["absent"]]  # type: ignore[attr-defined]
    return "\n".join(lines)


def main() -> None:
    """Measure, then print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="1000,10000,100000", help="mentions stored (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=5, help="starts of each program (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    arguments = parser.parse_args()
    sizes = [int(size) for size in arguments.sizes.split(",")]

    def tell(words: str) -> None:
        print(words, file=sys.stderr)

    with TemporaryDirectory() as directory:
        results = run(sizes, arguments.runs, Path(directory), tell)
    if arguments.json:
        print(json.dumps({"python": platform.python_version(), **results}, ensure_ascii=False))
    else:
        content = f"Medians of {arguments.runs} starts:\n\n{table(results)}"
        print(content)
        if arguments.write:
            pages.put("start", content)


if __name__ == "__main__":
    main()
