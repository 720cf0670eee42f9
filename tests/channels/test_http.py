"""The one door to the network."""

import asyncio
import errno
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import httpx
import pytest

from kefu_tui.channels import http
from kefu_tui.channels.failures import Missing
from kefu_tui.channels.http import Http
from kefu_tui.domain.errors import AuthError, BadAnswer, KefuError, OutcomeUnknown, Refused, Unavailable
from kefu_tui.i18n import describe
from tests.fakes import FakeClock

Handler = Callable[[httpx.Request], httpx.Response]


def a_door(handler: Handler, **fields: object) -> Http:
    options: dict[str, object] = {
        "account": "shop",
        "server": "https://social.example",
        "clock": FakeClock(),
        "token": "t0ken",
        "client": httpx.AsyncClient(transport=httpx.MockTransport(handler)),
    }
    return Http(**options | fields)  # type: ignore[arg-type]


def always(status: int, **fields: object) -> Handler:
    return lambda _: httpx.Response(status, **fields)  # type: ignore[arg-type]


async def test_the_token_goes_to_the_server_as_a_bearer_token() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=[])

    await a_door(handler).get_json("/api", {"types[]": "mention"})
    assert str(seen[0].url) == "https://social.example/api?types%5B%5D=mention"
    assert seen[0].headers["authorization"] == "Bearer t0ken"


@pytest.mark.parametrize("token", ["t0ken\nX-Evil: 1", "t0ken…", "two words", "t0ken\x00"])
async def test_a_token_that_cannot_be_one_is_an_auth_error_without_the_token(token: str) -> None:
    with pytest.raises(AuthError) as caught:
        await a_door(always(200), token=token).get("/")
    assert "t0ken" not in str(caught.value)


@pytest.mark.parametrize("server", ["mastodon", "ftp://social.example", "https://", "https://x:port"])
async def test_an_address_that_is_none_is_refused_and_names_the_account(server: str) -> None:
    door = Http(account="shop", server=server, clock=FakeClock())
    with pytest.raises(Refused, match="shop"):
        await door.get("/")
    await door.aclose()


async def test_a_token_is_not_sent_where_it_can_be_read_on_the_way() -> None:
    with pytest.raises(Refused, match="https"):
        await a_door(always(200), server="http://social.example").get("/")
    with pytest.raises(Refused, match="https"):
        await a_door(always(200), server="http://8.8.8.8").get("/")


@pytest.mark.parametrize(
    "server", ["http://localhost:3000", "http://127.0.0.1", "http://[::1]:1", "http://192.168.1.9"]
)
async def test_a_server_nearby_may_do_without_encryption(server: str) -> None:
    assert (await a_door(always(200), server=server).get("/")).status == 200


async def test_a_body_beyond_the_limit_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "LARGEST_BODY", 1024 * 1024)
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b"x" * 65536

    with pytest.raises(BadAnswer, match="more than 1 MB"):
        await a_door(always(200, content=endless())).get("/")
    assert sent < 30


async def test_a_server_that_dribbles_is_left_at_the_deadline() -> None:
    async def dribble() -> AsyncIterator[bytes]:
        yield b"["
        await asyncio.Event().wait()

    door = a_door(lambda _: httpx.Response(200, content=dribble()), deadline=timedelta(milliseconds=20))
    with pytest.raises(Unavailable, match="in time"):
        await door.get("/")
    with pytest.raises(OutcomeUnknown, match="in time"):
        await door.post_json("/", {})


async def test_a_refusal_passes_the_platforms_words_on_in_one_short_line() -> None:
    words = "Validation failed:\n\x1b[31mText is too long " + "very " * 100
    with pytest.raises(Refused) as caught:
        await a_door(always(422, json={"error": words})).get("/")
    assert "Validation failed: [31mText is too long" in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("body", [b"", b"<h1>Nope</h1>", b"[]", b'{"error": 7}', b'{"error": ""}'])
async def test_a_refusal_without_words_is_told_by_its_status(body: bytes) -> None:
    with pytest.raises(Missing, match="Not Found"):
        await a_door(always(404, content=body)).get("/")


async def test_which_statuses_refuse_the_token_is_said_by_the_caller() -> None:
    for status in (403, 422):
        door = a_door(always(status))
        with pytest.raises(Refused):
            await door.get_json("/")
        with pytest.raises(AuthError, match="shop"):
            await door.get_json("/", token_refused=(401, 403, 422))


async def test_no_redirect_is_followed() -> None:
    seen: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.host)
        return httpx.Response(301, headers={"Location": "https://thief.example/"})

    with pytest.raises(Refused, match=r"https://thief\.example/"):
        await a_door(handler).get("/")
    assert seen == ["social.example"]


async def test_the_real_client_names_itself_and_follows_nothing() -> None:
    client = http._client()
    assert client.headers["User-Agent"].startswith("kefu/")
    assert not client.follow_redirects
    await client.aclose()


def test_httpx_is_not_imported_before_the_first_request() -> None:
    program = (
        "import sys\n"
        "from kefu_tui.channels import registry\n"
        "from kefu_tui.clock import SystemClock\n"
        "for name in ('mastodon', 'rss', 'manual'):\n"
        "    registry.load(name)\n"
        "mastodon = registry.load('mastodon')\n"
        "mastodon(account='shop', server='social.example', token='t', clock=SystemClock())\n"
        "print(sorted({'httpx', 'feedparser', 'regex'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"), "nobody answers there"),
        (socket.gaierror(-2, "Name or service not known"), "nobody knows this name"),
        (ssl.SSLCertVerificationError(1, "certificate has expired"), "its certificate cannot be trusted"),
        (ssl.SSLError(1, "wrong version number"), "no secure connection"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "there is no network"),
        (TimeoutError("timed out"), "it did not answer in time"),
    ],
)
async def test_a_common_reason_is_told_in_our_own_words_so_that_it_can_be_translated(
    cause: Exception, words: str
) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        try:
            raise OSError("All connection attempts failed") from ExceptionGroup("attempts", [cause])
        except OSError as error:
            raise httpx.ConnectError(str(error), request=request) from error

    with pytest.raises(Unavailable) as failure:
        await a_door(refuse).get("/")

    reason = failure.value.params["reason"]
    assert isinstance(reason, KefuError)
    assert words in describe(reason)
    assert words in str(failure.value)
    assert "All connection attempts failed" not in str(failure.value)


async def test_the_reason_of_an_unknown_outcome_is_translatable_too() -> None:
    def hang_up(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("", request=request) from ConnectionResetError(errno.ECONNRESET, "reset")

    with pytest.raises(OutcomeUnknown, match="the other side hung up") as failure:
        await a_door(hang_up).post_json("/", {})

    assert isinstance(failure.value.params["reason"], Unavailable)


async def test_a_reason_nobody_foresaw_is_passed_on_as_it_is() -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("the moon was full", request=request)

    with pytest.raises(Unavailable, match="the moon was full"):
        await a_door(fail).get("/")
