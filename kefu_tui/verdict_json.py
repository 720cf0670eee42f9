"""A verdict as a JSON value, in the codebook's own names, the same in every language.

Apart from `as_json` because `kefu triage` starts with it and needs no more.
"""

from typing import TYPE_CHECKING, TypeAlias

from kefu_tui.domain.verdict import Reason, Signal, TextVerdict

if TYPE_CHECKING:
    from kefu_tui.ports import Json

Object: TypeAlias = "dict[str, Json]"

_SIGNALS = tuple((signal, signal.value) for signal in Signal)


def verdict_json(value: TextVerdict) -> Object:
    """Sentiment, category, aspects, each signal as true or false, priority, score, language and reasons."""
    return {
        "sentiment": value.sentiment.value,
        "sentiment_score": value.sentiment_score,
        "category": value.category.value,
        "aspects": sorted(aspect.value for aspect in value.aspects),
        "signals": {name: signal in value.signals for signal, name in _SIGNALS},
        "priority": value.priority.name,
        "score": value.score,
        "lang": value.language.value,
        "reasons": [reason_json(reason) for reason in value.reasons],
    }


def reason_json(reason: Reason) -> Object:
    return {"kind": reason.kind.value, "evidence": reason.evidence, "steps": reason.steps}
