"""Regular expressions of rules: never trusted with the desk's time."""

import asyncio
import re

import pytest

from kefu_tui.domain.rules import Rule, said
from kefu_tui.nlp.folding import fold
from kefu_tui.nlp.patterns import LONGEST, STRIKES, BrokenPattern, TimedPatterns, check

PATIENT = 0.3  # seconds: a busy machine must not make a sound pattern fail
ENDLESS = "(a+)+$"
HOSTILE = "a" * 3_900 + "!" * 96_100


def test_a_pattern_is_looked_for_in_the_folded_text() -> None:
    patterns = TimedPatterns(PATIENT)
    text = fold("壺底刻 26-03，Kettle LID 弹开")
    wanted = {r"26-0[1-3]", "kettle", "Lid$|lid ", "壺底", r"\p{Han}{3}", r"\bnothing\b"}
    assert patterns.found(wanted, text) == wanted - {r"\bnothing\b"}


def test_the_chinese_of_a_pattern_is_folded_and_its_signs_are_not() -> None:
    assert TimedPatterns(PATIENT).found({"（蓋）|退貨", r"\S+貨"}, fold("我要退货")) == {
        "（蓋）|退貨",
        r"\S+貨",
    }


def test_a_pattern_that_runs_away_is_found_nowhere_and_then_switched_off() -> None:
    patterns = TimedPatterns(PATIENT)
    text = said(HOSTILE, fold).folded
    for tried in range(STRIKES):
        assert ENDLESS not in patterns.switched_off(), tried
        assert patterns.found({ENDLESS, "a!?"}, text) == {"a!?"}
    assert patterns.switched_off() == {ENDLESS}
    assert patterns.found({ENDLESS, "b"}, "b aaa") == {"b"}  # not tried, though it would hold here


def test_a_slow_text_now_and_then_is_forgiven_only_so_often() -> None:
    patterns = TimedPatterns(PATIENT)
    for _ in range(STRIKES - 1):
        patterns.found({ENDLESS}, HOSTILE)
    assert patterns.found({ENDLESS}, "aaa") == {ENDLESS}
    patterns.found({ENDLESS}, HOSTILE)
    assert patterns.found({ENDLESS}, "aaa") == frozenset()


async def test_the_event_loop_goes_on_while_a_pattern_runs_away() -> None:
    patterns = TimedPatterns(PATIENT)
    search = asyncio.create_task(asyncio.to_thread(patterns.found, {ENDLESS}, HOSTILE))
    turns = 0
    while not search.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 20  # held by the search, the loop would turn once or twice


@pytest.mark.parametrize(
    ("pattern", "why", "position"),
    [
        ("(a", "missing )", 3),
        ("[a", "unterminated character set", 3),
        ("*", "nothing to repeat", 1),
        ("a{2,1}", "min repeat greater than max repeat", 3),
        ("x" * (LONGEST + 1), "longer than", LONGEST),
        ("(" * 400 + ")" * 400, "nested too deeply", None),
    ],
)
def test_a_broken_pattern_is_refused_with_its_place(pattern: str, why: str, position: int | None) -> None:
    with pytest.raises(BrokenPattern, match=re.escape(why)) as refused:
        check(pattern)
    assert refused.value.position == position


def test_a_broken_pattern_from_elsewhere_harms_nobody() -> None:
    patterns = TimedPatterns(PATIENT)
    assert patterns.found({"(a", "a"}, "a") == {"a"}
    assert patterns.switched_off() == {"(a"}


@pytest.mark.parametrize("text", ["", "\ud800\udfff", "🫖" * 3_000, "\x00\u202e"])
def test_ugly_texts_are_texts(text: str) -> None:
    assert TimedPatterns(PATIENT).found({"x", "^"}, said(text, fold).folded) == {"^"}


def test_a_rule_folded_keeps_its_pattern_as_it_is() -> None:
    rule = Rule(name="r", keywords=("壺蓋",), pattern=r"\S壺").folded(fold)
    assert (rule.keywords, rule.pattern) == (("壶盖",), r"\S壺")
