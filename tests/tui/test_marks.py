"""Several cases at once: marked by key, acted on with one question and one step of undo."""

import pytest

from kefu_tui.domain.case import WorkState
from kefu_tui.domain.verdict import Category
from kefu_tui.tui.screens.choice import ChoiceScreen
from kefu_tui.tui.screens.desk import DeskScreen
from tests.builders import a_post, an_author, at
from tests.tui.conftest import Seat, Sit, World

POSTS = [
    a_post(f"杯盖裂了 {name}", id=f"p{n}", author=an_author(name), posted_at=at(n))
    for n, name in enumerate(("lin", "chen", "marco"))
]


def states(seat: Seat, world: World) -> list[WorkState]:
    found = [world.store.case(case_id) for case_id in sorted(seat.desk.list.case_ids)]
    return [case.state(world.clock.now()) for case in found if case is not None]


async def test_space_marks_and_goes_on_and_a_second_time_takes_the_mark_off(sit: Sit) -> None:
    async with sit(*POSTS) as seat:
        first, second, third = seat.desk.list.case_ids
        await seat.press("space", "space")
        assert list(seat.desk.marked) == [first, second]
        assert seat.desk.list.cursor == third
        assert "2 marked" in seat.shown()
        await seat.press("k", "space")
        assert list(seat.desk.marked) == [first]


async def test_all_in_the_list_are_marked_and_unmarked_by_one_key(sit: Sit) -> None:
    async with sit(*POSTS) as seat:
        await seat.press("V")
        assert list(seat.desk.marked) == list(seat.desk.list.case_ids)
        await seat.press("V")
        assert not seat.desk.marked


async def test_escape_takes_all_marks_off_before_it_ends_a_search(sit: Sit) -> None:
    async with sit(*POSTS) as seat:
        await seat.press("slash", *"marco", "enter", "V")
        assert len(seat.desk.marked) == 1
        assert "█" in seat.desk.list.render_line(0).text
        await seat.press("escape")
        assert not seat.desk.marked
        assert "█" not in seat.desk.list.render_line(0).text
        assert len(seat.desk.list.case_ids) == 1
        await seat.press("escape")
        assert len(seat.desk.list.case_ids) == 3


async def test_marks_stay_with_their_cases_whatever_is_searched_or_comes_in(sit: Sit) -> None:
    async with sit(*POSTS) as seat:
        await seat.press("space")
        marked = list(seat.desk.marked)
        await seat.press("slash", *"marco", "enter")
        assert list(seat.desk.marked) == marked
        await seat.arrive(a_post("新来的", id="p9", author=an_author("neu"), posted_at=at(3)))
        assert list(seat.desk.marked) == marked


async def test_three_are_closed_with_one_question_and_opened_again_by_one_undo(
    sit: Sit, world: World
) -> None:
    async with sit(*POSTS) as seat:
        await seat.press("V", "e")
        assert isinstance(seat.app.screen, ChoiceScreen)
        assert "3 cases" in seat.shown()
        await seat.press("enter")
        assert states(seat, world) == [WorkState.NO_REPLY] * 3
        assert "3 cases closed without a reply" in seat.notices()
        assert not seat.desk.marked
        await seat.press("u")
        assert states(seat, world) == [WorkState.WAITING_US] * 3


async def test_escape_from_the_question_changes_nothing_and_keeps_the_marks(sit: Sit, world: World) -> None:
    async with sit(*POSTS) as seat:
        await seat.press("V", "e", "escape")
        assert states(seat, world) == [WorkState.WAITING_US] * 3
        assert len(seat.desk.marked) == 3


async def test_an_act_that_asks_nothing_of_one_asks_once_about_many(sit: Sit, world: World) -> None:
    async with sit(*POSTS) as seat:
        await seat.press("V", "x")
        assert isinstance(seat.app.screen, ChoiceScreen)
        await seat.press("enter")
        assert isinstance(seat.app.screen, DeskScreen), "enter alone, on its way to the list, does nothing"
        assert not any(summary.is_noise for summary in world_summaries(seat))
        await seat.press("x", "y")
        assert all(summary.is_noise for summary in world_summaries(seat))
        while isinstance(seat.app.screen, ChoiceScreen):  # a rule was offered
            await seat.press("escape")
        await seat.press("u")
        assert not any(summary.is_noise for summary in world_summaries(seat))


def world_summaries(seat: Seat):  # type: ignore[no-untyped-def]
    return [seat.desk.services.feed.summary(case_id) for case_id in seat.desk.list.case_ids]


@pytest.mark.parametrize("keys", [("z", "a"), ("Z", "a")])
async def test_several_are_snoozed_together(sit: Sit, world: World, keys: tuple[str, ...]) -> None:
    async with sit(*POSTS) as seat:
        await seat.press("space", "space", *keys)
        assert states(seat, world).count(WorkState.SNOOZED) == 2


async def test_several_are_given_a_category_together(sit: Sit) -> None:
    async with sit(*POSTS) as seat:
        await seat.press("space", "space", "c", "3")
        while isinstance(seat.app.screen, ChoiceScreen):
            await seat.press("escape")
        told = [summary.verdict.category for summary in world_summaries(seat)]
        assert told.count(list(Category)[2]) == 2


async def test_the_question_says_how_many_of_them_are_not_in_sight(sit: Sit) -> None:
    async with sit(*POSTS) as seat:
        await seat.press("V", "slash", *"marco", "enter", "e")
        assert "3 cases · 2 of them not in this list" in seat.shown()
