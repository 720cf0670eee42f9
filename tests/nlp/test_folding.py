import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu_tui.nlp.folding import fold, initials


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("請問什麼時候發貨", "请问什么时候发货"),
        ("ＶＩＰ　１２３！", "vip 123!"),
        ("Where IS my Order", "where is my order"),
        ("裏面有頭髮", "里面有头发"),
        ("看著妳", "看着你"),
        ("樂", "乐"),
    ],
)
def test_one_written_form_for_comparison(written: str, folded: str) -> None:
    assert fold(written) == folded


@given(st.text())
def test_folding_keeps_every_character_in_its_place(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(text)
    assert all(fold(char) == other for char, other in zip(text, folded, strict=True))


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "letters"),
    [("紫色的退款", "zsdtk"), ("請問 ok?", "qw"), ("2 月 14 日", "yr"), ("", ""), ("hello", "")],
)
def test_initials_are_of_the_chinese_characters_only(text: str, letters: str) -> None:
    assert initials(text) == letters


@given(st.text())
def test_initials_are_lower_case_letters(text: str) -> None:
    assert all("a" <= letter <= "z" for letter in initials(text))
