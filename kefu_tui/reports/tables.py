"""The report as rows for a spreadsheet, and as Markdown for a note or a ticket."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from kefu_tui import wording
from kefu_tui.domain.report import Numbers, ResponseReport, Spread
from kefu_tui.i18n import _, duration
from kefu_tui.plain import one_line
from kefu_tui.reports.figures import Figure, headline, per_cent

Row = tuple[str, str, str, str | int | float | None]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_text(report: ResponseReport, before: ResponseReport | None = None) -> str:
    """One value a line: `section, group, figure, value`.

    The names are the same in every language; times are ISO 8601 in UTC, durations seconds, shares from 0
    to 1. A group that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("section", "group", "figure", "value"))
    for section, group, figure, value in _rows(report, before):
        writer.writerow((section, _harmless(group), figure, "" if value is None else value))
    return out.getvalue()


def _harmless(text: str) -> str:
    line = one_line(text)
    return f"'{line}" if line.startswith(_FORMULA) else line


def _rows(report: ResponseReport, before: ResponseReport | None) -> Iterator[Row]:
    for name, moment in (("since", report.since), ("until", report.until), ("now", report.now)):
        yield "period", "", name, _iso(moment)
    yield "total", "", "mentions", report.mentions
    yield "total", "", "noise", report.noise
    yield "total", "", "ignored", len(report.ignored)
    yield from _of("total", "", report.total)
    yield from _spread_rows("total", "", "resolution", report.resolution)
    if report.in_hours is not None:
        yield from _spread_rows("total", "", "first_response_in_hours", report.in_hours)
    yield "total", "", "waiting", report.waiting
    yield "total", "", "overdue", report.overdue
    if before is not None:
        yield "before", "", "mentions", before.mentions
        yield from _of("before", "", before.total)
        yield from _spread_rows("before", "", "resolution", before.resolution)
    for account, numbers in report.by_account.items():
        yield from _of("account", account, numbers)
    for category, numbers in report.by_category.items():
        yield from _of("category", category.value, numbers)
    for account, lag in report.detection_lag.items():
        yield from _spread_rows("account", account, "detection_lag", lag)
    for reason, count in report.closed_without_reply.items():
        yield "closed_without_reply", reason, "count", count
    for label, count in report.backlog.items():
        yield "backlog", label, "count", count
    for label, count in report.distribution.items():
        yield "distribution", label, "count", count
    for weekday, hours in enumerate(report.heat, 1):
        for hour, count in enumerate(hours):
            yield "heat", f"{weekday}T{hour:02}", "mentions", count
    for day in report.trend:
        when = day.day.isoformat()
        yield "day", when, "mentions", day.mentions
        yield "day", when, "episodes", day.episodes
        yield "day", when, "answered", day.answered
        yield "day", when, "first_response_median", day.median.total_seconds() if day.median else None


def _of(section: str, group: str, numbers: Numbers) -> Iterator[Row]:
    yield section, group, "episodes", numbers.episodes
    yield section, group, "answered", numbers.answered
    yield section, group, "answered_share", numbers.answered_share
    yield section, group, "within_10m", numbers.within_10m
    yield section, group, "within_60m", numbers.within_60m
    yield from _spread_rows(section, group, "first_response", numbers.first_response)
    yield from _spread_rows(section, group, "next_response", numbers.next_response)


def _spread_rows(section: str, group: str, name: str, spread: Spread) -> Iterator[Row]:
    yield section, group, f"{name}_count", spread.count
    yield section, group, f"{name}_median", None if spread.median is None else spread.median.total_seconds()
    yield section, group, f"{name}_p90", None if spread.p90 is None else spread.p90.total_seconds()


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def markdown_text(report: ResponseReport, before: ResponseReport | None, zone: tzinfo) -> str:
    """The report as Markdown tables, with the definition of each figure below."""
    since, until = report.since.astimezone(zone), report.now.astimezone(zone)
    figures = headline(report, before)
    parts = [
        "# " + _("Response report"),
        f"{since:%Y-%m-%d %H:%M} – {until:%Y-%m-%d %H:%M}",
        _table((_("figure"), _("value"), "", _("against before")), map(_figure_cells, figures)),
    ]
    if report.by_account:
        parts += ["## " + _("by account"), _groups(report.by_account)]
    if report.by_category:
        named = {wording.category(category): numbers for category, numbers in report.by_category.items()}
        parts += ["## " + _("by category"), _groups(named)]
    if any(report.distribution.values()):
        parts += ["## " + _("first responses by length"), _counts(report.distribution)]
    parts += ["## " + _("waiting by age"), _counts(report.backlog)]
    if len(report.trend) > 1:
        parts += ["## " + _("day by day"), _days(report)]
    told = dict.fromkeys((figure.label, figure.definition) for figure in figures if figure.definition)
    parts += ["## " + _("definitions"), "\n".join(f"- **{_cell(k)}** – {_cell(v)}" for k, v in told)]
    return "\n\n".join(parts) + "\n"


def _figure_cells(figure: Figure) -> tuple[str, ...]:
    return figure.label, f"**{figure.value}**", figure.note, figure.change


def _groups(groups: Mapping[str, Numbers]) -> str:
    return _table(
        ("", _("answered"), _("first response"), "P90"),
        (
            (
                name,
                f"{per_cent(numbers.answered, numbers.episodes)} ({numbers.answered}/{numbers.episodes})",
                _time(numbers.first_response.median),
                _time(numbers.first_response.p90),
            )
            for name, numbers in groups.items()
        ),
    )


def _counts(counts: Mapping[str, int]) -> str:
    return _table(list(counts), [[str(count) for count in counts.values()]])


def _days(report: ResponseReport) -> str:
    return _table(
        (_("day"), _("mentions"), _("answered"), _("first response")),
        (
            (day.day.isoformat(), str(day.mentions), f"{day.answered}/{day.episodes}", _time(day.median))
            for day in report.trend
        ),
    )


def _time(length: timedelta | None) -> str:
    return "–" if length is None else duration(length)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(text: str) -> str:
    """Text that stays in its cell and is never markup."""
    line = one_line(text).replace("\\", "\\\\")
    for sign in "|<>[]`_":
        line = line.replace(sign, f"\\{sign}")
    return line
