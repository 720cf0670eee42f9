"""The benchmark's figures against values worked out by hand, and how it tells what a file asks."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from bench import metrics, readers, tasks, triage
from bench.tasks import Kind, NotData, Task

YES, NO = True, False


# --- figures ---------------------------------------------------------------------------------------


def test_precision_recall_and_f1():
    gold, told = [YES, YES, YES, NO, NO], [YES, NO, NO, YES, NO]

    assert metrics.precision(gold, told) == 1 / 2
    assert metrics.recall(gold, told) == 1 / 3
    assert metrics.f1(gold, told) == pytest.approx(2 * (1 / 2) * (1 / 3) / (1 / 2 + 1 / 3))


def test_a_flag_that_is_never_told_or_never_due_is_zero_and_no_error():
    assert metrics.precision([YES], [NO]) == metrics.f1([YES], [NO]) == 0
    assert metrics.recall([NO], [YES]) == metrics.f1([NO], [NO]) == 0


def test_accuracy_and_macro_f1():
    gold = ["neg", "neg", "neg", "pos"]
    told = ["neg", "neg", "pos", "neu"]

    assert metrics.accuracy(gold, told) == 1 / 2
    # neg: 2 hits of 3 due and 2 told, F1 4/5; pos: no hit; neu never stands in the data
    assert metrics.macro_f1(gold, told) == pytest.approx((4 / 5 + 0) / 2)


def test_micro_f1_counts_every_label_the_data_knows():
    gold = [["物流", "价格"], ["服务"], []]
    told = [["物流"], ["服务", "价格"], ["新鲜度"]]

    # 2 hits, 3 due, 3 told: freshness never stands in the data and is not judged
    assert metrics.micro_f1(gold, told) == pytest.approx(2 * 2 / (3 + 3))


def test_quadratic_kappa():
    gold = ["P0", "P1", "P2", "P3"]

    assert metrics.quadratic_kappa(gold, gold) == 1
    # observed: 1 over 4 rows; by chance: 14 + 6 + 6 + 6 over all 16 pairs
    assert metrics.quadratic_kappa(gold, ["P0", "P1", "P2", "P2"]) == pytest.approx(1 - (1 / 4) / (32 / 16))
    assert metrics.quadratic_kappa(gold, gold[::-1]) == -1
    assert metrics.quadratic_kappa(["P3"], ["P3"]) == 1


def test_average_precision_and_the_top_of_the_queue():
    relevant = [NO, YES, NO, NO, YES]
    scores = [0.1, 0.9, 0.8, 0.2, 0.7]

    # in order: yes, no, yes, no, no
    assert metrics.average_precision(relevant, scores) == pytest.approx((1 / 1 + 2 / 3) / 2)
    assert metrics.recall_at_top(relevant, scores, 0.2) == 1 / 2
    assert metrics.recall_at_top(relevant, scores, 0.6) == 1
    assert metrics.average_precision([NO, NO], [0.1, 0.2]) == 0


def test_thresholds_in_hindsight_are_the_best_there_are():
    scores = [-3.0, -2.0, 5.0, 6.0, 9.0]

    assert metrics.best_macro_f1(["neg", "neg", "neu", "neu", "pos"], scores) == 1
    assert metrics.best_accuracy(["neg", "neg", "neg", "pos", "pos"], scores) == 1
    assert metrics.best_accuracy(["pos", "neg", "neg", "pos", "pos"], scores) == 4 / 5


# --- what a file asks ------------------------------------------------------------------------------


def a_file(directory: Path, name: str, *rows: Mapping[str, Any]) -> Path:
    path = directory / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "labels", "kind"),
    [
        ("a.dev.jsonl", ["neg", "neu", "pos"], Kind.SENTIMENT3),
        ("a.jsonl", ["neg", "pos"], Kind.SENTIMENT2),
        ("a.jsonl", ["question", "other"], Kind.FLAG),
        ("a.jsonl", ["offensive", "ok"], Kind.FLAG),
        ("a.jsonl", [["物流"], []], Kind.ASPECTS),
        ("noise_ad.jsonl", ["ad", "fraud"], Kind.NOISE),
    ],
)
def test_a_task_is_told_by_its_labels_or_its_name(tmp_path: Path, name: str, labels: list[Any], kind: Kind):
    rows = [{"text": "t", "label": label} for label in labels]

    task = tasks.read_task(a_file(tmp_path, name, *rows))

    assert task.kind is kind
    assert task.name in {"a", "noise_ad"}


def test_rows_with_a_priority_are_about_priority(tmp_path: Path):
    row = {"text": "t", "label": "P0", "priority": "P0"}

    assert tasks.read_task(a_file(tmp_path, "x.jsonl", row)).kind is Kind.PRIORITY


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "no rows"),
        ("{", "x.jsonl:1: broken JSON"),
        ('{"label": "neg"}', "no text"),
        ('{"text": "t"}', "neither a label nor a priority"),
        ('{"text": "t", "label": "purple"}', "purple"),
    ],
)
def test_what_cannot_be_measured_on_says_why(tmp_path: Path, content: str, words: str):
    path = tmp_path / "x.jsonl"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(NotData, match=words):
        tasks.read_task(path)


def test_of_a_directory_the_dev_files_are_read_and_otherwise_all(tmp_path: Path):
    row = {"text": "t", "label": "neg"}
    a_file(tmp_path, "a.train.jsonl", row)

    assert [task.name for task in tasks.read_tasks([tmp_path])] == ["a"]

    a_file(tmp_path, "b.dev.jsonl", row)
    assert [task.name for task in tasks.read_tasks([tmp_path])] == ["b"]


def test_every_kind_of_task_is_among_the_invented_rows():
    found = tasks.read_tasks([triage.INVENTED])

    assert {task.kind for task in found} == set(Kind)
    assert {task.flag for task in found if task.flag} >= {"complaint", "question", "suggestion", "offensive"}
    assert all(len(task.rows) >= 30 for task in found)
    texts = [text for task in found for text in task.texts]
    assert len(set(texts)) == len(texts)


def an_answer(**told: Any) -> dict[str, Any]:
    signals = dict.fromkeys(tasks.FLAGS, False) | told.pop("signals", {})
    base = {"sentiment": "neu", "sentiment_score": 0.0, "score": 0.0, "aspects": [], "category": "闲聊"}
    return base | told | {"signals": signals}


def test_ours_is_judged_by_its_verdict():
    rows = [{"text": "a", "label": "neg"}, {"text": "b", "label": "pos"}]
    answers = [an_answer(sentiment="neu", score=0.9), an_answer(sentiment="pos", score=0.1)]

    found = tasks.figures(Task("x", Kind.SENTIMENT3, rows), answers)

    assert found["macro-F1"] == found[tasks.HINDSIGHT] == 1 / 2
    assert (found["queue AP"], found["negative rate"]) == (1, 1 / 2)


def test_a_peer_is_judged_by_its_mood_alone():
    rows = [{"text": "a", "label": "complaint"}, {"text": "b", "label": "other"}]
    answers = [readers.signed(-0.4, 0.05), readers.signed(0.04, 0.05)]

    assert tasks.figures(Task("x", Kind.FLAG, rows, "complaint"), answers)["macro-F1"] == 1
    assert tasks.figures(Task("x", Kind.FLAG, rows, "question"), answers)["recall"] == 0


def test_two_classes_go_by_the_sign_and_a_zero_is_positive():
    rows = [{"text": "a", "label": "neg"}, {"text": "b", "label": "pos"}]
    answers = [an_answer(sentiment_score=-0.01), an_answer(sentiment_score=0.0)]

    assert tasks.figures(Task("x", Kind.SENTIMENT2, rows), answers)["accuracy"] == 1


def test_priority_brings_every_label_the_rows_have():
    row = {"text": "a", "priority": "P0", "threat": True, "sentiment": "neg"}
    lost = an_answer(priority="P3", sentiment="neg", signals={"threat": True})

    found = tasks.figures(Task("x", Kind.PRIORITY, [row]), [lost])

    assert (found["P0 placed in P3"], found["P0 recall"]) == (1, 0)
    assert (found["threat F1"], found["sentiment macro-F1"]) == (1, 1)
    assert "safety F1" not in found


@pytest.mark.parametrize(("chance", "sentiment"), [(0.39, "neg"), (0.4, "neu"), (0.6, "neu"), (0.61, "pos")])
def test_a_chance_is_cut_at_two_fifths_and_three(chance: float, sentiment: str):
    assert readers.likely(chance)["sentiment"] == sentiment


@pytest.mark.parametrize(
    ("score", "dead", "sentiment"),
    [
        (-1, 0, "neg"),
        (0, 0, "neu"),
        (1, 0, "pos"),
        (0.05, 0.05, "pos"),
        (0.04, 0.05, "neu"),
        (-0.05, 0.05, "neg"),
    ],
)
def test_a_score_around_zero_is_cut_at_its_dead_band(score: float, dead: float, sentiment: str):
    assert readers.signed(score, dead)["sentiment"] == sentiment


# --- a run -----------------------------------------------------------------------------------------


def test_a_peer_that_is_missing_is_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "snownlp", None)
    out = tmp_path / "out.json"

    readers.main("SnowNLP", "start", str(out))

    assert "snownlp" in json.loads(out.read_text())["missing"]


def test_a_process_that_crashes_says_its_last_word(tmp_path: Path):
    nobody = readers.Reader("nobody", "", None, "", readers.OURS.load)

    with pytest.raises(triage.Failed, match="crashed: StopIteration"):
        triage.ask(nobody, "start")


def test_a_reader_that_fails_is_a_line_in_both_tables(monkeypatch: pytest.MonkeyPatch):
    rows = [{"text": "你好", "label": "neg"}, {"text": "好", "label": "pos"}]
    task = Task("x", Kind.SENTIMENT2, rows)

    def ask(reader: readers.Reader, work: str, *_: object, **__: object) -> Any:
        if reader is not readers.OURS:
            raise triage.Failed("crashed: of grief")
        answers = [an_answer(sentiment_score=-1), an_answer()]
        return {
            "start": {"seconds": 0.05},
            "memory": {"first_mb": 1.0, "many_mb": 2.0, "texts": 7},
            "read": {"x": {"answers": answers, "seconds": 0.001, "broke": 0}},
            "speed": {"classify": 5000.0, "judge": 4000.0},
        }[work]

    monkeypatch.setattr(triage, "ask", ask)
    monkeypatch.setattr(triage, "command_speed", lambda _texts: {"command": 3000.0, "command_start_ms": 90.0})
    columns = [triage.measured(reader, [task], 1) for reader in (readers.OURS, readers.PEERS[0])]
    told = triage.report([task], columns, [readers.OURS, readers.PEERS[0]], markdown=True)

    assert "| x | 2 | accuracy | 1.000 | – |" in told
    assert "| SnowNLP | crashed: of grief |" in told
    assert triage.headline([task], columns).startswith("Quality, best peer in brackets: .")
    assert "`kefu triage`, reading and printing included: 3,000 lines/s" in told
    assert "| kefu | 2,000 |  | 50 | 1.0 | 2.0 (after 7) |" in told


def test_a_sample_and_the_best_of_a_line_are_told():
    task = Task("x", Kind.FLAG, [{"text": "a", "label": "complaint"}] * 3, "complaint")
    ours, peer = triage.Column("kefu"), triage.Column("slow")
    ours.rows, peer.rows = {"x": 3}, {"x": 1}
    ours.quality, peer.quality = {"x": {"F1": 0.5}}, {"x": {"F1": 0.75}}

    [_head, row] = triage.quality_table([task], [ours, peer])

    assert row == ["x", "3", "F1", ".500", "*.750 (n=1)*"]


def test_the_headline_names_the_best_peer():
    task = Task("x", Kind.SENTIMENT2, [{"text": "a", "label": "neg"}])
    columns = [triage.Column(name) for name in ("kefu", "slow", "slower")]
    for column, value, seconds in zip(columns, (0.8, 0.7, 0.6), (1.0, 2.0, 30.0), strict=True):
        column.quality, column.rows, column.seconds = {"x": {"accuracy": value}}, {"x": 1}, {"x": seconds}
        column.ours_beside = {"x": 1.0} if column is not columns[0] else {}

    told = triage.headline([task], columns)

    assert "x .800 (slow .700)." in told
    assert "2.0 × slow, 30.0 × slower" in told


def test_how_much_faster_is_told_on_the_same_texts(monkeypatch: pytest.MonkeyPatch):
    task = Task("x", Kind.SENTIMENT2, [{"text": text, "label": "neg"} for text in ("一", "二", "三")])
    asked: list[tuple[str, str, list[str]]] = []

    def ask(reader: readers.Reader, work: str, given: Any = None, **_: object) -> Any:
        if work != "read":
            return {"seconds": 1.0, "first_mb": 1.0, "many_mb": 1.0, "texts": 1}
        asked.append((reader.name, work, given["tasks"]["x"]))
        answers = [readers.signed(-1, 0)] * 2
        return {"x": {"answers": answers, "seconds": 8.0 if len(asked) == 1 else 0.5, "broke": 0}}

    monkeypatch.setattr(triage, "ask", ask)
    column = triage.measured(readers.PEERS[0], [task], 1)

    assert triage.ratio(column) == 16
    assert asked == [("SnowNLP", "read", task.texts), ("kefu", "read", task.texts[:2])]


def test_a_peer_is_asked_only_what_it_was_made_for():
    rows: Sequence[Mapping[str, Any]] = [{"text": "你好", "label": "neg"}]
    chinese, english = readers.PEERS[0], readers.PEERS[-1]
    mood, question = Task("x", Kind.SENTIMENT2, rows), Task("y", Kind.FLAG, rows, "question")

    assert [triage._fits(reader, mood) for reader in (readers.OURS, chinese, english)] == [True, True, False]
    assert [triage._fits(reader, question) for reader in (readers.OURS, chinese)] == [True, False]


def test_ours_answers_in_a_process_of_its_own():
    given = {"tasks": {"x": ["明天不退款我就打12315投诉你们", "很好用，谢谢"]}}

    told = triage.ask(readers.OURS, "read", given, budget=30)["x"]

    assert [answer["sentiment"] for answer in told["answers"]] == ["neg", "pos"]
    assert told["broke"] == 0
