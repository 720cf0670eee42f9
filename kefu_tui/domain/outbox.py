"""A reply on its way out: what the founder approved, and how far it has come."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from kefu_tui.domain.mention import Visibility


class OutboxState(StrEnum):
    HELD = "held"  # in the undo window; nothing has left
    SENDING = "sending"  # the request may be out: after a crash this is an unknown outcome
    UNKNOWN = "unknown"  # ?待核对: look on the platform before anything else
    SENT = "sent"
    FAILED = "failed"  # the platform said no, or was not reached at all; nothing stands there
    RECALLED = "recalled"  # taken back into the draft within the undo window
    TO_CONFIRM = "to_confirm"  # a channel without an API: copied, the founder confirms "sent"


OPEN_STATES = frozenset(
    {OutboxState.HELD, OutboxState.SENDING, OutboxState.UNKNOWN, OutboxState.FAILED, OutboxState.TO_CONFIRM}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRequest:
    """What a reply is, before anyone approved it: the value the review shows and the approval binds.

    `target` is the platform post answered, `target_handle` and `target_url` its author and address,
    `answers` the mention keys that wait for this word, `content_warning` the source's, copied.
    """

    case_id: str
    account: str
    target: str
    target_handle: str
    visibility: Visibility
    text: str
    answers: tuple[str, ...]
    target_url: str | None = None
    content_warning: str = ""
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyReceipt:
    """A reply that stands on the platform; `published_at` is the platform's time, aware UTC."""

    post_id: str
    published_at: datetime
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxItem:
    """One approved reply. `id` is also the idempotency key given to the platform.

    `approved_at` and `release_at` are the desk's clock; `problem` is the platform's refusal in words.
    """

    id: str
    request: ReplyRequest
    approved_at: datetime
    release_at: datetime
    state: OutboxState = OutboxState.HELD
    attempts: int = 0
    receipt: ReplyReceipt | None = None
    problem: str = ""

    def moved(
        self, state: OutboxState, *, problem: str = "", receipt: ReplyReceipt | None = None
    ) -> "OutboxItem":
        attempts = self.attempts + (state is OutboxState.SENDING)
        return replace(self, state=state, problem=problem, receipt=receipt or self.receipt, attempts=attempts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Text not yet approved, kept per case; `saved_at` is the desk's clock."""

    case_id: str
    text: str
    saved_at: datetime
