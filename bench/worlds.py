"""Stores of a given size, invented: so many mentions over ten years, so many of their cases still open."""

import asyncio
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kefu_tui.domain.case import Case, Closed, Inbound, Outbound, case_id_for
from kefu_tui.domain.mention import Author, Mention, Post, Visibility, mention_key
from kefu_tui.domain.verdict import Category, Language, Priority, Reason, ReasonKind, Sentiment, Verdict
from kefu_tui.nlp.folding import fold, initials
from kefu_tui.ports import AccountHealth, Changes
from kefu_tui.storage.desk_store import DeskStore, open_store

ACCOUNT = "shop"
_SAID = (
    "你们的售后太慢了，说好三天退款，现在都一个星期了，到底管不管？客服电话一直占线。",
    "锅收到了，手柄是松的，能换一个吗？订单里的备注也没有人看。",
    "Ordered two weeks ago, tracking has not moved since. Where is my parcel?",
    "物流显示已签收，可是我没有收到，快递员也联系不上，请帮忙查一下。",
    "第一次买就踩雷，平底锅用了两天就掉漆，吃进去谁负责？",
    "请问这个型号能用在电磁炉上吗？看了说明书没有写。",
)


def said(number: int) -> str:
    """What customer `number` wrote: about 90 characters, and its own number to be found by."""
    return f"{_SAID[number % len(_SAID)]}（{number}号）{_SAID[number * 7 % len(_SAID)]}"


def folding(text: str) -> str:
    return f"{fold(text)}\x1f{initials(text)}"


def mention(number: int, when: datetime) -> Mention:
    """The mention customer `number` wrote at `when`."""
    post = Post(
        id=f"p{number}",
        author=Author(
            id=f"u{number % 40_000}",
            handle=f"guke{number}@example.social",
            name=f"顾客{number}",
            followers=number * 7 % 9000,
        ),
        text=said(number),
        posted_at=when,
        url=f"https://example.social/@guke{number}/{number}",
        language="zh",
    )
    verdict = Verdict(
        priority=Priority(number % 4),
        category=list(Category)[number % 5],
        sentiment=Sentiment.NEGATIVE,
        sentiment_score=-0.6,
        signals=frozenset(),
        aspects=frozenset(),
        score=1.5,
        language=Language.HANS,
        reasons=(Reason(ReasonKind.DISSATISFACTION, "太慢"),),
        tags=(),
    )
    return Mention(
        account=ACCOUNT,
        post=post,
        first_seen_at=when + timedelta(seconds=40),
        verdict=verdict,
        case_id=case_id_for(mention_key(ACCOUNT, post.id)),
    )


def case_of(one: Mention, *, is_closed: bool) -> Case:
    """The case of a mention, answered and closed, or still waiting."""
    events: list[Inbound | Outbound | Closed] = [
        Inbound(mention_key=one.key, post_id=one.post.id, at=one.post.posted_at, seen_at=one.first_seen_at)
    ]
    if is_closed:
        at = one.post.posted_at
        events.append(
            Outbound(
                id=f"o{one.post.id}",
                post_id=f"r{one.post.id}",
                at=at + timedelta(minutes=9),
                text="非常抱歉让您久等，已经在查，今天 18 点前给您答复。",
                visibility=Visibility.PUBLIC,
                answers=(one.key,),
            )
        )
        events.append(Closed(id=f"c{one.post.id}", at=at + timedelta(hours=1)))
    return Case(id=one.case_id, account=ACCOUNT, person_key=one.person_key, events=tuple(events))


def _months(closed: int, now: datetime) -> Iterator[tuple[range, datetime]]:
    """Closed mentions over 118 months that ended two months ago."""
    months = 118
    for place in range(months):
        numbers = range(closed * place // months, closed * (place + 1) // months)
        yield numbers, now - timedelta(days=30.4 * (months - place) + 60)


async def _fill(store: DeskStore, mentions: int, is_open: int, now: datetime) -> None:
    closed = mentions - is_open
    for numbers, begin in _months(closed, now):
        made = [mention(n, begin + timedelta(minutes=n % 40_000)) for n in numbers]
        if made:
            await store.update(lambda _, m=made: _changes(m, is_closed=True))
            await store.archive_settled(now)
            await store.compact_if_needed()
    chance = random.Random(7)
    waiting = [
        mention(number, now - timedelta(minutes=chance.randrange(60 * 24 * 20)))
        for number in range(closed, mentions)
    ]
    for place in range(0, len(waiting), 1000):
        part = waiting[place : place + 1000]
        await store.update(lambda _, m=part: _changes(m, is_closed=False))
    health = AccountHealth(account=ACCOUNT, last_success_at=now, connected_at=now - timedelta(days=3650))
    await store.update(lambda _: Changes(health=[health], cursors={ACCOUNT: {"since": "p"}}))


def _changes(made: list[Mention], *, is_closed: bool) -> Changes:
    return Changes(mentions=made, cases=[case_of(one, is_closed=is_closed) for one in made])


def make(path: Path, mentions: int, is_open: int, now: datetime | None = None) -> None:
    """Write a store of `mentions` mentions, the last `is_open` of them waiting for an answer."""

    async def write() -> None:
        store = open_store(path, durable=False, folding=folding)
        await _fill(store, mentions, is_open, now or datetime.now(UTC))
        await store.aclose()

    asyncio.run(write())
