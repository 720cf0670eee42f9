"""Mastodon: how it is read and answered; what it promises like every channel is in `test_contract`."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from kefu_tui.channels.answer import Answer
from kefu_tui.channels.mastodon import MastodonChannel
from kefu_tui.channels.mastodon_status import addressed, read_author, read_post, read_receipt, says
from kefu_tui.domain.errors import AuthError, BadAnswer, RateLimited, Refused
from kefu_tui.domain.mention import Kind, Post, Verified, Visibility
from kefu_tui.domain.outbox import ReplyRequest
from kefu_tui.ports import Cursor
from tests.builders import EPOCH
from tests.channels.recordings import recorded, replayed
from tests.channels.test_contract import a_reply_to
from tests.channels.worlds import MastodonWorld, an_account
from tests.fakes import FakeClock

START: Cursor = {"min_id": "1", "at": EPOCH.isoformat()}


@pytest.fixture
def server() -> MastodonWorld:
    return MastodonWorld()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def channel(server: MastodonWorld, clock: FakeClock) -> MastodonChannel:
    return server.channel(clock)


async def told(channel: MastodonChannel) -> list[Post]:
    return list((await channel.poll(START)).posts)


def requested(server: MastodonWorld, path: str) -> list[httpx.Request]:
    return [request for request in server.requests if request.url.path == path]


def form(server: MastodonWorld) -> dict[str, str]:
    """What was posted last."""
    return {name: values[0] for name, values in parse_qs(server.requests[-1].content.decode()).items()}


async def test_a_mention_carries_what_mastodon_says_of_it(
    server: MastodonWorld, channel: MastodonChannel
) -> None:
    status = server.mention(
        "在吗？",
        spoiler_text="售后",
        visibility="unlisted",
        edited_at="2026-03-02T09:30:00.000Z",
        language="zh",
        reblogs_count=640,
    )
    [post] = await told(channel)
    assert post.id == status["id"]
    assert post.reposts == 640
    assert post.text == "@brand 在吗？"
    assert (post.author.id, post.author.handle, post.author.name) == ("id-fan", "fan", "Fan")
    assert post.author.followers == 7
    assert (post.content_warning, post.visibility, post.language) == ("售后", Visibility.UNLISTED, "zh")
    assert (post.posted_at, post.edited_at) == (EPOCH, EPOCH + timedelta(minutes=30))
    assert post.url == status["url"]


async def test_only_mentions_count_and_our_own_do_not(
    server: MastodonWorld, channel: MastodonChannel
) -> None:
    server.pages_up = False  # this server ignores `types`
    server.notify("follow", None)
    server.notify("favourite", server.post(an_account("fan"), "<p>hi</p>"))
    server.notify("mention", server.post(an_account("brand"), "<p>note to self, @brand</p>"))
    server.notify("mention", None)  # its status was deleted meanwhile
    wanted = server.mention("在吗？")
    assert [post.id for post in await told(channel)] == [wanted["id"]]


@pytest.mark.parametrize(
    ("told_as", "visibility", "kind"),
    [
        ("public", Visibility.PUBLIC, Kind.MENTION),
        ("unlisted", Visibility.UNLISTED, Kind.MENTION),
        ("private", Visibility.FOLLOWERS, Kind.MENTION),
        ("direct", Visibility.DIRECT, Kind.DIRECT),
        (
            "mutuals_only",
            Visibility.DIRECT,
            Kind.DIRECT,
        ),  # GoToSocial's own: better too private than too public
    ],
)
async def test_visibility_is_never_read_wider_than_it_is(
    server: MastodonWorld, channel: MastodonChannel, told_as: str, visibility: Visibility, kind: Kind
) -> None:
    server.mention("在吗？", visibility=told_as)
    [post] = await told(channel)
    assert (post.visibility, post.kind) == (visibility, kind)


async def test_an_answer_to_us_is_a_reply_and_one_to_others_a_mention(
    server: MastodonWorld, channel: MastodonChannel
) -> None:
    server.mention("还是没收到", in_reply_to_id="7", in_reply_to_account_id="id-brand")
    server.mention("你看这家", in_reply_to_id="8", in_reply_to_account_id="id-friend")
    kinds = {post.in_reply_to: post.kind for post in await told(channel)}
    assert kinds == {"7": Kind.REPLY, "8": Kind.MENTION}


async def test_a_time_ahead_of_ours_is_told_as_it_stands(
    server: MastodonWorld, channel: MastodonChannel
) -> None:
    server.mention("来自未来", created_at="2031-01-01T00:00:00Z")
    [post] = await told(channel)
    assert post.posted_at == datetime(2031, 1, 1, tzinfo=UTC)


def test_an_author_is_vouched_for_by_a_verified_link_only() -> None:
    fields = [{"name": "site", "value": "…", "verified_at": None}]
    account = an_account("fan", fields=fields, bot=True, followers_count=-1)
    author = read_author(Answer(account, "social.example"))
    assert (author.verified, author.is_bot, author.followers) == (Verified.NONE, True, None)
    fields.append({"name": "blog", "value": "…", "verified_at": "2026-01-01T00:00:00Z"})
    assert read_author(Answer(account, "social.example")).verified is Verified.PERSON


async def test_it_asks_for_filtered_mentions_too_and_never_for_more_than_a_page(
    server: MastodonWorld, channel: MastodonChannel
) -> None:
    server.mention("在吗？")
    await told(channel)
    first, look_below = requested(server, "/api/v1/notifications")
    assert dict(first.url.params) == {
        "types[]": "mention",
        "limit": "40",
        "include_filtered": "true",
        "min_id": "1",
    }
    assert look_below.url.params["limit"] == "1"


async def test_who_we_are_is_asked_once(server: MastodonWorld, channel: MastodonChannel) -> None:
    for _ in range(3):
        await channel.poll(START)
    assert len(requested(server, "/api/v1/accounts/verify_credentials")) == 1
    assert len(requested(server, "/api/v2/instance")) == 1


async def test_a_policy_that_drops_mentions_is_a_lasting_notice_until_it_is_changed(
    server: MastodonWorld, channel: MastodonChannel, clock: FakeClock
) -> None:
    server.policy = {"for_new_accounts": "drop", "for_private_mentions": "filter", "for_bots": "accept"}
    for _ in range(2):
        [notice] = (await channel.poll(START)).notices
        assert "new accounts" in notice
    server.policy = {"for_new_accounts": "accept"}
    clock.advance(timedelta(hours=1))
    assert (await channel.poll(START)).notices == ()


async def test_a_server_without_a_policy_gives_no_notice(channel: MastodonChannel) -> None:
    assert (await channel.poll(None)).notices == ()


@pytest.mark.parametrize("status", [403, 404, 422, 429, 500])
async def test_an_ill_side_page_does_not_hold_up_the_mentions(
    server: MastodonWorld, channel: MastodonChannel, status: int
) -> None:
    server.mention("在吗？")

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/api/v2/"):
            return httpx.Response(status)
        return server.respond(request)

    server.answer = answer
    assert len(await told(channel)) == 1


async def test_a_token_without_the_right_scope_is_an_auth_error_with_the_servers_words(
    server: MastodonWorld, channel: MastodonChannel
) -> None:
    server.answer = lambda _: httpx.Response(403, json={"error": "outside the authorized scopes"})
    with pytest.raises(AuthError, match="outside the authorized scopes"):
        await channel.poll(START)


async def test_a_server_that_ignores_every_cursor_comes_to_an_end(
    server: MastodonWorld, channel: MastodonChannel
) -> None:
    for n in range(60):
        server.mention(f"question {n}")
    newest = server.notifications[: -server.page - 1 : -1]

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/v1/notifications":
            return httpx.Response(200, json=newest)
        return server.respond(request)

    server.answer = answer
    batch = await channel.poll(START)
    assert len(batch.posts) == server.page
    again = await channel.poll(batch.cursor)
    assert (again.posts, again.more) == ((), False)


async def test_a_server_without_end_is_left_after_a_bounded_walk_and_marked_as_a_gap(
    server: MastodonWorld, channel: MastodonChannel
) -> None:
    status = server.mention("在吗？")
    ids = iter(range(10**9, 0, -1))

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/api/v1/notifications":
            return server.respond(request)
        entry = {"type": "mention", "created_at": EPOCH.isoformat(), "status": status}
        return httpx.Response(
            200, json=[entry | {"id": f"{next(ids):010}"} for _ in range(int(request.url.params["limit"]))]
        )

    server.answer = answer
    batch = await channel.poll(START)
    assert batch.gap is not None
    assert len(server.requests) < 100


async def test_a_reply_goes_below_its_target_with_everything_it_needs(
    server: MastodonWorld, channel: MastodonChannel
) -> None:
    target = server.tell(1)[0]
    request = replace(a_reply_to(target), content_warning="售后", language="zh")
    receipt = await channel.reply(request, "outbox-1")
    assert form(server) == {
        "status": "@fan 马上为您查。",
        "in_reply_to_id": target,
        "visibility": "public",
        "spoiler_text": "售后",
        "language": "zh",
    }
    [standing] = server.replies()
    assert (receipt.post_id, receipt.url) == (standing["id"], standing["url"])
    assert receipt.published_at == server.now


async def test_the_same_outbox_item_always_has_the_same_key(server: MastodonWorld, clock: FakeClock) -> None:
    request = a_reply_to(server.tell(1)[0])
    for outbox_id in ("one", "one", "two"):
        await server.channel(clock).reply(request, outbox_id)
    keys = [r.headers["idempotency-key"] for r in server.requests if r.method == "POST"]
    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize(
    ("source", "sent_as"),
    [
        (Visibility.PUBLIC, "public"),
        (Visibility.UNLISTED, "unlisted"),
        (Visibility.FOLLOWERS, "private"),
        (Visibility.DIRECT, "direct"),
    ],
)
async def test_a_reply_is_exactly_as_wide_as_approved(
    server: MastodonWorld, channel: MastodonChannel, source: Visibility, sent_as: str
) -> None:
    await channel.reply(replace(a_reply_to(server.tell(1)[0]), visibility=source), "k")
    assert form(server)["visibility"] == sent_as


def test_public_questions_are_answered_unlisted(channel: MastodonChannel) -> None:
    assert channel.capabilities.public_replies_as is Visibility.UNLISTED


@pytest.mark.parametrize(
    ("text", "handle", "sent"),
    [
        ("好的", "fan@far.example", "@fan@far.example 好的"),
        ("@fan 好的", "fan", "@fan 好的"),
        ("@FAN，好的", "fan", "@FAN，好的"),
        ("@fan@far.example 好的", "fan", "@fan @fan@far.example 好的"),  # another fan
        ("@fanny 好的", "fan", "@fan @fanny 好的"),
        ("@fan", "fan", "@fan"),
    ],
)
def test_the_author_is_addressed_once(text: str, handle: str, sent: str) -> None:
    assert addressed(text, handle) == sent


@pytest.fixture
def request_(server: MastodonWorld) -> ReplyRequest:
    return a_reply_to(server.tell(1)[0], text="已为您**加急**，详见 https://shop.example/order?id=1&x=2 😊")


HTML = (
    '<p><span class="h-card"><a href="x" class="u-url mention">@<span>fan</span></a></span> 已为您'
    '<strong>加急</strong>，详见 <a href="https://shop.example/order?id=1&amp;x=2"><span class="invisible">https://</span>'
    '<span class="ellipsis">shop.example/order?id</span><span class="invisible">=1&amp;x=2</span></a> 😊</p>'
)


async def test_a_reply_is_found_whatever_the_server_made_of_its_markup(
    server: MastodonWorld, channel: MastodonChannel, request_: ReplyRequest
) -> None:
    ours = server.post(an_account("brand"), HTML, in_reply_to_id=request_.target)
    receipt = await channel.find_reply(request_, "k")
    assert receipt is not None
    assert receipt.post_id == ours["id"]


async def test_of_two_equal_replies_the_newer_one_is_found(
    server: MastodonWorld, channel: MastodonChannel, request_: ReplyRequest
) -> None:
    server.post(an_account("brand"), HTML, in_reply_to_id=request_.target)
    newer = server.post(
        an_account("brand"), HTML, in_reply_to_id=request_.target, created_at="2026-03-02T10:00:00Z"
    )
    receipt = await channel.find_reply(request_, "k")
    assert receipt is not None
    assert receipt.post_id == newer["id"]


@pytest.mark.parametrize(
    "other",
    [
        {"account": an_account("friend")},
        {"content": "<p>@fan 好的</p>"},
        {"in_reply_to_id": "4711"},
    ],
    ids=["somebody else's", "another text", "another target"],
)
async def test_another_post_is_not_taken_for_the_reply(
    server: MastodonWorld, channel: MastodonChannel, request_: ReplyRequest, other: dict[str, Any]
) -> None:
    server.post(
        **{"account": an_account("brand"), "content": HTML, "in_reply_to_id": request_.target} | other
    )
    assert await channel.find_reply(request_, "k") is None


async def test_below_a_deleted_target_the_reply_is_found_among_our_own_posts(
    server: MastodonWorld, channel: MastodonChannel, request_: ReplyRequest
) -> None:
    server.post(an_account("brand"), "<p>@fan 好的</p>")
    del server.statuses[request_.target]
    assert await channel.find_reply(request_, "k") is None
    ours = server.post(an_account("brand"), HTML)
    receipt = await channel.find_reply(request_, "k")
    assert receipt is not None
    assert receipt.post_id == ours["id"]


async def test_while_the_platform_cannot_be_asked_nothing_is_concluded(
    server: MastodonWorld, channel: MastodonChannel, request_: ReplyRequest
) -> None:
    server.answer = lambda _: httpx.Response(429, headers={"Retry-After": "5"})
    with pytest.raises(RateLimited):
        await channel.find_reply(request_, "k")


async def test_rereading_tells_edits_and_deletions(server: MastodonWorld, channel: MastodonChannel) -> None:
    kept, edited, deleted = server.tell(3)
    server.statuses[edited] |= {"content": "<p>@brand 已解决，谢谢</p>", "edited_at": "2026-03-02T11:00:00Z"}
    del server.statuses[deleted]
    batch = await channel.reread([kept, edited, deleted])
    assert batch.deleted == (deleted,)
    assert {post.id: post.text for post in batch.posts} == {
        kept: "@brand question 0",
        edited: "@brand 已解决，谢谢",
    }


async def test_an_id_is_data_and_never_a_path(server: MastodonWorld, channel: MastodonChannel) -> None:
    batch = await channel.reread(["../accounts/verify_credentials?x="])
    assert batch.deleted == ("../accounts/verify_credentials?x=",)


async def test_length_is_measured_by_the_instance(server: MastodonWorld, channel: MastodonChannel) -> None:
    request = replace(a_reply_to("1", text="好" * 295), content_warning="")
    assert channel.length(request).limit == 500
    await channel.poll(None)
    assert (channel.length(request).used, channel.length(request).limit) == (300, 300)
    assert channel.length(request).fits
    assert not channel.length(replace(request, content_warning="!")).fits


async def test_an_older_instance_tells_its_figures_in_the_first_version(
    server: MastodonWorld, channel: MastodonChannel
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/v2/instance":
            return httpx.Response(404)
        if request.url.path == "/api/v1/instance":
            rules = {"max_characters": 100_000, "characters_reserved_per_url": 32}
            return httpx.Response(200, json={"configuration": {"statuses": rules}})
        return server.respond(request)

    server.answer = answer
    await channel.poll(None)
    assert channel.length(a_reply_to("1")).limit == 100_000


# --- recorded answers ---------------------------------------------------------------------------------


async def poll_recording(name: str, me: str, cursor: Cursor) -> tuple[Post, ...]:
    """The posts of a recorded page; every further page is empty."""
    pages = [recorded(name)]

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("verify_credentials"):
            return replayed(me)
        if request.url.path == "/api/v1/notifications":
            return httpx.Response(200, json=pages.pop(0) if pages else [])
        return httpx.Response(404)

    client = httpx.AsyncClient(transport=httpx.MockTransport(handler))
    channel = MastodonChannel(account="shop", server="x.example", token="t", clock=FakeClock(), client=client)
    return (await channel.poll(cursor)).posts


async def test_gotosocial_as_recorded() -> None:
    direct, public = await poll_recording(
        "gotosocial/notifications_direct", "gotosocial/verify_credentials", {"min_id": None}
    )
    assert (direct.kind, direct.text) == (Kind.DIRECT, "@brand 私信一下")
    assert public.text == "你好 @brand 这个 <b>功能</b> 怎么用？\nhttps://example.com/a?b=1&c=2"
    assert public.id == "01M7ZTZ438CV1Y7S3D3723BMJ0"
    assert public.posted_at == datetime(2026, 11, 21, 19, 57, 38, 283000, tzinfo=UTC)


async def test_snac_as_recorded() -> None:
    [post] = await poll_recording("snac/notifications", "snac/verify_credentials", {"min_id": None})
    assert post.text == "你好 @brand@snac.example 怎么用？"
    assert post.author.handle == "fan@snac.example"


async def test_mastodon_mock_as_recorded() -> None:
    posts = await poll_recording(
        "mastodon_mock/min_id_limit2", "mastodon_mock/verify_credentials", {"min_id": "1795291215568"}
    )
    assert len(posts) == 2
    assert all(post.author.handle == "fan" for post in posts)


@pytest.mark.parametrize("server_name", ["gotosocial", "snac"])
def test_a_recorded_reply_is_recognised_in_its_recorded_thread(server_name: str) -> None:
    ours = Answer(recorded(f"{server_name}/reply"), "x.example")
    [standing, *_] = Answer(recorded(f"{server_name}/context"), "x.example").at("descendants").items()
    sent = ours.at("text").text_or("") or "谢谢提问！请看文档。"
    assert says(standing, sent)
    assert not says(standing, "别的话")
    assert read_receipt(standing).post_id == read_receipt(ours).post_id


@pytest.mark.parametrize(
    ("recording", "error"),
    [
        ("gotosocial/bad_token", AuthError),
        ("mastodon_mock/bad_token", AuthError),
        ("snac/bad", AuthError),
        ("gotosocial/rate_limited", RateLimited),
        ("gotosocial/too_long", Refused),
        ("mastodon_mock/too_long", Refused),
        ("gotosocial/reply_missing", Refused),
    ],
)
async def test_recorded_refusals_are_told_apart(
    server: MastodonWorld, channel: MastodonChannel, recording: str, error: type[Exception]
) -> None:
    server.answer = lambda _: replayed(recording)
    with pytest.raises(error):
        await channel.reply(a_reply_to("1"), "k")


def test_a_status_of_another_shape_names_what_is_wrong() -> None:
    status = recorded("gotosocial/reply") | {"visibility": None}
    with pytest.raises(BadAnswer, match="visibility: expected text"):
        read_post(Answer(status, "x.example"), "me")
