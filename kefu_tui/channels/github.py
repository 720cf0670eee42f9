"""GitHub by its notifications (docs.github.com/rest): threads are hints, the comments themselves are read."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from kefu_tui.channels.answer import Answer
from kefu_tui.channels.failures import Missing, Response, outcome_unknown
from kefu_tui.channels.http import Http, Params
from kefu_tui.domain.errors import N_, BadAnswer, ChannelError
from kefu_tui.domain.mention import Author, Kind, Post
from kefu_tui.domain.outbox import ReplyReceipt, ReplyRequest
from kefu_tui.ports import AccountFacts, Batch, Capabilities, Clock, Cursor, Json, TextLength

if TYPE_CHECKING:
    import httpx

THREADS = 50
COMMENTS = 100
MOST_PAGES = 20
LIMIT = 65536  # characters
OVERLAP = timedelta(minutes=2)  # a comment may be listed a little later than it is dated
REMEMBERED = 500
OURS = frozenset({"author", "comment"})  # threads in which every comment is a word to us
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_HIDDEN = re.compile(r"<!--.*?-->", re.DOTALL)
_API = "application/vnd.github+json"


class GithubChannel:
    """One account, by a classic token with the scope `notifications` (and `repo` to answer).

    The cursor is `{"since": time, "modified": Last-Modified or null, "known": short hashes}`. The id of a
    post is `owner/repo#12` for an issue, with `/345` behind it for a comment and `/r345` for one on a diff.
    """

    platform = "github"
    capabilities = Capabilities(
        reply=True,
        idempotent=False,
        edit_watch=True,
        length_rule=N_("65536 characters"),
        limits=N_("5000 requests an hour; a poll without news is free"),
    )

    def __init__(
        self,
        *,
        account: str,
        token: str,
        clock: Clock,
        api: str = "https://api.github.com",
        client: "httpx.AsyncClient | None" = None,
    ) -> None:
        self.account = account
        self._clock = clock
        self._http = Http(account=account, server=api, clock=clock, token=token.strip(), client=client)
        self._http.reads = self._read_error
        self._login: str | None = None
        self._scopes: tuple[str, ...] | None = None
        self._next_at: datetime | None = None
        self._followers: dict[str, int | None] = {}

    async def poll(self, cursor: Cursor | None) -> Batch:
        """New comments of the threads that have moved; 304 where none has, which costs nothing."""
        login = await self._identity()
        now = self._clock.now()
        if cursor is None:  # by their clock; what its last minutes hold is looked at once, and not told
            began: Cursor = {"since": (now + (self._http.skew or timedelta(0))).isoformat()}
            return replace(await self._look(began, login), posts=())
        if self._next_at is not None and now < self._next_at:  # how often to ask is for them to say
            return Batch(cursor=cursor)
        return await self._look(cursor, login)

    async def _look(self, cursor: Cursor, login: str) -> Batch:
        now = self._clock.now()
        since = _moment(cursor, now) - OVERLAP
        threads, modified = await self._threads(since, cursor)
        if threads is None:
            return Batch(cursor=cursor)
        known = _known(cursor)
        posts: dict[str, Post] = {}
        seen: list[str] = []
        newest = _moment(cursor, now)
        for thread in threads:
            newest = max(newest, thread.at("updated_at").instant())
            for post, mark in await self._said(thread, since, login):
                seen.append(mark)
                if mark not in known:
                    posts[post.id] = post
        if not posts and "modified" in cursor and modified == cursor["modified"]:
            return Batch(cursor=cursor)
        remembered = list(dict.fromkeys([*seen, *known]))[: max(REMEMBERED, 2 * len(seen))]
        return Batch(
            cursor={"since": newest.isoformat(), "modified": modified, "known": remembered},
            posts=tuple(posts.values()),
        )

    async def _threads(self, since: datetime, cursor: Cursor) -> tuple[list[Answer] | None, str | None]:
        """The threads that moved, read or unread; None where there are none since the last look."""
        modified = cursor.get("modified")
        headers = {"Accept": _API}
        if isinstance(modified, str):
            headers["If-Modified-Since"] = modified
        threads: list[Answer] = []
        for page in range(1, MOST_PAGES + 1):
            params: dict[str, str | int] = {
                "participating": "true",
                "all": "true",
                "since": _stamp(since),
                "per_page": THREADS,
                "page": page,
            }
            response = await self._http.get("/notifications", params, headers)
            self._mind(response)
            if response.status == 304:
                return None, None
            if page == 1:
                modified = response.headers.get("last-modified")
            headers.pop("If-Modified-Since", None)
            listed = list(Answer.parse(response.body, self._http.host).items())
            threads += listed
            if len(listed) < THREADS:
                break
        return threads, modified if isinstance(modified, str) else None

    async def _said(self, thread: Answer, since: datetime, login: str) -> list[tuple[Post, str]]:
        """What was said in a thread since then and to us, each with a mark that changes with it."""
        subject = thread.at("subject")
        url, reason = subject.at("url").name_or_none(), thread.at("reason").text()
        found = re.search(r"/repos/([^/]+/[^/]+)/(?:issues|pulls)/(\d+)$", url or "")
        if found is None:  # a release, a commit, a discussion: nothing there can be answered by a comment
            return []
        where = f"{found[1]}#{found[2]}"
        title = subject.at("title").text_or("")
        items: list[tuple[str, Answer]] = []
        try:
            issue = await self._get(f"/repos/{found[1]}/issues/{found[2]}")
            if issue.at("updated_at").instant() >= since and issue.at("created_at").instant() >= since:
                items.append((where, issue))
            comments = await self._comments(f"/repos/{found[1]}/issues/{found[2]}/comments", since)
            items += [(f"{where}/{one.at('id').integer()}", one) for one in comments]
            if subject.at("type").text() == "PullRequest":
                comments = await self._comments(f"/repos/{found[1]}/pulls/{found[2]}/comments", since)
                items += [(f"{where}/r{one.at('id').integer()}", one) for one in comments]
        except Missing:  # deleted, or no longer ours to see
            return []
        said = []
        for post_id, item in items:
            user = item.at("user")
            if user.is_null or user.at("login").text().casefold() == login.casefold():
                continue
            addressed = mentions(item.at("body").text_or(""), login)
            if not addressed and reason not in OURS:
                continue
            post = _read(post_id, item, title, kind=Kind.MENTION if addressed else Kind.REPLY)
            said.append((await self._with_followers(post), _mark(post_id, item)))
        return said

    async def _comments(self, path: str, since: datetime | None) -> list[Answer]:
        comments: list[Answer] = []
        for page in range(1, MOST_PAGES + 1):
            params: dict[str, str | int] = {"per_page": COMMENTS, "page": page}
            if since is not None:
                params["since"] = _stamp(since)
            listed = list((await self._get(path, params)).items())
            comments += listed
            if len(listed) < COMMENTS:
                break
        return comments

    async def _with_followers(self, post: Post) -> Post:
        login = post.author.handle
        if login not in self._followers:
            try:
                told = (await self._get(f"/users/{login}")).at("followers").integer_or_none()
            except ChannelError:
                told = None  # the post is more important than the number
            self._followers[login] = told
        return replace(post, author=replace(post.author, followers=self._followers[login]))

    async def reread(self, post_ids: Sequence[str]) -> Batch:
        posts: list[Post] = []
        deleted: list[str] = []
        for post_id in post_ids:
            try:
                item = await self._get(_path(post_id))
            except Missing:
                deleted.append(post_id)
                continue
            login = await self._identity()
            kind = Kind.MENTION if mentions(item.at("body").text_or(""), login) else Kind.REPLY
            posts.append(await self._with_followers(_read(post_id, item, item.at("title").text_or(""), kind)))
        return Batch(cursor={}, posts=tuple(posts), deleted=tuple(deleted))

    async def reply(self, request: ReplyRequest, idempotency_key: str) -> ReplyReceipt:
        """Comment in the thread, with a hidden mark by which the comment is known again."""
        body: Json = {"body": f"{request.text}\n\n{_hidden(idempotency_key)}"}
        answer = await self._http.post_json(_reply_path(request.target), headers={"Accept": _API}, json=body)
        try:
            return _receipt(request.target, answer)
        except BadAnswer as error:
            raise outcome_unknown(self._http.host, error) from None

    async def find_reply(self, request: ReplyRequest, idempotency_key: str) -> ReplyReceipt | None:
        """The comment with the mark of this reply, on whatever page it stands."""
        where, number, on_diff = _place(request.target)
        kind = "pulls" if on_diff else "issues"
        try:
            comments = await self._comments(f"/repos/{where}/{kind}/{number}/comments", None)
        except Missing:
            return None
        marked = _hidden(idempotency_key)
        for comment in comments:
            if marked in comment.at("body").text_or(""):
                return _receipt(request.target, comment)
        return None

    def length(self, request: ReplyRequest) -> TextLength:
        return TextLength(used=len(request.text) + len(_hidden("0" * 32)) + 2, limit=LIMIT)

    def facts(self) -> AccountFacts:
        return AccountFacts(
            identity=self._login, scopes=self._scopes, quota=self._http.quota, skew=self._http.skew
        )

    async def check(self) -> AccountFacts:
        self._login = None
        await self._identity()
        return self.facts()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _identity(self) -> str:
        if self._login is None:
            response = await self._http.get("/user", headers={"Accept": _API})
            scopes = response.headers.get("x-oauth-scopes")
            if scopes is not None:  # only classic tokens tell
                self._scopes = tuple(scope.strip() for scope in scopes.split(",") if scope.strip())
            self._login = Answer.parse(response.body, self._http.host).at("login").name()
        return self._login

    async def _get(self, path: str, params: Params | None = None) -> Answer:
        response = await self._http.get(path, params, {"Accept": _API})
        return Answer.parse(response.body, self._http.host)

    def _mind(self, response: Response) -> None:
        """When the next look is welcome."""
        seconds = response.headers.get("x-poll-interval", "")
        if seconds.isascii() and seconds.isdigit() and len(seconds) < 6:
            self._next_at = self._clock.now() + timedelta(seconds=int(seconds))

    def _read_error(self, response: Response) -> ChannelError | None:
        """403 is a limit where the headers say so: the hourly one used up, or too much at once."""
        if response.status not in (403, 429):
            return None
        spent = response.headers.get("x-ratelimit-remaining") == "0"
        if response.status == 429 or spent or "retry-after" in response.headers:
            return self._http.failures.patience(response, self._clock.now())
        return None


def mentions(body: str, login: str) -> bool:
    """Whether a text calls an account by name outside of code, quotes of others and hidden comments."""
    said = _HIDDEN.sub("", _CODE.sub("", body))
    said = "\n".join(line for line in said.splitlines() if not line.lstrip().startswith(">"))
    return bool(re.search(rf"(?<![\w@/-])@{re.escape(login)}(?![\w-])", said, re.IGNORECASE))


def _read(post_id: str, item: Answer, title: str, kind: Kind) -> Post:
    user = item.at("user")
    login = user.at("login").name()
    body = _HIDDEN.sub("", item.at("body").text_or("")).strip()
    where, number, _ = _place(post_id)
    is_issue = "/" not in post_id.partition("#")[2]
    created, updated = item.at("created_at").instant(), item.at("updated_at").instant()
    return Post(
        id=post_id,
        author=Author(
            id=str(user.at("id").integer()), handle=login, is_bot=user.at("type").text_or("") == "Bot"
        ),
        text="\n\n".join(part for part in (title if is_issue else "", body) if part),
        posted_at=created,
        kind=kind,
        url=item.at("html_url").name_or_none(),
        thread_id=f"{where}#{number}",
        in_reply_to=None if is_issue else f"{where}#{number}",
        edited_at=updated if updated > created and not is_issue else None,
    )


def _receipt(target: str, comment: Answer) -> ReplyReceipt:
    where, number, on_diff = _place(target)
    return ReplyReceipt(
        post_id=f"{where}#{number}/{'r' if on_diff else ''}{comment.at('id').integer()}",
        published_at=comment.at("created_at").instant(),
        url=comment.at("html_url").name_or_none(),
    )


def _place(post_id: str) -> tuple[str, str, bool]:
    """The repository, the issue's number, and whether this is a comment on a diff."""
    where, _, rest = post_id.partition("#")
    number, _, comment = rest.partition("/")
    return where, number, comment.startswith("r")


def _path(post_id: str) -> str:
    where, number, on_diff = _place(post_id)
    comment = post_id.partition("#")[2].partition("/")[2]
    if not comment:
        return f"/repos/{where}/issues/{number}"
    return f"/repos/{where}/{'pulls' if on_diff else 'issues'}/comments/{comment.removeprefix('r')}"


def _reply_path(target: str) -> str:
    where, number, on_diff = _place(target)
    if not on_diff:
        return f"/repos/{where}/issues/{number}/comments"
    return f"/repos/{where}/pulls/{number}/comments/{target.rpartition('/r')[2]}/replies"


def _hidden(idempotency_key: str) -> str:
    digest = hashlib.sha256(idempotency_key.encode()).hexdigest()[:32]
    return f"<!-- kefu:reply:{digest} -->"


def _mark(post_id: str, item: Answer) -> str:
    changed = f"{post_id} {item.at('updated_at').text_or('')} {item.at('body').text_or('')}"
    return hashlib.sha256(changed.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _known(cursor: Cursor) -> dict[str, None]:
    known = cursor.get("known")
    return dict.fromkeys(map(str, known)) if isinstance(known, Sequence) else {}


def _moment(cursor: Cursor, now: datetime) -> datetime:
    since = cursor.get("since")
    return datetime.fromisoformat(since) if isinstance(since, str) else now


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
