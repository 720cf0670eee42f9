"""The report as one HTML page that needs nothing else: no script, no font, no request."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import tzinfo
from html import escape
from pathlib import Path

from kefu_tui import i18n, wording
from kefu_tui.domain.report import Numbers, ResponseReport
from kefu_tui.i18n import _, duration
from kefu_tui.plain import one_line
from kefu_tui.reports import charts
from kefu_tui.reports.figures import Figure, headline, per_cent

_LANG = {"zh_Hans": "zh-Hans", "zh_Hant": "zh-Hant", "en": "en"}


def page(report: ResponseReport, before: ResponseReport | None, zone: tzinfo, title: str = "") -> str:
    """The whole page, in the language spoken now; what came from outside is text and nothing else."""
    since, until = report.since.astimezone(zone), report.now.astimezone(zone)
    heading = _("Response report")
    name = escape(one_line(title))
    figures = headline(report, before)
    parts = [
        f"<h1>{escape(heading)}{' · ' + name if name else ''}</h1>",
        f'<p class="when">{since:%Y-%m-%d %H:%M} – {until:%Y-%m-%d %H:%M} ({escape(str(zone))})</p>',
        f'<div class="figures">{"".join(map(_figure, figures))}</div>',
    ]
    if len(report.trend) > 1:
        parts += _section(_("day by day"), charts.trend(report.trend))
    parts += _section(_("when they write"), charts.heat_map(report.heat))
    if any(report.distribution.values()):
        parts += _section(
            _("first responses by length"),
            charts.bars(report.distribution, _("first responses by length")),
        )
    parts += _section(_("waiting by age"), charts.bars(report.backlog, _("waiting by age")))
    if report.by_account:
        parts += [_heading(_("by account")), _groups(report.by_account)]
    if report.by_category:
        named = {wording.category(category): numbers for category, numbers in report.by_category.items()}
        parts += [_heading(_("by category")), _groups(named)]
    parts += [_heading(_("definitions")), _definitions(figures)]
    lang = _LANG.get(i18n.language(), "en")
    return (
        f'<!doctype html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy"'
        " content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(heading)} {since:%Y-%m-%d}</title>\n<style>{_style()}</style>\n</head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body>\n</html>\n"
    )


def _style() -> str:
    return Path(__file__).with_name("page.css").read_text(encoding="utf-8")


def _figure(figure: Figure) -> str:
    change = ""
    if figure.change:
        kind = "" if figure.is_better is None else ' class="good"' if figure.is_better else ' class="bad"'
        change = f" <small{kind}>{escape(figure.change)}</small>"
    alarm = ' class="bad"' if figure.id == "ignored" and figure.value != "0" else ""
    label = f'<abbr title="{escape(figure.definition, quote=True)}">{escape(figure.label)}</abbr>'
    return (
        f'<div class="figure">{label}<b{alarm}>{escape(figure.value)}{change}</b>'
        f'<span class="note">{escape(figure.note)}</span></div>'
    )


def _heading(title: str) -> str:
    return f"<h2>{escape(title)}</h2>"


def _section(title: str, chart: str) -> Sequence[str]:
    return [_heading(title), f'<div class="chart">{chart}</div>']


def _groups(groups: Mapping[str, Numbers]) -> str:
    rows = (
        (
            one_line(name),
            f"{per_cent(numbers.answered, numbers.episodes)} ({numbers.answered}/{numbers.episodes})",
            "–" if numbers.first_response.median is None else duration(numbers.first_response.median),
            "–" if numbers.first_response.p90 is None else duration(numbers.first_response.p90),
        )
        for name, numbers in groups.items()
    )
    return _table(("", _("answered"), _("first response"), "P90"), rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _definitions(figures: Sequence[Figure]) -> str:
    told = dict.fromkeys((figure.label, figure.definition) for figure in figures if figure.definition)
    return "<dl>" + "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in told) + "</dl>"
