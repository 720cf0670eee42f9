"""The benchmark of what corrections teach: its data, and that nothing taught is measured."""

import json
from pathlib import Path

import pytest

from bench import corrections
from bench.corrections import ALL, DOMAINS, Domain, Row, Run
from bench.tasks import NotData
from kefu_tui.domain.lessons import VALUES, Target
from kefu_tui.nlp import personal
from kefu_tui.nlp.classifier import TextClassifier

FILES = sorted(DOMAINS.glob("*.jsonl"))
ROWS = [Row(f"text {number}", "neg" if number % 2 else "pos") for number in range(50)]


def test_there_are_three_domains_with_three_targets() -> None:
    assert {corrections.read_domain(path).target for path in FILES} == {
        Target.SENTIMENT,
        Target.PRIORITY,
        Target.CATEGORY,
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_domain_is_well_formed(path: Path) -> None:
    domain = corrections.read_domain(path)

    texts = [row.text for row in domain.rows]
    assert len(texts) >= 80
    assert len(set(texts)) == len(texts)
    assert all(text.strip() == text != "" for text in texts)
    assert {row.label for row in domain.rows} <= set(VALUES[domain.target])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_shipped_model_gets_some_of_a_domain_right_and_enough_wrong(path: Path) -> None:
    domain = corrections.read_domain(path)
    known = corrections.right(TextClassifier(), domain.rows, domain.target)
    assert any(known)
    assert known.count(False) >= corrections.LESSONS


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "broken JSON"),
        (json.dumps({"text": "a", "label": "neg"}), "expected text, label, target"),
        (json.dumps({"text": "a", "label": "P9", "target": "priority"}), "no such target or label"),
        (json.dumps({"text": "a", "label": "neg", "target": "smell"}), "no such target or label"),
        ("", "broken JSON"),
    ],
)
def test_a_broken_row_is_named(tmp_path: Path, line: str, problem: str) -> None:
    path = tmp_path / "shop.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(NotData, match=f"shop.jsonl:1: {problem}"):
        corrections.read_domain(path)


@pytest.mark.parametrize("seed", range(5))
def test_no_row_is_both_taught_and_measured(seed: int) -> None:
    known = [number % 5 == 0 for number in range(50)]
    found = corrections.split(ROWS, known, seed)

    assert len(found.taught) == 30
    assert not set(found.taught) & set(found.measured)
    assert set(found.taught) | set(found.measured) == set(ROWS)
    assert not any(right for row, right in zip(ROWS, known, strict=True) if row in found.taught)


def test_a_text_that_stands_twice_is_taught_or_measured() -> None:
    found = corrections.split([Row("same", "neg"), Row("same", "neg"), *ROWS], [False] * 52, 0)
    assert not {row.text for row in found.taught} & {row.text for row in found.measured}


def test_where_few_are_wrong_few_are_taught_and_the_same_seed_teaches_the_same() -> None:
    known = [number >= 4 for number in range(50)]
    assert sorted(corrections.split(ROWS, known, 1).taught, key=ROWS.index) == ROWS[:4]
    everything = [False] * 50
    assert corrections.split(ROWS, everything, 3) == corrections.split(ROWS, everything, 3)
    assert corrections.split(ROWS, everything, 3) != corrections.split(ROWS, everything, 4)


def test_changes_are_told_of_each_set_and_of_all_rows() -> None:
    before = {"a": [True, False], "b": [True] * 8}
    after = {"a": [True, True], "b": [True] * 6 + [False] * 2}
    assert corrections.changes(before, after) == pytest.approx({"a": 0.5, "b": -0.25, ALL: -0.1})
    assert corrections.changes({}, {}) == {}


def test_the_summary_holds_mean_and_worst() -> None:
    runs = [
        Run(0, 30, 0.5, 0.75, 10, 5, {"a": 0.0}),
        Run(1, 28, 0.5, 0.5, 20, 7, {"a": -0.5}),
    ]
    found = corrections.summary(runs)
    assert (found["gain"], found["worst gain"], found["lessons"]) == (0.125, 0.0, 28)
    assert found["elsewhere"] == {"a": {"mean": -0.25, "worst": -0.5}}
    shown = corrections.report(Domain("shop", Target.SENTIMENT, ROWS), found, {"a": 2})
    assert "no more than 28 are judged wrongly" in shown
    assert "+12.5 points in the mean, +0.0 points at worst" in shown


def test_elsewhere_are_the_sets_that_answer_the_target(tmp_path: Path) -> None:
    def write(name: str, row: dict[str, object]) -> None:
        (tmp_path / name).write_text(json.dumps(row) + "\n", encoding="utf-8")

    write("senti3_shop.dev.jsonl", {"text": "a", "label": "neu"})
    write("triage_shop.dev.jsonl", {"text": "b", "priority": "P1", "category": "物流"})
    write("question_shop.dev.jsonl", {"text": "c", "label": "question"})
    write("other.dev.jsonl", {"text": "no label at all"})

    assert corrections.others([tmp_path], Target.SENTIMENT) == {"senti3_shop": [Row("a", "neu")]}
    assert corrections.others([tmp_path], Target.PRIORITY) == {"triage_shop": [Row("b", "P1")]}
    assert corrections.others([tmp_path], Target.CATEGORY) == {"triage_shop": [Row("b", "物流")]}
    with pytest.raises(NotData):
        corrections.others([tmp_path / "other.dev.jsonl"], Target.SENTIMENT)


def test_corrections_help_in_their_domain_and_leave_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(personal, "_NAP", 0)
    domain = corrections.read_domain(DOMAINS / "groomer.jsonl")
    elsewhere = corrections.others([corrections.INVENTED], domain.target)

    [run] = corrections.measured(domain, elsewhere, [0])

    assert run.lessons == 30
    assert run.gain > 0.05
    assert run.elsewhere[ALL] >= -0.01
