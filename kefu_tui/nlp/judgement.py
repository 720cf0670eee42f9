"""What is held of a text becomes its verdict: priority, category, signals, and reasons that add up to it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from kefu_tui.domain.lessons import YES, Learned, Target
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
from kefu_tui.nlp.features import Features, Script
from kefu_tui.nlp.grounds import Ground, broken_promises
from kefu_tui.nlp.lexicon import DECOY
from kefu_tui.nlp.opinion import Opinion
from kefu_tui.nlp.weights import Weights

_MOST_REASONS = 6
_PLAINLY = -0.8  # from here on a tone speaks for itself, and as far on the other side
_SURE = 1.5  # odds of noise from which a line of few words is taken for it
_BEYOND_DOUBT = 2.0  # from where on it is noise though no word can be pointed at
_PLAIN_SPEECH = 2.0  # odds of an offence from which n-grams are shown for it
_ADVERTISED = 1.0  # what the words of an advertisement add to the odds of noise
_TELLS_ALONE = frozenset(
    {ReasonKind.HARM, ReasonKind.MONEY, ReasonKind.THREAT, ReasonKind.DECEIT, ReasonKind.ANGER}
)
_CERTAIN = (ReasonKind.HARM, ReasonKind.MONEY, ReasonKind.THREAT)
_ALARMING = frozenset({Signal.SAFETY, Signal.THREAT})
_CATEGORY_OF_SIGNAL = ((Signal.SUGGESTION, Category.SUGGESTION), (Signal.QUESTION, Category.QUESTION))
_SHORT_TEXT = {Script.HAN: 30, Script.LATIN: 60}
_ALARM_TAGS = (
    (Signal.THREAT, ("threat.bare", "threat.outside")),
    (Signal.SAFETY, ("harm.body", "harm.inflicted", "harm.accident", "harm.burst")),
)
_KIND_OF_SIGNAL = (
    (Signal.SAFETY, ReasonKind.HARM),
    (Signal.THREAT, ReasonKind.THREAT),
    (Signal.CONTACT, ReasonKind.CONTACT),
    (Signal.COMPLAINT, ReasonKind.DISSATISFACTION),
    (Signal.QUESTION, ReasonKind.QUESTION),
    (Signal.SUGGESTION, ReasonKind.SUGGESTION),
)


class Judgement:
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
        return len(self._given.grams) <= _SHORT_TEXT[self._given.script]

    def _signals(self) -> frozenset[Signal]:
        """What the models say is there, and what a rule has found beyond doubt."""
        told = {signal for signal, odds in self._opinion.signals.items() if odds > 0}
        certain = {ground.signal for ground in self._found if ground.kind in _CERTAIN or self._is_short}
        if self._context.found["offence"]:
            certain.add(Signal.OFFENSIVE)
        told -= self._unfounded
        if Signal.CONTACT in told and topics.is_among_peers(self._context):
            told.discard(Signal.CONTACT)
        return frozenset(
            signal for signal in told | certain if signal is not None and signal is not Signal.NOISE
        )

    @cached_property
    def _unfounded(self) -> set[Signal]:
        """The alarms whose words the rules found and held for none: nothing else can have rung them."""
        rung = {ground.signal for ground in self._given.grounds}
        spans = self._context.found.spans
        return {
            signal
            for signal, tags in _ALARM_TAGS
            if signal not in rung and any(tag.startswith(tags) for tag in spans)
        }

    def _priority(self, signals: frozenset[Signal], tone: Sentiment) -> Priority:
        """The models' class, but never below what certain harm or a threat of the author's own calls for.

        Nobody is urgent who neither complains nor was hurt, and nobody waits for an answer who only praises.
        """
        told = self._opinion.priority
        if Target.PRIORITY in self._taught:
            return min([told, *self._not_unlearned()])
        grounds = [
            ground.effective
            for ground in self._given.grounds
            if ground.kind in _CERTAIN and not (ground.settled and tone is Sentiment.POSITIVE)
        ]
        urgent = any(ground.effective <= Priority.P1 for ground in self._found)
        if tone is not Sentiment.NEGATIVE and told <= Priority.P1 and not signals & _ALARMING:
            told = Priority.P1 if urgent or Signal.CONTACT in signals else Priority.P2
        if not grounds and not signals & _ALARMING:
            told = max(told, Priority.P1)  # the highest class is for what somebody can point at
        if not self._given.grounds and self._unfounded:
            told = max(told, Priority.P2)
        is_pleased = tone is Sentiment.POSITIVE and (
            not self._context.mood.bad or self._sentiment_score > -_PLAINLY
        )
        is_decoy = tone is not Sentiment.NEGATIVE and bool(self._context.found[DECOY])
        is_flat = tone is Sentiment.NEUTRAL and self._is_short
        if (is_pleased or is_decoy or is_flat) and not (signals or self._found):
            told = Priority.P3
        if self._context.reading.handles and any(one.kind is ReasonKind.QUESTION for one in self._found):
            told = min(told, Priority.P2)  # somebody called by name is asked
        if broken_promises(self._context) or any(ground.kind is ReasonKind.PRESS for ground in self._found):
            told = min(told, Priority.P1)
        return min([told, *grounds])

    def _not_unlearned(self) -> Iterator[Priority]:
        """What no lesson on other posts makes light of: a threat; harm only by a class, as trades differ."""
        for ground in self._given.grounds:
            if ground.kind in (ReasonKind.THREAT, ReasonKind.MONEY):
                yield ground.effective
            elif ground.kind is ReasonKind.HARM:
                yield Priority(min(ground.effective + 1, Priority.P3))

    def _category(self, signals: frozenset[Signal], priority: Priority) -> Category:
        """What the models say; small talk that asks or proposes is that, and that presses is a grievance."""
        if self._context.found["press.enquiry"]:
            return Category.PRESS
        told = max(_CATEGORIES, key=lambda one: self._opinion.categories[one])
        if Target.CATEGORY in self._taught:
            return told
        if broken_promises(self._context) and not told.is_grievance:
            return Category.COMPLAINT
        is_complaint = self._opinion.tone is Sentiment.NEGATIVE or Signal.COMPLAINT in signals
        if told.is_grievance and priority is Priority.P3 and not is_complaint:
            told = max(_PEACEFUL, key=lambda one: self._opinion.categories[one])
        is_urgent = priority <= Priority.P1 and self._opinion.tone is Sentiment.NEGATIVE
        if told is Category.SMALL_TALK and is_urgent:
            return max(_GRIEVANCES, key=lambda one: self._opinion.categories[one])
        if told is Category.SMALL_TALK:
            spoken = signals
            called = bool(self._context.reading.handles) and priority <= Priority.P2
            if called or self._opinion.tone is Sentiment.NEUTRAL:
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
            reading = self._context.reading
            return Reason(ReasonKind.NOISE, reading.evidence(reading.telling(sign)))
        urgent = any(ground.effective is Priority.P0 for ground in self._given.grounds)
        odds = self._opinion.signals[Signal.NOISE]
        if self._context.found["noise.ad"]:
            odds += _ADVERTISED
        if odds <= (_SURE if self._is_short else 0) or urgent:
            return None
        words = self._evidence(Signal.NOISE.value)
        return Reason(ReasonKind.NOISE, words) if words or odds > _BEYOND_DOUBT else None

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
        displeased = priority < Priority.P3 or Signal.COMPLAINT in signals or self._sentiment_score < _PLAINLY
        seen, told = {reason.kind for reason in leading}, {reason.evidence for reason in leading}
        for ground in self._found:
            if ground.kind in seen or len(seen) >= _MOST_REASONS:
                continue
            words = self._words_of(ground)
            if ground.kind is ReasonKind.DISSATISFACTION and (words in told or not displeased):
                continue  # a name that says more has said it, or little speaks for it
            seen.add(ground.kind)
            told.add(words)
            yield Reason(ground.kind, words)
        if tone is Sentiment.POSITIVE and self._context.mood.best and ReasonKind.PRAISE not in seen:
            yield Reason(ReasonKind.PRAISE, reading.evidence(self._context.mood.best))
        if tone is Sentiment.NEGATIVE and not seen and displeased:
            yield Reason(ReasonKind.DISSATISFACTION, self._displeasing())
        if Signal.OFFENSIVE in signals:
            spans = found["offence"]
            if spans:
                yield Reason(ReasonKind.OFFENCE, reading.evidence(spans[0]))
            elif self._opinion.signals[Signal.OFFENSIVE] > _PLAIN_SPEECH:
                yield Reason(ReasonKind.OFFENCE, self._evidence(Signal.OFFENSIVE.value))
        if found[DECOY]:
            yield Reason(ReasonKind.DECOY, reading.evidence(found[DECOY][0]))

    def _leading(self, priority: Priority, signals: frozenset[Signal], tone: Sentiment) -> list[Reason]:
        """The reason for the class itself; what lessons changed is told with their words."""
        steps = Priority.P3 - priority
        is_learned = Target.PRIORITY in self._taught and priority is self._opinion.priority
        taught = [
            Reason(ReasonKind.LEARNED, one.words, steps if is_learned and target is Target.PRIORITY else 0)
            for target, one in self._taught.items()
            if target is not Target.NOISE
        ]
        if is_learned:
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
            return Reason(ground.kind, self._words_of(ground), steps)
        kind = next(
            (kind for signal, kind in _KIND_OF_SIGNAL if signal in signals), ReasonKind.DISSATISFACTION
        )
        if kind is ReasonKind.DISSATISFACTION and tone is not Sentiment.NEGATIVE:
            kind = ReasonKind.QUESTION if Signal.QUESTION in signals else ReasonKind.REMARK
        words = self._displeasing() if kind is ReasonKind.DISSATISFACTION else ""
        words = words or self._evidence(questions.at_least(priority))
        return Reason(kind, words, steps)

    def _words_of(self, ground: Ground) -> str:
        """A ground in the author's words: an alarm word alone, of anything else enough to be understood."""
        reading = self._context.reading
        span = ground.span if ground.kind in _TELLS_ALONE else reading.telling(ground.span)
        return reading.evidence(span)

    def _displeasing(self) -> str:
        reading, worst = self._context.reading, self._context.mood.worst
        return reading.evidence(reading.telling(worst)) if worst else ""

    def _evidence(self, question: str) -> str:
        """The author's words that speak loudest for the answer to a question."""
        if self._weights is None:
            return ""
        return evidence.words(self._given, self._weights, question)


_GRIEVANCES = tuple(category for category in Category if category.is_grievance)
_PEACEFUL = tuple(
    category for category in Category if not category.is_grievance and category is not Category.NOISE
)
_CATEGORIES = tuple(category for category in Category if category is not Category.NOISE)
