"""The notifications of a V2EX account (v2ex.com/help/api), only read: no call writes a reply."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from kefu_tui.channels.answer import Answer
from kefu_tui.channels.http import Http
from kefu_tui.channels.text import html_to_text
from kefu_tui.domain.errors import N_, Refused
from kefu_tui.domain.mention import Author, Kind, Post
from kefu_tui.domain.outbox import ReplyReceipt, ReplyRequest
from kefu_tui.ports import AccountFacts, Batch, Capabilities, Clock, Cursor, Gap, TextLength

if TYPE_CHECKING:
    import httpx

MOST_PAGES = 20
LIMIT = 20_000  # characters; the site has the last word
_PLACE = re.compile(r"/t/\d+(?:#reply\d+)?")
_GAP = N_("more arrived at once than one walk through the list reads")


class V2exChannel:
    """One account, by a personal access token. The cursor is `{"newest": number, "at": time of the poll}`."""

    platform = "v2ex"
    capabilities = Capabilities(reply=False, by_hand=True, limits=N_("600 requests an hour"))

    def __init__(
        self,
        *,
        account: str,
        token: str,
        clock: Clock,
        api: str = "https://www.v2ex.com",
        client: "httpx.AsyncClient | None" = None,
    ) -> None:
        self.account = account
        self._clock = clock
        self._site = api.rstrip("/")
        self._http = Http(account=account, server=api, clock=clock, token=token.strip(), client=client)
        self._name: str | None = None

    async def poll(self, cursor: Cursor | None) -> Batch:
        """Page after page from the newest on, until one reaches down to what is known."""
        floor = (cursor or {}).get("newest")
        entries: dict[int, Answer] = {}
        whole = False
        for number in range(1, MOST_PAGES + 1):
            page = {entry.at("id").integer(): entry for entry in await self._page(number)}
            entries |= page
            if cursor is None or not page or not isinstance(floor, int) or min(page) <= floor:
                whole = True
                break
        highest = max([floor if isinstance(floor, int) else 0, *entries])
        if cursor is not None and highest == floor:
            return Batch(cursor=cursor)
        now = self._clock.now()
        fresh = [entry for key, entry in entries.items() if not isinstance(floor, int) or key > floor]
        at = (cursor or {}).get("at")
        return Batch(
            cursor={"newest": highest, "at": now.isoformat()},
            posts=() if cursor is None else tuple(self._read(entry) for entry in fresh),
            gap=None
            if whole
            else Gap(since=datetime.fromisoformat(at) if isinstance(at, str) else now, until=now, why=_GAP),
        )

    async def _page(self, number: int) -> list[Answer]:
        answer = await self._http.get_json("/api/v2/notifications", {"p": number}, token_refused=(401, 403))
        return list(answer.at("result").items())

    def _read(self, entry: Answer) -> Post:
        number, name = entry.at("id").integer(), entry.at("member").at("username").name()
        told = entry.at("text").text_or("")
        said = html_to_text(entry.at("payload_rendered").text_or("")) or entry.at("payload").text_or("")
        place = _PLACE.search(told)
        return Post(
            id=str(number),
            author=Author(id=name.casefold(), handle=name),
            text=said or html_to_text(told),
            posted_at=entry.at("created").epoch(),
            kind=Kind.REPLY,
            url=f"{self._site}{place[0]}" if place else f"{self._site}/notifications",
            thread_id=place[0].partition("#")[0] if place else None,
        )

    async def reread(self, post_ids: Sequence[str]) -> Batch:  # noqa: ARG002 - a notification stays as it is
        return Batch(cursor={})

    async def reply(self, request: ReplyRequest, idempotency_key: str) -> ReplyReceipt:  # noqa: ARG002
        """Always `Refused`."""
        raise Refused(N_("V2EX can only be read from here: post the copied reply there"))

    async def find_reply(self, request: ReplyRequest, idempotency_key: str) -> ReplyReceipt | None:  # noqa: ARG002
        """None: nothing is ever sent there."""
        return None

    def length(self, request: ReplyRequest) -> TextLength:
        return TextLength(used=len(request.text), limit=LIMIT)

    def facts(self) -> AccountFacts:
        return AccountFacts(identity=self._name, quota=self._http.quota, skew=self._http.skew)

    async def check(self) -> AccountFacts:
        answer = await self._http.get_json("/api/v2/member", token_refused=(401, 403))
        self._name = answer.at("result").at("username").name()
        return self.facts()

    async def aclose(self) -> None:
        await self._http.aclose()
