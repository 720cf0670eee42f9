"""What the founder's corrections teach: their own words, and nothing beyond them."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from kefu_tui.domain.lessons import Lesson, Target
from kefu_tui.domain.verdict import Category, Priority, ReasonKind, Sentiment, Signal
from kefu_tui.nlp import personal
from kefu_tui.nlp.classifier import TextClassifier
from tests.builders import EPOCH

# a dog groomer's customers, who speak of fur in words that mean nothing to anybody else
COLD = [
    "豆豆剃成了癞皮狗一样的斑秃，第三回了",
    "毛球又剃秃一块，斑秃成这样",
    "给团子剃得一块一块的斑秃",
    "雪球回家一看斑秃，尾巴上也剃秃了",
    "米粒剃完背上斑秃，剃秃两块",
    "芝麻的耳朵边斑秃了一圈",
]
UNSEEN = ["奶茶剃成斑秃了", "可乐肚子剃秃一片，斑秃", "汤圆背上也是斑秃"]
ELSEWHERE = ["请问几点关门？", "送来的汤洒了一半", "味道很好，还会再来", "今天下雨", "快递三天没动静了"]


def lessons(texts: Sequence[str], target: Target, value: str) -> list[Lesson]:
    return [
        Lesson(
            mention_key=f"a:{number}",
            text=text,
            target=target,
            value=value,
            at=EPOCH + timedelta(minutes=number),
        )
        for number, text in enumerate(texts)
    ]


@pytest.fixture
def classifier(monkeypatch: pytest.MonkeyPatch) -> TextClassifier:
    monkeypatch.setattr(personal, "_NAP", 0)
    return TextClassifier()


def test_a_text_like_the_corrected_ones_is_judged_as_they_were(classifier: TextClassifier) -> None:
    before = {text: classifier.classify(text).priority for text in UNSEEN}
    classifier.teach(lessons(COLD, Target.PRIORITY, "P1"))
    changed = [text for text in UNSEEN if before[text] is not Priority.P1]
    assert changed
    for text in changed:
        verdict = classifier.classify(text)
        assert verdict.priority is Priority.P1, text
        learned = next(reason for reason in verdict.reasons if reason.kind is ReasonKind.LEARNED)
        assert learned.evidence in text
        assert sum(reason.steps for reason in verdict.reasons) == 2


def test_what_has_nothing_to_do_with_the_lessons_stays_as_it_was(classifier: TextClassifier) -> None:
    before = [classifier.classify(text) for text in ELSEWHERE]
    classifier.teach(
        [
            *lessons(COLD, Target.PRIORITY, "P0"),
            *lessons(COLD, Target.CATEGORY, Category.AFTER_SALES.value),
            *lessons(COLD, Target.SENTIMENT, "neg"),
        ]
    )
    assert [classifier.classify(text) for text in ELSEWHERE] == before


@pytest.mark.parametrize(
    ("target", "value"),
    [(Target.CATEGORY, "售后退换"), (Target.SENTIMENT, "pos"), (Target.NOISE, "true")],
)
def test_every_target_is_learned(classifier: TextClassifier, target: Target, value: str) -> None:
    classifier.teach(lessons(COLD, target, value))
    verdict = classifier.classify(UNSEEN[1])
    told = {
        Target.CATEGORY: verdict.category.value,
        Target.SENTIMENT: verdict.sentiment.value,
        Target.NOISE: "true" if Signal.NOISE in verdict.signals else "false",
    }
    assert told[target] == value


def test_the_founder_is_right_about_the_corrected_text_itself(classifier: TextClassifier) -> None:
    classifier.teach(lessons(["今天下雨"], Target.SENTIMENT, "neg"))
    assert classifier.classify("今天下雨").sentiment is Sentiment.NEGATIVE


def test_no_lessons_make_the_shipped_model_again(classifier: TextClassifier) -> None:
    before = [classifier.classify(text) for text in (*COLD, *UNSEEN)]
    classifier.teach(lessons(COLD, Target.PRIORITY, "P0"))
    classifier.teach([])
    assert classifier.learned() == []
    assert [classifier.classify(text) for text in (*COLD, *UNSEEN)] == before


def test_the_same_lessons_teach_the_same(classifier: TextClassifier) -> None:
    taught = lessons(COLD, Target.PRIORITY, "P0")
    classifier.teach(taught)
    once = list(classifier.learned())
    other = TextClassifier()
    other.teach(taught)
    assert other.learned() == once


def test_what_was_learned_can_be_read(classifier: TextClassifier) -> None:
    classifier.teach(lessons(COLD, Target.PRIORITY, "P0"))
    loudest = classifier.learned()[0]
    assert (loudest.target, loudest.value) == (Target.PRIORITY, "P0")
    assert "斑秃" in [one.words for one in classifier.learned()[:10]]
    weights = [one.weight for one in classifier.learned()]
    assert weights == sorted(weights, reverse=True)


def test_neighbouring_characters_are_read_as_the_phrase_they_stood_in(classifier: TextClassifier) -> None:
    classifier.teach(lessons(["盖子会飞可还行 购物车里那把先不付了"], Target.PRIORITY, "P3"))
    told = [one.words for one in classifier.learned()]
    assert {"盖子会飞可还行", "购物车里那把先不付了"} <= set(told)
    assert not any(one != other and one in other for one in told for other in told)


def test_english_words_are_read_one_by_one_or_in_pairs(classifier: TextClassifier) -> None:
    classifier.teach(lessons(["purple doorknobs wobble"], Target.PRIORITY, "P0"))
    assert "purple doorknobs" in [one.words for one in classifier.learned()]


def test_a_lesson_of_a_value_nobody_knows_teaches_nothing(classifier: TextClassifier) -> None:
    classifier.teach(lessons(COLD, Target.PRIORITY, "P9"))
    assert classifier.learned() == []


def test_empty_and_broken_texts_teach_nothing_and_break_nothing(classifier: TextClassifier) -> None:
    classifier.teach(lessons(["", "\ud800", "😡" * 50, "a" * 100_000], Target.PRIORITY, "P0"))
    assert classifier.classify("请问几点关门？").priority is Priority.P2


QUESTIONS = [
    "壶能寄北京吗 @听沸铁作",
    "锅有几种颜色 @听沸铁作",
    "几点开门 @听沸铁作",
    "可以开发票吗 @听沸铁作",
]


def test_no_lesson_on_other_posts_makes_light_of_a_threat_or_of_harm(classifier: TextClassifier) -> None:
    classifier.teach(lessons([*QUESTIONS, "打了电话没人接，打了两次"], Target.PRIORITY, "P3"))
    verdict = classifier.classify("已经打了12315 @听沸铁作")
    assert verdict.priority is Priority.P0
    assert sum(reason.steps for reason in verdict.reasons) == Priority.P3 - Priority.P0
    assert classifier.classify("孩子被你们的壶烫伤了，几点开门都没用 @听沸铁作").priority <= Priority.P1


def test_who_is_called_is_no_lesson(classifier: TextClassifier) -> None:
    thanks = "谢谢 @听沸铁作"
    before = classifier.classify(thanks)
    classifier.teach(lessons(QUESTIONS, Target.PRIORITY, "P0"))
    assert classifier.classify(thanks) == before
    assert not any("听沸" in one.words for one in classifier.learned())
