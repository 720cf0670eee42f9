"""The feed: which cases a view shows, and in which order the founder should take them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kefu_tui.domain.case import Case
from kefu_tui.domain.clocks import Due, Targets, clocks, red_from
from kefu_tui.domain.corrections import put_right
from kefu_tui.domain.episodes import Standing, WorkState, standing
from kefu_tui.domain.mention import Mention, Verified
from kefu_tui.domain.triage import DEFAULT_WEIGHTS, Weights, effective_priority
from kefu_tui.domain.verdict import Category, Priority, Reason, Signal, Verdict

DUE_SOON = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSummary:
    """What a row of the feed needs of one case; changes only when the case or its mentions do.

    `lead` is the mention the row shows: the newest unanswered one, else the newest of all. `judged` is the
    one whose verdict stands for the case: the most urgent among what waits, else among what we answered
    last. `due` is the clock that runs out first, `overdue_from` when we are late by it or by our silence. A
    case is noise when everything in it is: one stray word does not hide a customer. `tags` are those the
    founder's rules gave to any of its mentions, `same_cause` how many people complain of the same, this one
    included. All verdicts have the founder's corrections in them.
    Everything that depends on the time is asked with `now`.
    """

    case: Case
    lead: Mention
    judged: Mention
    unanswered: int
    waiting_since: datetime | None
    due: Due | None
    target: timedelta
    last_activity: datetime
    standing: Standing
    overdue_from: datetime | None
    is_noise: bool
    tags: tuple[str, ...] = ()
    weights: Weights = DEFAULT_WEIGHTS
    same_cause: int = 1

    @property
    def verdict(self) -> Verdict:
        """The verdict that stands for the case."""
        return self.judged.verdict

    @property
    def is_risky(self) -> bool:
        """Whether somebody is hurt or goes over our head: the view of dangerous customers."""
        return bool(self.verdict.signals & _RISKS)

    def is_big(self, big: int) -> bool:
        author = self.lead.post.author
        return author.verified is not Verified.NONE or (author.followers or 0) >= big

    def state(self, now: datetime) -> WorkState:
        return self.standing.state(now, self.due.at if self.due else None)

    def waiting(self, now: datetime) -> timedelta | None:
        return None if self.waiting_since is None else max(now - self.waiting_since, timedelta(0))

    def priority(self, now: datetime) -> tuple[Priority, tuple[Reason, ...]]:
        """The priority at this moment, and the reasons that have come since the verdict."""
        return effective_priority(
            self.verdict,
            self.waiting(now),
            self.target,
            same_cause=self.same_cause,
            weights=self.weights,
        )

    def is_overdue(self, now: datetime) -> bool:
        return self.overdue_from is not None and now >= self.overdue_from


_RISKS = frozenset({Signal.THREAT, Signal.SAFETY})


def summarise(
    case: Case,
    mentions: Mapping[str, Mention],
    targets: Targets,
    *,
    weights: Weights = DEFAULT_WEIGHTS,
    same_cause: int = 1,
) -> CaseSummary:
    """The row of a case; `mentions` holds those of this case by key, at least one."""
    stands = standing(case.events)
    mentions = put_right(case, mentions)
    waiting = [mentions[i.mention_key] for i in stands.unanswered if i.mention_key in mentions]
    held = [mentions[i.mention_key] for i in case.inbounds if i.mention_key in mentions]
    lead = max(waiting or held, key=lambda mention: mention.post.posted_at)
    is_noise = all(mention.verdict.category is Category.NOISE for mention in held)
    weighed = waiting or _answered_last(case, held)
    heard = [m for m in weighed if is_noise or m.verdict.category is not Category.NOISE]
    judged = min(
        heard, key=lambda m: (m.verdict.priority, m.verdict.is_lifted, -m.verdict.score), default=lead
    )
    verdict = judged.verdict
    due = None if is_noise else next(iter(clocks(stands, verdict.priority, targets)), None)
    red = red_from(stands)
    return CaseSummary(
        case=case,
        lead=lead,
        judged=judged,
        unanswered=len(stands.unanswered),
        waiting_since=stands.owed[0].at if stands.owed else None,
        due=due,
        target=targets[verdict.priority],
        last_activity=case.last_activity,
        standing=stands,
        overdue_from=None if due is None else min(due.at, red or due.at),
        is_noise=is_noise,
        tags=case.tags(tag for mention in held for tag in mention.verdict.tags),
        weights=weights,
        same_cause=same_cause,
    )


def meant_by(summary: CaseSummary, mentions: Mapping[str, Mention]) -> list[Mention]:
    """The mentions a word about the case is about: those that wait, else those we answered last, else its
    newest.

    `mentions` holds those of the case by key; the order is that in which we learned of them.
    """
    held = [mentions[i.mention_key] for i in summary.case.inbounds if i.mention_key in mentions]
    waiting = {inbound.mention_key for inbound in summary.standing.unanswered}
    return (
        [mention for mention in held if mention.key in waiting]
        or _answered_last(summary.case, held)
        or [mention for mention in held if mention.key == summary.lead.key]
    )


def _answered_last(case: Case, mentions: Sequence[Mention]) -> list[Mention]:
    """What our last reply answered: it says what the case is about until the customer writes again."""
    replies = [reply for reply in case.outbounds if reply.answers]
    answered = frozenset(replies[-1].answers) if replies else frozenset()
    return [mention for mention in mentions if mention.key in answered]


class View(StrEnum):
    """The named views, in the order of their keys 1–9, and noise on 0."""

    WAITING = "waiting"
    DUE_SOON = "due_soon"
    BIG = "big"
    RISKY = "risky"
    SNOOZED = "snoozed"
    WAITING_THEM = "waiting_them"
    PRAISE = "praise"
    CLOSED = "closed"
    ALL = "all"
    NOISE = "noise"

    @property
    def key(self) -> str:
        return str((list(View).index(self) + 1) % 10)


def views_of(summary: CaseSummary, now: datetime, *, big: int) -> list[View]:
    """The views a case belongs to at this moment."""
    if summary.is_noise:
        return [View.ALL, View.NOISE]
    state = summary.state(now)
    views = [View.ALL, _VIEW_OF_STATE[state]]
    if state is WorkState.WAITING_US and summary.due is not None and summary.due.at - now <= DUE_SOON:
        views.append(View.DUE_SOON)
    if state not in (WorkState.CLOSED, WorkState.NO_REPLY):
        if summary.is_big(big):
            views.append(View.BIG)
        if summary.is_risky:
            views.append(View.RISKY)
    if summary.verdict.category is Category.PRAISE:
        views.append(View.PRAISE)
    return views


_VIEW_OF_STATE = {
    WorkState.WAITING_US: View.WAITING,
    WorkState.WAITING_THEM: View.WAITING_THEM,
    WorkState.SNOOZED: View.SNOOZED,
    WorkState.CLOSED: View.CLOSED,
    WorkState.NO_REPLY: View.CLOSED,
}


def in_view(summary: CaseSummary, view: View, now: datetime, *, big: int) -> bool:
    """Whether a case belongs to a view at this moment."""
    return view in views_of(summary, now, big=big)


def urgency(summary: CaseSummary, now: datetime) -> tuple[object, ...]:
    """The sort key: what waits for us first; there overdue by lateness, then priority, then longest waiting.

    Within a priority whoever stands there by their own words goes before whom reach has lifted there. Newest
    first would bury the customer who has waited longest. What does not wait for us follows, newest activity
    first.
    """
    if summary.is_noise or summary.state(now) is not WorkState.WAITING_US:
        return (1, -summary.last_activity.timestamp(), summary.case.id)
    since = summary.waiting_since or summary.last_activity
    # not the priority raised by waiting: what has waited that long is overdue and ranks by its lateness
    priority = summary.verdict.priority
    if summary.due is not None and summary.is_overdue(now):
        return (0, 0, summary.due.at, priority, since, summary.case.id)
    return (0, 1, priority, summary.verdict.is_lifted, since, summary.case.id)


def ordered(summaries: Iterable[CaseSummary], now: datetime) -> list[CaseSummary]:
    return sorted(summaries, key=lambda summary: urgency(summary, now))


def refreshed_order(shown: Sequence[str], fresh: Sequence[str], keep: Collection[str]) -> list[str]:
    """The ids to show after a refresh: the fresh order, with rows the founder acted on left in their place.

    A kept row stays behind the neighbour it was shown after, wherever the fresh order has it, or has it
    no longer.
    """
    present = set(fresh)
    kept: set[str] = set()
    behind: dict[str | None, list[str]] = {}  # neighbour, None for the top -> kept rows
    neighbour: str | None = None
    for case_id in shown:
        if case_id in keep:
            kept.add(case_id)
            behind.setdefault(neighbour, []).append(case_id)
        elif case_id in present:
            neighbour = case_id
    result = behind.get(None, [])
    for case_id in fresh:
        if case_id not in kept:
            result += [case_id, *behind.get(case_id, ())]
    return result
