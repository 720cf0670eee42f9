"""Rules that offer themselves: after the second similar correction, what the two have in common.

Similar are corrections of one target to one value, of the same author, or of texts that share a word or
phrase nobody else uses. Words are not cut out by a dictionary: a run of characters both texts hold, without
the particles at its ends, is enough for a rule that looks for substrings.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kefu_tui.domain.lessons import YES, Lesson, Target
from kefu_tui.domain.rules import Rule
from kefu_tui.domain.verdict import Category, Priority

LONGEST = 8
"""Of how many characters a phrase may be: a longer one is a quotation, and meets no other text."""

READ = 400
"""How many characters of a text are looked at."""

_COMMON_SHARE = 0.02
"""In which share of the other texts a phrase may stand and still be somebody's own."""

_LATIN_WORDS = 3
_HAN_RUN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]{2,}")
_LATIN_RUN = re.compile(r"[a-z][a-z'’-]*(?: [a-z][a-z'’-]*)*")
_NO_WORDS = re.compile(r"https?://\S+|[@＠][\w.@-]+")

# What begins or ends no name of a thing: particles, pronouns, adverbs, and the small change of a complaint.
_PARTICLES = frozenset(
    "的了着过得地吗呢吧啊呀嘛哦我你您他她它们咱这那哪某在是有和与跟及或就都也还又再才只很太最更真好"
    "不没未别一二两三几个些把被让给对向从到为以因所如果而但却并且于之其此什么怎谁多少为何会能要想可"
    "应该说话去来上下里中前后时天年月日今明昨现已经吧请谢麻烦次件条位家店"
)
_SMALL_TALK = (
    "about after again also been before being cannot could does doing don't from have having hello here just"
    " more much need only other over please same should some still thank thanks that that's their them then"
    " there these they this very want were what when where which while with would your you're"
)
_SMALL_WORDS = frozenset(_SMALL_TALK.split())


class Basis(StrEnum):
    """What a proposed rule would look for."""

    KEYWORD = "keyword"
    AUTHOR = "author"


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Who wrote the text of a lesson: the account it came in on, and the author's id and handle there."""

    account: str
    id: str
    handle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A rule the founder may want: `value` of `target` for a `keyword` (folded), or for an author.

    At least one of the two is set.
    """

    target: Target
    value: str
    keyword: str = ""
    writer: Writer | None = None

    @property
    def bases(self) -> tuple[Basis, ...]:
        found = ((Basis.KEYWORD, self.keyword), (Basis.AUTHOR, self.writer))
        return tuple(basis for basis, given in found if given)

    def key(self, basis: Basis) -> str:
        """The identity of the rule this would be, whatever it is called."""
        what = f"{self.writer.account}:{self.writer.id}" if self.writer else ""
        return decision_key(self.target, self.value, basis, self.keyword if basis is Basis.KEYWORD else what)

    def rule(self, basis: Basis, name: str) -> Rule:
        """The rule itself; it is told by its `name`."""
        keywords: tuple[str, ...] = ()
        authors: tuple[str, ...] = ()
        channels: tuple[str, ...] = ()
        if basis is Basis.KEYWORD:
            keywords = (self.keyword,)
        elif self.writer is not None:
            authors, channels = (self.writer.id,), (self.writer.account,)
        return Rule(
            name=name,
            keywords=keywords,
            authors=authors,
            channels=channels,
            priority=Priority[self.value] if self.target is Target.PRIORITY else None,
            category=Category(self.value) if self.target is Target.CATEGORY else None,
            noise=self.value == YES if self.target is Target.NOISE else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the founder said to a proposed rule: taken, or never to be asked about again."""

    key: str
    rule: Rule
    accepted: bool
    at: datetime


def decision_key(target: Target, value: str, basis: Basis, what: str) -> str:
    return f"{target}={value}/{basis}={what}"


def can_be_ruled(target: Target) -> bool:
    """Whether a rule can give this target: a mood is read off each text, never ruled."""
    return target is not Target.SENTIMENT


def shared_phrase(text: str, earlier: Iterable[str], others: Sequence[str]) -> Iterator[str]:
    """The words `text` shares with one of the `earlier` ones and hardly any of the `others`, best first.

    All texts are folded. The longest comes first, of equally long ones the rarest.
    """
    own = _phrases(text)
    shared = {phrase for one in earlier for phrase in own & _phrases(one)}
    # a part of a longer shared phrase tells nothing more
    whole = [p for p in shared if not any(p != q and p in q for q in shared)]
    most = max(1, int(len(others) * _COMMON_SHARE))
    counted = [(phrase, sum(phrase in other for other in others)) for phrase in whole]
    rare = [(phrase, count) for phrase, count in counted if count <= most]
    yield from (p for p, _count in sorted(rare, key=lambda found: (-_weight(found[0]), found[1], found[0])))


def _weight(phrase: str) -> int:
    """The length of a phrase in cells: a Chinese character says as much as two letters."""
    return sum(1 if char < "\u3000" else 2 for char in phrase)


def _phrases(text: str) -> set[str]:
    words = _NO_WORDS.sub("\n", text[:READ])
    found: set[str] = set()
    for run in _HAN_RUN.findall(words):
        for start in range(len(run)):
            if run[start] in _PARTICLES:
                continue
            for end in range(start + 2, min(start + LONGEST, len(run)) + 1):
                if run[end - 1] not in _PARTICLES:
                    found.add(run[start:end])
    for run in _LATIN_RUN.findall(words):
        parts = run.split(" ")
        for start in range(len(parts)):
            for end in range(start + 1, min(start + _LATIN_WORDS, len(parts)) + 1):
                if _is_telling(parts[start]) and _is_telling(parts[end - 1]):
                    found.add(" ".join(parts[start:end]))
    return found


def _is_telling(word: str) -> bool:
    return sum(char.isalpha() for char in word) >= 4 and word not in _SMALL_WORDS


def similar(lesson: Lesson, lessons: Iterable[Lesson]) -> list[Lesson]:
    """The other lessons that say the same of the same target, newest first."""
    found = [
        one
        for one in lessons
        if one.target is lesson.target and one.value == lesson.value and one.mention_key != lesson.mention_key
    ]
    return sorted(found, key=lambda one: (one.at, one.key), reverse=True)
