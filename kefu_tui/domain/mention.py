"""What somebody wrote to or about us: the post as its platform tells it, and the mention we keep of it."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from kefu_tui.domain.verdict import Verdict


class Kind(StrEnum):
    """How the post reaches us."""

    MENTION = "mention"
    COMMENT = "comment"
    REPLY = "reply"
    QUOTE = "quote"
    REPOST = "repost"
    DIRECT = "direct"
    KEYWORD = "keyword"  # found by listening (听), not addressed to us


class Visibility(StrEnum):
    """Who can read a post; ordered from widest to narrowest."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    FOLLOWERS = "followers"
    DIRECT = "direct"

    @property
    def is_private(self) -> bool:
        return self in (Visibility.FOLLOWERS, Visibility.DIRECT)


class Verified(StrEnum):
    """What the platform vouches for about an author."""

    NONE = "none"
    PERSON = "person"
    ORGANISATION = "organisation"
    MEDIA = "media"
    GOVERNMENT = "government"


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """One identity on one platform.

    `id` is the platform's own and survives a rename; `handle` is what people type after the @.
    `followers` is None where the platform does not say.
    """

    id: str
    handle: str
    name: str = ""
    followers: int | None = None
    verified: Verified = Verified.NONE
    is_bot: bool = False

    @property
    def display_name(self) -> str:
        """The name to show: an author without a name is called by the handle."""
        return self.name.strip() or self.handle or self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post as its platform tells it, in plain text.

    `id` is the platform's id, unique within the account. `thread_id` is the root of the conversation
    where the platform tells it, `in_reply_to` the post answered. `posted_at` is the platform's time,
    aware UTC; where the platform gave none that can be used (`is_dated` is false) it is when we first
    saw the post, which says nothing about how late we saw it.
    """

    id: str
    author: Author
    text: str
    posted_at: datetime
    is_dated: bool = True
    kind: Kind = Kind.MENTION
    visibility: Visibility = Visibility.PUBLIC
    url: str | None = None
    thread_id: str | None = None
    in_reply_to: str | None = None
    content_warning: str = ""
    language: str | None = None
    edited_at: datetime | None = None
    reposts: int | None = None

    @property
    def words(self) -> str:
        """Everything the author says, the content warning first: what is judged, and learned from."""
        return f"{self.content_warning}\n{self.text}".strip()


SIGHTINGS_KEPT = 8
SIGHTINGS_APART = timedelta(minutes=5)
"""Of counts that follow each other faster only the latest is kept, so that eight span the half hour."""

GROWS_WITHIN = timedelta(minutes=30)
GROWS_TIMES = 3
GROWS_FROM = 10  # one repost become three is no storm


@dataclass(frozen=True, slots=True)
class Sighting:
    """How often a post had been reposted when we looked (aware UTC)."""

    at: datetime
    reposts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A post addressed to one of our accounts, with what we know about it beyond the platform.

    `first_seen_at` is when we first fetched it (aware UTC), so `first_seen_at - post.posted_at` is the
    detection lag of a dated post. `earlier_texts` holds the wordings before each edit, oldest first,
    `sightings` the last few repost counts, none lower than the one before.
    """

    account: str
    post: Post
    first_seen_at: datetime
    verdict: Verdict
    case_id: str
    deleted_at: datetime | None = None
    earlier_texts: tuple[str, ...] = field(default=())
    sightings: tuple[Sighting, ...] = field(default=())

    @property
    def key(self) -> str:
        """The one identity of this mention across overlap and restart."""
        return mention_key(self.account, self.post.id)

    @property
    def person_key(self) -> str:
        return f"{self.account}:{self.post.author.id}"

    def amended(self, post: Post, verdict: Verdict) -> "Mention":
        """This mention with the platform's newer wording; an earlier one that differs is kept.

        The post time stays: an edit is not a new question and must not restart a clock.
        """
        earlier = self.earlier_texts
        if post.text != self.post.text:
            earlier = (*earlier, self.post.text)
        newer = replace(post, posted_at=self.post.posted_at, is_dated=self.post.is_dated)
        return replace(self, post=newer, verdict=verdict, earlier_texts=earlier)

    @property
    def reposts(self) -> int | None:
        """The highest repost count seen; None where the platform tells none."""
        return self.sightings[-1].reposts if self.sightings else self.post.reposts


def seen(
    sightings: tuple[Sighting, ...], reposts: int | None, now: datetime, *, looked_at: datetime | None = None
) -> tuple[Sighting, ...]:
    """The sightings with one more where the count has grown; a lower count takes nothing back.

    `looked_at` is when the post was last read again and nothing was new in it: until then the last count
    held, which matters when it jumps after a long quiet.
    """
    if reposts is None or (sightings and reposts <= sightings[-1].reposts):
        return sightings
    kept = sightings
    if kept and looked_at is not None and looked_at - kept[-1].at >= SIGHTINGS_APART:
        kept = (*kept, Sighting(looked_at, kept[-1].reposts))
    if len(kept) > 1 and kept[-1].at - kept[-2].at < SIGHTINGS_APART:
        kept = kept[:-1]
    return (*kept, Sighting(now, reposts))[-SIGHTINGS_KEPT:]


def is_growing(sightings: tuple[Sighting, ...]) -> bool:
    """Whether the last count is three times what was seen within the half hour before it, and not tiny."""
    if not sightings or sightings[-1].reposts < GROWS_FROM:
        return False
    last = sightings[-1]
    lowest = min(s.reposts for s in sightings if last.at - s.at <= GROWS_WITHIN)
    return len(sightings) > 1 and last.reposts >= GROWS_TIMES * max(lowest, 1)


def mention_key(account: str, post_id: str) -> str:
    """The stable key of a platform's post as seen by one account."""
    return f"{account}:{post_id}"
