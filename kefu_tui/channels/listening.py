"""Listening (听): posts that use our words without being addressed to us, found by the platform's search."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from kefu_tui.domain.errors import N_, AuthError, ChannelError
from kefu_tui.domain.mention import Kind, Post
from kefu_tui.ports import Clock, Cursor, Json

OVERLAP = timedelta(hours=1)  # a search may learn of a post that much later than it was written
REMEMBERED = 500  # posts at least; what is found anew is never told twice
_KEY = "heard"  # of the part of an account's cursor that is kept here
DEAF = N_("searching for your words fails there at the moment; mentions still arrive")

Search = Callable[[str, datetime], Awaitable[Sequence[Post]]]
"""Finds posts with a word, from a time on (aware UTC), our own left out."""


class Listener:
    """Searches for each word at its own interval, beside the polls of an account.

    A word is listened for from the first search on: what was written before is history. Its part of the
    cursor is `{"since": {word: time}, "known": short hashes of post ids, newest first}`.
    """

    def __init__(self, words: Sequence[str], every: timedelta, clock: Clock, *, strict: bool = False) -> None:
        self._words = tuple(dict.fromkeys(word.strip() for word in words if word.strip()))
        self._every = every
        self._strict = strict
        self._clock = clock
        self._next_at: datetime | None = None
        self.notices: tuple[str, ...] = ()

    async def hear(
        self, cursor: Cursor | None, search: Search
    ) -> tuple[tuple[Post, ...], Mapping[str, Json]]:
        """What is new, and what the cursor has to hold for it.

        A search that fails is a notice, not a failure: mentions are more important. Only a refused token is
        raised, and everything where listening is `strict`, all there is to do.
        """
        kept = (cursor or {}).get(_KEY)
        part: Mapping[str, Json] = kept if isinstance(kept, Mapping) else {}
        now = self._clock.now()
        if not self._words or (self._next_at is not None and now < self._next_at):
            return (), ({_KEY: part} if part else {})
        self._next_at = now + self._every
        since = {word: _since(part, word) for word in self._words}
        told, known = part.get("known"), list[str]()
        if isinstance(told, Sequence):
            known = [str(each) for each in told]
        fresh: dict[str, Post] = {}
        found: dict[str, None] = {}
        self.notices = ()
        for word, start in since.items():
            try:
                posts = await search(word, (start or now) - OVERLAP)
            except AuthError:
                raise
            except ChannelError:
                if self._strict:
                    self._next_at = None
                    raise
                self.notices = (DEAF,)
                continue
            if start is None:
                since[word] = now
            for post in posts:
                short = hashlib.sha256(post.id.encode()).hexdigest()[:16]
                found[short] = None
                if start is not None and post.posted_at >= start and short not in known:
                    fresh[post.id] = replace(post, kind=Kind.KEYWORD)
        remembered = list(dict.fromkeys([*found, *known]))[: max(REMEMBERED, 2 * len(found))]
        started = {word: start.isoformat() for word, start in since.items() if start is not None}
        if not fresh and part.get("since") == started and set(remembered) == set(known):
            return (), {_KEY: part}
        return tuple(fresh.values()), {_KEY: {"since": started, "known": remembered}}


def with_heard(posts: Sequence[Post], heard: Sequence[Post]) -> tuple[Post, ...]:
    """Both, a post that is addressed to us and has our words as what it is: addressed to us."""
    return tuple({post.id: post for post in (*heard, *posts)}.values())


def _since(part: Mapping[str, Json], word: str) -> datetime | None:
    since = part.get("since")
    at = since.get(word) if isinstance(since, Mapping) else None
    return datetime.fromisoformat(at) if isinstance(at, str) else None
