"""Reading a case's events: which episodes they make, what is unanswered, whose turn it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kefu_tui.domain.events import Closed, Event, Inbound, Outbound, Reopened, Snoozed, Withdrawn, Woken


def unanswered(events: Sequence[Event]) -> tuple[Inbound, ...]:
    """The inbounds of `events` that no published reply of a person answers, oldest post first."""
    answered: set[str] = set()
    waiting: list[Inbound] = []
    for event in events:
        match event:
            case Inbound():
                waiting.append(event)
            case Outbound() if not event.automatic:
                answered.update(event.answers)
            case Withdrawn():
                answered.add(event.mention_key)
            case _:
                pass
    return tuple(sorted((i for i in waiting if i.mention_key not in answered), key=lambda i: i.at))


def episodes(events: Sequence[Event]) -> list[list[Event]]:
    """The events of a case cut into episodes: a reopening, by the customer or by us, starts a new one.

    Every inbound stands in one episode. Reopened by hand, the new episode takes over what the closed
    one left unanswered: it was not settled after all. A reply or a withdrawal stands with the inbounds
    it is about, even when the case was closed, or opened again, while it was on its way.
    """
    if not any(isinstance(event, Closed) for event in events):
        return [list(events)] if events else []
    cut: list[list[Event]] = [[]]
    home: dict[str, int] = {}  # mention key -> place of its episode
    closed = False
    for event in events:
        match event:
            case Inbound():
                if closed:
                    cut.append([])
                    closed = False
                home[event.mention_key] = len(cut) - 1
                cut[-1].append(event)
            case Reopened() if closed:
                carried = unanswered(cut[-1])
                cut[-1] = [one for one in cut[-1] if one not in carried]
                home.update((inbound.mention_key, len(cut)) for inbound in carried)
                cut.append([*carried, event])
                closed = False
            case Outbound() | Withdrawn():
                about = event.answers if isinstance(event, Outbound) else (event.mention_key,)
                for place in {home[key] for key in about if key in home} or {len(cut) - 1}:
                    cut[place].append(event)
            case _:
                cut[-1].append(event)
                closed = closed or isinstance(event, Closed)
    return [episode for episode in cut if episode]


def current_episode(events: Sequence[Event]) -> list[Event]:
    """The last episode; none of no events."""
    return episodes(events)[-1] if events else []


class WorkState(StrEnum):
    WAITING_US = "waiting_us"
    WAITING_THEM = "waiting_them"
    SNOOZED = "snoozed"
    CLOSED = "closed"
    NO_REPLY = "no_reply"


SNOOZE_WARNING = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a case stands, read off its events once: what is left to ask is the time.

    `closed` and `snooze` are the acts in force, `episode` the events of the current episode, and
    `unanswered` its inbounds without an answer, oldest post first.
    """

    closed: Closed | None
    snooze: Snoozed | None
    episode: tuple[Event, ...]
    unanswered: tuple[Inbound, ...]

    @property
    def owed(self) -> tuple[Inbound, ...]:
        """What waits for our word: nothing once the case is closed."""
        return () if self.closed else self.unanswered

    def state(self, now: datetime, breach_at: datetime | None = None) -> WorkState:
        """Whose turn it is; see `Case.state`."""
        if self.closed is not None:
            return WorkState.NO_REPLY if self.closed.without_reply else WorkState.CLOSED
        if self.snooze is not None and now < self.snooze.until and not self._about_to_breach(now, breach_at):
            return WorkState.SNOOZED
        return WorkState.WAITING_US if self.unanswered else WorkState.WAITING_THEM

    def _about_to_breach(self, now: datetime, breach_at: datetime | None) -> bool:
        """Whether a clock is about to run out that was still running well when the founder snoozed.

        A case that was already late when it was put aside stays put aside: the founder knew.
        """
        if self.snooze is None or breach_at is None or self.snooze.hold:
            return False
        return self.snooze.at < breach_at - SNOOZE_WARNING <= now


def standing(events: Sequence[Event]) -> Standing:
    """Read off which acts are in force. The customer's next word ends a close, and a snooze without hold."""
    closed: Closed | None = None
    snooze: Snoozed | None = None
    for event in events:
        match event:
            case Inbound():
                closed = None
                if snooze is not None and not snooze.hold:
                    snooze = None
            case Closed():
                closed = event
                snooze = None  # settled: a held snooze must not hide the customer who comes back
            case Reopened():
                closed = None
            case Snoozed():
                snooze = event
            case Woken():
                snooze = None
            case _:
                pass
    episode = current_episode(events)
    return Standing(closed, snooze, tuple(episode), unanswered(episode))
