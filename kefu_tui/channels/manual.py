"""A platform without an API: the founder brings the posts, copies the replies and says when they are out."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from kefu_tui.domain.errors import N_, Refused
from kefu_tui.domain.mention import Author, Post
from kefu_tui.domain.outbox import ReplyReceipt, ReplyRequest
from kefu_tui.ports import Batch, Capabilities, Clock, Cursor, TextLength

LIMIT = 10_000  # characters; the place it is pasted into has the last word
_POSTS = uuid.UUID("0c2bd0f0-6a52-5b8a-8c1a-6d0e4b5c9d11")  # name space for the ids of posts entered by hand


class ManualChannel:
    """An account that is read and answered by hand; its clocks run like any other's."""

    platform = "manual"
    capabilities = Capabilities(reply=False, by_hand=True)

    def __init__(self, *, account: str, clock: Clock) -> None:
        self.account = account
        self._clock = clock

    def compose(
        self, text: str, author: str, url: str | None = None, posted_at: datetime | None = None
    ) -> Post:
        """A post as the founder tells it; without a time it was posted now.

        Entered twice it is one: the id follows from its address, or else from author, time and text.
        """
        handle = author.strip().removeprefix("@")
        moment = posted_at or self._clock.now()
        identity = url or "\n".join((handle, moment.isoformat(), text))
        return Post(
            id=uuid.uuid5(_POSTS, identity).hex,
            author=Author(id=handle.casefold(), handle=handle),
            text=text.strip(),
            posted_at=moment,
            url=url or None,
        )

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

    async def aclose(self) -> None:
        """Nothing is held open."""
