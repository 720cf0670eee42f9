"""The filter of `/`: words, words that must not be there, and a few operators, while it is being typed."""

import pytest

from kefu_tui.domain.case import Closed, Event, Snoozed
from kefu_tui.domain.clocks import Targets
from kefu_tui.domain.feed import CaseSummary, summarise
from kefu_tui.domain.search import QueryError, Searchable, parse_query
from kefu_tui.domain.verdict import Category
from tests.builders import a_case, a_mention, a_verdict, an_outbound, at

ANSWERED = (an_outbound([a_mention()]),)
CLOSED = (Closed(id="c", at=at(1)),)
SET_ASIDE = (Closed(id="c", at=at(1), reason="广告", without_reply=True),)
SNOOZED = (Snoozed(id="z", at=at(1), until=at(900)),)


def a_row(category: Category = Category.QUESTION, then: tuple[Event, ...] = ()) -> CaseSummary:
    mention = a_mention(verdict=a_verdict(category=category))
    return summarise(a_case([mention], then=then), {mention.key: mention}, Targets())


def found(
    query: str,
    text: str = "我要退款，订单没有发货",
    *,
    then: tuple[Event, ...] = (),
    minute: float = 30,
    category: Category = Category.QUESTION,
    initials: str = "wytkddmyfh",
) -> bool:
    searchable = Searchable(text.lower(), initials, "小林 lin@example.social")
    return parse_query(query, str.lower).matches(a_row(category, then), searchable, at(minute))


def test_an_empty_filter_finds_everything() -> None:
    assert found("")
    assert found("   ")


def test_chinese_words_are_substrings() -> None:
    assert found("退款")
    assert found("单没")
    assert not found("换货")


def test_every_part_must_hold() -> None:
    assert found("退款 发货")
    assert not found("退款 换货")


def test_a_word_with_a_minus_must_not_occur() -> None:
    assert not found("退款 -发货")
    assert found("退款 -换货")
    assert not found("－发货")


def test_quotation_marks_hold_words_together_chinese_ones_too() -> None:
    assert found('"not arrived"', "it has not arrived")
    assert not found('"not arrived"', "arrived, not yet opened")
    assert found("“not arrived”", "it has not arrived")


def test_an_apostrophe_is_a_letter() -> None:
    assert found("don't can't", "I don't know and can't wait")


def test_an_open_quotation_mark_is_somebody_still_typing() -> None:
    assert found('"退')


def test_latin_letters_match_pinyin_initials_from_two_on() -> None:
    assert found("tk")
    assert not found("t", "款")


@pytest.mark.parametrize(
    ("word", "then"),
    [
        ("waiting", ()),
        ("等我", ()),
        ("them", ANSWERED),
        ("等客戶", ANSWERED),
        ("snoozed", SNOOZED),
        ("搁置", SNOOZED),
        ("closed", CLOSED),
        ("已结", SET_ASIDE),
        ("不回", SET_ASIDE),
        ("overdue", ()),
    ],
)
def test_is_asks_for_the_state_in_english_and_chinese(word: str, then: tuple[Event, ...]) -> None:
    minute = 61 if word == "overdue" else 30
    assert found(f"is:{word}", then=then, minute=minute)
    assert found(f"状态：{word}", then=then, minute=minute)
    assert not found(f"-is:{word}", then=then, minute=minute)


def test_states_do_not_overlap() -> None:
    assert not found("is:waiting", then=CLOSED)
    assert not found("is:不回", then=CLOSED)
    assert not found("is:overdue", minute=59)
    assert not found("is:waiting", category=Category.NOISE)
    assert found("is:噪声", category=Category.NOISE)


def test_from_in_and_tag_narrow_by_person_account_and_category() -> None:
    assert found("from:小林")
    assert found("来自:LIN@example")
    assert not found("from:老王")
    assert found("in:sho")
    assert not found("in:weibo")
    assert found("标签:咨询")
    assert not found("tag:投诉")


@pytest.mark.parametrize(
    ("age", "holds"),
    [
        ("age:>2h", True),
        ("age:2h", True),
        ("age:<2h", False),
        ("age:>121m", False),
        ("等了:>2小时", True),
        ("age：＞119分钟", True),
        ("age:《3時", True),
        ("age:<1天", True),
    ],
)
def test_age_is_how_long_they_have_waited(age: str, holds: bool) -> None:
    assert found(age, minute=120) is holds


def test_the_age_of_what_does_not_wait_is_the_time_since_its_last_activity() -> None:
    assert found("age:>20m", then=ANSWERED, minute=30)
    assert not found("age:>21m", then=ANSWERED, minute=30)


@pytest.mark.parametrize(
    "unfinished", ["is:", "-is:", "from:", "-from:", "age:", "age:>", "-age:<", "-", "tag:"]
)
def test_a_part_still_being_typed_hides_nothing(unfinished: str) -> None:
    assert found(unfinished)
    assert found(f"退款 {unfinished}")


@pytest.mark.parametrize("nonsense", ["is:maybe", "age:soon", "age:>2y", "age:-3h"])
def test_what_makes_no_sense_is_named(nonsense: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_query(nonsense, str.lower)
    assert nonsense.partition(":")[2] in str(caught.value)


def test_a_colon_in_ordinary_text_is_text() -> None:
    assert found("http://shop.example", "see http://shop.example/1")
    assert found("订单：8", "订单:8")
