"""Weibo's JSON in the words of the domain (open.weibo.com/wiki: Statuses, Comments, Users)."""

import re
from datetime import UTC, datetime

from kefu_tui.channels.answer import Answer
from kefu_tui.channels.weibo_text import address, own_words, without_notice
from kefu_tui.domain.mention import Author, Kind, Post, Verified

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TIME = re.compile(r"\w{3} (\w{3}) +(\d{1,2}) (\d\d:\d\d:\d\d) ([+-]\d{4}) (\d{4})")
_VERIFIED = {0: Verified.PERSON, 1: Verified.GOVERNMENT, 3: Verified.MEDIA} | dict.fromkeys(
    (2, 4, 5, 6, 7), Verified.ORGANISATION
)
STATUS, COMMENT = "s", "c"


def status_id(number: str) -> str:
    """The id of a post among ours: posts and comments are numbered apart."""
    return f"{STATUS}{number}"


def comment_id(number: str, status: str) -> str:
    """The id of a comment among ours; it holds the post's number, which an answer needs."""
    return f"{COMMENT}{number}.{status}"


def numbers(post_id: str) -> tuple[str | None, str]:
    """The comment's number, None for a post, and the post's."""
    number, _, status = post_id[1:].partition(".")
    return (number, status) if post_id.startswith(COMMENT) else (None, number)


def read_status(status: Answer) -> Post:
    """A post that mentions us. The words are the author's own; what was reposted follows in quotes."""
    number, author = _number(status), read_author(status.at("user"))
    text = without_notice(status.at("text").text())
    source = status.at("retweeted_status")
    words = text
    if not source.is_null:
        words = own_words(text) or text
        quoted = without_notice(source.at("text").text_or(""))
        chain = text[len(words) :].strip() if text.startswith(words) else ""
        words = "\n".join(part for part in (words, chain, f"「{quoted}」" if quoted else "") if part)
    reposts = status.at("reposts_count").integer_or_none()
    return Post(
        id=status_id(number),
        author=author,
        text=words,
        posted_at=moment(status.at("created_at")),
        kind=Kind.MENTION if source.is_null else Kind.REPOST,
        url=address(author.id, number),
        thread_id=status_id(number),
        reposts=reposts if reposts is not None and reposts >= 0 else None,
    )


def read_comment(comment: Answer) -> Post:
    """A comment on a post of ours, or one that mentions us."""
    number, author = _number(comment), read_author(comment.at("user"))
    status = comment.at("status")
    root = _number(status)
    owner = status.at("user")
    answered = comment.at("reply_comment")
    parent = status_id(root) if answered.is_null else comment_id(_number(answered), root)
    return Post(
        id=comment_id(number, root),
        author=author,
        text=without_notice(comment.at("text").text()),
        posted_at=moment(comment.at("created_at")),
        kind=Kind.COMMENT if answered.is_null else Kind.REPLY,
        url=None if owner.is_null else address(_number(owner), root),
        thread_id=status_id(root),
        in_reply_to=parent,
    )


def read_author(user: Answer) -> Author:
    """An account; it may be renamed, so its number is what counts."""
    followers = user.at("followers_count").integer_or_none()
    vouched = user.at("verified").flag_or(False)
    kind = user.at("verified_type").integer_or_none()
    return Author(
        id=_number(user),
        handle=user.at("screen_name").text_or("") or user.at("name").text_or(""),
        followers=followers if followers is not None and followers >= 0 else None,
        verified=_VERIFIED.get(kind if kind is not None else 0, Verified.PERSON)
        if vouched
        else Verified.NONE,
    )


def moment(written: Answer) -> datetime:
    """`Tue May 31 17:46:55 +0800 2011` as aware UTC, whatever language the system speaks."""
    found = _TIME.fullmatch(written.text().strip())
    try:
        if found is None or found[1] not in _MONTHS:
            raise ValueError
        month = _MONTHS.index(found[1]) + 1
        text = f"{found[5]}-{month:02}-{int(found[2]):02}T{found[3]}{found[4]}"
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z").astimezone(UTC)
    except (ValueError, OverflowError):
        raise written.wrong("a time") from None


def _number(thing: Answer) -> str:
    """The id as digits: `idstr` is safe from rounding, `id` is everywhere."""
    return thing.at("idstr").name_or_none() or str(thing.at("id").integer())
