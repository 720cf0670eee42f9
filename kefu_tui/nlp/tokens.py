"""What the rules found in a text, as tokens the models weigh beside its n-grams.

A rule says that something is there; how much that means for a verdict is learned. Each token is a short
name: a lexicon tag, a ground with its class, a step of the mood, the look of the text.
"""

from collections.abc import Iterator, Sequence

from kefu_tui.domain.verdict import Language
from kefu_tui.nlp.grounds import Context, Ground

MARK = "\x06"  # begins every token: no n-gram does
_STEPS = 5  # of the mood to each side
_LENGTHS = (8, 16, 32, 64, 128, 256)
_MANY = 2


def tokens(context: Context, grounds: Sequence[Ground], language: Language) -> list[str]:
    """The tokens of a text, each once."""
    return [MARK + name for name in _names(context, grounds, language)]


def _names(context: Context, grounds: Sequence[Ground], language: Language) -> Iterator[str]:
    reading, mood = context.reading, context.mood
    yield f"mood {round(mood.score * _STEPS)}"
    yield f"bad {_half_steps(mood.bad)}"
    yield f"good {_half_steps(mood.good)}"
    if mood.bad and mood.good:
        yield "mixed"
    for tag, spans in context.found.spans.items():
        yield tag
        if len(spans) >= _MANY:
            yield f"{tag} again"
    for kind in {(ground.kind.value, ground.priority.name, ground.settled) for ground in grounds}:
        yield "ground {} {}{}".format(*kind[:2], " settled" if kind[2] else "")
    worst = min((ground.effective for ground in grounds), default=None)
    yield f"worst {worst.name if worst is not None else None}"
    yield f"language {language}"
    yield f"length {sum(len(reading.text) > step for step in _LENGTHS)}"
    if reading.links:
        yield f"links {min(reading.links, 3)}"
    if reading.handles:
        yield f"handles {min(len(reading.handles), 3)}"
    if reading.hashtags:
        yield f"hashtags {min(len(reading.hashtags), 3)}"
    for mark in "?!~…":
        if count := reading.text.count(mark):
            yield f"mark {mark}{min(count, 3)}"


def _half_steps(weight: float) -> int:
    return min(round(weight * 2), 12)
