"""Mentions as documents: the post as its platform told it, and what triage said of it."""

from kefu_tui.domain.mention import Author, Kind, Mention, Post, Sighting, Verified, Visibility
from kefu_tui.domain.verdict import (
    Aspect,
    Category,
    Language,
    Priority,
    Reason,
    ReasonKind,
    Sentiment,
    Signal,
    Verdict,
)
from kefu_tui.storage.backend import Document
from kefu_tui.storage.codec.fields import (
    choice,
    each,
    flag,
    members,
    moment,
    nested,
    number,
    optional_moment,
    optional_text,
    optional_whole,
    optional_written_moment,
    text,
    texts,
    whole,
    written_moment,
)


def encode_mention(mention: Mention) -> Document:
    return {
        "account": mention.account,
        "post": _encode_post(mention.post),
        "first_seen_at": written_moment(mention.first_seen_at),
        "verdict": _encode_verdict(mention.verdict),
        "case_id": mention.case_id,
        "deleted_at": optional_written_moment(mention.deleted_at),
        "earlier_texts": list(mention.earlier_texts),
        "sightings": [
            {"at": written_moment(sighting.at), "reposts": sighting.reposts} for sighting in mention.sightings
        ],
    }


def decode_mention(document: Document) -> Mention:
    return Mention(
        account=text(document, "account"),
        post=nested(document, "post", _decode_post),
        first_seen_at=moment(document, "first_seen_at"),
        verdict=nested(document, "verdict", _decode_verdict),
        case_id=text(document, "case_id"),
        deleted_at=optional_moment(document, "deleted_at"),
        earlier_texts=texts(document, "earlier_texts", ()),
        sightings=each(document, "sightings", _decode_sighting, ()),
    )


def _decode_sighting(document: Document) -> Sighting:
    return Sighting(moment(document, "at"), whole(document, "reposts"))


def _encode_post(post: Post) -> Document:
    return {
        "id": post.id,
        "author": _encode_author(post.author),
        "text": post.text,
        "posted_at": written_moment(post.posted_at),
        "is_dated": post.is_dated,
        "kind": post.kind.value,
        "visibility": post.visibility.value,
        "url": post.url,
        "thread_id": post.thread_id,
        "in_reply_to": post.in_reply_to,
        "content_warning": post.content_warning,
        "language": post.language,
        "edited_at": optional_written_moment(post.edited_at),
        "reposts": post.reposts,
    }


def _decode_post(document: Document) -> Post:
    return Post(
        id=text(document, "id"),
        author=nested(document, "author", _decode_author),
        text=text(document, "text"),
        posted_at=moment(document, "posted_at"),
        is_dated=flag(document, "is_dated", True),
        kind=choice(document, "kind", Kind, Kind.MENTION),
        # no default: a private post must never become public by a missing key
        visibility=choice(document, "visibility", Visibility),
        url=optional_text(document, "url"),
        thread_id=optional_text(document, "thread_id"),
        in_reply_to=optional_text(document, "in_reply_to"),
        content_warning=text(document, "content_warning", ""),
        language=optional_text(document, "language"),
        edited_at=optional_moment(document, "edited_at"),
        reposts=optional_whole(document, "reposts"),
    )


def _encode_author(author: Author) -> Document:
    return {
        "id": author.id,
        "handle": author.handle,
        "name": author.name,
        "followers": author.followers,
        "verified": author.verified.value,
        "is_bot": author.is_bot,
    }


def _decode_author(document: Document) -> Author:
    return Author(
        id=text(document, "id"),
        handle=text(document, "handle"),
        name=text(document, "name", ""),
        followers=optional_whole(document, "followers"),
        verified=choice(document, "verified", Verified, Verified.NONE),
        is_bot=flag(document, "is_bot", False),
    )


def _encode_verdict(verdict: Verdict) -> Document:
    return {
        "priority": verdict.priority.value,
        "category": verdict.category.value,
        "sentiment": verdict.sentiment.value,
        "sentiment_score": verdict.sentiment_score,
        "signals": sorted(signal.value for signal in verdict.signals),
        "aspects": sorted(aspect.value for aspect in verdict.aspects),
        "score": verdict.score,
        "language": verdict.language.value,
        "reasons": [
            {"kind": reason.kind.value, "evidence": reason.evidence, "steps": reason.steps}
            for reason in verdict.reasons
        ],
        "tags": list(verdict.tags),
    }


def _decode_verdict(document: Document) -> Verdict:
    return Verdict(
        priority=choice(document, "priority", Priority),
        category=choice(document, "category", Category),
        sentiment=choice(document, "sentiment", Sentiment),
        sentiment_score=number(document, "sentiment_score"),
        signals=frozenset(members(document, "signals", Signal)),
        aspects=frozenset(members(document, "aspects", Aspect, ())),
        score=number(document, "score"),
        language=choice(document, "language", Language),
        reasons=each(document, "reasons", _decode_reason),
        tags=texts(document, "tags", ()),
    )


def _decode_reason(document: Document) -> Reason:
    return Reason(
        choice(document, "kind", ReasonKind), text(document, "evidence", ""), whole(document, "steps", 0)
    )
