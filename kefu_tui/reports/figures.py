"""The headline figures of a report, once for every format: label, value, what it was before, definition."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from kefu_tui import wording
from kefu_tui.domain.report import Numbers, ResponseReport, Spread
from kefu_tui.i18n import _, duration


@dataclass(frozen=True, slots=True)
class Figure:
    """One printed number.

    `change` is how it differs from the period before (empty where there is nothing to compare), `is_better`
    whether that is good news, None where it is neither. `definition` is how it is computed.
    """

    id: str
    label: str
    value: str
    note: str = ""
    change: str = ""
    is_better: bool | None = None
    definition: str = ""


def headline(report: ResponseReport, before: ResponseReport | None) -> Sequence[Figure]:
    """The figures a founder looks at first, the one that matters most on top."""
    total, earlier = report.total, before.total if before else None
    return [
        Figure(
            "ignored",
            _("nobody ignored"),
            str(len(report.ignored)),
            _("public messages past 24 h without a reply"),
            definition=wording.definition("ignored"),
        ),
        Figure(
            "answered",
            _("answered"),
            per_cent(total.answered, total.episodes),
            f"{total.answered}/{total.episodes}",
            *_points(total, earlier),
            definition=wording.definition("answered"),
        ),
        *_spread(
            "first_response",
            _("first response"),
            total.first_response,
            earlier.first_response if earlier else None,
        ),
        Figure(
            "within",
            _("within 10 min / 60 min"),
            f"{per_cent(total.within_10m, total.answered)} / {per_cent(total.within_60m, total.answered)}",
            definition=wording.definition("first_response"),
        ),
        *(_in_hours(report.in_hours) if report.in_hours is not None else ()),
        *_spread(
            "next_response",
            _("next response"),
            total.next_response,
            earlier.next_response if earlier else None,
        ),
        *_spread("resolution", _("resolution"), report.resolution, before.resolution if before else None),
        Figure(
            "waiting",
            _("waiting now"),
            str(report.waiting),
            _("late {count}").format(count=report.overdue),
            definition=wording.definition("waiting_since"),
        ),
        Figure(
            "mentions",
            _("mentions"),
            str(report.mentions),
            _("noise {count}").format(count=report.noise),
            f"{report.mentions - before.mentions:+d}" if before and before.mentions else "",
        ),
    ]


def per_cent(part: int, whole: int) -> str:
    """A share in whole per cent; a dash of nothing."""
    return f"{round(100 * part / whole)}%" if whole else "–"


def _points(now: Numbers, before: Numbers | None) -> tuple[str, bool | None]:
    """The change of the answered share in percentage points."""
    if before is None or now.answered_share is None or before.answered_share is None:
        return "", None
    points = round(100 * (now.answered_share - before.answered_share))
    return (f"{points:+d}%", points > 0) if points else ("±0", None)


def _spread(
    name: str, label: str, spread: Spread, before: Spread | None, definition: str = ""
) -> Sequence[Figure]:
    told = definition or wording.definition(name)
    if spread.median is None or spread.p90 is None:
        return [Figure(name, label, "–", _("nothing measured yet"), definition=told)]
    change, better = _change(spread.median, before.median if before else None)
    note = f"P90 {duration(spread.p90)} · n={spread.count}"
    median = _("median {time}").format(time=duration(spread.median))
    return [Figure(name, label, median, note, change, better, told)]


def _in_hours(spread: Spread) -> Sequence[Figure]:
    words = _("the same, counting only your own hours; asked and answered outside them counts in full")
    return _spread("first_response_in_hours", _("within your hours"), spread, None, words)


def _change(now: timedelta, before: timedelta | None) -> tuple[str, bool | None]:
    if before is None:
        return "", None
    if now == before:
        return "±0", None
    sign = "+" if now > before else "−"
    return f"{sign}{duration(abs(now - before))}", now < before
