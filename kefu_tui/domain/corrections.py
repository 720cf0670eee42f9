"""The founder's corrections: what was put right by hand wins over what the program thinks, at once.

A correction is an act in its case, bound to the mentions it is about. The verdict stored with a mention
stays what the program says of it, so an edited post is judged anew beneath a correction that stays.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from kefu_tui.domain.case import Case
from kefu_tui.domain.errors import N_, NotAllowed
from kefu_tui.domain.events import Corrected
from kefu_tui.domain.lessons import VALUES, YES, Target, is_value
from kefu_tui.domain.mention import Mention
from kefu_tui.domain.verdict import (
    Category,
    Priority,
    Reason,
    ReasonKind,
    Sentiment,
    Signal,
    Verdict,
)

_MOOD = 0.5
"""How displeased or pleased, at least, somebody is whom the founder calls so."""


def check_value(target: Target, value: str) -> None:
    """Raise `NotAllowed` for a value the target cannot have; it names those it can."""
    if not is_value(target, value):
        raise NotAllowed(
            N_("“{value}” is none of these: {known}"), value=value, known=", ".join(VALUES[target])
        )


def corrected(verdict: Verdict, corrections: Iterable[Corrected]) -> Verdict:
    """The verdict with the founder's corrections of its mention in force, the last of each target.

    Every target that was changed is a `CORRECTED` reason, and the steps of all reasons still add up to
    P3 − priority. A correction that says what the verdict says leaves no trace, but a priority chosen by
    hand is always told: neither waiting nor company may lift it (see `triage.effective_priority`). What is
    put into the noise later is urgent no more, until it is taken out again.
    """
    chosen: dict[Target, str] = {}
    is_urgency_newer = False  # whether the priority was chosen after what says if it is noise
    is_noise: tuple[Target, bool] | None = None  # which target said so last, and what
    for act in corrections:
        chosen[act.target] = act.value
        if act.target is Target.PRIORITY:
            is_urgency_newer = True
        elif act.target is Target.NOISE:
            is_noise, is_urgency_newer = (Target.NOISE, act.value == YES), False
        elif act.target is Target.CATEGORY:
            is_noise, is_urgency_newer = (Target.CATEGORY, act.value == Category.NOISE), False
    result = verdict
    if is_noise is not None:
        by_hand = Category(chosen[Target.CATEGORY]) if Target.CATEGORY in chosen else None
        result = _with_category(result, *is_noise, by_hand)
    if Target.SENTIMENT in chosen:
        result = _with_sentiment(result, Sentiment(chosen[Target.SENTIMENT]))
    is_hidden = is_noise is not None and is_noise[1] and not is_urgency_newer
    if Target.PRIORITY in chosen and not is_hidden:
        result = _with_priority(result, Priority[chosen[Target.PRIORITY]], Target.PRIORITY)
    return result


def _with_category(verdict: Verdict, target: Target, is_noise: bool, by_hand: Category | None) -> Verdict:
    """With the category by hand, in or out of the noise: there nobody waits, so nothing is urgent."""
    if is_noise:
        if _says_noise(verdict):
            return verdict
        quiet = replace(verdict, category=Category.NOISE, signals=verdict.signals | {Signal.NOISE})
        return _with_priority(quiet, Priority.P3, target)
    category = verdict.category if by_hand in (None, Category.NOISE) else by_hand
    if category is None or category is Category.NOISE:
        category = beneath_noise(verdict)
    if category is verdict.category and Signal.NOISE not in verdict.signals:
        return verdict
    reason = Reason(ReasonKind.CORRECTED, target.value)
    return replace(
        verdict,
        category=category,
        signals=verdict.signals - {Signal.NOISE},
        reasons=(*verdict.reasons, reason),
    )


def _says_noise(verdict: Verdict) -> bool:
    return verdict.category is Category.NOISE and Signal.NOISE in verdict.signals


def beneath_noise(verdict: Verdict) -> Category:
    """What a text that is no noise after all is about, as far as its other signals tell."""
    for signal, category in _CATEGORY_OF_SIGNAL.items():
        if signal in verdict.signals:
            return category
    return _CATEGORY_OF_MOOD[verdict.sentiment]


_CATEGORY_OF_SIGNAL = {
    Signal.SAFETY: Category.QUALITY,
    Signal.THREAT: Category.COMPLAINT,
    Signal.COMPLAINT: Category.COMPLAINT,
    Signal.QUESTION: Category.QUESTION,
    Signal.SUGGESTION: Category.SUGGESTION,
}
_CATEGORY_OF_MOOD = {
    Sentiment.NEGATIVE: Category.COMPLAINT,
    Sentiment.NEUTRAL: Category.SMALL_TALK,
    Sentiment.POSITIVE: Category.PRAISE,
}


def _with_sentiment(verdict: Verdict, sentiment: Sentiment) -> Verdict:
    if sentiment is verdict.sentiment:
        return verdict
    score = {
        Sentiment.NEGATIVE: min(verdict.sentiment_score, -_MOOD),
        Sentiment.NEUTRAL: 0.0,
        Sentiment.POSITIVE: max(verdict.sentiment_score, _MOOD),
    }[sentiment]
    reason = Reason(ReasonKind.CORRECTED, Target.SENTIMENT.value)
    return replace(verdict, sentiment=sentiment, sentiment_score=score, reasons=(*verdict.reasons, reason))


def _with_priority(verdict: Verdict, priority: Priority, target: Target) -> Verdict:
    reason = Reason(ReasonKind.CORRECTED, target.value, verdict.priority - priority)
    return replace(verdict, priority=priority, reasons=(*verdict.reasons, reason))


def put_right(case: Case, mentions: Mapping[str, Mention]) -> dict[str, Mention]:
    """The mentions of a case by key, each with the verdict the founder's corrections make of it."""
    if not (corrections := case.corrections):
        return dict(mentions)
    of_mention: dict[str, list[Corrected]] = {}
    for act in corrections:
        for key in act.mention_keys:
            of_mention.setdefault(key, []).append(act)
    return {
        key: replace(mention, verdict=corrected(mention.verdict, of_mention[key]))
        if key in of_mention
        else mention
        for key, mention in mentions.items()
    }


def says(corrections: Sequence[Corrected], mention_key: str, target: Target) -> str | None:
    """What the founder last said of a mention's target; None when nothing was said."""
    return next(
        (c.value for c in reversed(corrections) if c.target is target and mention_key in c.mention_keys),
        None,
    )
