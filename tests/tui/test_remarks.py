"""Tags, the star and notes by keyboard."""

from textual.widgets import Input, TextArea

from kefu_tui.tui.screens.choice import ChoiceScreen
from kefu_tui.tui.screens.note import NoteScreen
from tests.builders import a_post, an_author, at
from tests.tui.conftest import Seat, Sit

LIN = a_post("壶盖又弹开了", id="p1", author=an_author("lin"), posted_at=at(0))
CHEN = a_post("快递没到", id="p2", author=an_author("chen", name="老陈"), posted_at=at(1))


def tags(seat: Seat) -> list[tuple[str, ...]]:
    return [seat.desk.services.feed.summary(case_id).tags for case_id in sorted(seat.desk.list.case_ids)]


async def test_a_new_word_is_typed_and_shown_in_the_row(sit: Sit) -> None:
    async with sit(LIN, CHEN) as seat:
        await seat.press("t", *"lid", "enter")
        assert tags(seat) == [("lid",), ()]
        assert "#lid" in seat.shown()
        assert "1 case tagged #lid" in seat.notices()


async def test_a_known_tag_is_one_more_key_and_a_second_time_takes_it_off(sit: Sit) -> None:
    async with sit(LIN, CHEN) as seat:
        await seat.press("t", *"lid", "enter", "j", "t", "1")
        assert tags(seat) == [("lid",), ("lid",)]
        await seat.press("t")
        assert "take off" in seat.shown()
        await seat.press("1")
        assert tags(seat) == [("lid",), ()]
        await seat.press("u")
        assert tags(seat) == [("lid",), ("lid",)]


async def test_a_word_that_is_no_tag_is_refused_in_words(sit: Sit) -> None:
    async with sit(LIN) as seat:
        await seat.press("t", *"two", "space", *"words", "enter")
        assert any("one word" in notice for notice in seat.notices())
        assert tags(seat) == [()]


async def test_escape_tags_nothing(sit: Sit) -> None:
    async with sit(LIN) as seat:
        await seat.press("t")
        assert isinstance(seat.app.screen, ChoiceScreen)
        await seat.press("escape")
        assert tags(seat) == [()]


async def test_a_star_is_one_key_for_all_that_are_marked_and_can_be_searched_for(sit: Sit) -> None:
    async with sit(LIN, CHEN) as seat:
        await seat.press("V", "asterisk")
        assert tags(seat) == [("★",), ("★",)]
        await seat.press("asterisk", "slash")
        seat.desk.query_one("#filter", Input).value = "tag:★"
        await seat.press("enter")
        assert len(seat.desk.list.case_ids) == 1


async def test_a_note_is_kept_shown_in_the_case_and_found(sit: Sit) -> None:
    async with sit(LIN, CHEN) as seat:
        await seat.press("A", *"promised", "space", *"friday", "ctrl+j")
        assert "promised friday" in seat.shown()
        assert "note written in 1 case" in seat.notices()
        await seat.press("slash", *"friday", "enter")
        assert len(seat.desk.list.case_ids) == 1


async def test_a_note_left_before_it_was_kept_is_there_again(sit: Sit) -> None:
    async with sit(LIN) as seat:
        await seat.press("A", *"half", "escape")
        assert seat.desk.current().case.notes == ()  # type: ignore[union-attr]
        await seat.press("A")
        assert isinstance(seat.app.screen, NoteScreen)
        assert seat.app.screen.query_one(TextArea).text == "half"
