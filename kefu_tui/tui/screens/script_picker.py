"""Choosing a script: typing filters, and the one chosen is shown as this customer will read it."""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from kefu_tui import wording
from kefu_tui.domain.script import Rendered, Script
from kefu_tui.domain.tone import Finding
from kefu_tui.i18n import _
from kefu_tui.plain import one_line
from kefu_tui.tui.tone_lines import finding_line
from kefu_tui.tui.widgets.key_bar import key_hints
from kefu_tui.tui.widgets.options import Options

LOOK_AGAIN = 1.0  # seconds between two looks at the files


class ScriptPicker(ModalScreen[Rendered | None]):
    """Returns the rendered script, or None when the founder thought better of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss_none", "back", show=False),
        Binding("down,ctrl+n", "move(1)", "down", show=False, priority=True),
        Binding("up,ctrl+p", "move(-1)", "up", show=False, priority=True),
    ]

    def __init__(
        self,
        find: Callable[[str], Sequence[Script]],
        render: Callable[[Script], Rendered],
        problems: Callable[[], Sequence[str]],
        uses: Callable[[], Mapping[str, int]],
        score: Callable[[str], tuple[int, Sequence[Finding]]],
    ) -> None:
        super().__init__()
        self._score = score
        self.chosen: Script | None = None
        self._uses = uses
        self._find = find
        self._rendered = render
        self._problems = problems
        self._scripts: list[Script] = []

    def compose(self) -> ComposeResult:
        with Vertical(id="picker"):
            yield Input(placeholder=_("title, words or pinyin initials"), id="picker-input")
            with Horizontal():
                yield Options(id="picker-list", markup=False)
                with VerticalScroll(id="picker-preview-scroll"):
                    yield Static(id="picker-preview", markup=False)
            yield Static(self._foot(), id="picker-foot", markup=False)

    def _foot(self) -> Content:
        keys = key_hints(((" ⏎ ", _("insert")), ("  ↑↓ ", _("choose")), ("  esc ", _("back"))))
        problems = self._problems()
        if problems:
            more = f" (+{len(problems) - 1})" if len(problems) > 1 else ""
            keys += Content.assemble((f"  ✗ {one_line(problems[0])}{more}", "$warning"))
        return keys

    def on_mount(self) -> None:
        self._list("")
        self.query_one("#picker-list").can_focus = False
        self.set_interval(LOOK_AGAIN, self._look_again)

    def _look_again(self) -> None:
        """Show what has changed in the files meanwhile, without moving the cursor."""
        typed = self.query_one(Input).value
        if list(self._find(typed)) != self._scripts:
            options = self.query_one(Options)
            at = options.highlighted
            self._list(typed)
            if at is not None and self._scripts:
                options.highlighted = min(at, len(self._scripts) - 1)
        self.query_one("#picker-foot", Static).update(self._foot())

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._list(event.value)

    def _list(self, typed: str) -> None:
        self._scripts = list(self._find(typed))
        options = self.query_one(Options)
        options.clear_options()
        uses = self._uses()
        options.add_options(_option(script, uses.get(script.id, 0)) for script in self._scripts)
        options.highlighted = 0 if self._scripts else None
        if not self._scripts:
            self.query_one("#picker-preview", Static).update(
                Content.assemble((_("No script matches."), "$muted"))
            )

    @on(OptionList.OptionHighlighted)
    def _preview(self, event: OptionList.OptionHighlighted) -> None:
        if event.option_index >= len(self._scripts):
            return
        script = self._scripts[event.option_index]
        rendered = self._rendered(script)
        text = Content(rendered.text)
        for field in rendered.open_fields:
            text = text.stylize("bold $on-p on $warning", field.start, field.end)
        points, findings = self._score(script.body)
        if points < 100:
            told = Content.assemble((_("tone {score} of 100").format(score=points), "$muted"))
            text = Content("\n").join([text, Content(""), told, *map(finding_line, findings)])
        self.query_one("#picker-preview", Static).update(text)

    @on(OptionList.OptionSelected)
    def _clicked(self, event: OptionList.OptionSelected) -> None:
        self._take(self._scripts[event.option_index])

    @on(Input.Submitted)
    def _chosen(self) -> None:
        highlighted = self.query_one(Options).highlighted
        if highlighted is not None and highlighted < len(self._scripts):
            self._take(self._scripts[highlighted])
        else:
            self.app.bell()

    def _take(self, script: Script) -> None:
        self.chosen = script
        self.dismiss(self._rendered(script))

    def action_move(self, rows: int) -> None:
        self.query_one(Options).move(rows)

    def action_dismiss_none(self) -> None:
        self.dismiss(None)


def _option(script: Script, uses: int) -> Option:
    used = (f"  ×{uses}", "$primary") if uses else ""
    return Option(
        Content.assemble(
            (one_line(script.title), "bold"), (f"  {wording.stage(script.stage)}", "$muted"), used
        )
    )
