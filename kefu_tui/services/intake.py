"""Intake: what the accounts' channels have that is new, triaged and stored, account by account.

An expected failure is part of the outcome, never an exception: one dead account must not stop the others.
"""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from kefu_tui.domain.case import Case, Inbound, Withdrawn, case_id_for
from kefu_tui.domain.errors import AuthError, KefuError, RateLimited, Unavailable
from kefu_tui.domain.mention import Author, Mention, Post, mention_key
from kefu_tui.domain.triage import Reach, judge
from kefu_tui.domain.verdict import TextVerdict
from kefu_tui.ports import AccountHealth, Batch, Changes, Channel, Classifier, Clock, Cursor, Store, StoreView

JITTER = 0.1
LONGEST_BACK_OFF = timedelta(minutes=15)
REREAD_EVERY = 5  # polls
REREAD_MOST = 20  # posts
MOST_PAGES = 200  # of one poll: a channel that always says "more" must not hold the account for ever


@dataclass(frozen=True, slots=True, kw_only=True)
class PollOutcome:
    """What one poll of one account brought: case ids with something new, case ids changed in place."""

    account: str
    arrived: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    error: KefuError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStatus:
    """How the polling of an account stands, for the header and `kefu doctor`.

    `failures` counts the failed polls since the last good one; `paused` means the token was refused and
    the founder has to act; `notices` are lasting warnings of the platform.
    """

    account: str
    last_success_at: datetime | None = None
    next_poll_at: datetime | None = None
    error: KefuError | None = None
    failures: int = 0
    paused: bool = False
    notices: tuple[str, ...] = ()


class Intake:
    """Polls accounts and keeps what they bring."""

    def __init__(
        self,
        store: Store,
        channels: Sequence[Channel],
        classifier: Classifier,
        clock: Clock,
        reach: Reach,
        intervals: Mapping[str, timedelta],
        rng: random.Random | None = None,
    ) -> None:
        self._store = store
        self._channels = {channel.account: channel for channel in channels}
        self._classifier = classifier
        self._clock = clock
        self._reach = reach
        self._intervals = intervals
        self._rng = rng or random.Random()
        self._polling: set[str] = set()
        self._polls: dict[str, int] = {}
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
            notify(await self.poll(account))
            nudged.clear()
            if self.statuses[account].paused:
                await nudged.wait()
                continue
            delay = self._delay(account)
            self._set_status(account, next_poll_at=self._clock.now() + delay)
            sleep = asyncio.ensure_future(self._clock.sleep(delay))
            wake = asyncio.ensure_future(nudged.wait())
            try:
                await asyncio.wait((sleep, wake), return_when=asyncio.FIRST_COMPLETED)
            finally:
                sleep.cancel()
                wake.cancel()

    def _delay(self, account: str) -> timedelta:
        """Until the next poll: the interval, spread a little; after failures longer each time.

        The platform's own figure is a minimum nobody undercuts.
        """
        status = self.statuses[account]
        delay = self._intervals[account]
        if status.failures:
            delay = min(delay * 2 ** min(status.failures, 10), max(LONGEST_BACK_OFF, delay))
        delay *= 1 + self._rng.uniform(-JITTER, JITTER)
        if isinstance(status.error, RateLimited | Unavailable) and status.error.retry_after is not None:
            delay = max(delay, status.error.retry_after)
        return delay

    async def poll(self, account: str) -> PollOutcome:
        """Fetch and keep what is new on one account, page by page; each page is durable before the next."""
        if account in self._polling:
            return PollOutcome(account=account)  # one at a time: a second poll would fetch the same again
        self._polling.add(account)
        arrived: dict[str, None] = {}
        updated: dict[str, None] = {}
        try:
            await self._poll_pages(self._channels[account], arrived, updated)
            await self._reread(self._channels[account], updated)
        except KefuError as error:
            failures = self.statuses[account].failures + 1
            self._set_status(account, error=error, failures=failures, paused=isinstance(error, AuthError))
            return PollOutcome(account=account, arrived=tuple(arrived), updated=tuple(updated), error=error)
        finally:
            self._polling.discard(account)
        self._set_status(account, error=None, failures=0, paused=False, last_success_at=self._clock.now())
        return PollOutcome(account=account, arrived=tuple(arrived), updated=tuple(updated))

    async def _poll_pages(self, channel: Channel, arrived: dict[str, None], updated: dict[str, None]) -> None:
        for _ in range(MOST_PAGES):
            batch = await channel.poll(self._store.cursor(channel.account))
            if batch.notices:
                self._set_status(channel.account, notices=batch.notices)
            await self._keep(channel.account, batch, batch.cursor, arrived, updated)
            if not batch.more:
                return

    async def _reread(self, channel: Channel, updated: dict[str, None]) -> None:
        """Look now and then whether posts that wait for us were amended or deleted."""
        count = self._polls[channel.account] = self._polls.get(channel.account, 0) + 1
        if not channel.capabilities.edit_watch or count % REREAD_EVERY:
            return
        waiting = sorted(
            (i for case in self._store.cases() if case.account == channel.account for i in case.unanswered),
            key=lambda inbound: inbound.at,
        )
        if waiting:
            batch = await channel.reread([inbound.post_id for inbound in waiting[-REREAD_MOST:]])
            await self._keep(channel.account, batch, None, {}, updated)

    async def _keep(
        self,
        account: str,
        batch: Batch,
        cursor: Cursor | None,
        arrived: dict[str, None],
        updated: dict[str, None],
    ) -> None:
        verdicts = await self._classify(batch.posts)
        now = self._clock.now()

        def change(view: StoreView) -> Changes | None:
            page = _Page(view, account, now, self._reach)
            for post in sorted(batch.posts, key=lambda post: post.posted_at):
                page.take(post, verdicts[post.id])
            for post_id in batch.deleted:
                page.withdraw(post_id)
            arrived.update(page.arrived)
            updated.update(page.updated)
            return page.changes(cursor, batch)

        await self._store.update(change)

    async def _classify(self, posts: Sequence[Post]) -> dict[str, TextVerdict]:
        """The verdicts of the words alone, with a breath between two texts so that keys are answered."""
        verdicts: dict[str, TextVerdict] = {}
        for post in posts:
            verdicts[post.id] = self._classifier.classify(f"{post.content_warning}\n{post.text}".strip())
            await asyncio.sleep(0)
        return verdicts

    async def take_by_hand(self, account: str, *, author: str, text: str, url: str = "") -> str:
        """Keep a mention the founder pasted; returns its case id.

        A name stands for the same person each time; the link, where there is one, names the post, so
        that pasting it twice makes no double.
        """
        now = self._clock.now()
        post_id = url or f"pasted/{now.isoformat()}"
        who = Author(id=author.strip().casefold(), handle=author.strip(), name=author.strip())
        post = Post(id=post_id, author=who, text=text, posted_at=now, url=url or None)
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


class _Page:
    """One page of an account on its way into the store: the new values it makes."""

    def __init__(self, view: StoreView, account: str, now: datetime, reach: Reach) -> None:
        self._view = view
        self._account = account
        self._now = now
        self._reach = reach
        self._cases: dict[str, Case] = {}
        self._mentions: dict[str, Mention] = {}
        self.arrived: dict[str, None] = {}
        self.updated: dict[str, None] = {}

    def take(self, post: Post, text: TextVerdict) -> None:
        """Keep a post: a new one, or the newer wording of a known one."""
        key = mention_key(self._account, post.id)
        known = self._mentions.get(key) or self._view.mention(key)
        if known is not None:
            if known.post.text != post.text or known.post.edited_at != post.edited_at:
                contacts = len(self._case(known.case_id).unanswered)
                verdict = judge(text, post.author, reach=self._reach, contacts=contacts)
                self._mentions[key] = known.amended(post, verdict)
                self.updated[known.case_id] = None
            return
        # an author's clock that runs ahead must not start our clocks in the future
        post = replace(post, posted_at=min(post.posted_at, self._now))
        case = self._case_for(post)
        contacts = len(case.unanswered) + 1
        self._mentions[key] = Mention(
            account=self._account,
            post=post,
            first_seen_at=self._now,
            verdict=judge(text, post.author, reach=self._reach, contacts=contacts),
            case_id=case.id,
        )
        inbound = Inbound(mention_key=key, post_id=post.id, at=post.posted_at, seen_at=self._now)
        self._cases[case.id] = case.with_event(inbound)
        self.arrived[case.id] = None

    def withdraw(self, post_id: str) -> None:
        """Mark a mention as deleted by its author; it stays readable, its clock ends."""
        key = mention_key(self._account, post_id)
        known = self._mentions.get(key) or self._view.mention(key)
        if known is None or known.deleted_at is not None:
            return
        self._mentions[key] = replace(known, deleted_at=self._now)
        case = self._case(known.case_id)
        self._cases[case.id] = case.with_event(Withdrawn(mention_key=key, at=self._now))
        self.updated[case.id] = None

    def changes(self, cursor: Cursor | None, batch: Batch) -> Changes | None:
        """What to write; None when the page brought nothing and the cursor stands still."""
        stored = self._view.cursor(self._account)
        if not self._cases and not self._mentions and batch.gap is None and cursor in (None, stored):
            return None
        health = self._view.health(self._account)
        connected = health.connected_at if health else None
        gaps = (*self._view.gaps(self._account), batch.gap) if batch.gap else None
        return Changes(
            mentions=self._mentions.values(),
            cases=self._cases.values(),
            cursors={} if cursor is None else {self._account: cursor},
            health=[
                AccountHealth(
                    account=self._account, last_success_at=self._now, connected_at=connected or self._now
                )
            ],
            gaps={} if gaps is None else {self._account: gaps},
        )

    def _case_for(self, post: Post) -> Case:
        """The case a new post belongs to: the same person in the same thread, else a case of its own."""
        person_key = f"{self._account}:{post.author.id}"
        if post.in_reply_to is not None:
            for case in self._cases.values():
                if case.person_key == person_key and post.in_reply_to in case.post_ids:
                    return case
            found = self._view.case_id_of_post(self._account, post.in_reply_to)
            if found is not None and self._case(found).person_key == person_key:
                return self._case(found)
        if post.thread_id is not None and (same := self._case_in_thread(person_key, post.thread_id)):
            return same
        case_id = case_id_for(mention_key(self._account, post.id))
        return Case(id=case_id, account=self._account, person_key=person_key)

    def _case_in_thread(self, person_key: str, thread_id: str) -> Case | None:
        candidates = {case.id: case for case in self._cases.values() if case.person_key == person_key}
        for case_id in self._view.case_ids_of_person(person_key):
            candidates.setdefault(case_id, self._case(case_id))
        for case in candidates.values():
            for inbound in case.inbounds:
                mention = self._mentions.get(inbound.mention_key) or self._view.mention(inbound.mention_key)
                if mention is not None and thread_id in (mention.post.thread_id, mention.post.id):
                    return case
        return None

    def _case(self, case_id: str) -> Case:
        case = self._cases.get(case_id) or self._view.case(case_id)
        if case is None:  # pragma: no cover - a mention without its case means a broken store
            raise AssertionError(f"mention of an unknown case {case_id!r}")
        return case
