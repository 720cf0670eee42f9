"""The names of what the weights are asked, and what a second question hears of the first ones' answers."""

from collections.abc import Iterable, Mapping
from math import exp
from typing import TypeVar

from kefu_tui.domain.verdict import Aspect, Category, Priority, Sentiment, Signal
from kefu_tui.nlp.tokens import MARK

BOUNDS = (Priority.P0, Priority.P1, Priority.P2)
_TONE, _LIKE, _ASPECT, _CATEGORY, _AT_LEAST = "tone/", "like/", "aspect/", "category/", "at least "
_SECOND_SIGNALS = frozenset({Signal.THREAT, Signal.SAFETY, Signal.CONTACT})
_MOST_STEPS = 5
K = TypeVar("K")


def tone(set_name: str, sentiment: Sentiment) -> str:
    """How a text sounds, as the set of that name judges it."""
    return f"{_TONE}{set_name}/{sentiment}"


def like(set_name: str) -> str:
    """Whether a text is of the kind of that set."""
    return f"{_LIKE}{set_name}"


def aspect(value: Aspect) -> str:
    return f"{_ASPECT}{value}"


def category(value: Category) -> str:
    return f"{_CATEGORY}{value}"


def at_least(bound: Priority) -> str:
    """Whether a text is as urgent as that, or more."""
    return f"{_AT_LEAST}{bound.name}"


def is_second(name: str) -> bool:
    """Whether a question is asked after the others, knowing their answers."""
    return name.startswith((_CATEGORY, _AT_LEAST)) or name in _SECOND_SIGNALS


def sets(names: Iterable[str]) -> list[str]:
    """The sets whose tones are among the questions."""
    return sorted({name.split("/")[1] for name in names if name.startswith(_TONE)})


def tones(answers: Mapping[str, float]) -> dict[Sentiment, float]:
    """The chances of the three tones: each set's view, by how much the text is like the set."""
    known = sets(answers)
    shares = _chances({name: answers.get(like(name), 0.0) for name in known})
    mixed = dict.fromkeys(Sentiment, 0.0)
    for name in known:
        own = {one: answers[tone(name, one)] for one in Sentiment if tone(name, one) in answers}
        for one, chance in _chances(own).items():
            mixed[one] += shares[name] * chance
    return mixed


def heard(answers: Mapping[str, float]) -> list[str]:
    """What the second questions hear of the first ones: each answer in whole steps, as tokens."""
    mixed = tones(answers)
    said = [f"{MARK}heard {one} {round(10 * chance)}" for one, chance in mixed.items()]
    for name, value in answers.items():
        if not name.startswith((_TONE, _LIKE)):
            said.append(f"{MARK}heard {name} {max(-_MOST_STEPS, min(_MOST_STEPS, round(value)))}")
        elif name.startswith(_LIKE) and value > 0:
            said.append(f"{MARK}heard {name}")
    return said


def _chances(odds: Mapping[K, float]) -> dict[K, float]:
    top = max(odds.values(), default=0.0)
    raised = {name: exp(value - top) for name, value in odds.items()}
    total = sum(raised.values()) or 1.0
    return {name: value / total for name, value in raised.items()}
