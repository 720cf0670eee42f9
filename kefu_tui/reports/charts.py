"""Charts as SVG: drawn with rectangles and text alone, coloured by the page's own variables.

Every chart says its figures in words too (`<title>`), so that nobody needs to see it.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from html import escape

from kefu_tui.domain.report import DayFigures
from kefu_tui.i18n import _, duration

_CELL, _GAP, _LEFT, _TOP = 22, 2, 44, 18


def weekdays() -> list[str]:
    """The names of the days, Monday first."""
    return [_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun")]


def heat_map(heat: Sequence[Sequence[int]]) -> str:
    """Mentions by weekday and hour: the darker a cell, the more came."""
    most = max((count for row in heat for count in row), default=0) or 1
    width = _LEFT + 24 * (_CELL + _GAP)
    height = _TOP + 7 * (_CELL + _GAP)
    parts = [_text(_LEFT + hour * (_CELL + _GAP), 12, f"{hour}", "axis") for hour in range(0, 24, 3)]
    for row, (name, counts) in enumerate(zip(weekdays(), heat, strict=True)):
        y = _TOP + row * (_CELL + _GAP)
        parts.append(_text(0, y + 15, name, "axis"))
        for hour, count in enumerate(counts):
            x = _LEFT + hour * (_CELL + _GAP)
            strength = 0.07 + 0.93 * count / most if count else 0.04
            told = f"{name} {hour:02}:00 · {count}"
            parts.append(
                f'<rect x="{x}" y="{y}" width="{_CELL}" height="{_CELL}" rx="3" class="heat"'
                f' fill-opacity="{strength:.2f}"><title>{escape(told)}</title></rect>'
            )
    return _svg(width, height, _("mentions by weekday and hour"), parts)


def bars(counts: Mapping[str, int], title: str) -> str:
    """A bar for each label with its count."""
    most = max(counts.values(), default=0) or 1
    parts = []
    for row, (label, count) in enumerate(counts.items()):
        y = row * 26
        length = round(400 * count / most)
        parts.append(_text(0, y + 16, label, "axis"))
        parts.append(
            f'<rect x="64" y="{y + 3}" width="{max(length, 1)}" height="18" rx="3" class="bar">'
            f"<title>{escape(f'{label}: {count}')}</title></rect>"
        )
        parts.append(_text(72 + length, y + 17, str(count), "count"))
    return _svg(540, max(len(counts), 1) * 26, title, parts)


def trend(days: Sequence[DayFigures]) -> str:
    """Mentions a day as bars, the median first response as a line over them."""
    most = max((day.mentions for day in days), default=0) or 1
    slowest = max((day.median for day in days if day.median is not None), default=timedelta(0))
    step = max(min(48, 560 / max(len(days), 1)), 4)
    width, height = round(_LEFT + step * len(days) + 60), 190
    parts = [
        _text(0, 14, str(most), "axis"),
        _text(width - 56, 14, duration(slowest) if slowest else "", "line"),
    ]
    line: list[str] = []
    for place, day in enumerate(days):
        x = _LEFT + place * step
        tall = round(140 * day.mentions / most)
        told = f"{day.day.isoformat()} · {day.mentions} · {day.answered}/{day.episodes}"
        if day.median is not None:
            told += f" · {duration(day.median)}"
            y = 160 - 140 * day.median.total_seconds() / (slowest.total_seconds() or 1)
            line.append(f"{x + step / 2:.0f},{y:.0f}")
        parts.append(
            f'<rect x="{x:.0f}" y="{160 - tall}" width="{max(step - 3, 2):.0f}" height="{max(tall, 1)}"'
            f' rx="2" class="bar"><title>{escape(told)}</title></rect>'
        )
        if place % max(len(days) // 8, 1) == 0:
            parts.append(_text(round(x), 178, f"{day.day:%m-%d}", "axis"))
    if len(line) > 1:
        parts.append(f'<polyline points="{" ".join(line)}" class="trend"/>')
    else:
        parts += [f'<circle cx="{x}" cy="{y}" r="3" class="dot"/>' for x, y in (p.split(",") for p in line)]
    return _svg(width, height, _("mentions a day (bars) and median first response (line)"), parts)


def _text(x: float, y: float, words: str, kind: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" class="{kind}">{escape(words)}</text>'


def _svg(width: int, height: int, title: str, parts: Sequence[str]) -> str:
    label = escape(title, quote=True)
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" aria-label="{label}">'
        f"<title>{label}</title>{''.join(parts)}</svg>"
    )
