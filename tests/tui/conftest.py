"""A desk over fakes: a clock that stands still, a platform that says what the test tells it."""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, timedelta

import pytest
from textual.pilot import Pilot

from kefu_tui import i18n
from kefu_tui.domain.clocks import Targets
from kefu_tui.domain.hours import never_quiet
from kefu_tui.domain.mention import Post
from kefu_tui.domain.outbox import OutboxItem
from kefu_tui.domain.script import Script, Stage
from kefu_tui.domain.search import OwnView
from kefu_tui.domain.triage import DEFAULT_POLICY
from kefu_tui.domain.verdict import Language
from kefu_tui.nlp.shingles import ShingleIndex
from kefu_tui.nlp.topic_index import TopicIndex
from kefu_tui.services.breaches import Breaches
from kefu_tui.services.bundle import Services
from kefu_tui.services.causes import Causes
from kefu_tui.services.consistency import Consistency
from kefu_tui.services.corrections import Corrections
from kefu_tui.services.desk import Desk
from kefu_tui.services.feed import Feed
from kefu_tui.services.intake import Intake
from kefu_tui.services.outbox import Outbox
from kefu_tui.services.reporting import Reporting
from kefu_tui.services.scripts import ScriptDesk
from kefu_tui.services.upkeep import Upkeep
from kefu_tui.storage.desk_store import DeskStore
from kefu_tui.tui.app import KefuApp
from kefu_tui.tui.screens.desk import DeskScreen
from kefu_tui.tui.widgets.key_bar import KeyBar
from tests.builders import ACCOUNT, minutes
from tests.fakes import FakeChannel, FakeClassifier, FakeClock, FakeSegmenter, memory_store

INTERVAL = timedelta(seconds=30)
UNDO_WINDOW = timedelta(seconds=10)


@dataclass
class FewScripts:
    """Three scripts, one of them with a prompt."""

    scripts: list[Script] = field(
        default_factory=lambda: [
            Script(
                id="stance",
                stage=Stage.STANCE,
                title="先表态",
                body="{称呼|您}，我是{我}，这事我来办。",
                language=Language.HANS,
                initials="xbt",
            ),
            Script(
                id="order",
                stage=Stage.ORDER_NUMBER,
                title="要单号",
                body="请把{?订单号}发我，我马上查。",
                language=Language.HANS,
                initials="ydh",
            ),
        ]
    )

    def all(self) -> list[Script]:
        return self.scripts

    def problems(self) -> list[str]:
        return []


@dataclass
class World:
    """The desk's surroundings, in the test's hand."""

    clock: FakeClock = field(default_factory=FakeClock)
    store: DeskStore = field(default_factory=memory_store)
    classifier: FakeClassifier = field(default_factory=FakeClassifier)
    segmenter: FakeSegmenter = field(default_factory=FakeSegmenter)
    theme: str = "kefu-dark"
    keymap: dict[str, str] = field(default_factory=dict)
    views: tuple[OwnView, ...] = ()
    problems: tuple[str, ...] = ()
    with_account: bool = True
    recovered: tuple[OutboxItem, ...] = ()

    def __post_init__(self) -> None:
        self.channel = FakeChannel(self.clock)
        self._ids = (f"id{n}" for n in itertools.count())

    def services(self) -> Services:
        channels = [self.channel] if self.with_account else []
        causes = Causes(
            self.store, ShingleIndex(), TopicIndex(), self.segmenter, self.clock, fold=self.classifier.fold
        )
        feed = Feed(self.store, self.classifier, self.clock, Targets(), big=10_000, causes=causes)
        by_name = {channel.account: channel for channel in channels}

        def new_id() -> str:
            return next(self._ids)

        corrections = Corrections(self.store, feed, self.classifier, self.clock, new_id)
        return Services(
            store=self.store,
            intake=Intake(
                self.store,
                channels,
                self.classifier,
                self.clock,
                DEFAULT_POLICY,
                {ACCOUNT: INTERVAL},
                rng=random.Random(1),
                causes=causes,
            ),
            outbox=Outbox(self.store, by_name, self.clock, undo_window=UNDO_WINDOW, new_id=new_id),
            desk=Desk(self.store, self.clock, new_id, learn=corrections.learn),
            corrections=corrections,
            feed=feed,
            causes=causes,
            reporting=Reporting(self.store, feed, self.clock, UTC),
            breaches=Breaches(self.store, feed, self.clock),
            upkeep=Upkeep(self.store, self.clock),
            scripts=ScriptDesk(FewScripts(), self.classifier, me="阿岚", products=()),
            consistency=Consistency(self.store, self.classifier, self.clock, UTC),
            quiet=never_quiet(UTC),
            clock=self.clock,
            zone=UTC,
            channels=by_name,
            accounts=tuple(by_name),
            undo_window=UNDO_WINDOW,
            theme=self.theme,
            keymap=self.keymap,
            views=self.views,
            problems=self.problems,
            recovered=self.recovered,
        )


@dataclass
class Seat:
    """A founder at the desk: the app under test, its keys, and the world around it."""

    world: World
    app: KefuApp
    pilot: Pilot[None]

    @property
    def desk(self) -> DeskScreen:
        desk = self.app.screen_stack[1]
        assert isinstance(desk, DeskScreen)
        return desk

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
            await self.settle()

    async def type(self, text: str) -> None:
        """Type a text as a terminal would send it, wide characters included."""
        area = self.desk.composer.area
        area.replace(text, *area.selection)
        await self.settle()

    async def settle(self) -> None:
        """Let messages come to rest, and acts that are under way reach the store."""
        await self.pilot.pause()
        if self._is_acting():
            await self.until(lambda: not self._is_acting())
            await self.pilot.pause()

    def _is_acting(self) -> bool:
        """Whether an act is running; one that asks the founder something waits, and does not count."""
        is_asked = len(self.app.screen_stack) > 2
        return not is_asked and any(
            worker.group == "act" and worker.is_running for worker in self.app.workers
        )

    async def arrive(self, *posts: Post) -> None:
        """The platform tells these posts at the next poll, which is now."""
        self.world.channel.will_tell(*posts, at=self.world.clock.now())
        await self.pass_time(INTERVAL * 2)
        await self.until(lambda: all(self.world.store.mention(f"{ACCOUNT}:{post.id}") for post in posts))
        await self.settle()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Let the program run until the condition holds."""
        async with asyncio.timeout(20):
            while not condition():
                await self.pilot.pause()

    async def pass_time(self, span: timedelta) -> None:
        self.world.clock.advance(span)
        await self.settle()

    def rows(self) -> list[str]:
        """The list as it stands on the screen, a string a line."""
        feed = self.desk.list
        return [feed.render_line(y).text.rstrip() for y in range(feed.size.height)]

    def shown(self) -> str:
        """Everything on the screen, as text."""
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    def notices(self) -> list[str]:
        """What the founder was told: warnings over the screen, and the last line."""
        said = self.desk.query_one(KeyBar).said
        return [*(notification.message for notification in self.app._notifications), said]


Sit = Callable[..., AbstractAsyncContextManager[Seat]]


@pytest.fixture(autouse=True)
def speak_english() -> Iterator[None]:
    with i18n.using("en"):
        yield


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def sit(world: World) -> Sit:
    """Sit down at a desk with the given mentions waiting."""

    @asynccontextmanager
    async def sitting(*posts: Post, size: tuple[int, int] = (112, 22)) -> AsyncIterator[Seat]:
        app = KefuApp(world.services())
        async with app.run_test(size=size, notifications=True) as pilot:
            seat = Seat(world, app, pilot)
            if world.with_account:
                # the first poll only takes its position: what comes before it would be history
                await seat.until(lambda: bool(world.channel.polls))
            await seat.settle()
            if posts:
                await seat.arrive(*posts)
                await seat.press("g")
            yield seat

    return sitting


__all__ = ["Seat", "Sit", "World", "minutes"]
