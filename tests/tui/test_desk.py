"""The desk used by keyboard, as a founder would."""

import asyncio
from dataclasses import replace

import pytest

from kefu_tui import i18n
from kefu_tui.domain.case import WorkState
from kefu_tui.domain.errors import AuthError, Refused, StoreError
from kefu_tui.domain.mention import Visibility
from kefu_tui.domain.outbox import OutboxState
from kefu_tui.domain.verdict import Category, Priority
from kefu_tui.ports import Capabilities
from kefu_tui.tui.actions import COMPOSER_ACTIONS, LIST_ACTIONS
from kefu_tui.tui.screens.choice import ChoiceScreen
from kefu_tui.tui.screens.desk import DeskScreen
from kefu_tui.tui.screens.help import HelpScreen
from kefu_tui.tui.screens.report import ReportScreen
from kefu_tui.tui.screens.review import ReviewScreen
from kefu_tui.tui.screens.script_picker import ScriptPicker
from kefu_tui.tui.widgets.composer import Composer
from tests.builders import ACCOUNT, a_post, a_text_verdict, an_author, at, minutes
from tests.tui.conftest import Sit, World

LIN = a_post("包裹三天没动了", id="p1", author=an_author("lin"), posted_at=at(0))
CHEN = a_post("壶盖弹开了", id="p2", author=an_author("chen", name="老陈"), posted_at=at(1))
MARCO = a_post("Does it fit induction?", id="p3", author=an_author("marco", name="Marco"), posted_at=at(2))


def test_every_action_of_the_table_can_be_carried_out() -> None:
    assert [a.id for a in LIST_ACTIONS if not hasattr(DeskScreen, f"action_{a.id}")] == []
    assert [a.id for a in COMPOSER_ACTIONS if not hasattr(Composer, f"action_{a.id}")] == []


async def test_a_reply_is_six_keys_from_the_row_to_the_outbox(sit: Sit, world: World) -> None:
    world.classifier.default = a_text_verdict(category=Category.COMPLAINT)
    async with sit(LIN) as seat:
        await seat.press("r", ";", "enter", "ctrl+j", "y")
        item = next(iter(world.store.outbox()))
        assert item.state is OutboxState.HELD
        assert item.request.text == "林小满，我是阿岚，这事我来办。"
        await seat.pass_time(minutes(1))
        assert [request.target for request, _ in world.channel.attempts] == ["p1"]
        assert seat.desk.current().state(world.clock.now()) is WorkState.WAITING_THEM  # type: ignore[union-attr]


async def test_enter_is_a_newline_and_never_sends(sit: Sit, world: World) -> None:
    async with sit(LIN) as seat:
        await seat.press("r")
        await seat.type("您好")
        await seat.press("enter")
        await seat.type("在查")
        assert seat.desk.composer.text == "您好\n在查"
        assert list(world.store.outbox()) == []


async def test_letters_are_text_while_the_composer_has_focus(sit: Sit) -> None:
    async with sit(LIN, CHEN) as seat:
        await seat.press("r", "j", "e", "q", "u")
        assert seat.desk.composer.text == "jequ"


async def test_a_semicolon_within_a_line_is_typed(sit: Sit) -> None:
    async with sit(LIN) as seat:
        await seat.press("r", "a", ";")
        assert seat.desk.composer.text == "a;"


async def test_the_draft_is_stored_without_leaving_the_composer(sit: Sit, world: World) -> None:
    async with sit(LIN) as seat:
        await seat.press("r")
        await seat.type("在查了")
        await seat.pilot.pause(0.6)  # the quiet after which a draft is kept is real time
        draft = world.store.draft(seat.desk.list.cursor or "")
        assert draft is not None
        assert draft.text == "在查了"


async def test_a_draft_stays_with_its_person(sit: Sit) -> None:
    async with sit(LIN, CHEN) as seat:
        first = seat.desk.list.cursor
        await seat.press("r")
        await seat.type("给第一位的话")
        await seat.press("escape", "j", "r")
        assert seat.desk.composer.case_id != first
        assert seat.desk.composer.text == ""
        await seat.press("escape", "k", "r")
        assert seat.desk.composer.case_id == first
        assert seat.desk.composer.text == "给第一位的话"


async def test_a_crowd_arriving_does_not_disturb_what_is_being_written(sit: Sit) -> None:
    async with sit(LIN) as seat:
        await seat.press("r")
        await seat.type("我来办")
        crowd = [
            a_post(f"我的也坏了 {n}", id=f"c{n}", author=an_author(f"c{n}"), posted_at=at(3))
            for n in range(40)
        ]
        await seat.arrive(*crowd)
        assert seat.desk.composer.text == "我来办"
        assert seat.desk.composer.has_focus_within
        request = seat.desk.services.desk.request(seat.desk.composer.case_id or "", "我来办")
        assert request.target == "p1"


async def test_the_cursor_stays_on_its_case_when_new_ones_arrive_above(sit: Sit, world: World) -> None:
    world.classifier.says("受伤", a_text_verdict(Priority.P0))
    async with sit(LIN, CHEN, MARCO) as seat:
        await seat.press("j")
        before = seat.desk.list.cursor
        await seat.arrive(a_post("孩子受伤了", id="p9", author=an_author("ma"), posted_at=at(2)))
        assert seat.desk.list.cursor == before
        assert len(seat.desk.list.case_ids) == 4


async def test_closing_asks_why_when_nobody_has_answered_then_goes_to_the_next_row(
    sit: Sit, world: World
) -> None:
    async with sit(LIN, CHEN) as seat:
        first, second = seat.desk.list.case_ids
        await seat.press("e")
        assert isinstance(seat.app.screen, ChoiceScreen)
        await seat.press("enter")
        assert world.store.case(first).state(world.clock.now()) is WorkState.NO_REPLY  # type: ignore[union-attr]
        assert seat.desk.list.cursor == second
        assert list(seat.desk.list.case_ids) == [first, second], (
            "the row stays where it was until the view is left"
        )
        await seat.press("1")
        assert list(seat.desk.list.case_ids) == [second]


async def test_escape_from_the_question_closes_nothing(sit: Sit, world: World) -> None:
    async with sit(LIN) as seat:
        await seat.press("e", "escape")
        assert seat.desk.current().state(world.clock.now()) is WorkState.WAITING_US  # type: ignore[union-attr]


async def test_undo_says_in_words_what_it_took_back(sit: Sit, world: World) -> None:
    async with sit(LIN) as seat:
        await seat.press("e", "enter", "u")
        assert any("Undone" in notice for notice in seat.notices())
        assert seat.desk.current().state(world.clock.now()) is WorkState.WAITING_US  # type: ignore[union-attr]


async def test_a_held_reply_is_recalled_into_its_draft(sit: Sit, world: World) -> None:
    async with sit(LIN) as seat:
        await seat.press("r")
        await seat.type("写得太急了")
        await seat.press("ctrl+j", "y", "u")
        assert [item.state for item in world.store.outbox()] == [OutboxState.RECALLED]
        assert seat.desk.composer.text == "写得太急了"
        await seat.pass_time(minutes(5))
        assert world.channel.attempts == []


async def test_leaving_while_a_reply_is_held_asks_first(sit: Sit, world: World) -> None:
    async with sit(LIN) as seat:
        await seat.press("r")
        await seat.type("在查")
        await seat.press("ctrl+j", "y", "q")
        assert isinstance(seat.app.screen, ChoiceScreen)
        await seat.press("u")
        assert [item.state for item in world.store.outbox()] == [OutboxState.RECALLED]
        assert world.channel.attempts == []


async def test_the_review_shows_what_the_approval_binds(sit: Sit) -> None:
    private = a_post(
        "单号 12", id="d1", author=an_author("yu"), visibility=Visibility.DIRECT, posted_at=at(0)
    )
    async with sit(private) as seat:
        await seat.press("r")
        await seat.type("收到")
        await seat.press("ctrl+j")
        assert isinstance(seat.app.screen, ReviewScreen)
        shown = seat.shown()
        assert "收到" in shown
        assert "单号 12" in shown
        assert "yu@example.social" in shown
        await seat.press("escape")
        assert seat.desk.composer.text == "收到"


async def test_an_open_field_cannot_be_approved(sit: Sit, world: World) -> None:
    async with sit(LIN) as seat:
        await seat.press("r", ";")
        assert isinstance(seat.app.screen, ScriptPicker)
        await seat.press("y", "d", "h", "enter")
        assert seat.desk.composer.area.selected_text == "{?订单号}"
        await seat.press("ctrl+j", "y")
        assert isinstance(seat.app.screen, ReviewScreen), "y does nothing while a field is open"
        assert list(world.store.outbox()) == []
        await seat.press("escape")
        await seat.type("TF-1")
        await seat.press("ctrl+j", "y")
        assert [item.request.text for item in world.store.outbox()] == ["请把TF-1发我，我马上查。"]


async def test_an_unknown_outcome_is_shown_and_sent_no_second_time(sit: Sit, world: World) -> None:
    world.channel.will_lose_answer(published=True)
    async with sit(LIN) as seat:
        await seat.press("r")
        await seat.type("在查")
        await seat.press("ctrl+j", "y")
        world.clock.advance(minutes(0.2))
        await seat.settle()
        assert any("?check" in notice for notice in seat.notices())
        await seat.pass_time(minutes(1))
        await seat.pass_time(minutes(1))
        assert [item.state for item in world.store.outbox()] == [OutboxState.SENT]
        assert len(world.channel.attempts) == 1


async def test_markup_and_escapes_in_a_post_are_shown_as_text(sit: Sit) -> None:
    nasty = "[/] [@click=app.quit]看[/] \x1b[2J\u202eabc [red]x"
    async with sit(
        a_post(nasty, id="n1", author=an_author("n", name="[bold]谁[/]"), posted_at=at(0))
    ) as seat:
        await seat.press("enter")
        shown = seat.shown()
        assert "[/] [@click=app.quit]看[/]" in shown
        assert "[bold]谁[/]" in shown
        assert "\x1b" not in shown
        assert "\u202e" not in shown


async def test_ten_thousand_characters_and_a_nameless_author_do_no_harm(sit: Sit) -> None:
    long = a_post("气" * 10_000, id="l1", author=an_author("l", name=""), posted_at=at(0))
    async with sit(long) as seat:
        await seat.press("enter", "ctrl+d", "escape")
        assert "l@ex" in seat.rows()[0], "an author without a name is called by the handle"


async def test_full_width_keys_of_an_input_method_work(sit: Sit) -> None:
    async with sit(LIN) as seat:
        await seat.press("？")
        assert isinstance(seat.app.screen, HelpScreen)
        await seat.press("escape", "／")
        assert seat.desk.query_one("#filter").has_focus


async def test_search_looks_at_everything_and_escape_returns_to_the_view(sit: Sit) -> None:
    async with sit(LIN, CHEN, MARCO) as seat:
        await seat.press("/")
        await seat.press(*"induction")
        assert len(seat.desk.list.case_ids) == 1
        await seat.press("enter")
        assert seat.desk.list.has_focus
        await seat.press("escape")
        assert len(seat.desk.list.case_ids) == 3


async def test_a_filter_that_makes_no_sense_says_so_and_changes_nothing(sit: Sit) -> None:
    async with sit(LIN, CHEN) as seat:
        await seat.press("/")
        await seat.press(*"is:wrong")
        assert len(seat.desk.list.case_ids) == 2
        assert "is:wrong" in str(seat.desk.query_one("#filter").border_subtitle)


async def test_a_refused_token_is_a_line_not_a_crash(sit: Sit, world: World) -> None:
    world.channel.will_fail_poll(AuthError("the token is refused; make a new one"))
    async with sit() as seat:
        await seat.settle()
        assert "the token is refused" in seat.shown()


async def test_a_full_disk_is_said_and_the_text_is_kept(
    sit: Sit, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sit(LIN) as seat:

        def full(*_: object) -> None:
            raise StoreError("the disk is full: nothing was written")

        await seat.press("r")
        await seat.type("不能丢的话")
        monkeypatch.setattr(world.store._backend, "apply", full)
        await seat.press("ctrl+j", "y")
        assert any("the disk is full" in notice for notice in seat.notices())
        assert seat.desk.composer.text == "不能丢的话"
        assert world.channel.attempts == []


async def test_a_read_only_account_says_that_it_cannot_be_answered(sit: Sit, world: World) -> None:
    world.channel.capabilities = Capabilities(reply=False)
    async with sit(LIN) as seat:
        await seat.press("r")
        assert not seat.desk.composer.has_class("-open")
        assert any("only be read" in notice for notice in seat.notices())


async def test_a_channel_without_an_api_copies_and_asks_whether_it_stands(sit: Sit, world: World) -> None:
    world.channel.capabilities = Capabilities(reply=False, by_hand=True)
    async with sit(LIN) as seat:
        await seat.press("r")
        await seat.type("我来办")
        await seat.press("ctrl+j", "y")
        await seat.pass_time(minutes(1))
        assert seat.app.clipboard == "我来办"
        assert isinstance(seat.app.screen, ChoiceScreen)
        await seat.press("y")
        assert [item.state for item in world.store.outbox()] == [OutboxState.SENT]


async def test_a_mention_pasted_by_hand_is_a_case_like_any_other(sit: Sit, world: World) -> None:
    world.channel.capabilities = Capabilities(reply=False, by_hand=True)
    async with sit() as seat:
        await seat.press("n")
        await seat.press(*"Mei", "enter", *"3h", "enter", "enter")
        seat.app.screen.query_one("#by-hand-text").insert("壶嘴漏水")  # type: ignore[attr-defined]
        await seat.press("ctrl+j")
        summary = seat.desk.current()
        assert summary is not None
        assert summary.lead.post.text == "壶嘴漏水"
        assert summary.waiting(world.clock.now()) == minutes(180), (
            "the clock runs from the post, not the paste"
        )


async def test_snoozing_in_words_puts_the_case_aside_until_then(sit: Sit, world: World) -> None:
    async with sit(LIN, CHEN) as seat:
        case_id = seat.desk.list.cursor or ""
        await seat.press("z")
        await seat.press(*"3h", "enter")
        assert world.store.case(case_id).state(world.clock.now()) is WorkState.SNOOZED  # type: ignore[union-attr]
        assert case_id != seat.desk.list.cursor


async def test_a_narrow_terminal_shows_the_case_over_the_list(sit: Sit) -> None:
    async with sit(LIN, CHEN, size=(80, 24)) as seat:
        assert not seat.desk.query_one("#side").display
        await seat.press("enter")
        assert seat.desk.query_one("#side").display
        assert not seat.desk.query_one("#left").display
        await seat.press("escape")
        assert seat.desk.query_one("#left").display


async def test_a_tiny_terminal_and_back_loses_nothing(sit: Sit) -> None:
    async with sit(LIN, CHEN) as seat:
        await seat.press("r")
        await seat.type("写了一半")
        await seat.pilot.resize_terminal(20, 5)
        await seat.settle()
        await seat.pilot.resize_terminal(120, 40)
        await seat.settle()
        assert seat.desk.composer.text == "写了一半"


async def test_an_empty_desk_teaches_how_to_begin(sit: Sit, world: World) -> None:
    world.with_account = False
    async with sit() as seat:
        assert "kefu demo" in seat.shown()


async def test_views_and_report_open_and_close(sit: Sit) -> None:
    async with sit(LIN) as seat:
        await seat.press("9")
        assert len(seat.desk.list.case_ids) == 1
        await seat.press("5")
        assert "Nothing is snoozed" in seat.shown()
        await seat.press("#")
        assert isinstance(seat.app.screen, ReportScreen)
        await seat.press("w", "question_mark")
        assert "from the customer's post on the platform" in seat.shown()
        await seat.press("question_mark")
        assert "answered" in seat.shown()
        await seat.press("escape")
        assert isinstance(seat.app.screen, DeskScreen)


async def test_a_pasted_megabyte_is_refused_in_words(sit: Sit) -> None:
    from textual import events

    async with sit(LIN) as seat:
        await seat.press("r")
        seat.desk.composer.area.post_message(events.Paste("x" * 1_000_000))
        await seat.settle()
        assert seat.desk.composer.text == ""
        assert any("too long" in notice for notice in seat.notices())


async def test_an_unknown_theme_is_named_and_the_desk_opens(sit: Sit, world: World) -> None:
    world.theme = "no-such-theme"
    async with sit(LIN) as seat:
        assert seat.app.theme == "kefu-dark"
        assert any("no-such-theme" in notice for notice in seat.notices())


async def test_a_link_that_is_no_web_address_is_not_opened(sit: Sit, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    bad = a_post("x", id="u1", author=an_author("u"), url="file:///etc/passwd", posted_at=at(0))
    async with sit(bad) as seat:
        await seat.press("o")
        assert opened == []
        assert any("Not opened" in notice for notice in seat.notices())


async def test_a_list_that_is_clicked_moves_the_cursor(sit: Sit) -> None:
    async with sit(LIN, CHEN) as seat:
        await seat.pilot.click("#feed", offset=(10, 2))
        assert seat.desk.list.cursor == seat.desk.list.case_ids[1]


async def test_a_clock_that_runs_out_is_said_once(sit: Sit, world: World) -> None:
    async with sit(LIN) as seat:
        await seat.pass_time(minutes(120))
        seat.desk.note_breaches()
        await seat.settle()
        assert [notice for notice in seat.notices() if "Late: 林小满" in notice] == ["Late: 林小满"]
        seat.desk.note_breaches()
        await seat.settle()
        assert len([notice for notice in seat.notices() if "Late" in notice]) == 1


async def test_what_is_no_moment_keeps_the_question_open(sit: Sit, world: World) -> None:
    async with sit(LIN) as seat:
        await seat.press("z", *"soon", "enter")
        assert isinstance(seat.app.screen, ChoiceScreen)
        assert "no moment" in seat.shown()
        await seat.press("escape", "z", "a")
        assert seat.desk.services.feed.summaries()[0].state(world.clock.now()) is WorkState.SNOOZED


async def test_search_on_a_narrow_terminal_shows_the_list_again(sit: Sit) -> None:
    async with sit(LIN, CHEN, size=(80, 24)) as seat:
        await seat.press("enter", "/")
        assert seat.desk.query_one("#left").display


async def test_replies_that_need_a_look_are_counted_and_listed(sit: Sit, world: World) -> None:
    world.channel.will_fail_reply(Refused("the post is gone"))
    async with sit(LIN) as seat:
        await seat.press("r")
        await seat.type("在查")
        await seat.press("ctrl+j", "y")
        await seat.pass_time(minutes(1))
        assert "1 reply needs a look" in seat.shown()
        await seat.press("O", "enter")
        assert seat.desk.composer.text == "在查"


async def test_a_reply_held_when_the_program_died_is_told_of(sit: Sit, world: World) -> None:
    async with sit(LIN) as seat:
        await seat.press("r")
        await seat.type("在查")
        await seat.press("ctrl+j", "y")
    world.recovered = tuple(await world.services().outbox.recover())
    async with sit() as seat:
        assert any("had not left" in notice for notice in seat.notices())


async def test_the_palette_knows_every_action_in_both_languages(sit: Sit) -> None:
    async with sit(LIN) as seat:
        with i18n.using("zh_Hans"):
            titles = [command.title for command in seat.app.get_system_commands(seat.desk)]
        assert "回复 · Reply" in titles


async def test_a_common_cause_is_said_on_every_row_once_its_words_are_known(sit: Sit, world: World) -> None:
    world.classifier.default = a_text_verdict(category=Category.QUALITY)
    world.segmenter.gate = asyncio.Event()
    marco = replace(MARCO, text="the lid of my kettle shot up")
    chen = replace(CHEN, text="水壶的盖子弹开了")
    async with sit(LIN, chen, marco) as seat:
        await seat.until(lambda: bool(world.segmenter.asked))
        before, rows = seat.desk.list.cursor, list(seat.desk.list.case_ids)
        assert "same cause" not in seat.shown()
        world.segmenter.gate.set()
        await seat.until(lambda: seat.desk.services.causes.same_cause([f"{ACCOUNT}:p2"]) == 2)
        await seat.settle()
        assert (seat.desk.list.cursor, list(seat.desk.list.case_ids)) == (before, rows)
        seat.desk.show_case(f"case/{ACCOUNT}:p2")
        await seat.settle()
        assert "same cause ×2: Marco" in seat.shown()
        seat.desk.show_case(f"case/{ACCOUNT}:p3")
        await seat.settle()
        assert "same cause ×2: 老陈" in seat.shown()
        seat.desk.show_case(f"case/{ACCOUNT}:p1")
        await seat.settle()
        assert "same cause" not in seat.shown()
