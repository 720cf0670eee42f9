"""Intake: what the accounts' channels have that is new, triaged and stored, account by account.

An expected failure is part of the outcome, never an exception: one dead account must not stop the others.
"""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from kefu_tui.domain.errors import N_, AuthError, ChannelError, KefuError, NotFound, RateLimited, Unavailable
from kefu_tui.domain.mention import Author, Post
from kefu_tui.domain.rules import patterns_of, said
from kefu_tui.domain.triage import Policy
from kefu_tui.ports import (
    AccountFacts,
    Batch,
    Changes,
    Channel,
    Classifier,
    Clock,
    Cursor,
    Patterns,
    Pushing,
    Store,
    StoreView,
)
from kefu_tui.services.arrivals import Arrivals, ReadPost, Source, in_thread_order
from kefu_tui.services.causes import Causes

JITTER = 0.1
LONGEST_BACK_OFF = timedelta(minutes=15)
REREAD_EVERY = 5  # polls
REREAD_MOST = 20  # posts
BETWEEN_PUSHES = timedelta(milliseconds=500)  # a server that always says "now" must not hold us up
MOST_PAGES = 200  # of one poll: a channel that always says "more" must not hold the account for ever


@dataclass(frozen=True, slots=True, kw_only=True)
class PollOutcome:
    """What one poll of one account brought: case ids with something new, case ids changed in place.

    Of a long poll that is `unfinished` it is what has come by now; the same comes again at its end.
    """

    account: str
    arrived: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    error: KefuError | None = None
    unfinished: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStatus:
    """How the polling of an account stands, for the header and `kefu doctor`.

    `failures` counts the failed polls since the last good one; `paused` means the token was refused and the
    founder has to act; `notices` are lasting warnings of the platform, `facts` what it said of the account.
    `fetched` counts the cases that a poll of several pages has brought by now, 0 where none is running.
    """

    account: str
    last_success_at: datetime | None = None
    next_poll_at: datetime | None = None
    error: KefuError | None = None
    failures: int = 0
    paused: bool = False
    notices: tuple[str, ...] = ()
    fetched: int = 0
    facts: AccountFacts = field(default_factory=AccountFacts)


class Intake:
    """Polls accounts and keeps what they bring."""

    def __init__(
        self,
        store: Store,
        channels: Sequence[Channel],
        classifier: Classifier,
        clock: Clock,
        policy: Policy,
        interval: Callable[[str, datetime], timedelta] | Mapping[str, timedelta],
        rng: random.Random | None = None,
        patterns: Patterns | None = None,
        causes: Causes | None = None,
    ) -> None:
        self._store = store
        self._channels = {channel.account: channel for channel in channels}
        self._classifier = classifier
        self._clock = clock
        self.policy = policy
        """What the founder has settled; may be replaced at any time, the next page is judged by it."""
        self._patterns = patterns
        self._interval = interval
        self._rng = rng or random.Random()
        self._causes = causes
        self._polling: set[str] = set()
        self._polls: dict[str, int] = {}
        self._looked_at: dict[str, dict[str, datetime]] = {}  # of each account, by post id
        self._nudged: dict[str, asyncio.Event] = {}
        self.statuses: dict[str, AccountStatus] = {
            name: AccountStatus(account=name, last_success_at=_last_success(store, name))
            for name in self._channels
        }

    async def poll_all(self, notify: Callable[[PollOutcome], None] = lambda _: None) -> list[PollOutcome]:
        """Poll every account at once; `notify` hears of each as it finishes."""

        async def one(account: str) -> PollOutcome:
            outcome = await self.poll(account)
            notify(outcome)
            return outcome

        return list(await asyncio.gather(*(one(account) for account in self._channels)))

    async def watch(self, notify: Callable[[PollOutcome], None]) -> None:
        """Poll every account at its own interval until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for account in self._channels:
                self._nudged[account] = asyncio.Event()
                tasks.create_task(self._watch_one(account, notify))

    def nudge(self) -> None:
        """Poll every watched account now, paused ones included: the founder asked for it."""
        for event in self._nudged.values():
            event.set()

    async def _watch_one(self, account: str, notify: Callable[[PollOutcome], None]) -> None:
        nudged = self._nudged[account]
        while True:
            nudged.clear()
            notify(await self.poll(account, notify))
            if self.statuses[account].paused:
                await nudged.wait()
                continue
            delay = self._delay(account)
            earliest = self._clock.now() + _patience(self.statuses[account].error)
            self._set_status(account, next_poll_at=self._clock.now() + delay)
            await self._sleep(delay, nudged, self._channels[account])
            await self._clock.sleep(earliest - self._clock.now())  # a nudge must not cut this short

    async def _sleep(self, delay: timedelta, nudged: asyncio.Event, channel: Channel) -> None:
        """Sleep, or until nudged, or until the platform says by itself that there is something new."""
        sleep = asyncio.ensure_future(self._clock.sleep(delay))
        wake = asyncio.ensure_future(nudged.wait())
        waiting: list[asyncio.Future[Any]] = [sleep, wake]
        if isinstance(channel, Pushing) and not self.statuses[channel.account].failures:
            waiting.append(asyncio.ensure_future(self._until_news(channel, channel.account)))
        try:
            done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
        for task in done:
            task.result()  # an error nobody expects must be heard

    async def _until_news(self, channel: Pushing, account: str) -> None:
        """Wait for the platform's word; where it fails the next poll will say so."""
        try:
            await channel.news(self._store.cursor(account))
        except ChannelError:
            await asyncio.Event().wait()
        await self._clock.sleep(BETWEEN_PUSHES)

    def _delay(self, account: str) -> timedelta:
        """Until the next poll: the interval, spread a little; after failures longer each time.

        The platform's own figure is a minimum nobody undercuts.
        """
        status = self.statuses[account]
        interval = self._interval
        delay = interval(account, self._clock.now()) if callable(interval) else interval[account]
        if status.failures:
            delay = min(delay * 2 ** min(status.failures, 10), max(LONGEST_BACK_OFF, delay))
        delay *= 1 + self._rng.uniform(-JITTER, JITTER)
        return max(delay, _patience(status.error))

    async def poll(
        self, account: str, progress: Callable[[PollOutcome], None] = lambda _: None
    ) -> PollOutcome:
        """Fetch and keep what is new on one account, page by page; each page is durable before the next.

        The next page is asked for when the last one is stored, so a flood waits at the platform and not in
        memory. `progress` hears what each page brought but the last.

        Raises `NotFound` for an account nobody configured; every other failure is in the outcome.
        """
        channel = self._channels.get(account)
        if channel is None:
            raise NotFound(N_("the account {account} is not in the configuration"), account=account)
        if account in self._polling:
            return PollOutcome(account=account)  # one at a time: a second poll would fetch the same again
        self._polling.add(account)
        arrived: dict[str, None] = {}
        updated: dict[str, None] = {}
        try:
            await self._poll_pages(channel, arrived, updated, progress)
            await self._reread(channel, updated)
        except KefuError as error:
            failures = self.statuses[account].failures + 1
            paused = isinstance(error, AuthError)
            facts = channel.facts()
            self._set_status(
                account, error=error, failures=failures, paused=paused, next_poll_at=None, facts=facts
            )
            return PollOutcome(account=account, arrived=tuple(arrived), updated=tuple(updated), error=error)
        finally:
            self._polling.discard(account)
            self._set_status(account, fetched=0)
        facts, now = channel.facts(), self._clock.now()
        self._set_status(account, error=None, failures=0, paused=False, last_success_at=now, facts=facts)
        return PollOutcome(account=account, arrived=tuple(arrived), updated=tuple(updated))

    async def _poll_pages(
        self,
        channel: Channel,
        arrived: dict[str, None],
        updated: dict[str, None],
        progress: Callable[[PollOutcome], None],
    ) -> None:
        notices: dict[str, None] = {}
        for _ in range(MOST_PAGES):
            before = self._store.cursor(channel.account)
            batch = await channel.poll(before)
            notices.update(dict.fromkeys(batch.notices))
            new: dict[str, None] = {}
            changed: dict[str, None] = {}
            await self._keep(channel.account, batch, batch.cursor, new, changed)
            arrived.update(new)
            updated.update(changed)
            if not batch.more or self._store.cursor(channel.account) == before:
                break
            self._set_status(channel.account, fetched=len(arrived))
            page = PollOutcome(
                account=channel.account, arrived=tuple(new), updated=tuple(changed), unfinished=True
            )
            progress(page)
        self._set_status(channel.account, notices=tuple(notices))

    @property
    def reading_problems(self) -> Sequence[KefuError]:
        """Why texts are read less well than they could be."""
        return self._classifier.problems()

    @property
    def slow_rules(self) -> tuple[str, ...]:
        """The names of rules whose pattern took too long too often and is not tried any more."""
        off = self._patterns.switched_off() if self._patterns else ()
        return tuple(rule.name for rule in self.policy.rules if rule.pattern and rule.pattern in off)

    async def _reread(self, channel: Channel, updated: dict[str, None]) -> None:
        """Look now and then whether posts that wait for us were amended or deleted.

        The first poll looks as well: a program that polls once and ends would otherwise never see it.
        """
        earlier = self._polls.get(channel.account, 0)
        self._polls[channel.account] = earlier + 1
        if not channel.capabilities.edit_watch or earlier % REREAD_EVERY:
            return
        waiting = sorted(
            (i for case in self._store.cases() if case.account == channel.account for i in case.unanswered),
            key=lambda inbound: inbound.at,
        )
        if waiting:
            batch = await channel.reread([inbound.post_id for inbound in waiting[-REREAD_MOST:]])
            await self._keep(channel.account, batch, None, {}, updated)
            now = self._clock.now()
            self._looked_at[channel.account] = {post.id: now for post in batch.posts}

    async def _keep(
        self,
        account: str,
        batch: Batch,
        cursor: Cursor | None,
        arrived: dict[str, None],
        updated: dict[str, None],
    ) -> None:
        policy = self.policy
        read = await self._read(batch.posts, policy)
        channel = self._channels.get(account)
        source = Source(
            account=account,
            platform=channel.platform if channel else "",
            looked_at=self._looked_at.get(account, {}),
        )
        now = self._clock.now()
        pages: list[Arrivals] = []

        def change(view: StoreView) -> Changes | None:
            page = Arrivals(view, source, now, policy)
            for post in in_thread_order(batch.posts):
                page.take(read[post.id])
            for post_id in batch.deleted:
                page.withdraw(post_id)
            pages.append(page)
            return page.changes(cursor, batch.gap)

        await self._store.update(change)
        for page in pages:  # told only once it is durable
            arrived.update(page.arrived)
            updated.update(page.updated)
            if self._causes is not None:
                await self._causes.take(page.mentions)

    async def _read(self, posts: Sequence[Post], policy: Policy) -> dict[str, ReadPost]:
        """What the words alone say, with a breath between two texts so that keys are answered.

        The founder's patterns may be slow, so they are looked for beside the event loop.
        """
        patterns = frozenset(patterns_of(policy.rules)) if self._patterns else frozenset()
        read: dict[str, ReadPost] = {}
        for post in posts:
            seen = said(post.words, self._classifier.fold)
            if patterns and self._patterns:
                found = await asyncio.to_thread(self._patterns.found, patterns, seen.folded)
                seen = replace(seen, patterns=found)
            read[post.id] = ReadPost(post, self._classifier.classify(post.words), seen)
            await asyncio.sleep(0)
        return read

    async def take_by_hand(
        self, account: str, *, author: str, text: str, url: str = "", posted_at: datetime | None = None
    ) -> str:
        """Keep a mention the founder pasted; returns its case id.

        A name stands for the same person each time; the link, where there is one, names the post, so
        that pasting it twice makes no double. Where the founder knows no `posted_at`, the post is undated.
        """
        now = self._clock.now()
        post_id = url or f"pasted/{now.isoformat()}"
        name = author.strip().removeprefix("@")
        who = Author(id=name.casefold(), handle=name, name=name)
        post = Post(
            id=post_id,
            author=who,
            text=text,
            posted_at=posted_at or now,
            is_dated=posted_at is not None,
            url=url or None,
        )
        arrived: dict[str, None] = {}
        await self._keep(account, Batch(cursor={}, posts=(post,)), None, arrived, arrived)
        case_id = next(iter(arrived), None) or self._store.case_id_of_post(account, post_id)
        if case_id is None:  # pragma: no cover - kept posts have a case
            raise AssertionError("a kept post without its case")
        return case_id

    def _set_status(self, account: str, **values: object) -> None:
        self.statuses[account] = replace(self.statuses[account], **values)  # type: ignore[arg-type]  # names are checked by replace


def _last_success(store: StoreView, account: str) -> datetime | None:
    health = store.health(account)
    return health.last_success_at if health else None


def _patience(error: KefuError | None) -> timedelta:
    """How long the platform has asked us to stay away."""
    asked = error.retry_after if isinstance(error, RateLimited | Unavailable) else None
    return asked or timedelta(0)
