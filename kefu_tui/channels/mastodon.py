"""Mastodon and the servers that speak its API (docs.joinmastodon.org/methods)."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from kefu_tui.channels.failures import Missing, outcome_unknown
from kefu_tui.channels.http import Http
from kefu_tui.channels.listening import Listener, with_heard
from kefu_tui.channels.mastodon_length import LengthRules
from kefu_tui.channels.mastodon_notifications import Notification, NotificationList, age
from kefu_tui.channels.mastodon_status import (
    addressed,
    read_post,
    read_receipt,
    says,
)
from kefu_tui.domain.errors import N_, AuthError, BadAnswer, RateLimited, Refused, Unavailable
from kefu_tui.domain.mention import Post, Visibility
from kefu_tui.domain.outbox import ReplyReceipt, ReplyRequest
from kefu_tui.ports import AccountFacts, Batch, Capabilities, Clock, Cursor, Gap, TextLength

if TYPE_CHECKING:
    import httpx

LOOK_BACK = 40  # own posts searched when the thread is gone
POLICY_GOOD_FOR = timedelta(hours=1)
_KEYS = uuid.UUID("5a5ee2a1-3d4f-5d0b-9a77-1c9e7f1f0a52")  # our own name space for idempotency keys

_VISIBILITY_NAMES = {
    Visibility.PUBLIC: "public",
    Visibility.UNLISTED: "unlisted",
    Visibility.FOLLOWERS: "private",
    Visibility.DIRECT: "direct",
}
_DROPPED = {
    "for_not_following": N_("the server drops mentions by people you do not follow: they never arrive here"),
    "for_not_followers": N_(
        "the server drops mentions by people who do not follow you: they never arrive here"
    ),
    "for_new_accounts": N_("the server drops mentions by new accounts: they never arrive here"),
    "for_private_mentions": N_("the server drops unsolicited private mentions: they never arrive here"),
    "for_limited_accounts": N_("the server drops mentions by limited accounts: they never arrive here"),
    "for_bots": N_("the server drops mentions by bots: they never arrive here"),
}


class MastodonChannel:
    """One account on a Mastodon server.

    The cursor is `{"min_id": notification id or null, "at": its time or null}`, and what listening keeps.
    Public posts are answered unlisted: that is good manners, it keeps a shop's answers out of public
    timelines.
    """

    platform = "mastodon"
    capabilities = Capabilities(
        reply=True,
        idempotent=False,
        edit_watch=True,
        direct=True,
        listen=True,
        public_replies_as=Visibility.UNLISTED,
        length_rule=N_("500 characters as a reader counts them, or what the server says; a link counts 23"),
        limits=N_("300 requests in 5 minutes"),
    )

    def __init__(
        self,
        *,
        account: str,
        server: str,
        token: str,
        clock: Clock,
        keywords: Sequence[str] = (),
        listen_interval: timedelta = timedelta(minutes=10),
        client: "httpx.AsyncClient | None" = None,
    ) -> None:
        self.account = account
        self._clock = clock
        address = server if "://" in server else f"https://{server}"
        self._http = Http(account=account, server=address, clock=clock, token=token.strip(), client=client)
        self._list = NotificationList(self._http)
        self._listener = Listener(keywords, listen_interval, clock)
        self._own_id: str | None = None
        self._identity_told: str | None = None
        self._scopes: tuple[str, ...] | None = None
        self._rules: LengthRules | None = None
        self._notices: tuple[str, ...] = ()
        self._policy_read_at: datetime | None = None

    async def poll(self, cursor: Cursor | None) -> Batch:
        """The page of mentions directly above the cursor, or all above it where the server cannot page so."""
        own_id = await self._identity()
        if cursor is None:
            position = _cursor(await self._list.newest())
            await self._learn()
            _, listening = await self._listener.hear(None, self._search)
            return Batch(cursor={**position, **listening}, notices=self._warnings)
        floor = cursor.get("min_id")
        news = await self._list.above(floor if isinstance(floor, str) else None)
        await self._learn()
        heard, listening = await self._listener.hear(cursor, self._search)
        if not news.entries:
            return Batch(cursor={**cursor, **listening}, posts=heard, notices=self._warnings)
        return Batch(
            cursor={**_cursor(max(news.entries, key=age)), **listening},
            posts=with_heard(_mentions(news.entries, own_id), heard),
            more=True,
            gap=None if news.whole else _gap(cursor, min(news.entries, key=age).at),
            notices=self._warnings,
        )

    @property
    def _warnings(self) -> tuple[str, ...]:
        return self._notices + self._listener.notices

    async def _search(self, word: str, since: datetime) -> Sequence[Post]:
        """Posts with a word, or under a tag where it begins with #.

        A server finds by words only what authors released for it, and only where it has a search at all; tags
        are found on every server.
        """
        own_id = await self._identity()
        if word.startswith("#"):
            path = f"/api/v1/timelines/tag/{_part(word.lstrip('#'))}"
            statuses = await self._http.get_json(path, {"limit": LOOK_BACK})
        else:
            params: dict[str, str | int] = {"q": word, "type": "statuses", "limit": LOOK_BACK}
            statuses = (await self._http.get_json("/api/v2/search", params)).at("statuses")
        posts = [read_post(status, own_id) for status in statuses.items()]
        return [post for post in posts if post.author.id != own_id and post.posted_at >= since]

    async def reread(self, post_ids: Sequence[str]) -> Batch:
        """The posts one by one, politely: the caller bounds how many."""
        own_id = await self._identity()
        posts: list[Post] = []
        deleted: list[str] = []
        for post_id in post_ids:
            try:
                posts.append(
                    read_post(await self._http.get_json(f"/api/v1/statuses/{_part(post_id)}"), own_id)
                )
            except Missing:
                deleted.append(post_id)
        return Batch(cursor={}, posts=tuple(posts), deleted=tuple(deleted))

    async def reply(self, request: ReplyRequest, idempotency_key: str) -> ReplyReceipt:
        """Post the answer. The key is honoured for an hour by Mastodon, ignored by GoToSocial and snac."""
        data = {
            "status": addressed(request.text, request.target_handle),
            "in_reply_to_id": request.target,
            "visibility": _VISIBILITY_NAMES[request.visibility],
        }
        if request.content_warning:
            data["spoiler_text"] = request.content_warning
        if request.language:
            data["language"] = request.language
        key = str(uuid.uuid5(_KEYS, idempotency_key))
        status = await self._http.post_json("/api/v1/statuses", data, {"Idempotency-Key": key})
        try:
            return read_receipt(status)
        except BadAnswer as error:
            raise outcome_unknown(self._http.host, error) from None

    async def find_reply(
        self,
        request: ReplyRequest,
        idempotency_key: str,  # noqa: ARG002 - no server tells the key of a post
    ) -> ReplyReceipt | None:
        """Our post with this text below the target.

        Where the target is gone its thread cannot be read and its answers hang in the air, so our own
        newest posts are searched instead; a second attempt would be refused there anyway.
        """
        own_id = await self._identity()
        try:
            context = await self._http.get_json(f"/api/v1/statuses/{_part(request.target)}/context")
            candidates = context.at("descendants")
            parents: tuple[str | None, ...] = (request.target,)
        except Missing:
            path = f"/api/v1/accounts/{_part(own_id)}/statuses"
            candidates = await self._http.get_json(path, {"limit": LOOK_BACK})
            parents = (request.target, None)
        standing = [
            read_receipt(status)
            for status in candidates.items()
            if status.at("account").at("id").name() == own_id
            and status.at("in_reply_to_id").name_or_none() in parents
            and says(status, request.text)
        ]
        return max(standing, key=lambda receipt: receipt.published_at, default=None)

    def length(self, request: ReplyRequest) -> TextLength:
        """By the instance's figures, known from the first poll on; Mastodon's own before."""
        rules = self._rules or LengthRules()
        text = addressed(request.text, request.target_handle)
        return TextLength(used=rules.used(text, request.content_warning), limit=rules.limit)

    def facts(self) -> AccountFacts:
        return AccountFacts(
            identity=self._identity_told,
            scopes=self._scopes,
            quota=self._http.quota,
            skew=self._http.skew,
        )

    async def check(self) -> AccountFacts:
        self._own_id = None
        await self._identity()
        with suppress(Refused, BadAnswer, AuthError):  # not every server tells
            application = await self._http.get_json("/api/v1/apps/verify_credentials")
            scopes = application.at("scopes")
            if not scopes.is_null:
                self._scopes = tuple(scope.text() for scope in scopes.items())
        await self._learn()
        return self.facts()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _identity(self) -> str:
        if self._own_id is None:
            me = await self._http.get_json(
                "/api/v1/accounts/verify_credentials",
                token_refused=(401, 403, 422),  # snac says 422, and there is nothing else it could mean
            )
            self._own_id = me.at("id").name()
            self._identity_told = me.at("acct").name_or_none()
        return self._own_id

    async def _learn(self) -> None:
        """Learn what the instance says of itself; what it cannot say now is asked again at the next poll."""
        with suppress(Unavailable, RateLimited):
            if self._rules is None:
                self._rules = await self._fetch_rules()
            now = self._clock.now()
            if self._policy_read_at is None or now - self._policy_read_at >= POLICY_GOOD_FOR:
                self._notices = await self._fetch_notices()
                self._policy_read_at = now

    async def _fetch_rules(self) -> LengthRules:
        for path in ("/api/v2/instance", "/api/v1/instance"):  # snac and old servers only know the second
            with suppress(Refused, BadAnswer):
                statuses = (await self._http.get_json(path)).at("configuration").at("statuses")
                return LengthRules(
                    limit=statuses.at("max_characters").integer(),
                    per_url=statuses.at("characters_reserved_per_url").integer(),
                )
        return LengthRules()

    async def _fetch_notices(self) -> tuple[str, ...]:
        """Which mentions the server throws away (Mastodon 4.3 and later; others know no such policy)."""
        with suppress(Refused, BadAnswer):
            policy = await self._http.get_json("/api/v2/notifications/policy")
            return tuple(notice for name, notice in _DROPPED.items() if policy.at(name).text_or("") == "drop")
        return ()


def _mentions(entries: Iterable[Notification], own_id: str) -> tuple[Post, ...]:
    posts = (
        read_post(entry.status, own_id)
        for entry in entries
        if entry.type == "mention" and not entry.status.is_null
    )
    return tuple({post.id: post for post in posts if post.author.id != own_id}.values())


def _cursor(newest: Notification | None) -> Cursor:
    if newest is None:
        return {"min_id": None, "at": None}
    return {"min_id": newest.id, "at": newest.at.isoformat()}


def _gap(cursor: Mapping[str, object], until: datetime) -> Gap:
    at = cursor.get("at")
    since = datetime.fromisoformat(at) if isinstance(at, str) else until
    return Gap(
        since=min(since, until),
        until=until,
        why=N_("more arrived at once than the server keeps in its list"),
    )


def _part(platform_id: str) -> str:
    """An id as one part of a path, whatever characters a server puts in its ids."""
    return quote(platform_id, safe="")
