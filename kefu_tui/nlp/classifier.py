"""The classifier: reads a text offline and says how urgent it is, what about, in which mood, and why.

Rules find alarms and ask who does what to whom; weighed n-grams and what the rules found are asked
together for everything a verdict says. Where the weights cannot be read, the rules judge alone.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from kefu_tui.domain.errors import N_, KefuError
from kefu_tui.domain.lessons import YES, Learned, Lesson, Target
from kefu_tui.domain.verdict import (
    Category,
    Priority,
    Reason,
    ReasonKind,
    Sentiment,
    Signal,
    TextVerdict,
)
from kefu_tui.nlp import evidence, questions, topics
from kefu_tui.nlp.features import Features, Script, features
from kefu_tui.nlp.folding import fold, initials
from kefu_tui.nlp.grounds import Ground, broken_promises
from kefu_tui.nlp.lexicon import DECOY, Lexicon, shipped
from kefu_tui.nlp.opinion import Opinion, of_rules, of_weights
from kefu_tui.nlp.personal import PersonalModel
from kefu_tui.nlp.weights import Weights, WeightsError, load

DATA = Path(__file__).with_name("data")

_MOST_REASONS = 6
_ADVERTISED = 1.0  # what the words of an advertisement add to the odds of noise
_A_WORD = re.compile(r"[^\W\d_]")
_CERTAIN = (ReasonKind.HARM, ReasonKind.MONEY, ReasonKind.THREAT)
_ALARMING = frozenset({Signal.SAFETY, Signal.THREAT})
_CATEGORY_OF_SIGNAL = ((Signal.SUGGESTION, Category.SUGGESTION), (Signal.QUESTION, Category.QUESTION))
_FEW_GRAMS = {Script.HAN: 30, Script.LATIN: 60}
_KIND_OF_SIGNAL = (
    (Signal.SAFETY, ReasonKind.HARM),
    (Signal.THREAT, ReasonKind.THREAT),
    (Signal.CONTACT, ReasonKind.CONTACT),
    (Signal.COMPLAINT, ReasonKind.DISSATISFACTION),
    (Signal.QUESTION, ReasonKind.QUESTION),
    (Signal.SUGGESTION, ReasonKind.SUGGESTION),
)


def read_weights(script: Script, directory: Path = DATA) -> Weights:
    """The weights of a script; raises `WeightsError`."""
    path = directory / f"weights.{script}.bin"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError(
            N_("{path}: {reason}; install kefu anew"), path=str(path), reason=error.strerror or str(error)
        ) from None
    return load(content, str(path))


class TextClassifier:
    """Classifies by the shipped lexicon and weights, and by what the founder's corrections taught.

    Of a long text the first 2,000 and the last 500 characters are read, so the work is bounded whatever
    arrives. Lexicon and weights load on first use; constructing costs nothing.
    """

    def __init__(
        self, lexicon: Lexicon | None = None, weights: Callable[[Script], Weights] = read_weights
    ) -> None:
        self._lexicon = lexicon
        self._read_weights = weights
        self._weights: dict[Script, Weights | None] = {}
        self._personal = PersonalModel()
        self._problems: list[KefuError] = []

    def classify(self, text: str) -> TextVerdict:
        """The verdict of the words alone; the same text always gives the same verdict."""
        given, found, weights, opinion = self._read(text)
        personal = self._personal
        taught: dict[Target, Learned] = {}
        if personal:
            opinion, taught = personal.adjusted(opinion, given, self._is_familiar)
        return _Judgement(given, found, opinion, weights, taught).verdict()

    def teach(self, lessons: Sequence[Lesson]) -> None:
        """Learn from exactly these lessons; a text being read meanwhile is read by what was known before."""

        def read(text: str) -> tuple[Features, Opinion]:
            given, _, _, opinion = self._read(text)
            return given, opinion

        self._personal = PersonalModel.of(lessons, read, self._is_familiar)

    def learned(self) -> Sequence[Learned]:
        return self._personal.learned()

    def problems(self) -> Sequence[KefuError]:
        return tuple(self._problems)

    def fold(self, text: str) -> str:
        return fold(text)

    def initials(self, text: str) -> str:
        return initials(text)

    def _read(self, text: str) -> tuple[Features, list[Ground], Weights | None, Opinion]:
        """A text taken apart, its grounds by rank, and what is held of it without any lesson.

        With the weights that told it: none know a text without a word.
        """
        given = features(text, self._lexicon or shipped())
        found = _ranked([*given.grounds, *topics.requests(given.context)])
        weights = self._weights_of(given.script) if _A_WORD.search(given.context.reading.text) else None
        return (
            given,
            found,
            weights,
            of_rules(given, found) if weights is None else of_weights(given, weights),
        )

    def _is_familiar(self, script: Script, gram: str) -> bool:
        weights = self._weights_of(script)
        return weights is not None and gram in weights

    def _weights_of(self, script: Script) -> Weights | None:
        if script not in self._weights:
            try:
                self._weights[script] = self._read_weights(script)
            except WeightsError as error:
                self._weights[script] = None
                self._problems.append(error)
        return self._weights[script]


def _ranked(found: Sequence[Ground]) -> list[Ground]:
    """The most urgent first; among equals harm first, then in the order of the text."""
    return sorted(found, key=lambda ground: (ground.effective, _RANKS[ground.kind], ground.span))


_RANKS = {kind: rank for rank, kind in enumerate(ReasonKind)}


class _Judgement:
    """From what is held of a text to its verdict, with reasons whose steps add up to the priority."""

    def __init__(
        self,
        given: Features,
        found: Sequence[Ground],
        opinion: Opinion,
        weights: Weights | None,
        taught: Mapping[Target, Learned],
    ) -> None:
        self._given = given
        self._context = given.context
        self._found = found
        self._opinion = opinion
        self._weights = weights
        self._taught = taught

    def verdict(self) -> TextVerdict:
        opinion = self._opinion
        noise = self._noise()
        if noise is not None:
            return self._noise_verdict(noise)
        tone, signals = opinion.tone, self._signals()
        priority = self._priority(signals, tone)
        category = self._category(signals, priority)
        if Signal.SAFETY in signals and priority is Priority.P3 and tone is Sentiment.NEGATIVE:
            priority = Priority.P1
        return TextVerdict(
            priority=priority,
            category=category,
            sentiment=tone,
            sentiment_score=self._sentiment_score,
            signals=signals,
            score=round(opinion.score, 4),
            language=self._given.language,
            reasons=tuple(self._reasons(priority, signals, tone)),
            aspects=opinion.aspects,
        )

    @property
    def _sentiment_score(self) -> float:
        tones = self._opinion.tones
        return round(tones[Sentiment.POSITIVE] - tones[Sentiment.NEGATIVE], 3)

    @property
    def _is_short(self) -> bool:
        """Whether n-grams have little to go by, so that what a rule finds is taken as it stands."""
        return len(self._given.grams) <= _FEW_GRAMS[self._given.script]

    def _signals(self) -> frozenset[Signal]:
        """What the models say is there, and what a rule has found beyond doubt."""
        told = {signal for signal, odds in self._opinion.signals.items() if odds > 0}
        certain = {ground.signal for ground in self._found if ground.kind in _CERTAIN or self._is_short}
        if self._context.found["offence"]:
            certain.add(Signal.OFFENSIVE)
        if Signal.CONTACT in told and topics.is_among_peers(self._context):
            told.discard(Signal.CONTACT)
        return frozenset(
            signal for signal in told | certain if signal is not None and signal is not Signal.NOISE
        )

    def _priority(self, signals: frozenset[Signal], tone: Sentiment) -> Priority:
        """The models' class, but never below what certain harm or a threat of the author's own calls for.

        Nobody is urgent who neither complains nor was hurt, and nobody waits for an answer who only praises.
        """
        told = self._opinion.priority
        if Target.PRIORITY in self._taught:
            return told
        grounds = [ground.effective for ground in self._given.grounds if ground.kind in _CERTAIN]
        urgent = any(ground.effective <= Priority.P1 for ground in self._found)
        if tone is not Sentiment.NEGATIVE and told <= Priority.P1 and not signals & _ALARMING:
            told = Priority.P1 if urgent or Signal.CONTACT in signals else Priority.P2
        is_pleased = tone is Sentiment.POSITIVE and not self._context.mood.bad
        is_decoy = tone is not Sentiment.NEGATIVE and bool(self._context.found[DECOY])
        is_flat = tone is Sentiment.NEUTRAL and self._is_short
        if (is_pleased or is_decoy or is_flat) and not (signals or self._found):
            told = Priority.P3
        if broken_promises(self._context) or any(ground.kind is ReasonKind.PRESS for ground in self._found):
            told = min(told, Priority.P1)
        return min([told, *grounds])

    def _category(self, signals: frozenset[Signal], priority: Priority) -> Category:
        """What the models say; small talk that asks or proposes is that, and that presses is a grievance."""
        if self._context.found["press.enquiry"]:
            return Category.PRESS
        told = max(_CATEGORIES, key=lambda one: self._opinion.categories[one])
        if Target.CATEGORY in self._taught:
            return told
        if broken_promises(self._context) and not told.is_grievance:
            return Category.COMPLAINT
        is_urgent = priority <= Priority.P1 and self._opinion.tone is Sentiment.NEGATIVE
        if told is Category.SMALL_TALK and is_urgent:
            return max(_GRIEVANCES, key=lambda one: self._opinion.categories[one])
        if told is Category.SMALL_TALK:
            spoken = signals
            if self._opinion.tone is Sentiment.NEUTRAL:
                spoken |= {ground.signal for ground in self._found if ground.signal is not None}
            return next((category for signal, category in _CATEGORY_OF_SIGNAL if signal in spoken), told)
        return told

    # --- noise ---------------------------------------------------------------------------------------

    def _noise(self) -> Reason | None:
        """Why a text is noise; None for one that is not, or holds an alarm no advertisement raises."""
        if (taught := self._taught.get(Target.NOISE)) is not None:
            return Reason(ReasonKind.LEARNED, taught.words) if taught.value == YES else None
        sign = topics.noise(self._context, self._given.grounds)
        if sign is not None:
            return Reason(ReasonKind.NOISE, self._context.reading.evidence(sign))
        urgent = any(ground.effective is Priority.P0 for ground in self._given.grounds)
        odds = self._opinion.signals[Signal.NOISE]
        if self._context.found["noise.ad"]:
            odds += _ADVERTISED
        if odds > 0 and not urgent:
            return Reason(ReasonKind.NOISE, self._evidence(Signal.NOISE.value))
        return None

    def _noise_verdict(self, reason: Reason) -> TextVerdict:
        return TextVerdict(
            priority=Priority.P3,
            category=Category.NOISE,
            sentiment=self._opinion.tone,
            sentiment_score=self._sentiment_score,
            signals=frozenset({Signal.NOISE}),
            score=0.0,
            language=self._given.language,
            reasons=(reason,),
        )

    # --- reasons -------------------------------------------------------------------------------------

    def _reasons(self, priority: Priority, signals: frozenset[Signal], tone: Sentiment) -> Iterator[Reason]:
        """What moved the verdict first, then what explains it; the steps add up to the priority."""
        reading, found = self._context.reading, self._context.found
        leading = self._leading(priority, signals, tone)
        yield from leading
        seen = {reason.kind for reason in leading}
        for ground in self._found:
            if ground.kind in seen or len(seen) >= _MOST_REASONS:
                continue
            seen.add(ground.kind)
            yield Reason(ground.kind, reading.evidence(ground.span))
        if tone is Sentiment.POSITIVE and self._context.mood.best and ReasonKind.PRAISE not in seen:
            yield Reason(ReasonKind.PRAISE, reading.evidence(self._context.mood.best))
        if tone is Sentiment.NEGATIVE and not seen:
            yield Reason(ReasonKind.DISSATISFACTION, self._displeasing())
        if Signal.OFFENSIVE in signals:
            spans = found["offence"]
            words = reading.evidence(spans[0]) if spans else self._evidence(Signal.OFFENSIVE.value)
            yield Reason(ReasonKind.OFFENCE, words)
        if found[DECOY]:
            yield Reason(ReasonKind.DECOY, reading.evidence(found[DECOY][0]))

    def _leading(self, priority: Priority, signals: frozenset[Signal], tone: Sentiment) -> list[Reason]:
        """The reason for the class itself; what lessons changed is told with their words."""
        steps = Priority.P3 - priority
        taught = [
            Reason(ReasonKind.LEARNED, one.words, steps if target is Target.PRIORITY else 0)
            for target, one in self._taught.items()
            if target is not Target.NOISE
        ]
        if Target.PRIORITY in self._taught:
            return taught
        return [*self._spoken(priority, steps, signals, tone), *taught]

    def _spoken(
        self, priority: Priority, steps: int, signals: frozenset[Signal], tone: Sentiment
    ) -> list[Reason]:
        """The reason of the words themselves, and that they are settled where they are."""
        if not steps:
            return []
        lead = self._lead(priority, steps, signals, tone)
        ground = next((one for one in self._found if one.kind is lead.kind), None)
        if ground is not None and ground.settled and ground.effective is priority:
            return [replace(lead, steps=steps + 1), Reason(ReasonKind.SETTLED, "", -1)]
        return [lead]

    def _lead(self, priority: Priority, steps: int, signals: frozenset[Signal], tone: Sentiment) -> Reason:
        """A ground of this class or a more urgent one; else what the text is, in its loudest words."""
        ground = next((one for one in self._found if one.effective <= priority), None)
        if ground is None and self._found and tone is not Sentiment.NEGATIVE:
            ground = self._found[0]
        if ground is not None:
            return Reason(ground.kind, self._context.reading.evidence(ground.span), steps)
        kind = next(
            (kind for signal, kind in _KIND_OF_SIGNAL if signal in signals), ReasonKind.DISSATISFACTION
        )
        if kind is ReasonKind.DISSATISFACTION and tone is not Sentiment.NEGATIVE:
            kind = ReasonKind.QUESTION if Signal.QUESTION in signals else ReasonKind.REMARK
        if kind is ReasonKind.REMARK:
            return Reason(kind, "", steps)
        words = self._displeasing() if kind is ReasonKind.DISSATISFACTION else ""
        words = words or self._evidence(questions.at_least(priority))
        return Reason(kind, words, steps)

    def _displeasing(self) -> str:
        worst = self._context.mood.worst
        return self._context.reading.evidence(worst) if worst else ""

    def _evidence(self, question: str) -> str:
        """The author's words that speak loudest for the answer to a question."""
        if self._weights is None:
            return ""
        return evidence.words(self._given, self._weights, question)


_GRIEVANCES = tuple(category for category in Category if category.is_grievance)
_CATEGORIES = tuple(category for category in Category if category is not Category.NOISE)
