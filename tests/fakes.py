"""Stand-ins for what the ports promise, scripted by the test and silent otherwise."""

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from kefu_tui.domain.errors import ChannelError, KefuError, OutcomeUnknown, StoreError
from kefu_tui.domain.lessons import Learned, Lesson
from kefu_tui.domain.mention import Post
from kefu_tui.domain.outbox import ReplyReceipt, ReplyRequest
from kefu_tui.domain.verdict import TextVerdict
from kefu_tui.ports import AccountFacts, Batch, Capabilities, Cursor, Gap, TextLength
from kefu_tui.storage.desk_store import DeskStore
from tests.builders import ACCOUNT, EPOCH, a_text_verdict


class FakeClock:
    """A clock that stands still until the test moves it; `speed` is its share of real time for `from_now`."""

    def __init__(self, start: datetime = EPOCH, *, speed: float = 1) -> None:
        self._now = start
        self._speed = speed
        self._sleepers: list[tuple[datetime, asyncio.Future[None]]] = []
        self._fell_asleep = asyncio.Event()

    def now(self) -> datetime:
        return self._now

    def from_now(self, real: timedelta) -> datetime:
        return self._now + real * self._speed

    def advance(self, duration: timedelta) -> None:
        """Move on and wake everybody whose time has come; they run at the test's next `await`."""
        self.jump(self._now + duration)

    def jump(self, to: datetime) -> None:
        """Set the clock, backwards too, as a machine's clock sometimes does."""
        self._now = to
        due = [sleeper for sleeper in self._sleepers if sleeper[0] <= to]
        self._sleepers = [sleeper for sleeper in self._sleepers if sleeper[0] > to]
        for _, wake in due:
            if not wake.done():
                wake.set_result(None)

    async def sleep(self, duration: timedelta) -> None:
        if duration <= timedelta(0):
            await asyncio.sleep(0)
            return
        wake: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._now + duration, wake))
        self._fell_asleep.set()
        await wake

    @property
    def sleepers(self) -> int:
        """How many are asleep now."""
        return sum(not wake.done() for _, wake in self._sleepers)

    async def until_asleep(self, count: int = 1) -> None:
        """Let the others run until `count` of them sleep on this clock."""
        async with asyncio.timeout(10):
            while self.sleepers < count:
                self._fell_asleep.clear()
                await self._fell_asleep.wait()


class FakeClassifier:
    """Says `default` of every text, or what was scripted for a text that contains the given words."""

    def __init__(self, default: TextVerdict | None = None) -> None:
        self.default = default or a_text_verdict()
        self.scripted: dict[str, TextVerdict] = {}
        self.initials_of: dict[str, str] = {}
        self.read: list[str] = []
        self.lessons: list[Lesson] = []
        self.troubles: list[KefuError] = []

    def says(self, words: str, verdict: TextVerdict) -> None:
        """From now on, `verdict` of every text that contains `words`."""
        self.scripted[words] = verdict

    def classify(self, text: str) -> TextVerdict:
        self.read.append(text)
        return next((v for words, v in self.scripted.items() if words in text), self.default)

    def teach(self, lessons: Sequence[Lesson]) -> None:
        self.lessons = list(lessons)

    def learned(self) -> Sequence[Learned]:
        return [Learned(lesson.target, lesson.value, lesson.text, 1.0) for lesson in self.lessons]

    def problems(self) -> Sequence[KefuError]:
        return self.troubles

    def fold(self, text: str) -> str:
        return text.lower()

    def initials(self, text: str) -> str:
        return self.initials_of.get(text, "")


@dataclass
class FakeSegmenter:
    """Cuts at spaces; waits while `gate` is an unset event; knows nothing once it `gave_up`."""

    gate: asyncio.Event | None = None
    gave_up: bool = False
    asked: list[str] = field(default_factory=list)
    is_asked: asyncio.Event = field(default_factory=asyncio.Event)
    closed: bool = False

    async def words(self, texts: Sequence[str]) -> Sequence[Sequence[str]] | None:
        self.asked += texts
        self.is_asked.set()
        if self.gate is not None:
            await self.gate.wait()
        return None if self.gave_up else [text.split() for text in texts]

    def facts(self) -> AccountFacts:
        return AccountFacts(identity="@shop")

    async def check(self) -> AccountFacts:
        return self.facts()

    async def aclose(self) -> None:
        self.closed = True


@dataclass
class FakeChannel:
    """A platform that tells its news as the clock reaches them and keeps what was sent to it.

    `attempts` are the replies asked for, with their idempotency keys; `standing` what stands on the
    platform, by key. While `gate` is an unset event, polls and replies hang on it.
    """

    clock: FakeClock
    account: str = ACCOUNT
    platform: str = "fake"
    capabilities: Capabilities = field(default_factory=lambda: Capabilities(reply=True, edit_watch=True))
    limit: int = 500
    page: int | None = None  # how much news one poll tells; the rest is `more`
    posts: dict[str, Post] = field(default_factory=dict)
    polls: list[Cursor | None] = field(default_factory=list)
    attempts: list[tuple[ReplyRequest, str]] = field(default_factory=list)
    standing: dict[str, tuple[ReplyRequest, ReplyReceipt]] = field(default_factory=dict)
    gate: asyncio.Event | None = None
    closed: bool = False
    _coming: list[tuple[datetime, Post | str]] = field(default_factory=list)
    _told: list[Post | str] = field(default_factory=list)
    _poll_failures: list[ChannelError] = field(default_factory=list)
    _reply_failures: list[tuple[ChannelError, bool]] = field(default_factory=list)
    _find_failures: list[ChannelError] = field(default_factory=list)
    _gaps: list[Gap] = field(default_factory=list)
    _notices: tuple[str, ...] = ()

    def will_tell(self, *posts: Post, at: datetime | None = None) -> None:
        """New or edited posts, told from `at` on (default: their post time)."""
        self._coming += [(at or post.posted_at, post) for post in posts]

    def will_delete(self, post_id: str, at: datetime) -> None:
        self._coming.append((at, post_id))

    def will_fail_poll(self, *errors: ChannelError) -> None:
        """The next polls fail, one error each."""
        self._poll_failures += errors

    def will_fail_reply(self, *errors: ChannelError) -> None:
        """The next replies fail, one error each; nothing stands."""
        self._reply_failures += [(error, False) for error in errors]

    def will_lose_answer(self, *, published: bool) -> None:
        """The next reply's answer is lost; whether it stands all the same is `published`."""
        self._reply_failures.append((OutcomeUnknown("The answer was lost."), published))

    def will_fail_find(self, *errors: ChannelError) -> None:
        self._find_failures += errors

    def will_report_gap(self, gap: Gap) -> None:
        """The next poll tells of a gap."""
        self._gaps.append(gap)

    def notices_from_now(self, *notices: str) -> None:
        self._notices = notices

    async def poll(self, cursor: Cursor | None) -> Batch:
        self.polls.append(cursor)
        await self._pass_gate()
        if self._poll_failures:
            raise self._poll_failures.pop(0)
        self._let_time_pass()
        start = len(self._told) if cursor is None else _position(cursor)
        end = len(self._told) if self.page is None else min(start + self.page, len(self._told))
        news = self._told[start:end]
        return Batch(
            cursor={"position": end},
            posts=tuple(one for one in news if isinstance(one, Post)),
            deleted=tuple(one for one in news if isinstance(one, str)),
            more=end < len(self._told),
            gap=self._gaps.pop(0) if self._gaps else None,
            notices=self._notices,
        )

    async def reread(self, post_ids: Sequence[str]) -> Batch:
        await self._pass_gate()
        self._let_time_pass()
        known = tuple(self.posts[one] for one in post_ids if one in self.posts)
        return Batch(cursor={}, posts=known, deleted=tuple(p for p in post_ids if p not in self.posts))

    async def reply(self, request: ReplyRequest, idempotency_key: str) -> ReplyReceipt:
        self.attempts.append((request, idempotency_key))
        await self._pass_gate()
        error, published = self._reply_failures.pop(0) if self._reply_failures else (None, True)
        if published:
            self._publish(request, idempotency_key)
        if error is not None:
            raise error
        return self.standing[idempotency_key][1]

    async def find_reply(self, request: ReplyRequest, idempotency_key: str) -> ReplyReceipt | None:
        if self._find_failures:
            raise self._find_failures.pop(0)
        found = self.standing.get(idempotency_key)
        return found[1] if found else None

    def length(self, request: ReplyRequest) -> TextLength:
        return TextLength(len(request.text), self.limit)

    def facts(self) -> AccountFacts:
        return AccountFacts(identity="@shop")

    async def check(self) -> AccountFacts:
        return self.facts()

    async def aclose(self) -> None:
        self.closed = True

    def _publish(self, request: ReplyRequest, key: str) -> None:
        if self.capabilities.idempotent and key in self.standing:
            return
        number = len(self.standing) + 1
        receipt = ReplyReceipt(
            post_id=f"r{number}", published_at=self.clock.now(), url=f"https://example.social/r{number}"
        )
        self.standing[key] = (request, receipt)

    def _let_time_pass(self) -> None:
        now = self.clock.now()
        due = sorted((item for item in self._coming if item[0] <= now), key=lambda item: item[0])
        self._coming = [item for item in self._coming if item[0] > now]
        for _, news in due:
            self._told.append(news)
            if isinstance(news, Post):
                self.posts[news.id] = news
            else:
                self.posts.pop(news, None)

    async def _pass_gate(self) -> None:
        if self.gate is not None:
            await self.gate.wait()


def _position(cursor: Cursor) -> int:
    position = cursor["position"]
    assert isinstance(position, int)
    return position


class MemoryBackend:
    """A backend that keeps nothing on disk; documents go through JSON as they would there.

    `failures` are raised by the next writes, one each, before anything changes. While `gate` is a
    cleared event, writes hang on it in their thread.
    """

    def __init__(self) -> None:
        self.tables: dict[str, dict[str, dict[str, Any]]] = {}
        self.batches: list[dict[str, dict[str, Any]]] = []
        self.failures: list[StoreError] = []
        self.gate: threading.Event | None = None
        self.needs_compaction = False
        self.compactions = 0
        self.closed = False

    def documents(self, table: str, /) -> Mapping[str, dict[str, Any]]:
        return self.tables.get(table, {})

    def document(self, table: str, key: str, /) -> dict[str, Any]:
        return self.tables[table][key]

    def compaction(self) -> Iterator[None]:
        self.compact()
        return iter(())

    def frozen(self) -> tuple[Mapping[str, Mapping[str, dict[str, Any]]], int]:
        return {name: rows.copy() for name, rows in self.tables.items()}, len(self.batches)

    def apply(self, batch: Mapping[str, Mapping[str, dict[str, Any] | None]], /) -> None:
        if self.gate is not None:
            assert self.gate.wait(10)
        if self.failures:
            raise self.failures.pop(0)
        written = json.loads(json.dumps(batch, allow_nan=False))
        self.batches.append(written)
        for name, documents in written.items():
            table = self.tables.setdefault(name, {})
            for key, document in documents.items():
                if document is None:
                    table.pop(key, None)
                else:
                    table[key] = document

    def compact(self) -> None:
        self.compactions += 1
        self.needs_compaction = False

    def close(self) -> None:
        self.closed = True


def memory_store(backend: MemoryBackend | None = None) -> DeskStore:
    """A store that keeps nothing on disk; give it a used backend to see what a restart would read."""
    return DeskStore(backend or MemoryBackend())
