"""What several people complain about alike: groups of mentions, and which mentions may stand in one.

Small numbers count: two are a group. A mention joins the group it is most like, judged by its nearest
members rather than by one, so that a chain of slight likenesses does not tie strangers together.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count

from kefu_tui.domain.verdict import (
    Category,
    Priority,
    Reason,
    ReasonKind,
    Sentiment,
    Signal,
    TextVerdict,
    Verdict,
)

ALIKE = 0.24
"""From which likeness to a group on a mention joins it."""

_NEAREST = 2  # members a group is judged by
_SHARE_OF_BEST = (
    0.3  # of the judgement that is the very nearest member's; the rest is the mean of the nearest
)

COPIED = "×"
"""Before the number in the evidence of a `NOISE` reason: so many people have written the same text."""

SPAM_COPIES = 3
"""From how many authors of one text on it may be spam."""

_ELSEWHERE = frozenset(
    (Category.NOISE, Category.PRAISE, Category.SUGGESTION, Category.COOPERATION, Category.PRESS)
)
_CLAIMS = frozenset((ReasonKind.MONEY, ReasonKind.DEMAND))
_BY_HAND = frozenset((ReasonKind.CORRECTED, ReasonKind.RULE))


def is_aggrieved(verdict: TextVerdict) -> bool:
    """Whether the author complains; a sad or wry word alone is no complaint."""
    if verdict.category.is_grievance:
        return True
    return verdict.sentiment is Sentiment.NEGATIVE and Signal.COMPLAINT in verdict.signals


def may_complain(verdict: TextVerdict, *, names_fault: bool) -> bool:
    """Whether a mention can be one of several complaints.

    Also a question in an even or a friendly tone is, when it names a fault: "is the smell normal?". Praise,
    press and advertisements are not, whatever they name.
    """
    return verdict.category not in _ELSEWHERE and (is_aggrieved(verdict) or names_fault)


def is_spared(verdict: TextVerdict) -> bool:
    """Whether a mention is never demoted for being a copy.

    So are harm, threats and what an aggrieved author demands, which people may well pass on word for word,
    and whatever the founder or a rule of theirs has decided.
    """
    kinds = {reason.kind for reason in verdict.reasons}
    if verdict.signals & {Signal.THREAT, Signal.SAFETY} or kinds & _BY_HAND:
        return True
    return verdict.category.is_grievance and bool(kinds & _CLAIMS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """One of several near-copies, as much of it as shows whether they are spam."""

    person: str
    verdict: TextVerdict
    has_link: bool
    names_us: bool  # the shop or one of its goods, beyond the handle it is addressed to


def are_spam(copies: Sequence[Copied]) -> bool:
    """Whether near-copies are spam: three authors or more, most copies with a sign of it, none spared.

    Signs are an advertisement by its words, a link, or nothing about us.
    """
    if len({copy.person for copy in copies}) < SPAM_COPIES or any(is_spared(c.verdict) for c in copies):
        return False
    return 2 * sum(map(_looks_like_spam, copies)) > len(copies)


def _looks_like_spam(copy: Copied) -> bool:
    is_ad = copy.verdict.category is Category.NOISE or Signal.NOISE in copy.verdict.signals
    return is_ad or copy.has_link or not copy.names_us


def demoted(verdict: Verdict, people: int) -> Verdict:
    """The verdict on spam that so many people have copied: noise, with that as its first reason.

    The other reasons stay in view; none of them moves anything any more.
    """
    why = Reason(ReasonKind.NOISE, f"{COPIED}{people}")
    return replace(
        verdict,
        priority=Priority.P3,
        category=Category.NOISE,
        signals=frozenset({Signal.NOISE}),
        score=0.0,
        reasons=(why, *(replace(reason, steps=0) for reason in verdict.reasons)),
    )


class Groups:
    """Mentions by what they are about. A group's number never comes back for another one."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._group_of: dict[str, int] = {}
        self._members: dict[int, dict[str, str]] = {}  # of each group, the person of each mention
        self._people: dict[int, Counter[str]] = {}  # of each group, how many mentions of each person
        self._unjudged: set[int] = set()

    def __len__(self) -> int:
        return len(self._group_of)

    def group_of(self, key: str) -> int | None:
        return self._group_of.get(key)

    def members(self, key: str) -> Sequence[str]:
        """The mentions in the group of `key`, the earliest first; itself alone where it has none."""
        group = self._group_of.get(key)
        return tuple(self._members[group]) if group is not None else (key,)

    def people(self, key: str) -> int:
        """How many people stand in the group of `key`."""
        group = self._group_of.get(key)
        return len(self._people[group]) if group is not None else 1

    def add(self, key: str, person: str, copies: Iterable[str] = ()) -> None:
        """Let a mention join the group of one it copies, else begin one; `judge` may move it later."""
        self.discard(key)
        group = next((self._group_of[copy] for copy in copies if copy in self._group_of), None)
        if group is None:
            group = next(self._numbers)
            self._members[group] = {}
            self._people[group] = Counter()
            self._unjudged.add(group)
        self._members[group][key] = person
        self._people[group][person] += 1
        self._group_of[key] = group

    def judge(self, key: str, likeness: Mapping[str, float]) -> bool:
        """Let the group of a mention become part of the one the mention is most like; whether it did.

        Only a group that has not been judged by any of its members is moved: copies are of one cause, and
        what was found to be of one stays so. Likeness to mentions without a group is passed over.
        """
        own = self._group_of.get(key)
        if own is None or own not in self._unjudged:
            return False
        self._unjudged.discard(own)
        group = self._most_like({other: alike for other, alike in likeness.items() if other != key}, own)
        if group is None:
            return False
        moved = self._members.pop(own)
        self._members[group] |= moved
        self._people[group] += self._people.pop(own)
        self._group_of.update(dict.fromkeys(moved, group))
        return True

    def discard(self, key: str) -> None:
        """Take a mention out of its group; one that has none is no error."""
        group = self._group_of.pop(key, None)
        if group is None:
            return
        person = self._members[group].pop(key)
        self._people[group][person] -= 1
        if not self._people[group][person]:
            del self._people[group][person]
        if not self._members[group]:
            del self._members[group], self._people[group]
            self._unjudged.discard(group)

    def _most_like(self, likeness: Mapping[str, float], own: int) -> int | None:
        by_group: dict[int, list[float]] = {}
        for key, alike in likeness.items():
            group = self._group_of.get(key)
            if group is not None and group != own:
                by_group.setdefault(group, []).append(alike)
        best, most = None, ALIKE
        for group, found in by_group.items():
            nearest = sorted(found, reverse=True)[:_NEAREST]
            mean = sum(nearest) / min(_NEAREST, len(self._members[group]))
            judged = _SHARE_OF_BEST * nearest[0] + (1 - _SHARE_OF_BEST) * mean
            if judged >= most:
                best, most = group, judged
        return best
