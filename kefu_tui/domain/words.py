"""Words the founder adds to those the program knows: each list makes of a text what its like would.

A word counts unless a denial (没, 不, 未, 无, no, not …) stands right before it. It never takes anything
back: a text that is more urgent already stays so, and a grievance keeps its category.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace

from kefu_tui.domain.rules import Said
from kefu_tui.domain.verdict import Category, Priority, Reason, ReasonKind, Sentiment, Signal, TextVerdict

_DENIED = re.compile(r"(?:[没不未无]|没有|不会|不是|\b(?:no|not|never|without))\s*$")
_BEFORE = 12  # characters: as far back as a denial is looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The founder's lists, by what the words mean; folded before they are compared."""

    harm: tuple[str, ...] = ()
    threat: tuple[str, ...] = ()
    money: tuple[str, ...] = ()
    demand: tuple[str, ...] = ()
    deceit: tuple[str, ...] = ()
    anger: tuple[str, ...] = ()
    dissatisfaction: tuple[str, ...] = ()
    question: tuple[str, ...] = ()
    suggestion: tuple[str, ...] = ()
    contact: tuple[str, ...] = ()
    press: tuple[str, ...] = ()
    cooperation: tuple[str, ...] = ()
    praise: tuple[str, ...] = ()
    noise: tuple[str, ...] = ()

    def folded(self, fold: Callable[[str], str]) -> "Words":
        """The same words in the form texts are compared in."""
        return Words(**{field.name: tuple(map(fold, getattr(self, field.name))) for field in fields(self)})


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What one list makes of a text: the least urgent it may be, its signal, its category.

    `over` are the categories it replaces; what a text says beyond small talk is not talked away.
    """

    priority: Priority
    category: Category
    signal: Signal | None = None
    sentiment: Sentiment | None = None
    over: frozenset[Category] = frozenset({Category.SMALL_TALK})


_NO_GRIEVANCE = frozenset(category for category in Category if not category.is_grievance)
_REQUEST = frozenset({Category.SMALL_TALK, Category.SUGGESTION})
_NEGATIVE = Sentiment.NEGATIVE
_MEANINGS: dict[str, _Meaning] = {
    "harm": _Meaning(Priority.P0, Category.QUALITY, Signal.SAFETY, _NEGATIVE, _NO_GRIEVANCE),
    "threat": _Meaning(Priority.P0, Category.COMPLAINT, Signal.THREAT, _NEGATIVE, _NO_GRIEVANCE),
    "money": _Meaning(Priority.P1, Category.AFTER_SALES, None, None, _REQUEST),
    "demand": _Meaning(Priority.P1, Category.AFTER_SALES, None, None, _REQUEST),
    "deceit": _Meaning(Priority.P1, Category.COMPLAINT, Signal.COMPLAINT, _NEGATIVE, _NO_GRIEVANCE),
    "anger": _Meaning(Priority.P1, Category.COMPLAINT, Signal.COMPLAINT, _NEGATIVE, _NO_GRIEVANCE),
    "dissatisfaction": _Meaning(Priority.P2, Category.COMPLAINT, None, _NEGATIVE),
    "question": _Meaning(Priority.P2, Category.QUESTION, Signal.QUESTION),
    "suggestion": _Meaning(Priority.P2, Category.SUGGESTION, Signal.SUGGESTION),
    "contact": _Meaning(Priority.P2, Category.QUESTION, Signal.CONTACT),
    "press": _Meaning(Priority.P1, Category.PRESS),
    "cooperation": _Meaning(Priority.P2, Category.COOPERATION),
    "praise": _Meaning(Priority.P3, Category.PRAISE, None, Sentiment.POSITIVE),
    "noise": _Meaning(Priority.P3, Category.NOISE, Signal.NOISE),
}


def read_words(verdict: TextVerdict, said: Said, words: Words) -> TextVerdict:
    """The verdict with what the founder's words add to it; each list that fired is a reason.

    The first list of `Words` that raises takes the steps; the reasons still add up to the priority. A word
    of the noise list only hides small talk: whoever asks or complains stays in view.
    """
    for name, evidence in _found(said, words):
        verdict = _with(verdict, ReasonKind(name), evidence, _MEANINGS[name])
    return verdict


def _found(said: Said, words: Words) -> Iterator[tuple[str, str]]:
    """The lists that fired, each with the first of its words in the author's own writing."""
    for name in _MEANINGS:
        for word in getattr(words, name):
            place = _place(word, said.folded)
            if place is not None:
                yield name, said.text[place : place + len(word)]
                break


def _place(word: str, text: str) -> int | None:
    """Where a word first stands without a denial right before it."""
    if not word:
        return None
    at = text.find(word)
    while at >= 0:
        if not _DENIED.search(text[max(0, at - _BEFORE) : at]) and _is_whole(word, text, at):
            return at
        at = text.find(word, at + 1)
    return None


def _is_whole(word: str, text: str, at: int) -> bool:
    """Whether a word of Latin letters is not a part of a longer one; Chinese needs no word boundaries."""
    before, after = text[at - 1 : at] if at else "", text[at + len(word) : at + len(word) + 1]
    return not (_is_latin(before) and _is_latin(word[0])) and not (_is_latin(after) and _is_latin(word[-1]))


def _is_latin(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _with(verdict: TextVerdict, kind: ReasonKind, evidence: str, meaning: _Meaning) -> TextVerdict:
    hides = meaning.category is Category.NOISE
    if hides and (verdict.category not in meaning.over or verdict.priority is not Priority.P3):
        return verdict
    if verdict.category is Category.NOISE and Category.NOISE not in meaning.over:
        return verdict
    priority = min(verdict.priority, meaning.priority)
    steps = verdict.priority - priority
    category = meaning.category if verdict.category in meaning.over else verdict.category
    signals = verdict.signals | ({meaning.signal} if meaning.signal else set())
    if not hides:
        signals -= {Signal.NOISE}
    return replace(
        verdict,
        priority=priority,
        category=category,
        signals=signals,
        sentiment=(category is meaning.category and meaning.sentiment) or verdict.sentiment,
        score=round(min(1.0, verdict.score + steps / len(Priority)), 4),
        reasons=(*verdict.reasons, Reason(kind, evidence, steps)),
    )
