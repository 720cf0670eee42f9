"""Words the founder adds: they count like those the program knows, unless a denial stands before them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu_tui.domain.rules import Said
from kefu_tui.domain.verdict import Category, Priority, Reason, ReasonKind, Sentiment, Signal, TextVerdict
from kefu_tui.domain.words import Words, read_words
from tests.builders import a_text_verdict

SMALL_TALK = a_text_verdict(Priority.P3, category=Category.SMALL_TALK, score=0.1)


def told(text: str, verdict: TextVerdict = SMALL_TALK, **lists: tuple[str, ...]) -> TextVerdict:
    return read_words(verdict, Said(text=text, folded=text.lower()), Words(**lists))


@pytest.mark.parametrize(
    ("kind", "priority", "category", "signal"),
    [
        ("harm", Priority.P0, Category.QUALITY, Signal.SAFETY),
        ("threat", Priority.P0, Category.COMPLAINT, Signal.THREAT),
        ("money", Priority.P1, Category.AFTER_SALES, None),
        ("demand", Priority.P1, Category.AFTER_SALES, None),
        ("deceit", Priority.P1, Category.COMPLAINT, Signal.COMPLAINT),
        ("anger", Priority.P1, Category.COMPLAINT, Signal.COMPLAINT),
        ("press", Priority.P1, Category.PRESS, None),
        ("dissatisfaction", Priority.P2, Category.COMPLAINT, None),
        ("question", Priority.P2, Category.QUESTION, Signal.QUESTION),
        ("suggestion", Priority.P2, Category.SUGGESTION, Signal.SUGGESTION),
        ("contact", Priority.P2, Category.QUESTION, Signal.CONTACT),
        ("cooperation", Priority.P2, Category.COOPERATION, None),
        ("praise", Priority.P3, Category.PRAISE, None),
        ("noise", Priority.P3, Category.NOISE, Signal.NOISE),
    ],
)
def test_each_list_makes_of_small_talk_what_it_means(
    kind: str, priority: Priority, category: Category, signal: Signal | None
) -> None:
    verdict = told("这把壶炸釉了", **{kind: ("炸釉",)})
    assert (verdict.priority, verdict.category) == (priority, category)
    assert verdict.signals == (frozenset({signal}) if signal else frozenset())
    assert verdict.reasons == (Reason(ReasonKind(kind), "炸釉", Priority.P3 - priority),)


@pytest.mark.parametrize(
    "text", ["没炸釉", "不炸釉", "还未炸釉", "它不会炸釉", "no 炸釉", "not 炸釉", "无炸釉"]
)
def test_a_denied_word_says_nothing(text: str) -> None:
    assert told(text, harm=("炸釉",)) == SMALL_TALK


def test_a_word_denied_once_and_then_said_counts() -> None:
    assert told("上次没炸釉，这次炸釉了", harm=("炸釉",)).priority is Priority.P0


def test_the_evidence_is_in_the_authors_own_writing() -> None:
    verdict = told("My lid went KABOOM", harm=("kaboom",))
    assert verdict.reasons[-1].evidence == "KABOOM"


def test_a_latin_word_is_no_part_of_a_longer_one() -> None:
    assert told("the kettle was fired twice", harm=("fire",)) == SMALL_TALK


def test_what_is_more_urgent_already_stays_so_and_is_explained() -> None:
    urgent = a_text_verdict(
        Priority.P0, category=Category.DELIVERY, reasons=(Reason(ReasonKind.THREAT, "12315", 3),)
    )
    verdict = told("12315 见，顺便问问差价", urgent, money=("差价",))
    assert (verdict.priority, verdict.category) == (Priority.P0, Category.DELIVERY)
    assert verdict.reasons[-1] == Reason(ReasonKind.MONEY, "差价", 0)


def test_a_word_of_noise_does_not_hide_a_customer() -> None:
    complaint = a_text_verdict(Priority.P1, category=Category.QUALITY)
    assert told("互粉的事再说，锅裂了", complaint, noise=("互粉",)) == complaint
    question = a_text_verdict(Priority.P2, category=Category.QUESTION)
    assert told("互粉吗", question, noise=("互粉",)) == question


def test_a_word_of_praise_does_not_cheer_up_a_complaint() -> None:
    complaint = a_text_verdict(Priority.P1, category=Category.QUALITY, sentiment=Sentiment.NEGATIVE)
    verdict = told("绝绝子，第三次漏水", complaint, praise=("绝绝子",))
    assert (verdict.category, verdict.sentiment) == (Category.QUALITY, Sentiment.NEGATIVE)


def test_an_advertisement_stays_one_unless_somebody_is_hurt() -> None:
    ad = a_text_verdict(Priority.P3, category=Category.NOISE, signals=frozenset({Signal.NOISE}))
    assert told("代办退差价", ad, money=("差价",)) == ad
    assert told("炸釉伤人", ad, harm=("炸釉",)).category is Category.QUALITY


@given(
    st.text("壶盖炸釉没不 kaboom", max_size=20),
    st.sampled_from(Priority),
    st.sampled_from(Category),
    st.dictionaries(
        st.sampled_from(["harm", "money", "praise", "noise", "question"]),
        st.lists(st.sampled_from(["炸", "盖", "kaboom", ""]), max_size=2).map(tuple),
    ),
)
def test_words_only_ever_raise_and_their_steps_add_up(
    text: str, priority: Priority, category: Category, lists: dict[str, tuple[str, ...]]
) -> None:
    before = a_text_verdict(priority, category=category, score=(3 - priority) / 4)
    after = told(text, before, **lists)
    assert after.priority <= priority
    assert sum(reason.steps for reason in after.reasons) == priority - after.priority
    assert after.score == pytest.approx((3 - after.priority) / 4)
