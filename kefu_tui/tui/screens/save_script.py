"""Turning a reply into a script: a title, a stage, and the text as others will get it."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static
from textual.widgets.option_list import Option

from kefu_tui import wording
from kefu_tui.domain.script import NewScript, Stage, open_fields
from kefu_tui.domain.tone import Finding
from kefu_tui.domain.verdict import Language
from kefu_tui.i18n import _
from kefu_tui.tui.tone_lines import finding_line
from kefu_tui.tui.widgets.key_bar import key_hints
from kefu_tui.tui.widgets.options import Options


class SaveScript(ModalScreen[NewScript | None]):
    """Returns the script to be kept, or None when the founder thought better of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss_none", "back", show=False),
        Binding("down,ctrl+n", "move(1)", "down", show=False, priority=True),
        Binding("up,ctrl+p", "move(-1)", "up", show=False, priority=True),
    ]

    def __init__(
        self,
        body: str,
        language: Language,
        score: Callable[[str], tuple[int, Sequence[Finding]]],
    ) -> None:
        super().__init__()
        self._body = body
        self._language = language
        self._score = score

    def compose(self) -> ComposeResult:
        with Vertical(id="picker"):
            yield Input(placeholder=_("a short title to find it by"), id="save-title")
            with Horizontal():
                yield Options(*map(_stage_option, Stage), id="picker-list", markup=False)
                with VerticalScroll(id="picker-preview-scroll"):
                    yield Static(self._preview(), id="picker-preview", markup=False)
            yield Static(self._foot(), id="picker-foot", markup=False)

    def on_mount(self) -> None:
        stages = self.query_one(Options)
        stages.can_focus = False
        stages.highlighted = 0
        self.query_one(Input).focus()

    def _preview(self) -> Content:
        text = Content(self._body)
        for field in open_fields(self._body):
            text = text.stylize("bold $on-p on $warning", field.start, field.end)
        score, findings = self._score(self._body)
        told = [Content.assemble((_("tone {score} of 100").format(score=score), "$muted"))]
        return Content("\n").join([text, Content(""), *told, *map(finding_line, findings)])

    def _foot(self) -> Content:
        return key_hints(((" ⏎ ", _("keep")), ("  ↑↓ ", _("stage")), ("  esc ", _("back"))))

    @on(Input.Submitted)
    def _keep(self, event: Input.Submitted) -> None:
        title = event.value.strip()
        if not title:
            self.app.bell()
            return
        stage = list(Stage)[self.query_one(Options).highlighted or 0]
        self.dismiss(NewScript(stage=stage, title=title, body=self._body, language=self._language))

    def action_move(self, rows: int) -> None:
        self.query_one(Options).move(rows)

    def action_dismiss_none(self) -> None:
        self.dismiss(None)


def _stage_option(stage: Stage) -> Option:
    return Option(Content(wording.stage(stage)))
