"""What the founder's corrections taught: a small model of their own words on top of the shipped one.

It never learns a general leaning, only that certain words speak for a value: each lesson moves the words
of its text until the program would have said what the founder said. Words the shipped model does not know
move most, so that what is learned of one's own product says little about everything else.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, log, sqrt

from kefu_tui.domain.lessons import NO, YES, Learned, Lesson, Target, is_value
from kefu_tui.domain.verdict import Category, Priority, Sentiment, Signal
from kefu_tui.nlp.features import Features, Script
from kefu_tui.nlp.grams import is_word, shown
from kefu_tui.nlp.opinion import Opinion, chance
from kefu_tui.nlp.questions import BOUNDS

_FAMILIAR = 0.4  # what a word the shipped model knows counts, beside one it does not
_SHARED = 6.0  # how much faster a word is moved that several lessons of one value have in common
_MOST_WORDS = 80  # of a lesson, the unfamiliar ones first
_RATE = 4.0
_MOST_ROUNDS, _FEWEST_ROUNDS = 12, 2
_STEPS_IN_ALL = 4_000  # lessons times rounds
# Log-odds by which the founder's value should win in its own lesson: many, since another text shares few of
# its words. Chosen with `_RATE` and `_LEAST_SAID` by `bench/corrections.py`.
_CERTAIN = 6.0
_LEAST_SAID = 0.5  # below this the lessons have nothing to say of a text
# Nothing is held so surely that a few lessons could not turn it.
_LEAST_SHARE = 0.06
_MOST_ODDS = 2.5
_JOINED, _LONGEST = 3, 12  # the n-grams that are joined, and the characters of what comes of it
_ALIKE = 2.0  # how many times the weight of one may be the other's
_SHOWN = 200
_NAP = 0.0005  # seconds between two lessons, so that keys are answered while a model learns

Odds = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Read:
    """A lesson's text as the model sees it."""

    words: Mapping[str, float]  # of unit length
    odds: Mapping[Target, Odds]


class PersonalModel:
    """Weights of words for the values of each target; empty until something was taught."""

    def __init__(self, weights: Mapping[Target, Mapping[str, Mapping[str, float]]] | None = None) -> None:
        self._weights = weights or {}

    def __bool__(self) -> bool:
        return bool(self._weights)

    @classmethod
    def of(
        cls,
        lessons: Sequence[Lesson],
        read: Callable[[str], tuple[Features, Opinion]],
        is_familiar: Callable[[Script, str], bool] = lambda _script, _gram: False,
        nap: Callable[[], None] = lambda: time.sleep(_NAP),
    ) -> "PersonalModel":
        """Learn the lessons, in their order; `read` gives what the shipped model makes of a text."""
        known: dict[str, _Read] = {}
        by_target: dict[Target, list[tuple[_Read, str]]] = defaultdict(list)
        for lesson in lessons:
            if lesson.text not in known:
                given, opinion = read(lesson.text)
                known[lesson.text] = _Read(_words(given, is_familiar), _odds(opinion))
                nap()
            if is_value(lesson.target, lesson.value):
                by_target[lesson.target].append((known[lesson.text], lesson.value))
        return cls({target: _learn(target, taught, nap) for target, taught in by_target.items()})

    def adjusted(
        self,
        opinion: Opinion,
        given: Features,
        is_familiar: Callable[[Script, str], bool] = lambda _script, _gram: False,
    ) -> tuple[Opinion, dict[Target, Learned]]:
        """The opinion with what was taught in it, and the word that did most for each changed answer."""
        words = _words(given, is_familiar)
        before = _odds(opinion)
        changed: dict[Target, Learned] = {}
        for target, weights in self._weights.items():
            heard = {gram: share for gram, share in words.items() if gram in weights}
            said = _said(weights, heard)
            if max(map(abs, said.values()), default=0.0) < _LEAST_SAID:
                continue
            after = {value: odds + said.get(value, 0.0) for value, odds in before[target].items()}
            chosen = max(after, key=lambda value: after[value])
            if chosen == max(before[target], key=lambda value: before[target][value]):
                continue
            opinion = _with(opinion, target, chosen, after)
            gram = max(heard, key=lambda one: heard[one] * weights[one].get(chosen, 0.0))
            changed[target] = Learned(target, chosen, shown(gram), round(said.get(chosen, 0.0), 2))
        return opinion, changed

    def learned(self) -> list[Learned]:
        """What speaks for what, the loudest first: neighbouring n-grams as the phrase they were cut from."""
        said = [
            Learned(target, value, phrase, round(weight, 2))
            for target, weights in self._weights.items()
            for value in sorted({value for values in weights.values() for value in values})
            for phrase, weight in _phrases(
                {gram: values[value] for gram, values in weights.items() if values.get(value, 0.0) > 0}
            )
        ]
        said.sort(key=lambda one: (-one.weight, -len(one.words), one.target, one.value, one.words))
        kept: list[Learned] = []
        for one in said[: 4 * _SHOWN]:
            if not any(one.words in other.words and one.value == other.value for other in kept):
                kept.append(one)
        return kept[:_SHOWN]


def _phrases(weights: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """The n-grams as a person reads them, each with its weight.

    Those that overlap and weigh alike are one phrase; of Latin text the words stay as they are.
    """
    spelled = {text: weight for gram, weight in weights.items() if len(text := shown(gram)) > 1}
    parts = {text: weight for text, weight in spelled.items() if len(text) == _JOINED and not text.isascii()}
    yield from ((text, weight) for text, weight in spelled.items() if text not in parts)
    following: dict[str, list[str]] = defaultdict(list)
    for part in sorted(parts):
        following[part[:-1]].append(part)
    inner = {other for part in parts for other in following[part[1:]] if other != part}
    unused = dict.fromkeys(sorted(parts, key=lambda part: (part in inner, -parts[part], part)))
    while unused:
        chain = [next(iter(unused))]
        while chain:
            last = chain[-1]
            unused.pop(last)
            alike = [
                other
                for other in following[last[1:]]
                if other in unused and 1 / _ALIKE <= parts[other] / parts[last] <= _ALIKE
            ]
            if not alike or len(chain) >= _LONGEST - _JOINED:
                break
            chain.append(alike[0])
        yield chain[0] + "".join(part[-1] for part in chain[1:]), max(parts[part] for part in chain)


def _learn(
    target: Target, taught: Sequence[tuple[_Read, str]], nap: Callable[[], None]
) -> dict[str, dict[str, float]]:
    """The weights after going through the lessons until each is certain, or long enough."""
    weights: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    shared = Counter((gram, value) for lesson, value in taught for gram in lesson.words)
    rounds = max(_FEWEST_ROUNDS, min(_MOST_ROUNDS, _STEPS_IN_ALL // len(taught)))
    for _ in range(rounds):
        moved = False
        for lesson, value in taught:
            nap()
            said = _said(weights, lesson.words)
            odds = {name: base + said.get(name, 0.0) for name, base in lesson.odds[target].items()}
            rival = max((name for name in odds if name != value), key=lambda name: odds[name])
            lacking = odds[rival] + _CERTAIN - odds[value]
            if lacking <= 0:
                continue
            moved = True
            step = min(_RATE, lacking / 2)
            for gram, share in lesson.words.items():
                moved_by = step * share * (_SHARED if shared[gram, value] > 1 else 1.0)
                weights[gram][value] += moved_by
                weights[gram][rival] -= moved_by
        if not moved:
            break
    return {gram: dict(values) for gram, values in weights.items()}


def _said(weights: Mapping[str, Mapping[str, float]], words: Mapping[str, float]) -> dict[str, float]:
    said: dict[str, float] = {}
    for gram, share in words.items():
        for value, weight in weights.get(gram, {}).items():
            said[value] = said.get(value, 0.0) + weight * share
    return said


def _words(given: Features, is_familiar: Callable[[Script, str], bool]) -> dict[str, float]:
    """The words of a text and how much each counts, of unit length together.

    Not those of a handle: who is called stands in every post, whatever it is about.
    """
    names = [name for name, _span in given.context.reading.handles]
    telling = sorted(
        gram for gram in given.grams if is_word(gram) and not any(shown(gram) in name for name in names)
    )
    weighed = [(_FAMILIAR if is_familiar(given.script, gram) else 1.0, gram) for gram in telling]
    weighed.sort(key=lambda pair: -pair[0])
    length = sqrt(sum(weight * weight for weight, _ in weighed[:_MOST_WORDS])) or 1.0
    return {gram: weight / length for weight, gram in weighed[:_MOST_WORDS]}


def _odds(opinion: Opinion) -> dict[Target, Odds]:
    """What the shipped model holds of each value of each target, as log-odds."""
    reached = [0.0, *(chance(opinion.urgent[bound]) for bound in BOUNDS), 1.0]
    classes = {
        priority.name: _log_odds(reached[place + 1] - reached[place])
        for place, priority in enumerate(Priority)
    }
    noise = opinion.signals[Signal.NOISE]
    return {
        Target.PRIORITY: classes,
        Target.CATEGORY: {category.value: _bounded(odds) for category, odds in opinion.categories.items()},
        Target.SENTIMENT: {tone.value: _log_odds(share) for tone, share in opinion.tones.items()},
        Target.NOISE: {YES: _bounded(noise), NO: -_bounded(noise)},
    }


def _log_odds(share: float) -> float:
    share = min(max(share, _LEAST_SHARE), 1 - _LEAST_SHARE)
    return log(share / (1 - share))


def _bounded(odds: float) -> float:
    return max(-_MOST_ODDS, min(_MOST_ODDS, odds))


def _with(opinion: Opinion, target: Target, chosen: str, odds: Odds) -> Opinion:
    """The opinion with another answer on one target."""
    match target:
        case Target.PRIORITY:
            wanted = Priority[chosen]
            urgent = {
                bound: abs(value) if wanted <= bound else -abs(value)
                for bound, value in opinion.urgent.items()
            }
            return replace(opinion, urgent=urgent)
        case Target.CATEGORY:
            return replace(opinion, categories={category: odds[category.value] for category in Category})
        case Target.SENTIMENT:
            raised = {tone: exp(min(odds[tone.value], 20.0)) for tone in Sentiment}
            total = sum(raised.values())
            return replace(opinion, tones={tone: value / total for tone, value in raised.items()})
        case Target.NOISE:
            return replace(opinion, signals={**opinion.signals, Signal.NOISE: odds[YES] - odds[NO]})
