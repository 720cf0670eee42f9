"""A platform without an API: the founder brings the posts, copies the replies and says when they are out."""

from collections.abc import Sequence

from kefu_tui.domain.errors import N_, Refused
from kefu_tui.domain.outbox import ReplyReceipt, ReplyRequest
from kefu_tui.ports import AccountFacts, Batch, Capabilities, Clock, Cursor, TextLength

LIMIT = 10_000  # characters; the place it is pasted into has the last word


class ManualChannel:
    """An account that is read and answered by hand; its clocks run like any other's."""

    platform = "manual"
    capabilities = Capabilities(reply=False, by_hand=True)

    def __init__(self, *, account: str, clock: Clock) -> None:  # noqa: ARG002 - adapters are made alike
        self.account = account

    async def poll(self, cursor: Cursor | None) -> Batch:
        return Batch(cursor=cursor or {})

    async def reread(self, post_ids: Sequence[str]) -> Batch:  # noqa: ARG002 - nothing can be looked up
        return Batch(cursor={})

    async def reply(self, request: ReplyRequest, idempotency_key: str) -> ReplyReceipt:  # noqa: ARG002
        """Always `Refused`: the desk copies the text and the founder confirms that it stands."""
        raise Refused(
            N_("the account {account} is answered by hand: copy the reply, post it, confirm it"),
            account=self.account,
        )

    async def find_reply(self, request: ReplyRequest, idempotency_key: str) -> ReplyReceipt | None:  # noqa: ARG002
        """None: this program has never sent anything here."""
        return None

    def length(self, request: ReplyRequest) -> TextLength:
        return TextLength(used=len(request.text), limit=LIMIT)

    def facts(self) -> AccountFacts:
        return AccountFacts()

    async def check(self) -> AccountFacts:
        return self.facts()

    async def aclose(self) -> None:
        """Nothing is held open."""
