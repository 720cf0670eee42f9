"""Invented customers, posts and cases with sensible defaults: a test names only what it is about.

Everything happens around `EPOCH`, a Monday morning in UTC. The defaults fit together: `a_case()` is the
case `a_mention()` opens, `an_outbox_item()` answers it.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from kefu_tui.domain.case import Case, Closed, Event, Inbound, Outbound, case_id_for
from kefu_tui.domain.lessons import Lesson, Target
from kefu_tui.domain.mention import Author, Mention, Post, Visibility, mention_key
from kefu_tui.domain.outbox import Draft, OutboxItem, ReplyReceipt, ReplyRequest
from kefu_tui.domain.proposals import Decision
from kefu_tui.domain.rules import Rule
from kefu_tui.domain.verdict import Category, Language, Priority, Sentiment, TextVerdict, Verdict

EPOCH = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ACCOUNT = "shop"
LAG = timedelta(seconds=30)  # between a default post and our first sight of it


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def at(minutes_after_epoch: float) -> datetime:
    """A moment of the test's day: so many minutes after `EPOCH`."""
    return EPOCH + timedelta(minutes=minutes_after_epoch)


def an_author(id: str = "lin", **fields: Any) -> Author:  # noqa: A002 - the domain's own name
    defaults: dict[str, Any] = {
        "id": id,
        "handle": f"{id}@example.social",
        "name": "林小满",
        "followers": 120,
    }
    return Author(**defaults | fields)


def a_post(text: str = "包裹三天没动了，能查一下吗？", **fields: Any) -> Post:
    defaults: dict[str, Any] = {"id": "p1", "author": an_author(), "text": text, "posted_at": EPOCH}
    return Post(**defaults | fields)


def a_text_verdict(priority: Priority = Priority.P2, **fields: Any) -> TextVerdict:
    return TextVerdict(**_verdict_fields(priority) | fields)


def a_verdict(priority: Priority = Priority.P2, **fields: Any) -> Verdict:
    return Verdict(**_verdict_fields(priority) | fields)


def _verdict_fields(priority: Priority) -> dict[str, Any]:
    return {
        "priority": priority,
        "category": Category.QUESTION,
        "sentiment": Sentiment.NEUTRAL,
        "sentiment_score": 0.0,
        "signals": frozenset(),
        "score": 0.5,
        "language": Language.HANS,
        "reasons": (),
    }


_POST_FIELDS = frozenset(Post.__slots__)


def a_mention(text: str | None = None, **fields: Any) -> Mention:
    """A mention; fields of its post (`text`, `author`, `posted_at` …) can be named directly.

    `id` is the post's. It opens its own case and was seen `LAG` after it was posted unless told otherwise.
    """
    of_post = {name: fields.pop(name) for name in _POST_FIELDS & fields.keys()}
    if text is not None:
        of_post["text"] = text
    post = fields.pop("post", None) or a_post(**of_post)
    account = fields.get("account", ACCOUNT)
    defaults: dict[str, Any] = {
        "account": account,
        "post": post,
        "first_seen_at": post.posted_at + LAG,
        "verdict": a_verdict(),
        "case_id": case_id_for(mention_key(account, post.id)),
    }
    return Mention(**defaults | fields)


def an_inbound(mention: Mention) -> Inbound:
    """The event that `mention` is in its case."""
    return Inbound(
        mention_key=mention.key,
        post_id=mention.post.id,
        at=mention.post.posted_at,
        seen_at=mention.first_seen_at,
        is_dated=mention.post.is_dated,
    )


def an_outbound(answers: Iterable[Mention | str] = (), **fields: Any) -> Outbound:
    """A published reply of ours that answers the given mentions (or mention keys)."""
    keys = tuple(a if isinstance(a, str) else a.key for a in answers)
    defaults: dict[str, Any] = {
        "id": "o1",
        "post_id": "r1",
        "at": at(10),
        "text": "在查了，十分钟内给您答复。",
        "visibility": Visibility.PUBLIC,
        "answers": keys,
    }
    return Outbound(**defaults | fields)


def a_closing(**fields: Any) -> Closed:
    """The founder closes the case."""
    return Closed(**{"id": "closed", "at": at(20)} | fields)


def a_case(mentions: Sequence[Mention] | None = None, then: Iterable[Event] = (), **fields: Any) -> Case:
    """A case of the given mentions (default: one `a_mention()`), followed by the events in `then`.

    Named after the first mention unless `id` says otherwise; `events` replaces all of its events.
    """
    held = list(mentions) if mentions else [a_mention()]
    first = held[0]
    defaults: dict[str, Any] = {
        "id": first.case_id,
        "account": first.account,
        "person_key": first.person_key,
        "events": (*map(an_inbound, held), *then),
    }
    return Case(**defaults | fields)


def a_request(mention: Mention | None = None, **fields: Any) -> ReplyRequest:
    """A reply to `mention` (default: `a_mention()`)."""
    target = mention or a_mention()
    defaults: dict[str, Any] = {
        "case_id": target.case_id,
        "account": target.account,
        "target": target.post.id,
        "target_handle": target.post.author.handle,
        "visibility": target.post.visibility,
        "text": "在查了，十分钟内给您答复。",
        "answers": (target.key,),
    }
    return ReplyRequest(**defaults | fields)


def a_receipt(post_id: str = "r1", **fields: Any) -> ReplyReceipt:
    defaults: dict[str, Any] = {"post_id": post_id, "published_at": at(10)}
    return ReplyReceipt(**defaults | fields)


def a_draft(text: str = "在查了", **fields: Any) -> Draft:
    """A draft in the case of `a_mention()`."""
    defaults: dict[str, Any] = {"case_id": a_mention().case_id, "text": text, "saved_at": at(8)}
    return Draft(**defaults | fields)


def a_lesson(text: str | None = None, **fields: Any) -> Lesson:
    """A lesson that `a_mention()` has taught."""
    defaults: dict[str, Any] = {
        "mention_key": a_mention().key,
        "text": text or a_post().text,
        "target": Target.PRIORITY,
        "value": "P1",
        "at": at(3),
    }
    return Lesson(**defaults | fields)


def a_decision(key: str = "priority=P1/keyword=包裹", **fields: Any) -> Decision:
    """A rule that was proposed and taken."""
    defaults: dict[str, Any] = {
        "key": key,
        "rule": Rule(name="“包裹” → P1", keywords=("包裹",), priority=Priority.P1),
        "accepted": True,
        "at": at(4),
    }
    return Decision(**defaults | fields)


def an_outbox_item(mention: Mention | None = None, **fields: Any) -> OutboxItem:
    """An approved reply to `mention`, held in a ten-second undo window."""
    approved = fields.get("approved_at", at(9))
    request = fields.pop("request", None) or a_request(mention)
    defaults: dict[str, Any] = {
        "id": "o1",
        "request": request,
        "approved_at": approved,
        "release_at": approved + timedelta(seconds=10),
    }
    return OutboxItem(**defaults | fields)
