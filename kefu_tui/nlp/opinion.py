"""What the models, or where there are none the rules, hold of a text: the figures a verdict is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import exp

from kefu_tui.domain.verdict import Aspect, Category, Priority, Sentiment, Signal
from kefu_tui.nlp import questions, topics
from kefu_tui.nlp.features import Features, Script
from kefu_tui.nlp.grounds import Ground, broken_promises
from kefu_tui.nlp.weights import Weights

# From which log-odds on a thing is said to be there, chosen on the development files.
_SAID_FROM: Mapping[Script, Mapping[Signal, float]] = {
    Script.HAN: {
        Signal.QUESTION: 1.2,
        Signal.NOISE: -1.5,
        Signal.SAFETY: -0.5,
        Signal.CONTACT: -1.0,
    },
    Script.LATIN: {
        Signal.COMPLAINT: -0.8,
        Signal.SUGGESTION: -0.5,
        Signal.NOISE: -1.5,
        Signal.CONTACT: -1.0,
    },
}
_ASPECT_FROM = -0.5
_ENOUGH_GRAMS = 40
_MOOD, _FLAT, _BROKEN, _IRONY = 6.0, 3.0, 6.0, 3.0
_URGENT_FROM: Mapping[Priority, float] = {Priority.P0: -1.0, Priority.P1: -0.5, Priority.P2: -0.5}
_SURE, _UNSURE = 3.0, -3.0  # what the rules' yes and no are as log-odds
_RULES_ODDS = {True: _SURE, False: _UNSURE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """Chances of the tones (they sum to one); log-odds of everything else, above zero for yes.

    `urgent` is the log-odds that a text belongs to a class or a more urgent one.
    """

    tones: Mapping[Sentiment, float]
    aspects: frozenset[Aspect]
    signals: Mapping[Signal, float]
    categories: Mapping[Category, float]
    urgent: Mapping[Priority, float]

    @property
    def tone(self) -> Sentiment:
        return max(self.tones, key=lambda tone: self.tones[tone])

    @property
    def priority(self) -> Priority:
        return next((bound for bound in questions.BOUNDS if self.urgent[bound] > 0), Priority.P3)

    @property
    def score(self) -> float:
        """How displeased and how urgent a text sounds, from 0 to 1: the one figure to rank by."""
        urgency = chance(self.urgent[Priority.P1]) + chance(self.urgent[Priority.P0])
        return (self.tones[Sentiment.NEGATIVE] + _URGENCY * urgency) / (1 + 2 * _URGENCY)


_URGENCY = 0.3  # beside the tone: more finds alarms sooner, and quiet complaints among many opinions later


def chance(log_odds: float) -> float:
    return 1 / (1 + exp(-max(-40.0, min(40.0, log_odds))))


def of_weights(features: Features, weights: Weights) -> Opinion:
    """What the weights say: first of the text, then of the text and of what they have just said."""
    layout = weights.layout
    answers = weights.answers(features.grams, features.tokens)
    tones = layout.tones(answers)
    weights.add_heard(answers, layout.heard(answers, tones))
    tones = _felt(tones, features)
    view = _view(weights)
    return Opinion(
        tones=tones,
        aspects=frozenset(
            [aspect for aspect, place in view.aspects if answers[place] > _ASPECT_FROM]
            if view.aspects
            else topics.aspects(features.context)  # of English posts no labelled set tells the sides
        ),
        signals={signal: answers[place] - said_from for signal, place, said_from in view.signals},
        categories={category: answers[place] for category, place in view.categories},
        urgent={bound: answers[place] - urgent_from for bound, place, urgent_from in view.urgent},
    )


def _felt(tones: dict[Sentiment, float], features: Features) -> dict[Sentiment, float]:
    """What weighs beside the n-grams: broken promises in a row, irony; in a few n-grams also the mood.

    The mood is that of words and emoji: a short line without any is flat.
    """
    raised = dict(tones)
    if broken_promises(features.context):
        raised[Sentiment.NEGATIVE] *= exp(_BROKEN)
    if features.context.found["mood.irony"]:
        raised[Sentiment.NEGATIVE] += _IRONY  # the others sum to one at most: praise is what irony is made of
    few = 1 - len(features.grams) / _ENOUGH_GRAMS
    if few > 0:
        mood = features.context.mood.score
        felt = Sentiment.NEUTRAL if not mood else Sentiment.POSITIVE if mood > 0 else Sentiment.NEGATIVE
        raised[felt] *= exp(few * (_MOOD * abs(mood) or _FLAT))
    total = sum(raised.values())
    return {tone: share / total for tone, share in raised.items()}


@dataclass(frozen=True, slots=True)
class _View:
    """Where what an opinion needs stands among the answers, with what is taken off each."""

    aspects: tuple[tuple[Aspect, int], ...]
    signals: tuple[tuple[Signal, int, float], ...]
    categories: tuple[tuple[Category, int], ...]
    urgent: tuple[tuple[Priority, int, float], ...]


@cache
def _view(weights: Weights) -> _View:
    places = weights.layout.places
    said_from = _SAID_FROM[Script(weights.kind)]
    return _View(
        aspects=tuple((one, places[name]) for one in Aspect if (name := questions.aspect(one)) in places),
        signals=tuple((one, places[one], said_from.get(one, 0.0)) for one in Signal if one in places),
        categories=tuple(
            (one, places[name]) for one in Category if (name := questions.category(one)) in places
        ),
        urgent=tuple(
            (bound, places[questions.at_least(bound)], _URGENT_FROM[bound]) for bound in questions.BOUNDS
        ),
    )


def of_rules(features: Features, found: Sequence[Ground]) -> Opinion:
    """What the rules alone hold, for a program whose weights cannot be read."""
    context = features.context
    tone = topics.sentiment(context, found)
    category = topics.category(context, found, tone)
    worst = min((ground.effective for ground in found), default=Priority.P3)
    told = {ground.signal for ground in found}
    if context.found["offence"]:
        told.add(Signal.OFFENSIVE)
    if category.is_grievance and tone is Sentiment.NEGATIVE:
        told.add(Signal.COMPLAINT)
    score = context.mood.score
    return Opinion(
        tones={
            Sentiment.NEGATIVE: _share(tone is Sentiment.NEGATIVE, -score),
            Sentiment.NEUTRAL: _share(tone is Sentiment.NEUTRAL, 0.0),
            Sentiment.POSITIVE: _share(tone is Sentiment.POSITIVE, score),
        },
        aspects=topics.aspects(context),
        signals={signal: _RULES_ODDS[signal in told] for signal in Signal},
        categories={one: _RULES_ODDS[one is category] for one in Category},
        urgent={bound: _RULES_ODDS[worst <= bound] for bound in questions.BOUNDS},
    )


def _share(is_it: bool, leaning: float) -> float:
    """A chance for a tone the rules do or do not name; the three need only be ordered and bounded."""
    return 0.6 + 0.2 * leaning if is_it else max(0.05, 0.2 * leaning)
