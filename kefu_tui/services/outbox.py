"""The outbox: a reply is on disk before it is on its way, and never goes out twice.

The path of an item: held (undo window) → sending → sent. A request whose fate is unknown is looked for on
the platform; it is never sent again by itself.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from kefu_tui.domain.case import Outbound
from kefu_tui.domain.errors import N_, ChannelError, KefuError, NotAllowed, NotFound, OutcomeUnknown
from kefu_tui.domain.outbox import OPEN_STATES, Draft, OutboxItem, OutboxState, ReplyReceipt, ReplyRequest
from kefu_tui.domain.script import broken_braces, open_fields, prompt_answers
from kefu_tui.ports import Changes, Channel, Clock, Store, StoreView

LOOK_AGAIN_AFTER = (timedelta(seconds=2), timedelta(seconds=10), timedelta(seconds=30))


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

    def check(self, request: ReplyRequest) -> None:
        """Refuse what must not be sent; raises `NotAllowed` with the reason."""
        channel = self._channels.get(request.account)
        if channel is None:
            raise NotAllowed(N_("the account {account} is not in the configuration"), account=request.account)
        if request.account in self._read_only:
            raise NotAllowed(N_("the account {account} is set to read only"), account=request.account)
        if not (channel.capabilities.reply or channel.capabilities.by_hand):
            raise NotAllowed(N_("{platform} cannot be answered, only read"), platform=channel.platform)
        if not request.text.strip():
            raise NotAllowed(N_("the reply is empty"))
        if open_field := next(open_fields(request.text), None):
            raise NotAllowed(N_("{field} is still to be filled in"), field=f"{{{open_field.name}}}")
        if broken_braces(request.text):
            raise NotAllowed(N_("a brace without its partner: a placeholder is broken"))
        length = channel.length(request)
        if not length.fits:
            raise NotAllowed(N_("too long: {used} of {limit}"), used=length.used, limit=length.limit)
        if any(
            i.request.case_id == request.case_id and i.state in OPEN_STATES - {OutboxState.FAILED}
            for i in self._store.outbox()
        ):
            raise NotAllowed(N_("a reply to this case is still on its way"))

    async def approve(self, request: ReplyRequest, *, template: str | None = None) -> OutboxItem:
        """Put exactly this request on its way; durable before it returns.

        `template` is the rendered script the text began as: what was written in place of its prompts is
        remembered in the case. The draft stays until the platform has confirmed.
        """
        self.check(request)
        now = self._clock.now()
        item = OutboxItem(
            id=self._new_id(),
            request=request,
            approved_at=now,
            release_at=self._clock.from_now(self._undo_window),
        )

        def change(view: StoreView) -> Changes:
            case = view.case(request.case_id)
            if case is None:
                raise NotFound(N_("this case does not exist any more"))
            remembered = case
            for name, value in prompt_answers(template, request.text).items() if template else ():
                remembered = remembered.remembering(name, value)
            draft = Draft(case_id=case.id, text=request.text, saved_at=now)
            failed = [
                i.moved(OutboxState.RECALLED)
                for i in view.outbox()
                if i.request.case_id == case.id and i.state is OutboxState.FAILED
            ]
            return Changes(
                outbox=[*failed, item], drafts=[draft], cases=[remembered] if remembered is not case else []
            )

        await self._store.update(change)
        self._work.set()
        return item

    async def recall(self, item_id: str) -> OutboxItem:
        """Take a held reply back into the draft; raises `NotAllowed` once it has left."""

        def change(item: OutboxItem) -> OutboxItem:
            if item.state not in (OutboxState.HELD, OutboxState.FAILED, OutboxState.TO_CONFIRM):
                raise NotAllowed(N_("too late: the reply has already left"))
            return item.moved(OutboxState.RECALLED)

        return await self._move(item_id, change)

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
            return Changes(outbox=changed) if changed else None

        await self._store.update(change)
        return changed

    async def run(self, notify: Callable[[OutboxItem], None]) -> None:
        """Send what is approved when its undo window ends, look for what is unknown; until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            taken: set[str] = set()
            while True:
                self._work.clear()
                for item in self._store.outbox():
                    if item.id in taken:
                        continue
                    if item.state is OutboxState.HELD:
                        taken.add(item.id)
                        tasks.create_task(self._after_window(item, notify))
                    elif item.state is OutboxState.UNKNOWN:
                        taken.add(item.id)
                        tasks.create_task(self._look_until_known(item, notify))
                await self._work.wait()

    async def _after_window(self, item: OutboxItem, notify: Callable[[OutboxItem], None]) -> None:
        await self._clock.sleep(item.release_at - self._clock.now())
        current = self._store.outbox_item(item.id)
        if current is None or current.state is not OutboxState.HELD:
            return  # recalled meanwhile
        try:
            sent = await self.deliver(item.id)
        except KefuError as error:  # the disk refused the intent: nothing was sent, the item is still held
            notify(replace(current, problem=self._describe(error)))
            return
        notify(sent)
        if sent.state is OutboxState.UNKNOWN:
            await self._look_until_known(sent, notify)

    async def _look_until_known(self, item: OutboxItem, notify: Callable[[OutboxItem], None]) -> None:
        for pause in LOOK_AGAIN_AFTER:
            await self._clock.sleep(pause)
            try:
                found = await self.reconcile(item.id, final=pause is LOOK_AGAIN_AFTER[-1])
            except KefuError as error:
                notify(replace(item, problem=self._describe(error)))
                continue
            if found.state is not OutboxState.UNKNOWN:
                notify(found)
                return

    async def deliver(self, item_id: str) -> OutboxItem:
        """Send one approved reply now. The state `sending` is durable before the request leaves."""

        def start(item: OutboxItem) -> OutboxItem:
            if item.state is not OutboxState.HELD:
                raise NotAllowed(N_("only an approved reply can be sent"))
            return item.moved(OutboxState.SENDING)

        item = await self._move(item_id, start)
        channel = self._channels[item.request.account]
        if channel.capabilities.by_hand:
            return await self._move(item_id, lambda i: i.moved(OutboxState.TO_CONFIRM))
        try:
            receipt = await channel.reply(item.request, item.id)
        except OutcomeUnknown as error:
            problem = self._describe(error)
            return await self._move(item_id, lambda i: i.moved(OutboxState.UNKNOWN, problem=problem))
        except ChannelError as error:
            problem = self._describe(error)
            return await self._move(item_id, lambda i: i.moved(OutboxState.FAILED, problem=problem))
        return await self._sent(item_id, receipt)

    async def reconcile(self, item_id: str, *, final: bool = True) -> OutboxItem:
        """Look on the platform for a reply of unknown fate.

        Not finding it turns it into `failed` only when `final`: a slow server may still be publishing it.
        Raises `ChannelError` when the platform cannot be asked; the item stays unknown.
        """
        item = self._item(item_id)
        if item.state is not OutboxState.UNKNOWN:
            return item
        receipt = await self._channels[item.request.account].find_reply(item.request, item.id)
        if receipt is not None:
            return await self._sent(item_id, receipt)
        if not final:
            return item
        missing = KefuError(
            N_("the reply does not stand on the platform; the draft is kept, send it again by hand")
        )
        problem = self._describe(missing)
        return await self._move(item_id, lambda i: i.moved(OutboxState.FAILED, problem=problem))

    async def confirm(self, item_id: str, *, url: str | None = None) -> OutboxItem:
        """The founder says a reply posted by hand stands, or that an unknown one does."""
        item = self._item(item_id)
        if item.state not in (OutboxState.TO_CONFIRM, OutboxState.UNKNOWN):
            raise NotAllowed(N_("nothing to confirm here"))
        receipt = ReplyReceipt(post_id=f"by-hand/{item.id}", published_at=self._clock.now(), url=url)
        return await self._sent(item_id, receipt)

    async def _sent(self, item_id: str, receipt: ReplyReceipt) -> OutboxItem:
        """The reply stands: outbox, case and draft change in one record."""
        sent = self._item(item_id).moved(OutboxState.SENT, receipt=receipt)

        def change(view: StoreView) -> Changes:
            request = sent.request
            case = view.case(request.case_id)
            outbound = Outbound(
                id=sent.id,
                post_id=receipt.post_id,
                at=receipt.published_at,
                text=request.text,
                visibility=request.visibility,
                answers=request.answers,
                url=receipt.url,
            )
            return Changes(
                outbox=[sent],
                cases=[case.with_event(outbound)] if case else [],
                forget_drafts=[request.case_id],
            )

        await self._store.update(change)
        return sent

    def _item(self, item_id: str) -> OutboxItem:
        item = self._store.outbox_item(item_id)
        if item is None:
            raise NotFound(N_("this reply is not in the outbox"))
        return item

    async def _move(self, item_id: str, step: Callable[[OutboxItem], OutboxItem]) -> OutboxItem:
        moved: list[OutboxItem] = []

        def change(view: StoreView) -> Changes:
            item = view.outbox_item(item_id)
            if item is None:
                raise NotFound(N_("this reply is not in the outbox"))
            moved.append(step(item))
            return Changes(outbox=moved)

        await self._store.update(change)
        return moved[0]
