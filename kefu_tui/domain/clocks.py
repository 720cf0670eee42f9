"""The clocks: how long customers really waited, and when each is due.

Definitions (each printed number can quote its own, see `DEFINITIONS`):

- First response runs from the customer's `posted_at` on the platform to the `published_at` of our reply.
- Next response runs from the oldest unanswered inbound to our next reply.
- Detection lag is `first_seen_at - posted_at`, its own number; a post without a date of its own has none.
- A snooze or a status change stops neither; only a published, non-automatic reply does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from kefu_tui.domain.episodes import Standing
from kefu_tui.domain.errors import N_
from kefu_tui.domain.events import Closed, Event, Inbound, Outbound, Withdrawn
from kefu_tui.domain.verdict import Priority

HEARTBEAT_AFTER = timedelta(hours=24)
SILENCE_IS_RED_AFTER = timedelta(hours=48)


class ClockKind(StrEnum):
    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    HEARTBEAT = "heartbeat"


def default_targets() -> Mapping[Priority, timedelta]:
    return {
        Priority.P0: timedelta(minutes=10),
        Priority.P1: timedelta(minutes=25),
        Priority.P2: timedelta(minutes=60),
        Priority.P3: timedelta(hours=24),
    }


@dataclass(frozen=True, slots=True)
class Targets:
    """How long a customer of each priority may wait for our word."""

    by_priority: Mapping[Priority, timedelta] = field(default_factory=default_targets)

    def __getitem__(self, priority: Priority) -> timedelta:
        return self.by_priority[priority]


@dataclass(frozen=True, slots=True)
class Due:
    """A running clock of a case: which one, when it runs out, and the message that waits for it."""

    kind: ClockKind
    at: datetime
    mention_key: str = ""

    def late_by(self, now: datetime) -> timedelta:
        """How late we are; negative while there is time left."""
        return now - self.at


@dataclass(frozen=True, slots=True)
class Wait:
    """One stretch in which a customer waited for us: from the oldest unanswered inbound to our reply.

    `ended_at` is None while it lasts.
    """

    kind: ClockKind
    mention_key: str
    began_at: datetime
    ended_at: datetime | None

    @property
    def duration(self) -> timedelta | None:
        """How long it lasted; a platform clock that runs behind must not make a wait negative."""
        if self.ended_at is None:
            return None
        return max(self.ended_at - self.began_at, timedelta(0))


def waits(events: Sequence[Event]) -> list[Wait]:
    """The waits of one episode, in order; the first is the first response, the others are next responses.

    A second angry message does not start a wait while one lasts; a deleted post ends its wait without
    a response, so that wait is left out.
    """
    found: list[Wait] = []
    waiting: dict[str, Inbound] = {}
    responded = False
    for event in events:
        match event:
            case Inbound():
                waiting[event.mention_key] = event
            case Withdrawn():
                waiting.pop(event.mention_key, None)
            case Outbound() if not event.automatic:
                answered = [waiting.pop(key) for key in event.answers if key in waiting]
                if answered:  # a further word while nobody waits answers no clock
                    found.append(_wait(answered, responded, event.at))
                    responded = True
            case _:
                pass
    if waiting:
        found.append(_wait(list(waiting.values()), responded, None))
    return found


def _wait(inbounds: Sequence[Inbound], responded: bool, ended_at: datetime | None) -> Wait:
    oldest = min(inbounds, key=lambda inbound: inbound.at)
    kind = ClockKind.NEXT_RESPONSE if responded else ClockKind.FIRST_RESPONSE
    return Wait(kind, oldest.mention_key, oldest.at, ended_at)


def clocks(standing: Standing, priority: Priority, targets: Targets) -> list[Due]:
    """Every running clock of a case, the first to run out first; none when nothing is owed.

    Snoozing does not enter here: it never stops a clock. The heartbeat never stands in for the first
    response, and it does not count the time in which we waited for the customer.
    """
    if not standing.owed:
        return []  # we spoke last: no alarm
    wait = waits(standing.episode)[-1]
    running = [Due(wait.kind, wait.began_at + targets[priority], wait.mention_key)]
    if wait.kind is ClockKind.NEXT_RESPONSE:
        silent_since = max(wait.began_at, *_our_words(standing.episode))
        running.append(Due(ClockKind.HEARTBEAT, silent_since + HEARTBEAT_AFTER, wait.mention_key))
    return sorted(running, key=lambda due: due.at)


def red_from(standing: Standing) -> datetime | None:
    """The first moment of a silence of more than 48 hours; None when we owe nobody a word."""
    if not standing.owed:
        return None
    silent_since = max([standing.owed[0].at, *_our_words(standing.episode)])
    return silent_since + SILENCE_IS_RED_AFTER + timedelta.resolution


def _our_words(episode: Sequence[Event]) -> list[datetime]:
    return [event.at for event in episode if isinstance(event, Outbound) and not event.automatic]


@dataclass(frozen=True, slots=True)
class Resolution:
    """A closed episode: how long it took, without the time we waited for the customer."""

    began_at: datetime
    closed_at: datetime
    duration: timedelta


def resolution(episode: Sequence[Event]) -> Resolution | None:
    """Posted → closed, minus the time we waited for the customer; None while the episode is open."""
    inbounds = [event for event in episode if isinstance(event, Inbound)]
    closings = [event for event in episode if isinstance(event, Closed)]
    if not inbounds or not closings:
        return None
    began = min(inbound.at for inbound in inbounds)
    closed = closings[-1].at
    paused = timedelta(0)
    ours_since: datetime | None = None
    waiting: set[str] = set()
    for event in episode:
        match event:
            case Inbound():
                if ours_since is not None:
                    paused += max(event.at - ours_since, timedelta(0))
                    ours_since = None
                waiting.add(event.mention_key)
            case Withdrawn():
                waiting.discard(event.mention_key)
            case Outbound() if not event.automatic:
                waiting.difference_update(event.answers)
                if not waiting and ours_since is None:
                    ours_since = event.at
            case _:
                pass
    if ours_since is not None:
        paused += max(closed - ours_since, timedelta(0))
    return Resolution(began, closed, max(closed - began - paused, timedelta(0)))


DEFINITIONS: Mapping[str, str] = {
    "first_response": N_(
        "from the customer's post on the platform to the publication of our reply, per episode"
    ),
    "next_response": N_("from the oldest unanswered message to the publication of our next reply"),
    "detection_lag": N_(
        "from the customer's post on the platform to our first sight of it; posts without a date are left out"
    ),
    "waiting_since": N_(
        "post time of the oldest message nobody has answered; a second message does not reset it"
    ),
    "resolution": N_(
        "from the customer's post to the close, without the time we waited for the customer;"
        " of the episodes closed in the period, those without a reply left out"
    ),
    "answered": N_("episodes begun in the period, noise left out, that have a published reply of ours"),
    "ignored": N_(
        "public messages older than 24 hours without a reply of ours, noise and closed-without-reply left out"
    ),
}
