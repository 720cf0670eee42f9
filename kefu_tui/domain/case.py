"""A case: one matter with one person in one thread, told as the events that happened in it.

The work state is derived from who spoke last, never from a read flag. Events stand in the order in
which we learned of them; the times in them are the platform's where the platform has one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from kefu_tui.domain.mention import Visibility


class WorkState(StrEnum):
    WAITING_US = "waiting_us"
    WAITING_THEM = "waiting_them"
    SNOOZED = "snoozed"
    CLOSED = "closed"
    NO_REPLY = "no_reply"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """The customer wrote: `at` is the platform's post time, `seen_at` when we fetched it."""

    mention_key: str
    post_id: str
    at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """The customer deleted the post behind an inbound: nobody waits for its answer any more."""

    mention_key: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """A reply of ours that stands on the platform since `at` (the platform's publish time).

    `answers` are the mention keys that waited when the founder approved the text: the link is kept
    because comparing the platform's clock with ours would miscount. An automatic message answers nobody.
    """

    id: str
    post_id: str
    at: datetime
    text: str
    visibility: Visibility
    answers: tuple[str, ...]
    url: str | None = None
    automatic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """The founder closed the case; `reason` is set where it was closed without a reply (不回)."""

    id: str
    at: datetime
    reason: str = ""
    without_reply: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened:
    id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Snoozed:
    """Put aside until `until`; wakes when the customer writes unless `hold`."""

    id: str
    at: datetime
    until: datetime
    hold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Woken:
    """The founder took the case back before the snooze ended."""

    id: str
    at: datetime


Event: TypeAlias = Inbound | Withdrawn | Outbound | Closed | Reopened | Snoozed | Woken
Act: TypeAlias = Closed | Reopened | Snoozed | Woken  # what the founder does, and can undo


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One matter with one person in one thread.

    `person_key` is `account:author id`. `memory` holds what prompts asked for in this case
    (`订单号` → its value).
    """

    id: str
    account: str
    person_key: str
    events: tuple[Event, ...] = ()
    memory: tuple[tuple[str, str], ...] = ()

    def with_event(self, event: Event) -> "Case":
        return replace(self, events=(*self.events, event))

    def without_act(self, act_id: str) -> "Case":
        """The case as if the act had not been taken; everything else that happened since stays."""
        return replace(
            self, events=tuple(e for e in self.events if not (isinstance(e, Act) and e.id == act_id))
        )

    def remembering(self, name: str, value: str) -> "Case":
        kept = tuple((n, v) for n, v in self.memory if n != name)
        return replace(self, memory=(*kept, (name, value)))

    @property
    def inbounds(self) -> tuple[Inbound, ...]:
        return tuple(e for e in self.events if isinstance(e, Inbound))

    @property
    def outbounds(self) -> tuple[Outbound, ...]:
        return tuple(e for e in self.events if isinstance(e, Outbound))

    @property
    def post_ids(self) -> frozenset[str]:
        """Every platform post of this case, theirs and ours: a reply to one of them belongs here."""
        return frozenset(e.post_id for e in self.events if isinstance(e, Inbound | Outbound))

    @property
    def last_activity(self) -> datetime:
        """When something last happened here, by our clock where we have it."""
        return max(e.seen_at if isinstance(e, Inbound) else e.at for e in self.events)

    @property
    def unanswered(self) -> tuple[Inbound, ...]:
        """The inbounds nobody has answered, in the current episode, by post time."""
        return unanswered(current_episode(self.events))

    def state(self, now: datetime, breach_at: datetime | None = None) -> WorkState:
        """Whose turn it is.

        `breach_at` is when the case's next clock runs out: a snooze never hides a breach that lies
        within it, so the case comes back `SNOOZE_WARNING` before.
        """
        closed: Closed | None = None
        snooze: Snoozed | None = None
        for event in self.events:
            match event:
                case Inbound():
                    closed = None
                    if snooze is not None and not snooze.hold:
                        snooze = None
                case Closed():
                    closed = event
                case Reopened():
                    closed = None
                case Snoozed():
                    snooze = event
                case Woken():
                    snooze = None
                case _:
                    pass
        if closed is not None:
            return WorkState.NO_REPLY if closed.without_reply else WorkState.CLOSED
        if snooze is not None and now < snooze.until and not _about_to_breach(snooze, now, breach_at):
            return WorkState.SNOOZED
        return WorkState.WAITING_US if self.unanswered else WorkState.WAITING_THEM


SNOOZE_WARNING = timedelta(minutes=5)


def _about_to_breach(snooze: Snoozed, now: datetime, breach_at: datetime | None) -> bool:
    """Whether a clock is about to run out that was still running well when the founder snoozed.

    A case that was already late when it was put aside stays put aside: the founder knew.
    """
    if breach_at is None or snooze.hold:
        return False
    return snooze.at < breach_at - SNOOZE_WARNING <= now


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
    """The events of a case cut into episodes: a reopening, by the customer or by us, starts a new one."""
    cut: list[list[Event]] = [[]]
    closed = False
    for event in events:
        if closed and isinstance(event, Inbound | Reopened):
            cut.append([])
            closed = False
        cut[-1].append(event)
        if isinstance(event, Closed):
            closed = True
    return [episode for episode in cut if episode]


def current_episode(events: Sequence[Event]) -> list[Event]:
    """The last episode; after a bare reopening (`E`) what was unanswered at the close counts again."""
    cut = episodes(events)
    if not cut:
        return []
    last = cut[-1]
    if isinstance(last[0], Reopened) and len(cut) > 1:
        return [e for episode in cut[:-1] for e in episode] + last
    return last


def case_id_for(first_mention_key: str) -> str:
    """A case is named after the mention that opened it, so a replayed poll finds the same case."""
    return f"case/{first_mention_key}"
