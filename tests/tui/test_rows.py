"""A row as values: columns in cells, whatever people write."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from kefu_tui import i18n
from kefu_tui.domain.clocks import Targets
from kefu_tui.domain.feed import summarise
from kefu_tui.domain.verdict import Category, Priority
from kefu_tui.tui.rows import RowFacts, brief, countdown, cut, first_line, fit, second_line
from tests.builders import a_case, a_mention, a_verdict, an_author, at, minutes


def facts(text: str = "锅坏了", *, name: str = "林小满", now: float = 30, **fields: object) -> RowFacts:
    mention = a_mention(text, author=an_author("lin", name=name), **fields)
    summary = summarise(a_case([mention]), {mention.key: mention}, Targets())
    return RowFacts(summary=summary, now=at(now))


def line(row: RowFacts, width: int) -> str:
    return "".join(piece.text for piece in first_line(row, width))


@given(text=st.text(max_size=200), name=st.text(max_size=40), width=st.integers(50, 200))
def test_a_row_is_as_wide_as_its_terminal_whatever_people_write(text: str, name: str, width: int) -> None:
    with i18n.using("zh_Hans"):
        row = facts(text, name=name)
        assert cell_len(line(row, width)) == width
        assert cell_len("".join(piece.text for piece in second_line(row, width))) <= width


@pytest.mark.parametrize("language", ["zh_Hans", "en"])
def test_the_clocks_stand_in_one_column_for_every_row(language: str) -> None:
    with i18n.using(language):
        rows = [facts(now=now) for now in (1, 59, 61, 700, 5000)]
        ends = {len(line(row, 100).rstrip()) for row in rows}
        assert all(cell_len(line(row, 100).rstrip()) == 100 for row in rows), ends


def test_a_late_row_says_by_how_much() -> None:
    with i18n.using("en"):
        assert line(facts(now=90), 100).endswith("late 30m")
        assert line(facts(now=55), 100).endswith("left 5:00")


def test_nobody_waits_for_an_answer_to_an_advertisement() -> None:
    with i18n.using("en"):
        row = facts("加V", verdict=a_verdict(Priority.P3, category=Category.NOISE))
        assert "waits" not in line(row, 100)


def test_tags_stand_before_the_words_and_leave_them_room() -> None:
    tagged = facts("壶盖弹开了", verdict=a_verdict(tags=("召回", "x" * 90)))
    words = "".join(piece.text for piece in second_line(tagged, 60))
    assert "#召回 #xxx" in words
    assert words.endswith("壶盖弹开了")


def test_a_wide_character_is_never_cut_in_half() -> None:
    assert cut("中文字", 4) == "中…"
    assert cell_len(fit("中文字", 4)) == 4
    assert cut("ab", 0) == ""


def test_durations_in_a_column_keep_what_matters() -> None:
    with i18n.using("en"):
        assert brief(timedelta(hours=13, minutes=8)) == "13h"
        assert brief(timedelta(hours=2, minutes=8)) == "2h8m"
        assert brief(timedelta(days=12, hours=3)) == "12d"
        assert countdown(minutes(9.5)) == "9:30"
