"""The figures say what really happened: median and P90, per episode, nobody forgotten."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu_tui.domain.case import Case, Closed, Event, Reopened, Snoozed, Withdrawn
from kefu_tui.domain.clocks import Targets
from kefu_tui.domain.feed import summarise
from kefu_tui.domain.mention import Mention, Visibility
from kefu_tui.domain.report import ResponseReport, Spread, facts, percentile, respond
from kefu_tui.domain.verdict import Category
from tests.builders import EPOCH, a_case, a_mention, a_verdict, an_inbound, an_outbound, at, minutes

DAY = 24 * 60


class Shop:
    """Cases as they would be stored, and the report over them."""

    def __init__(self) -> None:
        self.cases: list[Case] = []
        self.mentions: dict[str, Mention] = {}

    def has(self, *mentions: Mention, then: tuple[Event, ...] = (), account: str = "shop") -> None:
        self.mentions.update({mention.key: mention for mention in mentions})
        self.cases.append(a_case(mentions[:1], then=then, account=account))

    def answered(self, name: str, *, posted: float, after: float, **fields: object) -> None:
        mention = a_mention(id=name, posted_at=at(posted), **fields)
        self.has(mention, then=(an_outbound([mention], at=at(posted + after)),), account=mention.account)

    def report(
        self, now: float = 600, *, since: datetime = EPOCH, until: datetime | None = None
    ) -> ResponseReport:
        rows = (summarise(case, self.mentions, Targets()) for case in self.cases)
        read = [facts(row, self.mentions.get) for row in rows]
        moment = at(now)
        return respond(read, since=since, until=until or moment, now=moment)


@pytest.fixture
def shop() -> Shop:
    return Shop()


class TestSpread:
    def test_of_nothing_there_is_neither_median_nor_p90(self) -> None:
        assert Spread.of([]) == Spread(0, None, None)

    def test_every_figure_is_one_that_really_happened(self) -> None:
        assert Spread.of([minutes(n) for n in (9, 1, 5, 100)]) == Spread(4, minutes(5), minutes(100))

    @given(st.lists(st.integers(0, 10**6), min_size=1), st.floats(0.01, 1))
    def test_at_least_the_share_lies_at_or_below_the_percentile(
        self, values: list[int], share: float
    ) -> None:
        ranked = sorted(timedelta(seconds=value) for value in values)
        found = percentile(ranked, share)
        assert found in ranked
        assert sum(value <= found for value in ranked) >= share * len(ranked)


class TestAnswered:
    def test_it_counts_episodes_begun_in_the_period_and_the_answered_ones(self, shop: Shop) -> None:
        shop.answered("a", posted=0, after=5)
        shop.answered("b", posted=10, after=30)
        shop.has(a_mention(id="c", posted_at=at(20)))
        total = shop.report().total
        assert (total.episodes, total.answered, total.answered_share) == (3, 2, 2 / 3)
        assert (total.within_10m, total.within_60m) == (1, 2)
        assert total.first_response == Spread(2, minutes(5), minutes(30))

    def test_an_empty_period_has_no_share(self, shop: Shop) -> None:
        assert shop.report().total.answered_share is None

    def test_what_began_before_the_period_is_left_to_the_one_before(self, shop: Shop) -> None:
        shop.answered("a", posted=-1, after=5)
        shop.answered("b", posted=0, after=5)
        assert shop.report().total.episodes == 1
        assert shop.report(since=at(-60)).total.episodes == 2

    def test_a_reopening_is_a_new_episode_and_the_old_figure_stays(self, shop: Shop) -> None:
        first, again = a_mention(id="a"), a_mention(id="a2", posted_at=at(100))
        closed = Closed(id="c", at=at(20))
        shop.has(first, then=(an_outbound([first], at=at(8)), closed))
        before = shop.report(now=50).total
        shop.cases.clear()
        shop.has(
            first,
            again,
            then=(
                an_outbound([first], at=at(8)),
                closed,
                an_inbound(again),
                an_outbound([again], at=at(103)),
            ),
        )
        after = shop.report().total
        assert before.first_response == Spread(1, minutes(8), minutes(8))
        assert after.first_response == Spread(2, minutes(3), minutes(8))
        assert after.episodes == 2

    def test_a_close_pressed_by_mistake_and_taken_back_by_reopening_is_no_second_customer(
        self, shop: Shop
    ) -> None:
        mention = a_mention()
        slip = (Closed(id="c", at=at(2)), Reopened(id="e", at=at(3)))
        shop.has(mention, then=(*slip, an_outbound([mention], at=at(9))))
        total = shop.report().total
        assert (total.episodes, total.answered) == (1, 1)
        assert total.first_response.median == minutes(9)

    def test_later_answers_are_next_responses(self, shop: Shop) -> None:
        first, second = a_mention(id="a"), a_mention(id="b", posted_at=at(50))
        shop.has(
            first,
            second,
            then=(an_outbound([first]), an_inbound(second), an_outbound([second], at=at(57))),
        )
        assert shop.report().total.next_response == Spread(1, minutes(7), minutes(7))

    def test_a_post_deleted_before_anyone_could_answer_is_no_episode(self, shop: Shop) -> None:
        mention = a_mention()
        shop.has(mention, then=(Withdrawn(mention_key=mention.key, at=at(3)),))
        assert shop.report().total.episodes == 0

    def test_noise_is_counted_and_left_out(self, shop: Shop) -> None:
        shop.has(a_mention(id="ad", verdict=a_verdict(category=Category.NOISE)))
        found = shop.report()
        assert (found.mentions, found.noise, found.total.episodes, found.waiting) == (1, 1, 0, 0)

    def test_figures_come_apart_by_account_and_category_the_largest_first(self, shop: Shop) -> None:
        complaint = a_verdict(category=Category.COMPLAINT)
        shop.answered("a", posted=0, after=5, account="weibo")
        shop.answered("b", posted=0, after=5, verdict=complaint)
        shop.answered("c", posted=1, after=7, verdict=complaint)
        found = shop.report()
        assert {name: n.episodes for name, n in found.by_account.items()} == {"shop": 2, "weibo": 1}
        assert list(found.by_category) == [Category.COMPLAINT, Category.QUESTION]


class TestResolution:
    def test_it_is_told_of_the_episodes_closed_in_the_period_whenever_they_began(self, shop: Shop) -> None:
        for name, posted, ended in (("a", -60, 30), ("b", 0, 10), ("c", -60, -5)):
            mention = a_mention(id=name, posted_at=at(posted))
            reply = an_outbound([mention], at=at(ended))
            shop.has(mention, then=(reply, Closed(id=f"c{name}", at=at(ended))))
        assert shop.report().resolution == Spread(2, minutes(10), minutes(90))

    def test_what_is_open_or_closed_without_a_reply_or_deleted_is_no_resolution(self, shop: Shop) -> None:
        gone = a_mention(id="gone")
        shop.answered("open", posted=0, after=5)
        shop.has(a_mention(id="spam"), then=(Closed(id="c1", at=at(1), reason="spam", without_reply=True),))
        shop.has(gone, then=(Withdrawn(mention_key=gone.key, at=at(1)), Closed(id="c2", at=at(2))))
        assert shop.report().resolution == Spread(0, None, None)


class TestWaiting:
    def test_the_backlog_counts_who_waits_by_age_snoozed_ones_too(self, shop: Shop) -> None:
        shop.has(a_mention(id="a", posted_at=at(595)))
        shop.has(a_mention(id="b"), then=(Snoozed(id="z", at=at(1), until=at(9999), hold=True),))
        found = shop.report(now=600)
        assert (found.waiting, found.oldest_waiting_since, found.overdue) == (2, at(0), 1)
        assert {age: n for age, n in found.backlog.items() if n} == {"<10m": 1, "<24h": 1}

    def test_the_detection_lag_is_told_per_account(self, shop: Shop) -> None:
        shop.has(a_mention(first_seen_at=at(4)))
        assert shop.report().detection_lag == {"shop": Spread(1, minutes(4), minutes(4))}

    def test_a_post_without_a_date_is_not_in_the_detection_lag(self, shop: Shop) -> None:
        shop.has(a_mention(id="a", first_seen_at=at(4)))
        shop.has(a_mention(id="b", posted_at=at(9), first_seen_at=at(9), is_dated=False))
        report = shop.report()
        assert report.mentions == 2
        assert report.detection_lag == {"shop": Spread(1, minutes(4), minutes(4))}

    def test_the_hour_of_day_is_the_local_one_of_the_period(self, shop: Shop) -> None:
        shop.has(a_mention())
        assert shop.report().by_hour.index(1) == EPOCH.hour


class TestIgnored:
    """Public mentions past 24 hours without a reply: the headline that has to be zero in the evening."""

    def test_a_public_post_nobody_answered_for_a_day_is_ignored(self, shop: Shop) -> None:
        shop.has(a_mention())
        assert shop.report(now=DAY).ignored == ()
        assert shop.report(now=DAY + 1).ignored == (shop.cases[0].id,)

    def test_while_it_is_open_it_counts_every_day_until_it_is_answered(self, shop: Shop) -> None:
        mention = a_mention()
        shop.has(mention)
        assert shop.report(now=9 * DAY, since=at(8 * DAY)).ignored
        shop.cases.clear()
        shop.has(mention, then=(an_outbound([mention], at=at(9 * DAY)),))
        assert not shop.report(now=9 * DAY + 1, since=at(8 * DAY)).ignored

    @pytest.mark.parametrize("visibility", [Visibility.DIRECT, Visibility.FOLLOWERS])
    def test_what_the_public_cannot_see_is_not_in_this_figure(
        self, shop: Shop, visibility: Visibility
    ) -> None:
        shop.has(a_mention(visibility=visibility))
        assert shop.report(now=2 * DAY).ignored == ()

    def test_closing_it_without_a_word_does_not_make_it_answered(self, shop: Shop) -> None:
        shop.has(a_mention(), then=(Closed(id="c", at=at(5)),))
        assert shop.report(now=2 * DAY).ignored

    def test_closed_it_counts_on_the_day_it_fell_past_24_hours_and_no_other(self, shop: Shop) -> None:
        shop.has(a_mention(), then=(Closed(id="c", at=at(5)),))
        assert shop.report(now=2 * DAY, since=at(DAY)).ignored
        assert not shop.report(now=3 * DAY, since=at(2 * DAY)).ignored

    def test_closed_with_a_reason_it_was_decided_and_the_reason_is_told(self, shop: Shop) -> None:
        shop.has(a_mention(), then=(Closed(id="c", at=at(5), reason="广告", without_reply=True),))
        found = shop.report(now=2 * DAY)
        assert found.ignored == ()
        assert found.closed_without_reply == {"广告": 1}

    def test_a_reason_for_the_second_episode_does_not_excuse_the_first(self, shop: Shop) -> None:
        first, again = a_mention(id="a"), a_mention(id="b", posted_at=at(50))
        shop.has(
            first,
            again,
            then=(
                Closed(id="c1", at=at(5)),
                an_inbound(again),
                Closed(id="c2", at=at(60), reason="广告", without_reply=True),
            ),
        )
        assert shop.report(now=2 * DAY).ignored

    def test_the_customer_who_came_back_and_got_an_answer_then_is_not_ignored(self, shop: Shop) -> None:
        """The first episode stays unanswered in the figures; the person was spoken to."""
        first, again = a_mention(id="a"), a_mention(id="b", posted_at=at(50))
        shop.has(
            first,
            again,
            then=(Closed(id="c", at=at(5)), an_inbound(again), an_outbound([again], at=at(55))),
        )
        found = shop.report(now=2 * DAY)
        assert found.ignored == ()
        assert (found.total.episodes, found.total.answered) == (2, 1)

    def test_reopened_and_answered_it_is_not_ignored(self, shop: Shop) -> None:
        mention = a_mention()
        shop.has(
            mention,
            then=(Closed(id="c", at=at(5)), Reopened(id="e", at=at(9)), an_outbound([mention], at=at(10))),
        )
        assert shop.report(now=2 * DAY).ignored == ()

    def test_thanks_after_our_answer_may_be_closed_without_another_word(self, shop: Shop) -> None:
        first = a_mention(id="a")
        thanks = a_mention("谢谢！", id="b", posted_at=at(50), verdict=a_verdict(category=Category.PRAISE))
        shop.has(first, thanks, then=(an_outbound([first]), an_inbound(thanks), Closed(id="c", at=at(60))))
        assert shop.report(now=2 * DAY).ignored == ()

    def test_a_complaint_after_our_answer_may_not(self, shop: Shop) -> None:
        first = a_mention(id="a")
        more = a_mention("还是坏的", id="b", posted_at=at(50))
        shop.has(first, more, then=(an_outbound([first]), an_inbound(more), Closed(id="c", at=at(60))))
        assert shop.report(now=2 * DAY).ignored

    def test_praise_nobody_answered_is_ignored_like_any_other(self, shop: Shop) -> None:
        praise = a_mention(verdict=a_verdict(category=Category.PRAISE))
        shop.has(praise, then=(Closed(id="c", at=at(60)),))
        assert shop.report(now=2 * DAY).ignored
