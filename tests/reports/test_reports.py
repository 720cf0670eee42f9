"""The report in the forms a file may have: the same figures, and nothing from outside that acts."""

import csv
import io
import re
import xml.etree.ElementTree as ET
from datetime import UTC, timedelta
from html.parser import HTMLParser

import pytest

from kefu_tui import i18n
from kefu_tui.domain.clocks import Targets
from kefu_tui.domain.feed import summarise
from kefu_tui.domain.report import RESPONSE_BINS, ResponseReport, facts, respond
from kefu_tui.domain.verdict import Category
from kefu_tui.output import report_lines
from kefu_tui.reports import charts
from kefu_tui.reports.figures import headline
from kefu_tui.reports.html import page
from kefu_tui.reports.tables import csv_text, markdown_text
from tests.builders import EPOCH, a_case, a_mention, a_verdict, an_outbound, at, minutes

NASTY = '=1+1|"<script>alert(1)</script>'


def a_report(
    *, answered_after: float = 12, days: int = 3, account: str = "shop", hours: bool = False
) -> ResponseReport:
    """Three customers a day, two of them answered."""
    cases, mentions = [], {}
    for day in range(days):
        for number in range(3):
            posted = day * 1440 + number * 60
            lead = a_mention(
                id=f"p{day}-{number}",
                account=account,
                posted_at=at(posted),
                verdict=a_verdict(category=Category.COMPLAINT),
                case_id=f"case/{day}-{number}",
            )
            mentions[lead.key] = lead
            then = (
                [an_outbound([lead], id=f"r{day}-{number}", at=at(posted + answered_after))] if number else []
            )
            cases.append(a_case([lead], id=lead.case_id, account=account, then=then))
    rows = [facts(summarise(case, mentions, Targets()), mentions.get) for case in cases]
    now = at(days * 1440)
    measure = (lambda start, end: (end - start) / 2) if hours else None
    return respond(rows, since=EPOCH, until=now, now=now, in_hours=measure)


@pytest.fixture(autouse=True)
def english():
    with i18n.using("en"):
        yield


class TestFigures:
    def test_the_distribution_counts_every_first_response_once(self) -> None:
        report = a_report(answered_after=30)
        assert report.distribution == {label: 6 if label == "≤30m" else 0 for label, _ in RESPONSE_BINS}

    def test_the_heat_map_has_every_mention_in_its_local_hour_and_day(self) -> None:
        report = a_report()
        assert sum(map(sum, report.heat)) == report.mentions == sum(report.by_hour)
        assert report.heat[EPOCH.weekday()][EPOCH.hour] == 1

    def test_the_trend_has_a_day_for_each_of_the_period_also_the_empty_ones(self) -> None:
        report = a_report(days=3)
        assert [(day.mentions, day.episodes, day.answered) for day in report.trend][:2] == [
            (3, 3, 2),
            (3, 3, 2),
        ]
        assert report.trend[0].median == minutes(12)
        assert [b.day - a.day for a, b in zip(report.trend, report.trend[1:], strict=False)] == [
            timedelta(days=1)
        ] * (len(report.trend) - 1)

    def test_our_own_hours_are_a_second_figure_and_change_no_other(self) -> None:
        plain, within = a_report(), a_report(hours=True)
        assert plain.in_hours is None
        assert within.in_hours is not None
        assert within.in_hours.median == minutes(6)
        assert within.total == plain.total

    def test_a_change_says_which_way_it_went_and_whether_that_is_good(self) -> None:
        figures = {figure.id: figure for figure in headline(a_report(), a_report(answered_after=20))}
        assert (figures["first_response"].change, figures["first_response"].is_better) == ("−8m", True)
        assert (figures["answered"].change, figures["answered"].is_better) == ("±0", None)

    def test_every_figure_that_measures_says_how_it_is_defined(self) -> None:
        without = [figure.id for figure in headline(a_report(hours=True), None) if not figure.definition]
        assert without == ["mentions"]


class TestCsv:
    def test_one_value_a_line_with_names_that_no_language_changes(self) -> None:
        with i18n.using("zh_Hans"):
            rows = list(csv.DictReader(io.StringIO(csv_text(a_report(), a_report()))))
        found = {(row["section"], row["group"], row["figure"]): row["value"] for row in rows}
        assert found["total", "", "first_response_median"] == "720.0"
        assert found["before", "", "answered"] == "6"
        assert found["account", "shop", "episodes"] == "9"
        assert found["category", "投诉", "answered"] == "6"
        assert sum(int(row["value"]) for row in rows if row["section"] == "heat") == 9

    def test_a_name_is_never_a_formula(self) -> None:
        rows = csv.reader(io.StringIO(csv_text(a_report(account=NASTY))))
        assert {row[1][:1] for row in rows} & set("=+-@") == set()


class TestMarkdown:
    def test_the_figures_stand_in_tables_and_nothing_breaks_out_of_its_cell(self) -> None:
        text = markdown_text(a_report(account=NASTY), a_report(), UTC)
        tables = [line for line in text.splitlines() if line.startswith("|")]
        assert any("| answered | **67%** | 6/9 |" in line for line in tables)
        assert "<script>" not in text
        assert r"=1+1\|" in text


class Outline(HTMLParser):
    """The elements of a page, and what it would load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes += attrs
        if tag not in ("meta", "rect", "polyline", "circle"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("rect", "polyline", "circle"):
            assert self.open.pop() == tag


class TestHtml:
    def outline(self, text: str) -> Outline:
        found = Outline()
        found.feed(text)
        return found

    def test_it_is_whole_and_needs_nothing_from_outside(self) -> None:
        found = self.outline(page(a_report(account=NASTY), a_report(), UTC, NASTY))
        assert found.open == []
        assert not {"script", "link", "img", "iframe", "object"} & set(found.seen)
        assert [
            name for name, _ in found.attributes if name in ("src", "href") or name.startswith("on")
        ] == []

    def test_it_has_a_chart_of_days_hours_and_lengths_and_says_how_figures_are_defined(self) -> None:
        text = page(a_report(), None, UTC)
        assert text.count("<svg") == 4
        assert "when they write" in text
        assert "from the customer&#x27;s post on the platform" in text

    def test_the_page_speaks_the_founders_language(self) -> None:
        with i18n.using("zh_Hans"):
            text = page(a_report(), None, UTC)
        assert '<html lang="zh-Hans">' in text
        assert "响应报告" in text

    @pytest.mark.parametrize("days", [1, 92])
    def test_charts_are_sound_svg(self, days: int) -> None:
        report = a_report(days=days)
        drawn = [
            charts.heat_map(report.heat),
            charts.bars(report.distribution, 'a "title" & <more>'),
            charts.trend(report.trend),
        ]
        for chart in drawn:
            root = ET.fromstring(chart)  # noqa: S314 - our own text
            assert root.attrib["aria-label"]
            assert len(root.findall(".//title")) >= 1

    def test_charts_of_nothing_are_charts(self) -> None:
        ET.fromstring(charts.heat_map([[0] * 24] * 7))  # noqa: S314
        ET.fromstring(charts.bars({}, "none"))  # noqa: S314
        ET.fromstring(charts.trend(()))  # noqa: S314


class TestInTheTerminal:
    def lines(self, report: ResponseReport, before: ResponseReport | None = None) -> list[str]:
        return [line.plain for line in report_lines(report, UTC, before)]

    def test_the_heat_map_is_as_wide_as_a_day_and_says_the_busiest_hour(self) -> None:
        lines = self.lines(a_report(days=7))
        start = lines.index("when they write")
        assert [line[2:5] for line in lines[start + 2 : start + 9]] == charts.weekdays()
        assert all(len(line) <= 8 + 48 for line in lines[start + 1 : start + 9])
        assert re.match(r"  busiest: \w+ \d+:00, 1$", lines[start + 9])

    def test_the_trend_has_a_column_for_each_day(self) -> None:
        lines = self.lines(a_report(days=3))
        assert any("≤12m" in line for line in lines)

    def test_changes_against_the_period_before_stand_beside_their_figures(self) -> None:
        lines = self.lines(a_report(), a_report(answered_after=20))
        assert any("−8m against before" in line for line in lines)

    def test_a_period_without_anything_draws_no_charts(self) -> None:
        report = respond([], since=EPOCH, until=at(60), now=at(60))
        assert not any("when they write" in line for line in self.lines(report))
