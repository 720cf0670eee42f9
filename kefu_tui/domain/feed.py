"""The feed: which cases a view shows, and in which order the founder should take them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kefu_tui.domain.case import Case, WorkState
from kefu_tui.domain.clocks import Due, Targets, is_silent, next_due
from kefu_tui.domain.mention import Mention, Verified
from kefu_tui.domain.triage import effective_priority
from kefu_tui.domain.verdict import Category, Priority, Reason, Signal, Verdict

DUE_SOON = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSummary:
    """What a row of the feed needs of one case; changes only when the case or its mentions do.

    `lead` is the mention the row shows: the newest unanswered one, else the newest of all. `verdict` is
    the most urgent one among what waits. Everything that depends on the time is asked with `now`.
    """

    case: Case
    lead: Mention
    verdict: Verdict
    unanswered: int
    waiting_since: datetime | None
    due: Due | None
    target: timedelta
    last_activity: datetime

    @property
    def is_noise(self) -> bool:
        return self.verdict.category is Category.NOISE

    @property
    def is_risky(self) -> bool:
        """Whether somebody is hurt or goes over our head: the view of dangerous customers."""
        return bool(self.verdict.signals & {Signal.THREAT, Signal.SAFETY})

    def is_big(self, big: int) -> bool:
        author = self.lead.post.author
        return author.verified is not Verified.NONE or (author.followers or 0) >= big

    def state(self, now: datetime) -> WorkState:
        return self.case.state(now, self.due.at if self.due else None)

    def waiting(self, now: datetime) -> timedelta | None:
        return None if self.waiting_since is None else max(now - self.waiting_since, timedelta(0))

    def priority(self, now: datetime) -> tuple[Priority, Reason | None]:
        """The priority at this moment and, where waiting has raised it, the reason."""
        return effective_priority(self.verdict, self.waiting(now), self.target)

    def is_overdue(self, now: datetime) -> bool:
        return self.due is not None and (now >= self.due.at or is_silent(self.case, now))


def summarise(case: Case, mentions: Mapping[str, Mention], targets: Targets) -> CaseSummary:
    """The row of a case; `mentions` holds at least the mentions of this case by key."""
    inbounds = case.inbounds
    waiting = [mentions[i.mention_key] for i in case.unanswered]
    lead = max(waiting or (mentions[i.mention_key] for i in inbounds), key=lambda m: m.post.posted_at)
    verdict = min((m.verdict for m in waiting), key=lambda v: (v.priority, -v.score), default=lead.verdict)
    is_noise = verdict.category is Category.NOISE
    return CaseSummary(
        case=case,
        lead=lead,
        verdict=verdict,
        unanswered=len(waiting),
        waiting_since=waiting[0].post.posted_at if waiting else None,
        due=None if is_noise else next_due(case, verdict.priority, targets),
        target=targets[verdict.priority],
        last_activity=case.last_activity,
    )


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


def in_view(summary: CaseSummary, view: View, now: datetime, *, big: int) -> bool:
    """Whether a case belongs to a view at this moment."""
    if view is View.ALL:
        return True
    if summary.is_noise:
        return view is View.NOISE
    state = summary.state(now)
    is_open = state in (WorkState.WAITING_US, WorkState.WAITING_THEM, WorkState.SNOOZED)
    match view:
        case View.WAITING:
            return state is WorkState.WAITING_US
        case View.DUE_SOON:
            due = summary.due
            return state is WorkState.WAITING_US and due is not None and due.at - now <= DUE_SOON
        case View.BIG:
            return is_open and summary.is_big(big)
        case View.RISKY:
            return is_open and summary.is_risky
        case View.SNOOZED:
            return state is WorkState.SNOOZED
        case View.WAITING_THEM:
            return state is WorkState.WAITING_THEM
        case View.PRAISE:
            return summary.verdict.category is Category.PRAISE
        case View.CLOSED:
            return state in (WorkState.CLOSED, WorkState.NO_REPLY)
        case _:
            return False


def urgency(summary: CaseSummary, now: datetime) -> tuple[object, ...]:
    """The sort key: what waits for us first; there overdue by lateness, then priority, then longest waiting.

    Newest first would bury the customer who has waited longest. What does not wait for us follows,
    newest activity first.
    """
    if summary.state(now) is not WorkState.WAITING_US or summary.is_noise:
        return (1, -summary.last_activity.timestamp(), summary.case.id)
    since = summary.waiting_since or summary.last_activity
    if summary.is_overdue(now):
        late = summary.due.late_by(now) if summary.due else timedelta(0)
        return (0, 0, -late, summary.priority(now)[0], since, summary.case.id)
    return (0, 1, summary.priority(now)[0], since, summary.case.id)


def ordered(summaries: Iterable[CaseSummary], now: datetime) -> list[CaseSummary]:
    return sorted(summaries, key=lambda summary: urgency(summary, now))


def refreshed_order(shown: Sequence[str], fresh: Sequence[str], keep: Collection[str]) -> list[str]:
    """The ids to show after a refresh: the fresh order, with rows the founder acted on left in their place.

    A kept row that is no longer in the fresh order stays behind the neighbour it was shown after.
    """
    present = set(fresh)
    result = list(fresh)
    previous: str | None = None
    for case_id in shown:
        if case_id in present:
            previous = case_id
        elif case_id in keep:
            place = result.index(previous) + 1 if previous is not None else 0
            result.insert(place, case_id)
            previous = case_id
    return result
