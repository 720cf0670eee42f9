"""The desk at work over a large store: keys, floods, idleness, memory, and search over everything.

    python bench/desk.py [--mentions 100000] [--open 5000] [--json]

The desk runs in a terminal of its own and is watched from outside: a key is pressed, and the clock stops when
something is painted. First nothing else happens, then a channel brings 1,000 mentions a second, which are
judged and stored as they come; last, 10,000 mentions wait at once. What a key costs at a hello-world of
Textual (`space` on a button, the least a key can do) stands beside it.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import pages, worlds
from bench.terminal import Program

ROOT = Path(__file__).resolve().parents[1]
KEYS = 80
SETTLES = 25  # seconds after a start in which causes are grouped and a backup is written
PATIENCE = 120  # seconds a flood is waited for
PAGE = 40
DONE = "flood-is-over"
WORDS = {"one text": "77号）", "every sixth text": "平底锅", "no text": "没有这句话"}
HELLO = """
from textual.app import App
from textual.widgets import Static
class Hello(App):
    BINDINGS = [("j,k", "more", "More")]
    n = 0
    def compose(self):
        yield Static("Hello, world")
    def action_more(self):
        self.n += 1
        self.query_one(Static).update(f"Hello, world {self.n}")
Hello().run()
"""


def serve(home: Path, rate: float, waiting: int) -> int:
    """Be the desk over the store in `home`; its one channel has `rate` mentions a second, or `waiting`."""
    from kefu_tui import bootstrap
    from kefu_tui.clock import SystemClock
    from kefu_tui.config import Settings
    from kefu_tui.ports import Batch, Capabilities
    from kefu_tui.tui.app import KefuApp

    first = 10_000_000

    class Flood:
        account = worlds.ACCOUNT
        platform = "bench"
        capabilities = Capabilities(reply=False)

        def __init__(self) -> None:
            self._began: float | None = None
            self._told = 0

        async def poll(self, _cursor: object) -> Batch:
            if self._began is None:
                self._began = time.monotonic()
            if waiting and self._told >= waiting:
                (home / DONE).touch()  # the poll that brought everything has been told of
            due = waiting or int((time.monotonic() - self._began) * rate)
            count = max(min(PAGE, due - self._told), 0)
            numbers = range(first + self._told, first + self._told + count)
            self._told += count
            posts = tuple(worlds.mention(n, datetime.now(UTC) - timedelta(seconds=5)).post for n in numbers)
            return Batch(cursor={"told": self._told}, posts=posts, more=self._told < due)

        async def aclose(self) -> None:
            pass

    async def run() -> int:
        store = await bootstrap.open_desk_store(home / "data" / "desk.json")
        flood = Flood()
        services = bootstrap.assemble(
            store=store,
            channels={flood.account: flood} if rate or waiting else {},  # type: ignore[dict-item]
            clock=SystemClock(),
            zone=UTC,
            settings=Settings(),
            scripts_dir=None,
            intervals={flood.account: timedelta(seconds=0.04 if rate else 1)},
            new_id=lambda: os.urandom(8).hex(),
        )
        app = KefuApp(services)
        await app.run_async()
        await services.causes.aclose()
        await store.aclose()
        return app.return_code or 0

    return asyncio.run(run())


def desk(home: Path, *, rate: float = 0, waiting: int = 0) -> Program:
    command = [sys.executable, __file__, "--serve", str(home), "--rate", str(rate), "--waiting", str(waiting)]
    program = Program(command, {"PYTHONPATH": str(ROOT), "LANG": "C.UTF-8"})
    program.until("号）", 120)
    return program


def keys(program: Program, count: int = KEYS) -> dict[str, float]:
    """Milliseconds from a key to what it paints, over many presses of `j` and `k`."""
    found = []
    for place in range(count):
        program.rest(0.06)
        found.append(program.key(b"j" if place % 20 < 15 else b"k") * 1000)
    ranked = sorted(found)
    return {
        "p50_ms": statistics.median(ranked),
        "p95_ms": ranked[int(len(ranked) * 0.95)],
        "max_ms": ranked[-1],
    }


def idle(program: Program, seconds: float = 20) -> float:
    """The share of one processor used while nobody does anything, in percent."""
    program.rest(5)
    begin = program.cpu()
    program.rest(seconds)
    return (program.cpu() - begin) / seconds * 100


def flooded(home: Path) -> dict[str, float | bool]:
    """10,000 mentions wait: how long until all are judged, stored and shown, and keys meanwhile."""
    program = desk(home, waiting=10_000)
    try:
        begin = time.perf_counter()
        pressed = []
        while not (home / DONE).exists() and time.perf_counter() - begin < PATIENCE:
            pressed.append(program.key(b"j", 10) * 1000)
            program.rest(0.2)
        ranked = sorted(pressed)
        return {
            "seconds": time.perf_counter() - begin,
            "is_over": (home / DONE).exists(),
            "p50_ms": statistics.median(ranked),
            "p95_ms": ranked[int(len(ranked) * 0.95)],
            "memory_mb": program.memory_alone(),
        }
    finally:
        program.end()


def search(home: Path) -> dict[str, dict[str, float]]:
    """Milliseconds of a substring search over every archived text, by what is searched for."""
    from kefu_tui.storage.desk_store import open_store

    begin = time.perf_counter()
    store = open_store(home / "data" / "desk.json", read_only=True, folding=worlds.folding)
    found: dict[str, dict[str, float]] = {"open": {"ms": (time.perf_counter() - begin) * 1000}}
    for name, words in WORDS.items():
        list(store.find_archived([words]))
        taken = []
        for _ in range(5):
            begin = time.perf_counter()
            hits = sum(1 for _ in store.find_archived([words]))
            taken.append((time.perf_counter() - begin) * 1000)
        found[name] = {"ms": statistics.median(taken), "found": hits}
    return found


def run(mentions: int, is_open: int, home: Path) -> dict[str, object]:
    """Measure everything; makes the store unless there is one in `home`."""
    if not (home / "data").exists():
        worlds.make(home / "data" / "desk.json", mentions, is_open)
    results: dict[str, object] = {"search": search(home)}
    hello = Program([sys.executable, "-c", HELLO])
    hello.until("Hello")
    results["hello keys"] = keys(hello)
    hello.end()
    program = desk(home)
    results["keys while a start is followed up"] = keys(program, 40)
    program.rest(SETTLES)
    results["idle keys"] = keys(program)
    results["idle cpu %"] = idle(program)
    results["memory"] = {"desk_mb": program.memory_alone(), "with_helper_mb": program.memory()}
    program.end()
    program = desk(home, rate=1000)
    program.rest(2)
    results["keys at 1,000 mentions a second"] = keys(program)
    program.end()
    results["10,000 waiting"] = flooded(home)
    return results


def table(results: dict[str, object], mentions: int, is_open: int) -> str:
    """The results as Markdown."""
    lines = [
        f"{mentions:,} mentions, {is_open:,} open",
        "",
        "| what | p50 | p95 | worst |",
        "|---|---:|---:|---:|",
    ]
    for name in (
        "hello keys",
        "idle keys",
        "keys while a start is followed up",
        "keys at 1,000 mentions a second",
    ):
        found: dict[str, float] = results[name]  # type: ignore[assignment]
        lines.append(
            f"| {name} | {found['p50_ms']:.1f} ms | {found['p95_ms']:.1f} ms | {found['max_ms']:.0f} ms |"
        )
    memory: dict[str, float] = results["memory"]  # type: ignore[assignment]
    flood: dict[str, float] = results["10,000 waiting"]  # type: ignore[assignment]
    over = "after" if flood["is_over"] else "**not yet** after"
    searched: dict[str, dict[str, float]] = results["search"]  # type: ignore[assignment]
    lines += [
        "",
        f"Idle: {results['idle cpu %']:.1f} % of a processor.",
        f"Memory: {memory['desk_mb']:.0f} MB, its helper included {memory['with_helper_mb']:.0f} MB.",
        f"10,000 mentions waiting at once: judged, stored and shown {over} {flood['seconds']:.0f} s;",
        f"keys meanwhile p50 {flood['p50_ms']:.0f} ms, p95 {flood['p95_ms']:.0f} ms,",
        f"memory at the end {flood['memory_mb']:.0f} MB.",
        f"Opening the store: {searched['open']['ms']:.0f} ms.",
        "",
        "| search over all archived texts | time | found |",
        "|---|---:|---:|",
    ]
    lines += [
        f"| {name} | {searched[name]['ms']:.1f} ms | {searched[name]['found']:,.0f} |" for name in WORDS
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, then print tables or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mentions", type=int, default=100_000)
    parser.add_argument("--open", type=int, default=5_000)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    parser.add_argument("--home", type=Path, help="keep the store here, and use it again the next time")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--rate", type=float, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--waiting", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.serve:
        sys.exit(serve(given.serve, given.rate, given.waiting))
    with TemporaryDirectory() as directory:
        results = run(given.mentions, given.open, given.home or Path(directory))
    if given.json:
        print(json.dumps({"python": platform.python_version(), **results}, ensure_ascii=False))
    else:
        content = table(results, given.mentions, given.open)
        print(content)
        if given.write:
            pages.put("desk", content)


if __name__ == "__main__":
    main()
