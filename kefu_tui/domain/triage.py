"""From what the words say to the whole verdict: who says it, how often, and how long they have waited.

Each step is a `Reason` in view. Harm outranks reach: whoever is lifted into a class by followers or
insistence ranks below those whom their own words put there.
"""

from dataclasses import dataclass, fields, replace
from datetime import timedelta

from kefu_tui.domain.lessons import Target
from kefu_tui.domain.mention import Author, Verified
from kefu_tui.domain.verdict import Category, Priority, Reason, ReasonKind, Signal, TextVerdict, Verdict

REPEATED = 3
"""From how many unanswered messages in a case on the next one is more urgent than its words."""

OVERDUE = 2
"""From how many times the target on waiting raises the priority."""

FLAGGED_SAME, RAISED_SAME = 2, 3
"""From how many complaints of one cause on it is said, and from how many it raises the priority."""

_NEVER_RAISED = (Category.NOISE, Category.PRAISE)
_WEIGHTY = (Verified.ORGANISATION, Verified.MEDIA, Verified.GOVERNMENT)
_RAISED_SPAN = 0.04


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """From how many followers an author counts as big, and as huge."""

    big: int = 10_000
    huge: int = 100_000


DEFAULT_REACH = Reach()


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How many classes each circumstance may raise a grievance; 0 shows the reason without moving."""

    reach: int = 1
    verified: int = 1
    spread: int = 1
    relationship: int = 1
    repeat: int = 1
    same_cause: int = 1
    waiting: int = 1


DEFAULT_WEIGHTS = Weights()


def judge(text: TextVerdict, author: Author, *, reach: Reach = DEFAULT_REACH, contacts: int = 1) -> Verdict:
    """The whole verdict on a mention.

    `contacts` is how many inbounds of this case nobody has answered, this one included. A grievance of a
    big author, or of a verified organisation, outlet or authority, goes one step up, a huge author's
    becomes P0. Noise and praise stay where they are. The steps of all reasons add up to the distance
    from P3, as those of the text do.
    """
    priority = text.priority
    added: list[Reason] = []
    if not _is_fixed(text):
        for reason in (*_reach_reasons(text, author, reach), *_repeat_reasons(contacts)):
            raised = priority.raised(reason.steps)
            added.append(replace(reason, steps=priority - raised))
            priority = raised
    inherited = {field.name: getattr(text, field.name) for field in fields(TextVerdict)}
    inherited["priority"] = priority
    inherited["score"] = text.score if priority is text.priority else _score_of_raised(text, priority)
    inherited["reasons"] = (*text.reasons, *added)
    return Verdict(**inherited)


def effective_priority(
    verdict: Verdict,
    waiting: timedelta | None,
    target: timedelta,
    *,
    same_cause: int = 1,
    weights: Weights = DEFAULT_WEIGHTS,
) -> tuple[Priority, tuple[Reason, ...]]:
    """The priority at this moment, and a reason for everything that has happened since the verdict.

    `same_cause` is how many people complain of the same, this one included. Twice the response `target`
    waited raises once, never into P0: P0 says what happened, not how late we are. None means nobody waits.
    A priority the founder chose by hand stays: what would raise it is told, and moves nothing.
    """
    if _is_noise(verdict):
        return verdict.priority, ()
    priority, reasons = verdict.priority, []
    by_hand = is_priority_by_hand(verdict)
    for reason in (
        *_same_cause_reasons(verdict, same_cause, weights),
        *_waiting_reasons(waiting, target, weights),
    ):
        steps = 0 if by_hand else reason.steps
        raised = min(priority, max(Priority.P1, priority.raised(steps)))
        if raised is priority and reason.kind is ReasonKind.WAITING:
            continue
        reasons.append(replace(reason, steps=priority - raised))
        priority = raised
    return priority, tuple(reasons)


def _same_cause_reasons(verdict: Verdict, count: int, weights: Weights) -> list[Reason]:
    """From the second on a common cause is said; from the third on it moves a grievance."""
    if count < FLAGGED_SAME:
        return []
    moves = count >= RAISED_SAME and verdict.category.is_grievance
    return [Reason(ReasonKind.SAME_CAUSE, str(count), weights.same_cause if moves else 0)]


def _waiting_reasons(waiting: timedelta | None, target: timedelta, weights: Weights) -> list[Reason]:
    if waiting is None or waiting < OVERDUE * target:
        return []
    return [Reason(ReasonKind.WAITING, str(waiting // timedelta(minutes=1)), weights.waiting)]


def is_priority_by_hand(verdict: TextVerdict) -> bool:
    """Whether the founder chose this priority."""
    return any(
        reason.kind is ReasonKind.CORRECTED and reason.evidence == Target.PRIORITY
        for reason in verdict.reasons
    )


def _is_noise(verdict: TextVerdict) -> bool:
    return verdict.category is Category.NOISE or Signal.NOISE in verdict.signals


def _is_fixed(text: TextVerdict) -> bool:
    return text.category in _NEVER_RAISED or _is_noise(text)


def _score_of_raised(text: TextVerdict, priority: Priority) -> float:
    """At the foot of the new class: who is there by the words alone goes first."""
    return round((Priority.P3 - priority + text.score * _RAISED_SPAN) / len(Priority), 4)


def _reach_reasons(text: TextVerdict, author: Author, reach: Reach) -> list[Reason]:
    """How far the author's voice carries; it moves a grievance only, and once."""
    grievance = text.category.is_grievance
    followers = author.followers or 0
    reasons = []
    if followers >= reach.big:
        steps = int(Priority.P3 - Priority.P0) if followers >= reach.huge else 1
        reasons.append(Reason(ReasonKind.REACH, str(followers), steps if grievance else 0))
    if author.verified in _WEIGHTY:
        moves = grievance and not reasons
        reasons.append(Reason(ReasonKind.VERIFIED, str(author.verified), 1 if moves else 0))
    return reasons


def _repeat_reasons(contacts: int) -> list[Reason]:
    return [Reason(ReasonKind.REPEAT, str(contacts), 1)] if contacts >= REPEATED else []
