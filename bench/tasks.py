"""What a data file asks, told by its name and labels; how an answer is judged against it."""

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from bench import metrics

Answer = Mapping[str, Any]
"""As `kefu triage` prints it; a peer's holds `sentiment` and `sentiment_score` only."""

FLAGS = ("complaint", "question", "suggestion", "threat", "safety", "contact", "offensive", "noise")
HINDSIGHT = "… peers' thresholds fitted to these rows"
_RANDOM = "the same order every time"
_HAN_FROM = 0.2


class Kind(StrEnum):
    SENTIMENT3 = "sentiment, 3 classes"
    SENTIMENT2 = "sentiment, 2 classes"
    FLAG = "a signal"
    NOISE = "noise, positives only"
    ASPECTS = "aspects"
    PRIORITY = "priority"


@dataclass(frozen=True, slots=True)
class Task:
    """One data file; `flag` is the signal a `FLAG` task is about.

    The rows are shuffled, so that any first part of them is a fair sample.
    """

    name: str
    kind: Kind
    rows: Sequence[Mapping[str, Any]]
    flag: str = ""

    @property
    def texts(self) -> list[str]:
        return [row["text"] for row in self.rows]

    @property
    def is_chinese(self) -> bool:
        """Whether a fifth of the characters are Han."""
        joined = "".join(self.texts)
        return sum("\u4e00" <= one <= "\u9fff" for one in joined) >= _HAN_FROM * len(joined)

    @property
    def is_sentiment(self) -> bool:
        return self.kind in (Kind.SENTIMENT3, Kind.SENTIMENT2)


class NotData(Exception):
    """A file that cannot be measured on."""


def read_tasks(paths: Sequence[Path]) -> list[Task]:
    """A task for each file; of a directory its `*.dev.jsonl`, or every `*.jsonl` where it has none."""
    return [read_task(path) for path in _files(paths)]


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(path.glob("*.dev.jsonl")) or sorted(path.glob("*.jsonl"))
        else:
            yield path


def read_task(path: Path) -> Task:
    """Raises `NotData` with the place of what is wrong."""
    rows = []
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    rows.append(_row(line, f"{path.name}:{number}"))
    except (OSError, UnicodeDecodeError) as error:
        raise NotData(f"{path}: {error}") from None
    if not rows:
        raise NotData(f"{path}: no rows")
    name = path.name.removesuffix(".jsonl").removesuffix(".dev").removesuffix(".train")
    random.Random(_RANDOM).shuffle(rows)
    return _task(name, rows)


def _row(line: str, place: str) -> Mapping[str, Any]:
    try:
        row = json.loads(line)
    except ValueError:
        raise NotData(f"{place}: broken JSON") from None
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise NotData(f"{place}: no text")
    if "label" not in row and "priority" not in row:
        raise NotData(f"{place}: neither a label nor a priority")
    return row


def _task(name: str, rows: Sequence[Mapping[str, Any]]) -> Task:
    if all("priority" in row for row in rows):
        return Task(name, Kind.PRIORITY, rows)
    if name.startswith("noise"):
        return Task(name, Kind.NOISE, rows)
    if all(isinstance(row["label"], list) for row in rows):
        return Task(name, Kind.ASPECTS, rows)
    labels = {str(row["label"]) for row in rows}
    if labels <= {"neg", "pos"}:
        return Task(name, Kind.SENTIMENT2, rows)
    if labels <= {"neg", "neu", "pos"}:
        return Task(name, Kind.SENTIMENT3, rows)
    for flag in FLAGS:
        if flag in labels and len(labels) <= 2:
            return Task(name, Kind.FLAG, rows, flag)
    raise NotData(f"{name}: nothing is known of the labels {', '.join(sorted(labels))}")


def figures(task: Task, answers: Sequence[Answer]) -> dict[str, float]:
    """How the answers to the first texts of a task fare; the first figure is the one to look at."""
    rows = task.rows[: len(answers)]
    return _FIGURES[task.kind](task, rows, answers)


def _sentiment3(
    _task: Task, rows: Sequence[Mapping[str, Any]], answers: Sequence[Answer]
) -> dict[str, float]:
    gold, told = [row["label"] for row in rows], [answer["sentiment"] for answer in answers]
    best = metrics.macro_f1(gold, told)
    found = {"macro-F1": best, HINDSIGHT: best, "accuracy": metrics.accuracy(gold, told)}
    if _is_peers(answers):
        found[HINDSIGHT] = metrics.best_macro_f1(gold, [answer["sentiment_score"] for answer in answers])
    return found | _queue([label == "neg" for label in gold], answers)


def _sentiment2(
    _task: Task, rows: Sequence[Mapping[str, Any]], answers: Sequence[Answer]
) -> dict[str, float]:
    gold = [row["label"] for row in rows]
    told = ["neg" if answer["sentiment_score"] < 0 else "pos" for answer in answers]
    best = metrics.accuracy(gold, told)
    found = {"accuracy": best, HINDSIGHT: best}
    if _is_peers(answers):
        found[HINDSIGHT] = metrics.best_accuracy(gold, [answer["sentiment_score"] for answer in answers])
    return found | _queue([label == "neg" for label in gold], answers)


def _is_peers(answers: Sequence[Answer]) -> bool:
    """A peer gives a score for us to cut into classes; we cut our own."""
    return "score" not in answers[0]


def _queue(relevant: Sequence[bool], answers: Sequence[Answer]) -> dict[str, float]:
    """What a founder who works from the top would find."""
    scores = [urgency(answer) for answer in answers]
    return {
        "queue AP": metrics.average_precision(relevant, scores),
        "in top 20 %": metrics.recall_at_top(relevant, scores),
        "negative rate": sum(relevant) / len(relevant),
    }


def urgency(answer: Answer) -> float:
    """What the queue is ordered by: our `score`; of a peer, how displeased it finds the text."""
    found: float = answer["score"] if "score" in answer else -answer["sentiment_score"]
    return found


def _flag(task: Task, rows: Sequence[Mapping[str, Any]], answers: Sequence[Answer]) -> dict[str, float]:
    gold = [row["label"] == task.flag for row in rows]
    told = [_holds(answer, task.flag) for answer in answers]
    return {"macro-F1": metrics.macro_f1(gold, told), **_flag_figures("", gold, told)}


def _holds(answer: Answer, flag: str) -> bool:
    """Whether a signal holds; a peer without signals calls a displeased text a complaint."""
    if "signals" in answer:
        return bool(answer["signals"][flag])
    return flag == "complaint" and answer["sentiment"] == "neg"


def _flag_figures(name: str, gold: Sequence[bool], told: Sequence[bool]) -> dict[str, float]:
    prefix = f"{name} " if name else ""
    return {
        f"{prefix}F1": metrics.f1(gold, told),
        f"{prefix}precision": metrics.precision(gold, told),
        f"{prefix}recall": metrics.recall(gold, told),
    }


def _noise(_task: Task, rows: Sequence[Mapping[str, Any]], answers: Sequence[Answer]) -> dict[str, float]:
    return {"recall": metrics.recall([True] * len(rows), [_holds(answer, "noise") for answer in answers])}


def _aspects(_task: Task, rows: Sequence[Mapping[str, Any]], answers: Sequence[Answer]) -> dict[str, float]:
    gold, told = [row["label"] for row in rows], [answer["aspects"] for answer in answers]
    return {"micro-F1": metrics.micro_f1(gold, told)}


def _priority(_task: Task, rows: Sequence[Mapping[str, Any]], answers: Sequence[Answer]) -> dict[str, float]:
    """Priority, and whatever else the rows have: sentiment, category, threat, safety, contact, noise."""
    gold, told = [row["priority"] for row in rows], [answer["priority"] for answer in answers]
    now, told_now = [value == "P0" for value in gold], [value == "P0" for value in told]
    found = {
        "kappa": metrics.quadratic_kappa(gold, told),
        "accuracy": metrics.accuracy(gold, told),
        "P0 recall": metrics.recall(now, told_now),
        "P0 precision": metrics.precision(now, told_now),
        "P0 placed in P3": float(sum(pair == ("P0", "P3") for pair in zip(gold, told, strict=True))),
        "queue AP": metrics.average_precision(
            [value in ("P0", "P1") for value in gold], [urgency(answer) for answer in answers]
        ),
    }
    for name in ("sentiment", "category"):
        if all(name in row for row in rows):
            found[f"{name} macro-F1"] = metrics.macro_f1(
                [row[name] for row in rows], [answer[name] for answer in answers]
            )
    for name in ("threat", "safety", "contact", "noise"):
        if all(name in row for row in rows):
            found |= _flag_figures(name, [row[name] for row in rows], [_holds(one, name) for one in answers])
    return found


_FIGURES: Mapping[Kind, Callable[[Task, Sequence[Mapping[str, Any]], Sequence[Answer]], dict[str, float]]] = {
    Kind.SENTIMENT3: _sentiment3,
    Kind.SENTIMENT2: _sentiment2,
    Kind.FLAG: _flag,
    Kind.NOISE: _noise,
    Kind.ASPECTS: _aspects,
    Kind.PRIORITY: _priority,
}


def flag_rate(answers: Sequence[Answer], flag: str) -> float:
    """How often a signal is told."""
    return sum(_holds(answer, flag) for answer in answers) / len(answers)
