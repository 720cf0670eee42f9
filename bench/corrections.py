"""What a founder's corrections change: `python bench/corrections.py [--json] [PATH…]`.

For each domain in `bench/data/corrections` and each of several seeds: up to 30 rows the shipped model gets
wrong are its lessons, and the domain's other rows are asked before and after. The same is asked of everything
else: the rows in PATH (JSONL files, or directories with `*.dev.jsonl`), by default the invented ones in
`bench/data`, wherever they answer what the lessons were about. A set of thirty rows moves by three points
when one row changes, so the sets of a target are also counted as one.

The domains are invented, and written so that a trade's own words recur and always mean the same. Where each
text has words of its own there is nothing to learn: a first draft of the domains was so varied that thirty
lessons changed next to nothing. Of `groomer` and `keyboards` the figures chose the constants of the
personal model; those of `game_en` did not.
"""

import argparse
import json
import random
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.tasks import Kind, NotData, read_task
from kefu_tui.domain.lessons import NO, VALUES, YES, Lesson, Target
from kefu_tui.domain.verdict import Signal, TextVerdict
from kefu_tui.nlp.classifier import TextClassifier

INVENTED = Path(__file__).with_name("data")
DOMAINS = INVENTED / "corrections"
LESSONS = 30
SEEDS = 10
_FIELDS = ("text", "label", "target")
_AT = datetime(2026, 3, 2, tzinfo=UTC)  # any: lessons are learned in the order given


@dataclass(frozen=True, slots=True)
class Row:
    """A text, and what the founder says of it."""

    text: str
    label: str


@dataclass(frozen=True, slots=True)
class Domain:
    name: str
    target: Target
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Split:
    taught: Sequence[Row]
    measured: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Run:
    """One seed; `elsewhere` is the change of accuracy on each other set, by its name."""

    seed: int
    lessons: int
    before: float
    after: float
    teach_ms: float
    teach_cpu_ms: float
    elsewhere: Mapping[str, float]

    @property
    def gain(self) -> float:
        return self.after - self.before


ALL = "all together"


def read_domain(path: Path) -> Domain:
    """Raises `NotData` with the place of what is wrong."""
    rows, targets = [], set()
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise NotData(f"{path}: {error}") from None
    for number, line in enumerate(lines, start=1):
        place = f"{path.name}:{number}"
        try:
            found = json.loads(line)
        except ValueError:
            raise NotData(f"{place}: broken JSON") from None
        if not isinstance(found, dict) or not all(isinstance(found.get(name), str) for name in _FIELDS):
            raise NotData(f"{place}: expected {', '.join(_FIELDS)}")
        if found["target"] not in VALUES or found["label"] not in VALUES[Target(found["target"])]:
            raise NotData(f"{place}: no such target or label")
        targets.add(Target(found["target"]))
        rows.append(Row(found["text"], found["label"]))
    if len(targets) != 1:
        raise NotData(f"{path.name}: {len(targets)} targets, expected one")
    return Domain(path.stem, targets.pop(), rows)


def others(paths: Sequence[Path], target: Target) -> dict[str, list[Row]]:
    """The rows of each file that say something of a target, by the file's name."""
    found = {}
    for path in _files(paths):
        try:
            task = read_task(path)
        except NotData:
            if path in paths:  # asked for by name
                raise
            continue
        field = target.value
        if target is Target.SENTIMENT and task.kind in (Kind.SENTIMENT3, Kind.SENTIMENT2):
            field = "label"
        rows = [Row(row["text"], label) for row in task.rows if (label := row.get(field)) in VALUES[target]]
        if rows:
            found[task.name] = rows
    return found


def _files(paths: Sequence[Path]) -> list[Path]:
    """As `bench/triage.py` takes them."""
    return [
        file
        for path in paths
        for file in (
            (sorted(path.glob("*.dev.jsonl")) or sorted(path.glob("*.jsonl"))) if path.is_dir() else [path]
        )
    ]


def told(verdict: TextVerdict, target: Target) -> str:
    """What a verdict says of a target, as a label."""
    match target:
        case Target.PRIORITY:
            return verdict.priority.name
        case Target.CATEGORY:
            return verdict.category.value
        case Target.SENTIMENT:
            return verdict.sentiment.value
        case Target.NOISE:
            return YES if Signal.NOISE in verdict.signals else NO


def split(rows: Sequence[Row], is_right: Sequence[bool], seed: int, most: int = LESSONS) -> Split:
    """Of the rows judged wrongly up to `most` to teach, by chance; all others, right or wrong, to measure.

    A text that is taught is never measured, though it stood in two rows.
    """
    wrong = [row for row, right in zip(rows, is_right, strict=True) if not right]
    taught = random.Random(seed).sample(wrong, min(most, len(wrong)))
    texts = {row.text for row in taught}
    return Split(taught, [row for row in rows if row.text not in texts])


def right(classifier: TextClassifier, rows: Sequence[Row], target: Target) -> list[bool]:
    return [told(classifier.classify(row.text), target) == row.label for row in rows]


def lessons(rows: Sequence[Row], target: Target) -> list[Lesson]:
    return [
        Lesson(mention_key=f"bench:{number}", text=row.text, target=target, value=row.label, at=_AT)
        for number, row in enumerate(rows)
    ]


def changes(before: Mapping[str, Sequence[bool]], after: Mapping[str, Sequence[bool]]) -> dict[str, float]:
    """How the accuracy of each set has changed, and of all their rows together."""
    found = {name: fmean(after[name]) - fmean(values) for name, values in before.items()}
    if before:
        both = [[one for values in sets.values() for one in values] for sets in (before, after)]
        found[ALL] = fmean(both[1]) - fmean(both[0])
    return found


def measured(domain: Domain, elsewhere: Mapping[str, Sequence[Row]], seeds: Sequence[int]) -> list[Run]:
    """A run for each seed, with one classifier that is taught anew."""
    classifier = TextClassifier()
    target = domain.target
    known = dict(zip(domain.rows, right(classifier, domain.rows, target), strict=True))
    before = {name: right(classifier, rows, target) for name, rows in elsewhere.items()}
    runs = []
    for seed in seeds:
        parts = split(domain.rows, [known[row] for row in domain.rows], seed)
        began, spent = time.perf_counter(), time.process_time()
        classifier.teach(lessons(parts.taught, target))
        took, worked = time.perf_counter() - began, time.process_time() - spent
        runs.append(
            Run(
                seed=seed,
                lessons=len(parts.taught),
                before=fmean(known[row] for row in parts.measured),
                after=fmean(right(classifier, parts.measured, target)),
                teach_ms=1000 * took,
                teach_cpu_ms=1000 * worked,
                elsewhere=changes(
                    before, {name: right(classifier, rows, target) for name, rows in elsewhere.items()}
                ),
            )
        )
    return runs


def summary(runs: Sequence[Run]) -> dict[str, Any]:
    """Mean and worst over the seeds; `elsewhere` holds both for each set."""
    names = runs[0].elsewhere
    return {
        "lessons": min(run.lessons for run in runs),
        "before": fmean(run.before for run in runs),
        "after": fmean(run.after for run in runs),
        "gain": fmean(run.gain for run in runs),
        "worst gain": min(run.gain for run in runs),
        "teach ms": fmean(run.teach_ms for run in runs),
        "teach cpu ms": fmean(run.teach_cpu_ms for run in runs),
        "elsewhere": {
            name: {
                "mean": fmean(run.elsewhere[name] for run in runs),
                "worst": min(run.elsewhere[name] for run in runs),
            }
            for name in names
        },
    }


def report(domain: Domain, found: Mapping[str, Any], rows: Mapping[str, int]) -> str:
    few = "" if found["lessons"] >= LESSONS else f" (no more than {found['lessons']} are judged wrongly)"
    gain, worst = _points(found["gain"]), _points(found["worst gain"])
    lines = [
        f"{domain.name}: {domain.target.value}, {len(domain.rows)} rows, {found['lessons']} lessons{few}",
        f"  other rows   {found['before']:.1%} → {found['after']:.1%}, {gain} in the mean, {worst} at worst",
        f"  taught in    {found['teach ms']:.0f} ms, {found['teach cpu ms']:.0f} ms of processor time",
    ]
    lines += [
        f"  elsewhere    {_points(change['mean'])} in the mean, {_points(change['worst'])} at worst: "
        f"{name}, {rows[name]} rows"
        for name, change in found["elsewhere"].items()
    ]
    if not found["elsewhere"]:
        lines.append(f"  elsewhere    no row given has a {domain.target.value}")
    return "\n".join(lines)


def _points(share: float) -> str:
    return f"{100 * share + 0.0:+.1f} points"


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", default=[INVENTED])
    parser.add_argument("--seeds", type=int, default=SEEDS, metavar="N", help=f"how many seeds ({SEEDS})")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def main() -> None:
    options = arguments().parse_args()
    found = {}
    for path in sorted(DOMAINS.glob("*.jsonl")):
        try:
            domain = read_domain(path)
            elsewhere = others(options.paths, domain.target)
        except NotData as problem:
            raise SystemExit(str(problem)) from None
        runs = measured(domain, elsewhere, range(options.seeds))
        found[domain.name] = {**summary(runs), "runs": [asdict(run) for run in runs]}
        if not options.json:
            rows = {name: len(texts) for name, texts in elsewhere.items()}
            print(report(domain, found[domain.name], {**rows, ALL: sum(rows.values())}), flush=True)
    if options.json:
        print(json.dumps(found, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
