"""The one door to the network: a bounded HTTP client that fails only in the words of our error tree."""

import asyncio
import json
import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from kefu_tui.__about__ import __version__
from kefu_tui.channels.answer import Answer
from kefu_tui.channels.patience import retry_after
from kefu_tui.domain.errors import (
    N_,
    AuthError,
    BadAnswer,
    ChannelError,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unavailable,
)
from kefu_tui.ports import Clock

if TYPE_CHECKING:
    import httpx  # at run time only with the first request: it costs more than the desk's first paint may

USER_AGENT = f"kefu/{__version__}"
CONNECT_TIMEOUT = timedelta(seconds=10)
READ_TIMEOUT = timedelta(seconds=20)
DEADLINE = timedelta(seconds=60)  # of a whole exchange: a server may not feed us a byte at a time
LARGEST_BODY = 8 * 1024 * 1024  # bytes; a page of 40 long posts is well under one
TOKEN_REFUSED = (401,)
LONGEST_DETAIL = 200  # characters of the platform's own words in an error


class Missing(Refused):
    """The platform says that what was asked for does not exist (any more)."""


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer with a good status (2xx, or 304 where it was asked for); header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Http:
    """Requests of one account to one server.

    `token` is sent as a bearer token to `server` and nowhere else: redirects are not followed. It appears in
    no error, and neither do `secrets`, what else the platform might quote. `client` replaces the real client
    in tests and is closed like it.
    """

    def __init__(
        self,
        *,
        account: str,
        server: str,
        clock: Clock,
        token: str | None = None,
        secrets: Iterable[str] = (),
        client: "httpx.AsyncClient | None" = None,
        deadline: timedelta = DEADLINE,
    ) -> None:
        self._account = account
        self._server = server.rstrip("/")
        self._clock = clock
        self._token = token
        self._secrets = [secret for secret in (token, *secrets) if secret]
        self._client = client
        self._deadline = deadline
        self.host = _host(self._server)

    async def get(
        self,
        path: str,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """GET `path` under the server; raises `ChannelError`s."""
        return await self._send("GET", path, params=params, headers=headers)

    async def get_json(
        self,
        path: str,
        params: Mapping[str, str | int] | None = None,
        *,
        token_refused: Collection[int] = TOKEN_REFUSED,
    ) -> Answer:
        """GET `path` and decode its JSON body; `token_refused` are the statuses that mean just that there."""
        response = await self._send("GET", path, params=params, token_refused=token_refused)
        return Answer.parse(response.body, self.host)

    async def post_json(
        self, path: str, data: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> Answer:
        """POST a form that must not take effect twice and decode the JSON answer.

        Where nothing was sent the error is `Unavailable`; once the request may have left, every failure but
        the platform's clear refusal is `OutcomeUnknown`.
        """
        response = await self._send("POST", path, data=data, headers=headers, repeatable=False)
        try:
            return Answer.parse(response.body, self.host)
        except BadAnswer as error:
            raise outcome_unknown(self.host, error) from None

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = True,
        token_refused: Collection[int] = TOKEN_REFUSED,
    ) -> Response:
        import httpx

        # `from None` throughout: an httpx error may quote a header, and with it the token
        try:
            async with asyncio.timeout(self._deadline.total_seconds()):
                response = await self._exchange(
                    method, f"{self._server}{path}", params=params, data=data, headers=self._headers(headers)
                )
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise Refused(
                N_("the address of account {account} is not a valid one"), account=self._account
            ) from None
        except (
            httpx.ConnectError,
            httpx.ConnectTimeout,
            httpx.PoolTimeout,
            httpx.ProxyError,
        ) as error:
            raise Unavailable(
                N_("{host} cannot be reached: {reason}"), host=self.host, reason=self._clean(_reason(error))
            ) from None
        except (httpx.HTTPError, TimeoutError, BadAnswer) as error:
            failure = self._broken_off(error)
            raise failure if repeatable else outcome_unknown(self.host, failure) from None
        if response.status == 304 or 200 <= response.status < 300:
            return response
        failure = self._failure(response, token_refused)
        if not repeatable and (response.status >= 500 or response.status == 303):
            raise outcome_unknown(self.host, failure)
        raise failure

    async def _exchange(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str | int] | None,
        data: Mapping[str, str] | None,
        headers: Mapping[str, str],
    ) -> Response:
        self._client = self._client or _client()
        async with self._client.stream(
            method, url, params=params, data=data, headers=headers, follow_redirects=False
        ) as response:
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > LARGEST_BODY:
                    raise BadAnswer(
                        N_("{host} sent more than {limit} MB in one answer"),
                        host=self.host,
                        limit=LARGEST_BODY // (1024 * 1024),
                    )
            return Response(response.status_code, dict(response.headers), bytes(body))

    def _headers(self, extra: Mapping[str, str] | None) -> dict[str, str]:
        headers = dict(extra or {})
        if self._token is not None:
            # a stray quote or line break would fail deep in the client, with the token in the message
            if not self._token.isascii() or not self._token.isprintable() or " " in self._token:
                raise AuthError(
                    N_("the token of account {account} holds characters that cannot be part of one"),
                    account=self._account,
                )
            headers["Authorization"] = f"Bearer {self._token}"
        return headers

    def _broken_off(self, error: Exception) -> ChannelError:
        import httpx

        match error:
            case ChannelError():
                return error
            case httpx.TimeoutException() | TimeoutError():
                return Unavailable(N_("{host} did not answer in time"), host=self.host)
            case httpx.DecodingError():
                return BadAnswer(N_("{host} sent an answer that cannot be unpacked"), host=self.host)
            case _:
                return Unavailable(
                    N_("the connection to {host} broke off: {reason}"),
                    host=self.host,
                    reason=self._clean(_reason(error)),
                )

    def _failure(self, response: Response, token_refused: Collection[int]) -> ChannelError:
        """What a status that is not a good one means; the platform's own words are passed on, shortened."""
        status, detail = response.status, self._detail(response.status, response.body)
        wait = retry_after(response.headers, self._clock.now())
        if status in token_refused and status != 403:
            return AuthError(
                N_(
                    "{host} no longer accepts the token of account {account}: "
                    "create a new one there and put it in its place"
                ),
                host=self.host,
                account=self._account,
            )
        if status in token_refused:
            return AuthError(
                N_(
                    "the token of account {account} is not enough for {host}: {detail}; "
                    "create one there that may read notifications and accounts and write posts"
                ),
                host=self.host,
                account=self._account,
                detail=detail,
            )
        if status in (404, 410):
            return Missing(
                N_("{host} does not know this (any more): {detail}"), host=self.host, detail=detail
            )
        if status == 429:
            return RateLimited(N_("{host} asks for patience"), host=self.host, retry_after=wait)
        if status in (408, 425) or status >= 500:
            return Unavailable(
                N_("{host} is not well: {status} {detail}"),
                host=self.host,
                status=status,
                detail=detail,
                retry_after=wait,
            )
        if 300 <= status < 400:
            return Refused(
                N_("{host} sends us on to {target}; if that is right, write it in the configuration"),
                host=self.host,
                target=self._clean(_shown(response.headers.get("location", ""))),
            )
        return Refused(N_("{host} refused: {status} {detail}"), host=self.host, status=status, detail=detail)

    def _detail(self, status: int, body: bytes) -> str:
        """The platform's reason: `error_description` or `error` of the body, else the status in words."""
        try:
            members = json.loads(body)
        except (ValueError, RecursionError):
            members = None
        if isinstance(members, dict):
            for key in ("error_description", "error"):
                if isinstance(words := members.get(key), str) and (cleaned := self._clean(words)):
                    return cleaned
        return _phrase(status)

    def _clean(self, words: str) -> str:
        """Words from outside on one short printable line, without our secrets should they quote one."""
        for secret in self._secrets:
            words = words.replace(secret, "…")
        line = " ".join("".join(c if c.isprintable() else " " for c in words).split())
        return line if len(line) <= LONGEST_DETAIL else f"{line[: LONGEST_DETAIL - 1]}…"


def outcome_unknown(host: str, cause: ChannelError) -> OutcomeUnknown:
    """The request may stand although the answer was lost, for the reason in `cause`."""
    return OutcomeUnknown(
        N_("it is not known whether {host} has published this: {reason}"), host=host, reason=str(cause)
    )


def _client() -> "httpx.AsyncClient":
    import httpx

    # httpx logs every address in full, and the address of a feed may carry a key
    logging.getLogger("httpx").setLevel(logging.WARNING)
    # no connection is kept: a server may close it just as it is used again (snac does without a word), and a
    # reply that never arrived would then have to be called unknown
    limits = httpx.Limits(max_connections=4, max_keepalive_connections=0)
    timeout = httpx.Timeout(READ_TIMEOUT.total_seconds(), connect=CONNECT_TIMEOUT.total_seconds())
    return httpx.AsyncClient(
        timeout=timeout,
        limits=limits,
        headers={"User-Agent": USER_AGENT},
        follow_redirects=False,
    )


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return str(status)


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def _shown(url: str) -> str:
    """A URL without what it may carry in secret: user, password, query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "?"
    return urlunsplit((parts.scheme, _host(url), parts.path, "", ""))


def _host(url: str) -> str:
    """Host and port of a URL, without the user, the password and the path it may carry."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    return f"{host}:{port}" if port else host
