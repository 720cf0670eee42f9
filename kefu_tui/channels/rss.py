"""Any RSS or Atom feed as a listening post: only read, answers are posted by hand where the entry stands."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qsl, urlsplit, urlunsplit

from kefu_tui.channels.feed_reading import Entry, read_feed
from kefu_tui.channels.http import Http
from kefu_tui.domain.errors import N_, Refused
from kefu_tui.domain.mention import Author, Kind, Post
from kefu_tui.domain.outbox import ReplyReceipt, ReplyRequest
from kefu_tui.ports import AccountFacts, Batch, Capabilities, Clock, Cursor, Gap, Json, TextLength

if TYPE_CHECKING:
    import httpx

LIMIT = 10_000  # characters of an answer; the place it is posted to has the last word
REMEMBERED = 200  # entries at least; never less than twice what the feed holds
SHORTEST_KEY = 8  # characters

_GAP = N_("not one known entry was left in the feed: others may have come and gone between two looks")


class RssChannel:
    """One feed.

    The cursor holds the validators of the last body (`etag`, `modified`, `hash`), when it was taken (`at`)
    and `known`, short hashes of entry ids, newest first. An entry is told apart by its id, never by its date.
    """

    platform = "rss"
    capabilities = Capabilities(reply=False, by_hand=True)

    def __init__(
        self, *, account: str, url: str, clock: Clock, client: "httpx.AsyncClient | None" = None
    ) -> None:
        self.account = account
        self._url = url
        self._clock = clock
        parts = urlsplit(url)
        self._path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        server = urlunsplit((parts.scheme, parts.netloc, "", "", ""))
        self._http = Http(account=account, server=server, clock=clock, secrets=_keys(parts), client=client)

    async def poll(self, cursor: Cursor | None) -> Batch:
        """Entries the cursor does not know; the first run only learns what is there."""
        response = await self._http.get(self._path, headers=_validators(cursor))
        digest = hashlib.sha256(response.body).hexdigest()
        if cursor is not None and (response.status == 304 or digest == cursor.get("hash")):
            return Batch(cursor=cursor)
        content_type = response.headers.get("content-type", "")
        entries = await asyncio.to_thread(read_feed, response.body, content_type, self._http.host, self._url)
        now = self._clock.now()
        known = _known(cursor)
        fresh = [entry for entry in entries if _short(entry.id) not in known]
        lost_touch = bool(known) and bool(entries) and len(fresh) == len(entries)
        return Batch(
            cursor={
                "etag": response.headers.get("etag"),
                "modified": response.headers.get("last-modified"),
                "hash": digest,
                "at": now.isoformat(),
                "known": _remembered(entries, known),
            },
            posts=() if cursor is None else tuple(self._post(entry, now) for entry in fresh),
            gap=Gap(since=_taken_at(cursor, now), until=now, why=_GAP) if lost_touch else None,
        )

    def _post(self, entry: Entry, now: datetime) -> Post:
        return Post(
            id=entry.id,
            author=Author(id=entry.author.casefold(), handle=entry.author),
            text=entry.text,
            posted_at=entry.posted_at or now,
            is_dated=entry.posted_at is not None,
            kind=Kind.KEYWORD,
            url=entry.url,
            language=entry.language,
        )

    async def reread(self, post_ids: Sequence[str]) -> Batch:  # noqa: ARG002 - a feed shows what it shows
        return Batch(cursor={})

    async def reply(self, request: ReplyRequest, idempotency_key: str) -> ReplyReceipt:  # noqa: ARG002
        """Always `Refused`."""
        raise Refused(N_("the feed {account} can only be read"), account=self.account)

    async def find_reply(self, request: ReplyRequest, idempotency_key: str) -> ReplyReceipt | None:  # noqa: ARG002
        """None: nothing is ever sent to a feed."""
        return None

    def length(self, request: ReplyRequest) -> TextLength:
        return TextLength(used=len(request.text), limit=LIMIT)

    def facts(self) -> AccountFacts:
        return AccountFacts(quota=self._http.quota, skew=self._http.skew)

    async def check(self) -> AccountFacts:
        """Whether a feed is there that can be read."""
        response = await self._http.get(self._path)
        content_type = response.headers.get("content-type", "")
        await asyncio.to_thread(read_feed, response.body, content_type, self._http.host, self._url)
        return self.facts()

    async def aclose(self) -> None:
        await self._http.aclose()


def _keys(address: SplitResult) -> list[str]:
    """What in an address may be a secret: its password, and values long enough to be a key."""
    values = [value for _, value in parse_qsl(address.query) if len(value) >= SHORTEST_KEY]
    return [address.password, *values] if address.password else values


def _validators(cursor: Cursor | None) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, header in (("etag", "If-None-Match"), ("modified", "If-Modified-Since")):
        value = (cursor or {}).get(name)
        if isinstance(value, str):
            headers[header] = value
    return headers


def _known(cursor: Cursor | None) -> list[str]:
    known = (cursor or {}).get("known")
    return [str(each) for each in known] if isinstance(known, Sequence) else []


def _remembered(entries: Sequence[Entry], known: Sequence[str]) -> Sequence[Json]:
    """The entries of now before those of earlier: a feed may take an entry out and bring it back."""
    order = dict.fromkeys([*(_short(entry.id) for entry in entries), *known])
    return list(order)[: max(REMEMBERED, 2 * len(entries))]


def _short(entry_id: str) -> str:
    return hashlib.sha256(entry_id.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _taken_at(cursor: Cursor | None, now: datetime) -> datetime:
    at = (cursor or {}).get("at")
    return min(datetime.fromisoformat(at), now) if isinstance(at, str) else now
