"""The response report on the screen."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from kefu_tui.i18n import _
from kefu_tui.output import definition_lines, report_lines
from kefu_tui.services.bundle import Services
from kefu_tui.services.reporting import Period
from kefu_tui.tui.actions import with_twins

_PERIODS = {"t": Period.TODAY, "w": Period.WEEK, "m": Period.MONTH}


class ReportScreen(ModalScreen[None]):
    """Figures of a period: `t` today, `w` the week, `m` the month; `?` says how each is computed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(with_twins("escape", "q", "enter", "#"), "app.pop_screen", "back", show=False),
        Binding(with_twins("j", "down"), "scroll(1)", "down", show=False),
        Binding(with_twins("k", "up"), "scroll(-1)", "up", show=False),
        Binding(with_twins("?"), "define", "definitions", show=False),
        *(
            Binding(with_twins(key), f"period('{period.value}')", period.value, show=False)
            for key, period in _PERIODS.items()
        ),
    ]

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services
        self._period = Period.TODAY
        self._defining = False

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="report", can_focus=False):
            yield Static(id="report-text", markup=False)

    def on_mount(self) -> None:
        self.action_period(Period.TODAY.value)

    def action_period(self, name: str) -> None:
        """Show the report as `kefu report` prints it: one telling for the screen and the command."""
        self._period = Period(name)
        self._defining = False
        self._show()

    def action_define(self) -> None:
        """How each figure is computed, and back to the figures."""
        self._defining = not self._defining
        self._show()
        self.query_one("#report").scroll_home(animate=False)

    def _show(self) -> None:
        reporting = self._services.reporting
        report = reporting.report(self._period)
        told = (
            definition_lines()
            if self._defining
            else report_lines(report, self._services.zone, reporting.before(report))
        )
        lines = [Content.from_rich_text(line) for line in told]
        hint = Content.assemble((_("t today · w week · m month · ? definitions · esc back"), "$muted"))
        self.query_one("#report-text", Static).update(Content("\n").join([*lines, Content(""), hint]))

    def action_scroll(self, lines: int) -> None:
        self.query_one("#report").scroll_relative(y=lines, animate=False)
