"""How well the tone check tells good replies from bad ones: `python bench/tone.py [--json] [--misses]`.

Reads JSONL with `lang`, `reply`, `about` (what the customer had written) and `bad` (the faults a reader
finds, none for a good reply). All sets are invented by one hand. `held_out` was written before the rules and
never printed while they were made, but the hand remembered it: its figures say that stock phrases are found.
`written_against` was in view. `unseen` was written last, of faults said in other words; its rows were not
looked at while rules were changed, its totals were: expect its figures at best. The baseline flags every
reply that holds one of nine stock phrases, which is what a list of forbidden words does.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.metrics import f1, precision, recall
from kefu_tui.classification import classifier
from kefu_tui.domain.tone import Surroundings, check
from kefu_tui.nlp.folding import fold

DATA = Path(__file__).with_name("data") / "tone"
READS = classifier()
SETS = ("unseen", "held_out", "written_against")
STOCK = (
    "尊敬的", "高度重视", "敬请谅解", "相关部门", "耐心等待", "感谢您的反馈", "深表歉意",
    "valued customer", "any inconvenience",
)  # fmt: skip

Row = dict[str, Any]


def rows(name: str) -> list[Row]:
    lines = (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def ours(row: Row) -> list[str]:
    """The faults found, as a public reply to what the customer wrote."""
    verdict = READS.classify(row["about"])
    around = Surroundings(
        asked=[row["about"]] if row["about"] else [], is_public=True, aggrieved=verdict.category.is_grievance
    )
    return [finding.fault.value for finding in check(row["reply"], fold, around)]


def stock_phrases(row: Row) -> list[str]:
    return ["office"] if any(phrase in fold(row["reply"]) for phrase in map(fold, STOCK)) else []


def figures(found: Callable[[Row], Sequence[str]], data: Sequence[Row]) -> dict[str, float]:
    gold = [bool(row["bad"]) for row in data]
    faults = [found(row) for row in data]
    told = [bool(one) for one in faults]
    named = [bool(set(one) & set(row["bad"])) for one, row in zip(faults, data, strict=True) if row["bad"]]
    return {
        "n": len(data),
        "bad": sum(gold),
        "precision": precision(gold, told),
        "recall": recall(gold, told),
        "f1": f1(gold, told),
        "fault_named": sum(named) / len(named),
    }


def measure() -> dict[str, Any]:
    results: dict[str, Any] = {}
    for name in SETS:
        data = rows(name)
        for language in ("zh", "en"):
            part = [row for row in data if row["lang"] == language]
            results[f"{name}/{language}"] = {
                "ours": figures(ours, part),
                "stock phrases": figures(stock_phrases, part),
            }
    texts = [row for name in SETS for row in rows(name)]
    began = time.perf_counter()
    for row in texts:
        ours(row)
    results["milliseconds_per_reply"] = (time.perf_counter() - began) / len(texts) * 1000
    return results


def misses() -> list[str]:
    """What is told wrong in the set the rules were written against; the other ones are never printed."""
    lines = []
    for row in rows("written_against"):
        told = ours(row)
        if bool(told) != bool(row["bad"]) or (row["bad"] and not set(told) & set(row["bad"])):
            lines.append(f"{row['id']} expected {row['bad']} told {told}: {row['reply']}  ← {row['about']}")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--misses", action="store_true")
    args = parser.parse_args()
    if args.misses:
        print("\n".join(misses()))
        return
    results = measure()
    if args.json:
        print(json.dumps(results, ensure_ascii=False, indent=1))
        return
    print(f"{'set':<20}{'check':<16}{'n':>4}{'bad':>5}{'precision':>11}{'recall':>8}{'F1':>7}{'named':>7}")
    for name, result in results.items():
        if isinstance(result, dict):
            for who, one in result.items():
                print(
                    f"{name:<20}{who:<16}{one['n']:>4}{one['bad']:>5}{one['precision']:>11.3f}"
                    f"{one['recall']:>8.3f}{one['f1']:>7.3f}{one['fault_named']:>7.3f}"
                )
    print(f"{results['milliseconds_per_reply']:.2f} ms a reply")


if __name__ == "__main__":
    main()
