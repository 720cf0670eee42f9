"""The one door to the network: a bounded HTTP client that fails only in the words of our error tree."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from kefu_tui.__about__ import __version__
from kefu_tui.channels.addresses import host_of, is_in_the_clear
from kefu_tui.channels.answer import Answer
from kefu_tui.channels.failures import Failures, Response, outcome_unknown
from kefu_tui.channels.patience import quota, server_time
from kefu_tui.domain.errors import N_, BadAnswer, ChannelError, Unavailable
from kefu_tui.ports import Clock, Json, Quota

if TYPE_CHECKING:
    import httpx  # at run time only with the first request: it costs more than the desk's first paint may

USER_AGENT = f"kefu/{__version__}"
CONNECT_TIMEOUT = timedelta(seconds=10)
READ_TIMEOUT = timedelta(seconds=20)
DEADLINE = timedelta(seconds=60)  # of a whole exchange: a server may not feed us a byte at a time
LARGEST_BODY = 8 * 1024 * 1024  # bytes; a page of 40 long posts is well under one
TOKEN_REFUSED = (401,)  # statuses
Params = Mapping[str, str | int] | tuple[tuple[str, str], ...]
Reader = Callable[[Response], ChannelError | None]


class Http:
    """Requests of one account to one server; every method raises only `ChannelError`s.

    `token` is sent as a bearer token to `server` and nowhere else: redirects are not followed, and plain http
    is only for near hosts. It appears in no error, and neither do `secrets`, what else the platform might
    quote. `scheme` is the word before it. `reads` may know better than the status what an answer means, also
    a good one: platforms put errors into a 200. `client` replaces the real client in tests and is closed like
    it. `quota` and `skew` are what the last answers said of both.
    """

    def __init__(
        self,
        *,
        account: str,
        server: str,
        clock: Clock,
        token: str | None = None,
        secrets: Iterable[str] = (),
        scheme: str = "Bearer",
        reads: Reader | None = None,
        client: "httpx.AsyncClient | None" = None,
        deadline: timedelta = DEADLINE,
        read_timeout: timedelta = READ_TIMEOUT,
    ) -> None:
        self._server = server.rstrip("/")
        self._clock = clock
        self._token = token
        self._scheme = scheme
        self.reads = reads
        self._client = client
        self._deadline = deadline
        self._read_timeout = read_timeout
        self.host = host_of(self._server)
        self.failures = Failures(account, self.host, (s for s in (token, *secrets) if s))
        self.quota: Quota | None = None
        self.skew: timedelta | None = None

    def use_token(self, token: str | None) -> None:
        """Send this token from now on; the ones before it stay secrets."""
        self._token = token
        if token:
            self.failures.keep_secret(token)

    async def get(
        self,
        path: str,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """GET `path` under the server; the answer is a good one (2xx), or 304 where that was asked for."""
        return await self._send("GET", path, params=params, headers=headers)

    async def get_json(
        self,
        path: str,
        params: Params | None = None,
        *,
        token_refused: Collection[int] = TOKEN_REFUSED,
    ) -> Answer:
        """GET `path` and decode its JSON body; `token_refused` are the statuses that mean just that there."""
        response = await self._send("GET", path, params=params, token_refused=token_refused)
        return Answer.parse(response.body, self.host)

    async def post_json(
        self,
        path: str,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        json: Json = None,
        repeatable: bool = False,
    ) -> Answer:
        """POST a form, or `json`, and decode the JSON answer.

        What is not `repeatable` must not take effect twice: where nothing was sent the error is
        `Unavailable`; once the request may have left, every failure but the platform's clear refusal is
        `OutcomeUnknown`.
        """
        response = await self._send(
            "POST", path, data=data, json=json, headers=headers, repeatable=repeatable
        )
        try:
            return Answer.parse(response.body, self.host)
        except BadAnswer as error:
            raise (error if repeatable else outcome_unknown(self.host, error)) from None

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def _send(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        data: Mapping[str, str] | None = None,
        json: Json = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = True,
        token_refused: Collection[int] = TOKEN_REFUSED,
    ) -> Response:
        import httpx

        # `from None` throughout: an httpx error may quote a header, and with it the token
        try:
            async with asyncio.timeout(self._deadline.total_seconds()):
                response = await self._exchange(
                    method,
                    f"{self._server}{path}",
                    params=params,
                    data=data,
                    json=json,
                    headers=self._headers(headers),
                )
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise self.failures.bad_address() from None
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
            raise self.failures.not_reached(error) from None
        except (httpx.HTTPError, TimeoutError, BadAnswer) as error:
            failure = self.failures.broken_off(error)
            raise (failure if repeatable else outcome_unknown(self.host, failure)) from None
        now = self._clock.now()
        self.quota = quota(response.headers, now) or self.quota
        if (theirs := server_time(response.headers)) is not None:
            self.skew = theirs - now
        is_good = response.status == 304 or 200 <= response.status < 300
        told = None if response.status == 304 or self.reads is None else self.reads(response)
        if told is not None:
            lost = not repeatable and isinstance(told, Unavailable | BadAnswer)
            raise outcome_unknown(self.host, told) if lost else told
        if is_good:
            return response
        failure = self.failures.of_status(response, now, token_refused=token_refused)
        if not repeatable and (response.status >= 500 or response.status == 303):
            raise outcome_unknown(self.host, failure)
        raise failure

    async def _exchange(
        self,
        method: str,
        url: str,
        *,
        params: Params | None,
        data: Mapping[str, str] | None,
        json: Json,
        headers: Mapping[str, str],
    ) -> Response:
        self._client = self._client or _client(self._read_timeout)
        async with self._client.stream(
            method, url, params=params, data=data, json=json, headers=headers, follow_redirects=False
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
            if is_in_the_clear(self._server):
                raise self.failures.in_the_clear()
            # a stray quote or line break would fail deep in the client, with the token in the message
            if not self._token.isascii() or not self._token.isprintable() or " " in self._token:
                raise self.failures.bad_token()
            headers["Authorization"] = f"{self._scheme} {self._token}"
        return headers


def _client(read_timeout: timedelta = READ_TIMEOUT) -> "httpx.AsyncClient":
    import httpx

    # httpx logs every address in full, and the address of a feed may carry a key
    logging.getLogger("httpx").setLevel(logging.WARNING)
    return httpx.AsyncClient(
        timeout=httpx.Timeout(read_timeout.total_seconds(), connect=CONNECT_TIMEOUT.total_seconds()),
        # no connection is kept: a server may close it just as it is used again (snac does, without a word),
        # and a reply that never arrived would then have to be called unknown
        limits=httpx.Limits(max_connections=4, max_keepalive_connections=0),
        headers={"User-Agent": USER_AGENT},
        follow_redirects=False,
    )
