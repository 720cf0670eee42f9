"""The response report on the screen."""

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from kefu_tui import wording
from kefu_tui.domain.report import Numbers, ResponseReport, Spread
from kefu_tui.i18n import _, duration
from kefu_tui.services.bundle import Services
from kefu_tui.services.reporting import Period

_BAR_CELLS = 24
_PERIODS = {"t": Period.TODAY, "w": Period.WEEK, "m": Period.MONTH}


class ReportScreen(ModalScreen[None]):
    """Figures of a period: `t` today, `w` the week, `m` the month."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,number_sign", "app.pop_screen", "back", show=False),
        Binding("j,down", "scroll(1)", "down", show=False),
        Binding("k,up", "scroll(-1)", "up", show=False),
        *(
            Binding(key, f"period('{period.value}')", period.value, show=False)
            for key, period in _PERIODS.items()
        ),
    ]

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="report", can_focus=False):
            yield Static(id="report-text", markup=False)

    def on_mount(self) -> None:
        self.action_period(Period.TODAY.value)

    def action_period(self, name: str) -> None:
        report = self._services.reporting.report(Period(name))
        self.query_one("#report-text", Static).update(_told(report))

    def action_scroll(self, lines: int) -> None:
        self.query_one("#report").scroll_relative(y=lines, animate=False)


def _told(report: ResponseReport) -> Content:
    total = report.total
    title = f"{report.since:%Y-%m-%d} – {report.now.astimezone(report.since.tzinfo):%Y-%m-%d %H:%M}"
    lines = [
        Content.assemble((_("Response report"), "bold $primary"), (f"   {title}", "$muted")),
        Content(""),
        _line(
            _("nobody ignored"),
            str(len(report.ignored)),
            _("public messages past 24 h without a reply"),
            alarm=bool(report.ignored),
        ),
        _line(_("answered"), _share(total.answered, total.episodes), f"{total.answered}/{total.episodes}"),
        _spread(_("first response"), total.first_response),
        _line(
            "",
            _("≤10m") + " " + _share(total.within_10m, total.answered),
            _("≤60m") + " " + _share(total.within_60m, total.answered),
        ),
        _spread(_("next response"), total.next_response),
        _spread(_("resolution"), report.resolution),
        _line(
            _("waiting now"),
            str(report.waiting),
            _("late {count}").format(count=report.overdue),
            alarm=bool(report.overdue),
        ),
        _line(_("mentions"), str(report.mentions), _("noise {count}").format(count=report.noise)),
        Content(""),
        *_lags(report.detection_lag),
        Content(""),
        *_bars(_("waiting by age"), report.backlog),
        Content(""),
        *_groups(_("by account"), report.by_account),
        Content(""),
        *_groups(_("by category"), {wording.category(c): n for c, n in report.by_category.items()}),
        Content(""),
        Content.assemble((_("t today · w week · m month · esc back"), "$muted")),
    ]
    return Content("\n").join(lines)


def _line(label: str, value: str, note: str = "", *, alarm: bool = False) -> Content:
    pad = " " * max(18 - cell_len(label), 1)
    style = "bold $error" if alarm else "bold"
    return Content.assemble((f"  {label}{pad}", "$muted"), (value, style), (f"   {note}", "$muted"))


def _spread(label: str, spread: Spread) -> Content:
    if spread.median is None or spread.p90 is None:
        return _line(label, "–", _("nothing measured yet"))
    return _line(
        label,
        _("median {time}").format(time=duration(spread.median)),
        f"P90 {duration(spread.p90)} · n={spread.count}",
    )


def _share(part: int, whole: int) -> str:
    return f"{round(100 * part / whole)}%" if whole else "–"


def _lags(lags: Mapping[str, Spread]) -> list[Content]:
    lines = [Content.assemble((_("detection lag"), "bold"))]
    for account, spread in lags.items():
        p90 = duration(spread.p90 if spread.p90 is not None else timedelta(0))
        lines.append(_line(account, f"P90 {p90}", f"n={spread.count}"))
    return lines


def _bars(title: str, counts: Mapping[str, int]) -> list[Content]:
    most = max(counts.values(), default=0) or 1
    lines = [Content.assemble((title, "bold"))]
    for label, count in counts.items():
        bar = "█" * round(_BAR_CELLS * count / most)
        lines.append(Content.assemble((f"  {label:<18}", "$muted"), (bar, "$primary"), f" {count}"))
    return lines


def _groups(title: str, groups: Mapping[str, Numbers]) -> list[Content]:
    lines = [Content.assemble((title, "bold"))]
    for name, numbers in groups.items():
        median = numbers.first_response.median
        time = duration(median) if median is not None else "–"
        lines.append(
            _line(
                name,
                _share(numbers.answered, numbers.episodes),
                f"{numbers.answered}/{numbers.episodes} · " + _("median {time}").format(time=time),
            )
        )
    return lines
