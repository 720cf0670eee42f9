"""What has happened, told to the screens: workers post these, handlers change widgets."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:  # the application knows these messages before it has anything to tell
    from kefu_tui.domain.outbox import OutboxItem
    from kefu_tui.services.intake import PollOutcome


class DeskPainted(Message):
    """The desk stands on the screen: what is slow may begin."""


@dataclass
class AccountPolled(Message):
    """A poll of one account has ended, well or not."""

    outcome: "PollOutcome"


@dataclass
class ReplyMoved(Message):
    """A reply in the outbox has come further: sent, refused, or of unknown fate."""

    item: "OutboxItem"


@dataclass
class CausesFound(Message):
    """Complaints of the same cause were found, or one has left: the cases that look different now."""

    case_ids: frozenset[str]
