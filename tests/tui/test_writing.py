"""Writing a reply: scripts, tone, what others were told, the founder's own editor, an input method's keys."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from textual import events
from textual.keys import _character_to_key

from kefu_tui.domain.mention import Visibility
from kefu_tui.domain.outbox import OutboxState
from kefu_tui.domain.script import Stage
from kefu_tui.domain.verdict import Category
from kefu_tui.scripts.library import ScriptFiles
from kefu_tui.scripts.uses import UseCounts
from kefu_tui.services.bundle import Services
from kefu_tui.services.scripts import ScriptDesk
from kefu_tui.tui import editor
from kefu_tui.tui.screens.review import ReviewScreen
from kefu_tui.tui.screens.save_script import SaveScript
from kefu_tui.tui.screens.script_picker import ScriptPicker
from kefu_tui.tui.widgets.composer import Composer
from tests.builders import a_post, a_text_verdict, an_author, at
from tests.tui.conftest import Seat, Sit, World

LIN = a_post("壶盖漏水怎么办", id="p1", author=an_author("lin"), posted_at=at(0))
CHEN = a_post("我家的壶盖也漏水", id="p2", author=an_author("chen", name="老陈"), posted_at=at(1))


@pytest.fixture
def own(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desk whose scripts are files in this directory."""
    original = world.services

    def services() -> Services:
        files = ScriptFiles(tmp_path, initials=lambda _title: "xb", starters=())
        desk = ScriptDesk(files, world.classifier, me="阿岚", products=(), uses=UseCounts(None))
        return replace(original(), scripts=desk)

    monkeypatch.setattr(world, "services", services)
    (tmp_path / "own.toml").write_text(
        '[[script]]\nid = "lid"\nstage = "stance"\ntitle = "换盖"\nbody = "{称呼|您}好，新盖今晚寄。"\n',
        encoding="utf-8",
    )
    return tmp_path


async def write(seat: Seat, text: str) -> None:
    """Write a reply and let it rest, so that the desk reads it."""
    await seat.press("r")
    await seat.type(text)
    composer = seat.desk.composer
    composer.post_message(Composer.DraftChanged(composer.case_id or "", composer.text))
    await seat.settle()


class TestTone:
    async def test_office_talk_is_told_under_the_text_with_better_words(self, sit: Sit) -> None:
        async with sit(LIN, size=(130, 30)) as seat:
            await write(seat, "我们高度重视您的问题，今晚退款。")
            assert "office talk“高度重视”" in seat.shown()
            assert "这事我来管" in seat.shown()

    async def test_ctrl_t_takes_the_better_words_and_ctrl_z_takes_them_back(self, sit: Sit) -> None:
        async with sit(LIN) as seat:
            await write(seat, "您好，我们高度重视您的问题。今晚退款。")
            await seat.press("ctrl+t")
            assert seat.desk.composer.text == "您好，这事我来管，3月2日22点前在这儿回您。今晚退款。"
            await seat.press("ctrl+z")
            assert "高度重视" in seat.desk.composer.text

    async def test_it_stops_nothing(self, sit: Sit, world: World) -> None:
        async with sit(LIN) as seat:
            await write(seat, "我们高度重视您的问题，今晚退款。")
            await seat.press("ctrl+j")
            assert "office talk" in seat.shown()
            await seat.press("y")
            assert [item.state for item in world.store.outbox()] == [OutboxState.HELD]

    async def test_private_data_in_public_waits_until_it_is_confirmed(self, sit: Sit, world: World) -> None:
        async with sit(LIN) as seat:
            await write(seat, "您打13812345678找我，今晚给您换。")
            await seat.press("ctrl+j", "y", "enter")
            assert isinstance(seat.app.screen, ReviewScreen)
            assert list(world.store.outbox()) == []
            await seat.press("c", "y")
            assert [item.state for item in world.store.outbox()] == [OutboxState.HELD]

    async def test_in_private_it_may_be_said(self, sit: Sit, world: World) -> None:
        private = replace(LIN, visibility=Visibility.DIRECT)
        async with sit(private) as seat:
            await write(seat, "您打13812345678找我，今晚给您换。")
            await seat.press("ctrl+j", "y")
            assert len(list(world.store.outbox())) == 1

    async def test_the_composer_of_another_case_shows_nothing_of_this_one(self, sit: Sit) -> None:
        async with sit(LIN, CHEN, size=(130, 30)) as seat:
            await write(seat, "我们高度重视您的问题，今晚退款。")
            await seat.press("escape", "j", "r")
            assert "高度重视" not in seat.shown().partition("@chen")[2]


async def test_what_others_were_told_who_wrote_alike_stands_above_the_text(sit: Sit, world: World) -> None:
    async with sit(LIN, CHEN, size=(130, 30)) as seat:
        await write(seat, "新盖今晚寄，单号发您。")
        await seat.press("ctrl+j", "y")
        await seat.pass_time(seat.desk.services.undo_window * 3)
        await seat.until(lambda: bool(world.channel.attempts))
        await seat.settle()
        other = next(c for c in seat.desk.list.case_ids if c != world.channel.attempts[0][0].case_id)
        seat.desk.show_case(other)
        await seat.press("r")
        await seat.until(lambda: "we said" in seat.shown())
        assert "新盖今晚寄" in seat.shown()


class TestScripts:
    async def test_a_file_that_changes_changes_the_open_picker(self, sit: Sit, own: Path) -> None:
        async with sit(LIN, size=(130, 30)) as seat:
            await seat.press("r", ";")
            assert isinstance(seat.app.screen, ScriptPicker)
            text = (own / "own.toml").read_text(encoding="utf-8")
            (own / "own.toml").write_text(text.replace("换盖", "换一个新盖子"), encoding="utf-8")
            await seat.until(lambda: "换一个新盖子" in seat.shown())
            (own / "own.toml").write_text("[[script", encoding="utf-8")
            await seat.until(lambda: "own.toml:1" in seat.shown())
            assert "换一个新盖子" in seat.shown(), "what the file held stays in use"

    async def test_a_script_that_sounds_wrong_shows_its_score_and_why(self, sit: Sit, own: Path) -> None:
        text = (own / "own.toml").read_text(encoding="utf-8")
        (own / "own.toml").write_text(text.replace("新盖今晚寄", "我们高度重视"), encoding="utf-8")
        async with sit(LIN, size=(130, 30)) as seat:
            await seat.press("r", ";")
            assert "tone 60 of 100" in seat.shown()
            assert "office talk“高度重视”" in seat.shown()

    async def test_a_use_is_counted_and_shown(self, sit: Sit, own: Path) -> None:
        async with sit(LIN, size=(130, 30)) as seat:
            await seat.press("r", ";", "enter")
            assert seat.desk.composer.text == "林小满好，新盖今晚寄。"
            await seat.press("ctrl+o")
            assert "×1" in seat.shown()

    async def test_a_prompt_filled_in_after_a_pause_is_remembered_in_the_case(
        self, sit: Sit, own: Path, world: World
    ) -> None:
        (own / "own.toml").write_text(
            '[[script]]\nid = "a"\nstage = "stance"\ntitle = "查"\nbody = "单号{?订单号}今晚查。"\n',
            encoding="utf-8",
        )
        async with sit(LIN) as seat:
            await seat.press("r", ";", "enter", "escape", "r", "tab")
            await seat.type("A77")
            await seat.press("ctrl+j", "c", "y")
            [item] = world.store.outbox()
            assert item.request.text == "单号A77今晚查。"
            assert world.store.case(item.request.case_id).memory == (("订单号", "A77"),)  # type: ignore[union-attr]

    async def test_a_reply_becomes_a_script_for_others(self, sit: Sit, own: Path) -> None:
        async with sit(LIN, size=(130, 30)) as seat:
            await write(seat, "林小满，我是阿岚，今晚补发。")
            await seat.press("ctrl+g")
            assert isinstance(seat.app.screen, SaveScript)
            assert "tone 100 of 100" in seat.shown()
            await seat.press("enter")
            assert isinstance(seat.app.screen, SaveScript), "without a title there is nothing to find it by"
            await seat.press(*"bufa", "down", "enter")
            kept = seat.desk.services.scripts.named("calm-xb", seat.desk.current().lead)  # type: ignore[union-attr]
            assert (kept.title, kept.stage) == ("bufa", Stage.CALM)
            assert kept.body == "{称呼|您好}，我是{我}，今晚补发。"
            assert seat.desk.composer.text == "林小满，我是阿岚，今晚补发。", "the reply itself is as it was"

    async def test_without_a_reply_of_ours_there_is_nothing_to_keep(self, sit: Sit) -> None:
        async with sit(LIN) as seat:
            await seat.press("S")
            assert "There is no reply of ours in this case yet." in seat.notices()


class Terminal:
    """Lends the terminal as Textual does: taken back only where nothing was raised meanwhile."""

    def __init__(self) -> None:
        self.taken_back = False

    @contextmanager
    def suspend(self) -> Iterator[None]:
        yield
        self.taken_back = True

    def batch_update(self) -> AbstractContextManager[None]:
        return nullcontext()


class TestEditor:
    @pytest.fixture
    def edits(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """The founder's editor: takes the text, and gives back the last of these, or fails without any."""
        given: list[str] = []

        async def edit(_app: object, text: str) -> str | None:
            if not given:
                raise editor.KefuError("vi ended with code 1; the text is as it was")
            return given.pop()

        monkeypatch.setattr("kefu_tui.tui.screens.desk_reply.edit_text", edit)
        return given

    async def test_what_it_saves_is_the_text_and_the_draft(
        self, sit: Sit, world: World, edits: list[str]
    ) -> None:
        edits.append("写好了\n第二行")
        async with sit(LIN) as seat:
            await seat.press("r")
            await seat.type("在")
            await seat.press("ctrl+e")
            assert seat.desk.composer.text == "写好了\n第二行"
            assert world.store.draft(seat.desk.list.cursor or "").text == "写好了\n第二行"  # type: ignore[union-attr]

    async def test_one_that_fails_changes_nothing_and_says_so(self, sit: Sit, edits: list[str]) -> None:
        async with sit(LIN) as seat:
            await seat.press("r")
            await seat.type("在查")
            await seat.press("ctrl+e")
            assert seat.desk.composer.text == "在查"
            assert any("ended with code 1" in notice for notice in seat.notices())

    async def test_one_that_cannot_start_gives_the_terminal_back(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("VISUAL", "/no/such/editor")
        terminal = Terminal()
        with pytest.raises(editor.KefuError, match="cannot be started"):
            await editor.edit_text(terminal, "在查")  # type: ignore[arg-type]
        assert terminal.taken_back

    async def test_what_a_real_program_leaves_is_read_and_a_failing_one_is_told(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("VISUAL", "sed -i s/在/已/")
        assert await editor.edit_text(Terminal(), "在查") == "已查"  # type: ignore[arg-type]
        assert await editor.edit_text(Terminal(), "收到") is None  # type: ignore[arg-type]
        monkeypatch.setenv("VISUAL", "false")
        with pytest.raises(editor.KefuError, match="ended with code 1"):
            await editor.edit_text(Terminal(), "在查")  # type: ignore[arg-type]

    def test_the_editor_is_what_the_founder_names(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("EDITOR", "code --wait")
        monkeypatch.delenv("VISUAL", raising=False)
        assert editor.editor_command() == ["code", "--wait"]
        monkeypatch.setenv("VISUAL", "hx")
        assert editor.editor_command() == ["hx"]
        monkeypatch.setenv("VISUAL", "vi '")
        with pytest.raises(editor.KefuError, match="VISUAL"):
            editor.editor_command()

    def test_without_any_editor_it_says_what_to_do(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("EDITOR", raising=False)
        monkeypatch.delenv("VISUAL", raising=False)
        monkeypatch.setenv("PATH", "")
        with pytest.raises(editor.KefuError, match="set EDITOR"):
            editor.editor_command()


async def send(seat: Seat, *characters: str) -> None:
    """Characters as a terminal sends them: the pilot knows full-width punctuation by no key."""
    for character in characters:
        key = character if len(character) > 1 else _character_to_key(character)
        seat.app.post_message(events.Key(key, character if len(character) == 1 else None))
        await seat.settle()


class TestInputMethod:
    """A Chinese input method sends full-width characters."""

    async def test_every_step_from_the_row_to_the_outbox_has_its_twin(self, sit: Sit, world: World) -> None:
        world.classifier.default = a_text_verdict(category=Category.COMPLAINT)
        async with sit(LIN) as seat:
            await send(seat, "ｒ", "；", "enter", "ctrl+j", "ｙ")
            assert [item.state for item in world.store.outbox()] == [OutboxState.HELD]

    async def test_views_and_questions_have_theirs(self, sit: Sit) -> None:
        async with sit(LIN, CHEN) as seat:
            await seat.press("ｊ")
            assert seat.desk.list.cursor == seat.desk.list.case_ids[1]
            await seat.press("９")
            assert len(seat.desk.list.case_ids) == 2
            await send(seat, "？")
            assert len(seat.app.screen_stack) == 3
            await seat.press("ｑ")
            assert len(seat.app.screen_stack) == 2

    async def test_in_the_text_they_are_text(self, sit: Sit) -> None:
        async with sit(LIN) as seat:
            await send(seat, "r", "ｙ", "ｊ", "？")
            assert seat.desk.composer.text == "ｙｊ？"
