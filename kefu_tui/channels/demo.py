"""A platform that exists only in memory: it plays one invented day, and its customers answer back.

No network, no account. The day's posts appear when the clock reaches them; a reply may make its customer
write back, amend or delete the post some minutes later, whoever sent it.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zlib import crc32

from kefu_tui.channels.demo_day import DayAccount, DayPost, DemoDay, Reaction, Spread
from kefu_tui.domain.errors import N_, BadAnswer, Refused
from kefu_tui.domain.mention import Author, Kind, Post
from kefu_tui.domain.outbox import ReplyReceipt, ReplyRequest
from kefu_tui.ports import AccountFacts, Batch, Capabilities, Clock, Cursor, TextLength

PAGE = 20  # news told by one poll; the rest is `more`


@dataclass(frozen=True, slots=True)
class News:
    """What becomes known of a post at a moment: its first or newer wording, or (None) that it is gone."""

    at: datetime
    post_id: str
    post: Post | None


class PlayedDay:
    """The day laid on a date, as the platforms hold it: posts, replies, and what is still to come.

    Every channel of the demo speaks to the same one. Times of the file are minutes; the second within
    the minute follows from what happens, so that polling finds posts of all ages.
    """

    def __init__(self, day: DemoDay, *, on: date, zone: tzinfo) -> None:
        self.day = day
        self._on = on
        self._zone = zone
        self._accounts = {account.name: account for account in day.account}
        self._people = {person.id: person for person in day.person}
        self._script = {post.id: post for post in day.post}
        self._news: dict[str, list[News]] = {name: [] for name in self._accounts}
        self._receipts: dict[str, ReplyReceipt] = {}
        self._answered: set[str] = set()
        for post in day.post:
            self._announce(post)
        for spread in sorted(day.spread, key=lambda one: one.at):
            self._spread(spread)

    @property
    def opens_at(self) -> datetime:
        """Until when the founder has answered, and the earliest moment the interactive demo can begin."""
        return self.local(self.day.shop.opens_at)

    @property
    def begins_at(self) -> datetime:
        """Local midnight, before everything."""
        return self.local(time())

    @property
    def ends_at(self) -> datetime:
        """The last minute of the day; what customers would do later is not played."""
        return self.local(time(23, 59))

    def moment(self, at: time, what: str) -> datetime:
        """The moment (aware UTC) of something that happens in the minute `at`."""
        return self.local(at) + timedelta(seconds=crc32(what.encode()) % 60)

    def local(self, at: time) -> datetime:
        """The moment (aware UTC) when the wall clock of the day shows `at`."""
        return datetime.combine(self._on, at, self._zone).astimezone(UTC)

    def account(self, name: str) -> DayAccount:
        return self._accounts[name]

    def account_of(self, post_id: str) -> str:
        """The name of the account a post of the day was written to."""
        return self._people[self._script[post_id].by].account

    def next_news_at(self, account: str, after: datetime) -> datetime | None:
        """When the account's next news happens, as things stand now."""
        return min((news.at for news in self._news[account] if news.at > after), default=None)

    def news(self, account: str, told: int, now: datetime) -> tuple[list[News], bool]:
        """Up to `PAGE` news the account has not `told` yet, and whether there is more.

        News is only ever added after the moment of the last poll, so a position in it stays good.
        """
        happened = self._news[account][: bisect_right(self._news[account], now, key=lambda news: news.at)]
        return happened[told : told + PAGE], len(happened) > told + PAGE

    def standing(self, account: str, post_id: str, now: datetime) -> Post | None:
        """The post as it stands at a moment; None when it is gone or never was."""
        found = [news for news in self._news[account] if news.post_id == post_id and news.at <= now]
        return found[-1].post if found else None

    def publish(self, request: ReplyRequest, key: str, now: datetime) -> ReplyReceipt:
        """Take a reply; the same key again is the same reply. Its customers will react."""
        if key in self._receipts:
            return self._receipts[key]
        if self.standing(request.account, request.target, now) is None:
            raise Refused(N_("the post to be answered is gone"))
        post_id = f"r{len(self._receipts) + 1:03}"
        receipt = ReplyReceipt(post_id=post_id, published_at=now, url=_address(post_id))
        self._receipts[key] = receipt
        answered = {request.target, *(mention.partition(":")[2] for mention in request.answers)}
        for reaction in self.day.reaction:
            if reaction.to in answered - self._answered:
                self._react(reaction, receipt)
        self._answered |= answered
        return receipt

    def receipt(self, key: str) -> ReplyReceipt | None:
        return self._receipts.get(key)

    def _announce(self, script: DayPost) -> None:
        account = self._people[script.by].account
        post = self._post(script)
        self._add(account, News(post.posted_at, post.id, post))
        if script.amended_at is not None and script.amended_text is not None:
            at = self.moment(script.amended_at, f"{script.id} amended")
            self._add(account, News(at, post.id, replace(post, text=script.amended_text, edited_at=at)))
        if script.deleted_at is not None:
            self._add(account, News(self.moment(script.deleted_at, f"{script.id} deleted"), post.id, None))

    def _post(self, script: DayPost) -> Post:
        person = self._people[script.by]
        return Post(
            id=script.id,
            author=Author(
                id=person.id,
                handle=person.handle,
                name=person.name,
                followers=person.followers,
                verified=person.verified,
            ),
            text=script.text,
            posted_at=self.moment(script.at, script.id),
            kind=script.kind,
            visibility=script.visibility,
            url=_address(script.id),
            thread_id=script.in_reply_to or script.id,
            in_reply_to=script.in_reply_to,
            reposts=script.reposts,
        )

    def _spread(self, spread: Spread) -> None:
        """The count is news of its own, and every later wording of the post carries it."""
        account = self.account_of(spread.of)
        at = self.moment(spread.at, f"{spread.of} spreads to {spread.reposts}")
        post = self.standing(account, spread.of, at)
        if post is not None:
            self._news[account] = [
                replace(news, post=replace(news.post, reposts=spread.reposts))
                if news.post is not None and news.post_id == spread.of and news.at > at
                else news
                for news in self._news[account]
            ]
            self._add(account, News(at, spread.of, replace(post, reposts=spread.reposts)))

    def _react(self, reaction: Reaction, receipt: ReplyReceipt) -> None:
        account = self.account_of(reaction.to)
        at = receipt.published_at + timedelta(minutes=reaction.after_minutes)
        post = self.standing(account, reaction.to, receipt.published_at)
        if post is None:
            return  # deleted meanwhile: nobody is there to react
        if reaction.deleted:
            self._add(account, News(at, post.id, None))
        elif reaction.amended_text is not None:
            self._add(account, News(at, post.id, replace(post, text=reaction.amended_text, edited_at=at)))
        elif reaction.text is not None:
            back = replace(
                post,
                id=f"{post.id}-back",
                text=reaction.text,
                posted_at=at,
                kind=Kind.DIRECT if post.kind is Kind.DIRECT else Kind.REPLY,
                url=_address(f"{post.id}-back"),
                in_reply_to=receipt.post_id,
                edited_at=None,
                reposts=None,
            )
            self._add(account, News(at, back.id, back))

    def _add(self, account: str, news: News) -> None:
        known = self._news[account]
        known.insert(bisect_right(known, news.at, key=lambda other: other.at), news)


def _address(post_id: str) -> str:
    return f"https://demo.example/{post_id}"  # a name reserved for examples: it leads nowhere


class DemoChannel:
    """One of the shop's accounts.

    The cursor is `{"told": how much of the account's news is known}`. Unlike a real channel's, the first
    poll tells everything since the morning: the desk of the demo should find a day under way.
    """

    platform = "demo"
    capabilities = Capabilities(reply=True, idempotent=True, edit_watch=True)

    def __init__(self, *, account: str, played: PlayedDay, clock: Clock) -> None:
        self.account = account
        self._played = played
        self._clock = clock

    async def poll(self, cursor: Cursor | None) -> Batch:
        told = 0 if cursor is None else cursor.get("told")
        if not isinstance(told, int):
            raise BadAnswer(N_("the cursor of {account} is not one of the demo"), account=self.account)
        news, more = self._played.news(self.account, told, self._clock.now())
        # of several wordings in one page only the last still stands
        latest = {one.post_id: one for one in news}
        return Batch(
            cursor={"told": told + len(news)},
            posts=tuple(one.post for one in latest.values() if one.post is not None),
            deleted=tuple(one.post_id for one in latest.values() if one.post is None),
            more=more,
        )

    async def reread(self, post_ids: Sequence[str]) -> Batch:
        now = self._clock.now()
        found = {post_id: self._played.standing(self.account, post_id, now) for post_id in post_ids}
        return Batch(
            cursor={},
            posts=tuple(post for post in found.values() if post is not None),
            deleted=tuple(post_id for post_id, post in found.items() if post is None),
        )

    async def reply(self, request: ReplyRequest, idempotency_key: str) -> ReplyReceipt:
        length = self.length(request)
        if not length.fits:
            raise Refused(N_("too long: {used} of {limit}"), used=length.used, limit=length.limit)
        return self._played.publish(request, idempotency_key, self._clock.now())

    async def find_reply(self, request: ReplyRequest, idempotency_key: str) -> ReplyReceipt | None:  # noqa: ARG002
        return self._played.receipt(idempotency_key)

    def length(self, request: ReplyRequest) -> TextLength:
        account = self._played.account(self.account)
        used = len(request.text)
        if account.counts_halves:
            narrow = sum(char.isascii() for char in request.text)
            used = used - narrow + (narrow + 1) // 2
        return TextLength(used, account.length_limit)

    def facts(self) -> AccountFacts:
        return AccountFacts()

    async def check(self) -> AccountFacts:
        return self.facts()

    async def aclose(self) -> None:
        """Nothing is held open."""
