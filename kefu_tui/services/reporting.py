"""The figures: the header's for today, and the response report of a period."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from enum import StrEnum

from kefu_tui.domain.feed import CaseSummary
from kefu_tui.domain.hours import WorkingCalendar
from kefu_tui.domain.report import CaseFacts, ResponseReport, facts, respond
from kefu_tui.domain.settled import AT_HAND
from kefu_tui.ports import Clock, Store
from kefu_tui.services.feed import Feed, HeaderNumbers


class Period(StrEnum):
    TODAY = "today"
    WEEK = "week"
    MONTH = "month"


class Reporting:
    """Computes reports over what is stored; `zone` decides when a day begins.

    Each case is read once for as long as it does not change.
    """

    def __init__(
        self, store: Store, feed: Feed, clock: Clock, zone: tzinfo, hours: WorkingCalendar | None = None
    ) -> None:
        self._hours = hours
        self._store = store
        self._feed = feed
        self._clock = clock
        self._zone = zone
        self._facts: dict[str, CaseFacts] = {}
        self._today: tuple[tuple[int, datetime], _Today] | None = (
            None  # (revision, midnight) -> the day so far
        )

    def midnight(self) -> datetime:
        """The beginning of the local day."""
        local = self._clock.now().astimezone(self._zone)
        return local.replace(hour=0, minute=0, second=0, microsecond=0)

    def report(self, period: Period = Period.TODAY, *, since: datetime | None = None) -> ResponseReport:
        """The response report from the period's beginning (or `since`) until now."""
        days = {Period.TODAY: 0, Period.WEEK: 6, Period.MONTH: 29}[period]
        begin = since.astimezone(self._zone) if since else self.midnight() - timedelta(days=days)
        now = self._clock.now()
        # a post dated at this very instant belongs to the period
        until = now + timedelta(microseconds=1)
        return self._respond(begin, until, now)

    def before(self, report: ResponseReport) -> ResponseReport:
        """The report of the period before, just as long; what waits now is not what waited then."""
        if report.trend and report.since.time() == time(0):  # whole days: until the same time of day
            length = timedelta(days=(report.now.astimezone(self._zone).date() - report.since.date()).days + 1)
        else:
            length = report.now - report.since
        until = report.now.astimezone(self._zone) - length
        return self._respond(report.since - length, min(until, report.since), until)

    def _respond(self, since: datetime, until: datetime, now: datetime) -> ResponseReport:
        measure = self._hours.waited if self._hours is not None else None
        found = self._all_facts()
        if self._clock.now() - since >= AT_HAND:
            found += [facts(one, self._store.mention) for one in self._feed.archived_summaries(since)]
        return respond(found, since=since, until=until, now=now, in_hours=measure)

    def _all_facts(self) -> list[CaseFacts]:
        return [self._facts_of(summary) for summary in self._feed.summaries()]

    def _facts_of(self, summary: CaseSummary) -> CaseFacts:
        known = self._facts.get(summary.case.id)
        if known is None or known.summary is not summary:
            known = self._facts[summary.case.id] = facts(summary, self._store.mention)
        return known

    def header(self) -> HeaderNumbers:
        """Today's figures in one line; cheap enough to ask every second."""
        now, key = self._clock.now(), (self._store.revision, self.midnight())
        if self._today is None or self._today[0] != key:
            self._today = key, self._read_today()
        today = self._today[1]
        report, oldest = today.report, today.report.oldest_waiting_since
        return HeaderNumbers(
            episodes=report.total.episodes,
            answered=report.total.answered,
            median_first_response=report.total.first_response.median,
            within_10m=report.total.within_10m,
            within_60m=report.total.within_60m,
            waiting=report.waiting,
            overdue=bisect_right(today.overdue_from, now),
            oldest_wait=now - oldest if oldest else None,
            ignored=bisect_left(today.ignored_from, now),
            lag={name: lag.p90 for name, lag in report.detection_lag.items() if lag.p90 is not None},
        )

    def _read_today(self) -> "_Today":
        report, cases = self.report(), self._all_facts()
        overdue = (case.summary.overdue_from for case in cases)
        ignored = (case.ignored_from(report.since) for case in cases)
        return _Today(report, _moments(overdue), _moments(ignored))


@dataclass(frozen=True, slots=True)
class _Today:
    """The figures of the day that only an event changes, and the moments at which time changes the others."""

    report: ResponseReport
    overdue_from: list[datetime]
    ignored_from: list[datetime]


def _moments(found: Iterable[datetime | None]) -> list[datetime]:
    return sorted(moment for moment in found if moment is not None)
