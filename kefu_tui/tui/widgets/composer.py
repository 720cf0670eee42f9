"""The composer: an ordinary text area that never sends by Enter and never loses a word."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static, TextArea

from kefu_tui import wording
from kefu_tui.domain.mention import Visibility
from kefu_tui.domain.outbox import ReplyRequest
from kefu_tui.domain.script import open_fields
from kefu_tui.i18n import _
from kefu_tui.plain import one_line
from kefu_tui.ports import TextLength
from kefu_tui.tui.actions import COMPOSER_ACTIONS, bindings

SAVE_AFTER = 0.4  # seconds of quiet; the promise is one second
LONGEST_DRAFT = 20_000  # characters: a pasted megabyte is no reply


class ReplyArea(TextArea):
    """The text itself. `;` at the start of a line asks for a script instead of being typed."""

    @dataclass
    class ScriptWanted(Message):
        """The founder asked for a script by `;`."""

    async def _on_key(self, event: events.Key) -> None:
        if event.character in (";", "；") and self.cursor_location[1] == 0 and not self.selected_text:
            event.stop()
            event.prevent_default()
            self.post_message(self.ScriptWanted())
            return
        if event.key == "tab":
            return  # the composer's own: to the next field
        await super()._on_key(event)

    async def _on_paste(self, event: events.Paste) -> None:
        if len(event.text) + len(self.text) > LONGEST_DRAFT:
            event.stop()
            event.prevent_default()
            self.app.notify(
                _("That is too long to be a reply: {count} characters.").format(count=len(event.text)),
                severity="warning",
                markup=False,
            )
            return
        await super()._on_paste(event)


class Composer(Vertical):
    """Writes to one case. The case is bound when the composer opens: a moving list cannot change it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(action for action in COMPOSER_ACTIONS if action.id != "editor"),
        # before the text area, where the key would go to the end of the line
        *bindings((action for action in COMPOSER_ACTIONS if action.id == "editor"), priority=True),
    ]

    @dataclass
    class DraftChanged(Message):
        """The text has rested for a moment and should be kept."""

        case_id: str
        text: str

    @dataclass
    class Edited(Message):
        """The text has changed."""

    @dataclass
    class ReviewWanted(Message):
        case_id: str
        text: str

    @dataclass
    class ScriptWanted(Message):
        case_id: str

    @dataclass
    class EditorWanted(Message):
        """The text is to be written in the founder's own editor."""

        case_id: str
        text: str

    @dataclass
    class BetterWanted(Message):
        """The words found wanting are to be replaced by those proposed."""

        case_id: str
        text: str

    @dataclass
    class ToKeepAsScript(Message):
        """The text is to become a script."""

        case_id: str
        text: str

    @dataclass
    class Left(Message):
        """The founder left the composer; the text is in the message, to be kept."""

        case_id: str
        text: str

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.case_id: str | None = None
        self.template: str | None = None
        self._save: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="compose-head", markup=False)
        yield Static(id="compose-earlier", markup=False)
        yield ReplyArea(id="reply-text", soft_wrap=True, tab_behavior="focus", highlight_cursor_line=False)
        yield Static(id="compose-tone", markup=False)
        yield Static(id="compose-foot", markup=False)

    @property
    def area(self) -> ReplyArea:
        return self.query_one(ReplyArea)

    @property
    def text(self) -> str:
        return self.area.text

    def open_for(self, case_id: str, draft: str) -> None:
        """Write to this case, beginning with its draft."""
        self.case_id = case_id
        # what is filled in after a pause is remembered like what is filled in at once
        self.template = draft if any(open_fields(draft)) else None
        self.show_findings([])
        self.show_earlier([])
        self.area.load_text(draft)
        self.area.move_cursor(self.area.document.end)
        self.add_class("-open")
        self.area.focus()

    def close(self) -> None:
        """Stop writing; forgets nothing, because the draft has been handed over before."""
        self._cancel_save()
        self.case_id = None
        self.remove_class("-open")

    def describe(self, request: ReplyRequest, length: TextLength, problem: str) -> None:
        """Show where the text would go, and how long it is by the platform's rule."""
        is_private = request.visibility is Visibility.DIRECT
        self.set_class(is_private, "-private")
        head = Content.assemble(
            (f" {request.account} → @{one_line(request.target_handle)} ", "bold"),
            (
                f" {wording.visibility(request.visibility)} ",
                "bold $on-p on $private" if is_private else "$muted",
            ),
        )
        self.query_one("#compose-head", Static).update(head)
        style = "$muted" if length.fits else "bold $error"
        foot = Content.assemble((f" {length.used}/{length.limit} ", style), (one_line(problem), "$warning"))
        self.query_one("#compose-foot", Static).update(foot)

    def show_findings(self, findings: Sequence[Content]) -> None:
        """Say under the text what will sound wrong in it; nothing where nothing does."""
        shown = self.query_one("#compose-tone", Static)
        shown.update(Content("\n").join(findings))
        shown.display = bool(findings)

    def show_earlier(self, lines: Sequence[Content]) -> None:
        """Say above the text what others were told who wrote alike."""
        shown = self.query_one("#compose-earlier", Static)
        shown.update(Content("\n").join(lines))
        shown.display = bool(lines)

    def rewrite(self, text: str) -> None:
        """Put a text written elsewhere in the place of this one; can be undone like any edit."""
        area = self.area
        area.replace(text[:LONGEST_DRAFT], (0, 0), area.document.end, maintain_selection_offset=False)
        area.move_cursor(area.document.end)
        area.focus()

    def replace_part(self, start: int, end: int, words: str) -> None:
        """Put other words in the place of a part of the text; `start` and `end` are character offsets."""
        text = self.area.text
        self.area.replace(
            words, _location(text, start), _location(text, end), maintain_selection_offset=False
        )
        self.area.move_cursor(_location(self.area.text, start + len(words)))
        if any(open_fields(words)):
            self._select_field(start)

    def insert(self, text: str) -> None:
        """Insert a rendered script; its first open field is selected, so that typing fills it."""
        if not self.area.text.strip():
            self.area.load_text(text)
            self.template = text
        else:
            self.area.insert(text)
            self.template = self.area.text
        self.area.move_cursor(self.area.document.end)
        self.area.focus()
        if any(open_fields(self.area.text)):
            self._select_field(0)

    @on(TextArea.Changed)
    def _changed(self) -> None:
        self._cancel_save()
        if self.case_id is not None:
            self.post_message(self.Edited())
            self._save = self.set_timer(SAVE_AFTER, self._announce)

    def _announce(self) -> None:
        if self.case_id is not None:
            self.post_message(self.DraftChanged(self.case_id, self.text))

    def _cancel_save(self) -> None:
        if self._save is not None:
            self._save.stop()
            self._save = None

    @on(ReplyArea.ScriptWanted)
    def _script_by_semicolon(self) -> None:
        self.action_insert_script()

    def action_insert_script(self) -> None:
        if self.case_id is not None:
            self.post_message(self.ScriptWanted(self.case_id))

    def action_review(self) -> None:
        if self.case_id is not None:
            self.post_message(self.ReviewWanted(self.case_id, self.text))

    def action_leave(self) -> None:
        if self.case_id is not None:
            self.post_message(self.Left(self.case_id, self.text))

    def action_editor(self) -> None:
        if self.case_id is not None:
            self.post_message(self.EditorWanted(self.case_id, self.text))

    def action_better(self) -> None:
        if self.case_id is not None:
            self.post_message(self.BetterWanted(self.case_id, self.text))

    def action_save_as_script(self) -> None:
        if self.case_id is not None:
            self.post_message(self.ToKeepAsScript(self.case_id, self.text))

    def action_next_field(self) -> None:
        """Select the next field still open, from the cursor on and around."""
        self._select_field(_offset(self.area.text, self.area.cursor_location))

    def _select_field(self, after: int) -> None:
        fields = list(open_fields(self.area.text))
        if not fields:
            return
        field = next((f for f in fields if f.start >= after), fields[0])
        start, end = (_location(self.area.text, offset) for offset in (field.start, field.end))
        self.area.move_cursor(start)
        self.area.move_cursor(end, select=True)


def _offset(text: str, location: tuple[int, int]) -> int:
    row, column = location
    lines: Sequence[str] = text.split("\n")
    return sum(len(line) + 1 for line in lines[:row]) + column


def _location(text: str, offset: int) -> tuple[int, int]:
    before = text[:offset]
    return before.count("\n"), len(before) - (before.rfind("\n") + 1)
