"""How pleased a text sounds, by weighted words, what turns them round and what stresses them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from kefu_tui.nlp.lexicon import Findings, Lexicon, Span
from kefu_tui.nlp.reading import Reading

_TAGS = (
    "mood.best",
    "mood.fine",
    "mood.good",
    "mood.bad",
    "mood.poor",
    "mood.worst",
    "mood.emoji_good",
    "mood.emoji_bad",
    "mood.sarcasm",
    "mood.irony",
)
# What a grievance weighs in the mood where its words carry no feeling of their own ("没发货").
_ALARMS = {
    "demand": -0.8,
    "deceit": -1.5,
    "anger": -1.5,
    "harm.body": -1.0,
    "harm.inflicted": -1.0,
    "harm.accident": -1.0,
    "harm.danger": -0.8,
    "harm.food": -1.0,
    "harm.burst": -1.0,
    "harm.hazard": -0.8,
    "harm.mild": -0.5,
    "threat.bare": -1.0,
    "threat.outside": -0.5,
    "money.theft": -1.0,
}
_REACH = 5  # characters between a negation or an intensifier and its word
_REACH_LATIN = 14
_FLIPPED = -0.7  # "not great" is less bad than "bad"
_STRESSED = 1.5
_AFTER_BUT = 1.5
_SCALE = 3.0
_MOST = 60  # hits looked at, so that a wall of emoticons costs no more than a post


@dataclass(frozen=True, slots=True)
class Mood:
    """`score` from -1 to 1; `worst` and `best` are where the strongest words of each kind stand."""

    score: float
    bad: float
    good: float
    worst: Span | None
    best: Span | None


def mood(reading: Reading, found: Findings, lexicon: Lexicon, within: Span | None = None) -> Mood:
    """The mood over the whole of the text, or of the stretch `within`."""
    hits = _weighed(found, lexicon)
    if within is not None:
        hits = [hit for hit in hits if within[0] <= hit[0][0] < within[1]]
    bad = good = 0.0
    worst: tuple[float, Span] | None = None
    best: tuple[float, Span] | None = None
    for span, weight in _spread(hits):
        value = weight * _turned(reading, found, span)
        start, _ = reading.sentence(span)
        if found.within("mood.but", start, span[0]):
            value *= _AFTER_BUT
        if value < 0:
            bad -= value
            worst = min(worst or (0.0, span), (value, span))
        else:
            good += value
            best = max(best or (0.0, span), (value, span))
    score = math.tanh((good - bad) / _SCALE)
    return Mood(score, bad, good, worst[1] if worst else None, best[1] if best else None)


def _weighed(found: Findings, lexicon: Lexicon) -> list[tuple[Span, float]]:
    """The words that carry a mood, each once: a word of two tags counts with the heavier."""
    weights: dict[Span, float] = {}
    for tag in _TAGS:
        for span in found[tag]:
            weight = lexicon.weight(tag)
            weights[span] = max(weight, weights.get(span, 0.0), key=abs)
    for tag, weight in _ALARMS.items():
        for span in found[tag]:
            weights[span] = min(weight, weights.get(span, 0.0))
    return sorted(weights.items())


def _spread(hits: Sequence[tuple[Span, float]]) -> Sequence[tuple[Span, float]]:
    return hits if len(hits) <= _MOST else [*hits[: _MOST // 2], *hits[-_MOST // 2 :]]


def _turned(reading: Reading, found: Findings, span: Span) -> float:
    """What stands right before the word does to it."""
    first = reading.text[span[0]]
    reach = _REACH_LATIN if first.isascii() and first.isalpha() else _REACH
    start, _ = reading.sentence(span)
    start = max(start, span[0] - reach)
    factor = 1.0
    if (flip := found.within("mood.flip", start, span[0])) and "," not in reading.text[flip[1] : span[0]]:
        factor *= _FLIPPED
    if found.within("mood.more", start, span[0]):
        factor *= _STRESSED
    return factor
