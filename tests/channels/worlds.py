"""Small platforms in memory, spoken to through `httpx.MockTransport`.

Each keeps its posts while channels come and go, as a platform does when the desk restarts, and can be told
to misbehave: `answer` replaces every answer, `swallow_answers` takes a request in and then loses the answer.
"""

import email.utils
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx

from kefu_tui.channels.mastodon import MastodonChannel
from kefu_tui.channels.rss import RssChannel
from kefu_tui.ports import Channel, Clock
from tests.builders import ACCOUNT, EPOCH

TOKEN = "s3cret-t0ken-of-the-shop"
Handler = Callable[[httpx.Request], httpx.Response]


class World:
    """What the worlds have in common; `page` is how much one answer can hold."""

    platform: str
    host: str
    page: int
    takes_replies = False

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answer: Handler | None = None
        self.swallow_answers = False

    def channel(self, clock: Clock) -> Channel:
        raise NotImplementedError

    def tell(self, count: int) -> list[str]:
        """Add posts; gives their ids, oldest first."""
        raise NotImplementedError

    def replies(self) -> list[dict[str, Any]]:
        """What we have published there."""
        return []

    def change(self, post_id: str, text: str) -> None:
        """The author amends a post."""
        raise NotImplementedError

    def delete(self, post_id: str) -> None:
        """The author takes a post back."""
        raise NotImplementedError

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self._handle))

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if self.answer is not None:
            return self.answer(request)
        response = self.respond(request)
        if self.swallow_answers and self.is_reply(request):
            raise httpx.ReadTimeout("", request=request)
        return response

    def is_reply(self, request: httpx.Request) -> bool:
        """Whether a request publishes something."""
        path = request.url.path
        ends = (
            "/statuses",
            "/comments",
            "create.json",
            "reply.json",
            "putRecord",
            "/2/tweets",
            "sendMessage",
        )
        return request.method == "POST" and path.endswith(ends)

    def respond(self, request: httpx.Request) -> httpx.Response:
        raise NotImplementedError


def an_account(name: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"id-{name}",
        "username": name,
        "acct": name,
        "display_name": name.title(),
        "followers_count": 7,
        "bot": False,
        "fields": [],
    } | fields


class MastodonWorld(World):
    """A server with one brand and its fans.

    `pages_up` False makes it a snac: `min_id` gives the newest page instead of the one above the id, `types`
    is ignored, there is no policy, and only the `listed` newest notifications are ever shown.
    """

    platform = "mastodon"
    host = "mastodon.example"
    page = 40
    takes_replies = True

    def __init__(self, *, pages_up: bool = True, listed: int | None = None) -> None:
        super().__init__()
        self.pages_up = pages_up
        self.listed = listed
        self.notifications: list[dict[str, Any]] = []
        self.statuses: dict[str, dict[str, Any]] = {}
        self.policy: dict[str, str] = {}
        self.now: datetime = EPOCH
        self._next_id = 98  # so that ids grow a digit on the way, as real ones do

    def channel(self, clock: Clock) -> MastodonChannel:
        return MastodonChannel(
            account=ACCOUNT, server="mastodon.example", token=TOKEN, clock=clock, client=self.client()
        )

    def tell(self, count: int) -> list[str]:
        return [self.mention(f"question {n}")["id"] for n in range(count)]

    def mention(self, text: str, **fields: Any) -> dict[str, Any]:
        """A fan's post that mentions the brand, with its notification."""
        status = self.post(an_account("fan"), f"<p>@brand {text}</p>", **fields)
        self.notify("mention", status)
        return status

    def post(self, account: dict[str, Any], content: str, **fields: Any) -> dict[str, Any]:
        status_id = self._id()
        status = {
            "id": status_id,
            "account": account,
            "content": content,
            "created_at": self.now.isoformat(),
            "edited_at": None,
            "in_reply_to_id": None,
            "in_reply_to_account_id": None,
            "visibility": "public",
            "spoiler_text": "",
            "language": "zh",
            "url": f"https://mastodon.example/@{account['acct']}/{status_id}",
        } | fields
        self.statuses[status["id"]] = status
        return status

    def notify(self, kind: str, status: dict[str, Any] | None) -> None:
        self.now += timedelta(seconds=1)
        entry = {"id": self._id(), "type": kind, "created_at": self.now.isoformat()}
        self.notifications.append(entry | ({"status": status} if status else {}))

    def change(self, post_id: str, text: str) -> None:
        self.statuses[post_id] |= {"content": f"<p>{text}</p>", "edited_at": self.now.isoformat()}

    def delete(self, post_id: str) -> None:
        del self.statuses[post_id]

    def replies(self) -> list[dict[str, Any]]:
        return [status for status in self.statuses.values() if status["account"]["id"] == "id-brand"]

    def _id(self) -> str:
        self._next_id += 1
        return str(self._next_id)

    def respond(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return httpx.Response(401, json={"error": "The access token is invalid"})
        match request.url.path.split("/")[2:]:
            case ["v1", "accounts", "verify_credentials"]:
                return httpx.Response(200, json=an_account("brand"))
            case ["v1", "accounts", "id-brand", "statuses"]:
                return httpx.Response(200, json=self.replies()[::-1])
            case ["v2", "instance"]:
                rules = {"max_characters": 300, "characters_reserved_per_url": 23}
                return httpx.Response(200, json={"configuration": {"statuses": rules}})
            case ["v2", "notifications", "policy"] if self.policy:
                return httpx.Response(200, json=self.policy)
            case ["v1", "notifications"]:
                return httpx.Response(200, json=self._list(request.url.params))
            case ["v1", "statuses"] if request.method == "POST":
                return self._reply(request)
            case ["v1", "statuses", status_id] if status_id in self.statuses:
                return httpx.Response(200, json=self.statuses[status_id])
            case ["v1", "statuses", status_id, "context"] if status_id in self.statuses:
                below = [s for s in self.statuses.values() if s["in_reply_to_id"] == status_id]
                return httpx.Response(200, json={"ancestors": [], "descendants": below})
        return httpx.Response(404, json={"error": "Record not found"})

    def _list(self, params: httpx.QueryParams) -> list[dict[str, Any]]:
        entries = self.notifications[-self.listed :] if self.listed else self.notifications
        if self.pages_up and "types[]" in params:
            entries = [entry for entry in entries if entry["type"] == params["types[]"]]
        if "max_id" in params:
            entries = [entry for entry in entries if int(entry["id"]) < int(params["max_id"])]
        limit = min(int(params["limit"]), self.page)
        if "min_id" in params:
            entries = [entry for entry in entries if int(entry["id"]) > int(params["min_id"])]
            if self.pages_up:
                return entries[:limit][::-1]
        return entries[::-1][:limit]

    def _reply(self, request: httpx.Request) -> httpx.Response:
        form = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        status = self.post(
            an_account("brand"),
            f"<p>{form['status']}</p>",
            in_reply_to_id=form["in_reply_to_id"],
            visibility=form["visibility"],
            spoiler_text=form.get("spoiler_text", ""),
        )
        return httpx.Response(200, json=status)


class FeedWorld(World):
    """A feed that holds its `page` newest entries; without `validators` it ignores conditional requests."""

    platform = "rss"
    host = "rsshub.example"
    page = 20

    def __init__(self, *, validators: bool = True) -> None:
        super().__init__()
        self.validators = validators
        self.items: list[str] = []
        self._told = 0

    def channel(self, clock: Clock) -> RssChannel:
        # the key in the address is what must not show up anywhere
        url = f"https://rsshub.example/weibo/keyword/shop?key={TOKEN}"
        return RssChannel(account=ACCOUNT, url=url, clock=clock, client=self.client())

    def tell(self, count: int) -> list[str]:
        return [self.item(f"guid-{self._told + 1}") for _ in range(count)]

    def item(self, guid: str, rest: str = "") -> str:
        self._told += 1
        self.items.append(
            f"<item><guid>{guid}</guid><title>question {self._told}</title>"
            f"<link>https://weibo.example/{self._told}</link>"
            f"<pubDate>{email.utils.format_datetime(EPOCH)}</pubDate>{rest}</item>"
        )
        return guid

    def respond(self, request: httpx.Request) -> httpx.Response:
        etag = f'"{self._told}"'
        if self.validators and request.headers.get("if-none-match") == etag:
            return httpx.Response(304)
        items = "".join(self.items[: -self.page - 1 : -1])
        body = f'<rss version="2.0"><channel><title>微博</title>{items}</channel></rss>'
        headers = {"content-type": "application/rss+xml"} | ({"etag": etag} if self.validators else {})
        return httpx.Response(200, headers=headers, content=body.encode())


def as_json(value: object) -> httpx.Response:
    return httpx.Response(200, content=json.dumps(value).encode())
