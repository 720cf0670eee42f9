import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu_tui.plain import one_line, visible

ANY_TEXT = st.text(st.characters(exclude_categories=()))


@given(ANY_TEXT)
def test_no_control_character_survives(text: str):
    shown = visible(text)

    # a format character (Cf) may stay where it draws something: the Arabic number signs
    assert not [c for c in shown if c != "\n" and unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}]
    shown.encode()


@given(ANY_TEXT)
def test_text_made_safe_stays_as_it_is(text: str):
    assert visible(visible(text)) == visible(text)


@given(ANY_TEXT)
def test_one_line_is_one_line(text: str):
    assert len(one_line(text).splitlines()) <= 1


@pytest.mark.parametrize(
    "text",
    [
        "我要退款！！【急】",
        "謝謝你們，粽子很好吃",
        "Where is my order?\nIt's been 3 days",
        "カタカナ",
        "🎉👍",
        "",
    ],
)
def test_ordinary_text_is_not_touched(text: str):
    assert visible(text) == text


def test_an_escape_sequence_becomes_something_to_read():
    assert visible("\x1b[2J\x1b]0;owned\x07 hi") == "␛[2J␛]0;owned␇ hi"
    assert visible("\x9b31m") == "\N{REPLACEMENT CHARACTER}31m"
    assert visible("a\x7fb\x00") == "a␡b␀"


def test_text_cannot_be_turned_around():
    assert visible("refund \u202eoff\u202c \u2066x\u2069\u200f") == "refund off x"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("❤\ufe0f", "❤"),
        ("👩\u200d💻", "👩💻"),
        ("👍\U0001f3fd", "👍"),
        ("好\u200b的\ufeff", "好的"),
        ("🏴\U000e0067\U000e0062\U000e007f", "🏴"),
        ("co\u00adop", "coop"),
    ],
)
def test_what_a_terminal_would_miscount_is_dropped(text: str, shown: str):
    assert visible(text) == shown


def test_every_line_break_is_a_newline():
    assert visible("a\r\nb\rc\x0bd\x0ce\x85f\u2028g\u2029h\ni\tj") == "a\nb\nc\nd\ne\nf\ng\nh\ni j"


def test_a_broken_half_of_a_character_is_replaced():
    assert visible("a\ud800b\uffff") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"


def test_a_pile_of_marks_is_cut_but_accents_stay():
    assert visible("e\u0301") == "e\u0301"
    assert visible("z" + "\u0336" * 40) == "z" + "\u0336" * 3


def test_one_line_joins_with_single_spaces():
    assert one_line("  第一行\n\n第二行\t\x1b末 ") == "第一行 第二行 ␛末"
