"""The Mastodon channel against servers we did not write."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
import pytest_asyncio

from kefu_tui.channels.mastodon import MastodonChannel
from kefu_tui.channels.text import html_to_text
from kefu_tui.clock import SystemClock
from kefu_tui.domain.errors import AuthError, OutcomeUnknown, RateLimited, Refused, Unavailable
from kefu_tui.domain.mention import Kind, Post, Visibility
from kefu_tui.domain.outbox import ReplyRequest
from kefu_tui.ports import Cursor
from tests.integration.mastodon_servers import MastodonMock, MastodonServer, Snac
from tests.integration.proxy import CuttingProxy

pytestmark = pytest.mark.servers

Connect = Callable[..., MastodonChannel]


@pytest_asyncio.fixture
async def connect() -> AsyncIterator[Connect]:
    """Opens channels and closes them after the test."""
    async with AsyncExitStack() as open_channels:

        def connect(server: MastodonServer, *, url: str = "", token: str = "") -> MastodonChannel:
            channel = MastodonChannel(
                account="shop",
                server=url or server.url,
                token=token or server.brand_token,
                clock=SystemClock(),
            )
            open_channels.push_async_callback(channel.aclose)
            return channel

        yield connect


async def position(channel: MastodonChannel) -> Cursor:
    batch = await channel.poll(None)
    assert batch.posts == ()
    return batch.cursor


async def drained(channel: MastodonChannel, cursor: Cursor) -> tuple[list[Post], Cursor]:
    posts: list[Post] = []
    for _ in range(50):
        batch = await channel.poll(cursor)
        assert batch.gap is None
        posts += batch.posts
        cursor = batch.cursor
        if not batch.more:
            return posts, cursor
    raise AssertionError("the channel never comes to an end")


def answer_to(post: Post, text: str = "谢谢提问！马上为您查。") -> ReplyRequest:
    return ReplyRequest(
        case_id="c1",
        account="shop",
        target=post.id,
        target_handle=post.author.handle,
        visibility=post.visibility,
        text=text,
        answers=(f"shop:{post.id}",),
        content_warning=post.content_warning,
        language=post.language,
    )


def new_key() -> str:
    """A fresh outbox id: a server that honours the key answers a used one with the earlier post."""
    return uuid4().hex


async def asked(server: MastodonServer, channel: MastodonChannel, text: str, **how: str) -> Post:
    """The post of a fan's question, as the channel tells it."""
    cursor = await position(channel)
    post_id = server.mention(text, **how)
    [post] = (await drained(channel, cursor))[0]
    assert post.id == post_id
    return post


async def test_a_question_is_told_and_answered_in_its_thread(
    mastodon_server: MastodonServer, connect: Connect
) -> None:
    channel = connect(mastodon_server)
    post = await asked(mastodon_server, channel, "这个功能 5 > 3 & 怎么用？\nhttps://example.com/a?b=1&c=2")
    assert "这个功能 5 > 3 & 怎么用？\nhttps://example.com/a?b=1&c=2" in post.text
    assert post.author.handle.startswith("fan")
    assert (post.kind, post.visibility) == (Kind.MENTION, Visibility.PUBLIC)

    receipt = await channel.reply(answer_to(post), new_key())

    [reply] = mastodon_server.replies(post.id)
    assert (reply["id"], reply["in_reply_to_id"]) == (receipt.post_id, post.id)
    assert html_to_text(reply["content"]).startswith("@fan")
    assert await channel.find_reply(answer_to(post), new_key()) == receipt
    assert await channel.find_reply(answer_to(post, "别的话"), new_key()) is None


async def test_where_the_key_is_honoured_sending_again_makes_no_double(
    mastodon_mock: MastodonMock, connect: Connect
) -> None:
    channel = connect(mastodon_mock)
    post = await asked(mastodon_mock, channel, "在吗？")
    key = new_key()
    assert await channel.reply(answer_to(post), key) == await channel.reply(answer_to(post), key)
    assert len(mastodon_mock.replies(post.id)) == 1


async def test_a_reply_is_as_wide_as_approved(mastodon_mock: MastodonMock, connect: Connect) -> None:
    channel = connect(mastodon_mock)
    post = await asked(mastodon_mock, channel, "在吗？")
    await channel.reply(replace(answer_to(post), visibility=Visibility.UNLISTED), new_key())
    assert mastodon_mock.replies(post.id)[0]["visibility"] == "unlisted"


async def test_a_private_question_is_answered_in_private(
    mastodon_server: MastodonServer, connect: Connect
) -> None:
    channel = connect(mastodon_server)
    post = await asked(mastodon_server, channel, "悄悄问一下", visibility="direct")
    assert post.visibility.is_private
    await channel.reply(answer_to(post), new_key())
    [reply] = mastodon_server.replies(post.id)
    assert reply["visibility"] in ("private", "direct")


async def test_a_direct_message_is_told_as_one(mastodon_mock: MastodonMock, connect: Connect) -> None:
    post = await asked(mastodon_mock, connect(mastodon_mock), "悄悄问一下", visibility="direct")
    assert (post.kind, post.visibility) == (Kind.DIRECT, Visibility.DIRECT)


async def test_a_content_warning_is_carried_over(mastodon_mock: MastodonMock, connect: Connect) -> None:
    channel = connect(mastodon_mock)
    post = await asked(mastodon_mock, channel, "看图", content_warning="破损的包裹")
    assert post.content_warning == "破损的包裹"
    await channel.reply(answer_to(post), new_key())
    assert mastodon_mock.replies(post.id)[0]["spoiler_text"] == "破损的包裹"


async def test_nothing_is_told_twice_after_a_restart(
    mastodon_server: MastodonServer, connect: Connect
) -> None:
    cursor = await position(connect(mastodon_server))
    first = mastodon_server.mentions(["one", "two"])
    posts, cursor = await drained(connect(mastodon_server), cursor)
    assert {post.id for post in posts} == set(first)
    mastodon_server.restart()
    second = mastodon_server.mention("three")
    posts, cursor = await drained(connect(mastodon_server), cursor)
    assert [post.id for post in posts] == [second]
    assert (await drained(connect(mastodon_server), cursor))[0] == []


async def test_ninety_mentions_over_several_pages_are_all_told_once(
    mastodon_mock: MastodonMock, connect: Connect
) -> None:
    channel = connect(mastodon_mock)
    cursor = await position(channel)
    ids = mastodon_mock.mentions([f"question {n}" for n in range(90)])
    posts, _ = await drained(channel, cursor)
    assert sorted(post.id for post in posts) == sorted(ids)


async def test_a_burst_is_told_whole_where_pages_only_go_down(snac2: Snac, connect: Connect) -> None:
    channel = connect(snac2)
    snac2.mention("before")
    cursor = await position(channel)
    ids = snac2.mentions([f"question {n}" for n in range(60)])
    posts, _ = await drained(channel, cursor)
    assert sorted(post.id for post in posts) == sorted(ids)


async def test_a_burst_beyond_what_the_server_lists_is_marked_as_a_gap(snac2: Snac, connect: Connect) -> None:
    channel = connect(snac2)
    snac2.mention("before")
    cursor = await position(channel)
    snac2.mentions([f"question {n}" for n in range(70)])
    batch = await channel.poll(cursor)
    assert batch.gap is not None
    assert batch.gap.since <= batch.gap.until
    assert (await channel.poll(batch.cursor)).posts == ()


async def test_an_unknown_token_is_an_auth_error(mastodon_server: MastodonServer, connect: Connect) -> None:
    with pytest.raises(AuthError, match="create a new one") as caught:
        await connect(mastodon_server, token="0123456789abcdef").poll(None)
    assert "0123456789abcdef" not in str(caught.value)


async def test_a_token_revoked_under_way_is_an_auth_error(
    mastodon_mock: MastodonMock, connect: Connect
) -> None:
    channel = connect(mastodon_mock, token="leaver_token")
    cursor = await position(channel)
    mastodon_mock.revoke("leaver_token")
    with pytest.raises(AuthError):
        await channel.poll(cursor)


async def test_a_rate_limit_waits_as_long_as_the_server_says(
    mastodon_mock: MastodonMock, connect: Connect
) -> None:
    channel = connect(mastodon_mock)
    cursor = await position(channel)
    mastodon_mock.add_fault("/api/v1/notifications", {"type": "ratelimit", "headers": {"Retry-After": "77"}})
    with pytest.raises(RateLimited) as caught:
        await channel.poll(cursor)
    assert caught.value.retry_after == timedelta(seconds=77)
    assert (await channel.poll(cursor)).posts == ()


async def test_the_servers_refusal_is_passed_on_in_its_words(
    mastodon_mock: MastodonMock, connect: Connect
) -> None:
    channel = connect(mastodon_mock)
    post = await asked(mastodon_mock, channel, "在吗？")
    request = answer_to(post, "好" * 500)
    assert not channel.length(request).fits
    with pytest.raises(Refused, match="too long"):
        await channel.reply(request, new_key())


@pytest.mark.parametrize("spare", [0, 1])
async def test_length_agrees_with_the_server_to_the_character(
    mastodon_mock: MastodonMock, connect: Connect, spare: int
) -> None:
    channel = connect(mastodon_mock)
    post = await asked(mastodon_mock, channel, "在吗？")
    request = answer_to(post, "好" * (500 - len("@fan ") + 1 - spare))
    assert channel.length(request).fits is bool(spare)
    if spare:
        await channel.reply(request, new_key())
        assert len(mastodon_mock.replies(post.id)) == 1
    else:
        with pytest.raises(Refused):
            await channel.reply(request, new_key())
        assert mastodon_mock.replies(post.id) == []


async def test_an_edited_and_a_deleted_question_are_noticed(
    mastodon_mock: MastodonMock, connect: Connect
) -> None:
    channel = connect(mastodon_mock)
    edited = await asked(mastodon_mock, channel, "还没收到")
    deleted = await asked(mastodon_mock, channel, "当我没说")
    mastodon_mock.as_fan("PUT", f"/api/v1/statuses/{edited.id}", data={"status": "@brand 收到了，谢谢"})
    mastodon_mock.delete(deleted.id)
    batch = await channel.reread([edited.id, deleted.id])
    assert batch.deleted == (deleted.id,)
    [now] = batch.posts
    assert now.text.endswith("收到了，谢谢")
    assert now.edited_at is not None


async def test_an_answer_cut_off_is_unknown_then_found_and_not_sent_again(
    mastodon_server: MastodonServer, connect: Connect
) -> None:
    async with CuttingProxy(mastodon_server.url).running() as proxy:
        channel = connect(mastodon_server, url=proxy.url)
        post = await asked(mastodon_server, channel, "能退吗？")
        proxy.cutting = True
        with pytest.raises(OutcomeUnknown):
            await channel.reply(answer_to(post), new_key())
        proxy.cutting = False
        receipt = await channel.find_reply(answer_to(post), new_key())
    [reply] = mastodon_server.replies(post.id)
    assert receipt is not None
    assert receipt.post_id == reply["id"]


async def test_a_server_killed_before_its_answer_arrives_is_asked_after_it_is_back(
    mastodon_server: MastodonServer, connect: Connect
) -> None:
    async with CuttingProxy(mastodon_server.url, on_answer=mastodon_server.kill).running() as proxy:
        channel = connect(mastodon_server, url=proxy.url)
        post = await asked(mastodon_server, channel, "能退吗？")
        proxy.cutting = True
        try:
            with pytest.raises(OutcomeUnknown):
                await channel.reply(answer_to(post), new_key())
            with pytest.raises(Unavailable):
                await connect(mastodon_server).find_reply(answer_to(post), new_key())
        finally:
            mastodon_server.restart()
    receipt = await connect(mastodon_server).find_reply(answer_to(post), new_key())
    assert receipt is not None
    assert [reply["id"] for reply in mastodon_server.replies(post.id)] == [receipt.post_id]


async def test_a_server_that_is_down_has_sent_nothing(mastodon_mock: MastodonMock, connect: Connect) -> None:
    channel = connect(mastodon_mock)
    post = await asked(mastodon_mock, channel, "能退吗？")
    mastodon_mock.kill()
    try:
        with pytest.raises(Unavailable):
            await connect(mastodon_mock).reply(answer_to(post), new_key())
    finally:
        mastodon_mock.restart()
    assert await connect(mastodon_mock).find_reply(answer_to(post), new_key()) is None
