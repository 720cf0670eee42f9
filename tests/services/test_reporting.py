"""The header and the report read the same records, and a day begins where the founder lives."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from kefu_tui.domain.case import Event
from kefu_tui.domain.clocks import Targets
from kefu_tui.domain.mention import Mention
from kefu_tui.ports import Changes
from kefu_tui.services.feed import Feed, HeaderNumbers
from kefu_tui.services.reporting import Period, Reporting
from tests.builders import LAG, a_case, a_mention, an_author, an_outbound, at, minutes
from tests.fakes import FakeClassifier, FakeClock, memory_store

SHANGHAI = ZoneInfo("Asia/Shanghai")  # EPOCH is 17:00 there


class Shop:
    def __init__(self) -> None:
        self.store = memory_store()
        self.clock = FakeClock(at(100))
        feed = Feed(self.store, FakeClassifier(), self.clock, Targets(), big=10_000)
        self.reporting = Reporting(self.store, feed, self.clock, SHANGHAI)

    async def has(self, name: str, minute: float, *then: Event) -> Mention:
        mention = a_mention(id=name, author=an_author(name), posted_at=at(minute))
        case = a_case([mention], then=then)
        await self.store.update(lambda _: Changes(mentions=[mention], cases=[case]))
        return mention


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_the_day_begins_at_local_midnight(shop: Shop) -> None:
    assert shop.reporting.midnight() == datetime(2026, 3, 2, tzinfo=SHANGHAI)


@pytest.mark.parametrize(("period", "days"), [(Period.TODAY, 0), (Period.WEEK, 6), (Period.MONTH, 29)])
def test_a_period_is_whole_local_days_up_to_now(shop: Shop, period: Period, days: int) -> None:
    report = shop.reporting.report(period)
    assert report.since == datetime(2026, 3, 2, tzinfo=SHANGHAI) - timedelta(days=days)
    assert report.now == at(100)


async def test_a_period_can_begin_at_any_moment(shop: Shop) -> None:
    await shop.has("a", 10)
    assert shop.reporting.report(since=at(11)).total.episodes == 0
    assert shop.reporting.report(since=at(10)).total.episodes == 1


async def test_a_post_of_this_very_instant_belongs_to_today(shop: Shop) -> None:
    await shop.has("a", 100)
    assert shop.reporting.report().mentions == 1


async def test_yesterday_evening_here_is_not_today(shop: Shop) -> None:
    await shop.has("a", -17 * 60 - 1)
    report = shop.reporting.report()
    assert report.total.episodes == 0
    assert report.waiting == 1


async def test_the_header_says_how_today_goes(shop: Shop) -> None:
    await shop.has("quick", 0, an_outbound(["shop:quick"], at=at(6)))
    await shop.has("slow", 0, an_outbound(["shop:slow"], at=at(50)))
    await shop.has("waits", 30)
    await shop.has("old", -26 * 60)
    assert shop.reporting.header() == HeaderNumbers(
        episodes=3,
        answered=2,
        median_first_response=minutes(6),
        within_10m=1,
        within_60m=2,
        waiting=2,
        overdue=2,
        oldest_wait=minutes(26 * 60 + 100),
        ignored=1,
        lag={"shop": LAG},
    )


def test_an_empty_desk_has_empty_figures(shop: Shop) -> None:
    header = shop.reporting.header()
    assert (header.episodes, header.median_first_response, header.oldest_wait) == (0, None, None)
