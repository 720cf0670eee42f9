"""Weibo's open platform (open.weibo.com/wiki): few calls a day, spent where counters say there is news."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from kefu_tui.channels import weibo_text
from kefu_tui.channels.answer import Answer
from kefu_tui.channels.failures import Missing, outcome_unknown
from kefu_tui.channels.http import Http
from kefu_tui.channels.weibo_errors import SameText, reader
from kefu_tui.channels.weibo_post import comment_id, moment, numbers, read_comment, read_status
from kefu_tui.domain.errors import (
    N_,
    BadAnswer,
    ChannelError,
    RateLimited,
    Refused,
    Unavailable,
)
from kefu_tui.domain.mention import Post
from kefu_tui.domain.outbox import ReplyReceipt, ReplyRequest
from kefu_tui.ports import AccountFacts, Batch, Capabilities, Clock, Cursor, Json, Quota, TextLength

if TYPE_CHECKING:
    import httpx

PAGE = 200  # asked for; a page is filtered after it was cut, so its length says nothing
MOST_PAGES = 25  # of one walk
FULL_LOOK_EVERY = timedelta(hours=6)  # the human user resets the counters by looking
EXPIRES_SOON = timedelta(days=3)
KEPT_FOR_REPLIES = 10  # calls of a day that polling leaves alone
_SOON = N_(
    "the token runs out within three days: authorise the application again and put the new one in its place"
)
_SPENT = N_("the calls Weibo grants for today are nearly used up: new posts are looked for later")
_NO_COUNTER = N_(
    "Weibo does not tell the counters of unread posts: every list is asked for, which costs calls"
)


@dataclass(frozen=True, slots=True)
class List:
    """A list of news: its path, its name in the answer and in the cursor, the counter that rises with it."""

    path: str
    name: str
    key: str
    counter: str


LISTS = (
    List("/2/statuses/mentions.json", "statuses", "mentions", "mention_status"),
    List("/2/comments/mentions.json", "comments", "comment_mentions", "mention_cmt"),
    List("/2/comments/to_me.json", "comments", "comments", "cmt"),
)


class WeiboChannel:
    """One account, by the token its owner has granted an application.

    The cursor is `{"mentions": n, "comment_mentions": n, "comments": n, "looked_at": time}`, the highest
    number seen on each list. `ip` is this machine's public address, which Weibo wants beside each reply.
    """

    platform = "weibo"
    capabilities = Capabilities(
        reply=True,
        edit_watch=True,
        length_rule=N_("140 characters; ASCII counts half, a link ten"),
        limits=N_("100 calls a day for an account of a new application; 15 to 30 comments an hour"),
    )

    def __init__(
        self,
        *,
        account: str,
        token: str,
        clock: Clock,
        ip: str = "",
        api: str = "https://api.weibo.com",
        reminder: str = "https://rm.api.weibo.com",
        daily_calls: int = 100,
        client: "httpx.AsyncClient | None" = None,
    ) -> None:
        self.account = account
        self._clock = clock
        self._ip = ip
        self._token = token.strip()
        self._daily_calls = daily_calls
        self._http, self._reminder = (
            Http(account=account, server=at, clock=clock, token=token.strip(), scheme="OAuth2", client=client)
            for at in (api, reminder)
        )
        for http in (self._http, self._reminder):
            http.reads = reader(account, http.host, http.failures)
        self._own_id: str | None = None
        self._name: str | None = None
        self._expires_at: datetime | None = None
        self._quota: Quota | None = None
        self._spent: tuple[str, int] = ("", 0)  # the day in Beijing, and the calls made on it
        self._next_list_at: datetime | None = None
        self._seen = {each.counter: 0 for each in LISTS}  # the counters when their lists were last read
        self._silent_counters = False
        self._told: Cursor | None = None  # the cursor of the last poll that read a list

    async def poll(self, cursor: Cursor | None) -> Batch:
        """The lists whose counters have risen; all every few hours, and where there are no counters."""
        await self._identity()
        now = self._clock.now()
        if cursor is None:
            newest: dict[str, Json] = {}
            for each in LISTS:
                newest[each.key] = await self._newest(each)
            return Batch(cursor={**newest, "looked_at": now.isoformat()}, notices=self._notices())
        counters = await self._counters()
        looked = cursor.get("looked_at")
        overdue = not isinstance(looked, str) or now - datetime.fromisoformat(looked) >= FULL_LOOK_EVERY
        # a counter stays up until the human user looks: then the calls are spread over the day
        kept = cursor == self._told  # else what was read last was not, and everything is asked for again
        due = overdue or not kept or self._next_list_at is None or now >= self._next_list_at
        seen = self._seen
        wanted = [
            each
            for each in LISTS
            if overdue
            or (counters is None and due)
            or (counters and counters[each.counter] and (due or counters[each.counter] != seen[each.counter]))
        ]
        if wanted and self._left() < len(wanted) + KEPT_FOR_REPLIES:
            return Batch(cursor=cursor, notices=self._notices())
        posts: dict[str, Post] = {}
        floors: dict[str, Json] = {each.key: _floor(cursor, each) for each in LISTS}
        for each in wanted:
            found, highest = await self._above(each, _floor(cursor, each))
            posts |= {post.id: post for post in found}
            floors[each.key] = highest
            self._seen[each.counter] = (counters or {}).get(each.counter, 0)
        for counter, count in (counters or {}).items():
            if not count:
                self._seen[counter] = 0
        if wanted:
            self._next_list_at = now + self._pace()
        position: dict[str, Json] = {**floors, "looked_at": now.isoformat() if overdue else looked}
        self._told = position
        own = {post.id for post in posts.values() if post.author.id == self._own_id}
        return Batch(
            cursor=position,
            posts=tuple(post for post in posts.values() if post.id not in own),
            notices=self._notices(),
        )

    async def _above(self, each: List, floor: int) -> tuple[list[Post], int]:
        """Everything on a list above a number, and the highest number: by Weibo's cursor, never by length."""
        posts: list[Post] = []
        highest = floor
        below = 0
        for _ in range(MOST_PAGES):
            found, seen, after = await self._walked(each, floor, below)
            posts += found
            highest = max([highest, *seen])
            if after <= floor or after == below:
                break
            below = after
        return posts, highest

    async def _walked(self, each: List, floor: int, below: int) -> tuple[list[Post], list[int], int]:
        params: dict[str, str | int] = {"since_id": floor, "count": PAGE}
        if below:
            params["max_id"] = below
        answer = await self._get(each.path, params)
        posts, seen = await self._read(each, answer)
        after = answer.at("next_cursor")
        return posts, seen, 0 if after.is_null else _integer(after)

    async def _newest(self, each: List) -> int:
        """The highest number on a list; where a whole page was filtered away, where the next one begins."""
        answer = await self._get(each.path, {"count": 20})
        after = answer.at("next_cursor")
        return max([0 if after.is_null else _integer(after), *(await self._read(each, answer))[1]])

    async def _read(self, each: List, answer: Answer) -> tuple[list[Post], list[int]]:
        posts: list[Post] = []
        seen: list[int] = []
        for item in answer.at(each.name).items():
            seen.append(_integer(item.at("id")))
            if item.at("user").is_null:  # deleted meanwhile
                continue
            posts.append(read_status(item) if each.name == "statuses" else read_comment(item))
        return posts, seen

    async def reread(self, post_ids: Sequence[str]) -> Batch:
        """Posts one by one, as far as today's calls allow; comments have no call to read them one by one."""
        posts: list[Post] = []
        deleted: list[str] = []
        for post_id in post_ids:
            number, status = numbers(post_id)
            if number is not None or self._left() <= self._daily_calls // 2:
                continue
            try:
                answer = await self._get("/2/statuses/show.json", {"id": status})
            except Missing:
                deleted.append(post_id)
                continue
            if answer.at("deleted").is_null and not answer.at("user").is_null:
                posts.append(read_status(answer))
            else:
                deleted.append(post_id)
        return Batch(cursor={}, posts=tuple(posts), deleted=tuple(deleted))

    async def reply(self, request: ReplyRequest, idempotency_key: str) -> ReplyReceipt:
        """Comment below the post, or answer the comment.

        A text Weibo calls a repetition may be one of a moment ago whose answer was lost, so it is looked for
        first.
        """
        comment, status = numbers(request.target)
        form = {"id": status, "comment": request.text, "comment_ori": "0", "rip": self._ip}
        if not self._ip:
            raise Refused(
                N_("Weibo wants the address of this machine beside a reply: set ip for account {account}"),
                account=self.account,
            )
        path = "/2/comments/create.json"
        if comment is not None:
            path = "/2/comments/reply.json"
            form |= {"cid": comment, "without_mention": "0"}
        self._count()
        try:
            answer = await self._http.post_json(path, form)
        except SameText as refusal:
            with suppress(ChannelError):
                if (standing := await self.find_reply(request, idempotency_key)) is not None:
                    return standing
            raise refusal from None
        try:
            return _receipt(answer, status)
        except BadAnswer as error:
            raise outcome_unknown(self._http.host, error) from None

    async def find_reply(
        self,
        request: ReplyRequest,
        idempotency_key: str,  # noqa: ARG002 - Weibo keeps no key
    ) -> ReplyReceipt | None:
        """Our newest comment on this post with this text."""
        comment, status = numbers(request.target)
        own = await self._get("/2/comments/by_me.json", {"count": 50})
        standing = [
            _receipt(each, status)
            for each in own.at("comments").items()
            if not each.at("status").is_null
            and str(_integer(each.at("status").at("id"))) == status
            and _answers(each, comment)
            and weibo_text.same(each.at("text").text(), request.text)
        ]
        return max(standing, key=lambda receipt: receipt.published_at, default=None)

    def length(self, request: ReplyRequest) -> TextLength:
        """With the `回复@name:` Weibo puts before an answer to a comment."""
        added = f"回复@{request.target_handle}:" if numbers(request.target)[0] is not None else ""
        return TextLength(used=weibo_text.used(added + request.text), limit=weibo_text.MOST)

    def facts(self) -> AccountFacts:
        return AccountFacts(
            identity=self._name or self._own_id,
            expires_at=self._expires_at,
            quota=replace(self._quota, left=self._left()) if self._quota else None,
            skew=self._http.skew,
        )

    async def check(self) -> AccountFacts:
        self._own_id = None
        own_id = await self._identity()
        with suppress(Refused, BadAnswer):
            user = await self._get("/2/users/show.json", {"uid": own_id})
            self._name = user.at("screen_name").name_or_none()
        await self._budget()
        return self.facts()

    async def aclose(self) -> None:
        await self._http.aclose()
        await self._reminder.aclose()

    async def _identity(self) -> str:
        """Whose token this is and until when: neither call is counted."""
        if self._own_id is None:
            told = await self._http.post_json(
                "/oauth2/get_token_info", {"access_token": self._token}, repeatable=True
            )
            self._own_id = (
                told.at("uid").name()
                if isinstance(told.at("uid").value, str)
                else str(told.at("uid").integer())
            )
            left = next(
                (told.at(key) for key in ("expire_in", "expires_in") if not told.at(key).is_null), None
            )
            if left is not None:
                self._expires_at = self._clock.now() + timedelta(seconds=_integer(left))
            await self._budget()
        return self._own_id

    async def _budget(self) -> None:
        """What Weibo says is left; it is asked once, after each refusal, and when the day has turned."""
        with suppress(Refused, BadAnswer, Unavailable):
            told = await self._http.get_json("/2/account/rate_limit_status.json")
            left, limit = _integer(told.at("remaining_user_hits")), _integer(told.at("user_limit"))
            wait = timedelta(seconds=_integer(told.at("reset_time_in_seconds")))
            self._quota = Quota(left=left, limit=limit, resets_at=self._clock.now() + wait)
            self._spent = (self._today(), 0)

    def _left(self) -> int:
        """Calls left as far as we know: what Weibo said, less what was asked since."""
        day, spent = self._spent
        if self._quota is None:
            return self._daily_calls - (spent if day == self._today() else 0)
        if self._quota.resets_at is not None and self._clock.now() >= self._quota.resets_at:
            return self._quota.limit or self._daily_calls
        return max(0, self._quota.left - spent)

    def _pace(self) -> timedelta:
        """How far apart looks at all lists must lie for the calls to last until they are counted anew."""
        until = self._quota.resets_at if self._quota else None
        now = self._clock.now()
        rest = max(timedelta(0), (until or now + timedelta(days=1)) - now)
        looks = max(1, (self._left() - KEPT_FOR_REPLIES) // len(LISTS))
        return rest / looks

    def _today(self) -> str:
        return (self._clock.now().astimezone(UTC) + timedelta(hours=8)).date().isoformat()

    def _count(self) -> None:
        day, spent = self._spent
        if self._quota and self._quota.resets_at and self._clock.now() >= self._quota.resets_at:
            full = self._quota.limit or self._daily_calls
            self._quota = Quota(left=full, limit=full, resets_at=None)
            day, spent = self._today(), 0
        self._spent = (self._today(), spent + 1 if day == self._today() or self._quota else 1)

    async def _get(self, path: str, params: Mapping[str, str | int]) -> Answer:
        self._count()
        try:
            return await self._http.get_json(path, params)
        except RateLimited as error:
            await self._budget()
            if error.retry_after is None and self._quota and self._quota.resets_at:
                error.retry_after = max(timedelta(0), self._quota.resets_at - self._clock.now())
            raise

    async def _counters(self) -> dict[str, int] | None:
        """How many unread ones there are by kind, which costs no call; None where Weibo does not tell."""
        try:
            told = await self._reminder.get_json(
                "/2/remind/unread_count.json", {"uid": self._own_id or "", "unread_message": 0}
            )
            counters = {each.counter: _integer(told.at(each.counter)) for each in LISTS}
        except (Refused, BadAnswer):
            self._silent_counters = True
            return None
        self._silent_counters = False
        return counters

    def _notices(self) -> tuple[str, ...]:
        notices = []
        if self._expires_at is not None and self._expires_at - self._clock.now() < EXPIRES_SOON:
            notices.append(_SOON)
        if self._left() < len(LISTS) + KEPT_FOR_REPLIES:
            notices.append(_SPENT)
        if self._silent_counters:
            notices.append(_NO_COUNTER)
        return tuple(notices)


def _floor(cursor: Cursor, each: List) -> int:
    floor = cursor.get(each.key)
    return floor if isinstance(floor, int) else 0


def _answers(own: Answer, comment: str | None) -> bool:
    """Whether a comment of ours answers this comment; any does for the post itself."""
    answered = own.at("reply_comment")
    if comment is None or answered.is_null:
        return comment is None or answered.is_null
    return str(_integer(answered.at("id"))) == comment


def _receipt(comment: Answer, status: str) -> ReplyReceipt:
    number = comment.at("idstr").name_or_none() or str(comment.at("id").integer())
    return ReplyReceipt(post_id=comment_id(number, status), published_at=moment(comment.at("created_at")))


def _integer(answer: Answer) -> int:
    """A number that may come as digits in quotes."""
    value = answer.value
    if isinstance(value, str) and value.lstrip("-").isdigit() and len(value) < 20:
        return int(value)
    return answer.integer()
