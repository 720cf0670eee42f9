"""A session at an AT protocol server: from an app password to tokens that are renewed, not made anew."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from kefu_tui.channels.answer import Answer
from kefu_tui.channels.failures import Response, missing
from kefu_tui.channels.http import Http
from kefu_tui.domain.errors import N_, AuthError, BadAnswer, ChannelError

T = TypeVar("T")

_REFUSED = frozenset(
    {"InvalidToken", "AuthMissing", "AuthenticationRequired", "AccountTakedown", "AccountDeactivated"}
)


class TokenExpired(AuthError):
    """The access token has run out; the refresh token gives a new one."""


def reader(account: str, host: str) -> Callable[[Response], ChannelError | None]:
    """Reads what errors are called there: the status alone says 400 to all of them."""

    def read(response: Response) -> ChannelError | None:
        if response.status < 400:
            return None
        try:
            body = json.loads(response.body)
        except (ValueError, RecursionError):
            return None
        match body.get("error") if isinstance(body, dict) else None:
            case "ExpiredToken":
                return TokenExpired(N_("the session of account {account} has run out"), account=account)
            case "RecordNotFound" | "NotFound":
                return missing(host, str(body["error"]))
            case str(name) if name in _REFUSED:
                return AuthError(
                    N_(
                        "{host} no longer accepts the app password of account {account}: "
                        "create a new one there, under Settings, and put it in its place"
                    ),
                    host=host,
                    account=account,
                )
        return None

    return read


class Session:
    """Keeps a session alive: one login, then refreshes; logins are counted there (300 a day).

    With a `file` the tokens outlive the program, in a file only its owner can read. `did` and `handle` are
    known once a request was made.
    """

    def __init__(
        self, http: Http, door: Http, *, account: str, identifier: str, password: str, file: Path | None
    ) -> None:
        self._http = http
        self._door = door
        self._account = account
        self._identifier = identifier
        self._password = password
        self._file = file
        self._lock = asyncio.Lock()
        self._access = ""
        self._refresh = ""
        self.did = ""
        self.handle = ""

    async def run(self, request: Callable[[], Awaitable[T]]) -> T:
        """A request within the session, once more where its token had run out."""
        await self._open()
        used = self._access
        try:
            return await request()
        except AuthError as error:
            stale = isinstance(error, TokenExpired)
            async with self._lock:
                if used == self._access:
                    await self._renew(login_only=not stale)
            return await request()

    async def _open(self) -> None:
        async with self._lock:
            if not self._access and not self._restore():
                await self._login()

    async def _renew(self, *, login_only: bool) -> None:
        if not login_only:
            with suppress(AuthError):
                self._door.use_token(self._refresh)
                self._take(
                    await self._door.post_json("/xrpc/com.atproto.server.refreshSession", repeatable=True)
                )
                return
        await self._login()

    async def _login(self) -> None:
        self._door.use_token(None)
        words = {"identifier": self._identifier, "password": self._password}
        self._take(
            await self._door.post_json("/xrpc/com.atproto.server.createSession", json=words, repeatable=True)
        )

    def _take(self, answer: Answer) -> None:
        access, refresh = answer.at("accessJwt").name(), answer.at("refreshJwt").name()
        self._use(access, refresh, answer.at("did").name(), answer.at("handle").text_or(""))
        if self._file is not None:
            words = {"identifier": self._identifier, "access": access, "refresh": refresh}
            words |= {"did": self.did, "handle": self.handle}
            with suppress(OSError):  # the next start then logs in again
                _write_private(self._file, json.dumps(words))

    def _use(self, access: str, refresh: str, did: str, handle: str) -> None:
        self._access, self._refresh, self.did, self.handle = access, refresh, did, handle
        self._http.use_token(access)
        self._http.failures.keep_secret(refresh)
        self._door.failures.keep_secret(refresh)
        self._door.failures.keep_secret(access)

    def _restore(self) -> bool:
        """Take up the session of an earlier run; False where there is none that can be used."""
        if self._file is None:
            return False
        try:
            kept = Answer.parse(self._file.read_bytes(), "")
            if kept.at("identifier").text() != self._identifier:
                return False
            tokens = (kept.at("access").name(), kept.at("refresh").name())
            self._use(*tokens, kept.at("did").name(), kept.at("handle").text())
        except (OSError, BadAnswer):
            return False
        return True


def _write_private(path: Path, content: str) -> None:
    """Replace a file by one that nobody else can ever read."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(content)
    new.replace(path)
