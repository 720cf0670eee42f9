"""Bluesky and other servers of the AT protocol (docs.bsky.app/docs/api)."""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from kefu_tui.channels.answer import Answer
from kefu_tui.channels.bluesky_session import Session, reader
from kefu_tui.channels.bluesky_text import facets, handles_in, measured
from kefu_tui.channels.bluesky_tid import reply_key
from kefu_tui.channels.failures import Missing
from kefu_tui.channels.http import Http, Params
from kefu_tui.channels.listening import Listener, with_heard
from kefu_tui.domain.errors import N_, ChannelError
from kefu_tui.domain.mention import Author, Kind, Post, Verified
from kefu_tui.domain.outbox import ReplyReceipt, ReplyRequest
from kefu_tui.ports import AccountFacts, Batch, Capabilities, Clock, Cursor, Gap, Json, TextLength

if TYPE_CHECKING:
    import httpx

PAGE = 100
MOST_PAGES = 30  # of one walk
OVERLAP = timedelta(hours=48)
"""How far each poll reads back: the list is ordered by a time the author has a say in."""
REMEMBERED = 1000  # posts at least
PER_CALL = 25  # posts or profiles asked for at once
_KINDS = {"mention": Kind.MENTION, "reply": Kind.REPLY, "quote": Kind.QUOTE}
_POST = "app.bsky.feed.post"
_GAP = N_("more arrived at once than one walk through the list reads")


class BlueskyChannel:
    """One account. `server` is the PDS it lives on; bsky.social finds the right one.

    The cursor is `{"since": when the account was first looked at, "known": short hashes of post ids}`: the
    list is no queue, so each poll reads an overlap again and tells what it does not know. The id of a post
    is its AT URI.
    """

    platform = "bluesky"
    capabilities = Capabilities(
        reply=True,
        idempotent=True,
        edit_watch=True,
        listen=True,
        length_rule=N_("300 characters as a reader counts them, and 3000 bytes"),
        limits=N_("3000 requests in 5 minutes, 300 logins a day"),
    )

    def __init__(
        self,
        *,
        account: str,
        handle: str,
        password: str,
        clock: Clock,
        server: str = "https://bsky.social",
        keywords: Sequence[str] = (),
        listen_interval: timedelta = timedelta(minutes=10),
        session_file: Path | None = None,
        client: "httpx.AsyncClient | None" = None,
    ) -> None:
        self.account = account
        self._clock = clock
        secrets = (password.strip(),)
        self._http = Http(account=account, server=server, clock=clock, secrets=secrets, client=client)
        self._door = Http(account=account, server=server, clock=clock, secrets=secrets, client=client)
        self._http.reads = self._door.reads = reader(account, self._http.host)
        self._session = Session(
            self._http,
            self._door,
            account=account,
            identifier=handle.strip().removeprefix("@"),
            password=password.strip(),
            file=session_file,
        )
        self._listener = Listener(keywords, listen_interval, clock)

    async def poll(self, cursor: Cursor | None) -> Batch:
        """Everything within the overlap that is not known; the first run only learns what is there."""
        now = self._clock.now()
        known = _known(cursor)
        since = _since(cursor, now)
        entries, whole = await self._walk(known)
        heard, listening = await self._listener.hear(cursor, self._search)
        fresh = {
            uri: entry
            for uri, entry in entries.items()
            if _short(uri) not in known and entry.at("indexedAt").instant() >= since - OVERLAP
        }
        posts = () if cursor is None else await self._with_profiles([_noticed(e) for e in fresh.values()])
        if cursor is not None and not fresh and listening.get("heard") == cursor.get("heard"):
            return Batch(cursor=cursor, posts=heard, notices=self._listener.notices)
        remembered = list(dict.fromkeys([*map(_short, entries), *known]))
        position: dict[str, Json] = {
            "since": since.isoformat(),
            "known": remembered[: max(REMEMBERED, 2 * len(entries))],
            **listening,
        }
        return Batch(
            cursor=position,
            posts=with_heard(posts, () if cursor is None else await self._with_profiles(heard)),
            gap=None if whole or cursor is None else Gap(since=since, until=now, why=_GAP),
            notices=self._listener.notices,
        )

    async def _walk(self, known: Mapping[str, None]) -> tuple[dict[str, Answer], bool]:
        """The list from its top, at least the overlap and until a page brings nothing new; and if it got
        there.

        The server's cursor is a time without a tie-break: of posts of one moment at the border of two pages
        some would be left out. So the next page begins a moment above it, and what comes twice counts once.
        """
        entries: dict[str, Answer] = {}
        oldest = self._clock.now() - OVERLAP
        place = ""
        for _ in range(MOST_PAGES):
            params: dict[str, str | int] = {"limit": PAGE} | ({"cursor": place} if place else {})
            answer = await self._get("app.bsky.notification.listNotifications", params)
            page = list(answer.at("notifications").items())
            before = len(entries)
            new = 0
            for entry in page:
                if entry.at("reason").text() in _KINDS:
                    uri = entry.at("uri").name()
                    new += _short(uri) not in known
                    entries.setdefault(uri, entry)
            after = answer.at("cursor").name_or_none()
            if not page or after is None:
                return entries, True
            if not new and min(entry.at("indexedAt").instant() for entry in page) < oldest:
                return entries, True
            above = _moment_above(after)
            place = after if above == place or (place and len(entries) == before) else above
        return entries, False

    async def reread(self, post_ids: Sequence[str]) -> Batch:
        """Posts cannot be amended there; those that are not given any more were deleted."""
        found: dict[str, Answer] = {}
        for start in range(0, len(post_ids), PER_CALL):
            found |= await self._posts(post_ids[start : start + PER_CALL])
        gone = tuple(post_id for post_id in post_ids if post_id not in found)
        return Batch(cursor={}, posts=tuple(_viewed(view) for view in found.values()), deleted=gone)

    async def reply(self, request: ReplyRequest, idempotency_key: str) -> ReplyReceipt:
        """Put a record under a key that only this reply has: a second time it would be the same record."""
        if (standing := await self.find_reply(request, idempotency_key)) is not None:
            return standing
        parent = (await self._posts([request.target])).get(request.target)
        if parent is None:
            raise Missing(
                N_("{host} does not know this (any more): {detail}"), host=self._http.host, detail=""
            )
        own = {"uri": request.target, "cid": parent.at("cid").name()}
        root = parent.at("record").at("reply")
        first = own if root.is_null else {name: root.at("root").at(name).name() for name in ("uri", "cid")}
        now = self._clock.now()
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)  # all that the record will say
        record: dict[str, Json] = {
            "$type": _POST,
            "text": request.text,
            "createdAt": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "reply": {"root": first, "parent": own},
        }
        if request.language:
            record["langs"] = [request.language]
        if marked := facets(request.text, await self._dids(request)):
            record["facets"] = marked
        body: dict[str, Json] = {
            "repo": self._session.did,
            "collection": _POST,
            "rkey": reply_key(request.target, idempotency_key),
            "record": record,
        }
        await self._session.run(lambda: self._http.post_json("/xrpc/com.atproto.repo.putRecord", json=body))
        return self._receipt(request, idempotency_key, now)

    async def find_reply(self, request: ReplyRequest, idempotency_key: str) -> ReplyReceipt | None:
        """Whether our server holds the record under the reply's key."""

        async def ask() -> Answer:
            params: dict[str, str | int] = {
                "repo": self._session.did,
                "collection": _POST,
                "rkey": reply_key(request.target, idempotency_key),
            }
            return await self._http.get_json("/xrpc/com.atproto.repo.getRecord", params)

        try:
            record = (await self._session.run(ask)).at("value")
        except Missing:
            return None
        return self._receipt(request, idempotency_key, record.at("createdAt").instant())

    def _receipt(self, request: ReplyRequest, idempotency_key: str, at: datetime) -> ReplyReceipt:
        did, key = self._session.did, reply_key(request.target, idempotency_key)
        return ReplyReceipt(
            post_id=f"at://{did}/{_POST}/{key}",
            published_at=at,
            url=f"https://bsky.app/profile/{self._session.handle or did}/post/{key}",
        )

    def length(self, request: ReplyRequest) -> TextLength:
        return measured(request.text)

    def facts(self) -> AccountFacts:
        return AccountFacts(
            identity=self._session.handle or None, quota=self._http.quota, skew=self._http.skew
        )

    async def check(self) -> AccountFacts:
        session = await self._get("com.atproto.server.getSession", {})
        return replace(self.facts(), identity=session.at("handle").name())

    async def aclose(self) -> None:
        await self._http.aclose()
        await self._door.aclose()

    async def _get(self, method: str, params: Params) -> Answer:
        return await self._session.run(lambda: self._http.get_json(f"/xrpc/{method}", params))

    async def _posts(self, uris: Sequence[str]) -> dict[str, Answer]:
        views = (await self._get("app.bsky.feed.getPosts", tuple(("uris", uri) for uri in uris))).at("posts")
        return {view.at("uri").name(): view for view in views.items()}

    async def _dids(self, request: ReplyRequest) -> dict[str, str]:
        """The accounts mentioned in a reply; the one answered is known by the address of its post."""
        dids = {request.target_handle.lower(): request.target.removeprefix("at://").partition("/")[0]}
        for handle in handles_in(request.text):
            if handle.lower() not in dids:
                with suppress(ChannelError):
                    answer = await self._get("com.atproto.identity.resolveHandle", {"handle": handle})
                    dids[handle.lower()] = answer.at("did").name()
        return dids

    async def _with_profiles(self, posts: Sequence[Post]) -> tuple[Post, ...]:
        """The same posts with what only a profile tells: followers, and whether somebody vouches."""
        dids = list(dict.fromkeys(post.author.id for post in posts if post.author.followers is None))
        profiles: dict[str, Answer] = {}
        for start in range(0, len(dids), PER_CALL):
            with suppress(ChannelError):  # without it the post still counts
                asked = tuple(("actors", did) for did in dids[start : start + PER_CALL])
                answer = await self._get("app.bsky.actor.getProfiles", asked)
                profiles |= {one.at("did").name(): one for one in answer.at("profiles").items()}
        return tuple(
            replace(post, author=_known_author(post.author, profiles.get(post.author.id))) for post in posts
        )

    async def _search(self, word: str, since: datetime) -> Sequence[Post]:
        start = since.isoformat(timespec="seconds").replace("+00:00", "Z")
        asked = (("q", word), ("sort", "latest"), ("limit", str(PAGE)), ("since", start))
        views = (await self._get("app.bsky.feed.searchPosts", asked)).at("posts")
        posts = [_viewed(view) for view in views.items()]
        return [post for post in posts if post.author.id != self._session.did]


def _noticed(entry: Answer) -> Post:
    """A post as a notification tells it."""
    return _post(entry, _KINDS[entry.at("reason").text()])


def _viewed(view: Answer) -> Post:
    """A post as `getPosts` and `searchPosts` tell it."""
    return replace(_post(view, Kind.MENTION), reposts=view.at("repostCount").integer_or_none())


def _post(view: Answer, kind: Kind) -> Post:
    record = view.at("record")
    uri = view.at("uri").name()
    reply = record.at("reply")
    parent = None if reply.is_null else reply.at("parent").at("uri").name()
    written = record.at("createdAt").instant()
    seen = view.at("indexedAt").instant()
    languages = record.at("langs")
    author = _author(view.at("author"))
    return Post(
        id=uri,
        author=author,
        text=record.at("text").text_or(""),
        # the author's own word, believed unless it lies in what was then the future or long before
        posted_at=written if seen - OVERLAP <= written <= seen else seen,
        kind=Kind.REPLY if kind is Kind.MENTION and parent and view.at("reason").is_null else kind,
        url=f"https://bsky.app/profile/{author.handle}/post/{uri.rpartition('/')[2]}",
        thread_id=uri if reply.is_null else reply.at("root").at("uri").name(),
        in_reply_to=parent,
        language=None if languages.is_null else next((one.text() for one in languages.items()), None),
    )


def _author(profile: Answer) -> Author:
    return Author(
        id=profile.at("did").name(),
        handle=profile.at("handle").name(),
        name=profile.at("displayName").text_or(""),
        is_bot=any(label.at("val").text_or("") == "bot" for label in _list(profile.at("labels"))),
    )


def _known_author(author: Author, profile: Answer | None) -> Author:
    if profile is None:
        return author
    vouched = profile.at("verification")
    is_verified = not vouched.is_null and vouched.at("verifiedStatus").text_or("") == "valid"
    return replace(
        author,
        followers=profile.at("followersCount").integer_or_none(),
        verified=Verified.PERSON if is_verified else Verified.NONE,
    )


def _list(answer: Answer) -> list[Answer]:
    return [] if answer.is_null else list(answer.items())


def _moment_above(place: str) -> str:
    """A millisecond above the server's place in the list; the place itself where it is no time."""
    try:
        above = datetime.fromisoformat(place) + timedelta(milliseconds=1)
    except ValueError:
        return place
    return above.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _known(cursor: Cursor | None) -> dict[str, None]:
    known = (cursor or {}).get("known")
    return dict.fromkeys(map(str, known)) if isinstance(known, Sequence) else {}


def _since(cursor: Cursor | None, now: datetime) -> datetime:
    since = (cursor or {}).get("since")
    return datetime.fromisoformat(since) if isinstance(since, str) else now


def _short(uri: str) -> str:
    return hashlib.sha256(uri.encode("utf-8", "surrogatepass")).hexdigest()[:16]
