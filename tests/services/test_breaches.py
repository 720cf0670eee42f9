"""Invariant 10: a breach is recorded once per clock and message, whatever happens to the case later."""

import pytest

from kefu_tui.domain.case import Case, Snoozed
from kefu_tui.domain.clocks import ClockKind, Targets
from kefu_tui.domain.mention import Mention
from kefu_tui.domain.verdict import Category, Priority
from kefu_tui.ports import Changes
from kefu_tui.services.breaches import Breaches
from kefu_tui.services.feed import Feed
from tests.builders import a_case, a_mention, a_verdict, an_inbound, an_outbound, at
from tests.fakes import FakeClassifier, FakeClock, MemoryBackend, memory_store

FIRST = a_mention(id="p1")
SECOND = a_mention("还在吗", id="p2", posted_at=at(70), case_id=FIRST.case_id)


class Shop:
    def __init__(self, backend: MemoryBackend, clock: FakeClock) -> None:
        self.backend = backend
        self.clock = clock
        self.store = memory_store(backend)
        feed = Feed(self.store, FakeClassifier(), clock, Targets(), big=10_000)
        self.breaches = Breaches(self.store, feed, clock)

    async def keep(self, case: Case, *mentions: Mention) -> None:
        await self.store.update(lambda _: Changes(cases=[case], mentions=mentions))

    async def at(self, minute: float) -> list[tuple[ClockKind, str]]:
        """What is newly late at this minute."""
        self.clock.jump(at(minute))
        return [(b.due.kind, b.due.mention_key.partition(":")[2]) for b in await self.breaches.record()]


@pytest.fixture
async def shop() -> Shop:
    shop = Shop(MemoryBackend(), FakeClock())
    await shop.keep(a_case([FIRST]), FIRST)
    return shop


async def test_while_there_is_time_left_nothing_is_recorded(shop: Shop) -> None:
    assert await shop.at(59) == []


async def test_a_clock_that_runs_out_is_told_once(shop: Shop) -> None:
    assert await shop.at(60) == [(ClockKind.FIRST_RESPONSE, "p1")]
    assert await shop.at(61) == []


async def test_not_again_after_a_restart(shop: Shop) -> None:
    await shop.at(60)
    assert await Shop(shop.backend, shop.clock).at(90) == []


async def test_a_second_angry_message_is_no_second_breach(shop: Shop) -> None:
    await shop.at(60)
    await shop.keep(a_case([FIRST, SECOND]), SECOND)
    assert await shop.at(300) == []


async def test_not_again_when_the_priority_changes(shop: Shop) -> None:
    await shop.at(60)
    await shop.keep(a_case([FIRST]), FIRST.amended(FIRST.post, a_verdict(Priority.P0)))
    assert await shop.at(61) == []


async def test_the_next_message_after_our_reply_has_a_clock_of_its_own(shop: Shop) -> None:
    await shop.at(60)
    await shop.keep(a_case([FIRST], then=[an_outbound([FIRST]), an_inbound(SECOND)]), SECOND)
    assert await shop.at(130) == [(ClockKind.NEXT_RESPONSE, "p2")]


async def test_the_heartbeat_of_the_same_message_is_another_clock(shop: Shop) -> None:
    await shop.keep(a_case([FIRST], then=[an_outbound([FIRST]), an_inbound(SECOND)]), SECOND)
    assert await shop.at(130) == [(ClockKind.NEXT_RESPONSE, "p2")]
    assert await shop.at(70 + 24 * 60) == [(ClockKind.HEARTBEAT, "p2")]


async def test_a_snooze_hides_no_breach(shop: Shop) -> None:
    await shop.keep(a_case([FIRST], then=[Snoozed(id="z", at=at(1), until=at(900), hold=True)]))
    assert await shop.at(60) == [(ClockKind.FIRST_RESPONSE, "p1")]


async def test_what_arrives_already_late_is_recorded_at_once(shop: Shop) -> None:
    shop.clock.jump(at(200))
    old = a_mention(id="old", posted_at=at(100))
    await shop.keep(a_case([old]), old)
    assert (ClockKind.FIRST_RESPONSE, "old") in await shop.at(200)


async def test_noise_is_never_late(shop: Shop) -> None:
    await shop.keep(
        a_case([FIRST]), FIRST.amended(FIRST.post, a_verdict(Priority.P0, category=Category.NOISE))
    )
    assert await shop.at(9999) == []


async def test_nothing_late_writes_nothing(shop: Shop) -> None:
    revision = shop.store.revision
    await shop.at(10)
    assert shop.store.revision == revision
