"""The rule classifier: reads a text offline and says how urgent it is, what about, in which mood, and why."""

from collections.abc import Iterator, Sequence

from kefu_tui.domain.lessons import Learned, Lesson
from kefu_tui.domain.verdict import (
    Category,
    Language,
    Priority,
    Reason,
    ReasonKind,
    Sentiment,
    Signal,
    TextVerdict,
)
from kefu_tui.nlp.folding import fold, initials
from kefu_tui.nlp.grounds import Context, Ground, grounds
from kefu_tui.nlp.language import language
from kefu_tui.nlp.lexicon import DECOY, Lexicon, Span, shipped
from kefu_tui.nlp.mood import mood
from kefu_tui.nlp.reading import Reading, read
from kefu_tui.nlp.topics import category, noise, requests, sentiment

_MOST_REASONS = 6
_STRENGTH_OF_GROUND = 0.08
_MOST_STRENGTH = 0.48


class LexiconClassifier:
    """Classifies by the shipped lexicon.

    Of a long text the first 2,000 and the last 500 characters are read, so the work is bounded whatever
    arrives. The lexicon loads on first use; constructing costs nothing.
    """

    def __init__(self, lexicon: Lexicon | None = None) -> None:
        self._lexicon = lexicon

    def classify(self, text: str) -> TextVerdict:
        """The verdict of the words alone; the same text always gives the same verdict."""
        lexicon = self._lexicon or shipped()
        reading = read(text)
        found = lexicon.scan(reading.text)
        return _verdict(Context(reading, found, lexicon, mood(reading, found, lexicon)))

    def teach(self, lessons: Sequence[Lesson]) -> None:
        self._lessons = tuple(lessons)

    def learned(self) -> Sequence[Learned]:
        return ()

    def fold(self, text: str) -> str:
        return fold(text)

    def initials(self, text: str) -> str:
        return initials(text)


def _verdict(context: Context) -> TextVerdict:
    reading, found = context.reading, context.found
    told = language(reading.unfolded())
    serious = grounds(context)
    sign = noise(context, serious)
    if sign is not None:
        return _noise_verdict(reading, sign, told)
    all_grounds = _ranked([*serious, *requests(context)])
    tone = sentiment(context, all_grounds)
    about = category(context, all_grounds, tone)
    priority = min((_effective(ground) for ground in all_grounds), default=Priority.P3)
    signals = {ground.signal for ground in all_grounds if ground.signal is not None}
    if about.is_grievance and tone is Sentiment.NEGATIVE:
        signals.add(Signal.COMPLAINT)
    if found["offence"]:
        signals.add(Signal.OFFENSIVE)
    return TextVerdict(
        priority=priority,
        category=about,
        sentiment=tone,
        sentiment_score=round(context.mood.score, 3),
        signals=frozenset(signals),
        score=_score(priority, context.mood.score, len(all_grounds)),
        language=told,
        reasons=tuple(_reasons(context, all_grounds, tone)),
    )


def _noise_verdict(reading: Reading, span: Span, told: Language) -> TextVerdict:
    return TextVerdict(
        priority=Priority.P3,
        category=Category.NOISE,
        sentiment=Sentiment.NEUTRAL,
        sentiment_score=0.0,
        signals=frozenset({Signal.NOISE}),
        score=0.0,
        language=told,
        reasons=(Reason(ReasonKind.NOISE, reading.evidence(span)),),
    )


def _effective(ground: Ground) -> Priority:
    return Priority(ground.priority + 1) if ground.settled else ground.priority


def _ranked(all_grounds: Sequence[Ground]) -> list[Ground]:
    """The most urgent first; among equals harm first, then in the order of the text."""
    kinds = list(ReasonKind)
    return sorted(all_grounds, key=lambda ground: (_effective(ground), kinds.index(ground.kind), ground.span))


def _reasons(context: Context, ranked: Sequence[Ground], tone: Sentiment) -> Iterator[Reason]:
    """The grounds as reasons: the first one moves the verdict, the others explain; steps add up to it."""
    reading, found = context.reading, context.found
    seen: set[ReasonKind] = set()
    for ground in ranked:
        if ground.kind in seen or len(seen) >= _MOST_REASONS:
            continue
        steps = Priority.P3 - ground.priority if not seen else 0
        seen.add(ground.kind)
        yield Reason(ground.kind, reading.evidence(ground.span), steps)
        if ground.settled and steps:
            yield Reason(ReasonKind.SETTLED, "", -1)
    if tone is Sentiment.POSITIVE and context.mood.best:
        yield Reason(ReasonKind.PRAISE, reading.evidence(context.mood.best))
    if found[DECOY]:
        yield Reason(ReasonKind.DECOY, reading.evidence(found[DECOY][0]))


def _score(priority: Priority, mood_score: float, count: int) -> float:
    """Rank within the class: the worse the mood and the more the grounds, the higher."""
    strength = min(_MOST_STRENGTH, count * _STRENGTH_OF_GROUND) + (1 - mood_score) / 4
    return round((Priority.P3 - priority + min(strength, 0.999)) / 4, 4)
