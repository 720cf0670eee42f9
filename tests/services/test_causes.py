"""Who complains of the same is known from the second person on, whatever happens to the segmenter."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from kefu_tui.domain.clocks import Targets
from kefu_tui.domain.errors import StoreError
from kefu_tui.domain.feed import View
from kefu_tui.domain.mention import Mention
from kefu_tui.domain.triage import DEFAULT_POLICY
from kefu_tui.domain.verdict import Category, Priority, Reason, ReasonKind, Sentiment, Signal
from kefu_tui.nlp.shingles import ShingleIndex
from kefu_tui.nlp.topic_index import TopicIndex
from kefu_tui.ports import Changes
from kefu_tui.services import causes as module
from kefu_tui.services.causes import Causes
from kefu_tui.services.feed import Feed
from kefu_tui.services.intake import Intake
from kefu_tui.storage.desk_store import DeskStore
from tests.builders import ACCOUNT, a_case, a_mention, a_post, a_verdict, an_author, at
from tests.fakes import FakeChannel, FakeClassifier, FakeClock, FakeSegmenter, memory_store

HOURS = 60
LIDS = ("水一滚盖子就弹开，水壶吓人", "水壶的盖子又弹飞了", "the lid of my kettle shot up")
AD = "同款铁壶平替戳我主页，厂家直发只要一半价，今晚前100名送茶漏"
GRIEVANCE = a_verdict(Priority.P2, category=Category.QUALITY, sentiment=Sentiment.NEGATIVE)


def complaint(text: str, number: int, **fields: Any) -> Mention:
    author = fields.pop("author", an_author(f"a{number}", name=f"客户{number}"))
    defaults: dict[str, Any] = {"posted_at": at(number), "verdict": GRIEVANCE} | fields
    return a_mention(text, id=f"p{number}", author=author, **defaults)


class Shop:
    """One process over a store."""

    def __init__(self, store: DeskStore | None = None) -> None:
        self.store = store or memory_store()
        self.clock = FakeClock(at(5))
        self.segmenter = FakeSegmenter()
        self.topics = TopicIndex()
        self.causes = Causes(
            self.store,
            ShingleIndex(),
            self.topics,
            self.segmenter,
            self.clock,
            fold=lambda text: text.lower(),
            names=["听沸"],
        )
        self.feed = Feed(self.store, FakeClassifier(), self.clock, Targets(), big=10_000, causes=self.causes)

    async def has(self, *mentions: Mention) -> None:
        """These arrive, and their topics are found."""
        cases = [a_case([mention]) for mention in mentions]
        await self.store.update(lambda _: Changes(mentions=mentions, cases=cases))
        self.clock.jump(max(self.clock.now(), *(mention.first_seen_at for mention in mentions)))
        await self.causes.take(mentions)
        await self.causes.settle()

    def counts(self) -> list[int]:
        """How many complain of the same, case by case."""
        found = sorted(self.feed.summaries(), key=lambda summary: summary.lead.post.posted_at)
        return [summary.same_cause for summary in found]

    def verdict_of(self, mention: Mention) -> Any:
        stored = self.store.mention(mention.key)
        assert stored is not None
        return stored.verdict


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def lids() -> list[Mention]:
    return [complaint(text, number) for number, text in enumerate(LIDS)]


class TestSameCause:
    async def test_the_second_one_is_flagged_and_so_is_the_first(
        self, shop: Shop, lids: list[Mention]
    ) -> None:
        await shop.has(lids[0])
        assert shop.counts() == [1]
        await shop.has(lids[1])
        assert shop.counts() == [2, 2]

    async def test_every_member_gives_it_as_a_reason_and_the_third_moves(
        self, shop: Shop, lids: list[Mention]
    ) -> None:
        await shop.has(*lids)
        for summary in shop.feed.summaries():
            priority, raised = summary.priority(shop.clock.now())
            assert raised == (Reason(ReasonKind.SAME_CAUSE, "3", 1),)
            assert priority is Priority.P1

    async def test_each_knows_who_the_others_are(self, shop: Shop, lids: list[Mention]) -> None:
        await shop.has(*lids)
        case = shop.store.case(lids[1].case_id)
        assert case is not None
        assert [mention.key for mention in shop.feed.alike(case)] == [lids[0].key, lids[2].key]
        assert shop.causes.members(lids[0].key) == tuple(mention.key for mention in lids)
        assert shop.causes.cause_of(lids[0].key) == shop.causes.cause_of(lids[2].key)

    async def test_it_can_be_searched_for(self, shop: Shop, lids: list[Mention]) -> None:
        await shop.has(lids[0], complaint("快递丢了", 1), lids[2])
        for typed in ("is:same", "状态：同类"):
            found = shop.feed.view(View.ALL, shop.feed.query(typed))
            assert {summary.lead.key for summary in found} == {lids[0].key, lids[2].key}

    async def test_a_person_who_complains_twice_is_one(self, shop: Shop, lids: list[Mention]) -> None:
        again = complaint("水壶盖子弹开！没人管？", 3, author=lids[0].post.author)
        await shop.has(lids[0], again)
        assert shop.counts() == [1, 1]

    async def test_praise_and_another_matter_stay_apart(self, shop: Shop, lids: list[Mention]) -> None:
        pleased = a_verdict(category=Category.PRAISE, sentiment=Sentiment.POSITIVE)
        await shop.has(
            lids[0],
            complaint("水壶的盖子很稳，从没弹开", 1, verdict=pleased),
            complaint("快递三天一动不动", 2),
        )
        assert shop.counts() == [1, 1, 1]

    async def test_a_copied_complaint_is_known_before_words_are_told(self, shop: Shop) -> None:
        shop.segmenter.gate = asyncio.Event()
        text = "听沸的铁壶盖子会弹开，店家一直不出来说明，请大家转发"
        one, two = complaint(text, 0), complaint(text + "！！", 1)
        await shop.store.update(lambda _: Changes(mentions=[one, two], cases=[a_case([one]), a_case([two])]))
        await shop.causes.take([one, two])
        assert shop.counts() == [2, 2]

    async def test_days_apart_it_is_another_cause(self, shop: Shop, lids: list[Mention]) -> None:
        late = complaint(LIDS[1], 49 * HOURS)
        await shop.has(lids[0])
        await shop.has(late)
        assert shop.counts() == [1, 1]

    async def test_one_that_lasts_is_one_cause_as_long_as_somebody_writes(
        self, shop: Shop, lids: list[Mention]
    ) -> None:
        for number, text in ((0, LIDS[0]), (40 * HOURS, LIDS[1]), (80 * HOURS, LIDS[0] + "？")):
            await shop.has(complaint(text, number))
        assert shop.counts() == [3, 3, 3]

    async def test_an_amended_post_may_leave_its_cause(self, shop: Shop, lids: list[Mention]) -> None:
        await shop.has(lids[0], lids[1])
        settled = a_verdict(category=Category.PRAISE, sentiment=Sentiment.POSITIVE)
        amended = lids[1].amended(a_post("换了新壶，谢谢", id="p1", author=lids[1].post.author), settled)
        await shop.store.update(lambda _: Changes(mentions=[amended]))
        await shop.causes.take([amended])
        await shop.causes.settle()
        assert shop.counts() == [1, 1]


class TestAStart:
    async def test_what_is_stored_is_grouped_again(self, shop: Shop, lids: list[Mention]) -> None:
        await shop.has(*lids)
        after = Shop(shop.store)
        await after.causes.settle()
        assert after.counts() == [3, 3, 3]

    async def test_what_is_old_is_passed_over(self, shop: Shop, lids: list[Mention]) -> None:
        await shop.has(*lids)
        after = Shop(shop.store)
        after.clock.jump(at(200 * HOURS))
        await after.causes.settle()
        assert len(after.causes) == 0

    async def test_others_get_their_turn_while_it_reads(self, shop: Shop) -> None:
        many = [complaint(f"水壶坏了 w{number}", number) for number in range(5 * module.SLICE)]
        await shop.store.update(lambda _: Changes(mentions=many, cases=[a_case([m]) for m in many]))
        turns = 0
        settling = asyncio.ensure_future(shop.causes.settle())
        while not settling.done():
            await asyncio.sleep(0)
            turns += 1
        assert turns > len(many)

    async def test_a_clock_that_goes_back_forgets_nothing(self, shop: Shop, lids: list[Mention]) -> None:
        await shop.has(lids[0])
        shop.clock.jump(at(-1000 * HOURS))
        await shop.store.update(lambda _: Changes(mentions=[lids[1]], cases=[a_case([lids[1]])]))
        await shop.causes.take([lids[1]])
        await shop.causes.settle()
        assert shop.counts() == [2, 2]


class TestBounds:
    async def test_no_more_are_watched_than_it_may(self, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "MOST_LIVE", 10)
        for begin in range(0, 60, 20):
            await shop.has(*(complaint(f"水壶漏水 w{n}", n) for n in range(begin, begin + 20)))
        assert len(shop.causes) == 10
        assert len(shop.topics) <= 10

    async def test_the_oldest_are_forgotten_as_time_passes(self, shop: Shop, lids: list[Mention]) -> None:
        await shop.has(*lids)
        await shop.has(complaint("快递丢了", 500 * HOURS))
        assert len(shop.causes) == 1
        assert shop.counts() == [1, 1, 1, 1]

    @pytest.mark.parametrize("text", ["", "\ud800", "\x1b[2J\x00", "壶" * 100_000, "盖子弹开" * 25_000])
    async def test_garbage_is_taken_like_any_mention(self, shop: Shop, text: str) -> None:
        await shop.has(complaint(text, 0), complaint("快递三天没动", 1))
        assert shop.counts() == [1, 1]


class TestTheSegmenter:
    async def test_without_one_complaints_still_find_each_other(
        self, shop: Shop, lids: list[Mention]
    ) -> None:
        shop.segmenter.gave_up = True
        await shop.has(*lids)
        assert shop.counts() == [3, 3, 3]

    async def test_only_complaints_are_shown_to_it(self, shop: Shop, lids: list[Mention]) -> None:
        chat = complaint("今天的晚霞绝了", 1, verdict=a_verdict(category=Category.SMALL_TALK))
        await shop.has(lids[0], chat)
        assert shop.segmenter.asked == [lids[0].post.text]

    async def test_the_desk_hears_of_a_cause_when_words_come_later(
        self, shop: Shop, lids: list[Mention]
    ) -> None:
        shop.segmenter.gate = asyncio.Event()
        await shop.store.update(lambda _: Changes(mentions=lids, cases=[a_case([m]) for m in lids]))
        told: asyncio.Queue[frozenset[str]] = asyncio.Queue()
        running = asyncio.ensure_future(shop.causes.run(told.put_nowait))
        async with asyncio.timeout(10):
            await shop.segmenter.is_asked.wait()
        assert shop.counts() == [1, 1, 1]
        shop.segmenter.gate.set()
        async with asyncio.timeout(10):
            assert await told.get() == {mention.case_id for mention in lids}
        assert shop.counts() == [3, 3, 3]
        running.cancel()

    async def test_it_is_closed_with_the_rest(self, shop: Shop) -> None:
        await shop.causes.aclose()
        assert shop.segmenter.closed


class TestCopiedSpam:
    def ads(self, count: int, text: str = AD) -> list[Mention]:
        chat = a_verdict(Priority.P2, category=Category.QUESTION)
        return [complaint(f"{text}{'~' * number}", number, verdict=chat) for number in range(count)]

    async def test_the_third_makes_all_of_them_noise_with_the_reason_in_view(self, shop: Shop) -> None:
        ads = self.ads(3)
        await shop.has(*ads[:2])
        assert shop.feed.counts()[View.NOISE] == 0
        await shop.has(ads[2])
        assert shop.feed.counts()[View.NOISE] == 3
        assert all(shop.verdict_of(ad).reasons[0] == Reason(ReasonKind.NOISE, "×3") for ad in ads)

    async def test_a_later_copy_follows_also_after_a_start(self, shop: Shop) -> None:
        ads = self.ads(4)
        await shop.has(*ads[:3])
        after = Shop(shop.store)
        await after.has(ads[3])
        assert after.verdict_of(ads[3]).reasons[0] == Reason(ReasonKind.NOISE, "×4")

    async def test_what_the_founder_corrected_comes_back_and_stays(self, shop: Shop) -> None:
        ads = self.ads(4)
        await shop.has(*ads[:3])
        by_hand = a_verdict(category=Category.QUESTION, reasons=(Reason(ReasonKind.CORRECTED, "noise"),))
        corrected = complaint(ads[0].post.text, 0, verdict=by_hand)
        await shop.has(corrected)
        await shop.has(ads[3])
        assert shop.verdict_of(corrected) == by_hand
        assert shop.verdict_of(ads[3]).category is Category.QUESTION

    async def test_a_copied_call_for_help_stays_where_it_is(self, shop: Shop) -> None:
        harm = a_verdict(Priority.P0, category=Category.QUALITY, signals=frozenset({Signal.SAFETY}))
        text = "求转发：听沸铁壶的盖子弹起来烫伤了孩子，有同样情况的请联系 https://help.example"
        cries = [complaint(text, number, verdict=harm) for number in range(4)]
        await shop.has(*cries)
        assert shop.feed.counts()[View.NOISE] == 0
        assert shop.counts() == [4, 4, 4, 4]

    async def test_short_thanks_are_no_spam(self, shop: Shop) -> None:
        await shop.has(*self.ads(5, text="谢谢店家"))
        assert shop.feed.counts()[View.NOISE] == 0


class TestIntake:
    async def test_what_is_polled_is_looked_at_once_it_is_durable(self, shop: Shop) -> None:
        channel = FakeChannel(shop.clock)
        classifier = FakeClassifier(GRIEVANCE)
        intake = Intake(
            shop.store,
            [channel],
            classifier,
            shop.clock,
            DEFAULT_POLICY,
            {ACCOUNT: timedelta(minutes=1)},
            causes=shop.causes,
        )
        await intake.poll(ACCOUNT)
        channel.will_tell(
            *(
                a_post(text, id=f"n{number}", author=an_author(f"n{number}"), posted_at=at(number))
                for number, text in enumerate(LIDS)
            )
        )
        outcome = await intake.poll(ACCOUNT)
        await shop.causes.settle()
        assert outcome.error is None
        assert shop.counts() == [3, 3, 3]

    async def test_a_store_that_refuses_is_a_failed_poll_not_a_crash(self, shop: Shop) -> None:
        ads = TestCopiedSpam().ads(3)
        await shop.has(*ads[:2])
        await shop.store.update(lambda _: Changes(mentions=[ads[2]], cases=[a_case([ads[2]])]))
        await shop.store.aclose()
        with pytest.raises(StoreError):
            await shop.causes.take([ads[2]])
