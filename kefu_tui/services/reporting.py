"""The figures: the header's for today, and the response report of a period."""

from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from kefu_tui.domain.report import ResponseReport, respond
from kefu_tui.ports import Clock, StoreView
from kefu_tui.services.feed import Feed, HeaderNumbers


class Period(StrEnum):
    TODAY = "today"
    WEEK = "week"
    MONTH = "month"


class Reporting:
    """Computes reports over what is stored; `zone` decides when a day begins."""

    def __init__(self, store: StoreView, feed: Feed, clock: Clock, zone: tzinfo) -> None:
        self._store = store
        self._feed = feed
        self._clock = clock
        self._zone = zone

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
        return respond(self._feed.summaries(), self._store.mention, since=begin, until=until, now=now)

    def header(self) -> HeaderNumbers:
        """Today's figures in one line."""
        report = self.report()
        oldest = report.oldest_waiting_since
        return HeaderNumbers(
            episodes=report.total.episodes,
            answered=report.total.answered,
            median_first_response=report.total.first_response.median,
            within_10m=report.total.within_10m,
            within_60m=report.total.within_60m,
            waiting=report.waiting,
            overdue=report.overdue,
            oldest_wait=report.now - oldest if oldest else None,
            ignored=len(report.ignored),
        )
