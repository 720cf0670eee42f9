"""The response report: how long customers waited in a period, computed from the events themselves.

Median and P90, never means. Percentiles are by nearest rank, so every printed figure is one that
really happened. Definitions: `clocks.DEFINITIONS`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import TypeVar

from kefu_tui.domain.case import Case
from kefu_tui.domain.clocks import ClockKind, Wait, waits
from kefu_tui.domain.episodes import WorkState, episodes, unanswered
from kefu_tui.domain.events import Closed, Event, Inbound
from kefu_tui.domain.feed import CaseSummary
from kefu_tui.domain.mention import Mention
from kefu_tui.domain.verdict import Category

K = TypeVar("K")

IGNORED_AFTER = timedelta(hours=24)
BACKLOG_AGES: tuple[tuple[str, timedelta], ...] = (
    ("<10m", timedelta(minutes=10)),
    ("<1h", timedelta(hours=1)),
    ("<4h", timedelta(hours=4)),
    ("<24h", timedelta(hours=24)),
    ("≥24h", timedelta.max),
)


@dataclass(frozen=True, slots=True)
class Spread:
    """The distribution of a duration: how many, median, P90; None where nothing was measured."""

    count: int
    median: timedelta | None
    p90: timedelta | None

    @staticmethod
    def of(durations: Iterable[timedelta]) -> "Spread":
        ranked = sorted(durations)
        return Spread(len(ranked), percentile(ranked, 0.5), percentile(ranked, 0.9))


def percentile(ranked: Sequence[timedelta], share: float) -> timedelta | None:
    """The nearest-rank percentile of sorted durations; None of none."""
    return ranked[max(ceil(share * len(ranked)), 1) - 1] if ranked else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The figures of one group of episodes (everything, a channel, a category).

    `within_10m` and `within_60m` count first responses; shares are of the answered ones.
    """

    episodes: int
    answered: int
    first_response: Spread
    next_response: Spread
    within_10m: int
    within_60m: int

    @property
    def answered_share(self) -> float | None:
        return self.answered / self.episodes if self.episodes else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseReport:
    """The report of `[since, until)`; `now` is when the backlog was counted.

    `detection_lag` is per account; `ignored` are case ids; `backlog` counts waiting cases by age label;
    `by_hour` counts mentions by local hour of day, 24 figures.
    """

    since: datetime
    until: datetime
    now: datetime
    mentions: int
    noise: int
    total: Numbers
    by_account: Mapping[str, Numbers]
    by_category: Mapping[Category, Numbers]
    detection_lag: Mapping[str, Spread]
    waiting: int
    oldest_waiting_since: datetime | None
    overdue: int
    ignored: tuple[str, ...]
    closed_without_reply: Mapping[str, int]
    backlog: Mapping[str, int]
    by_hour: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Episode:
    account: str
    category: Category
    waits: Sequence[Wait]

    @property
    def response(self) -> timedelta | None:
        """The first response, once it was given."""
        first = next((w for w in self.waits if w.kind is ClockKind.FIRST_RESPONSE), None)
        return first.duration if first else None


def respond(
    summaries: Iterable[CaseSummary],
    mentions: Callable[[str], Mention | None],
    *,
    since: datetime,
    until: datetime,
    now: datetime,
) -> ResponseReport:
    """Compute the report; `since` and `until` bound the post time of what began an episode.

    The zone of `since` decides what an hour of the day is.
    """
    found: list[_Episode] = []
    lags: dict[str, list[timedelta]] = {}
    noise = seen = overdue = 0
    ignored: list[str] = []
    waiting: list[datetime] = []
    reasons: Counter[str] = Counter()
    hours = [0] * 24
    for summary in summaries:
        case = summary.case
        for inbound in case.inbounds:
            if since <= inbound.at < until:
                seen += 1
                noise += summary.is_noise
                hours[inbound.at.astimezone(since.tzinfo).hour] += 1
                lags.setdefault(case.account, []).append(inbound.lag)
        if summary.is_noise:
            continue
        cut = episodes(case.events)
        for episode in cut:
            began = min((e.at for e in episode if isinstance(e, Inbound)), default=None)
            if began is None or not since <= began < until:
                continue
            if (measured := _measured(case, episode, summary, mentions)) is not None:
                found.append(measured)
            reasons.update(e.reason or "-" for e in episode if isinstance(e, Closed) and e.without_reply)
        if summary.state(now) in (WorkState.WAITING_US, WorkState.SNOOZED) and summary.waiting_since:
            waiting.append(summary.waiting_since)
            overdue += summary.is_overdue(now)
        if _is_ignored(cut, mentions, since=since, until=until, now=now):
            ignored.append(case.id)
    return ResponseReport(
        since=since,
        until=until,
        now=now,
        mentions=seen,
        noise=noise,
        total=_numbers(found),
        by_account=_grouped(found, lambda e: e.account),
        by_category=_grouped(found, lambda e: e.category),
        detection_lag={account: Spread.of(values) for account, values in sorted(lags.items())},
        waiting=len(waiting),
        oldest_waiting_since=min(waiting, default=None),
        overdue=overdue,
        ignored=tuple(ignored),
        closed_without_reply=dict(reasons),
        backlog=_backlog(now - at for at in waiting),
        by_hour=tuple(hours),
    )


def _measured(
    case: Case, episode: Sequence[Event], summary: CaseSummary, mentions: Callable[[str], Mention | None]
) -> _Episode | None:
    """One episode's waits; None when every post of it was deleted before anyone answered."""
    found = waits(episode)
    if not found:
        return None
    mention = mentions(found[0].mention_key)
    category = mention.verdict.category if mention else summary.verdict.category
    return _Episode(case.account, category, found)


def _is_ignored(
    cut: Sequence[Sequence[Event]],
    mentions: Callable[[str], Mention | None],
    *,
    since: datetime,
    until: datetime,
    now: datetime,
) -> bool:
    """Whether a public mention has gone a day without a word of ours.

    While its episode is open it counts until it is answered. Closed unanswered, it counts on the day it
    fell past 24 hours, unless the founder gave a reason (不回) or spoke to this customer later in the case.
    """
    spoken_later = False
    for episode in reversed(cut):
        closings = [event for event in episode if isinstance(event, Closed)]
        spoke = any(wait.ended_at is not None for wait in waits(episode))
        if not (closings and (spoken_later or closings[-1].without_reply)):
            for inbound in unanswered(episode):
                ripe = inbound.at + IGNORED_AFTER
                due = since <= ripe < until if closings else ripe < now
                if due and _calls_for_a_word(mentions(inbound.mention_key), spoke and bool(closings)):
                    return True
        spoken_later = spoken_later or spoke
    return False


def _calls_for_a_word(mention: Mention | None, settled: bool) -> bool:
    """Whether the public can see this mention go unanswered; thanks after a settled matter need no answer."""
    if mention is None or mention.post.visibility.is_private:
        return False
    return not (settled and mention.verdict.category in (Category.PRAISE, Category.SMALL_TALK))


def _grouped(found: Sequence[_Episode], key: Callable[[_Episode], K]) -> Mapping[K, Numbers]:
    groups: dict[K, list[_Episode]] = {}
    for episode in found:
        groups.setdefault(key(episode), []).append(episode)
    return {name: _numbers(group) for name, group in sorted(groups.items(), key=lambda item: -len(item[1]))}


def _numbers(found: Sequence[_Episode]) -> Numbers:
    responses = [r for episode in found if (r := episode.response) is not None]
    follow_ups = [
        wait.duration
        for episode in found
        for wait in episode.waits
        if wait.kind is ClockKind.NEXT_RESPONSE and wait.duration is not None
    ]
    return Numbers(
        episodes=len(found),
        answered=len(responses),
        first_response=Spread.of(responses),
        next_response=Spread.of(follow_ups),
        within_10m=sum(r <= timedelta(minutes=10) for r in responses),
        within_60m=sum(r <= timedelta(minutes=60) for r in responses),
    )


def _backlog(ages: Iterable[timedelta]) -> Mapping[str, int]:
    counts = {label: 0 for label, _ in BACKLOG_AGES}
    for age in ages:
        counts[next(label for label, limit in BACKLOG_AGES if age < limit)] += 1
    return counts
