"""Hacker News by Algolia's search (hn.algolia.com/api): stories and comments with our words, only read."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from kefu_tui.channels.answer import Answer
from kefu_tui.channels.http import Http
from kefu_tui.channels.listening import Listener
from kefu_tui.channels.text import html_to_text
from kefu_tui.domain.errors import N_, Refused
from kefu_tui.domain.mention import Author, Kind, Post
from kefu_tui.domain.outbox import ReplyReceipt, ReplyRequest
from kefu_tui.ports import AccountFacts, Batch, Capabilities, Clock, Cursor, TextLength

if TYPE_CHECKING:
    import httpx

PAGE = 1000  # no question is ever answered with more
MOST_PAGES = 10
LIMIT = 10_000  # characters of an answer; the site has the last word


class HackerNewsChannel:
    """What is said about us there; answers are posted by hand where the item stands."""

    platform = "hackernews"
    capabilities = Capabilities(
        reply=False, by_hand=True, listen=True, limits=N_("10000 requests an hour for an address")
    )

    def __init__(
        self,
        *,
        account: str,
        clock: Clock,
        keywords: Sequence[str] = (),
        listen_interval: timedelta = timedelta(0),  # noqa: ARG002 - every poll listens, there is nothing else
        api: str = "https://hn.algolia.com",
        client: "httpx.AsyncClient | None" = None,
    ) -> None:
        self.account = account
        self._keywords = tuple(keywords)
        self._http = Http(account=account, server=api, clock=clock, client=client)
        self._listener = Listener(keywords, timedelta(0), clock, strict=True)

    async def poll(self, cursor: Cursor | None) -> Batch:
        if not self._keywords:
            raise Refused(
                N_("the account {account} has nothing to listen for: set keywords, or names under [brand]"),
                account=self.account,
            )
        heard, position = await self._listener.hear(cursor, self._search)
        return Batch(cursor=position, posts=heard)

    async def _search(self, word: str, since: datetime) -> Sequence[Post]:
        """Every item with the word; beyond a thousand the next question ends where one stopped."""
        found: dict[str, Post] = {}
        until: int | None = None
        for _ in range(MOST_PAGES):
            page = await self._page(word, int(since.timestamp()), until)
            found |= {post.id: post for post in page}
            if len(page) < PAGE:
                break
            until = int(min(post.posted_at for post in page).timestamp())
        return list(found.values())

    async def _page(self, word: str, since: int, until: int | None) -> list[Post]:
        within = f"created_at_i>={since}" + (f",created_at_i<={until}" if until is not None else "")
        quoted = '"' + word.replace('"', " ") + '"'
        params: dict[str, str | int] = {
            "query": quoted,
            "tags": "(story,comment)",
            "numericFilters": within,
            "hitsPerPage": PAGE,
            "typoTolerance": "false",
        }
        answer = await self._http.get_json("/api/v1/search_by_date", params)
        return [_read(hit) for hit in answer.at("hits").items()]

    async def reread(self, post_ids: Sequence[str]) -> Batch:  # noqa: ARG002 - items there are hardly ever amended
        return Batch(cursor={})

    async def reply(self, request: ReplyRequest, idempotency_key: str) -> ReplyReceipt:  # noqa: ARG002
        """Always `Refused`: there is no call that posts."""
        raise Refused(N_("Hacker News can only be read from here: post the copied reply there"))

    async def find_reply(self, request: ReplyRequest, idempotency_key: str) -> ReplyReceipt | None:  # noqa: ARG002
        """None: nothing is ever sent there."""
        return None

    def length(self, request: ReplyRequest) -> TextLength:
        return TextLength(used=len(request.text), limit=LIMIT)

    def facts(self) -> AccountFacts:
        return AccountFacts(quota=self._http.quota, skew=self._http.skew)

    async def check(self) -> AccountFacts:
        await self._http.get_json("/api/v1/search_by_date", {"query": "kefu", "hitsPerPage": 1})
        return self.facts()

    async def aclose(self) -> None:
        await self._http.aclose()


def _read(hit: Answer) -> Post:
    number, author = hit.at("objectID").name(), hit.at("author").name()
    title = hit.at("title").text_or("") or hit.at("story_title").text_or("")
    body = html_to_text(hit.at("comment_text").text_or("") or hit.at("story_text").text_or(""))
    story = hit.at("story_id").integer_or_none()
    parent = hit.at("parent_id").integer_or_none()
    return Post(
        id=number,
        author=Author(id=author, handle=author),
        text="\n\n".join(part for part in (title, body) if part),
        posted_at=hit.at("created_at_i").epoch(),
        kind=Kind.KEYWORD,
        url=f"https://news.ycombinator.com/item?id={number}",
        thread_id=str(story) if story is not None else number,
        in_reply_to=None if parent is None else str(parent),
    )
