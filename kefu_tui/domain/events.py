"""What can happen in a case.

The times are the platform's where the platform has one. Events stand in their case in the order in
which we learned of them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from kefu_tui.domain.lessons import Target
from kefu_tui.domain.mention import Visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """The customer wrote: `at` is the platform's post time, `seen_at` when we fetched it.

    Where the platform gave no usable time (`is_dated` is false) both are when we fetched it.
    """

    mention_key: str
    post_id: str
    at: datetime
    seen_at: datetime
    is_dated: bool = True

    @property
    def lag(self) -> timedelta | None:
        """The detection lag, None where nobody knows when it was posted.

        A platform clock that runs ahead of ours must not make it negative.
        """
        return max(self.seen_at - self.at, timedelta(0)) if self.is_dated else None


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """The founder put a verdict right by hand: of the mentions named, the `target` is `value` from now on.

    Values are written as in a `Lesson`; `previous` is what the desk showed before. What the customer
    writes later is judged on its own.
    """

    id: str
    at: datetime
    mention_keys: tuple[str, ...]
    target: Target
    value: str
    previous: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """The founder put a tag on the case, or (`on` false) took it off, also one that a rule has given."""

    id: str
    at: datetime
    tag: str
    on: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """The founder wrote something down about the case; nobody else ever sees it."""

    id: str
    at: datetime
    text: str


Remark: TypeAlias = Corrected | Tagged | Noted  # what is thought of a case: nothing has happened in it
Act: TypeAlias = Closed | Reopened | Snoozed | Woken | Remark  # what the founder does, and can undo
Event: TypeAlias = Inbound | Withdrawn | Outbound | Act
