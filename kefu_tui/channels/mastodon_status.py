"""Mastodon's JSON in the words of the domain (docs.joinmastodon.org/entities)."""

import unicodedata

from kefu_tui.channels.answer import Answer
from kefu_tui.channels.text import html_to_text
from kefu_tui.domain.mention import Author, Kind, Post, Verified, Visibility
from kefu_tui.domain.outbox import ReplyReceipt

# A visibility this program has never heard of is some server's own, narrower one: answer it in private.
_VISIBILITIES = {
    "public": Visibility.PUBLIC,
    "unlisted": Visibility.UNLISTED,
    "private": Visibility.FOLLOWERS,
}


def read_post(status: Answer, own_id: str) -> Post:
    """A status as a post; `own_id` is our account, to tell an answer to us from a mention in passing."""
    visibility = _VISIBILITIES.get(status.at("visibility").text(), Visibility.DIRECT)
    kind = Kind.MENTION
    if visibility is Visibility.DIRECT:
        kind = Kind.DIRECT
    elif status.at("in_reply_to_account_id").name_or_none() == own_id:
        kind = Kind.REPLY
    reposts = status.at("reblogs_count").integer_or_none()
    return Post(
        id=status.at("id").name(),
        author=read_author(status.at("account")),
        text=html_to_text(status.at("content").text()),
        posted_at=status.at("created_at").instant(),
        kind=kind,
        visibility=visibility,
        url=status.at("url").name_or_none() or status.at("uri").name_or_none(),
        in_reply_to=status.at("in_reply_to_id").name_or_none(),
        content_warning=status.at("spoiler_text").text_or(""),
        language=status.at("language").name_or_none(),
        edited_at=status.at("edited_at").instant_or_none(),
        reposts=reposts if reposts is not None and reposts >= 0 else None,
    )


def read_author(account: Answer) -> Author:
    """An account; Mastodon vouches for nobody, nearest is a link whose page links back (`verified_at`)."""
    fields = account.at("fields")
    vouched = not fields.is_null and any(not field.at("verified_at").is_null for field in fields.items())
    followers = account.at("followers_count").integer_or_none()
    return Author(
        id=account.at("id").name(),
        handle=account.at("acct").name(),
        name=account.at("display_name").text_or(""),
        followers=followers if followers is not None and followers >= 0 else None,
        verified=Verified.PERSON if vouched else Verified.NONE,
        is_bot=account.at("bot").flag_or(False),
    )


def read_receipt(status: Answer) -> ReplyReceipt:
    return ReplyReceipt(
        post_id=status.at("id").name(),
        published_at=status.at("created_at").instant(),
        url=status.at("url").name_or_none(),
    )


def addressed(text: str, handle: str) -> str:
    """`text` with `@handle` before it, unless it begins so already: Mastodon does not add it by itself."""
    mention = f"@{handle}"
    start = text.lstrip()
    rest = start[len(mention) :]
    if start[: len(mention)].lower() == mention.lower() and not (
        rest and (rest[0].isalnum() or rest[0] in "_@.-")
    ):
        return text
    return f"{mention} {text}"


def says(status: Answer, text: str) -> bool:
    """Whether a status carries this text, whatever its server made of mentions, links and emphasis."""
    source = status.at("text").text_or("")
    return _essence(text) in (_essence(source), _essence(html_to_text(status.at("content").text())))


def _essence(text: str) -> str:
    words = unicodedata.normalize("NFC", text).split()
    while words and words[0].startswith("@"):
        words.pop(0)
    rest = "".join(words)
    return "".join(c for c in rest if c.isalnum()).casefold() or rest
