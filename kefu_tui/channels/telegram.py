"""A bot on Telegram (core.telegram.org/bots/api)."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from kefu_tui.channels.answer import Answer
from kefu_tui.channels.failures import Response, outcome_unknown
from kefu_tui.channels.http import READ_TIMEOUT, Http
from kefu_tui.domain.errors import N_, AuthError, BadAnswer, ChannelError, RateLimited, Refused
from kefu_tui.domain.mention import Author, Kind, Post, Visibility
from kefu_tui.domain.outbox import ReplyReceipt, ReplyRequest
from kefu_tui.ports import AccountFacts, Batch, Capabilities, Clock, Cursor, Json, TextLength

if TYPE_CHECKING:
    import httpx

PAGE = 100
LIMIT = 4096  # characters
WAIT = timedelta(seconds=50)
_KINDS_OF_UPDATE = ("message", "edited_message")


class TelegramChannel:
    """One bot. The cursor is `{"offset": number}`: asking from there on confirms what lies below.

    So an update is confirmed only by the poll after the one that was kept. The id of a post is
    `chat/message`. Telegram holds updates for 24 hours.
    """

    platform = "telegram"
    capabilities = Capabilities(
        reply=True,
        direct=True,
        edit_watch=False,  # amended messages come by themselves; nothing tells of deleted ones
        length_rule=N_("4096 characters"),
        limits=N_("30 messages a second; updates are kept for 24 hours"),
    )

    def __init__(
        self,
        *,
        account: str,
        token: str,
        clock: Clock,
        api: str = "https://api.telegram.org",
        client: "httpx.AsyncClient | None" = None,
    ) -> None:
        self.account = account
        self._token = token.strip()
        self._is_token = self._token.replace(":", "").replace("-", "").replace("_", "").isalnum()
        self._http, self._waiting = (
            Http(
                account=account,
                server=api,
                clock=clock,
                secrets=(self._token,),
                reads=self._read_error,
                client=client,
                read_timeout=timeout,
            )
            for timeout in (READ_TIMEOUT, WAIT + timedelta(seconds=5))
        )
        self._name: str | None = None

    async def poll(self, cursor: Cursor | None) -> Batch:
        """The next page of updates; the first run only takes the position."""
        await self._identity()
        if cursor is None:
            newest = await self._updates(offset=-1, limit=1)
            return Batch(cursor={"offset": max((_number(one) + 1 for one in newest), default=0)})
        offset = cursor.get("offset")
        floor = offset if isinstance(offset, int) else 0
        updates = await self._updates(offset=floor, limit=PAGE)
        updates = [update for update in updates if _number(update) >= floor]
        if not updates:
            return Batch(cursor=cursor)
        posts: dict[str, Post] = {}
        for update in updates:
            for kind in _KINDS_OF_UPDATE:
                if not update.at(kind).is_null and (post := _read(update.at(kind))) is not None:
                    posts[post.id] = post  # a message and its amendment: the last word
        return Batch(
            cursor={"offset": max(map(_number, updates)) + 1}, posts=tuple(posts.values()), more=True
        )

    async def news(self, cursor: Cursor | None) -> None:
        """Wait for the next update; nothing is confirmed by that."""
        offset = (cursor or {}).get("offset")
        await self._call(
            "getUpdates",
            {
                "offset": offset if isinstance(offset, int) else 0,
                "limit": 1,
                "timeout": int(WAIT.total_seconds()),
                "allowed_updates": list(_KINDS_OF_UPDATE),
            },
            http=self._waiting,
        )

    async def reread(self, post_ids: Sequence[str]) -> Batch:  # noqa: ARG002 - a bot cannot look a message up
        return Batch(cursor={})

    async def reply(self, request: ReplyRequest, idempotency_key: str) -> ReplyReceipt:  # noqa: ARG002
        """Answer in the chat, quoting the message where it still stands."""
        chat, _, message = request.target.partition("/")
        quoted: Json = {"message_id": int(message), "allow_sending_without_reply": True}
        body: Json = {"chat_id": int(chat), "text": request.text, "reply_parameters": quoted}
        answer = await self._call("sendMessage", body, repeatable=False)
        try:
            return ReplyReceipt(post_id=_identity_of(answer), published_at=answer.at("date").epoch())
        except BadAnswer as error:
            raise outcome_unknown(self._http.host, error) from None

    async def find_reply(self, request: ReplyRequest, idempotency_key: str) -> ReplyReceipt | None:  # noqa: ARG002
        """Always `Refused`: a bot cannot read what it has written, so nobody but the founder can tell."""
        raise Refused(N_("Telegram does not tell a bot what it has sent: look into the chat, then confirm"))

    def length(self, request: ReplyRequest) -> TextLength:
        return TextLength(used=len(request.text.encode("utf-16-le", "surrogatepass")) // 2, limit=LIMIT)

    def facts(self) -> AccountFacts:
        return AccountFacts(identity=self._name, skew=self._http.skew)

    async def check(self) -> AccountFacts:
        self._name = None
        await self._identity()
        return self.facts()

    async def aclose(self) -> None:
        await self._http.aclose()
        await self._waiting.aclose()

    async def _identity(self) -> None:
        if self._name is None:
            me = await self._call("getMe", {})
            self._name = "@" + me.at("username").name()

    async def _updates(self, *, offset: int, limit: int) -> list[Answer]:
        kinds: Json = list(_KINDS_OF_UPDATE)
        asked: Json = {"offset": offset, "limit": limit, "timeout": 0, "allowed_updates": kinds}
        return list((await self._call("getUpdates", asked)).items())

    async def _call(
        self, method: str, body: Json, *, repeatable: bool = True, http: Http | None = None
    ) -> Answer:
        if not self._is_token:
            raise self._http.failures.bad_token()
        door = http or self._http
        answer = await door.post_json(f"/bot{self._token}/{method}", json=body, repeatable=repeatable)
        try:
            if not answer.at("ok").flag_or(False):
                raise answer.at("ok").wrong("true")
            return answer.at("result")
        except BadAnswer as error:
            raise (error if repeatable else outcome_unknown(self._http.host, error)) from None

    def _read_error(self, response: Response) -> ChannelError | None:
        """Errors carry a code and how long to wait in the body."""
        if response.status < 400:
            return None
        if response.status in (401, 404):  # a token is a part of the address there
            return AuthError(
                N_(
                    "Telegram no longer accepts the token of account {account}: "
                    "ask @BotFather to create a new one and put it in its place"
                ),
                account=self.account,
            )
        try:
            parameters = json.loads(response.body).get("parameters", {})
            wait = parameters.get("retry_after")
        except (ValueError, RecursionError, AttributeError):
            return None
        if response.status == 429 and isinstance(wait, int):
            return RateLimited(
                N_("{host} asks for patience"), host=self._http.host, retry_after=timedelta(seconds=wait)
            )
        return None


def _read(message: Answer) -> Post | None:
    """A message of a person; None for what is none: a bot's, a channel's own, one without words."""
    sender, chat = message.at("from"), message.at("chat")
    text = message.at("text").text_or("") or message.at("caption").text_or("")
    if sender.is_null or sender.at("is_bot").flag_or(False) or not text:
        return None
    private = chat.at("type").text() == "private"
    names = (sender.at("first_name").text_or(""), sender.at("last_name").text_or(""))
    answered = message.at("reply_to_message")
    amended = message.at("edit_date")
    number = str(sender.at("id").integer())
    room = chat.at("username").name_or_none()
    return Post(
        id=_identity_of(message),
        author=Author(
            id=number,
            handle=sender.at("username").text_or("") or number,
            name=" ".join(name for name in names if name),
        ),
        text=text,
        posted_at=message.at("date").epoch(),
        kind=Kind.DIRECT if private else Kind.MENTION,
        visibility=Visibility.DIRECT if private else Visibility.PUBLIC,
        url=f"https://t.me/{room}/{message.at('message_id').integer()}" if room and not private else None,
        thread_id=str(chat.at("id").integer()) if private else None,
        in_reply_to=None if answered.is_null else _identity_of(answered),
        language=sender.at("language_code").name_or_none(),
        edited_at=None if amended.is_null else amended.epoch(),
    )


def _identity_of(message: Answer) -> str:
    return f"{message.at('chat').at('id').integer()}/{message.at('message_id').integer()}"


def _number(update: Answer) -> int:
    return update.at("update_id").integer()
