"""A case: one matter with one person in one thread, told as the events that happened in it.

The work state is derived from who spoke last, never from a read flag.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from kefu_tui.domain.episodes import WorkState, current_episode, standing, unanswered
from kefu_tui.domain.events import (
    Act,
    Closed,
    Corrected,
    Event,
    Inbound,
    Noted,
    Outbound,
    Remark,
    Reopened,
    Snoozed,
    Tagged,
    Withdrawn,
    Woken,
)

__all__ = [
    "Act",
    "Case",
    "Closed",
    "Corrected",
    "Event",
    "Inbound",
    "Noted",
    "Outbound",
    "Reopened",
    "Snoozed",
    "Tagged",
    "Withdrawn",
    "Woken",
    "WorkState",
    "case_id_for",
]


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

    def with_act_again(self, act: Act) -> "Case":
        """The case with an act redone at its own moment: what the customer wrote since is still newer."""
        place = len(self.events)
        while place and isinstance(last := self.events[place - 1], Inbound) and last.seen_at > act.at:
            place -= 1
        return replace(self, events=(*self.events[:place], act, *self.events[place:]))

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
    def corrections(self) -> tuple[Corrected, ...]:
        """What the founder put right by hand, in order: of one mention and target the last counts."""
        return tuple(e for e in self.events if isinstance(e, Corrected))

    @property
    def notes(self) -> tuple[Noted, ...]:
        return tuple(e for e in self.events if isinstance(e, Noted))

    def tags(self, given: Iterable[str] = ()) -> tuple[str, ...]:
        """The tags of the case: those `given` by rules, and the founder's own, each once; what was taken off
        is off.
        """
        tags = dict.fromkeys(given)
        for event in self.events:
            if isinstance(event, Tagged) and event.on:
                tags[event.tag] = None
            elif isinstance(event, Tagged):
                tags.pop(event.tag, None)
        return tuple(tags)

    @property
    def post_ids(self) -> frozenset[str]:
        """Every platform post of this case, theirs and ours: a reply to one of them belongs here."""
        return frozenset(e.post_id for e in self.events if isinstance(e, Inbound | Outbound))

    @property
    def last_activity(self) -> datetime:
        """When something last happened here, by our clock where we have it.

        A correction, a tag and a note are what we think of it: nothing has happened, so they move no row.
        """
        happened = (e for e in self.events if not isinstance(e, Remark))
        return max(e.seen_at if isinstance(e, Inbound) else e.at for e in happened)

    @property
    def unanswered(self) -> tuple[Inbound, ...]:
        """The inbounds nobody has answered, in the current episode, by post time."""
        return unanswered(current_episode(self.events))

    def state(self, now: datetime, breach_at: datetime | None = None) -> WorkState:
        """Whose turn it is.

        `breach_at` is when the case's next clock runs out: a snooze never hides a breach that lies
        within it, so the case comes back `SNOOZE_WARNING` before.
        """
        return standing(self.events).state(now, breach_at)


def case_id_for(first_mention_key: str) -> str:
    """A case is named after the mention that opened it, so a replayed poll finds the same case."""
    return f"case/{first_mention_key}"
