"""What the weights are asked: the questions' names, and how their answers are read.

The tone of a text is asked of several sets of texts, by how much it is like each. Urgency, category and
the signals that need scope are asked last, and hear what the others have answered.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp

from kefu_tui.domain.verdict import Aspect, Category, Priority, Sentiment, Signal
from kefu_tui.nlp.tokens import MARK

BOUNDS = (Priority.P0, Priority.P1, Priority.P2)
_TONE, _LIKE, _ASPECT, _CATEGORY, _AT_LEAST = "tone/", "like/", "aspect/", "category/", "at least "
_SECOND_SIGNALS = frozenset({Signal.THREAT, Signal.SAFETY, Signal.CONTACT})
_MOST_STEPS = 5
_TENTHS = 10
_TONES = tuple(Sentiment)


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


@dataclass(frozen=True, slots=True)
class _Set:
    """Where the answers of one set stand: whether a text is like it (None for the only one), each tone."""

    like: int | None
    tones: tuple[tuple[Sentiment, int], ...]

    def view(self, answers: Sequence[float]) -> dict[Sentiment, float]:
        """The chances of the tones this set knows."""
        chances = _chances([answers[place] for _, place in self.tones])
        return {tone: chance for (tone, _), chance in zip(self.tones, chances, strict=True)}


class Layout:
    """Where each answer stands among the questions of a table, worked out once."""

    def __init__(self, names: Sequence[str]) -> None:
        self.places = {name: place for place, name in enumerate(names)}
        sets = sorted({name.split("/")[1] for name in names if name.startswith(_TONE)})
        self._sets = tuple(
            _Set(
                self.places.get(like(name)),
                tuple(
                    (one, self.places[tone(name, one)]) for one in _TONES if tone(name, one) in self.places
                ),
            )
            for name in sets
        )
        self.second = tuple(place for place, name in enumerate(names) if is_second(name))
        # the tokens by which the second questions hear an answer, by its step
        self._tone_tokens = {
            one: tuple(f"{MARK}heard {one} {tenth}" for tenth in range(_TENTHS + 1)) for one in _TONES
        }
        self._step_tokens = tuple(
            (place, tuple(f"{MARK}heard {name} {step}" for step in range(-_MOST_STEPS, _MOST_STEPS + 1)))
            for place, name in enumerate(names)
            if not is_second(name) and not name.startswith((_TONE, _LIKE))
        )
        self._like_tokens = tuple(
            (place, f"{MARK}heard {name}") for place, name in enumerate(names) if name.startswith(_LIKE)
        )

    def tones(self, answers: Sequence[float]) -> dict[Sentiment, float]:
        """The chances of the three tones: each set's view, by how much the text is like the set."""
        if len(self._sets) == 1:
            shares = [1.0]
        else:
            shares = _chances([answers[one.like] for one in self._sets if one.like is not None])
        views = [(share, one.view(answers)) for one, share in zip(self._sets, shares, strict=True)]
        middle = [view[Sentiment.NEUTRAL] for _, view in views if Sentiment.NEUTRAL in view]
        neutral = sum(middle) / len(middle) if middle else 0.0
        mixed = dict.fromkeys(_TONES, 0.0)
        for share, view in views:
            # a set whose labels know no middle borrows it from the others
            rest = 1.0 if Sentiment.NEUTRAL in view else 1.0 - neutral
            for sentiment in _TONES:
                mixed[sentiment] += share * (view[sentiment] * rest if sentiment in view else neutral)
        return mixed

    def heard(self, answers: Sequence[float], tones: Mapping[Sentiment, float]) -> list[str]:
        """What the second questions hear of the first ones: each answer in whole steps, as tokens."""
        said = [self._tone_tokens[one][round(_TENTHS * chance)] for one, chance in tones.items()]
        said += [
            tokens[int(min(2.0 * _MOST_STEPS, max(0.0, answers[place] + _MOST_STEPS + 0.5)))]
            for place, tokens in self._step_tokens
        ]
        said += [token for place, token in self._like_tokens if answers[place] > 0]
        return said


def _chances(odds: Sequence[float]) -> list[float]:
    top = max(odds, default=0.0)
    raised = [exp(value - top) for value in odds]
    total = sum(raised)
    return [value / total for value in raised]
