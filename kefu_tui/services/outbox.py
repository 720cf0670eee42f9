"""The outbox: a reply is on disk before it is on its way, and never goes out twice.

The path of an item: held (undo window) → sending → sent. A request whose fate is unknown is looked for on
the platform; it is never sent again by itself.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta

from kefu_tui.domain.case import Case, Outbound
from kefu_tui.domain.errors import (
    N_,
    AuthError,
    ChannelError,
    KefuError,
    NotAllowed,
    NotFound,
    RateLimited,
    Refused,
    Unavailable,
)
from kefu_tui.domain.outbox import Draft, OutboxItem, OutboxState, ReplyReceipt, ReplyRequest
from kefu_tui.domain.script import prompt_answers
from kefu_tui.ports import Changes, Channel, Clock, Store, StoreView
from kefu_tui.services.approval import check_binding, check_text
from kefu_tui.services.dispatch import Dispatch

# after these nothing stands on the platform; after any other failure it may
_NOTHING_STANDS = (Refused, AuthError, RateLimited, Unavailable)


class Outbox:
    """Takes approved replies to their platforms."""

    def __init__(
        self,
        store: Store,
        channels: Mapping[str, Channel],
        clock: Clock,
        *,
        undo_window: timedelta,
        new_id: Callable[[], str],
        read_only: frozenset[str] = frozenset(),
        describe: Callable[[KefuError], str] = str,
    ) -> None:
        self._store = store
        self._channels = channels
        self._clock = clock
        self._undo_window = undo_window
        self._new_id = new_id
        self._read_only = read_only
        self._describe = describe  # puts a failure in the founder's language
        self._work = asyncio.Event()
        self._in_flight: set[str] = set()  # items whose request this process is making right now

    def check(self, request: ReplyRequest) -> None:
        """Refuse what must not be sent; raises `NotAllowed` with the reason, `NotFound` without a case."""
        self._check_way(request)
        check_binding(request, self._store)

    def _check_way(self, request: ReplyRequest) -> None:
        if request.account in self._read_only:
            raise NotAllowed(N_("the account {account} is set to read only"), account=request.account)
        check_text(request, self._channel(request.account))

    async def approve(self, request: ReplyRequest, *, template: str | None = None) -> OutboxItem:
        """Put exactly this request on its way; durable before it returns.

        `template` is the rendered script the text began as: what was written in place of its prompts is
        remembered in the case. The draft stays until the platform has confirmed.
        """
        self._check_way(request)
        now = self._clock.now()
        item = OutboxItem(
            id=self._new_id(),
            request=request,
            approved_at=now,
            release_at=self._clock.from_now(self._undo_window),
        )

        def change(view: StoreView) -> Changes:
            check_binding(request, view)  # here, so that two approvals at once cannot both pass
            failed = [
                i.moved(OutboxState.RECALLED)
                for i in view.outbox()
                if i.request.case_id == request.case_id and i.state is OutboxState.FAILED
            ]
            return Changes(
                outbox=[*failed, item],
                drafts=[Draft(case_id=request.case_id, text=request.text, saved_at=now)],
                cases=_remembering(view.case(request.case_id), template, request.text),
            )

        await self._store.update(change)
        self._work.set()
        return item

    async def recall(self, item_id: str) -> OutboxItem:
        """Take a held reply back into the draft; raises `NotAllowed` once it has left."""

        def step(item: OutboxItem) -> OutboxItem:
            if item.state not in (OutboxState.HELD, OutboxState.FAILED, OutboxState.TO_CONFIRM):
                raise NotAllowed(N_("too late: the reply has already left"))
            return item.moved(OutboxState.RECALLED)

        return await self._move(item_id, step)

    async def recover(self) -> list[OutboxItem]:
        """After a start: what was held goes back to its draft, what was being sent is unknown.

        Returns the items that changed.
        """
        changed: list[OutboxItem] = []

        def change(view: StoreView) -> Changes | None:
            for item in view.outbox():
                if item.state is OutboxState.HELD:
                    changed.append(item.moved(OutboxState.RECALLED))
                elif item.state is OutboxState.SENDING:
                    changed.append(item.moved(OutboxState.UNKNOWN))
            if not changed:
                return None
            drafts = [draft for item in changed for draft in self._restored(item, view)]
            return Changes(outbox=changed, drafts=drafts)

        await self._store.update(change)
        return changed

    async def run(self, notify: Callable[[OutboxItem], None]) -> None:
        """Send what is approved when its undo window ends, look for what is unknown; until cancelled."""
        dispatch = Dispatch(self, self._clock, self._describe, notify)
        async with asyncio.TaskGroup() as tasks:
            taken: set[str] = set()
            while True:
                self._work.clear()
                for item in self._store.outbox():
                    if item.id in taken or item.id in self._in_flight:
                        continue
                    if item.state is OutboxState.HELD:
                        taken.add(item.id)
                        tasks.create_task(dispatch.send(item.id))
                    elif self.is_unknown(item):
                        taken.add(item.id)
                        tasks.create_task(dispatch.look(item.id))
                await self._work.wait()

    def item(self, item_id: str) -> OutboxItem:
        """The item as it stands now; raises `NotFound`."""
        return _item(self._store, item_id)

    def is_unknown(self, item: OutboxItem) -> bool:
        """Whether nobody knows if the reply stands: also one being sent whose outcome was never written."""
        if item.state is OutboxState.SENDING:
            return item.id not in self._in_flight
        return item.state is OutboxState.UNKNOWN

    async def deliver(self, item_id: str) -> OutboxItem:
        """Send one approved reply now. The state `sending` is durable before the request leaves.

        Raises `StoreError` when the intent, or what came of it, could not be written; see `is_unknown`.
        """
        channel = self._channel(self.item(item_id).request.account)
        sent_as = OutboxState.TO_CONFIRM if channel.capabilities.by_hand else OutboxState.SENDING

        def start(item: OutboxItem) -> OutboxItem:
            if item.state is not OutboxState.HELD:
                raise NotAllowed(N_("only an approved reply can be sent"))
            return item.moved(sent_as)

        if item_id in self._in_flight:
            raise NotAllowed(N_("only an approved reply can be sent"))
        self._in_flight.add(item_id)
        try:
            item = await self._move(item_id, start)
            if sent_as is OutboxState.TO_CONFIRM:
                return item
            try:
                receipt = await channel.reply(item.request, item.id)
            except _NOTHING_STANDS as error:
                return await self._settle(item_id, OutboxState.FAILED, error)
            except ChannelError as error:
                return await self._settle(item_id, OutboxState.UNKNOWN, error)
            return await self._sent(item_id, receipt)
        finally:
            self._in_flight.discard(item_id)

    async def reconcile(self, item_id: str, *, final: bool = True) -> OutboxItem:
        """Look on the platform for a reply of unknown fate.

        Not finding it turns it into `failed` only when `final`: a slow server may still be publishing it.
        Raises `ChannelError` when the platform cannot be asked; the item stays unknown.
        """
        item = self.item(item_id)
        if not self.is_unknown(item):
            return item
        receipt = await self._channel(item.request.account).find_reply(item.request, item.id)
        if receipt is not None and not self._is_another(receipt, item):
            return await self._sent(item_id, receipt)
        if not final:
            return self.item(item_id)
        missing = KefuError(
            N_("the reply does not stand on the platform; the draft is kept, send it again by hand")
        )
        return await self._settle(item_id, OutboxState.FAILED, missing)

    def _is_another(self, receipt: ReplyReceipt, item: OutboxItem) -> bool:
        """Whether what was found is an earlier reply of ours in the same words, already accounted for."""
        return self._store.case_id_of_post(item.request.account, receipt.post_id) is not None

    async def confirm(self, item_id: str, *, url: str | None = None) -> OutboxItem:
        """The founder says a reply posted by hand stands, or that an unknown one does."""
        item = self.item(item_id)
        if item.state is not OutboxState.TO_CONFIRM and not self.is_unknown(item):
            raise NotAllowed(N_("nothing to confirm here"))
        receipt = ReplyReceipt(post_id=f"by-hand/{item.id}", published_at=self._clock.now(), url=url)
        return await self._sent(item_id, receipt)

    async def _sent(self, item_id: str, receipt: ReplyReceipt) -> OutboxItem:
        """The reply stands: outbox, case and draft change in one record, and only once."""

        def change(view: StoreView) -> Changes | None:
            item = _item(view, item_id)
            if item.state is OutboxState.SENT:
                return None  # found on the platform while the founder confirmed it, or the other way round
            request = item.request
            case, draft = view.case(request.case_id), view.draft(request.case_id)
            is_sent_text = draft is not None and draft.text.strip() == request.text.strip()
            outbound = Outbound(
                id=item.id,
                post_id=receipt.post_id,
                at=receipt.published_at,
                text=request.text,
                visibility=request.visibility,
                answers=request.answers,
                url=receipt.url,
            )
            return Changes(
                outbox=[item.moved(OutboxState.SENT, receipt=receipt)],
                cases=[case.with_event(outbound)] if case else [],
                forget_drafts=[request.case_id] if is_sent_text else [],
            )

        await self._store.update(change)
        return self.item(item_id)

    async def _settle(self, item_id: str, state: OutboxState, error: KefuError) -> OutboxItem:
        """Write how an attempt ended, unless something more certain has been learned meanwhile."""
        problem = self._describe(error)
        open_states = (OutboxState.SENDING, OutboxState.UNKNOWN)
        return await self._move(
            item_id, lambda i: i.moved(state, problem=problem) if i.state in open_states else i
        )

    async def _move(self, item_id: str, step: Callable[[OutboxItem], OutboxItem]) -> OutboxItem:
        def change(view: StoreView) -> Changes:
            moved = step(_item(view, item_id))
            return Changes(outbox=[moved], drafts=self._restored(moved, view))

        await self._store.update(change)
        return self.item(item_id)

    def _restored(self, item: OutboxItem, view: StoreView) -> list[Draft]:
        """The draft a recalled reply goes back to, unless one stands there: that is newer."""
        case_id = item.request.case_id
        if item.state is not OutboxState.RECALLED or view.draft(case_id) is not None:
            return []
        return [Draft(case_id=case_id, text=item.request.text, saved_at=self._clock.now())]

    def _channel(self, account: str) -> Channel:
        channel = self._channels.get(account)
        if channel is None:
            raise NotAllowed(N_("the account {account} is not in the configuration"), account=account)
        return channel


def _item(view: StoreView, item_id: str) -> OutboxItem:
    item = view.outbox_item(item_id)
    if item is None:
        raise NotFound(N_("this reply is not in the outbox"))
    return item


def _remembering(case: Case | None, template: str | None, text: str) -> list[Case]:
    """The case with what was written in place of the prompts of `template`; nothing when nothing was."""
    answers = prompt_answers(template, text) if template else {}
    if case is None or not answers:
        return []
    for name, value in answers.items():
        case = case.remembering(name, value)
    return [case]
