"""X, version 2 of its API (docs.x.com): every post read and written is paid for, so nothing is read twice."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from kefu_tui.channels.answer import Answer
from kefu_tui.channels.failures import Response, outcome_unknown
from kefu_tui.channels.http import Http
from kefu_tui.channels.listening import Listener, with_heard
from kefu_tui.channels.x_text import MOST, has_link, same, used
from kefu_tui.domain.errors import N_, BadAnswer, ChannelError, Refused
from kefu_tui.domain.mention import Author, Kind, Post, Verified
from kefu_tui.domain.outbox import ReplyReceipt, ReplyRequest
from kefu_tui.ports import AccountFacts, Batch, Capabilities, Clock, Cursor, Gap, Json, TextLength

if TYPE_CHECKING:
    import httpx

PAGE = 100
LISTED = 800  # mentions the platform ever shows
POST_READ, USER_READ, POST_WRITTEN, POST_WITH_LINK = 0.005, 0.010, 0.015, 0.200  # US dollars
_FIELDS = {
    "expansions": "author_id",
    "user.fields": "username,name,verified,verified_type,public_metrics",
    "tweet.fields": "created_at,conversation_id,referenced_tweets,lang,public_metrics",
}
_SPENT = N_("the day's budget for X is spent: new posts are looked for tomorrow")
_GAP = N_("more arrived at once than the platform keeps in its list")
_KINDS = {"replied_to": Kind.REPLY, "quoted": Kind.QUOTE}
_VERIFIED = {"business": Verified.ORGANISATION, "government": Verified.GOVERNMENT}


class XChannel:
    """One account, by an OAuth 2 user token.

    The cursor is `{"since": newest id or null, "at": time, "spent": {"day": day, "usd": dollars}}`, and what
    listening keeps. With a `daily_budget` in dollars, polls stop when it is spent; replies never do.
    """

    platform = "x"
    capabilities = Capabilities(
        reply=True,
        edit_watch=False,  # each look again would be paid for
        listen=True,
        length_rule=N_("280; Chinese characters and emoji count 2, a link 23"),
        cost=N_("$0.005 a post and $0.010 an author read, $0.015 a reply, $0.20 one with a link"),
        limits=N_(
            "a reply only to who mentioned or quoted the account; 300 polls and 100 posts in 15 minutes"
        ),
    )

    def __init__(
        self,
        *,
        account: str,
        token: str,
        clock: Clock,
        keywords: Sequence[str] = (),
        listen_interval: timedelta = timedelta(minutes=10),
        api: str = "https://api.x.com",
        daily_budget: int = 0,
        client: "httpx.AsyncClient | None" = None,
    ) -> None:
        self.account = account
        self._clock = clock
        self._budget = daily_budget
        self._http = Http(account=account, server=api, clock=clock, token=token.strip(), client=client)
        self._http.reads = self._read_error
        self._listener = Listener(keywords, listen_interval, clock)
        self._own_id: str | None = None
        self._name: str | None = None
        self._spent: tuple[str, float] = ("", 0.0)

    async def poll(self, cursor: Cursor | None) -> Batch:
        """Mentions above the newest known, all pages of them."""
        self._remember(cursor)
        if cursor is not None and self._is_spent():
            return Batch(cursor=cursor, notices=(_SPENT,))
        own_id = await self._identity()
        since = (cursor or {}).get("since")
        found, newest, whole = await self._walk(
            own_id, since if isinstance(since, str) else None, cursor is None
        )
        heard, listening = await self._listener.hear(cursor, self._search)
        now = self._clock.now()
        at = (cursor or {}).get("at")
        if cursor is not None and not found and not heard:
            return Batch(cursor={**cursor, **listening}, notices=self._listener.notices)
        day, usd = self._spent
        position: dict[str, Json] = {
            "since": newest or since,
            "at": now.isoformat(),
            "spent": {"day": day, "usd": round(usd, 4)},
            **listening,
        }
        lost = Gap(since=datetime.fromisoformat(at) if isinstance(at, str) else now, until=now, why=_GAP)
        return Batch(
            cursor=position,
            posts=() if cursor is None else with_heard(found, heard),
            gap=None if whole or cursor is None else lost,
            notices=self._listener.notices,
        )

    async def _walk(self, own_id: str, since: str | None, first: bool) -> tuple[list[Post], str | None, bool]:
        """Posts, the newest id, and whether the list reached down to `since`."""
        posts: list[Post] = []
        newest: str | None = None
        place: str | None = None
        listed = 0
        while True:
            params: dict[str, str | int] = {"max_results": 5 if first else PAGE, **_FIELDS}
            if since is not None:
                params["since_id"] = since
            if place is not None:
                params["pagination_token"] = place
            answer = await self._http.get_json(f"/2/users/{own_id}/mentions", params, token_refused=(401,))
            page = self._posts(answer)
            listed += len(page)
            posts += [post for post in page if post.author.id != own_id]
            newest = newest or answer.at("meta").at("newest_id").name_or_none()
            place = answer.at("meta").at("next_token").name_or_none()
            if first or place is None:
                return posts, newest, listed < LISTED
            if listed >= LISTED:
                return posts, newest, False

    def _posts(self, answer: Answer) -> list[Post]:
        """The posts of an answer with their authors, paid for; one whose author is gone is left out."""
        data = answer.at("data")
        if data.is_null:
            if answer.at("meta").is_null:
                answer.at("meta").at("result_count")  # neither: no answer of theirs, said as such
            return []
        included = answer.at("includes")
        users = {}
        if not included.is_null and not included.at("users").is_null:
            users = {user.at("id").name(): user for user in included.at("users").items()}
        items = list(data.items())
        self._pay(len(items) * POST_READ + len(users) * USER_READ)
        return [
            _read(item, users[author]) for item in items if (author := item.at("author_id").name()) in users
        ]

    async def _search(self, word: str, since: datetime) -> Sequence[Post]:
        quoted = '"' + word.replace('"', " ") + '"'
        start = since.isoformat(timespec="seconds").replace("+00:00", "Z")
        params: dict[str, str | int] = {
            "query": f"{quoted} -is:retweet",
            "max_results": PAGE,
            "start_time": start,
            **_FIELDS,
        }
        answer = await self._http.get_json("/2/tweets/search/recent", params)
        return [post for post in self._posts(answer) if post.author.id != self._own_id]

    async def reread(self, post_ids: Sequence[str]) -> Batch:  # noqa: ARG002 - never asked: it would cost
        return Batch(cursor={})

    async def reply(self, request: ReplyRequest, idempotency_key: str) -> ReplyReceipt:
        """Answer a post; what X calls a duplicate is looked for, it may be one whose answer was lost."""
        body: Json = {"text": request.text, "reply": {"in_reply_to_tweet_id": request.target}}
        try:
            answer = await self._http.post_json("/2/tweets", json=body)
        except _Duplicate as refusal:
            with suppress(ChannelError):
                if (standing := await self.find_reply(request, idempotency_key)) is not None:
                    return standing
            raise refusal from None
        self._pay(POST_WITH_LINK if has_link(request.text) else POST_WRITTEN)
        try:
            return self._receipt(answer.at("data").at("id").name(), self._clock.now())
        except BadAnswer as error:
            raise outcome_unknown(self._http.host, error) from None

    async def find_reply(
        self,
        request: ReplyRequest,
        idempotency_key: str,  # noqa: ARG002 - X keeps no key
    ) -> ReplyReceipt | None:
        """Our newest post with this text that answers the target."""
        own_id = await self._identity()
        params: dict[str, str | int] = {"max_results": 20, "tweet.fields": "created_at,referenced_tweets"}
        answer = await self._http.get_json(f"/2/users/{own_id}/tweets", params)
        data = answer.at("data")
        if data.is_null:
            answer.at("meta").at("result_count").integer()
            return None
        items = list(data.items())
        self._pay(len(items) * POST_READ)
        standing = [
            self._receipt(item.at("id").name(), item.at("created_at").instant())
            for item in items
            if _answered(item) == request.target and same(item.at("text").text(), request.text)
        ]
        return max(standing, key=lambda receipt: receipt.published_at, default=None)

    def length(self, request: ReplyRequest) -> TextLength:
        return TextLength(used=used(request.text), limit=MOST)

    def facts(self) -> AccountFacts:
        day, usd = self._spent
        return AccountFacts(
            identity=self._name,
            quota=self._http.quota,
            skew=self._http.skew,
            cost_today=usd if day == self._today() else 0.0,
        )

    async def check(self) -> AccountFacts:
        self._own_id = None
        await self._identity()
        return self.facts()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _identity(self) -> str:
        if self._own_id is None:
            me = (await self._http.get_json("/2/users/me")).at("data")
            self._own_id, self._name = me.at("id").name(), me.at("username").name_or_none()
        return self._own_id

    def _receipt(self, number: str, at: datetime) -> ReplyReceipt:
        url = f"https://x.com/{self._name or 'i'}/status/{number}"
        return ReplyReceipt(post_id=number, published_at=at, url=url)

    def _read_error(self, response: Response) -> ChannelError | None:
        """403 is for many things; which, only the words tell."""
        if response.status != 403:
            return None
        words = self._http.failures.detail(response)
        if "duplicate" in words.lower():
            return _Duplicate(N_("X refused the reply as a repetition of an earlier one"))
        return Refused(
            N_("X refused: {detail}; it allows a reply only to posts that mention or quote the account"),
            detail=words,
        )

    def _pay(self, usd: float) -> None:
        day, spent = self._spent
        self._spent = (self._today(), (spent if day == self._today() else 0.0) + usd)

    def _remember(self, cursor: Cursor | None) -> None:
        """What an earlier run has spent today."""
        kept = (cursor or {}).get("spent")
        if self._spent[0] or not isinstance(kept, Mapping):
            return
        day, usd = kept.get("day"), kept.get("usd")
        if day == self._today() and isinstance(usd, int | float):
            self._spent = (day, float(usd))

    def _is_spent(self) -> bool:
        day, usd = self._spent
        return bool(self._budget) and day == self._today() and usd >= self._budget

    def _today(self) -> str:
        return self._clock.now().date().isoformat()


class _Duplicate(Refused):
    """X says that this text stands already."""


def _read(item: Answer, user: Answer) -> Post:
    number, metrics = item.at("id").name(), item.at("public_metrics")
    referenced = _referenced(item)
    kind = next((_KINDS[how] for how in _KINDS if how in referenced), Kind.MENTION)
    author = _author(user)
    return Post(
        id=number,
        author=author,
        text=item.at("text").text(),
        posted_at=item.at("created_at").instant(),
        kind=kind,
        url=f"https://x.com/{author.handle}/status/{number}",
        thread_id=item.at("conversation_id").name_or_none(),
        in_reply_to=referenced.get("replied_to"),
        language=item.at("lang").name_or_none(),
        reposts=None if metrics.is_null else metrics.at("retweet_count").integer_or_none(),
    )


def _author(user: Answer) -> Author:
    metrics = user.at("public_metrics")
    vouched = user.at("verified").flag_or(False)
    kind = _VERIFIED.get(user.at("verified_type").text_or(""), Verified.PERSON)
    return Author(
        id=user.at("id").name(),
        handle=user.at("username").name(),
        name=user.at("name").text_or(""),
        followers=None if metrics.is_null else metrics.at("followers_count").integer_or_none(),
        verified=kind if vouched else Verified.NONE,
    )


def _referenced(item: Answer) -> dict[str, str]:
    found = item.at("referenced_tweets")
    return {} if found.is_null else {one.at("type").text(): one.at("id").name() for one in found.items()}


def _answered(item: Answer) -> str | None:
    return _referenced(item).get("replied_to")
