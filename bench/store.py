"""What a durable write costs: the journaled store, stock TinyDB and sqlite3, side by side in one run.

    python bench/store.py [--sizes 1000,10000,100000] [--json]

Absolute figures say more about the disk than about the store: compare the columns. sqlite3 runs with
a write-ahead log and synchronous=full, one fsync a commit like the journal; its documents are JSON text
with a unique key. TinyDB waits for an fsync, too, but rewrites its file in place. CachingMiddleware writes
nothing until it has a thousand changes: what it costs is shown, what a kill would take is not.
"""

import argparse
import gc
import json
import platform
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

from tinydb import JSONStorage, TinyDB
from tinydb.middlewares import CachingMiddleware

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench import pages
from kefu_tui.storage.journaled.database import JournaledDB

OPERATIONS = ("open", "insert", "update", "batch of 100")
RIVALS = ("tinydb", "cached", "sqlite3")

Documents = dict[str, dict[str, Any]]


def document(number: int) -> dict[str, Any]:
    """Return a document of about 0.9 KB, the size of a stored mention."""
    return {
        "account": "demo",
        "author": {"name": f"顾客{number}", "handle": f"guke{number}", "followers": number * 7 % 100_000},
        "text": "你们的售后太慢了,说好三天退款,现在都一个星期了,到底管不管?" * 6,
        "posted_at": "2024-05-01T10:00:00+00:00",
        "first_seen_at": "2024-05-01T10:00:30+00:00",
        "tags": ["退款", "售后"],
        "state": "waiting_us",
        "priority": number % 4,
        "reasons": ["word:退款", "waiting:34m"],
    }


class Store(Protocol):
    """One way to keep keyed documents so that a write that returned survives a power cut."""

    def open(self) -> None: ...
    def insert(self, number: int, row: dict[str, Any]) -> None: ...
    def update(self, number: int, row: dict[str, Any]) -> None: ...
    def batch(self, rows: Documents) -> None: ...
    def close(self) -> None: ...


class Journaled:
    """TinyDB with the journal in front."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "journaled.json"

    def open(self) -> None:
        self._db = JournaledDB(self._path)
        self._db.documents("cases")

    def insert(self, number: int, row: dict[str, Any]) -> None:
        self._db.apply({"cases": {f"case {number}": row}})

    update = insert

    def batch(self, rows: Documents) -> None:
        self._db.apply({"cases": rows})

    def close(self) -> None:
        self._db.close()


class Stock:
    """TinyDB as it comes; updates go by document id, its fastest way."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "stock.json"

    def open(self) -> None:
        self._db = TinyDB(self._path)
        len(self._db.table("cases"))

    def insert(self, number: int, row: dict[str, Any]) -> None:
        self._db.table("cases").insert({**row, "key": f"case {number}"})

    def update(self, number: int, row: dict[str, Any]) -> None:
        self._db.table("cases").update(row, doc_ids=[number + 1])

    def batch(self, rows: Documents) -> None:
        self._db.table("cases").insert_multiple({**row, "key": key} for key, row in rows.items())

    def close(self) -> None:
        self._db.close()


class Cached(Stock):
    """TinyDB with its CachingMiddleware; not durable."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "cached.json"

    def open(self) -> None:
        self._db = TinyDB(self._path, storage=CachingMiddleware(JSONStorage))
        len(self._db.table("cases"))


class Sqlite:
    """The standard library's database."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "sqlite.db"

    def open(self) -> None:
        self._db = sqlite3.connect(self._path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = wal")
        self._db.execute("PRAGMA synchronous = full")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS cases (id INTEGER PRIMARY KEY, key TEXT UNIQUE, row TEXT)"
        )
        self._db.execute("SELECT count(*) FROM cases").fetchone()

    def insert(self, number: int, row: dict[str, Any]) -> None:
        self.batch({f"case {number}": row})

    update = insert

    def batch(self, rows: Documents) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        self._db.executemany(
            "INSERT INTO cases (key, row) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET row = excluded.row",
            [(key, json.dumps(row)) for key, row in rows.items()],
        )
        self._db.execute("COMMIT")

    def close(self) -> None:
        self._db.close()


STORES: dict[str, Callable[[Path], Store]] = {
    "journaled": Journaled,
    "tinydb": Stock,
    "cached": Cached,
    "sqlite3": Sqlite,
}


@dataclass(frozen=True, slots=True)
class Effort:
    """How often each operation is measured; stock TinyDB gets fewer, each of its writes is a whole file."""

    opens: int
    writes: int
    batches: int


EFFORTS = {
    "journaled": Effort(7, 200, 30),
    "tinydb": Effort(3, 3, 2),
    "cached": Effort(3, 20, 3),
    "sqlite3": Effort(7, 200, 30),
}


def timed(action: Callable[[], object]) -> float:
    """Return how long an action took, in milliseconds."""
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1000


def run(count: int, directory: Path) -> dict[str, dict[str, float]]:
    """Return the median milliseconds by store and operation, each store holding `count` documents.

    The stores take turns at every operation, so that a busy machine slows all of them alike.
    """
    stores = {name: make(directory) for name, make in STORES.items()}
    samples: dict[str, dict[str, list[float]]] = {name: {o: [] for o in OPERATIONS} for name in STORES}
    for store in stores.values():
        store.open()
        store.batch({f"case {number}": document(number) for number in range(count)})
        store.close()
    for turn in range(max(effort.opens for effort in EFFORTS.values())):
        for name, store in stores.items():
            if turn < EFFORTS[name].opens:
                gc.collect()
                samples[name]["open"].append(timed(store.open))
                store.close()
    for store in stores.values():
        store.open()
    changed = {**document(0), "state": "waiting_them"}
    for turn in range(max(effort.writes for effort in EFFORTS.values())):
        new, old = count + turn, turn * 37 % count
        for name, store in stores.items():
            if turn < EFFORTS[name].writes:
                samples[name]["insert"].append(timed(partial(store.insert, new, document(new))))
                samples[name]["update"].append(timed(partial(store.update, old, {**changed, "turn": turn})))
    for turn in range(max(effort.batches for effort in EFFORTS.values())):
        rows = {f"batch {turn}-{number}": document(number) for number in range(100)}
        for name, store in stores.items():
            if turn < EFFORTS[name].batches:
                samples[name]["batch of 100"].append(timed(partial(store.batch, rows)))
    for store in stores.values():
        store.close()
    return {
        name: {operation: statistics.median(found) for operation, found in by_operation.items()}
        for name, by_operation in samples.items()
    }


def table(results: dict[str, dict[str, float]]) -> str:
    """Return the results as Markdown: milliseconds, then how many times the journal each rival takes."""
    heads = [*STORES, *(f"{rival} ÷ journaled" for rival in RIVALS)]
    lines = ["| | " + " | ".join(heads) + " |", "|---|" + "---:|" * len(heads)]
    for operation in OPERATIONS:
        ours = results["journaled"][operation]
        cells = [f"{results[name][operation]:,.2f} ms" for name in STORES]
        cells += [f"{results[rival][operation] / ours:,.2f} ×" for rival in RIVALS]
        lines.append(f"| {operation} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Measure, then print tables or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--sizes", default="1000,10000,100000", help="documents in the store (default: %(default)s)"
    )
    parser.add_argument("--dir", type=Path, help="measure on the disk this directory is on")
    parser.add_argument("--json", action="store_true", help="print milliseconds as JSON")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md")
    arguments = parser.parse_args()
    results = {}
    for size in [int(size) for size in arguments.sizes.split(",")]:
        with TemporaryDirectory(dir=arguments.dir) as directory:
            results[size] = run(size, Path(directory))
        print(f"{size:,} documents measured", file=sys.stderr)
    if arguments.json:
        print(json.dumps({"python": platform.python_version(), "milliseconds": results}))
        return
    tables = "\n\n".join(f"{size:,} documents, medians:\n\n{table(found)}" for size, found in results.items())
    print(tables)
    if arguments.write:
        pages.put("store", tables)


if __name__ == "__main__":
    main()
