"""The feed, a case and the report as lines of text, for the commands that print.

Widths are in terminal cells. Text from outside is only ever appended to a `Text`, never read as markup.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta, tzinfo
from math import ceil

from rich.cells import cell_len
from rich.text import Text

from kefu_tui import wording
from kefu_tui.case_ids import CaseIds, case_ids
from kefu_tui.domain.case import WorkState
from kefu_tui.domain.clocks import DEFINITIONS
from kefu_tui.domain.feed import CaseSummary, View
from kefu_tui.domain.report import DayFigures, Numbers, ResponseReport, Spread
from kefu_tui.domain.verdict import Priority
from kefu_tui.i18n import _, duration
from kefu_tui.plain import one_line
from kefu_tui.reports.charts import weekdays
from kefu_tui.reports.figures import headline
from kefu_tui.services.bundle import Services

PRIORITY_STYLES = {Priority.P0: "bold red", Priority.P1: "yellow", Priority.P2: "", Priority.P3: "dim"}
_LABEL = 20  # cells
_BAR = 30


def feed_lines(services: Services, view: View | None, cases: Sequence[CaseSummary]) -> Iterator[Text]:
    """The views with their counts, then two lines for each case: how it stands and why, what was written.

    `view` is the one shown, None for what a filter found.
    """
    yield _counts(services.feed.counts(), view)
    yield Text()
    if not cases:
        yield Text(_("Nothing here."), "dim")
    ids = case_ids(services.store)
    for summary in cases:
        yield case_heading(services, summary, ids)
        more = f"  (+{summary.unanswered - 1})" if summary.unanswered > 1 else ""
        yield Text(f"        {one_line(summary.lead.post.text)}").append(more, "dim")


def _counts(counts: Mapping[View, int], shown: View | None) -> Text:
    parts = [
        Text(f"{wording.view(view)} {count}", "bold" if view is shown else "dim")
        for view, count in counts.items()
    ]
    return Text(" · ").join(parts)


def case_heading(services: Services, summary: CaseSummary, ids: CaseIds) -> Text:
    """Where a case stands, on one line: name, priority, account, author, category, clock, reasons."""
    now = services.feed.now()
    priority, raised = summary.priority(now)
    author = summary.lead.post.author
    line = Text(ids.short(summary.case.id), "dim")
    line.append(f"  {priority.name}  ", PRIORITY_STYLES[priority])
    line.append(_pad(one_line(summary.case.account), 9))
    line.append(_pad(one_line(author.display_name), 20), "bold")
    line.append(_pad(wording.category(summary.verdict.category), 10))
    clock, late = _standing(summary, services)
    line.append(clock, "bold red" if late else "")
    if summary.tags:
        line.append(f"  {wording.tags(summary.tags)}", "cyan")
    reasons = wording.verdict_line(summary.verdict, raised)
    if reasons:
        line.append(f"  {reasons}", "dim")
    return line


def _standing(summary: CaseSummary, services: Services) -> tuple[str, bool]:
    """Whose turn it is and since when; the flag says that we are late. Nobody waits behind noise."""
    if summary.is_noise:
        return wording.view(View.NOISE), False
    now = services.feed.now()
    state = summary.state(now)
    waiting = summary.waiting(now)
    if state is not WorkState.WAITING_US or waiting is None:
        return wording.state(state), False
    words = _("waited {duration}").format(duration=duration(waiting))
    if summary.due is None:
        return words, False
    late = summary.due.late_by(now)
    if late > timedelta(0):
        return words + ", " + _("{duration} late").format(duration=duration(late)), True
    return words + ", " + _("due in {duration}").format(duration=duration(-late)), False


def report_lines(
    report: ResponseReport, zone: tzinfo, before: ResponseReport | None = None
) -> Iterator[Text]:
    """The response report: the headline figure first, then how long customers waited, then by group.

    `before` is the period before, to compare with.
    """
    since, until = report.since.astimezone(zone), report.now.astimezone(zone)
    yield Text(_("Response report"), "bold").append(
        f"  {since:%Y-%m-%d %H:%M} – {until:%Y-%m-%d %H:%M}", "dim"
    )
    total = report.total
    yield _figure(
        _("nobody ignored"),
        str(len(report.ignored)),
        _("public messages past 24 h without a reply"),
        alarm=bool(report.ignored),
    )
    changes = {figure.id: figure for figure in headline(report, before)}

    def compared(line: Text, name: str) -> Text:
        figure = changes.get(name)
        if figure is None or not figure.change:
            return line
        style = "" if figure.is_better is None else "green" if figure.is_better else "red"
        return line.append("  " + _("{change} against before").format(change=figure.change), style)

    answered = _figure(
        _("answered"), share(total.answered, total.episodes), f"{total.answered}/{total.episodes}"
    )
    yield compared(answered, "answered")
    yield compared(_spread(_("first response"), total.first_response), "first_response")
    yield _figure(
        "",
        _("within 10 min {share}").format(share=share(total.within_10m, total.answered)),
        _("within 60 min {share}").format(share=share(total.within_60m, total.answered)),
    )
    if report.in_hours is not None:
        yield _spread(_("within your hours"), report.in_hours)
    yield compared(_spread(_("next response"), total.next_response), "next_response")
    yield compared(_spread(_("resolution"), report.resolution), "resolution")
    oldest = report.oldest_waiting_since
    late = _("late {count}").format(count=report.overdue)
    if oldest is not None:
        late += " · " + _("oldest {duration}").format(duration=duration(report.now - oldest))
    yield _figure(_("waiting now"), str(report.waiting), late, alarm=bool(report.overdue))
    yield _figure(_("mentions"), str(report.mentions), _("noise {count}").format(count=report.noise))
    for reason, count in report.closed_without_reply.items():
        yield _figure(_("no reply"), str(count), wording.close_reason(reason))
    yield from _lags(report.detection_lag)
    yield from _bars(_("waiting by age"), report.backlog)
    if any(report.distribution.values()):
        yield from _bars(_("first responses by length"), report.distribution)
    yield from _heat(report.heat)
    if len(report.trend) > 1:
        yield from _trend(report.trend)
    yield from _groups(_("by account"), {one_line(name): n for name, n in report.by_account.items()})
    yield from _groups(_("by category"), {wording.category(c): n for c, n in report.by_category.items()})


def definition_lines() -> Iterator[Text]:
    """How each figure of the report is computed."""
    for name in DEFINITIONS:
        yield Text(wording.figure(name), "bold").append(f"  {wording.definition(name)}", "not bold")


def share(part: int, whole: int) -> str:
    """A share in whole per cent; a dash of nothing."""
    return f"{round(100 * part / whole)}%" if whole else "–"


def _figure(label: str, value: str, note: str = "", *, alarm: bool = False) -> Text:
    line = Text(f"  {_pad(label, _LABEL)}", "dim")
    line.append(value, "not dim bold red" if alarm else "not dim bold")
    return line.append(f"  {note}") if note else line


def _spread(label: str, spread: Spread) -> Text:
    if spread.median is None or spread.p90 is None:
        return _figure(label, "–", _("nothing measured yet"))
    median = _("median {time}").format(time=duration(spread.median))
    return _figure(label, median, f"P90 {duration(spread.p90)} · n={spread.count}")


def _lags(lags: Mapping[str, Spread]) -> Iterator[Text]:
    if lags:
        yield from _heading(_("detection lag"))
    for account, spread in lags.items():
        if spread.p90 is not None:
            yield _figure(one_line(account), f"P90 {duration(spread.p90)}", f"n={spread.count}")


def _bars(title: str, counts: Mapping[str, int]) -> Iterator[Text]:
    yield from _heading(title)
    most = max(counts.values(), default=0) or 1
    for label, count in counts.items():
        bar = "█" * round(_BAR * count / most)
        yield Text(f"  {_pad(label, _LABEL)}", "dim").append(f"{bar} {count}".strip(), "not dim")


_SHADES = " ·░▒▓█"
_EIGHTHS = " ▁▂▃▄▅▆▇█"


def _heat(heat: Sequence[Sequence[int]]) -> Iterator[Text]:
    """Mentions by weekday and hour, two cells an hour; the busiest hour is said in words."""
    most = max((count for row in heat for count in row), default=0)
    if not most:
        return
    yield from _heading(_("when they write"))
    names = weekdays()
    yield Text("  " + _pad("", 6) + "".join(_pad(f"{hour}", 6) for hour in range(0, 24, 3)), "dim")
    for name, row in zip(names, heat, strict=True):
        cells = "".join(_shade(count, most) * 2 for count in row)
        yield Text(f"  {_pad(name, 6)}", "dim").append(cells.rstrip() or " ", "not dim yellow")
    day, hour = max(((d, h) for d in range(7) for h in range(24)), key=lambda at: heat[at[0]][at[1]])
    words = _("busiest: {day} {hour}:00, {count}").format(day=names[day], hour=hour, count=most)
    yield Text(f"  {words}", "dim")


def _shade(count: int, most: int) -> str:
    """A shade for a count: any mention at all can be seen."""
    return _SHADES[ceil(count / most * (len(_SHADES) - 1))]


def _trend(days: Sequence[DayFigures]) -> Iterator[Text]:
    """Mentions and the median first response, a column a day."""
    yield from _heading(_("day by day"))
    most = max(day.mentions for day in days) or 1
    medians = [day.median.total_seconds() for day in days if day.median is not None]
    slowest = max(medians, default=0) or 1
    wide = 2 if len(days) <= 31 else 1
    mentions = "".join(_EIGHTHS[ceil(day.mentions / most * 8)] * wide for day in days)
    waits = "".join(
        (_EIGHTHS[max(ceil(day.median.total_seconds() / slowest * 8), 1)] if day.median is not None else " ")
        * wide
        for day in days
    )
    first, last = f"{days[0].day:%m-%d}", f"{days[-1].day:%m-%d}"
    label = _pad(_("mentions"), _LABEL)
    yield Text(f"  {label}", "dim").append(mentions, "not dim").append(f" ≤{most}", "dim")
    longest = duration(timedelta(seconds=slowest)) if medians else "–"
    label = _pad(_("first response"), _LABEL)
    yield Text(f"  {label}", "dim").append(waits, "not dim green").append(f" ≤{longest}", "dim")
    yield Text(f"  {_pad('', _LABEL)}{first} – {last}", "dim")


def _groups(title: str, groups: Mapping[str, Numbers]) -> Iterator[Text]:
    if groups:
        yield from _heading(title)
    for name, numbers in groups.items():
        spread = numbers.first_response
        times = "–"
        if spread.median is not None and spread.p90 is not None:
            median = _("median {time}").format(time=duration(spread.median))
            times = f"{median} · P90 {duration(spread.p90)}"
        answered = f"{share(numbers.answered, numbers.episodes)} ({numbers.answered}/{numbers.episodes})"
        yield _figure(name, _pad(answered, 14), times)


def _heading(title: str) -> Iterator[Text]:
    yield Text()
    yield Text(title, "bold")


def _pad(text: str, width: int) -> str:
    """The text with spaces up to `width` cells, and at least one after it."""
    return text + " " * max(width - cell_len(text), 1 if text else width)
