"""What every channel promises, whatever its platform does to it."""

import json
import logging
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from kefu_tui.domain.errors import (
    AuthError,
    BadAnswer,
    ChannelError,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unavailable,
)
from kefu_tui.domain.mention import Visibility
from kefu_tui.domain.outbox import ReplyRequest
from kefu_tui.ports import Batch, Channel, Cursor
from tests.builders import ACCOUNT, EPOCH
from tests.channels.worlds import TOKEN, FeedWorld, MastodonWorld, World
from tests.channels.worlds_api import (
    BlueskyWorld,
    GithubWorld,
    HackerNewsWorld,
    TelegramWorld,
    V2exWorld,
    WeiboWorld,
    XWorld,
)
from tests.fakes import FakeClock

WORLDS: dict[str, Callable[[], World]] = {
    "mastodon": MastodonWorld,
    "snac": lambda: MastodonWorld(pages_up=False, listed=64),
    "weibo": WeiboWorld,
    "weibo without counters": lambda: WeiboWorld(counters=False),
    "bluesky": BlueskyWorld,
    "x": XWorld,
    "github": GithubWorld,
    "telegram": TelegramWorld,
    "hackernews": HackerNewsWorld,
    "v2ex": V2exWorld,
    "rss": FeedWorld,
    "rss without validators": lambda: FeedWorld(validators=False),
}


@pytest.fixture(params=WORLDS)
def world(request: pytest.FixtureRequest) -> World:
    return WORLDS[request.param]()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


async def drained(channel: Channel, cursor: Cursor | None) -> tuple[list[str], Cursor, list[Batch]]:
    """Poll until the channel has no more: the ids it told, where it stands, and the batches."""
    told: list[str] = []
    batches: list[Batch] = []
    for _ in range(100):
        batch = await channel.poll(cursor)
        batches.append(batch)
        told += [post.id for post in batch.posts]
        cursor = json.loads(json.dumps(batch.cursor))  # as the store gives it back
        if not batch.more:
            return told, cursor, batches
    raise AssertionError("the channel never comes to an end")


def in_order(post_ids: list[str]) -> list[str]:
    """Oldest first, by the number at the end of the id."""
    return sorted(post_ids, key=lambda post_id: int(re.findall(r"\d+", post_id)[-1]))


def a_reply_to(post_id: str, text: str = "马上为您查。") -> ReplyRequest:
    return ReplyRequest(
        case_id="c1",
        account=ACCOUNT,
        target=post_id,
        target_handle="fan",
        visibility=Visibility.PUBLIC,
        text=text,
        answers=(f"{ACCOUNT}:{post_id}",),
    )


async def test_a_first_run_takes_the_position_and_no_history(world: World, clock: FakeClock) -> None:
    world.tell(5)
    channel = world.channel(clock)
    told, cursor, _ = await drained(channel, None)
    assert told == []
    fresh = world.tell(1)
    assert (await drained(channel, cursor))[0] == fresh


async def test_a_first_run_on_an_empty_account_misses_nothing_after_it(
    world: World, clock: FakeClock
) -> None:
    channel = world.channel(clock)
    _, cursor, _ = await drained(channel, None)
    fresh = world.tell(3)
    assert in_order((await drained(channel, cursor))[0]) == fresh


async def test_nothing_new_leaves_the_cursor_as_it_is(world: World, clock: FakeClock) -> None:
    world.tell(2)
    channel = world.channel(clock)
    _, cursor, _ = await drained(channel, None)
    clock.advance(timedelta(minutes=1))
    batch = await channel.poll(cursor)
    assert (batch.posts, batch.cursor, batch.more) == ((), cursor, False)


async def test_a_restart_tells_nothing_twice(world: World, clock: FakeClock) -> None:
    world.tell(1)
    _, cursor, _ = await drained(world.channel(clock), None)
    first = world.tell(3)
    told, cursor, _ = await drained(world.channel(clock), cursor)
    second = world.tell(2)
    again, cursor, _ = await drained(world.channel(clock), cursor)
    nothing, _, _ = await drained(world.channel(clock), cursor)
    assert (in_order(told), in_order(again), nothing) == (first, second, [])


async def test_a_page_lost_before_it_was_kept_is_told_again(world: World, clock: FakeClock) -> None:
    channel = world.channel(clock)
    _, cursor, _ = await drained(channel, None)
    fresh = world.tell(3)
    await channel.poll(cursor)
    assert in_order((await drained(channel, cursor))[0]) == fresh


PAGED = [name for name in WORLDS if not name.startswith("rss")]
ANSWERED = [name for name, make in WORLDS.items() if make().takes_replies]
AMENDED = ["mastodon", "weibo", "github"]
WITH_TOKEN = [name for name in WORLDS if not name.startswith(("rss", "hackernews"))]


@pytest.mark.parametrize("world", PAGED, indirect=True)
async def test_a_burst_larger_than_a_page_loses_nothing(world: World, clock: FakeClock) -> None:
    world.tell(1)
    channel = world.channel(clock)
    _, cursor, _ = await drained(channel, None)
    fresh = world.tell(world.page + 15)
    told, _, batches = await drained(channel, cursor)
    assert in_order(told) == fresh
    assert all(batch.gap is None for batch in batches)


@pytest.mark.parametrize("world", ["snac", "rss", "rss without validators"], indirect=True)
async def test_a_burst_larger_than_the_platform_lists_is_marked_as_a_gap(
    world: World, clock: FakeClock
) -> None:
    world.tell(30)
    channel = world.channel(clock)
    _, cursor, _ = await drained(channel, None)
    clock.advance(timedelta(minutes=3))
    world.tell(100)
    _, cursor, batches = await drained(channel, cursor)
    [gap] = [batch.gap for batch in batches if batch.gap]
    assert EPOCH <= gap.since <= gap.until
    assert gap.why
    world.tell(1)
    assert all(batch.gap is None for batch in (await drained(channel, cursor))[2])


async def failure_of(world: World, answer: Callable[[httpx.Request], httpx.Response]) -> ChannelError:
    """What a poll raises when the platform gives this answer to everything."""
    world.answer = answer
    with pytest.raises(ChannelError) as caught:
        await world.channel(FakeClock()).poll(CURSORS.get(world.platform, {}))
    return caught.value


CURSORS: dict[str, Cursor] = {
    "mastodon": {"min_id": "5"},
    "weibo": {"mentions": 5, "comment_mentions": 5, "comments": 5},
    "telegram": {"offset": 5},
    "v2ex": {"newest": 5},
}


@pytest.mark.parametrize("world", WITH_TOKEN, indirect=True)
async def test_a_revoked_token_is_an_auth_error_that_says_what_to_do(world: World) -> None:
    error = await failure_of(world, lambda _: httpx.Response(401, json={"error": f"no {TOKEN}"}))
    assert isinstance(error, AuthError)
    assert "create a new one" in str(error)
    assert ACCOUNT in str(error)


@pytest.mark.parametrize(
    "headers",
    [
        {"Retry-After": "90"},
        {"Retry-After": "Mon, 02 Mar 2026 09:01:30 GMT"},
        {"X-RateLimit-Reset": "2026-03-02T09:01:30.000Z"},
        {"X-RateLimit-Reset": str(int(EPOCH.timestamp()) + 90)},
        {"Retry-After": "90", "X-RateLimit-Reset": "2026-03-02T11:00:00Z"},
        {"Date": "Mon, 02 Mar 2026 12:00:00 GMT", "X-RateLimit-Reset": "2026-03-02T12:01:30Z"},
    ],
)
async def test_too_many_requests_waits_as_long_as_the_platform_asks(
    world: World, headers: dict[str, str]
) -> None:
    error = await failure_of(world, lambda _: httpx.Response(429, headers=headers, json={"error": "slow"}))
    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(seconds=90)


async def test_a_server_error_is_unavailable_for_as_long_as_it_says(world: World) -> None:
    error = await failure_of(world, lambda _: httpx.Response(503, headers={"Retry-After": "30"}))
    assert isinstance(error, Unavailable)
    assert error.retry_after == timedelta(seconds=30)


def timed_out(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("", request=request)


def unreachable(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("[Errno 111] Connection refused", request=request)


def cut_off(request: httpx.Request) -> httpx.Response:
    raise httpx.RemoteProtocolError("peer closed connection", request=request)


@pytest.mark.parametrize("answer", [timed_out, unreachable, cut_off])
async def test_a_silent_platform_is_unavailable(
    world: World, answer: Callable[[httpx.Request], httpx.Response]
) -> None:
    assert isinstance(await failure_of(world, answer), Unavailable)


@pytest.mark.parametrize(
    "body",
    [b"", b"[{", b"<html><body>Moved</body></html>", b'"text"', b"{}", b"\xff\xfe", b"[" * 100_000, b"null"],
    ids=["empty", "half", "html", "text", "object", "not utf-8", "deep", "null"],
)
async def test_an_unreadable_body_is_one_clear_error(world: World, body: bytes) -> None:
    error = await failure_of(world, lambda _: httpx.Response(200, content=body))
    assert isinstance(error, BadAnswer)
    assert "example" in str(error)


async def test_a_redirect_is_refused_and_names_where_it_leads(world: World) -> None:
    location = {"Location": f"https://elsewhere.example/feed?key={TOKEN}"}
    error = await failure_of(world, lambda _: httpx.Response(302, headers=location))
    assert isinstance(error, Refused)
    assert "https://elsewhere.example/feed" in str(error)
    assert {request.url.host for request in world.requests} <= {world.host, "rm.weibo.example"}


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: httpx.Response(401, json={"error": f"Bearer {TOKEN}"}),
        lambda _: httpx.Response(403, json={"error": f"Bearer {TOKEN}"}),
        lambda _: httpx.Response(422, json={"error": f"Bearer {TOKEN}"}),
        lambda _: httpx.Response(302, headers={"Location": f"https://x.example/?token={TOKEN}"}),
        lambda _: httpx.Response(500, content=TOKEN.encode()),
        lambda _: httpx.Response(200, content=TOKEN.encode()),
        timed_out,
        unreachable,
    ],
)
@pytest.mark.parametrize("world", [name for name in WORLDS if name != "hackernews"], indirect=True)
async def test_no_secret_shows_in_an_error_a_log_or_a_repr(
    world: World,
    answer: Callable[[httpx.Request], httpx.Response],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # the real client sees to it, a test's does not
    error = await failure_of(world, answer)
    channel = world.channel(FakeClock())
    shown = [str(error), repr(error), repr(error.params), repr(channel), caplog.text]
    assert [text for text in shown if TOKEN in text] == []


async def test_a_failure_keeps_no_secret_in_the_errors_it_came_from(world: World) -> None:
    error = await failure_of(world, timed_out)
    assert error.__cause__ is None
    assert error.__suppress_context__


async def test_after_a_failure_the_next_poll_goes_on_where_it_was(world: World, clock: FakeClock) -> None:
    channel = world.channel(clock)
    _, cursor, _ = await drained(channel, None)
    fresh = world.tell(2)
    world.answer = timed_out
    with pytest.raises(Unavailable):
        await channel.poll(cursor)
    world.answer = None
    assert in_order((await drained(channel, cursor))[0]) == fresh


async def test_closing_twice_is_harmless(world: World, clock: FakeClock) -> None:
    channel = world.channel(clock)
    await channel.poll(None)
    await channel.aclose()
    await channel.aclose()


@pytest.mark.parametrize("world", AMENDED, indirect=True)
async def test_an_amended_and_a_deleted_post_are_noticed(world: World, clock: FakeClock) -> None:
    channel = world.channel(clock)
    assert channel.capabilities.edit_watch
    await drained(channel, None)
    amended, deleted, untouched = world.tell(3)
    world.change(amended, "@brand 收到了，谢谢")
    world.delete(deleted)
    batch = await channel.reread([amended, deleted, untouched])
    assert batch.deleted == (deleted,)
    assert {post.id: "收到了，谢谢" in post.text for post in batch.posts} == {amended: True, untouched: False}


async def test_a_deleted_post_is_noticed_where_none_can_be_amended(clock: FakeClock) -> None:
    world = BlueskyWorld()
    deleted, untouched = world.tell(2)
    world.delete(deleted)
    batch = await world.channel(clock).reread([deleted, untouched])
    assert (batch.deleted, [post.id for post in batch.posts]) == ((deleted,), [untouched])


async def test_who_we_are_is_told_and_nothing_is_taken_in(world: World, clock: FakeClock) -> None:
    world.tell(1)
    channel = world.channel(clock)
    _, cursor, _ = await drained(channel, None)
    fresh = world.tell(1)
    facts = await channel.check()
    if world.platform not in ("rss", "hackernews"):
        assert facts.identity
        assert "brand" in facts.identity or facts.identity == "小满咖啡"
    assert channel.facts() == facts
    assert (await drained(channel, cursor))[0] == fresh


@pytest.mark.parametrize("world", ANSWERED, indirect=True)
async def test_an_answer_stands_below_its_post_once(world: World, clock: FakeClock) -> None:
    request = await asked(world, clock)
    channel = world.channel(clock)
    assert channel.length(request).fits
    receipt = await channel.reply(request, "key-1")
    [standing] = world.replies()
    assert "马上为您查" in str(standing)
    assert receipt.post_id
    if world.platform != "telegram":  # a bot cannot look
        found = await world.channel(clock).find_reply(request, "key-1")
        assert found is not None
        assert found.post_id == receipt.post_id
        assert await world.channel(clock).find_reply(replace(request, text="别的话"), "key-2") is None


async def asked(world: World, clock: FakeClock) -> ReplyRequest:
    """An answer to a question that was polled."""
    channel = world.channel(clock)
    _, cursor, _ = await drained(channel, None)
    world.tell(1)
    [post_id] = (await drained(channel, cursor))[0]
    return a_reply_to(post_id)


@pytest.mark.parametrize("world", ANSWERED, indirect=True)
async def test_a_lost_answer_is_unknown_then_found_and_nothing_is_sent_twice(
    world: World, clock: FakeClock
) -> None:
    request = await asked(world, clock)
    world.swallow_answers = True
    with pytest.raises(OutcomeUnknown):
        await world.channel(clock).reply(request, "key-1")
    world.swallow_answers = False
    if world.platform == "telegram":  # a bot cannot look: the founder does, and nothing is sent again
        with pytest.raises(Refused, match="look into the chat"):
            await world.channel(clock).find_reply(request, "key-1")
    else:
        assert await world.channel(clock).find_reply(request, "key-1") is not None
    assert len(world.replies()) == 1


@pytest.mark.parametrize("world", ["weibo", "x", "bluesky"], indirect=True)
async def test_where_the_platform_knows_a_repetition_sending_again_makes_no_double(
    world: World, clock: FakeClock
) -> None:
    request = await asked(world, clock)
    first = await world.channel(clock).reply(request, "key-1")
    assert (await world.channel(clock).reply(request, "key-1")).post_id == first.post_id
    assert len(world.replies()) == 1


@pytest.mark.parametrize("world", [name for name in ANSWERED if name != "telegram"], indirect=True)
async def test_a_reply_that_never_left_is_not_found(world: World, clock: FakeClock) -> None:
    request = await asked(world, clock)
    world.answer = unreachable
    with pytest.raises(Unavailable):
        await world.channel(clock).reply(request, "key-1")
    world.answer = None
    assert await world.channel(clock).find_reply(request, "key-1") is None
    assert world.replies() == []


def only_replies(world: World, answer: Callable[[httpx.Request], httpx.Response]) -> None:
    """Give this answer to what publishes, and the usual ones to everything before."""
    world.answer = lambda request: answer(request) if world.is_reply(request) else world.respond(request)


@pytest.mark.parametrize(
    "answer",
    [
        timed_out,
        cut_off,
        lambda _: httpx.Response(500),
        lambda _: httpx.Response(502, content=b"<html>"),
        lambda _: httpx.Response(503, headers={"Retry-After": "1"}),
        lambda _: httpx.Response(200, content=b'{"id": "17", "crea'),
        lambda _: httpx.Response(303, headers={"Location": "/"}),
    ],
)
@pytest.mark.parametrize("world", ANSWERED, indirect=True)
async def test_whatever_follows_a_sent_reply_but_a_clear_no_is_unknown(
    world: World, clock: FakeClock, answer: Callable[[httpx.Request], httpx.Response]
) -> None:
    request = await asked(world, clock)
    only_replies(world, answer)
    sent = len([one for one in world.requests if world.is_reply(one)])
    with pytest.raises(OutcomeUnknown):
        await world.channel(clock).reply(request, "key-1")
    assert len([one for one in world.requests if world.is_reply(one)]) == sent + 1


@pytest.mark.parametrize(("status", "expected"), [(400, Refused), (422, Refused), (429, RateLimited)])
@pytest.mark.parametrize("world", ANSWERED, indirect=True)
async def test_a_clear_no_to_a_reply_is_what_it_is(
    world: World, clock: FakeClock, status: int, expected: type[ChannelError]
) -> None:
    request = await asked(world, clock)
    only_replies(
        world, lambda _: httpx.Response(status, json={"error": "Validation failed: Text is too long"})
    )
    with pytest.raises(expected):
        await world.channel(clock).reply(request, "key-1")
