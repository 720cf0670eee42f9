"""The Bluesky channel against the network's own code."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from kefu_tui.channels.bluesky import BlueskyChannel
from kefu_tui.channels.bluesky_tid import reply_key
from kefu_tui.clock import SystemClock
from kefu_tui.domain.errors import AuthError, OutcomeUnknown, Refused, Unavailable
from kefu_tui.domain.mention import Kind, Post
from kefu_tui.domain.outbox import ReplyRequest
from kefu_tui.ports import Cursor
from tests.integration.bluesky_network import BlueskyNetwork
from tests.integration.proxy import CuttingProxy

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("bluesky")]

Connect = Callable[..., BlueskyChannel]


@pytest_asyncio.fixture
async def connect(bluesky: BlueskyNetwork, tmp_path: Path) -> AsyncIterator[Connect]:
    async with AsyncExitStack() as open_channels:

        def connect(*, url: str = "", password: str = "", **more: object) -> BlueskyChannel:
            channel = BlueskyChannel(
                account="shop",
                handle=bluesky.handle,
                server=url or bluesky.url,
                password=password or bluesky.password,
                session_file=tmp_path / "session.json",  # logins are rationed, also there
                clock=SystemClock(),
                **more,  # type: ignore[arg-type]
            )
            open_channels.push_async_callback(channel.aclose)
            return channel

        yield connect


async def position(channel: BlueskyChannel) -> Cursor:
    batch = await channel.poll(None)
    assert batch.posts == ()
    return batch.cursor


def answer_to(post: Post, text: str) -> ReplyRequest:
    return ReplyRequest(
        case_id="c1",
        account="shop",
        target=post.id,
        target_handle=post.author.handle,
        visibility=post.visibility,
        text=text,
        answers=(f"shop:{post.id}",),
        language=post.language,
    )


async def asked(network: BlueskyNetwork, channel: BlueskyChannel, text: str) -> Post:
    cursor = await position(channel)
    uri = network.mention(text)
    [post] = (await channel.poll(cursor)).posts
    assert post.id == uri
    return post


async def test_a_question_is_told_and_answered_once_whatever_is_repeated(
    bluesky: BlueskyNetwork, connect: Connect
) -> None:
    channel = connect()
    post = await asked(bluesky, channel, "你好，壶盖坏了怎么办？")
    assert post.text == "@brand.test 你好，壶盖坏了怎么办？"
    assert (post.kind, post.author.handle, post.author.followers) == (Kind.MENTION, "fan.test", 0)
    bluesky.settle()
    request, key = answer_to(post, "@fan.test 今天就给您换新 https://example.com/换"), uuid4().hex
    assert await channel.find_reply(request, key) is None
    receipt = await channel.reply(request, key)
    assert await channel.reply(request, key) == receipt
    assert await channel.find_reply(request, key) == receipt
    [record] = bluesky.replies(post.id)
    assert record["uri"] == receipt.post_id
    marked = [
        record["value"]["text"].encode()[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
        for facet in record["value"]["facets"]
    ]
    assert marked == ["@fan.test", "https://example.com/换"]


async def test_posts_with_one_time_and_posts_from_days_ago_are_all_told_once(
    bluesky: BlueskyNetwork, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kefu_tui.channels.bluesky.PAGE", 3)
    channel = connect()
    cursor = await position(channel)
    moment = datetime.now(UTC)
    uris = bluesky.mentions([f"同一刻 {n}" for n in range(3)], created_at=moment)
    uris += bluesky.mentions(["刚写的"])  # so that a page ends amid those of one moment
    uris += bluesky.mentions(["昨天写的"], created_at=moment - timedelta(hours=30))
    batch = await channel.poll(cursor)
    assert sorted(post.id for post in batch.posts) == sorted(uris)
    assert (await connect().poll(batch.cursor)).posts == ()


async def test_a_deleted_question_is_noticed(bluesky: BlueskyNetwork, connect: Connect) -> None:
    channel = connect()
    post = await asked(bluesky, channel, "当我没说")
    bluesky.delete(post.id)
    assert (await channel.reread([post.id])).deleted == (post.id,)


async def test_an_answer_cut_off_is_unknown_then_found(bluesky: BlueskyNetwork, connect: Connect) -> None:
    proxy = CuttingProxy(bluesky.url)
    async with proxy.running():
        channel = connect()
        post = await asked(bluesky, channel, "退款到哪了？")
        bluesky.settle()
        cut = connect(url=proxy.url)
        await cut.poll(None)
        request, key = answer_to(post, "已经退了"), uuid4().hex
        found = await cut.find_reply(request, key)
        assert found is None
        posted = cut._http.post_json

        async def then_cut(*args: object, **options: object) -> object:
            proxy.cutting = True
            return await posted(*args, **options)  # type: ignore[arg-type]

        cut._http.post_json = then_cut  # type: ignore[method-assign, assignment]
        with pytest.raises(OutcomeUnknown):
            await cut.reply(request, key)
        proxy.cutting = False
        receipt = await cut.find_reply(request, key)
        assert receipt is not None
    assert [record["uri"] for record in bluesky.replies(post.id)] == [receipt.post_id]


async def test_the_length_agrees_with_the_server(bluesky: BlueskyNetwork, connect: Connect) -> None:
    channel = connect()
    post = await asked(bluesky, channel, "能说多长？")
    bluesky.settle()
    for text, fits in (("好" * 300, True), ("好" * 301, False), ("👨‍👩‍👧‍👦" * 121, False)):
        request = answer_to(post, text)
        assert channel.length(request).fits is fits
        if fits:
            await channel.reply(request, uuid4().hex)
        else:
            with pytest.raises(Refused, match="too big"):
                await channel.reply(request, uuid4().hex)


async def test_a_wrong_app_password_says_what_to_do(connect: Connect) -> None:
    with pytest.raises(AuthError, match="app password") as caught:
        await connect(password="aaaa-bbbb-cccc-dddd").poll(None)
    assert "aaaa-bbbb" not in str(caught.value)


async def test_a_server_that_is_not_there_is_unavailable(connect: Connect) -> None:
    with pytest.raises(Unavailable):
        await connect(url="http://localhost:9").poll(None)


async def test_who_we_are_and_how_far_the_clocks_are_apart_is_told(connect: Connect) -> None:
    facts = await connect().check()
    assert facts.identity == "brand.test"
    assert facts.skew is not None
    assert abs(facts.skew) < timedelta(seconds=3)


async def test_a_session_outlives_the_program_and_is_renewed(
    bluesky: BlueskyNetwork, connect: Connect, tmp_path: Path
) -> None:
    first = connect()
    await first.check()
    file = tmp_path / "session.json"
    assert file.stat().st_mode & 0o077 == 0
    assert bluesky.password not in file.read_text()
    second = connect(password="not asked for")
    assert (await second.check()).identity == "brand.test"


def test_a_key_is_a_tid_and_always_the_same() -> None:
    key = reply_key("at://did:plc:x/app.bsky.feed.post/3n2tuqbblnk2m", "outbox-1")
    assert key == reply_key("at://did:plc:x/app.bsky.feed.post/3n2tuqbblnk2m", "outbox-1")
    assert (len(key), key[:5]) == (13, "3n2tu")
