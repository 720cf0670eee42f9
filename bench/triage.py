"""How well and how fast the offline triage reads, beside its peers, in one run.

    python bench/triage.py [PATH…] [--ours-only] [--json | --markdown | --write-docs]

PATH is a JSONL file or a directory of them (its `*.dev.jsonl`, where it has some). A row has a `text` and
a `label`: `neg`/`neu`/`pos`, a signal's name or anything else, a list of aspects; or a `priority` with
whatever it has of `sentiment`, `category`, `threat`, `safety`, `contact` and `noise`. Files named `noise…`
hold noise only. Without a PATH the invented rows in `bench/data` are read: they show that the traps are
known, not how the triage fares with real texts.

Peers are in the dependency group `bench`; one that is missing or breaks is a line that says so. Each runs
in processes of its own, on one thread. What takes longer than `--budget` answers a sample, and the table
says how large.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.readers import MANY, OURS, PEERS, Reader
from bench.tasks import HINDSIGHT, Kind, NotData, Task, figures, flag_rate, read_tasks

ROOT = Path(__file__).resolve().parents[1]
INVENTED = Path(__file__).with_name("data")
DOCS, README = ROOT / "docs" / "triage.md", ROOT / "README.md"
STARTS = 5
PATIENCE_FOR_STARTS = 6.0  # seconds; a slow peer is not started five times
BUDGET = 60.0
PATIENCE = 300.0  # seconds on top of the budget before a reader is given up
_CHEAP = {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
NOISE_PRICE = "flagged on the sentiment sets"


@dataclass
class Column:
    """Everything measured of one reader; `problem` says why it is less than everything."""

    name: str
    problem: str = ""
    quality: dict[str, dict[str, float]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    ours_beside: dict[str, float] = field(
        default_factory=dict
    )  # what ours took for the same texts just after
    broke: int = 0
    start_ms: float | None = None
    memory: dict[str, float] = field(default_factory=dict)
    speed: dict[str, float] = field(default_factory=dict)

    @property
    def texts_per_second(self) -> float | None:
        spent = sum(self.seconds.values())
        return sum(self.rows.values()) / spent if spent else None


class Failed(Exception):
    """A reader that is missing, crashed or took too long."""


def ask(reader: Reader, work: str, given: Mapping[str, Any] | None = None, *, budget: float = 0) -> Any:
    """Have a fresh process do one piece of work; raises `Failed`."""
    with tempfile.TemporaryDirectory() as directory:
        out, task = Path(directory, "out.json"), Path(directory, "in.json")
        command = [sys.executable, str(Path(__file__).with_name("readers.py")), reader.name, work, str(out)]
        if given is not None:
            task.write_text(json.dumps({**given, "budget": budget}), encoding="utf-8")
            command.append(str(task))
        try:
            done = subprocess.run(
                command, capture_output=True, env={**os.environ, **_CHEAP}, timeout=budget + PATIENCE
            )
        except subprocess.TimeoutExpired:
            raise Failed(f"gave no answer in {budget + PATIENCE:.0f} s") from None
        if done.returncode or not out.exists():
            last = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["without a word"]
            raise Failed(f"crashed: {last[0]}")
        result = json.loads(out.read_text(encoding="utf-8"))
    if "missing" in result:
        raise Failed(f"not installed: {result['missing']}")
    return result


def measured(reader: Reader, tasks: Sequence[Task], budget: float) -> Column:
    """One reader's column; what it was not made for it is not asked."""
    column = Column(reader.name)
    asked = [task for task in tasks if _fits(reader, task)]
    if not asked:
        column.problem = "no data in its language"
        return column
    texts = [text for task in asked for text in task.texts]
    try:
        column.start_ms = 1000 * min(starts(reader))
        column.memory = ask(reader, "memory", {"texts": texts}, budget=budget / 3)
        given = {"tasks": {task.name: task.texts for task in asked}}
        answers = ask(reader, "read", given, budget=budget)
        if reader is not OURS:
            first = {name: texts[: len(answers[name]["answers"])] for name, texts in given["tasks"].items()}
            beside = ask(OURS, "read", {"tasks": first}, budget=budget)
            column.ours_beside = {name: got["seconds"] for name, got in beside.items()}
        else:
            column.speed = {**ask(reader, "speed", {"texts": texts}), **command_speed(texts)}
    except Failed as problem:
        column.problem = str(problem)
        return column
    noisy: list[Mapping[str, Any]] = []
    for task in asked:
        got = answers[task.name]
        column.rows[task.name], column.seconds[task.name] = len(got["answers"]), got["seconds"]
        column.broke += got["broke"]
        column.quality[task.name] = figures(task, got["answers"])
        if task.is_sentiment:
            noisy += got["answers"]
    for task in asked:
        if task.kind is Kind.NOISE and noisy:
            column.quality[task.name][NOISE_PRICE] = flag_rate(noisy, "noise")
    return column


def starts(reader: Reader) -> Iterator[float]:
    """Seconds to the first verdict, each of a fresh process; the first fills the system's caches."""
    began = time.monotonic()
    for _ in range(STARTS):
        yield ask(reader, "start")["seconds"]
        if time.monotonic() - began > PATIENCE_FOR_STARTS:
            return


def command_speed(texts: Sequence[str]) -> dict[str, float]:
    """`kefu triage` as a program: lines a second of processor time beyond its start, and the start itself."""
    with tempfile.TemporaryDirectory() as directory:
        one, many = Path(directory, "one"), Path(directory, "many")
        lines = [json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts]
        one.write_text(lines[0], encoding="utf-8")
        many.write_text("".join(lines), encoding="utf-8")
        starts_spent, starts_took = zip(*(_run_triage(one) for _ in range(STARTS)), strict=True)
        spent = _run_triage(many)[0] - min(starts_spent)
    return {"command": len(texts) / spent, "command_start_ms": 1000 * min(starts_took)}


def _run_triage(path: Path) -> tuple[float, float]:
    """Seconds of processor time, and by the clock."""
    before, began = os.times(), time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "kefu_tui", "triage", str(path)],
        stdout=subprocess.DEVNULL,
        check=True,
        cwd=ROOT,
    )
    took, after = time.perf_counter() - began, os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return spent, took


def _fits(reader: Reader, task: Task) -> bool:
    """A peer is asked for the mood of texts in its language, and for complaints: those are displeased."""
    if reader.chinese is None:
        return True
    moody = task.is_sentiment or (task.kind is Kind.FLAG and task.flag == "complaint")
    return moody and task.is_chinese == reader.chinese


def ratio(peer: Column) -> float | None:
    """How many times as many texts a second as `peer`, on the same texts and at the same hour."""
    own = sum(peer.ours_beside.values())
    return sum(peer.seconds.values()) / own if own else None


# --- what is printed -------------------------------------------------------------------------------

Table = list[list[str]]


def quality_table(tasks: Sequence[Task], columns: Sequence[Column]) -> Table:
    """A line for each figure of each task; the best of a line in asterisks, where several were asked."""
    table = [["data", "rows", "figure", *(column.name for column in columns)]]
    for task in tasks:
        names = columns[0].quality.get(task.name, {})
        for index, name in enumerate(names):
            if name == "negative rate" or (name == HINDSIGHT and len(columns) == 1):
                continue
            values = [column.quality.get(task.name, {}).get(name) for column in columns]
            cells = [_cell(value, name, task, column) for value, column in zip(values, columns, strict=True)]
            known = [value for value in values if value is not None]
            if len(known) > 1:
                cells = [f"*{c}*" if v == max(known) else c for c, v in zip(cells, values, strict=True)]
            first = index == 0
            table.append([task.name if first else "", str(len(task.rows)) if first else "", name, *cells])
    return table


def _cell(value: float | None, name: str, task: Task, column: Column) -> str:
    if value is None:
        return "–"
    if name == "P0 placed in P3":
        return f"{value:.0f}"
    shown = f"{value:.1%}".replace("%", " %") if name == NOISE_PRICE else _point(value)
    rows = column.rows[task.name]
    return shown if rows == len(task.rows) else f"{shown} (n={rows})"


def _point(value: float) -> str:
    return f"{value:.3f}".removeprefix("0")


def cost_table(columns: Sequence[Column]) -> Table:
    """What reading costs: speed on the texts each was asked, start and memory of a fresh process."""
    table = [
        ["reader", "texts/s", "kefu is faster ×", "cold start ms", "MB, first verdict", f"MB, {MANY:,} texts"]
    ]
    for column in columns:
        if column.problem and not column.rows:
            table.append([column.name, column.problem, "", "", "", ""])
            continue
        faster = ratio(column)
        texts = column.memory["texts"]
        many = f"{column.memory['many_mb']:.1f}" + (f" (after {texts:,.0f})" if texts < MANY else "")
        table.append(
            [
                column.name,
                f"{column.texts_per_second:,.0f}",
                "" if faster is None else f"{faster:,.1f}",
                f"{column.start_ms:,.0f}",
                f"{column.memory['first_mb']:.1f}",
                many,
            ]
        )
    return table


def notes(columns: Sequence[Column], readers: Sequence[Reader]) -> Iterator[str]:
    """What one must know to read the tables."""
    ours = columns[0]
    if ours.speed:
        yield (
            f"{ours.name} alone: {ours.speed['classify']:,.0f} texts/s for the whole triage of the words, "
            f"{ours.speed['judge']:,.0f} with author and history judged; processor time, one thread."
        )
        yield (
            f"`kefu triage`, reading and printing included: {ours.speed['command']:,.0f} lines/s; "
            f"{ours.speed['command_start_ms']:,.0f} ms for one line, the interpreter's start included."
        )
    for column in columns:
        if column.broke:
            yield f"{column.name} broke on {column.broke} texts; they count as neutral."
    if len(readers) > 1:
        yield (
            "Classes of the peers: "
            + "; ".join(f"{one.name} {one.rule}" for one in readers if one is not OURS)
            + "."
        )
    yield f"Python {platform.python_version()}, {os.cpu_count()} processors, {platform.system()}."


def as_text(table: Table) -> str:
    from rich.cells import cell_len

    widths = [max(cell_len(row[at]) for row in table) for at in range(len(table[0]))]
    return "\n".join(
        "  ".join(
            cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in table
    )


def as_markdown(table: Table) -> str:
    head, *rows = [[cell.replace("*", "**") for cell in row] for row in table]
    ruled = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in ruled)


def report(
    tasks: Sequence[Task], columns: Sequence[Column], readers: Sequence[Reader], *, markdown: bool
) -> str:
    tables = [quality_table(tasks, columns), cost_table(columns)]
    shown = [(as_markdown if markdown else as_text)(table) for table in tables]
    told = list(notes(columns, readers))
    return "\n\n".join([*shown, "\n".join(f"- {note}" for note in told) if markdown else "\n".join(told)])


def headline(tasks: Sequence[Task], columns: Sequence[Column]) -> str:
    """One line: our first figure on each set that a peer was asked, beside the best peer's."""
    ours, *peers = columns
    parts = []
    for task in tasks:
        [name, value] = next(iter(ours.quality[task.name].items()))
        rivals = {peer.name: peer.quality[task.name][name] for peer in peers if task.name in peer.quality}
        if rivals:
            best = max(rivals, key=lambda rival: rivals[rival])
            parts.append(f"{task.name} {_point(value)} ({best} {_point(rivals[best])})")
    times = [f"{times:,.1f} × {peer.name}" for peer in peers if (times := ratio(peer))]
    return f"Quality, best peer in brackets: {' · '.join(parts)}. Texts a second: {', '.join(times)}."


def with_region(document: str, name: str, words: str) -> str:
    """The document with the words in the place marked with the name."""
    place = re.compile(f"(<!-- {name}: begin -->\n).*?(<!-- {name}: end -->)", re.DOTALL)
    changed, found = place.subn(lambda match: f"{match[1]}{words}\n{match[2]}", document)
    if found != 1:
        raise SystemExit(f"{found} places for the {name}, expected one")
    return changed


def write_docs(table: str, line: str) -> None:
    """Put the tables into the page on triage, and the headline into the README."""
    for path, name, words in ((DOCS, "table", table), (README, "triage", line)):
        path.write_text(with_region(path.read_text(encoding="utf-8"), name, words), encoding="utf-8")


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", default=[INVENTED])
    parser.add_argument("--ours-only", action="store_true", help="without the peers")
    parser.add_argument(
        "--budget",
        type=float,
        default=BUDGET,
        metavar="SECONDS",
        help=f"for each reader's answers ({BUDGET:.0f})",
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", help="print one JSON object")
    how.add_argument("--markdown", action="store_true", help="print Markdown tables")
    how.add_argument("--write-docs", action="store_true", help="write them into docs/triage.md and README.md")
    return parser


def main() -> None:
    options = arguments().parse_args()
    try:
        tasks = read_tasks(options.paths)
    except NotData as problem:
        raise SystemExit(str(problem)) from None
    readers = [OURS] if options.ours_only else [OURS, *PEERS]
    columns = []
    for reader in readers:
        print(f"{reader.name} …", file=sys.stderr, flush=True)
        columns.append(measured(reader, tasks, options.budget))
    if options.json:
        print(json.dumps({column.name: asdict(column) for column in columns}, ensure_ascii=False, indent=1))
        return
    shown = report(tasks, columns, readers, markdown=options.markdown or options.write_docs)
    if options.write_docs:
        write_docs(shown, headline(tasks, columns))
    else:
        print(shown)


if __name__ == "__main__":
    main()
