"""What we answered before to texts like this one, so that two customers are not told two things.

Texts are compared by the pairs of Chinese characters and the Latin words they share, the rare ones counting
most (tf–idf without lengths: a cosine over sets). No model and no network; thousands of answers in a
millisecond.
"""

import re
from collections.abc import Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from math import log, sqrt

ALIKE = 0.24
_PARTS = re.compile(r"[\u3400-\u9fff]+|[a-z]{3,}|\d{3,}")
_GRAMMAR = re.compile(r"[的了吗呢吧啊呀嘛也就都很太又还我你您他她它们是在有这那个把被给跟和与]")
_COMMON = frozenset({"the", "and", "you", "for", "this", "that", "with", "have", "are", "was", "not", "but"})
_CANDIDATES = 150
_AT_LEAST = 200  # a desk that has answered three customers does not know yet what is rare


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply of ours that stands: what it answered, its words, to whom, and when (aware)."""

    case_id: str
    reply_id: str
    asked: str
    text: str
    handle: str
    account: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Similar:
    """An earlier answer and how alike its question is, 0 to 1."""

    answer: Answer
    likeness: float


def features(folded: str) -> frozenset[str]:
    """What a folded text is compared by; characters that only hold a sentence together are left out."""
    found: set[str] = set()
    for part in _PARTS.findall(_GRAMMAR.sub(" ", folded)):
        if "\u3400" <= part[0] <= "\u9fff":
            found.update(part[i : i + 2] for i in range(len(part) - 1))
        elif part not in _COMMON:
            found.add(part.removesuffix("s") if len(part) > 4 else part)
    return frozenset(found)


class AnswerIndex:
    """Answers by what they answered."""

    def __init__(self) -> None:
        self._answers: dict[str, tuple[Answer, frozenset[str]]] = {}
        self._holders: dict[str, dict[str, None]] = {}

    def __len__(self) -> int:
        return len(self._answers)

    def add(self, answer: Answer, parts: frozenset[str]) -> None:
        """Hold an answer with the features of what it answered; known ones are left as they are."""
        if answer.reply_id in self._answers or not parts:
            return
        self._answers[answer.reply_id] = (answer, parts)
        for part in parts:
            self._holders.setdefault(part, {})[answer.reply_id] = None

    def discard(self, reply_id: str) -> None:
        _, parts = self._answers.pop(reply_id, (None, frozenset()))
        for part in parts:
            self._holders[part].pop(reply_id, None)

    def similar(self, parts: frozenset[str], *, not_case: str, most: int = 3) -> list[Similar]:
        """The latest answers to texts alike, in other cases; what was said alike is told once."""
        candidates: dict[str, None] = {}
        for part in sorted(parts & self._holders.keys(), key=lambda p: len(self._holders[p])):
            holders = self._holders[part]
            if len(candidates) + len(holders) > _CANDIDATES and candidates:
                break
            candidates.update(dict.fromkeys(islice(reversed(holders), _CANDIDATES)))
        weights = _Weights(self._holders, len(self._answers))
        own = weights.of(parts)
        found = []
        for reply_id in candidates:
            answer, theirs = self._answers[reply_id]
            if answer.case_id == not_case:
                continue
            likeness = weights.of(parts & theirs) / sqrt(own * weights.of(theirs))
            if likeness >= ALIKE:
                found.append(Similar(answer, likeness))
        found.sort(key=lambda one: one.answer.at, reverse=True)
        return list(_once(found))[:most]


class _Weights(dict[str, float]):
    """What each feature weighs while a question is asked: the rarer, the more."""

    def __init__(self, holders: Mapping[str, Sized], answers: int) -> None:
        super().__init__()
        self._holders = holders
        self._answers = answers + _AT_LEAST

    def __missing__(self, part: str) -> float:
        held = len(self._holders[part]) if part in self._holders else 0
        weight = self[part] = log(1 + self._answers / (1 + held)) ** 2
        return weight

    def of(self, parts: Iterable[str]) -> float:
        return sum(map(self.__getitem__, parts))


def _once(found: Sequence[Similar]) -> Iterable[Similar]:
    said: set[str] = set()
    for one in found:
        words = "".join(filter(str.isalnum, one.answer.text))
        if words not in said:
            said.add(words)
            yield one
