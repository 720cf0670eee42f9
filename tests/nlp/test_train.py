"""Learning the shipped weights: from labelled texts, the same bytes for the same files."""

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from kefu_tui.domain.verdict import Aspect, Priority, Sentiment, Signal
from kefu_tui.nlp import questions
from kefu_tui.nlp.classifier import TextClassifier, read_weights
from kefu_tui.nlp.features import Script

train = pytest.importorskip("kefu_tui.nlp.train", reason="learning needs scikit-learn")

GOOD = ["味道真好", "服务热情", "很满意", "又快又好", "下次还来", "东西不错", "值得买", "喜欢极了"]
BAD = ["太难吃了", "服务很差", "失望透顶", "又慢又贵", "再也不来", "东西坏了", "不值这个价", "讨厌死了"]
PLAIN = ["今天周三", "店在路口", "蓝色的", "买了两件", "刚到家", "有三层", "路过看看", "八点开门"]


def write(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def some_tones(path: Path, prefix: str = "") -> Path:
    groups = (("neg", BAD), ("pos", GOOD), ("neu", PLAIN))
    return write(
        path,
        (
            {"text": f"{prefix}{text}{ending}", "label": label}
            for label, texts in groups
            for text in texts
            for ending in ("", "。", "啊", "呢", "了", "哦", "吧", "呀", "哈", "~")
        ),
    )


def some_readings(path: Path) -> Path:
    kinds = (
        ("吃完第{}天还在拉肚子", "P0", "质量", ["safety"]),
        ("第{}次催了还不退款", "P1", "售后退换", ["complaint"]),
        ("请问第{}号店几点开门", "P2", "咨询", ["question"]),
        ("第{}回来了还是好吃", "P3", "表扬", []),
    )
    rows = [
        {"text": text.format(number), "priority": priority, "category": category, "signals": signals}
        for number in range(12)
        for text, priority, category, signals in kinds
    ]
    return write(path, rows)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    home = tmp_path_factory.mktemp("rows")
    aspects = [
        {"text": f"{text}{number}", "label": label}
        for number in range(9)
        for text, label in (("送得真快", ["物流"]), ("包得严实", ["包装"]), ("价格实惠", ["价格"]))
    ]
    return [
        some_tones(home / "one.jsonl"),
        some_tones(home / "two.jsonl", "听说"),
        write(home / "aspects.jsonl", aspects),
        some_readings(home / "readings.jsonl"),
    ]


@pytest.fixture(scope="module")
def learned(files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    assert train.train(files, out, say=lambda _: None) == [out / "weights.han.bin"]
    return out


def test_what_was_learned_is_told_of_texts_like_those_learned_from(learned: Path) -> None:
    classifier = TextClassifier(weights=lambda script: read_weights(script, learned))
    assert classifier.classify("真是难吃，太失望了").sentiment is Sentiment.NEGATIVE
    assert classifier.classify("味道真好啊，很满意").sentiment is Sentiment.POSITIVE
    assert classifier.classify("送得真快").aspects == {Aspect.DELIVERY}
    verdict = classifier.classify("吃完第三天还在拉肚子")
    assert (verdict.priority, Signal.SAFETY in verdict.signals) == (Priority.P0, True)


def test_every_set_has_its_own_tone_and_says_whether_a_text_is_like_it(learned: Path) -> None:
    places = read_weights(Script.HAN, learned).layout.places
    assert {questions.tone("one", Sentiment.NEGATIVE), questions.like("two")} <= places.keys()


def test_the_same_files_in_any_order_give_the_same_bytes(
    files: list[Path], learned: Path, tmp_path: Path
) -> None:
    train.train(list(reversed(files)), tmp_path, say=lambda _: None)
    assert (tmp_path / "weights.han.bin").read_bytes() == (learned / "weights.han.bin").read_bytes()


def test_a_reading_may_name_its_text_by_digest(tmp_path: Path) -> None:
    texts = some_tones(tmp_path / "one.jsonl")
    digest = sha256("味道真好".encode()).hexdigest()[:24]
    reading = {"sha256": digest, "priority": "P3", "category": "表扬", "signals": []}
    other = {"sha256": "0" * 24, "priority": "P0", "category": "质量", "signals": []}
    lessons = train.read([texts, write(tmp_path / "readings.jsonl", [reading, other])])[Script.HAN]
    assert [lessons.texts[place] for place in lessons.readings] == ["味道真好"]


def test_texts_to_leave_out_are_not_learned_from(tmp_path: Path) -> None:
    texts = some_tones(tmp_path / "one.jsonl")
    assert "味道真好" not in train.read([texts], frozenset({"味道真好"}))[Script.HAN].texts


def test_a_label_nobody_knows_is_named_with_its_line(tmp_path: Path) -> None:
    rows = write(tmp_path / "odd.jsonl", [{"text": "你好", "label": "purple"}])
    with pytest.raises(ValueError, match=r"odd\.jsonl:1"):
        train.read([rows])
