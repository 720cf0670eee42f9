"""Putting the program right by keyboard."""

from textual.widgets import OptionList

from kefu_tui import i18n
from kefu_tui.domain.errors import StoreError
from kefu_tui.domain.lessons import Target
from kefu_tui.domain.verdict import Category, Priority, Sentiment
from kefu_tui.tui.screens.choice import ChoiceScreen
from kefu_tui.tui.screens.lessons import LessonsScreen
from tests.builders import a_post, a_text_verdict, an_author, at, minutes
from tests.tui.conftest import Seat, Sit, World

LIN = a_post("杯盖又裂了", id="p1", author=an_author("lin"), posted_at=at(0))
CHEN = a_post("你家杯盖是纸做的", id="p2", author=an_author("chen", name="老陈"), posted_at=at(1))
MARCO = a_post("Does it fit induction?", id="p3", author=an_author("marco", name="Marco"), posted_at=at(2))


def verdict(seat: Seat):  # type: ignore[no-untyped-def]
    summary = seat.desk.current()
    assert summary is not None
    return summary.verdict


def lessons(world: World) -> list[tuple[str, str, str]]:
    return [(one.mention_key, one.target.value, one.value) for one in world.store.lessons()]


async def test_a_priority_is_two_keys_and_says_what_it_did(sit: Sit, world: World) -> None:
    async with sit(LIN, CHEN) as seat:
        await seat.press("p", "0")
        assert verdict(seat).priority is Priority.P0
        assert "priority of 1 case set to P0" in seat.notices()
        assert lessons(world) == [("shop:p1", "priority", "P0")]
        assert [one.value for one in world.classifier.lessons] == ["P0"]


async def test_the_question_shows_the_present_priority_and_its_reasons(sit: Sit) -> None:
    async with sit(LIN) as seat:
        await seat.press("p")
        assert isinstance(seat.app.screen, ChoiceScreen)
        shown = seat.shown()
        assert "林小满 · Priority" in shown
        assert "P2  today or tomorrow" in shown
        assert "now" in shown
        options = seat.app.screen.query_one(OptionList)
        assert options.highlighted == 2, "the present one is highlighted"


async def test_escape_corrects_nothing(sit: Sit, world: World) -> None:
    async with sit(LIN) as seat:
        for key in ("p", "c", "m"):
            await seat.press(key, "escape")
        assert lessons(world) == []
        assert list(world.store.undo_stack()) == []


async def test_each_category_has_a_key(sit: Sit) -> None:
    async with sit(LIN) as seat:
        for key, category in zip("1234567890", Category, strict=False):
            await seat.press("c", key)
            if isinstance(seat.app.screen, ChoiceScreen):  # a rule was offered
                await seat.press("escape")
            assert verdict(seat).category is category


async def test_the_mood_by_key(sit: Sit) -> None:
    async with sit(LIN) as seat:
        await seat.press("m", "1")
        assert verdict(seat).sentiment is Sentiment.NEGATIVE
        assert "mood of 1 case set to displeased" in seat.notices()


async def test_the_cursor_and_the_row_stay_until_the_view_is_left(sit: Sit) -> None:
    async with sit(LIN, CHEN, MARCO) as seat:
        await seat.press("G")
        before = list(seat.desk.list.case_ids)
        marco = seat.desk.list.cursor
        await seat.press("p", "0")
        assert list(seat.desk.list.case_ids) == before
        assert seat.desk.list.cursor == marco
        await seat.press("1")
        assert seat.desk.list.case_ids[0] == marco


async def test_noise_leaves_the_row_greyed_in_its_place_and_the_view_without_it(
    sit: Sit, world: World
) -> None:
    async with sit(LIN, MARCO) as seat:
        lin, marco = seat.desk.list.case_ids
        await seat.press("x")
        assert "1 case put with the noise" in seat.notices()
        assert seat.desk.list.cursor == lin
        assert lin in seat.desk.acted
        await seat.press("1")
        assert list(seat.desk.list.case_ids) == [marco]
        await seat.press("0")
        assert list(seat.desk.list.case_ids) == [lin]
        await seat.press("x")
        assert "1 case taken out of the noise" in seat.notices()
        await seat.press("1")
        assert set(seat.desk.list.case_ids) == {lin, marco}


async def test_undo_says_what_it_took_back_and_redo_does_it_again(sit: Sit, world: World) -> None:
    async with sit(LIN) as seat:
        await seat.press("p", "0", "u")
        assert "Undone: priority of 1 case set to P0" in seat.notices()
        assert verdict(seat).priority is Priority.P2
        assert world.classifier.lessons == []
        await seat.press("U")
        assert "Redone: priority of 1 case set to P0" in seat.notices()
        assert verdict(seat).priority is Priority.P0


async def test_what_is_so_already_is_said(sit: Sit, world: World) -> None:
    async with sit(LIN) as seat:
        await seat.press("c", "2")
        assert "It is so already." in seat.notices()
        assert lessons(world) == []


async def test_a_disk_that_refuses_is_a_line_and_the_row_stays_as_it_was(sit: Sit, world: World) -> None:
    async with sit(LIN) as seat:
        world.store._backend.failures.append(StoreError("The disk is full."))  # type: ignore[attr-defined]
        await seat.press("p", "0")
        assert "The disk is full." in seat.notices()
        assert verdict(seat).priority is Priority.P2


async def test_a_message_that_arrives_while_the_question_is_open_is_not_meant(sit: Sit, world: World) -> None:
    world.classifier.says("曝光", a_text_verdict(Priority.P0))
    async with sit(LIN) as seat:
        await seat.press("p")
        more = a_post("再不理我就曝光", id="p9", author=an_author("lin"), in_reply_to="p1", posted_at=at(3))
        await seat.arrive(more)
        await seat.press("3")
        assert verdict(seat).priority is Priority.P0
        [act] = seat.desk.current().case.corrections  # type: ignore[union-attr]
        assert act.mention_keys == ("shop:p1",)


async def test_the_thread_tells_the_correction(sit: Sit) -> None:
    async with sit(LIN, size=(130, 24)) as seat:
        await seat.press("p", "0")
        assert "priority set by hand: P0 (was P2)" in seat.shown()


async def test_the_corrections_are_there_after_a_restart(sit: Sit, world: World) -> None:
    async with sit(LIN) as seat:
        await seat.press("p", "1")
    async with sit() as seat:
        assert verdict(seat).priority is Priority.P1


class TestRules:
    async def _twice(self, seat: Seat) -> None:
        await seat.press("p", "0", "j", "p", "0")
        assert isinstance(seat.app.screen, ChoiceScreen)

    async def test_after_the_second_similar_correction_a_rule_is_offered(
        self, sit: Sit, world: World
    ) -> None:
        async with sit(LIN, CHEN) as seat:
            await self._twice(seat)
            assert "“杯盖” → P0" in seat.shown()
            await seat.press("w")
            assert "rule made: “杯盖” → P0" in seat.notices()
            [rule] = seat.desk.services.corrections.rules()
            assert rule.keywords == ("杯盖",)

    async def test_not_now_asks_again_with_the_next_one(self, sit: Sit, world: World) -> None:
        third = a_post("杯盖第三次坏", id="p4", author=an_author("zhao"), posted_at=at(2))
        async with sit(LIN, CHEN, third) as seat:
            await self._twice(seat)
            await seat.press("n")
            assert list(world.store.decisions()) == []
            await seat.press("j", "p", "0")
            assert isinstance(seat.app.screen, ChoiceScreen)

    async def test_an_enter_too_many_makes_no_rule(self, sit: Sit, world: World) -> None:
        async with sit(LIN, CHEN) as seat:
            await self._twice(seat)
            await seat.press("enter")
            assert seat.app.screen is seat.desk
            assert list(world.store.decisions()) == []

    async def test_never_does_not_ask_again(self, sit: Sit, world: World) -> None:
        third = a_post("杯盖坏", id="p4", author=an_author("zhao"), posted_at=at(2))
        async with sit(LIN, CHEN, third) as seat:
            await self._twice(seat)
            await seat.press("v")
            assert "not proposed again: “杯盖” → P0" in seat.notices()
            await seat.press("j", "p", "0")
            assert seat.app.screen is seat.desk
            assert seat.desk.services.corrections.rules() == []

    async def test_markup_and_escapes_in_a_name_are_text(self, sit: Sit) -> None:
        evil = an_author("evil", handle="[bold]\x1b[2J", name="[/]")
        one = a_post("天气好", id="e1", author=evil, posted_at=at(0))
        two = a_post("吃饭没", id="e2", author=evil, posted_at=at(1))
        async with sit(one, two) as seat:
            await self._twice(seat)
            assert "@[bold]␛[2J → P0" in seat.shown()
            await seat.press("a", "L")
            assert "@[bold]␛[2J → P0" in seat.shown()


class TestLessonsScreen:
    async def test_with_nothing_learned_it_teaches_how(self, sit: Sit) -> None:
        async with sit(LIN) as seat:
            await seat.press("L")
            assert isinstance(seat.app.screen, LessonsScreen)
            assert "Nothing yet." in seat.shown()
            assert "its priority" in seat.shown()
            await seat.press("f", "x", "escape")
            assert seat.app.screen is seat.desk

    async def test_it_lists_lessons_newest_first_and_learned_words(self, sit: Sit) -> None:
        async with sit(LIN, MARCO, size=(112, 26)) as seat:
            await seat.press("p", "0")
            await seat.pass_time(minutes(1))
            await seat.press("j", "m", "1", "L")
            _feed, heading, shown = seat.shown().partition("2 lessons, newest first")
            assert heading
            assert shown.index("displeased") < shown.index("杯盖又裂了")
            assert "+1.00" in shown

    async def test_x_deletes_one_rule_and_undo_brings_it_back(self, sit: Sit, world: World) -> None:
        async with sit(LIN, CHEN) as seat:
            await seat.press("p", "0", "j", "p", "0", "w", "L", "x")
            assert "rule deleted: “杯盖” → P0" in seat.shown()
            assert list(world.store.decisions()) == []
            await seat.press("escape", "u")
            assert "Undone: rule deleted: “杯盖” → P0" in seat.notices()
            assert len(list(world.store.decisions())) == 1

    async def test_x_on_a_lesson_deletes_nothing(self, sit: Sit, world: World) -> None:
        async with sit(LIN) as seat:
            await seat.press("p", "0", "L", "x")
            assert len(lessons(world)) == 1

    async def test_forgetting_everything_asks_first(self, sit: Sit, world: World) -> None:
        async with sit(LIN) as seat:
            await seat.press("p", "0", "L", "f", "n")
            assert len(lessons(world)) == 1
            await seat.press("f", "y")
            assert lessons(world) == []
            assert "Nothing yet." in seat.shown()
            await seat.press("escape")
            assert verdict(seat).priority is Priority.P0
            await seat.press("u")
            assert len(lessons(world)) == 1

    async def test_many_lessons_scroll_by_keyboard(self, sit: Sit, world: World) -> None:
        posts = [
            a_post(f"第{n}条", id=f"m{n}", author=an_author(f"m{n}"), posted_at=at(n / 100))
            for n in range(40)
        ]
        async with sit(*posts) as seat:
            ids = [f"case/shop:m{n}" for n in range(40)]
            await seat.desk.services.corrections.correct(ids, Target.SENTIMENT, "neg")
            await seat.press("L", *("j" * 3), "ctrl+d", "ctrl+d")
            options = seat.app.screen.query_one(OptionList)
            assert (options.highlighted or 0) > 10
            assert options.scroll_offset.y > 0


async def test_the_words_are_chinese_too(sit: Sit) -> None:
    with i18n.using("zh_Hans"):
        async with sit(LIN) as seat:
            await seat.press("p", "1")
            assert "1 条的优先级改为 P1" in seat.notices()
            await seat.press("c", "4")
            assert "1 条的分类改为物流" in seat.notices()
            await seat.press("x")
            assert "1 条归入噪声" in seat.notices()


async def test_a_correction_without_a_case_does_nothing(sit: Sit, world: World) -> None:
    async with sit() as seat:
        await seat.press("p", "c", "m", "x")
        assert seat.app.screen is seat.desk
        assert lessons(world) == []
