"""From a row to a reply on its way: composer, script, review, outbox."""

from textual import on, work

from kefu_tui import wording
from kefu_tui.domain.errors import KefuError, NotAllowed
from kefu_tui.domain.feed import CaseSummary
from kefu_tui.domain.mention import Mention
from kefu_tui.domain.outbox import OutboxItem, OutboxState, ReplyRequest
from kefu_tui.domain.script import Rendered, Script
from kefu_tui.i18n import _, describe
from kefu_tui.plain import one_line
from kefu_tui.ports import TextLength
from kefu_tui.tui.rows import cut
from kefu_tui.tui.screens.choice import Choice, ChoiceScreen
from kefu_tui.tui.screens.desk_base import NEEDS_A_LOOK, DeskBase
from kefu_tui.tui.screens.review import ReviewScreen
from kefu_tui.tui.screens.script_picker import ScriptPicker
from kefu_tui.tui.widgets.composer import Composer


class ReplyActions(DeskBase):
    """Writing and sending. A text belongs to the case it was begun for, whatever the list does meanwhile."""

    def action_reply(self) -> None:
        if (summary := self.current()) is not None and self._can_answer(summary):
            self.reopen_draft(summary.case.id)

    @work(group="act")
    async def action_script(self) -> None:
        summary = self.current()
        if summary is None or not self._can_answer(summary):
            return
        self.reopen_draft(summary.case.id)
        await self._pick_script(summary.case.id)

    def _can_answer(self, summary: CaseSummary) -> bool:
        channel = self.services.channels.get(summary.case.account)
        if channel is None or not (channel.capabilities.reply or channel.capabilities.by_hand):
            self.say(_("This account can only be read; o opens the post in the browser."), warn=True)
            return False
        return True

    def reopen_draft(self, case_id: str) -> None:
        draft = self.services.store.draft(case_id)
        self.open_side()
        self.composer.open_for(case_id, draft.text if draft else "")
        self.show_target()

    def show_target(self) -> None:
        """Say under the text where it goes and how long it is."""
        case_id = self.composer.case_id
        if case_id is None:
            return
        try:
            request = self.services.desk.request(case_id, self.composer.text)
        except KefuError as error:
            self.say(describe(error), warn=True)
            return
        self.composer.describe(request, self._length(request), "")

    def _length(self, request: ReplyRequest) -> TextLength:
        return self.services.channels[request.account].length(request)

    @on(Composer.Edited)
    def _edited(self) -> None:
        self.show_target()

    @on(Composer.DraftChanged)
    async def _keep_draft(self, message: Composer.DraftChanged) -> None:
        await self.attempt(self.services.desk.save_draft(message.case_id, message.text))

    @on(Composer.Left)
    async def _left(self, message: Composer.Left) -> None:
        await self.attempt(self.services.desk.save_draft(message.case_id, message.text))
        self.composer.close()
        self.list.focus()
        self.refresh_feed()

    @on(Composer.ScriptWanted)
    @work(group="act")
    async def _script_wanted(self, message: Composer.ScriptWanted) -> None:
        await self._pick_script(message.case_id)

    async def _pick_script(self, case_id: str) -> None:
        services = self.services
        summary = services.feed.summary(case_id)
        case, lead = summary.case, summary.lead
        local = services.clock.now().astimezone(services.zone)

        def render(script: Script) -> Rendered:
            return services.scripts.render(script, case, lead, local)

        picker = ScriptPicker(
            lambda typed: services.scripts.find(typed, case, lead, summary.verdict.category),
            render,
            services.scripts.problems(),
        )
        rendered = await self.app.push_screen_wait(picker)
        if rendered is not None and self.composer.case_id == case_id:
            self.composer.insert(rendered.text)

    @on(Composer.ReviewWanted)
    @work(group="act")
    async def _review(self, message: Composer.ReviewWanted) -> None:
        await self.attempt(self.services.desk.save_draft(message.case_id, message.text))
        try:
            request = self.services.desk.request(message.case_id, message.text)
            answered = self._answered(request)
        except KefuError as error:
            self.say(describe(error), warn=True)
            return
        problem = ""
        try:
            self.services.outbox.check(request)
        except NotAllowed as error:
            problem = describe(error)
        by_hand = self.services.channels[request.account].capabilities.by_hand
        review = ReviewScreen(request, answered, self._length(request), problem, by_hand=by_hand)
        if await self.app.push_screen_wait(review):
            await self._approve(request)

    def _answered(self, request: ReplyRequest) -> list[Mention]:
        """What the customer said that this reply answers; with nothing waiting, the post it is put under."""
        store = self.services.store
        waiting = [mention for key in request.answers if (mention := store.mention(key)) is not None]
        return waiting or [self.services.desk.target(self.services.feed.summary(request.case_id).case)]

    async def _approve(self, request: ReplyRequest) -> None:
        template = self.composer.template
        item = await self.attempt(self.services.outbox.approve(request, template=template))
        if item is None:
            return
        self.composer.close()
        self.acted.add(request.case_id)
        self.list.focus()
        self.refresh_feed()

    @work(group="by-hand")
    async def offer_by_hand(self, item: OutboxItem) -> None:
        """A channel without an API: copy, open, and ask whether it stands."""
        self.app.copy_to_clipboard(item.request.text)
        if item.request.target_url:
            self.open_link(item.request.target_url)
        choices = [
            Choice("sent", "y", _("It stands on the platform now")),
            Choice("later", "l", _("Later; it waits among the replies that need a look")),
            Choice("recall", "u", _("Not sent; back to the draft")),
        ]
        chosen = await self.app.push_screen_wait(
            ChoiceScreen(_("The reply is copied. Post it, then say so."), choices)
        )
        if chosen is None or chosen.value == "later":
            return
        outbox = self.services.outbox
        if chosen.value == "sent":
            await self.attempt(outbox.confirm(item.id))
        else:
            await self.attempt(outbox.recall(item.id))
        self.refresh_feed()

    @work(group="act")
    async def action_outbox(self) -> None:
        """Replies that need a look: unknown, refused, to be confirmed."""
        items = [item for item in self.services.store.outbox() if item.state in NEEDS_A_LOOK]
        if not items:
            self.say(_("No reply needs a look."))
            return
        choices = [
            Choice(item.id, key, self._item_line(item)) for item, key in zip(items, "123456789", strict=False)
        ]
        chosen = await self.app.push_screen_wait(ChoiceScreen(_("Replies that need a look"), choices))
        item = next((i for i in items if chosen is not None and i.id == chosen.value), None)
        if item is None:
            return
        self.show_case(item.request.case_id)
        if item.state is OutboxState.TO_CONFIRM:
            self.offer_by_hand(item)
        elif item.state is OutboxState.UNKNOWN:
            await self._look(item)
        else:
            self.reopen_draft(item.request.case_id)

    async def _look(self, item: OutboxItem) -> None:
        """Look on the platform; when it cannot be found the founder decides."""
        found = await self.attempt(self.services.outbox.reconcile(item.id))
        if found is not None and found.state is OutboxState.FAILED:
            self.say(_("It does not stand on the platform. The text is in the draft."), warn=True)
            self.reopen_draft(item.request.case_id)
        elif found is not None:
            self.say(_("Found: the reply stands."))
        self.refresh_feed()

    def _item_line(self, item: OutboxItem) -> str:
        state = wording.outbox_state(item.state)
        return f"{state} → @{one_line(item.request.target_handle)}  {cut(one_line(item.request.text), 30)}"
