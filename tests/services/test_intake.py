"""Intake keeps what the platforms tell: once, in the right case, at the right time, whatever else fails."""

import asyncio
import random
from collections.abc import Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from kefu_tui.domain.case import Case, Closed, Snoozed, WorkState
from kefu_tui.domain.errors import (
    AuthError,
    BadAnswer,
    ChannelError,
    NotFound,
    RateLimited,
    StoreError,
    Unavailable,
)
from kefu_tui.domain.mention import Mention, Post
from kefu_tui.domain.rules import Rule
from kefu_tui.domain.triage import DEFAULT_POLICY, Policy
from kefu_tui.domain.verdict import Category, Priority, Reason, ReasonKind, Signal
from kefu_tui.nlp.patterns import TimedPatterns
from kefu_tui.ports import Batch, Capabilities, Changes, Cursor, Gap
from kefu_tui.services.arrivals import GAPS_KEPT, HEALTH_EVERY, in_thread_order
from kefu_tui.services.intake import JITTER, LONGEST_BACK_OFF, Intake, PollOutcome
from kefu_tui.storage.desk_store import DeskStore
from tests.builders import ACCOUNT, a_case, a_post, a_text_verdict, an_author, an_outbound, at, minutes
from tests.fakes import FakeChannel, FakeClassifier, FakeClock, MemoryBackend, memory_store

INTERVAL = timedelta(minutes=1)
P2_REASONS = (Reason(ReasonKind.DISSATISFACTION, "慢", 1),)
LIN, WANG = an_author("lin"), an_author("wang", name="王五")


class Shop:
    """One process over a store: its accounts, and the outcomes it was told."""

    def __init__(self, backend: MemoryBackend, clock: FakeClock, *channels: FakeChannel) -> None:
        self.backend = backend
        self.clock = clock
        self.store: DeskStore = memory_store(backend)
        self.classifier = FakeClassifier()
        self.channels = channels
        self.told: list[PollOutcome] = []
        self.intake = Intake(
            self.store,
            channels,
            self.classifier,
            clock,
            DEFAULT_POLICY,
            {channel.account: INTERVAL for channel in channels},
            random.Random(7),
            TimedPatterns(time_limit=0.3),
        )

    async def poll(self, *posts: Post, minute: float | None = None) -> PollOutcome:
        """Poll the first account when the posts are there to be told."""
        self.channels[0].will_tell(*posts, at=self.clock.now())
        if minute is not None:
            self.clock.jump(at(minute))
        return await self.intake.poll(self.channels[0].account)

    def restarted(self) -> "Shop":
        return Shop(self.backend, self.clock, *self.channels)

    @property
    def mentions(self) -> Mapping[str, Mention]:
        return {mention.post.id: mention for mention in self.store.mentions()}

    @property
    def cases(self) -> dict[str, list[str]]:
        """The posts of each case, in the order we learned of them."""
        return {case.id: [i.post_id for i in case.inbounds] for case in self.store.cases()}

    def case_of(self, post_id: str) -> Case:
        case = self.store.case(self.mentions[post_id].case_id)
        assert case is not None
        return case

    @asynccontextmanager
    async def watching(self):
        work = asyncio.create_task(self.intake.watch(self.told.append))
        try:
            yield
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    async def everybody_runs(self) -> None:
        """Let whoever can go on do so; nobody writes, so nobody waits for a thread."""
        for _ in range(50):
            await asyncio.sleep(0)

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not holds():  # noqa: ASYNC110
                await asyncio.sleep(0)  # a condition, not a moment: writes finish in threads


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(at(0))


@pytest.fixture
def channel(clock: FakeClock) -> FakeChannel:
    return FakeChannel(clock)


@pytest.fixture
async def shop(clock: FakeClock, channel: FakeChannel) -> Shop:
    """A shop that has polled once: it watches from here on."""
    shop = Shop(MemoryBackend(), clock, channel)
    await shop.intake.poll(ACCOUNT)
    return shop


class TestOnce:
    """Invariant 17: one platform id is one mention, also across a restart; a first run takes no history."""

    async def test_the_first_run_takes_its_position_and_no_history(
        self, clock: FakeClock, channel: FakeChannel
    ) -> None:
        channel.will_tell(a_post(id="old", posted_at=at(-60)))
        shop = Shop(MemoryBackend(), clock, channel)
        outcome = await shop.intake.poll(ACCOUNT)
        assert (outcome.arrived, shop.mentions) == ((), {})
        assert channel.polls == [None]
        health = shop.store.health(ACCOUNT)
        assert health is not None
        assert health.connected_at == at(0)

    async def test_a_restart_goes_on_from_the_stored_cursor(self, shop: Shop) -> None:
        await shop.poll(a_post(id="p1"))
        again = shop.restarted()
        outcome = await again.poll(a_post(id="p2", author=WANG))
        assert list(again.mentions) == ["p1", "p2"]
        assert outcome.arrived == ("case/shop:p2",)
        assert again.intake.statuses[ACCOUNT].last_success_at is not None

    async def test_a_post_told_again_is_no_second_mention_and_no_news(self, shop: Shop) -> None:
        await shop.poll(a_post(id="p1"))
        told_again = await shop.restarted().poll(a_post(id="p1"))
        assert (told_again.arrived, told_again.updated) == ((), ())
        assert shop.restarted().cases == {"case/shop:p1": ["p1"]}

    async def test_told_twice_in_one_page_it_is_one(self, shop: Shop) -> None:
        await shop.poll(a_post(id="p1"), a_post(id="p1"))
        assert shop.cases == {"case/shop:p1": ["p1"]}

    async def test_two_accounts_may_both_see_one_post(self, clock: FakeClock, channel: FakeChannel) -> None:
        second = FakeChannel(clock, account="second")
        shop = Shop(MemoryBackend(), clock, channel, second)
        await shop.intake.poll_all()
        for one in shop.channels:
            one.will_tell(a_post(id="p1"), at=at(0))
        await shop.intake.poll_all()
        assert sorted(shop.cases) == ["case/second:p1", "case/shop:p1"]

    async def test_a_quiet_poll_writes_nothing(self, shop: Shop) -> None:
        before = shop.store.revision
        shop.clock.advance(minutes(1))
        await shop.intake.poll(ACCOUNT)
        assert shop.store.revision == before

    async def test_a_quiet_account_is_still_known_to_be_watched(self, shop: Shop) -> None:
        shop.clock.advance(HEALTH_EVERY)
        await shop.intake.poll(ACCOUNT)
        health = shop.store.health(ACCOUNT)
        assert health is not None
        assert health.last_success_at == shop.clock.now()


class TestTime:
    async def test_the_clock_starts_at_the_post_and_the_lag_at_our_first_sight(self, shop: Shop) -> None:
        await shop.poll(a_post(posted_at=at(1)), minute=4)
        [inbound] = shop.case_of("p1").inbounds
        assert (inbound.at, inbound.seen_at) == (at(1), at(4))

    async def test_a_post_dated_in_the_future_starts_now(self, shop: Shop) -> None:
        await shop.poll(a_post(posted_at=at(500)), minute=4)
        assert shop.mentions["p1"].post.posted_at == shop.case_of("p1").inbounds[0].at == at(4)

    async def test_a_post_without_a_usable_date_starts_at_our_first_sight_and_has_no_lag(
        self, shop: Shop
    ) -> None:
        await shop.poll(
            a_post(id="future", posted_at=at(500)),
            a_post(id="undated", posted_at=at(0), is_dated=False),
            a_post(id="dated", posted_at=at(1)),
            minute=4,
        )
        inbounds = {name: shop.case_of(name).inbounds[0] for name in ("future", "undated", "dated")}
        assert {name: inbound.lag for name, inbound in inbounds.items()} == {
            "future": None,
            "undated": None,
            "dated": minutes(3),
        }
        assert inbounds["undated"].at == inbounds["undated"].seen_at == at(4)
        assert not shop.mentions["future"].post.is_dated

    async def test_an_edit_gives_an_undated_post_no_date(self, shop: Shop) -> None:
        await shop.poll(a_post("壶漏", id="p1", is_dated=False))
        await shop.poll(a_post("壶漏水了", id="p1", posted_at=at(2)), minute=3)
        post = shop.mentions["p1"].post
        assert (post.text, post.posted_at, post.is_dated) == ("壶漏水了", at(0), False)

    async def test_an_author_without_a_name_is_called_by_the_handle(self, shop: Shop) -> None:
        await shop.poll(a_post(author=an_author("lin", name="  ")))
        assert shop.mentions["p1"].post.author.display_name == "lin@example.social"


class TestCases:
    async def test_two_posts_of_a_person_in_one_thread_are_one_case(self, shop: Shop) -> None:
        await shop.poll(a_post(id="p1", thread_id="t"), a_post(id="p2", thread_id="t", posted_at=at(1)))
        assert shop.cases == {"case/shop:p1": ["p1", "p2"]}

    async def test_two_persons_in_one_thread_are_two_cases(self, shop: Shop) -> None:
        await shop.poll(
            a_post(id="p1", author=LIN, thread_id="t"),
            a_post(id="p2", author=WANG, thread_id="t", in_reply_to="p1", posted_at=at(1)),
        )
        assert shop.cases == {"case/shop:p1": ["p1"], "case/shop:p2": ["p2"]}

    async def test_two_matters_of_one_person_are_two_cases(self, shop: Shop) -> None:
        await shop.poll(a_post(id="p1"), a_post(id="p2", posted_at=at(1)))
        assert len(shop.cases) == 2

    async def test_an_answer_to_our_reply_lands_in_the_same_case(self, shop: Shop) -> None:
        await shop.poll(a_post(id="p1"))
        replied = shop.case_of("p1").with_event(an_outbound(["shop:p1"], post_id="r1"))
        await shop.store.update(lambda _: Changes(cases=[replied]))
        await shop.poll(a_post("还没收到", id="p2", in_reply_to="r1", posted_at=at(1)))
        assert shop.cases == {"case/shop:p1": ["p1", "p2"]}
        assert shop.case_of("p2").state(at(2)) is WorkState.WAITING_US

    async def test_somebody_else_answering_our_reply_is_a_case_of_their_own(self, shop: Shop) -> None:
        await shop.poll(a_post(id="p1"))
        replied = shop.case_of("p1").with_event(an_outbound(["shop:p1"], post_id="r1"))
        await shop.store.update(lambda _: Changes(cases=[replied]))
        await shop.poll(a_post(id="p2", author=WANG, in_reply_to="r1", posted_at=at(1)))
        assert len(shop.cases) == 2

    async def test_two_comments_below_one_post_of_ours_are_one_case(self, shop: Shop) -> None:
        """Where the platform tells no thread, the shared post above them does."""
        await shop.poll(a_post(id="p1", in_reply_to="ours"))
        await shop.poll(a_post(id="p2", in_reply_to="ours", posted_at=at(1)))
        assert shop.cases == {"case/shop:p1": ["p1", "p2"]}

    async def test_an_answer_told_before_what_it_answers_still_joins_it(self, shop: Shop) -> None:
        await shop.poll(a_post(id="p2", in_reply_to="p1", posted_at=at(0)))
        await shop.poll(a_post(id="p1", posted_at=at(-1)))
        assert shop.cases == {"case/shop:p2": ["p2", "p1"]}

    async def test_a_page_newest_first_within_one_second_is_read_in_the_order_it_was_said(
        self, shop: Shop
    ) -> None:
        await shop.poll(a_post(id="p3", in_reply_to="p2"), a_post(id="p2", in_reply_to="p1"), a_post(id="p1"))
        assert shop.cases == {"case/shop:p1": ["p1", "p2", "p3"]}

    async def test_an_answer_dated_before_its_question_follows_it_all_the_same(self) -> None:
        posts = [a_post(id="b", in_reply_to="a", posted_at=at(-5)), a_post(id="a", posted_at=at(0))]
        assert [post.id for post in in_thread_order(posts)] == ["a", "b"]

    async def test_posts_that_answer_each_other_in_a_ring_end_nobodys_day(self) -> None:
        posts = [a_post(id="a", in_reply_to="b"), a_post(id="b", in_reply_to="a")]
        assert {post.id for post in in_thread_order(posts)} == {"a", "b"}

    async def test_newer_words_revive_a_closed_case(self, shop: Shop) -> None:
        """Invariant 15."""
        await shop.poll(a_post(id="p1", thread_id="t"))
        closed = shop.case_of("p1").with_event(Closed(id="c", at=at(1)))
        await shop.store.update(lambda _: Changes(cases=[closed]))
        await shop.poll(a_post(id="p2", thread_id="t", posted_at=at(2)), minute=3)
        assert shop.case_of("p1").state(at(4)) is WorkState.WAITING_US

    @pytest.mark.parametrize(("hold", "state"), [(False, WorkState.WAITING_US), (True, WorkState.SNOOZED)])
    async def test_the_customer_writing_wakes_a_snoozed_case_unless_it_is_held(
        self, shop: Shop, hold: bool, state: WorkState
    ) -> None:
        """Invariant 11."""
        await shop.poll(a_post(id="p1", thread_id="t"))
        asleep = shop.case_of("p1").with_event(Snoozed(id="z", at=at(1), until=at(900), hold=hold))
        await shop.store.update(lambda _: Changes(cases=[asleep]))
        await shop.poll(a_post(id="p2", thread_id="t", posted_at=at(2)), minute=3)
        assert shop.case_of("p1").state(at(4)) is state


class TestEditsAndDeletions:
    async def test_an_amended_post_is_judged_anew_and_keeps_its_clock_and_earlier_words(
        self, shop: Shop
    ) -> None:
        await shop.poll(a_post("什么时候发货", id="p1"))
        shop.classifier.says("起火", a_text_verdict(Priority.P0))
        outcome = await shop.poll(a_post("充电器起火了", id="p1", posted_at=at(3), edited_at=at(3)), minute=4)
        mention = shop.mentions["p1"]
        assert mention.verdict.priority is Priority.P0
        assert mention.earlier_texts == ("什么时候发货",)
        assert (mention.post.posted_at, mention.first_seen_at) == (at(0), at(0))
        assert (outcome.arrived, outcome.updated) == ((), ("case/shop:p1",))
        assert len(shop.case_of("p1").inbounds) == 1

    async def test_a_deleted_post_stays_readable_and_waits_no_longer(self, shop: Shop) -> None:
        await shop.poll(a_post(id="p1"))
        shop.channels[0].will_delete("p1", at=at(1))
        outcome = await shop.poll(minute=2)
        assert shop.mentions["p1"].deleted_at == at(2)
        assert shop.case_of("p1").unanswered == ()
        assert outcome.updated == ("case/shop:p1",)

    async def test_a_deletion_told_twice_or_of_an_unknown_post_changes_nothing(self, shop: Shop) -> None:
        await shop.poll(a_post(id="p1"))
        for moment in (1, 2):
            shop.channels[0].will_delete("p1", at=at(moment))
            shop.channels[0].will_delete("p404", at=at(moment))
            await shop.poll(minute=moment)
        assert shop.mentions["p1"].deleted_at == at(1)
        assert len(shop.case_of("p1").events) == 2

    async def test_posts_that_wait_are_read_again_now_and_then(self, shop: Shop) -> None:
        await shop.poll(a_post(id="p1"))
        del shop.channels[0].posts["p1"]  # vanished without a word in the list of news
        for _ in range(4):
            await shop.intake.poll(ACCOUNT)
        assert shop.mentions["p1"].deleted_at is not None

    async def test_the_first_poll_after_a_start_reads_again_what_waits(self, shop: Shop) -> None:
        await shop.poll(a_post("坏了", id="p1"), a_post(id="p2"))
        shop.channels[0].posts["p1"] = a_post("已经解决了", id="p1", edited_at=at(1))
        del shop.channels[0].posts["p2"]
        again = shop.restarted()
        outcome = await again.intake.poll(ACCOUNT)
        assert again.mentions["p1"].post.text == "已经解决了"
        assert again.mentions["p2"].deleted_at is not None
        assert outcome.updated == ("case/shop:p1", "case/shop:p2")

    async def test_a_failed_first_poll_leaves_the_second_look_to_the_next(self, shop: Shop) -> None:
        await shop.poll(a_post(id="p1"))
        del shop.channels[0].posts["p1"]
        again = shop.restarted()
        again.channels[0].will_fail_poll(Unavailable("down"))
        await again.intake.poll(ACCOUNT)
        await again.intake.poll(ACCOUNT)
        assert again.mentions["p1"].deleted_at is not None

    async def test_a_channel_that_cannot_watch_edits_is_not_asked_to(self, shop: Shop) -> None:
        shop.channels[0].capabilities = Capabilities(reply=True)
        await shop.poll(a_post(id="p1"))
        del shop.channels[0].posts["p1"]
        shop = shop.restarted()
        for _ in range(9):
            await shop.intake.poll(ACCOUNT)
        assert shop.mentions["p1"].deleted_at is None


class TestSpread:
    """A count that grows is no edit, but it is news."""

    COMPLAINT = a_text_verdict(Priority.P2, category=Category.QUALITY, reasons=P2_REASONS)

    async def again(self, shop: Shop, minute: float, **fields: Any) -> PollOutcome:
        """Read the waiting posts again, as the first poll of a start does."""
        shop.channels[0].posts["p1"] = a_post(id="p1", **fields)
        shop.clock.jump(at(minute))
        shop.intake._polls.clear()
        return await shop.intake.poll(ACCOUNT)

    async def test_a_count_three_times_as_high_is_judged_anew_and_is_no_edit(self, shop: Shop) -> None:
        shop.classifier.default = self.COMPLAINT
        await shop.poll(a_post(id="p1", reposts=10))
        assert shop.mentions["p1"].verdict.priority is Priority.P2
        outcome = await self.again(shop, 20, reposts=30)
        mention = shop.restarted().mentions["p1"]
        assert (mention.verdict.priority, mention.reposts) == (Priority.P1, 30)
        assert Reason(ReasonKind.SPREAD, "30", 1) in mention.verdict.reasons
        assert (mention.earlier_texts, mention.post.edited_at) == ((), None)
        assert (outcome.arrived, outcome.updated) == ((), ("case/shop:p1",))

    async def test_the_same_count_or_a_lower_one_writes_nothing(self, shop: Shop) -> None:
        await shop.poll(a_post(id="p1", reposts=10))
        before = shop.store.revision
        for minute, count in ((1, 10), (2, 7), (3, None)):
            assert (await self.again(shop, minute, reposts=count)).updated == ()
        assert shop.store.revision == before
        assert shop.mentions["p1"].reposts == 10

    async def test_a_jump_after_hours_of_quiet_is_growth_where_it_was_watched(self, shop: Shop) -> None:
        shop.classifier.default = self.COMPLAINT
        await shop.poll(a_post(id="p1", reposts=10))
        await self.again(shop, 170, reposts=10)
        await self.again(shop, 180, reposts=40)
        assert shop.mentions["p1"].verdict.priority is Priority.P1

    async def test_after_a_night_switched_off_nobody_knows_how_fast_it_grew(self, shop: Shop) -> None:
        shop.classifier.default = self.COMPLAINT
        await shop.poll(a_post(id="p1", reposts=10))
        shop = shop.restarted()
        shop.classifier.default = self.COMPLAINT
        await self.again(shop, 600, reposts=40)
        assert (shop.mentions["p1"].verdict.priority, shop.mentions["p1"].reposts) == (Priority.P2, 40)


class TestPolicy:
    """What the founder settled is asked with each page, and may be replaced while polls run."""

    async def test_a_rule_sees_text_author_account_and_platform(self, shop: Shop) -> None:
        everything = Rule(
            name="all",
            keywords=("壶盖",),
            pattern="弹.了",
            authors=("@lin@example.social",),
            channels=("fake",),
            tag="召回",
            priority=Priority.P0,
        )
        by_account = Rule(name="here", channels=(ACCOUNT,), tag="本店")
        shop.intake.policy = Policy(rules=(everything, by_account))
        await shop.poll(a_post("壶盖弹开了", id="p1"), a_post("壶盖弹开了", id="p2", author=WANG))
        verdicts = {name: mention.verdict for name, mention in shop.restarted().mentions.items()}
        assert (verdicts["p1"].priority, verdicts["p1"].tags) == (Priority.P0, ("召回", "本店"))
        assert (verdicts["p2"].priority, verdicts["p2"].tags) == (Priority.P2, ("本店",))

    async def test_a_content_warning_is_read_as_well(self, shop: Shop) -> None:
        shop.intake.policy = Policy(rules=(Rule(name="r", keywords=("漏电",), tag="电"),))
        await shop.poll(a_post("见图", id="p1", content_warning="漏电"))
        assert shop.mentions["p1"].verdict.tags == ("电",)

    async def test_a_new_policy_judges_what_comes_next_and_leaves_what_was(self, shop: Shop) -> None:
        await shop.poll(a_post("抽奖", id="p1"))
        shop.intake.policy = Policy(rules=(Rule(name="抽奖", keywords=("抽奖",), noise=True),))
        await shop.poll(a_post("抽奖", id="p2", author=WANG))
        assert shop.mentions["p1"].verdict.category is Category.QUESTION
        assert shop.mentions["p2"].verdict.category is Category.NOISE
        assert len(shop.cases) == 2  # demoted, never dropped

    async def test_a_pattern_that_runs_away_is_switched_off_and_named(self, shop: Shop) -> None:
        endless = Rule(name="endless", pattern="(a+)+$", priority=Priority.P0)
        sound = Rule(name="sound", pattern="a!", tag="a")
        shop.intake.policy = Policy(rules=(endless, sound))
        for number in range(4):
            assert shop.intake.slow_rules == (() if number < 3 else ("endless",))
            await shop.poll(
                a_post("a" * 3_900 + "!" * 96_100, id=f"p{number}", author=an_author(f"n{number}"))
            )
        assert shop.intake.slow_rules == ("endless",)
        assert [mention.verdict.tags for mention in shop.mentions.values()] == [("a",)] * 4
        assert {mention.verdict.priority for mention in shop.mentions.values()} == {Priority.P2}

    async def test_a_mention_entered_by_hand_is_judged_by_the_rules_too(self, shop: Shop) -> None:
        shop.intake.policy = Policy(rules=(Rule(name="老王", authors=("老王",), tag="邻居"),))
        await shop.intake.take_by_hand(ACCOUNT, author="老王", text="壶漏水")
        assert [mention.verdict.tags for mention in shop.mentions.values()] == [("邻居",)]

    async def test_where_a_person_stands_is_told_from_what_they_wrote_before(self, shop: Shop) -> None:
        threat = a_text_verdict(
            Priority.P2,
            category=Category.DELIVERY,
            signals=frozenset({Signal.THREAT}),
            reasons=P2_REASONS,
        )
        shop.classifier.default = threat
        await shop.poll(a_post(id="p1"), a_post(id="q1", author=WANG, posted_at=at(1)))
        await shop.poll(a_post("还没到", id="p2", posted_at=at(2)), minute=3)
        first, second = shop.mentions["p1"].verdict, shop.mentions["p2"].verdict
        assert Reason(ReasonKind.RELATIONSHIP, "new", 0) in first.reasons
        assert Reason(ReasonKind.RELATIONSHIP, "at_risk", 1) in second.reasons
        assert second.priority is Priority.P1
        assert shop.mentions["q1"].verdict.priority is Priority.P2

    async def test_what_they_say_in_the_same_case_is_no_history(self, shop: Shop) -> None:
        await shop.poll(a_post(id="p1", thread_id="t"), a_post(id="p2", thread_id="t", posted_at=at(1)))
        assert Reason(ReasonKind.RELATIONSHIP, "prospect", 0) in shop.mentions["p2"].verdict.reasons


class TestPages:
    async def test_every_page_is_durable_before_the_next_is_asked_for(self, shop: Shop) -> None:
        shop.channels[0].page = 1
        shop.channels[0].will_tell(a_post(id="p1"), a_post(id="p2"), at=at(0))
        shop.backend.batches.clear()
        outcome = await shop.intake.poll(ACCOUNT)
        assert len(outcome.arrived) == len(shop.backend.batches) == 2
        assert shop.channels[0].polls[1:] == [{"position": 0}, {"position": 1}]

    async def test_what_came_before_a_failing_page_is_kept_and_told(self, shop: Shop) -> None:
        shop.channels[0].page = 1
        shop.channels[0].will_tell(a_post(id="p1"), a_post(id="p2"), at=at(0))
        polled = shop.channels[0].poll

        async def fails_second(cursor: Cursor | None) -> Batch:
            if cursor == {"position": 1}:
                raise Unavailable("down")
            return await polled(cursor)

        shop.channels[0].poll = fails_second  # type: ignore[method-assign]
        outcome = await shop.intake.poll(ACCOUNT)
        assert (outcome.arrived, str(outcome.error)) == (("case/shop:p1",), "down")
        assert shop.store.cursor(ACCOUNT) == {"position": 1}

    async def test_a_flood_is_told_page_by_page_while_it_is_kept_in_order(self, shop: Shop) -> None:
        asked: list[int] = []

        async def flood(cursor: Cursor | None) -> Batch:
            page = int(str((cursor or {}).get("page", 0)))
            asked.append(len(list(shop.store.mentions())))
            posts = tuple(
                a_post(id=f"f{page}-{n}", author=an_author(f"u{page}-{n}"), posted_at=at(-page))
                for n in range(4)
            )
            return Batch(cursor={"page": page + 1}, posts=posts, more=page < 4)

        shop.channels[0].poll = flood  # type: ignore[method-assign]
        heard: list[tuple[int, bool, int]] = []

        def progress(outcome: PollOutcome) -> None:
            heard.append((len(outcome.arrived), outcome.unfinished, shop.intake.statuses[ACCOUNT].fetched))

        outcome = await shop.intake.poll(ACCOUNT, progress)

        assert heard == [(4, True, 4), (4, True, 8), (4, True, 12), (4, True, 16)]
        assert len(outcome.arrived) == 20
        assert asked == [0, 4, 8, 12, 16]  # the next page is fetched once the last is stored
        assert shop.intake.statuses[ACCOUNT].fetched == 0
        assert all(one.first_seen_at >= one.post.posted_at for one in shop.store.mentions())

    async def test_a_channel_that_says_more_for_ever_without_moving_on_is_left(self, shop: Shop) -> None:
        async def stuck(cursor: Cursor | None) -> Batch:
            shop.channels[0].polls.append(cursor)
            return Batch(cursor=cursor or {}, more=True)

        shop.channels[0].poll = stuck  # type: ignore[method-assign]
        await shop.intake.poll(ACCOUNT)
        assert len(shop.channels[0].polls) == 2

    async def test_a_gap_is_marked_and_kept(self, shop: Shop) -> None:
        gap = Gap(since=at(-5), until=at(0), why="too many at once")
        shop.channels[0].will_report_gap(gap)
        await shop.poll()
        assert list(shop.restarted().store.gaps(ACCOUNT)) == [gap]

    async def test_of_many_gaps_the_newest_are_kept(self, shop: Shop) -> None:
        for minute in range(GAPS_KEPT + 2):
            shop.channels[0].will_report_gap(Gap(since=at(minute), until=at(minute + 1), why="too many"))
            await shop.poll()
        gaps = shop.store.gaps(ACCOUNT)
        assert (len(gaps), gaps[0].since, gaps[-1].since) == (GAPS_KEPT, at(2), at(GAPS_KEPT + 1))

    async def test_notices_last_as_long_as_the_platform_gives_them(self, shop: Shop) -> None:
        shop.channels[0].notices_from_now("a filter hides mentions")
        await shop.poll()
        assert shop.intake.statuses[ACCOUNT].notices == ("a filter hides mentions",)
        shop.channels[0].notices_from_now()
        await shop.poll()
        assert shop.intake.statuses[ACCOUNT].notices == ()


class TestFailures:
    @pytest.mark.parametrize("error", [Unavailable("down"), BadAnswer("half"), AuthError("revoked")])
    async def test_a_failing_account_is_an_outcome_and_the_cursor_stands(
        self, shop: Shop, error: ChannelError
    ) -> None:
        shop.channels[0].will_fail_poll(error)
        outcome = await shop.poll(a_post())
        status = shop.intake.statuses[ACCOUNT]
        assert (outcome.error, outcome.arrived) == (error, ())
        assert (status.error, status.failures, status.paused) == (error, 1, isinstance(error, AuthError))
        assert shop.store.cursor(ACCOUNT) == {"position": 0}
        assert (await shop.poll()).arrived == ("case/shop:p1",)
        assert shop.intake.statuses[ACCOUNT].failures == 0

    async def test_a_full_disk_is_an_outcome_and_nothing_is_told_that_was_not_kept(self, shop: Shop) -> None:
        shop.backend.failures.append(StoreError("full"))
        outcome = await shop.poll(a_post())
        assert (str(outcome.error), outcome.arrived) == ("full", ())
        assert (shop.mentions, shop.store.cursor(ACCOUNT)) == ({}, {"position": 0})
        assert (await shop.poll()).arrived == ("case/shop:p1",)

    async def test_one_dead_account_does_not_stop_the_others(self, clock: FakeClock) -> None:
        dead, alive = FakeChannel(clock, account="dead"), FakeChannel(clock, account="alive")
        shop = Shop(MemoryBackend(), clock, dead, alive)
        await shop.intake.poll_all()
        dead.will_fail_poll(AuthError("revoked"))
        alive.will_tell(a_post(), at=at(0))
        outcomes = {outcome.account: outcome for outcome in await shop.intake.poll_all()}
        assert outcomes["dead"].error is not None
        assert outcomes["alive"].arrived == ("case/alive:p1",)

    async def test_accounts_are_polled_at_once_and_the_first_finished_is_told_first(
        self, clock: FakeClock
    ) -> None:
        slow, quick = FakeChannel(clock, account="slow"), FakeChannel(clock, account="quick")
        slow.gate = asyncio.Event()
        shop = Shop(MemoryBackend(), clock, slow, quick)
        polling = asyncio.create_task(shop.intake.poll_all(shop.told.append))
        await shop.until(lambda: bool(shop.told))
        assert [outcome.account for outcome in shop.told] == ["quick"]
        slow.gate.set()
        await polling
        assert [outcome.account for outcome in shop.told] == ["quick", "slow"]

    async def test_a_second_poll_of_an_account_while_one_runs_is_left_out(self, shop: Shop) -> None:
        shop.channels[0].gate = asyncio.Event()
        first = asyncio.create_task(shop.intake.poll(ACCOUNT))
        await shop.until(lambda: len(shop.channels[0].polls) == 2)
        assert await shop.intake.poll(ACCOUNT) == PollOutcome(account=ACCOUNT)
        shop.channels[0].gate.set()
        await first
        assert len(shop.channels[0].polls) == 2

    async def test_an_account_nobody_configured_is_named(self, shop: Shop) -> None:
        with pytest.raises(NotFound, match="weibo"):
            await shop.intake.poll("weibo")


class TestWatch:
    async def pause_after(self, shop: Shop, *errors: ChannelError) -> timedelta:
        """How long the account is left alone after these failures in a row."""
        shop.channels[0].will_fail_poll(*errors)
        for _ in errors or [None]:
            await shop.intake.poll(ACCOUNT)
        return shop.intake._delay(ACCOUNT)

    @pytest.mark.parametrize("failures", range(8))
    async def test_pauses_double_with_each_failure_up_to_a_bound_and_are_spread_a_little(
        self, shop: Shop, failures: int
    ) -> None:
        await self.pause_after(shop, *[Unavailable("down")] * failures)
        meant = min(INTERVAL * 2**failures, LONGEST_BACK_OFF)
        delays = {shop.intake._delay(ACCOUNT) for _ in range(200)}
        assert meant * (1 - JITTER) <= min(delays) < max(delays) <= meant * (1 + JITTER)
        assert len(delays) > 100

    @pytest.mark.parametrize("error", [RateLimited, Unavailable])
    async def test_the_platforms_own_figure_is_the_least(self, shop: Shop, error: type[RateLimited]) -> None:
        assert await self.pause_after(shop, error("slow", retry_after=minutes(90))) == minutes(90)

    async def test_a_figure_shorter_than_our_own_pause_does_not_shorten_it(self, shop: Shop) -> None:
        pause = await self.pause_after(shop, RateLimited("slow", retry_after=timedelta(seconds=1)))
        assert pause >= 2 * INTERVAL * (1 - JITTER)

    async def test_an_interval_longer_than_the_bound_is_never_shortened_by_failing(
        self, clock: FakeClock, channel: FakeChannel
    ) -> None:
        shop = Shop(MemoryBackend(), clock, channel)
        shop.intake._interval = {ACCOUNT: timedelta(hours=2)}
        assert await self.pause_after(shop, Unavailable("down")) >= timedelta(hours=2) * (1 - JITTER)

    async def test_it_polls_again_after_the_interval(self, shop: Shop) -> None:
        async with shop.watching():
            await shop.clock.until_asleep()
            assert len(shop.told) == 1
            due = shop.intake.statuses[ACCOUNT].next_poll_at
            assert due is not None
            shop.clock.jump(due)
            await shop.until(lambda: len(shop.told) == 2)

    async def test_a_nudge_polls_now(self, shop: Shop) -> None:
        async with shop.watching():
            await shop.clock.until_asleep()
            shop.intake.nudge()
            await shop.until(lambda: len(shop.told) == 2)

    async def test_a_nudge_does_not_undercut_the_platforms_patience(self, shop: Shop) -> None:
        shop.channels[0].will_fail_poll(RateLimited("slow", retry_after=minutes(30)))
        async with shop.watching():
            await shop.until(lambda: len(shop.told) == 1)
            await shop.clock.until_asleep()
            shop.intake.nudge()
            await shop.everybody_runs()
            shop.clock.advance(minutes(29))
            await shop.everybody_runs()
            assert len(shop.told) == 1
            shop.clock.advance(minutes(1))
            await shop.until(lambda: len(shop.told) == 2)

    async def test_a_refused_token_pauses_the_account_until_the_founder_asks_again(self, shop: Shop) -> None:
        shop.channels[0].will_fail_poll(AuthError("revoked"))
        async with shop.watching():
            await shop.until(lambda: len(shop.told) == 1)
            status = shop.intake.statuses[ACCOUNT]
            assert (status.paused, status.next_poll_at) == (True, None)
            assert shop.clock.sleepers == 0
            shop.intake.nudge()
            await shop.until(lambda: len(shop.told) == 2)
            assert not shop.intake.statuses[ACCOUNT].paused

    async def test_one_paused_account_leaves_the_others_watched(self, clock: FakeClock) -> None:
        dead, alive = FakeChannel(clock, account="dead"), FakeChannel(clock, account="alive")
        dead.will_fail_poll(AuthError("revoked"))
        shop = Shop(MemoryBackend(), clock, dead, alive)
        async with shop.watching():
            await clock.until_asleep()
            clock.advance(2 * INTERVAL)
            await shop.until(lambda: len(alive.polls) == 2)
        assert len(dead.polls) == 1


class TestByHand:
    async def test_a_pasted_mention_opens_a_case(self, shop: Shop) -> None:
        case_id = await shop.intake.take_by_hand(ACCOUNT, author="老王", text="壶漏水", posted_at=at(-90))
        case = shop.store.case(case_id)
        assert case is not None
        assert (case.inbounds[0].at, case.inbounds[0].lag) == (at(-90), minutes(90))
        assert shop.store.cursor(ACCOUNT) == {"position": 0}

    async def test_pasted_without_a_time_it_begins_now_and_says_nothing_of_the_lag(self, shop: Shop) -> None:
        case_id = await shop.intake.take_by_hand(ACCOUNT, author="老王", text="壶漏水")
        case = shop.store.case(case_id)
        assert case is not None
        assert (case.inbounds[0].at, case.inbounds[0].lag) == (shop.clock.now(), None)

    async def test_a_name_with_its_at_sign_is_the_same_person(self, shop: Shop) -> None:
        for name in ("老王", " @老王 "):
            await shop.intake.take_by_hand(
                ACCOUNT, author=name, text="壶漏水", url=f"https://x.example/{name}"
            )
        assert {mention.post.author.handle for mention in shop.mentions.values()} == {"老王"}
        assert len({mention.person_key for mention in shop.mentions.values()}) == 1

    async def test_the_same_link_pasted_twice_is_one_mention(self, shop: Shop) -> None:
        first, again = [
            await shop.intake.take_by_hand(ACCOUNT, author="老王", text="壶漏水", url="https://example.org/1")
            for _ in range(2)
        ]
        assert first == again
        assert len(shop.mentions) == 1


async def test_a_poll_in_progress_does_not_overwrite_what_the_founder_does_meanwhile(shop: Shop) -> None:
    """Invariant 14: the page is applied to the case as it stands when its turn comes."""
    await shop.poll(a_post(id="p1", thread_id="t"))
    shop.channels[0].gate = asyncio.Event()
    polling = asyncio.create_task(shop.poll(a_post(id="p2", thread_id="t", posted_at=at(0))))
    await shop.until(lambda: len(shop.channels[0].polls) == 3)
    closed = shop.case_of("p1").with_event(Closed(id="c", at=at(0)))
    await shop.store.update(lambda _: Changes(cases=[closed]))
    shop.channels[0].gate.set()
    await polling
    assert [type(event).__name__ for event in shop.case_of("p1").events] == ["Inbound", "Closed", "Inbound"]


def test_a_case_takes_its_name_from_the_mention_that_opened_it() -> None:
    assert a_case().id == "case/shop:p1"
