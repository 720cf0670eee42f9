"""How well and how fast the offline triage reads: `python bench/triage.py [FILE…] [--json]`.

Each FILE is JSONL with a `text` and whatever labels it has of `priority`, `sentiment`, `category`,
`threat`, `safety`, `contact` and `noise`. Without one, a small set of invented posts is read: it shows
that the traps are known, not how the triage fares with real ones.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from kefu_tui.domain.verdict import Priority, Signal, TextVerdict
from kefu_tui.nlp.classifier import LexiconClassifier

INVENTED = Path(__file__).with_name("data") / "triage_invented.jsonl"
COLD_STARTS = 5
MIN_SECONDS = 1.0

_COLD_START = """
import time
began = time.perf_counter()
from kefu_tui.nlp.classifier import LexiconClassifier
LexiconClassifier().classify("你好,请问我的退款 where is it")
print(time.perf_counter() - began)
"""
FLAGS: dict[str, Callable[[TextVerdict], bool]] = {
    "threat": lambda verdict: Signal.THREAT in verdict.signals,
    "safety": lambda verdict: Signal.SAFETY in verdict.signals,
    "contact": lambda verdict: Signal.CONTACT in verdict.signals,
    "noise": lambda verdict: Signal.NOISE in verdict.signals,
}
CLASSES: dict[str, Callable[[TextVerdict], str]] = {
    "priority": lambda verdict: verdict.priority.name,
    "sentiment": lambda verdict: str(verdict.sentiment),
    "category": lambda verdict: str(verdict.category),
}


def precision_recall(gold: Sequence[bool], told: Sequence[bool]) -> dict[str, float]:
    """Precision, recall and F1 of one flag, and how often it is true."""
    hits = sum(a and b for a, b in zip(gold, told, strict=True))
    precision, recall = hits / max(1, sum(told)), hits / max(1, sum(gold))
    f1 = 2 * precision * recall / (precision + recall) if hits else 0.0
    return {"precision": precision, "recall": recall, "f1": f1, "n": sum(gold)}


def macro_f1(gold: Sequence[str], told: Sequence[str]) -> float:
    """The mean F1 over the classes that occur in `gold`."""
    classes = sorted(set(gold))
    scores = [precision_recall([g == c for g in gold], [t == c for t in told])["f1"] for c in classes]
    return sum(scores) / len(scores)


def quadratic_kappa(gold: Sequence[str], told: Sequence[str]) -> float:
    """Cohen's kappa with quadratic weights over P0..P3 (Cohen 1968): far misses weigh more."""
    ours, theirs = [Priority[g] for g in gold], [Priority[t] for t in told]
    observed = sum((a - b) ** 2 for a, b in zip(ours, theirs, strict=True)) / len(ours)
    expected = sum((a - b) ** 2 for a in ours for b in theirs) / len(ours) ** 2
    return 1 - observed / expected if expected else 1.0


def quality(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """How the verdicts agree with whatever labels `rows` carry."""
    classifier = LexiconClassifier()
    verdicts = [classifier.classify(row["text"]) for row in rows]
    figures: dict[str, Any] = {"rows": len(rows)}
    for name, of in CLASSES.items():
        if name in rows[0]:
            gold, told = [row[name] for row in rows], [of(verdict) for verdict in verdicts]
            right = sum(a == b for a, b in zip(gold, told, strict=True))
            figures[name] = {"accuracy": right / len(rows), "macro_f1": macro_f1(gold, told)}
            if name == "priority":
                figures[name]["kappa"] = quadratic_kappa(gold, told)
                figures["P0"] = precision_recall([g == "P0" for g in gold], [t == "P0" for t in told])
                figures["P0 placed in P3"] = sum(
                    pair == ("P0", "P3") for pair in zip(gold, told, strict=True)
                )
    for name, holds in FLAGS.items():
        if name in rows[0]:
            figures[name] = precision_recall([row[name] for row in rows], [holds(v) for v in verdicts])
    return figures


def texts_per_second(rows: Sequence[dict[str, Any]]) -> float:
    """Whole classifications a second on one thread, of processor time, lexicon already loaded."""
    classifier = LexiconClassifier()
    texts = [row["text"] for row in rows]
    done, began = 0, time.process_time()
    while time.process_time() - began < MIN_SECONDS:
        for text in texts:
            classifier.classify(text)
        done += len(texts)
    return done / (time.process_time() - began)


def cold_start_ms() -> float:
    """From the import to the first verdict in a fresh interpreter: the best of a few, in milliseconds."""
    return min(
        1000
        * float(subprocess.run([sys.executable, "-c", _COLD_START], capture_output=True, check=True).stdout)
        for _ in range(COLD_STARTS)
    )


def read_rows(path: Path) -> list[dict[str, Any]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def shown(value: Any) -> str:
    if isinstance(value, dict):
        return "  ".join(f"{name} {shown(figure)}" for name, figure in value.items())
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", default=[INVENTED])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    tables = {path: read_rows(path) for path in options.files}
    report: dict[str, Any] = {"cold_start_ms": cold_start_ms(), "files": {}}
    for path, rows in tables.items():
        report["files"][path.name] = {**quality(rows), "texts_per_second": texts_per_second(rows)}
    if options.json:
        print(json.dumps(report, ensure_ascii=False))
        return
    print(f"cold start  {report['cold_start_ms']:.0f} ms")
    for name, figures in report["files"].items():
        print(f"\n{name}")
        for figure, value in figures.items():
            print(f"  {figure:<18}{shown(value)}")


if __name__ == "__main__":
    main()
