"""The demo from end to end: a day played without anybody, and an evening that lies ahead."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from kefu_tui import as_json
from kefu_tui.channels.demo import DemoChannel, PlayedDay
from kefu_tui.channels.demo_day import DAY_FILE, load_day, parse_day
from kefu_tui.clock import SteppedClock
from kefu_tui.config import Settings
from kefu_tui.demo import open_demo
from kefu_tui.domain.case import WorkState
from kefu_tui.domain.errors import ConfigError, NotAllowed, Refused
from kefu_tui.domain.feed import View
from kefu_tui.domain.lessons import Target
from kefu_tui.domain.mention import Visibility
from kefu_tui.domain.outbox import OutboxState, ReplyRequest
from kefu_tui.domain.verdict import Priority, ReasonKind
from kefu_tui.i18n import using
from kefu_tui.services.bundle import Services

DAY = date(2026, 3, 2)
SHANGHAI = ZoneInfo("Asia/Shanghai")
OPENS_AT = datetime(2026, 3, 2, 20, 30, tzinfo=SHANGHAI)


@asynccontextmanager
async def the_demo(
    speed: float | None = None,
    *,
    zone: ZoneInfo = SHANGHAI,
    keep: Path | None = None,
    at: time | None = None,
) -> AsyncIterator[Services]:
    async with open_demo(on=DAY, zone=zone, speed=speed, settings=Settings(), keep=keep, at=at) as services:
        yield services


async def test_the_whole_day_arrives_and_every_answer_goes_out():
    day = load_day()
    async with the_demo() as services:
        mentions = list(services.store.mentions())
        sent = list(services.store.outbox())

    assert len(mentions) >= 60
    assert {mention.account for mention in mentions} == {account.name for account in day.account}
    assert len(sent) == len(day.answer)
    assert {item.state for item in sent} == {OutboxState.SENT}


async def test_customers_write_back_amend_and_delete_once_they_are_answered():
    day = load_day()
    async with the_demo() as services:
        mentions = {mention.post.id: mention for mention in services.store.mentions()}
        cases = {mention.post.id: mention.case_id for mention in mentions.values()}

    for reaction in day.reaction:
        if reaction.text is not None:
            assert mentions[f"{reaction.to}-back"].post.text == reaction.text
            assert cases[f"{reaction.to}-back"] == cases[reaction.to]
        elif reaction.amended_text is not None:
            assert mentions[reaction.to].post.text == reaction.amended_text
            assert mentions[reaction.to].earlier_texts
        else:
            assert mentions[reaction.to].deleted_at is not None


async def test_every_circumstance_has_its_reason_somewhere_in_the_day():
    async with the_demo() as services:
        mentions = list(services.store.mentions())

    reasons = [reason for mention in mentions for reason in mention.verdict.reasons]
    told = {reason.kind for reason in reasons}
    assert told >= {
        ReasonKind.REACH,
        ReasonKind.VERIFIED,
        ReasonKind.OUTLET,
        ReasonKind.VIP,
        ReasonKind.SPREAD,
        ReasonKind.RELATIONSHIP,
        ReasonKind.RULE,
    }
    assert any(reason.kind is ReasonKind.VIP and reason.steps for reason in reasons)
    assert any(mention.sightings and mention.sightings[-1].reposts == 2300 for mention in mentions)
    for mention in mentions:
        steps = sum(reason.steps for reason in mention.verdict.reasons)
        assert steps == Priority.P3 - mention.verdict.priority, mention.post.id


async def test_a_post_that_spreads_is_no_edited_post():
    day = load_day()
    rewritten = {row.to for row in day.reaction if row.amended_text} | {
        post.id for post in day.post if post.amended_text
    }
    async with the_demo() as services:
        spread = {row.of for row in day.spread} - rewritten
        mentions = [m for m in services.store.mentions() if m.post.id in spread]

    assert mentions
    assert all(mention.earlier_texts == () and mention.post.edited_at is None for mention in mentions)


async def test_the_figures_are_those_of_somebody_who_answers_quickly():
    async with the_demo() as services:
        report = services.reporting.report()

    total = report.total
    assert total.answered_share is not None
    assert 0.8 < total.answered_share < 1
    assert total.first_response.median is not None
    assert timedelta(minutes=5) < total.first_response.median < timedelta(minutes=20)
    assert 0 < total.within_10m < total.within_60m <= total.answered
    assert report.ignored == ()
    assert sum(report.by_hour) == report.mentions


async def test_lags_are_those_of_a_poll_every_half_minute():
    async with the_demo() as services:
        lags = [mention.first_seen_at - mention.post.posted_at for mention in services.store.mentions()]

    assert min(lags) >= timedelta(0)
    assert max(lags) <= timedelta(seconds=30)
    assert len(set(lags)) > 10


async def test_a_response_runs_from_the_post_to_the_reply():
    async with the_demo() as services:
        played = PlayedDay(load_day(), on=DAY, zone=SHANGHAI)
        answer = played.day.answer[0]
        case_id = services.store.case_id_of_post(played.account_of(answer.to), answer.to)
        case = services.store.case(case_id or "")

    assert case is not None
    assert case.outbounds[0].at == played.moment(answer.at, f"answer to {answer.to}")


async def test_the_same_date_gives_the_same_day():
    async def told(zone: ZoneInfo) -> dict[str, Any]:
        async with the_demo(zone=zone) as services:
            return {
                "report": as_json.report(services.reporting.report()),
                "order": [summary.case.id for summary in services.feed.view(View.ALL)],
            }

    first = await told(SHANGHAI)
    elsewhere = await told(ZoneInfo("America/St_Johns"))

    assert await told(SHANGHAI) == first
    assert elsewhere["report"]["total"] == first["report"]["total"]  # type: ignore[index]
    assert elsewhere["order"] == first["order"]


async def test_the_evening_lies_ahead_and_the_morning_behind():
    async with the_demo(speed=1, at=time(20, 30)) as services:
        now = services.clock.now()
        mentions = list(services.store.mentions())
        header = services.reporting.header()

        assert OPENS_AT <= now < OPENS_AT + timedelta(minutes=1)
        assert services.title
        assert services.is_demo
        assert max(mention.post.posted_at for mention in mentions) < OPENS_AT
        assert header.answered > 10
        assert services.feed.counts()[View.WAITING] == header.waiting > 0
        for account in services.accounts:
            health = services.store.health(account)
            assert health is not None
            assert health.last_success_at == OPENS_AT


async def test_the_desk_opens_into_a_storm_that_nobody_has_answered():
    async with the_demo(speed=1, at=time(20, 30)) as services:
        quiet = services.reporting.header()
    async with the_demo(speed=1) as services:
        now, storm = services.clock.now(), services.reporting.header()

    sits_down = OPENS_AT + timedelta(minutes=35)
    assert sits_down <= now < sits_down + timedelta(minutes=1)
    assert storm.answered == quiet.answered
    assert storm.waiting >= quiet.waiting + 10
    assert storm.overdue >= 3


async def test_before_the_shop_opens_nobody_can_sit_down():
    async with the_demo(speed=1, at=time(0, 0)) as services:
        assert OPENS_AT <= services.clock.now() < OPENS_AT + timedelta(minutes=1)


async def test_a_reply_of_ones_own_is_answered_too():
    played = PlayedDay(load_day(), on=DAY, zone=SHANGHAI)
    reaction = next(reaction for reaction in played.day.reaction if reaction.text is not None)
    post = next(post for post in played.day.post if post.id == reaction.to)
    clock = SteppedClock(played.moment(post.at, post.id))
    channel = DemoChannel(account=played.account_of(post.id), played=played, clock=clock)

    receipt = await channel.reply(a_request(channel.account, reaction.to, "在查"), "own-1")
    cursor = None
    while (batch := await channel.poll(cursor)).more:
        cursor = batch.cursor
    clock.move_to(clock.now() + timedelta(minutes=reaction.after_minutes))
    back = await channel.poll(batch.cursor)

    answer = next(post for post in back.posts if post.id == f"{reaction.to}-back")
    assert answer.in_reply_to == receipt.post_id
    assert answer.posted_at == receipt.published_at + timedelta(minutes=reaction.after_minutes)


def a_request(account: str, target: str, text: str) -> ReplyRequest:
    return ReplyRequest(
        case_id=f"case/{account}:{target}",
        account=account,
        target=target,
        target_handle="someone",
        visibility=Visibility.PUBLIC,
        text=text,
        answers=(f"{account}:{target}",),
    )


def a_channel(account: str = "微博") -> DemoChannel:
    played = PlayedDay(load_day(), on=DAY, zone=SHANGHAI)
    return DemoChannel(account=account, played=played, clock=SteppedClock(played.ends_at))


async def test_the_same_reply_twice_stands_once():
    channel = a_channel()
    request = a_request("微博", "p001", "谢谢")

    first = await channel.reply(request, "k1")

    assert await channel.reply(request, "k1") == first
    assert await channel.find_reply(request, "k1") == first
    assert await channel.find_reply(request, "k2") is None


async def test_a_post_that_is_gone_cannot_be_answered():
    day = load_day()
    gone = next(post for post in day.post if post.deleted_at is not None)
    account = next(person.account for person in day.person if person.id == gone.by)
    channel = a_channel(account)

    with pytest.raises(Refused):
        await channel.reply(a_request(account, gone.id, "在吗"), "k1")
    batch = await channel.reread([gone.id, "p001"])
    assert gone.id in batch.deleted


@pytest.mark.parametrize(("text", "used"), [("你好", 2), ("ab", 1), ("abc", 2), ("你好ab", 3)])
def test_weibo_counts_halves(text: str, used: int):
    assert a_channel().length(a_request("微博", "p001", text)).used == used


async def test_a_day_is_told_in_pages():
    channel = a_channel()
    pages, cursor, more = 0, None, True
    seen: list[str] = []
    while more:
        batch = await channel.poll(cursor)
        cursor, more, pages = batch.cursor, batch.more, pages + 1
        seen += [post.id for post in batch.posts]

    assert pages > 1
    assert "p001" in seen


async def test_a_kept_desk_is_opened_where_it_was_left_with_what_it_has_learned(tmp_path: Path):
    async with the_demo(keep=tmp_path / "kept", speed=10) as services:
        case_id = services.feed.view(View.WAITING)[0].case.id
        cases = len(services.feed.summaries())
        left_at = max(mention.first_seen_at for mention in services.store.mentions())
        await services.corrections.correct([case_id], Target.PRIORITY, "P0")
        await services.desk.note([case_id], "call back")

    async with the_demo(keep=tmp_path / "kept", speed=10) as services:
        summary = services.feed.summary(case_id)
        assert [note.text for note in summary.case.notes] == ["call back"]
        assert summary.priority(services.feed.now())[0] is Priority.P0
        assert len(services.feed.summaries()) == cases
        assert timedelta(0) <= services.feed.now() - left_at < timedelta(hours=1)
        assert services.corrections.learned()
        await services.desk.note([case_id], "and again")  # under an id nothing has yet


async def test_a_kept_store_stays_and_is_not_played_over(tmp_path: Path):
    async with the_demo(keep=tmp_path / "kept") as services:
        shown = [summary.state(services.feed.now()) for summary in services.feed.summaries()]

    assert WorkState.WAITING_US in shown
    assert json.loads((tmp_path / "kept" / "desk.json").read_text(encoding="utf-8"))
    with pytest.raises(NotAllowed):
        async with the_demo(keep=tmp_path / "kept"):
            pass


def test_a_day_that_does_not_hold_together_is_refused_with_every_reason():
    text = """
[shop]
name = "店"
name_en = "Shop"
opens_at = "25:00"
sits_down_at = "soon"

[[account]]
name = "a"
handle = "a"
length_limit = 10

[[person]]
id = "p"
name = ""
handle = "p"
account = "b"
followers = 1
verified = "none"

[[post]]
"""
    with pytest.raises(ConfigError) as refused, using("en"):
        parse_day(text, "day.toml")

    keys = [str(problem.params["key"]) for problem in refused.value.problems]
    assert {"shop.opens_at", "shop.sits_down_at"} <= set(keys)
    assert "post[0].id" in keys


def test_a_founder_who_sits_down_before_the_shop_opens_is_refused():
    text = DAY_FILE.read_text(encoding="utf-8").replace('"21:05"', '"20:00"', 1)

    with pytest.raises(ConfigError) as refused:
        parse_day(text, "day.toml")

    assert [str(problem.params["key"]) for problem in refused.value.problems] == ["shop.sits_down_at"]


def test_a_day_that_names_nobody_is_refused():
    text = DAY_FILE.read_text(encoding="utf-8").replace('by = "tieguo"', 'by = "nobody"', 1)

    with pytest.raises(ConfigError) as refused:
        parse_day(text, "day.toml")

    assert [str(problem.params["key"]) for problem in refused.value.problems] == ["post[0].by"]


async def test_the_flying_lid_is_told_on_every_customer_it_hit_and_on_nobody_else():
    posts = {post.id: post for post in load_day().post}
    async with the_demo() as services:
        await services.causes.settle()
        groups = {services.causes.members(m.key) for m in services.store.mentions()}
        shared = [
            {posts[mention.post.id].cause for key in group if (mention := services.store.mention(key))}
            for group in groups
            if len(group) > 1
        ]
        flagged = [summary for summary in services.feed.summaries() if summary.same_cause >= 2]
        lids = [summary for summary in flagged if summary.same_cause >= 5]

    assert all(len(causes) == 1 for causes in shared), "mentions of two causes were put together"
    assert {"kettle-lid", "price-drop", "courier-stuck"} <= set().union(*shared)
    assert len(lids) >= 10
    assert len({summary.same_cause for summary in lids}) == 1
    assert all(summary.priority(services.feed.now())[1][0].kind is ReasonKind.SAME_CAUSE for summary in lids)
