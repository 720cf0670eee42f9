"""A reply is on disk before it is on its way, goes out once or not at all, and its draft stays until then."""

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from kefu_tui.domain.case import WorkState
from kefu_tui.domain.errors import (
    AuthError,
    BadAnswer,
    ChannelError,
    KefuError,
    NotAllowed,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    StoreError,
    Unavailable,
)
from kefu_tui.domain.mention import Visibility
from kefu_tui.domain.outbox import Draft, OutboxItem, OutboxState, ReplyReceipt, ReplyRequest
from kefu_tui.ports import Capabilities, Changes
from kefu_tui.services.outbox import Outbox
from kefu_tui.storage.desk_store import DeskStore
from tests.builders import (
    ACCOUNT,
    a_case,
    a_mention,
    a_request,
    an_author,
    an_inbound,
    an_outbound,
    at,
    minutes,
)
from tests.fakes import FakeChannel, FakeClock, MemoryBackend, memory_store

MENTION = a_mention()
CASE_ID = MENTION.case_id
TEXT = "在查了，十分钟内给您答复。"
WINDOW = timedelta(seconds=10)


class HangsAfterPublishing(FakeChannel):
    """The reply stands, and the answer that says so never comes."""

    async def reply(self, request: ReplyRequest, idempotency_key: str) -> ReplyReceipt:
        await super().reply(request, idempotency_key)
        return await asyncio.Future()


class Desk:
    """One process over a store: its outbox, and what it was told."""

    def __init__(self, backend: MemoryBackend, channel: FakeChannel, clock: FakeClock) -> None:
        self.store: DeskStore = memory_store(backend)
        self.channel = channel
        self.clock = clock
        self.told: list[OutboxItem] = []
        ids = count(1)
        self.outbox = self.with_settings(new_id=lambda: f"o{next(ids)}")

    def with_settings(self, **settings: object) -> Outbox:
        defaults: dict[str, object] = {"undo_window": WINDOW, "new_id": lambda: "o1"}
        return Outbox(self.store, {ACCOUNT: self.channel}, self.clock, **defaults | settings)  # type: ignore[arg-type]

    async def keep(self, changes: Changes) -> None:
        await self.store.update(lambda _: changes)

    def item(self, item_id: str = "o1") -> OutboxItem:
        item = self.store.outbox_item(item_id)
        assert item is not None
        return item

    @property
    def state(self) -> OutboxState:
        return self.item().state

    @property
    def draft(self) -> str | None:
        draft = self.store.draft(CASE_ID)
        return draft.text if draft else None

    @property
    def turn(self) -> WorkState:
        case = self.store.case(CASE_ID)
        assert case is not None
        return case.state(self.clock.now())

    @asynccontextmanager
    async def running(self):
        """The outbox at work, as in the open desk."""
        work = asyncio.create_task(self.outbox.run(self.told.append))
        try:
            yield
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    async def until(self, holds: Callable[[], bool], *, passing: timedelta = timedelta(0)) -> None:
        """Wait for a condition; let time pass in steps of `passing` whenever everybody sleeps."""
        async with asyncio.timeout(10):
            while not holds():
                if passing and self.clock.sleepers:
                    self.clock.advance(passing)
                await asyncio.sleep(0)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(at(9))


@pytest.fixture
def channel(clock: FakeClock) -> FakeChannel:
    return FakeChannel(clock)


@pytest.fixture
async def desk(channel: FakeChannel, clock: FakeClock) -> Desk:
    desk = Desk(MemoryBackend(), channel, clock)
    await desk.keep(Changes(mentions=[MENTION], cases=[a_case([MENTION])]))
    return desk


class TestTheUsualWay:
    async def test_an_approved_reply_leaves_when_its_undo_window_ends(self, desk: Desk) -> None:
        async with desk.running():
            await desk.outbox.approve(a_request())
            await desk.clock.until_asleep()
            desk.clock.advance(WINDOW - timedelta(seconds=1))
            assert desk.channel.attempts == []
            desk.clock.advance(timedelta(seconds=1))
            await desk.until(lambda: desk.state is OutboxState.SENT)
        assert [request.text for request, _ in desk.channel.attempts] == [TEXT]
        assert [item.state for item in desk.told] == [OutboxState.SENT]

    async def test_what_was_published_is_the_customers_answer_at_the_platforms_time(self, desk: Desk) -> None:
        item = await desk.outbox.approve(a_request())
        desk.clock.advance(minutes(2))
        sent = await desk.outbox.deliver(item.id)
        case = desk.store.case(CASE_ID)
        assert case is not None
        [outbound] = case.outbounds
        assert sent.receipt is not None
        assert (outbound.at, outbound.post_id, outbound.answers) == (
            sent.receipt.published_at,
            sent.receipt.post_id,
            (MENTION.key,),
        )
        assert desk.turn is WorkState.WAITING_THEM

    async def test_the_undo_window_is_real_time_even_where_the_clock_runs_fast(self, desk: Desk) -> None:
        desk.clock._speed = 60
        item = await desk.outbox.approve(a_request())
        assert item.release_at == desk.clock.now() + minutes(10)

    async def test_what_prompts_asked_for_is_remembered_in_the_case(self, desk: Desk) -> None:
        await desk.outbox.approve(a_request(text="单号1024，在查"), template="单号{?订单号}，在查")
        case = desk.store.case(CASE_ID)
        assert case is not None
        assert case.memory == (("订单号", "1024"),)

    async def test_two_cases_are_sent_side_by_side(self, desk: Desk) -> None:
        other = a_mention(id="p9", author=an_author("wang"))
        await desk.keep(Changes(mentions=[other], cases=[a_case([other])]))
        async with desk.running():
            await desk.outbox.approve(a_request())
            await desk.outbox.approve(a_request(other))
            await desk.until(lambda: len(desk.channel.standing) == 2, passing=WINDOW)


class TestUndoneAndFailed:
    """Invariant 4: queued, undone and failed sends never stop a clock."""

    async def test_a_held_reply_answers_nobody_yet(self, desk: Desk) -> None:
        await desk.outbox.approve(a_request())
        assert desk.turn is WorkState.WAITING_US

    async def test_a_recalled_reply_never_leaves_and_is_the_draft_again(self, desk: Desk) -> None:
        async with desk.running():
            item = await desk.outbox.approve(a_request())
            await desk.outbox.recall(item.id)
            await desk.clock.until_asleep()
            desk.clock.advance(WINDOW)
            await desk.until(lambda: not desk.clock.sleepers)
        assert desk.channel.attempts == []
        assert (desk.draft, desk.turn) == (TEXT, WorkState.WAITING_US)

    async def test_recalling_brings_the_words_back_even_when_the_draft_was_emptied(self, desk: Desk) -> None:
        item = await desk.outbox.approve(a_request())
        await desk.keep(Changes(forget_drafts=[CASE_ID]))
        await desk.outbox.recall(item.id)
        assert desk.draft == TEXT

    async def test_recalling_does_not_overwrite_what_was_written_since(self, desk: Desk) -> None:
        item = await desk.outbox.approve(a_request())
        await desk.keep(Changes(drafts=[Draft(case_id=CASE_ID, text="改一下", saved_at=at(9))]))
        await desk.outbox.recall(item.id)
        assert desk.draft == "改一下"

    async def test_what_has_left_cannot_be_recalled(self, desk: Desk) -> None:
        item = await desk.outbox.approve(a_request())
        await desk.outbox.deliver(item.id)
        with pytest.raises(NotAllowed):
            await desk.outbox.recall(item.id)

    @pytest.mark.parametrize(
        "error",
        [
            Refused("no"),
            AuthError("no"),
            Unavailable("down"),
            RateLimited("slow", retry_after=None),
        ],
    )
    async def test_a_refused_reply_has_failed_and_keeps_its_draft(
        self, desk: Desk, error: ChannelError
    ) -> None:
        desk.channel.will_fail_reply(error)
        item = await desk.outbox.approve(a_request())
        failed = await desk.outbox.deliver(item.id)
        assert (failed.state, failed.problem) == (OutboxState.FAILED, str(error))
        assert (desk.draft, desk.turn) == (TEXT, WorkState.WAITING_US)

    async def test_after_a_failure_it_can_be_approved_again(self, desk: Desk) -> None:
        desk.channel.will_fail_reply(Refused("no"))
        await desk.outbox.deliver((await desk.outbox.approve(a_request())).id)
        again = await desk.outbox.approve(a_request())
        assert (await desk.outbox.deliver(again.id)).state is OutboxState.SENT
        assert desk.item("o1").state is OutboxState.RECALLED


class TestApproval:
    """Invariants 19 and 20: approval binds account, visibility, target and text; a broken template blocks."""

    async def test_exactly_what_was_approved_is_sent_whatever_happens_to_the_case_meanwhile(
        self, desk: Desk
    ) -> None:
        request = a_request()
        item = await desk.outbox.approve(request)
        later = a_mention("私信：电话555", id="p2", visibility=Visibility.DIRECT, case_id=CASE_ID)
        case = a_case([MENTION], then=[an_inbound(later)])
        draft = Draft(case_id=CASE_ID, text="别的话", saved_at=at(9))
        await desk.keep(Changes(mentions=[later], cases=[case], drafts=[draft]))
        await desk.outbox.deliver(item.id)
        assert [sent for sent, _ in desk.channel.attempts] == [request]

    async def test_a_message_that_arrives_after_approval_is_not_answered_by_it(self, desk: Desk) -> None:
        item = await desk.outbox.approve(a_request())
        crossing = a_mention("还有一件事", id="p2", posted_at=at(9), case_id=CASE_ID)
        await desk.keep(Changes(mentions=[crossing], cases=[a_case([MENTION], then=[an_inbound(crossing)])]))
        await desk.outbox.deliver(item.id)
        case = desk.store.case(CASE_ID)
        assert case is not None
        assert [inbound.post_id for inbound in case.unanswered] == ["p2"]

    @pytest.mark.parametrize(
        "text", ["", "  \n", "{称呼}您好", "单号{?订单号}", "{称呼|您}好", "好的}", "x" * 501]
    )
    async def test_this_text_is_refused(self, desk: Desk, text: str) -> None:
        with pytest.raises(NotAllowed):
            await desk.outbox.approve(a_request(text=text))
        assert list(desk.store.outbox()) == []

    @pytest.mark.parametrize(
        "changed",
        [
            {"account": "weibo"},
            {"target": "p999"},
            {"target": "", "target_handle": ""},
        ],
    )
    async def test_a_reply_bound_to_anything_but_its_case_is_refused(
        self, desk: Desk, changed: dict[str, str]
    ) -> None:
        with pytest.raises(NotAllowed):
            await desk.outbox.approve(a_request(**changed))

    async def test_a_reply_to_a_case_that_is_gone_is_refused(self, desk: Desk) -> None:
        with pytest.raises(NotFound):
            await desk.outbox.approve(a_request(case_id="case/none"))

    async def test_no_reply_is_wider_than_the_post_it_answers(self, desk: Desk) -> None:
        private = a_mention(id="dm", visibility=Visibility.DIRECT)
        await desk.keep(Changes(mentions=[private], cases=[a_case([private])]))
        with pytest.raises(NotAllowed):
            await desk.outbox.approve(a_request(private, visibility=Visibility.UNLISTED))
        await desk.outbox.approve(a_request(private))

    async def test_a_public_post_may_be_answered_in_private(self, desk: Desk) -> None:
        await desk.outbox.approve(a_request(visibility=Visibility.DIRECT))
        assert desk.state is OutboxState.HELD

    async def test_a_read_only_account_sends_nothing(self, desk: Desk) -> None:
        with pytest.raises(NotAllowed, match="read only"):
            desk.with_settings(read_only=frozenset({ACCOUNT})).check(a_request())

    async def test_a_channel_that_cannot_reply_sends_nothing(self, desk: Desk) -> None:
        desk.channel.capabilities = Capabilities(reply=False)
        with pytest.raises(NotAllowed, match="only read"):
            desk.outbox.check(a_request())

    async def test_a_second_reply_waits_until_the_first_has_landed(self, desk: Desk) -> None:
        await desk.outbox.approve(a_request())
        with pytest.raises(NotAllowed, match="still on its way"):
            await desk.outbox.approve(a_request())

    async def test_of_two_approvals_at_once_one_is_taken(self, desk: Desk) -> None:
        both = await asyncio.gather(
            desk.outbox.approve(a_request()), desk.outbox.approve(a_request()), return_exceptions=True
        )
        assert [type(one) for one in both] == [OutboxItem, NotAllowed]
        assert len(list(desk.store.outbox())) == 1

    async def test_when_the_disk_refuses_the_approval_nothing_is_on_its_way(
        self, channel: FakeChannel
    ) -> None:
        backend = MemoryBackend()
        desk = Desk(backend, channel, channel.clock)
        await desk.keep(Changes(mentions=[MENTION], cases=[a_case([MENTION])]))
        backend.failures.append(StoreError("full"))
        with pytest.raises(StoreError):
            await desk.outbox.approve(a_request())
        assert list(desk.store.outbox()) == []


class TestUnknownOutcome:
    """Invariant 18: intent before request; an unknown outcome is looked for, never sent again."""

    async def test_the_intent_is_on_disk_before_the_request_leaves(self, desk: Desk) -> None:
        desk.channel.gate = asyncio.Event()
        item = await desk.outbox.approve(a_request())
        sending = asyncio.create_task(desk.outbox.deliver(item.id))
        await desk.until(lambda: bool(desk.channel.attempts))
        assert desk.state is OutboxState.SENDING
        desk.channel.gate.set()
        await sending

    @pytest.mark.parametrize("error", [OutcomeUnknown("lost"), BadAnswer("half a body"), ChannelError("?")])
    async def test_an_answer_that_proves_nothing_leaves_it_unknown(
        self, desk: Desk, error: ChannelError
    ) -> None:
        desk.channel.will_fail_reply(error)
        item = await desk.outbox.approve(a_request())
        assert (await desk.outbox.deliver(item.id)).state is OutboxState.UNKNOWN
        assert desk.draft == TEXT

    async def test_found_on_the_platform_it_is_sent(self, desk: Desk) -> None:
        desk.channel.will_lose_answer(published=True)
        item = await desk.outbox.approve(a_request())
        await desk.outbox.deliver(item.id)
        assert (await desk.outbox.reconcile(item.id)).state is OutboxState.SENT
        assert desk.draft is None
        assert len(desk.channel.attempts) == 1

    async def test_not_found_it_has_failed_only_when_that_is_final(self, desk: Desk) -> None:
        desk.channel.will_lose_answer(published=False)
        item = await desk.outbox.approve(a_request())
        await desk.outbox.deliver(item.id)
        assert (await desk.outbox.reconcile(item.id, final=False)).state is OutboxState.UNKNOWN
        assert (await desk.outbox.reconcile(item.id)).state is OutboxState.FAILED
        assert desk.draft == TEXT

    async def test_the_open_desk_looks_by_itself_and_tells(self, desk: Desk) -> None:
        desk.channel.will_lose_answer(published=True)
        async with desk.running():
            await desk.outbox.approve(a_request())
            await desk.until(lambda: desk.state is OutboxState.SENT, passing=WINDOW)
            await desk.until(lambda: len(desk.told) == 2)
        assert [item.state for item in desk.told] == [OutboxState.UNKNOWN, OutboxState.SENT]

    async def test_a_reply_that_appears_late_is_still_found(self, desk: Desk) -> None:
        """A slow server: the first looks find nothing, and it is not given up."""
        desk.channel.will_lose_answer(published=False)
        async with desk.running():
            item = await desk.outbox.approve(a_request())
            await desk.until(lambda: desk.state is OutboxState.UNKNOWN, passing=WINDOW)
            await desk.clock.until_asleep()
            desk.clock.advance(timedelta(seconds=2))
            await desk.clock.until_asleep()
            desk.channel._publish(item.request, item.id)
            await desk.until(lambda: desk.state is OutboxState.SENT, passing=WINDOW)

    async def test_while_the_platform_cannot_be_asked_it_stays_unknown_and_is_asked_again(
        self, desk: Desk
    ) -> None:
        desk.channel.will_lose_answer(published=True)
        desk.channel.will_fail_find(*[Unavailable("down")] * 6)
        async with desk.running():
            await desk.outbox.approve(a_request())
            await desk.until(lambda: desk.state is OutboxState.SENT, passing=minutes(5))
        assert {i.problem for i in desk.told if i.problem} == {"The answer was lost.", "down"}

    async def test_an_older_reply_in_the_same_words_is_not_taken_for_this_one(self, desk: Desk) -> None:
        earlier = an_outbound([], id="o0", post_id="r0")
        await desk.keep(Changes(cases=[a_case([MENTION], then=[earlier])]))
        desk.channel.will_lose_answer(published=False)
        item = await desk.outbox.approve(a_request())
        await desk.outbox.deliver(item.id)
        desk.channel.standing[item.id] = (item.request, ReplyReceipt(post_id="r0", published_at=at(1)))
        assert (await desk.outbox.reconcile(item.id)).state is OutboxState.FAILED

    async def test_confirmed_by_hand_while_it_is_being_looked_for_it_is_booked_once(self, desk: Desk) -> None:
        desk.channel.will_lose_answer(published=True)
        item = await desk.outbox.approve(a_request())
        await desk.outbox.deliver(item.id)
        await asyncio.gather(desk.outbox.reconcile(item.id), desk.outbox.confirm(item.id))
        case = desk.store.case(CASE_ID)
        assert case is not None
        assert len(case.outbounds) == 1
        assert desk.state is OutboxState.SENT

    async def test_not_finding_it_does_not_unsend_what_the_founder_confirmed(self, desk: Desk) -> None:
        desk.channel.will_lose_answer(published=False)
        item = await desk.outbox.approve(a_request())
        await desk.outbox.deliver(item.id)
        await asyncio.gather(desk.outbox.confirm(item.id), desk.outbox.reconcile(item.id))
        assert desk.state is OutboxState.SENT

    async def test_an_item_of_an_account_no_longer_configured_does_not_end_the_desk(self, desk: Desk) -> None:
        desk.channel.will_lose_answer(published=True)
        item = await desk.outbox.approve(a_request())
        await desk.outbox.deliver(item.id)
        bare = Outbox(desk.store, {}, desk.clock, undo_window=WINDOW, new_id=lambda: "o9")
        told: list[OutboxItem] = []
        work = asyncio.create_task(bare.run(told.append))
        await desk.until(lambda: bool(told), passing=WINDOW)
        assert not work.done()
        assert told[0].state is OutboxState.UNKNOWN
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)

    async def test_asked_to_deliver_twice_it_posts_once(self, desk: Desk) -> None:
        item = await desk.outbox.approve(a_request())
        both = await asyncio.gather(
            desk.outbox.deliver(item.id), desk.outbox.deliver(item.id), return_exceptions=True
        )
        assert sorted(type(one).__name__ for one in both) == ["NotAllowed", "OutboxItem"]
        assert len(desk.channel.attempts) == 1

    async def test_a_reply_being_sent_right_now_is_not_unknown_and_not_looked_for(self, desk: Desk) -> None:
        desk.channel.gate = asyncio.Event()
        item = await desk.outbox.approve(a_request())
        sending = asyncio.create_task(desk.outbox.deliver(item.id))
        await desk.until(lambda: bool(desk.channel.attempts))
        with pytest.raises(NotAllowed):
            await desk.outbox.deliver(item.id)
        assert not desk.outbox.is_unknown(desk.item())
        assert (await desk.outbox.reconcile(item.id)).state is OutboxState.SENDING
        desk.channel.gate.set()
        assert (await sending).state is OutboxState.SENT


def answers(channel: FakeChannel) -> None:
    """The platform answers as it should."""


def loses_the_answer_of_a_published_reply(channel: FakeChannel) -> None:
    channel.will_lose_answer(published=True)


def loses_a_reply_that_was_not_published(channel: FakeChannel) -> None:
    channel.will_lose_answer(published=False)


def refuses(channel: FakeChannel) -> None:
    channel.will_fail_reply(Refused("no"))


class TestCrashes:
    """Wherever the process dies or the disk gives out, no reply is lost and none goes out twice."""

    async def restarted(self, backend: MemoryBackend, channel: FakeChannel) -> Desk:
        """A new process on the same disk, left running until nothing is under way."""
        channel.gate = None
        backend.failures.clear()
        desk = Desk(backend, channel, channel.clock)
        await desk.outbox.recover()
        under_way = {OutboxState.HELD, OutboxState.SENDING, OutboxState.UNKNOWN}
        async with desk.running():
            await desk.until(
                lambda: not any(item.state in under_way for item in desk.store.outbox()), passing=minutes(5)
            )
        return desk

    def check(self, desk: Desk, *, acknowledged: bool) -> None:
        case = desk.store.case(CASE_ID)
        assert case is not None
        assert len(desk.channel.attempts) <= 1
        if desk.channel.standing:
            assert desk.state is OutboxState.SENT
            assert len(case.outbounds) == 1
            assert desk.draft is None
            return
        assert case.outbounds == ()
        if acknowledged:
            assert desk.state in (OutboxState.RECALLED, OutboxState.FAILED)
            assert desk.draft == TEXT

    @pytest.mark.parametrize("writes", range(5))
    @pytest.mark.parametrize(
        "behaves",
        [answers, loses_the_answer_of_a_published_reply, loses_a_reply_that_was_not_published, refuses],
    )
    async def test_the_disk_gives_out_after_some_writes_and_the_desk_is_started_again(
        self, clock: FakeClock, writes: int, behaves: Callable[[FakeChannel], None]
    ) -> None:
        channel, backend = FakeChannel(clock), DiskOfFewWrites()
        behaves(channel)
        desk = Desk(backend, channel, clock)
        await desk.keep(Changes(mentions=[MENTION], cases=[a_case([MENTION])]))
        backend.left = writes
        acknowledged = False
        try:
            item = await desk.outbox.approve(a_request())
            acknowledged = True
            await desk.outbox.deliver(item.id)
            await desk.outbox.reconcile(item.id)
        except KefuError:
            pass
        backend.left = 999
        self.check(await self.restarted(backend, channel), acknowledged=acknowledged)

    @pytest.mark.parametrize("kind", [FakeChannel, HangsAfterPublishing])
    async def test_the_process_dies_while_the_request_is_out(
        self, clock: FakeClock, kind: type[FakeChannel]
    ) -> None:
        backend, channel = MemoryBackend(), kind(clock)
        if kind is FakeChannel:
            channel.gate = asyncio.Event()  # dies before the platform has it
        desk = Desk(backend, channel, clock)
        await desk.keep(Changes(mentions=[MENTION], cases=[a_case([MENTION])]))
        item = await desk.outbox.approve(a_request())
        dying = asyncio.create_task(desk.outbox.deliver(item.id))
        await desk.until(lambda: bool(channel.attempts))
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        self.check(await self.restarted(backend, channel), acknowledged=True)

    async def test_what_was_held_when_the_desk_went_down_is_a_draft_again_and_never_leaves_late(
        self, desk: Desk
    ) -> None:
        await desk.outbox.approve(a_request())
        backend = desk.store._backend
        assert isinstance(backend, MemoryBackend)
        after = await self.restarted(backend, desk.channel)
        assert after.state is OutboxState.RECALLED
        assert (after.draft, desk.channel.attempts) == (TEXT, [])

    async def test_the_disk_refuses_the_intent_so_nothing_leaves_until_it_takes_it(
        self, channel: FakeChannel
    ) -> None:
        backend = MemoryBackend()
        desk = Desk(backend, channel, channel.clock)
        await desk.keep(Changes(mentions=[MENTION], cases=[a_case([MENTION])]))
        async with desk.running():
            await desk.outbox.approve(a_request())
            backend.failures.append(StoreError("full"))
            await desk.until(lambda: bool(desk.told), passing=WINDOW)
            assert (desk.told[0].state, desk.told[0].problem) == (OutboxState.HELD, "full")
            assert channel.attempts == []
            await desk.until(lambda: desk.state is OutboxState.SENT, passing=WINDOW)
        assert len(channel.attempts) == 1

    async def test_the_disk_refuses_the_outcome_so_the_reply_is_looked_for_not_sent_again(
        self, channel: FakeChannel
    ) -> None:
        backend = MemoryBackend()
        desk = Desk(backend, channel, channel.clock)
        await desk.keep(Changes(mentions=[MENTION], cases=[a_case([MENTION])]))
        channel.gate = asyncio.Event()
        async with desk.running():
            await desk.outbox.approve(a_request())
            await desk.until(lambda: bool(channel.attempts), passing=WINDOW)
            backend.failures.append(StoreError("full"))
            channel.gate.set()
            await desk.until(lambda: desk.state is OutboxState.SENT, passing=WINDOW)
        assert len(channel.attempts) == 1
        assert [item.problem for item in desk.told] == ["full", ""]


class DiskOfFewWrites(MemoryBackend):
    """A disk that takes `left` more writes."""

    left = 999

    def apply(self, batch, /) -> None:  # type: ignore[no-untyped-def]
        if not self.left:
            raise StoreError("full")
        self.left -= 1
        super().apply(batch)


class TestDrafts:
    """Invariant 21: a draft survives every failure and is gone only once the platform confirmed."""

    async def test_it_stays_while_the_reply_is_held_and_goes_when_it_stands(self, desk: Desk) -> None:
        item = await desk.outbox.approve(a_request())
        assert desk.draft == TEXT
        await desk.outbox.deliver(item.id)
        assert desk.draft is None

    async def test_what_was_written_while_the_reply_was_out_is_kept(self, desk: Desk) -> None:
        item = await desk.outbox.approve(a_request())
        await desk.keep(Changes(drafts=[Draft(case_id=CASE_ID, text="还有一点：", saved_at=at(9))]))
        await desk.outbox.deliver(item.id)
        assert desk.draft == "还有一点："


class TestByHand:
    @pytest.fixture
    def channel(self, clock: FakeClock) -> FakeChannel:
        return FakeChannel(clock, capabilities=Capabilities(reply=False, by_hand=True))

    async def test_nothing_is_sent_and_the_founder_confirms(self, desk: Desk) -> None:
        item = await desk.outbox.approve(a_request())
        assert (await desk.outbox.deliver(item.id)).state is OutboxState.TO_CONFIRM
        assert (desk.draft, desk.turn) == (TEXT, WorkState.WAITING_US)
        desk.clock.advance(minutes(3))
        sent = await desk.outbox.confirm(item.id, url="https://example.social/r1")
        assert sent.receipt is not None
        assert (sent.state, sent.receipt.published_at) == (OutboxState.SENT, at(12))
        assert (desk.draft, desk.turn) == (None, WorkState.WAITING_THEM)
        assert desk.channel.attempts == []

    async def test_what_was_not_posted_after_all_goes_back_to_the_draft(self, desk: Desk) -> None:
        item = await desk.outbox.approve(a_request())
        await desk.outbox.deliver(item.id)
        assert (await desk.outbox.recall(item.id)).state is OutboxState.RECALLED
        assert desk.turn is WorkState.WAITING_US

    async def test_it_waits_for_the_founder_across_a_restart(self, desk: Desk) -> None:
        item = await desk.outbox.approve(a_request())
        await desk.outbox.deliver(item.id)
        assert await desk.outbox.recover() == []
        assert desk.state is OutboxState.TO_CONFIRM

    async def test_there_is_nothing_to_confirm_in_what_is_only_held(self, desk: Desk) -> None:
        item = await desk.outbox.approve(a_request())
        with pytest.raises(NotAllowed):
            await desk.outbox.confirm(item.id)


async def test_an_item_nobody_knows_is_named_as_such(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await desk.outbox.deliver("o404")


async def test_a_failure_is_put_in_the_founders_words(desk: Desk) -> None:
    outbox = desk.with_settings(describe=lambda error: f"!{error}")
    desk.channel.will_fail_reply(Refused("no"))
    item = await outbox.approve(a_request())
    assert (await outbox.deliver(item.id)).problem == "!no"


def test_a_moved_item_counts_its_attempts_and_keeps_its_receipt() -> None:
    item = OutboxItem(id="o1", request=a_request(), approved_at=at(9), release_at=at(9))
    receipt = ReplyReceipt(post_id="r1", published_at=at(10))
    sent = item.moved(OutboxState.SENDING).moved(OutboxState.SENT, receipt=receipt)
    assert sent == replace(item, state=OutboxState.SENT, attempts=1, receipt=receipt)
    assert sent.moved(OutboxState.SENT).receipt == receipt
