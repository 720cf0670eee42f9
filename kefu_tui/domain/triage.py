"""From what the words say to the whole verdict: who says it, how often, and what the founder settled.

Each step is a `Reason` in view. Harm outranks reach: whoever is lifted into a class by followers or
insistence ranks below those whom their own words put there.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import timedelta

from kefu_tui.domain.lessons import Target
from kefu_tui.domain.mention import Author, Verified
from kefu_tui.domain.relationship import Relationship
from kefu_tui.domain.rules import Effect, Rule, Said, apply, is_one_of
from kefu_tui.domain.verdict import Category, Priority, Reason, ReasonKind, Signal, TextVerdict, Verdict
from kefu_tui.domain.words import Words, read_words

REPEATED = 3
"""From how many unanswered messages in a case on the next one is more urgent than its words."""

OVERDUE = 2
"""From how many times the target on waiting raises the priority."""

FLAGGED_SAME, RAISED_SAME = 2, 3
"""From how many complaints of one cause on it is said, and from how many it raises the priority."""

HUGE_TIMES = Priority.P3 - Priority.P0
"""A huge author's followers count this often: with a weight of one a grievance becomes P0."""

_NEVER_RAISED = (Category.NOISE, Category.PRAISE)
_WEIGHTY = (Verified.ORGANISATION, Verified.MEDIA, Verified.GOVERNMENT)
_MOVING_RUNGS = (Relationship.LOYAL, Relationship.AT_RISK)
_OF_THE_TEXT = tuple(field.name for field in fields(TextVerdict))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """From how many followers an author counts as big, as huge; from how many reposts a post as spreading."""

    big: int = 10_000
    huge: int = 100_000
    reposts: int = 100


DEFAULT_REACH = Reach()


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How many classes each circumstance may raise a grievance; 0 shows the reason without moving.

    `verified` counts for a named outlet too; `vip` is a customer the founder has named.
    """

    reach: int = 1
    verified: int = 1
    vip: int = 1
    spread: int = 1
    relationship: int = 1
    repeat: int = 1
    same_cause: int = 1
    waiting: int = 1


DEFAULT_WEIGHTS = Weights()
NO_WORDS = Words()
NOTHING_SAID = Said()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the founder has settled about triage; keywords and words are folded already.

    `vips` and `outlets` are handles or ids of customers and of media accounts the founder has named.
    """

    reach: Reach = DEFAULT_REACH
    weights: Weights = DEFAULT_WEIGHTS
    vips: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    words: Words = NO_WORDS
    rules: tuple[Rule, ...] = ()


DEFAULT_POLICY = Policy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is known of a mention beyond its words.

    `contacts` is how many inbounds of this case nobody has answered, this one included. `relationship` is
    None where nobody looked, `reposts` where the platform tells none; `is_growing` says that they have
    trebled within half an hour. `said`, `account` and `platform` are what rules look at.
    """

    author: Author
    contacts: int = 1
    relationship: Relationship | None = None
    reposts: int | None = None
    is_growing: bool = False
    said: Said = NOTHING_SAID
    account: str = ""
    platform: str = ""


def judge(text: TextVerdict, circumstances: Circumstances, policy: Policy = DEFAULT_POLICY) -> Verdict:
    """The whole verdict on a mention: its words, the founder's own words and rules, and who says it.

    Circumstances raise a grievance, each by its weight; a huge author's becomes P0. Only writing again and
    again raises whatever it is about. Noise and praise stay where they are. The rules have the last word:
    their priority holds whatever the circumstances, and noise is P3. The steps of all reasons add up to
    the distance from P3, as those of the text do.
    """
    spoken = text if policy.words == NO_WORDS else read_words(text, circumstances.said, policy.words)
    effect = apply(
        policy.rules,
        circumstances.said,
        circumstances.author,
        account=circumstances.account,
        platform=circumstances.platform,
        category=spoken.category,
    )
    settled = _settled(spoken, effect)
    reasons = [*settled.reasons]
    priority = settled.priority
    if not _is_fixed(settled):
        for reason in _circumstance_reasons(settled, circumstances, policy):
            raised = priority.raised(reason.steps)
            reasons.append(Reason(reason.kind, reason.evidence, priority - raised))
            priority = raised
    ruled, of_rules = _ruled(priority, effect, is_noise=_is_noise(settled))
    inherited = {name: getattr(settled, name) for name in _OF_THE_TEXT}
    inherited |= {"priority": ruled, "reasons": (*reasons, *of_rules)}
    return Verdict(**inherited, tags=effect.tags)


def _settled(text: TextVerdict, effect: Effect) -> TextVerdict:
    """The text as the rules want it read: its category, and whether it is noise. The priority stays."""
    category, signals = effect.category, text.signals
    if effect.noise is None and category is text.category:
        return text
    if category is Category.NOISE if effect.noise is None else effect.noise:
        return replace(text, category=Category.NOISE, signals=signals | {Signal.NOISE})
    if category is Category.NOISE:
        category = Category.SMALL_TALK  # taken out of the noise without a word on what it is
    return replace(text, category=category, signals=signals - {Signal.NOISE})


def _ruled(priority: Priority, effect: Effect, *, is_noise: bool) -> tuple[Priority, list[Reason]]:
    """The priority the rules leave, and every rule that fired with the steps it moved."""
    reasons = []
    for rule in effect.fired:
        taken = rule.priority
        if is_noise:
            makes_noise = rule.noise or rule.category is Category.NOISE
            taken = Priority.P3 if makes_noise else None
        moved = priority if taken is None else taken
        reasons.append(Reason(ReasonKind.RULE, rule.name, priority - moved))
        priority = moved
    return priority, reasons


def _circumstance_reasons(
    text: TextVerdict, circumstances: Circumstances, policy: Policy
) -> Iterator[Reason]:
    """Everything that may raise a mention, the loudest first; what moves nothing is said all the same."""
    author, weights = circumstances.author, policy.weights
    grievance = text.category.is_grievance
    yield from _voice_reasons(text, author, policy)
    if is_one_of(author, policy.vips):
        yield Reason(ReasonKind.VIP, "", weights.vip if grievance else 0)
    reposts = circumstances.reposts
    if reposts is not None and (circumstances.is_growing or reposts >= policy.reach.reposts):
        yield Reason(ReasonKind.SPREAD, str(reposts), weights.spread if grievance else 0)
    if circumstances.contacts >= REPEATED:
        yield Reason(ReasonKind.REPEAT, str(circumstances.contacts), weights.repeat)
    rung = circumstances.relationship
    if rung is Relationship.PROSPECT and grievance:
        rung = Relationship.NEW  # a word or a rule of the founder's made a grievance of it
    if rung is not None:
        steps = weights.relationship if grievance and rung in _MOVING_RUNGS else 0
        yield Reason(ReasonKind.RELATIONSHIP, str(rung), steps)


def _voice_reasons(text: TextVerdict, author: Author, policy: Policy) -> list[Reason]:
    """How far the author's voice carries: told in every way it shows, but it moves a grievance only once."""
    reach, weights = policy.reach, policy.weights
    followers = author.followers or 0
    found = []
    if followers >= reach.big:
        times = HUGE_TIMES if followers >= reach.huge else 1
        found.append(Reason(ReasonKind.REACH, str(followers), times * weights.reach))
    if author.verified in _WEIGHTY:
        found.append(Reason(ReasonKind.VERIFIED, str(author.verified), weights.verified))
    if is_one_of(author, policy.outlets):
        found.append(Reason(ReasonKind.OUTLET, "", weights.verified))
    loudest = max(found, key=lambda reason: reason.steps, default=None)
    moves = text.category.is_grievance
    return [reason if moves and reason is loudest else replace(reason, steps=0) for reason in found]


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
