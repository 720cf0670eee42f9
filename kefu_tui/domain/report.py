"""The response report: how long customers waited in a period, computed from the events themselves.

Median and P90, never means. Percentiles are by nearest rank, so every printed figure is one that
really happened. Definitions: `clocks.DEFINITIONS`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import ceil
from typing import TypeVar

from kefu_tui.domain.clocks import ClockKind, Resolution, Wait, resolution, waits
from kefu_tui.domain.corrections import put_right
from kefu_tui.domain.episodes import episodes, unanswered
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


RESPONSE_BINS: tuple[tuple[str, timedelta], ...] = (
    ("≤10m", timedelta(minutes=10)),
    ("≤30m", timedelta(minutes=30)),
    ("≤1h", timedelta(hours=1)),
    ("≤2h", timedelta(hours=2)),
    ("≤4h", timedelta(hours=4)),
    ("≤8h", timedelta(hours=8)),
    ("≤24h", timedelta(hours=24)),
    (">24h", timedelta.max),
)
"""The bins of the distribution of first responses: each holds what is longer than the one before."""

TREND_DAYS = 92  # a trend of more days is no chart any more


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

    `resolution` is of the episodes closed in the period, all else of those begun in it.
    `detection_lag` is per account, of dated posts; `ignored` are case ids; `backlog` counts waiting cases
    by age label; `by_hour` counts mentions by local hour of day, 24 figures; `heat` the same by weekday,
    Monday first. `distribution` counts first responses by the labels of `RESPONSE_BINS`. `trend` has a day
    for each of the period, at most `TREND_DAYS`, the last ones. `in_hours` is the first response counted
    within our own hours, None where they are not set: calendar time is the truth.
    """

    since: datetime
    until: datetime
    now: datetime
    mentions: int
    noise: int
    total: Numbers
    resolution: Spread
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
    heat: tuple[tuple[int, ...], ...] = ()
    distribution: Mapping[str, int] = field(default_factory=dict)
    trend: tuple["DayFigures", ...] = ()
    in_hours: Spread | None = None


@dataclass(frozen=True, slots=True)
class DayFigures:
    """One local day of the period: what came, what began, how much of that was answered, and how fast."""

    day: date
    mentions: int
    episodes: int
    answered: int
    median: timedelta | None


@dataclass(frozen=True, slots=True)
class EpisodeFacts:
    """What one episode was: when it began, what it was about, how long the customer waited in it.

    `reason` is why it was closed without a reply, None where it was not; `resolution` is None where it
    is open, or was closed with such a reason.
    """

    began_at: datetime
    account: str
    category: Category
    waits: Sequence[Wait]
    reason: str | None
    resolution: Resolution | None

    @property
    def response(self) -> timedelta | None:
        """The first response, once it was given."""
        return self.waits[0].duration if self.waits else None


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """All a report needs of one case, whatever its period and moment: changes only when the summary does.

    `unspoken` is when each public post still without a word of ours is a day old, and whether its
    episode is still open.
    """

    summary: CaseSummary
    inbounds: tuple[Inbound, ...]
    episodes: tuple[EpisodeFacts, ...]
    unspoken: tuple[tuple[datetime, bool], ...]

    def ignored_from(self, since: datetime) -> datetime | None:
        """From when on the case counts as ignored in a report that begins at `since`; None for never.

        While its episode is open a post counts until it is answered. Closed unanswered, it counts in the
        period in which it became a day old.
        """
        return min((ripe for ripe, is_open in self.unspoken if is_open or ripe >= since), default=None)


def facts(summary: CaseSummary, mentions: Callable[[str], Mention | None]) -> CaseFacts:
    """Read the facts of a case off its events; of noise only that it came."""
    case = summary.case
    if summary.is_noise:
        return CaseFacts(summary, case.inbounds, (), ())
    held = {i.mention_key: m for i in case.inbounds if (m := mentions(i.mention_key)) is not None}
    mentions = put_right(case, held).get
    cut = episodes(case.events)
    found = []
    for episode in cut:
        began = min((e.at for e in episode if isinstance(e, Inbound)), default=None)
        if began is None:
            continue  # what it held was taken over by the reopening after it
        lasted = waits(episode)
        mention = mentions(lasted[0].mention_key) if lasted else None
        category = mention.verdict.category if mention else summary.verdict.category
        reason = _reason(episode)
        settled = resolution(episode) if lasted and reason is None else None
        found.append(EpisodeFacts(began, case.account, category, lasted, reason, settled))
    return CaseFacts(summary, case.inbounds, tuple(found), tuple(_unspoken(cut, mentions)))


def _reason(episode: Sequence[Event]) -> str | None:
    """Why the episode was closed without a reply; None where it was not."""
    closings = [event for event in episode if isinstance(event, Closed)]
    return (closings[-1].reason or "-") if closings and closings[-1].without_reply else None


def _unspoken(
    cut: Sequence[Sequence[Event]], mentions: Callable[[str], Mention | None]
) -> Iterator[tuple[datetime, bool]]:
    """See `CaseFacts.unspoken`.

    Left out is what the founder closed with a reason (不回), what lies before a later word to the same
    customer, and thanks at the end of a settled matter.
    """
    spoken_later = False
    for episode in reversed(cut):
        is_open = not any(isinstance(event, Closed) for event in episode)
        spoke = any(wait.ended_at is not None for wait in waits(episode))
        if is_open or not (spoken_later or _reason(episode) is not None):
            for inbound in unanswered(episode):
                mention = mentions(inbound.mention_key)
                if mention is not None and _calls_for_a_word(mention, is_settled=spoke and not is_open):
                    yield inbound.at + IGNORED_AFTER, is_open
        spoken_later = spoken_later or spoke


def _calls_for_a_word(mention: Mention, *, is_settled: bool) -> bool:
    """Whether the public would see this mention go unanswered."""
    if mention.post.visibility.is_private:
        return False
    return not (is_settled and mention.verdict.category in (Category.PRAISE, Category.SMALL_TALK))


def respond(
    cases: Iterable[CaseFacts],
    *,
    since: datetime,
    until: datetime,
    now: datetime,
    in_hours: Callable[[datetime, datetime], timedelta] | None = None,
) -> ResponseReport:
    """Compute the report; `since` and `until` bound the post time of what began an episode.

    The zone of `since` decides what an hour of the day and a day are. `in_hours` measures a wait within our
    own hours.
    """
    found: list[EpisodeFacts] = []
    resolved: list[timedelta] = []
    lags: dict[str, list[timedelta]] = {}
    noise = seen = overdue = 0
    ignored: list[str] = []
    waiting: list[datetime] = []
    reasons: Counter[str] = Counter()
    heat = [[0] * 24 for _ in range(7)]
    came: Counter[date] = Counter()
    for case in cases:
        summary = case.summary
        account = summary.case.account
        for inbound in case.inbounds:
            if since <= inbound.at < until:
                seen += 1
                noise += summary.is_noise
                local = inbound.at.astimezone(since.tzinfo)
                heat[local.weekday()][local.hour] += 1
                came[local.date()] += 1
                if inbound.lag is not None:
                    lags.setdefault(account, []).append(inbound.lag)
        for episode in case.episodes:
            settled = episode.resolution
            if settled is not None and since <= settled.closed_at < until:
                resolved.append(settled.duration)
            if since <= episode.began_at < until:
                if episode.waits:  # else every post of it was deleted before anyone could answer
                    found.append(episode)
                if episode.reason is not None:
                    reasons[episode.reason] += 1
        if summary.waiting_since is not None and not summary.is_noise:
            waiting.append(summary.waiting_since)
            overdue += summary.is_overdue(now)
        ignored_from = case.ignored_from(since)
        if ignored_from is not None and ignored_from < min(now, until):
            ignored.append(summary.case.id)
    return ResponseReport(
        since=since,
        until=until,
        now=now,
        mentions=seen,
        noise=noise,
        total=_numbers(found),
        resolution=Spread.of(resolved),
        by_account=_grouped(found, lambda e: e.account),
        by_category=_grouped(found, lambda e: e.category),
        detection_lag={account: Spread.of(values) for account, values in sorted(lags.items())},
        waiting=len(waiting),
        oldest_waiting_since=min(waiting, default=None),
        overdue=overdue,
        ignored=tuple(ignored),
        closed_without_reply=dict(reasons),
        backlog=_backlog(now - at for at in waiting),
        by_hour=tuple(map(sum, zip(*heat, strict=True))),
        heat=tuple(map(tuple, heat)),
        distribution=_distribution(r for episode in found if (r := episode.response) is not None),
        trend=_trend(found, came, since, until),
        in_hours=None if in_hours is None else Spread.of(_within(found, in_hours)),
    )


def _distribution(responses: Iterable[timedelta]) -> Mapping[str, int]:
    counts = {label: 0 for label, _ in RESPONSE_BINS}
    for response in responses:
        counts[next(label for label, limit in RESPONSE_BINS if response <= limit)] += 1
    return counts


def _within(
    found: Iterable[EpisodeFacts], in_hours: Callable[[datetime, datetime], timedelta]
) -> Iterator[timedelta]:
    for episode in found:
        if episode.waits and (ended := episode.waits[0].ended_at) is not None:
            yield in_hours(episode.waits[0].began_at, ended)


def _trend(
    found: Iterable[EpisodeFacts], came: Mapping[date, int], since: datetime, until: datetime
) -> tuple[DayFigures, ...]:
    last = (until - timedelta(microseconds=2)).astimezone(since.tzinfo).date()
    first = max(since.date(), last - timedelta(days=TREND_DAYS - 1))
    by_day: dict[date, list[EpisodeFacts]] = {}
    for episode in found:
        by_day.setdefault(episode.began_at.astimezone(since.tzinfo).date(), []).append(episode)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return tuple(_day(day, came.get(day, 0), by_day.get(day, [])) for day in days)


def _day(day: date, mentions: int, began: Sequence[EpisodeFacts]) -> DayFigures:
    responses = sorted(r for episode in began if (r := episode.response) is not None)
    return DayFigures(day, mentions, len(began), len(responses), percentile(responses, 0.5))


def _grouped(found: Sequence[EpisodeFacts], key: Callable[[EpisodeFacts], K]) -> Mapping[K, Numbers]:
    groups: dict[K, list[EpisodeFacts]] = {}
    for episode in found:
        groups.setdefault(key(episode), []).append(episode)
    return {name: _numbers(group) for name, group in sorted(groups.items(), key=lambda item: -len(item[1]))}


def _numbers(found: Sequence[EpisodeFacts]) -> Numbers:
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
