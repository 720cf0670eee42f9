"""The fake platforms whose real servers cannot be had: Weibo, X, GitHub and the rest, by their documentation.

Each keeps the traps of its platform: pages cut before they are filtered, answers lost, texts refused as
repetitions. No client but ours has talked to them yet.
"""

import json
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx

from kefu_tui.channels.bluesky import BlueskyChannel
from kefu_tui.channels.github import GithubChannel
from kefu_tui.channels.hackernews import HackerNewsChannel
from kefu_tui.channels.telegram import TelegramChannel
from kefu_tui.channels.v2ex import V2exChannel
from kefu_tui.channels.weibo import WeiboChannel
from kefu_tui.channels.x import XChannel
from kefu_tui.ports import Clock
from tests.builders import ACCOUNT, EPOCH
from tests.channels.worlds import TOKEN, World


def form_of(request: httpx.Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.content.decode()).items()}


def stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class WeiboWorld(World):
    """Weibo: pages are filtered after they were cut, `max_id` is inclusive, `next_cursor` says how to go on.

    Every third entry of a page is one the caller may not see. `counters` False is a Weibo without reminders.
    """

    platform = "weibo"
    host = "api.weibo.example"
    page = 20
    takes_replies = True

    def __init__(self, *, counters: bool = True) -> None:
        super().__init__()
        self.counters = counters
        self.lists: dict[str, list[dict[str, Any]]] = {"statuses": [], "comments": [], "to_me": []}
        self.own: list[dict[str, Any]] = []
        self.deleted: set[str] = set()
        self.now = EPOCH
        self.left = 5000
        self._next_id = 4607741009594608

    def channel(self, clock: Clock) -> WeiboChannel:
        return WeiboChannel(
            account=ACCOUNT,
            token=TOKEN,
            ip="203.0.113.7",
            api="https://api.weibo.example",
            reminder="https://rm.weibo.example",
            clock=clock,
            client=self.client(),
        )

    def tell(self, count: int) -> list[str]:
        return [f"s{self.mention(f'问题 {n}')['idstr']}" for n in range(count)]

    def mention(self, text: str, **fields: Any) -> dict[str, Any]:
        """A fan's post; hidden ones that only paging meets lie between."""
        if len(self.lists["statuses"]) % 3 == 2:
            self.lists["statuses"].append(self._status("别人的", hidden=True))
        status = self._status(f"@小满咖啡 {text}", **fields)
        self.lists["statuses"].append(status)
        return status

    def comment(self, text: str, *, on: dict[str, Any], to_us: bool = True, **fields: Any) -> dict[str, Any]:
        comment = self._status(text, status=on, **fields)
        self.lists["to_me" if to_us else "comments"].append(comment)
        return comment

    def _status(self, text: str, **fields: Any) -> dict[str, Any]:
        self._next_id += 17
        self.now += timedelta(seconds=1)
        return {
            "id": self._next_id,
            "idstr": str(self._next_id),
            "mid": str(self._next_id),
            "created_at": self.now.strftime("%a %b %d %H:%M:%S +0000 %Y"),
            "text": text + "\u200b",
            "reposts_count": 0,
            "user": self.user(1763904935, "爱喝手冲的阿宁"),
        } | fields

    @staticmethod
    def user(number: int, name: str, **fields: Any) -> dict[str, Any]:
        return {
            "id": number,
            "idstr": str(number),
            "screen_name": name,
            "followers_count": 256,
            "verified": False,
            "verified_type": -1,
        } | fields

    def replies(self) -> list[dict[str, Any]]:
        return self.own

    def change(self, post_id: str, text: str) -> None:
        next(s for s in self.lists["statuses"] if s["idstr"] == post_id[1:])["text"] = text

    def delete(self, post_id: str) -> None:
        self.deleted.add(post_id[1:])

    @staticmethod
    def error(code: int, words: str, status: int = 400) -> httpx.Response:
        return httpx.Response(status, json={"error": words, "error_code": code, "request": "/2/x.json"})

    def respond(self, request: httpx.Request) -> httpx.Response:
        given = {**request.url.params, **form_of(request)}
        if request.headers.get("authorization") != f"OAuth2 {TOKEN}" and given.get("access_token") != TOKEN:
            return self.error(21332, "invalid_access_token", 403)
        path = request.url.path
        free = path in (
            "/2/remind/unread_count.json",
            "/2/account/rate_limit_status.json",
            "/oauth2/get_token_info",
        )
        if not free:
            self.left -= 1
            if self.left < 0:
                return self.error(10023, "User requests out of rate limit!", 403)
        match path:
            case "/oauth2/get_token_info":
                return httpx.Response(200, json={"uid": 2495185886, "scope": "", "expire_in": "2592000"})
            case "/2/account/rate_limit_status.json":
                told = {
                    "remaining_user_hits": max(0, self.left),
                    "user_limit": 5000,
                    "reset_time_in_seconds": 1316,
                }
                return httpx.Response(200, json=told)
            case "/2/remind/unread_count.json" if self.counters:
                names = ("mention_status", "mention_cmt", "cmt")
                told = {n: len(items) for n, items in zip(names, self.lists.values(), strict=True)}
                return httpx.Response(200, json={"status": 0, "follower": 0, **told})
            case "/2/statuses/mentions.json":
                return self._list("statuses", self.lists["statuses"], given)
            case "/2/comments/mentions.json":
                return self._list("comments", self.lists["comments"], given)
            case "/2/comments/to_me.json":
                return self._list("comments", self.lists["to_me"], given)
            case "/2/comments/by_me.json":
                return self._list("comments", self.own, given)
            case "/2/comments/create.json" | "/2/comments/reply.json":
                return self._comment(given)
            case "/2/statuses/show.json":
                found = [s for s in self.lists["statuses"] if s["idstr"] == given["id"]]
                if not found or given["id"] in self.deleted:
                    return self.error(20101, "target weibo does not exist!")
                return httpx.Response(200, json=found[0])
            case "/2/users/show.json":
                return httpx.Response(200, json=self.user(2495185886, "小满咖啡"))
        return self.error(10020, "Request Api not found!", 404)

    def _list(self, name: str, items: list[dict[str, Any]], given: dict[str, str]) -> httpx.Response:
        above, below = int(given.get("since_id", 0)), int(given.get("max_id", 0))
        standing = [i for i in items[::-1] if i["id"] > above and (not below or i["id"] <= below)]
        count = min(int(given.get("count", 20)), self.page)
        page = [i for i in standing[:count] if not i.get("hidden") and i["idstr"] not in self.deleted]
        following = standing[count]["id"] if len(standing) > count else 0
        body = {name: page, "previous_cursor": 0, "next_cursor": following, "total_number": len(items)}
        return httpx.Response(200, json=body)

    def _comment(self, form: dict[str, str]) -> httpx.Response:
        if not form.get("rip"):
            return self.error(10016, "miss required parameter (rip)")
        if self.own and self.own[-1]["text"].rstrip("\u200b").endswith(form["comment"]):
            return self.error(20019, "repeat content!")
        status = next(s for s in self.lists["statuses"] if s["idstr"] == form["id"])
        answered = next((c for c in self.lists["to_me"] if c["idstr"] == form.get("cid")), None)
        text = (
            form["comment"]
            if answered is None
            else f"回复@{answered['user']['screen_name']}:{form['comment']}"
        )
        fields = {"user": self.user(2495185886, "小满咖啡"), "status": status}
        own = self._status(text, **fields, **({"reply_comment": answered} if answered else {}))
        self.own.append(own)
        return httpx.Response(200, json=own)


class BlueskyWorld(World):
    """A small AT protocol server: notifications sorted by a time with no tie-break, tokens that run out."""

    platform = "bluesky"
    host = "bsky.example"
    page = 100
    takes_replies = True
    did = "did:plc:brand"

    def __init__(self) -> None:
        super().__init__()
        self.posts: dict[str, dict[str, Any]] = {}
        self.records: dict[str, dict[str, Any]] = {}
        self.access = "access-1"
        self.logins = 0
        self.now = EPOCH
        self._count = 0

    def channel(self, clock: Clock) -> BlueskyChannel:
        return BlueskyChannel(
            account=ACCOUNT,
            handle="brand.example",
            server="https://bsky.example",
            password=TOKEN,
            clock=clock,
            client=self.client(),
        )

    def tell(self, count: int) -> list[str]:
        return [self.mention(f"question {n}") for n in range(count)]

    def mention(self, text: str, *, at: datetime | None = None) -> str:
        self._count += 1
        self.now += timedelta(milliseconds=10)
        uri = f"at://did:plc:fan/app.bsky.feed.post/3n2tu-{self._count}"
        written = stamp(at or self.now)
        self.posts[uri] = {
            "uri": uri,
            "cid": f"cid-{self._count}",
            "author": {"did": "did:plc:fan", "handle": "fan.example", "labels": []},
            "reason": "mention",
            "record": {"$type": "app.bsky.feed.post", "text": text, "createdAt": written, "langs": ["zh"]},
            "indexedAt": written,
        }
        return uri

    def replies(self) -> list[dict[str, Any]]:
        return list(self.records.values())

    def delete(self, post_id: str) -> None:
        del self.posts[post_id]

    def respond(self, request: httpx.Request) -> httpx.Response:
        method, token = request.url.path.rpartition("/")[2], request.headers.get("authorization", "")
        params = request.url.params
        if method == "com.atproto.server.createSession":
            if json.loads(request.content)["password"] != TOKEN:
                return self._error(401, "AuthenticationRequired", "Invalid identifier or password")
            self.logins += 1
            return self._session()
        if method == "com.atproto.server.refreshSession":
            if token != "Bearer refresh-1":
                return self._error(400, "ExpiredToken", "Token has expired")
            return self._session()
        if token != f"Bearer {self.access}":
            return self._error(400, "ExpiredToken", "Token has expired")
        match method:
            case "app.bsky.notification.listNotifications":
                entries = sorted(self.posts.values(), key=lambda post: post["indexedAt"], reverse=True)
                if "cursor" in params:
                    entries = [post for post in entries if post["indexedAt"] < params["cursor"]]
                page = entries[: min(int(params["limit"]), self.page)]
                more = {"cursor": page[-1]["indexedAt"]} if page else {}
                return httpx.Response(200, json={"notifications": page, **more})
            case "app.bsky.feed.getPosts":
                found = [self.posts[uri] for uri in params.get_list("uris") if uri in self.posts]
                views = [{k: v for k, v in post.items() if k != "reason"} for post in found]
                return httpx.Response(200, json={"posts": views})
            case "app.bsky.actor.getProfiles":
                profiles = [
                    {"did": did, "handle": "fan.example", "followersCount": 7}
                    for did in params.get_list("actors")
                ]
                return httpx.Response(200, json={"profiles": profiles})
            case "com.atproto.server.getSession":
                return httpx.Response(200, json={"did": self.did, "handle": "brand.example"})
            case "com.atproto.repo.getRecord":
                if params["rkey"] not in self.records:
                    return self._error(400, "RecordNotFound", "Could not locate record")
                return httpx.Response(200, json={"uri": "", "value": self.records[params["rkey"]]})
            case "com.atproto.repo.putRecord":
                body = json.loads(request.content)
                self.records[body["rkey"]] = body["record"]
                return httpx.Response(200, json={"uri": f"at://{self.did}/x/{body['rkey']}", "cid": "c"})
        return self._error(404, "MethodNotImplemented", "")

    def _session(self) -> httpx.Response:
        words = {"accessJwt": self.access, "refreshJwt": "refresh-1", "did": self.did}
        return httpx.Response(200, json=words | {"handle": "brand.example"})

    @staticmethod
    def _error(status: int, name: str, message: str) -> httpx.Response:
        return httpx.Response(status, json={"error": name, "message": message})


class XWorld(World):
    """X: pages by token, joined authors, replies only to who spoke to us, no text twice."""

    platform = "x"
    host = "x.example"
    page = 100
    takes_replies = True

    def __init__(self) -> None:
        super().__init__()
        self.tweets: list[dict[str, Any]] = []
        self.own: list[dict[str, Any]] = []
        self.now = EPOCH
        self._next_id = 1_790_000_000_000_000_000

    def channel(self, clock: Clock) -> XChannel:
        return XChannel(
            account=ACCOUNT, token=TOKEN, api="https://x.example", clock=clock, client=self.client()
        )

    def tell(self, count: int) -> list[str]:
        return [self.mention(f"@brand question {n}")["id"] for n in range(count)]

    def mention(self, text: str, **fields: Any) -> dict[str, Any]:
        tweet = self._tweet(text, "17", **fields)
        self.tweets.append(tweet)
        return tweet

    def _tweet(self, text: str, author: str, **fields: Any) -> dict[str, Any]:
        self._next_id += 3
        self.now += timedelta(seconds=1)
        return {
            "id": str(self._next_id),
            "text": text,
            "author_id": author,
            "created_at": stamp(self.now),
            "conversation_id": str(self._next_id),
            "lang": "zh",
        } | fields

    def replies(self) -> list[dict[str, Any]]:
        return self.own

    def respond(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return httpx.Response(
                401, json={"title": "Unauthorized", "status": 401, "detail": "Unauthorized"}
            )
        params = request.url.params
        match request.url.path.split("/")[2:]:
            case ["users", "me"]:
                return httpx.Response(200, json={"data": {"id": "42", "username": "brand", "name": "Brand"}})
            case ["users", "42", "mentions"]:
                return self._page(self.tweets, params)
            case ["users", "42", "tweets"]:
                return self._page(self.own, params)
            case ["tweets", "search", "recent"]:
                return self._page([t for t in self.tweets if "kefu" in t["text"]], params)
            case ["tweets"] if request.method == "POST":
                return self._post(json.loads(request.content))
        return httpx.Response(404, json={"title": "Not Found", "status": 404})

    def _page(self, tweets: list[dict[str, Any]], params: httpx.QueryParams) -> httpx.Response:
        standing = [t for t in tweets[::-1] if int(t["id"]) > int(params.get("since_id", 0))]
        start = int(params.get("pagination_token", 0))
        page = standing[start : start + min(int(params["max_results"]), self.page)]
        meta: dict[str, Any] = {"result_count": len(page)}
        if page:
            meta |= {"newest_id": page[0]["id"], "oldest_id": page[-1]["id"]}
        if start + len(page) < len(standing):
            meta["next_token"] = str(start + len(page))
        body: dict[str, Any] = {"meta": meta}
        if page:
            metrics = {"followers_count": 7}
            user = {
                "id": "17",
                "username": "fan",
                "name": "Fan",
                "verified": False,
                "public_metrics": metrics,
            }
            body |= {"data": page, "includes": {"users": [user]}}
        headers = {"x-rate-limit-limit": "300", "x-rate-limit-remaining": "299", "x-rate-limit-reset": "0"}
        return httpx.Response(200, json=body, headers=headers)

    def _post(self, body: dict[str, Any]) -> httpx.Response:
        target = body["reply"]["in_reply_to_tweet_id"]
        if target not in {t["id"] for t in self.tweets}:
            return self._refusal("You are not allowed to reply to this post.")
        if any(t["text"].endswith(body["text"]) for t in self.own):
            return self._refusal("You are not allowed to create a Tweet with duplicate content.")
        replied = [{"type": "replied_to", "id": target}]
        self.own.append(self._tweet(f"@fan {body['text']}", "42", referenced_tweets=replied))
        return httpx.Response(201, json={"data": {"id": self.own[-1]["id"], "text": body["text"]}})

    @staticmethod
    def _refusal(detail: str) -> httpx.Response:
        return httpx.Response(403, json={"title": "Forbidden", "status": 403, "detail": detail})


class GithubWorld(World):
    """GitHub with one repository: a thread keeps its reason for ever, and answers 304 while nothing moved."""

    platform = "github"
    host = "github.example"
    page = 100
    takes_replies = True

    def __init__(self) -> None:
        super().__init__()
        self.comments: list[dict[str, Any]] = []
        self.now = EPOCH
        self._next_id = 900
        self.reason = "mention"

    def channel(self, clock: Clock) -> GithubChannel:
        return GithubChannel(
            account=ACCOUNT, token=TOKEN, api="https://github.example", clock=clock, client=self.client()
        )

    def tell(self, count: int) -> list[str]:
        return [self.mention(f"@brand question {n}") for n in range(count)]

    def mention(self, body: str, login: str = "fan") -> str:
        return f"shop/kettle#12/{self._comment(body, login)['id']}"

    def _comment(self, body: str, login: str) -> dict[str, Any]:
        self._next_id += 1
        self.now += timedelta(milliseconds=10)
        comment = {
            "id": self._next_id,
            "html_url": f"https://github.example/shop/kettle/issues/12#issuecomment-{self._next_id}",
            "user": {"login": login, "id": 17, "type": "User"},
            "body": body,
            "created_at": stamp(self.now),
            "updated_at": stamp(self.now),
        }
        self.comments.append(comment)
        return comment

    def replies(self) -> list[dict[str, Any]]:
        return [comment for comment in self.comments if comment["user"]["login"] == "brand"]

    def change(self, post_id: str, text: str) -> None:
        self._find(post_id.rpartition("/")[2]).update(body=text, updated_at=stamp(self.now))

    def delete(self, post_id: str) -> None:
        self.comments.remove(self._find(post_id.rpartition("/")[2]))

    def _find(self, number: str) -> dict[str, Any]:
        return next((c for c in self.comments if str(c["id"]) == number), {})

    def respond(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("authorization") not in (f"Bearer {TOKEN}", f"token {TOKEN}"):
            return httpx.Response(401, json={"message": "Bad credentials", "documentation_url": ""})
        params = request.url.params
        match request.url.path.strip("/").split("/"):
            case ["user"]:
                headers = {"X-OAuth-Scopes": "notifications, repo", "X-RateLimit-Remaining": "4999"}
                return httpx.Response(200, json={"login": "brand", "id": 42}, headers=headers)
            case ["users", login]:
                return httpx.Response(200, json={"login": login, "followers": 7})
            case ["notifications"]:
                return self._threads(request)
            case ["repos", "shop", "kettle", "issues", "comments", number]:
                if not (found := self._find(number)):
                    return httpx.Response(404, json={"message": "Not Found"})
                return httpx.Response(200, json=found)
            case ["repos", "shop", "kettle", "issues", "12"]:
                return httpx.Response(200, json=self._issue())
            case ["repos", "shop", "kettle", "issues", "12", "comments"] if request.method == "POST":
                return httpx.Response(201, json=self._comment(json.loads(request.content)["body"], "brand"))
            case ["repos", "shop", "kettle", "issues", "12", "comments"]:
                since = datetime.fromisoformat(params.get("since", "1970-01-01T00:00:00Z"))
                found_all = [c for c in self.comments if datetime.fromisoformat(c["updated_at"]) >= since]
                size = min(int(params.get("per_page", 30)), self.page)
                start = (int(params.get("page", 1)) - 1) * size
                return httpx.Response(200, json=found_all[start : start + size])
        return httpx.Response(404, json={"message": "Not Found"})

    def _issue(self) -> dict[str, Any]:
        old = stamp(EPOCH - timedelta(days=3))
        return {
            "number": 12,
            "id": 12,
            "title": "Lid springs open",
            "body": "",
            "user": {"login": "fan", "id": 17, "type": "User"},
            "created_at": old,
            "updated_at": stamp(self.now),
            "html_url": "https://github.example/shop/kettle/issues/12",
        }

    def _threads(self, request: httpx.Request) -> httpx.Response:
        modified = f"state-{len(self.comments)}-{self.now.timestamp()}"
        if request.headers.get("if-modified-since") == modified:
            return httpx.Response(304)
        thread = {
            "id": "1",
            "reason": self.reason,
            "unread": False,
            "updated_at": stamp(self.now),
            "repository": {"full_name": "shop/kettle"},
            "subject": {
                "title": "Lid springs open",
                "type": "Issue",
                "url": "https://github.example/repos/shop/kettle/issues/12",
            },
        }
        threads = [thread] if self.comments and request.url.params.get("page", "1") == "1" else []
        return httpx.Response(200, json=threads, headers={"Last-Modified": modified})


class TelegramWorld(World):
    """The bot API: an update is told until it is confirmed by a higher offset."""

    platform = "telegram"
    host = "telegram.example"
    page = 100
    takes_replies = True
    TOKEN = TOKEN

    def __init__(self) -> None:
        super().__init__()
        self.updates: list[dict[str, Any]] = []
        self.sent: list[dict[str, Any]] = []
        self._count = 0

    def channel(self, clock: Clock) -> TelegramChannel:
        return TelegramChannel(
            account=ACCOUNT, token=TOKEN, api="https://telegram.example", clock=clock, client=self.client()
        )

    def tell(self, count: int) -> list[str]:
        return [self.message(f"question {n}") for n in range(count)]

    def message(self, text: str, *, kind: str = "message", number: int = 0, **fields: Any) -> str:
        self._count += 1
        message = {
            "message_id": number or self._count,
            "date": int(EPOCH.timestamp()) + self._count,
            "chat": {"id": -17, "type": "private"},
            "from": {"id": 17, "is_bot": False, "first_name": "Fan", "username": "fan"},
            "text": text,
        } | fields
        self.updates.append({"update_id": 1000 + self._count, kind: message})
        return f"-17/{message['message_id']}"

    def replies(self) -> list[dict[str, Any]]:
        return self.sent

    def respond(self, request: httpx.Request) -> httpx.Response:
        _, token, method = request.url.path.split("/")
        if token != f"bot{TOKEN}":
            return httpx.Response(401, json={"ok": False, "error_code": 401, "description": "Unauthorized"})
        body = json.loads(request.content)
        result: Any
        match method:
            case "getMe":
                result = {"id": 42, "is_bot": True, "username": "brand_bot"}
            case "getUpdates":
                if body["offset"] >= 0:
                    self.updates = [u for u in self.updates if u["update_id"] >= body["offset"]]
                else:
                    self.updates = self.updates[body["offset"] :]
                result = self.updates[: min(body["limit"], self.page)]
            case "sendMessage":
                self._count += 1
                result = {"message_id": self._count, "date": int(EPOCH.timestamp()) + self._count}
                result |= {"chat": {"id": body["chat_id"], "type": "private"}, "text": body["text"]}
                self.sent.append(result)
        return httpx.Response(200, json={"ok": True, "result": result})


class HackerNewsWorld(World):
    """Algolia's search: at most a thousand hits whatever is asked."""

    platform = "hackernews"
    host = "hn.example"
    page = 1000

    def __init__(self) -> None:
        super().__init__()
        self.hits: list[dict[str, Any]] = []
        self._count = 0

    def channel(self, clock: Clock) -> HackerNewsChannel:
        return HackerNewsChannel(
            account=ACCOUNT, keywords=("kefu",), api="https://hn.example", clock=clock, client=self.client()
        )

    def tell(self, count: int) -> list[str]:
        for _ in range(count):
            self._count += 1
            self.hits.append(
                {
                    "objectID": str(self._count),
                    "author": "fan",
                    "comment_text": f"<p>kefu question {self._count}",
                    "story_id": 1,
                    "parent_id": 1,
                    "created_at_i": int(EPOCH.timestamp()) + self._count // 3,
                }
            )
        return [hit["objectID"] for hit in self.hits[-count:]]

    def respond(self, request: httpx.Request) -> httpx.Response:
        standing = self.hits[::-1]
        for bound in request.url.params.get("numericFilters", "").split(","):
            if bound.startswith("created_at_i>="):
                standing = [h for h in standing if h["created_at_i"] >= int(bound[14:])]
            elif bound.startswith("created_at_i<="):
                standing = [h for h in standing if h["created_at_i"] <= int(bound[14:])]
        return httpx.Response(200, json={"hits": standing[: self.page], "nbHits": len(standing)})


class V2exWorld(World):
    """V2EX: notifications in pages of ten, newest first."""

    platform = "v2ex"
    host = "v2ex.example"
    page = 10

    def __init__(self) -> None:
        super().__init__()
        self.notifications: list[dict[str, Any]] = []

    def channel(self, clock: Clock) -> V2exChannel:
        return V2exChannel(
            account=ACCOUNT, token=TOKEN, api="https://v2ex.example", clock=clock, client=self.client()
        )

    def tell(self, count: int) -> list[str]:
        start = len(self.notifications) + 1
        for number in range(start, start + count):
            told = f'<a href="/member/fan">fan</a> 在 <a href="/t/9#reply{number}">壶</a> 里提到了你'
            entry = {"id": number, "text": told, "payload": f"问题 {number}", "member": {"username": "fan"}}
            self.notifications.append(entry | {"created": int(EPOCH.timestamp()) + number})
        return [str(number) for number in range(start, start + count)]

    def respond(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return httpx.Response(401, json={"success": False, "message": "Invalid token"})
        if request.url.path == "/api/v2/member":
            return httpx.Response(200, json={"success": True, "result": {"username": "brand"}})
        start = (int(request.url.params["p"]) - 1) * self.page
        page = self.notifications[::-1][start : start + self.page]
        return httpx.Response(200, json={"success": True, "message": "", "result": page})
