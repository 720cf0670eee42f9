"""Lines of Chinese and Latin side by side."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from kefu_tui.tui.wrapping import wrapped


def test_chinese_after_a_short_word_stays_on_its_line() -> None:
    assert wrapped("想問 @tingfei 的琺瑯壺能寄台灣嗎", 20) == "想問 @tingfei 的琺瑯\n壺能寄台灣嗎"


def test_closing_punctuation_never_begins_a_line() -> None:
    assert wrapped("壶盖弹开，烫手", 8) == "壶盖弹\n开，烫手"


def test_opening_punctuation_never_ends_a_line() -> None:
    assert wrapped("他们说《说明书》", 8) == "他们说\n《说明\n书》"


def test_words_stay_whole_and_long_addresses_are_cut() -> None:
    assert wrapped("please help", 7) == "please\nhelp"
    assert wrapped("https://example.social/abc", 10) == "https://ex\nample.soci\nal/abc"


@given(text=st.text(max_size=300), width=st.integers(2, 60))
def test_no_line_is_wider_than_asked_and_nothing_but_spaces_is_lost(text: str, width: int) -> None:
    lines = wrapped(text, width).split("\n")
    assert all(cell_len(line) <= max(width, 2) for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
