"""The founder's own views: a filter with a name, a key and a count."""

import pytest

from kefu_tui.domain.errors import ConfigError
from kefu_tui.domain.search import OwnView
from kefu_tui.tui.actions import checked_keymap
from kefu_tui.tui.widgets.header import ViewTabs
from tests.builders import a_post, an_author, at
from tests.tui.conftest import Sit, World

LIN = a_post("壶盖又弹开了", id="p1", author=an_author("lin"), posted_at=at(0))
CHEN = a_post("快递没到", id="p2", author=an_author("chen", name="老陈"), posted_at=at(1))
LIDS = OwnView(name="壶盖", find="壶盖 is:waiting", key="f2")
LATE = OwnView(name="late [red]", find="is:overdue")


async def test_its_key_shows_what_its_filter_finds_and_another_view_leaves_it(sit: Sit, world: World) -> None:
    world.views = (LIDS, LATE)
    async with sit(LIN, CHEN) as seat:
        assert "f2 壶盖 1" in seat.shown()
        assert "late [red] 0" in seat.shown(), "a name is text, never markup"
        await seat.press("f2")
        assert list(seat.desk.list.case_ids) == ["case/shop:p1"]
        await seat.press("1")
        assert len(seat.desk.list.case_ids) == 2


async def test_its_count_follows_what_comes_in_and_what_is_done(sit: Sit, world: World) -> None:
    world.views = (LIDS,)
    async with sit(CHEN) as seat:
        assert "f2 壶盖 0" in seat.shown()
        await seat.arrive(LIN)
        assert "f2 壶盖 1" in seat.shown()
        await seat.press("f2", "e", "enter")
        assert seat.desk.query_one(ViewTabs).own[0][2] == 0
        assert list(seat.desk.list.case_ids) == ["case/shop:p1"], "it stays until the view is left"


async def test_a_search_from_it_looks_in_everything_and_escape_comes_back(sit: Sit, world: World) -> None:
    world.views = (LIDS,)
    async with sit(LIN, CHEN) as seat:
        await seat.press("f2", "slash", *"快递", "enter")
        assert list(seat.desk.list.case_ids) == ["case/shop:p2"]
        await seat.press("escape")
        assert list(seat.desk.list.case_ids) == ["case/shop:p1"]


def test_a_key_that_something_else_has_is_refused_with_both_names() -> None:
    with pytest.raises(ConfigError) as refused:
        checked_keymap({}, "config.toml", [OwnView(name="x", find="a", key="r")])
    assert [problem.params for problem in refused.value.problems] == [
        {"key": "r", "first": "reply", "second": "x"}
    ]
