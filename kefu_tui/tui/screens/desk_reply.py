"""From a row to a reply on its way: composer, script, review, outbox."""

from dataclasses import replace

from textual import on, work

from kefu_tui import wording
from kefu_tui.domain.errors import KefuError, NotAllowed
from kefu_tui.domain.feed import CaseSummary
from kefu_tui.domain.mention import Mention
from kefu_tui.domain.outbox import OutboxItem, OutboxState, ReplyRequest
from kefu_tui.domain.script import Rendered, Script
from kefu_tui.domain.tone import Finding, clause_around
from kefu_tui.i18n import _, describe
from kefu_tui.plain import one_line
from kefu_tui.ports import TextLength
from kefu_tui.tui.editor import edit_text
from kefu_tui.tui.rows import cut
from kefu_tui.tui.screens.choice import Choice, ChoiceScreen
from kefu_tui.tui.screens.desk_base import NEEDS_A_LOOK, DeskBase
from kefu_tui.tui.screens.review import ReviewScreen
from kefu_tui.tui.screens.save_script import SaveScript
from kefu_tui.tui.screens.script_picker import ScriptPicker
from kefu_tui.tui.tone_lines import SHORT, earlier_line, finding_line
from kefu_tui.tui.widgets.composer import Composer

TOLD_AT_ONCE = 3  # findings under the text; the review tells all


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
        self._tell_earlier(case_id)

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

    @work(group="earlier", exclusive=True)
    async def _tell_earlier(self, case_id: str) -> None:
        """What others were told who wrote alike; then how the draft sounds against all we have said."""
        found = await self.services.consistency.similar(case_id)
        if self.composer.case_id == case_id:
            width = self.composer.size.width or self.size.width
            told = found[: 1 if self.size.height < SHORT else len(found)]
            self.composer.show_earlier([earlier_line(one, self.services.zone, width - 2) for one in told])
            self._show_tone()

    def _show_tone(self) -> None:
        """Say under the text what will sound wrong in it."""
        case_id = self.composer.case_id
        if case_id is None:
            return
        findings = [self._worded(case_id, finding) for finding in self._findings(case_id, self.composer.text)]
        is_short = self.size.height < SHORT
        width = max(self.composer.size.width - 2, 20) if is_short else None
        told = findings[: 1 if is_short else TOLD_AT_ONCE]
        self.composer.show_findings([finding_line(finding, width) for finding in told])

    def _findings(self, case_id: str, text: str) -> tuple[Finding, ...]:
        try:
            return self.services.consistency.findings(self.services.desk.request(case_id, text))
        except KefuError:
            return ()  # the target has gone; the line under the text says so

    def _worded(self, case_id: str, finding: Finding) -> Finding:
        """The finding with its proposal as this customer would read it."""
        return replace(finding, better=self._rendered(case_id, finding.better))

    def _rendered(self, case_id: str, body: str) -> str:
        summary = self.services.feed.summary(case_id)
        local = self.services.clock.now().astimezone(self.services.zone)
        return self.services.scripts.render_text(body, summary.case, summary.lead, local).text

    @on(Composer.BetterWanted)
    def _take_better(self, message: Composer.BetterWanted) -> None:
        """Put the proposal in the place of the clause that holds the words; `ctrl+z` takes it back."""
        found = next(
            (f for f in self._findings(message.case_id, message.text) if f.end and not f.blocks), None
        )
        if found is None:
            self.say(_("Nothing to put better."))
            return
        start, end = clause_around(message.text, found.start, found.end)
        words = self._rendered(message.case_id, found.better)
        if end < len(message.text):  # the sentence goes on with a mark of its own
            words = words.rstrip("。.！!")
        self.composer.replace_part(start, end, words)
        self._show_tone()

    @on(Composer.EditorWanted)
    @work(group="act")
    async def _write_in_editor(self, message: Composer.EditorWanted) -> None:
        """The text in the founder's own editor; one that fails changes nothing."""
        await self.attempt(self.services.desk.save_draft(message.case_id, message.text))
        try:
            written = await edit_text(self.app, message.text)
        except KefuError as error:
            self.say(describe(error), warn=True)
            return
        if written is not None and self.composer.case_id == message.case_id:
            self.composer.rewrite(written)
            await self.attempt(self.services.desk.save_draft(message.case_id, written))

    def action_keep_as_script(self) -> None:
        """Our last reply in the case under the cursor becomes a script."""
        if (summary := self.current()) is None:
            return
        if not summary.case.outbounds:
            self.say(_("There is no reply of ours in this case yet."), warn=True)
            return
        self._keep_as_script(summary.case.id, summary.case.outbounds[-1].text)

    @on(Composer.ToKeepAsScript)
    def _keep_text_as_script(self, message: Composer.ToKeepAsScript) -> None:
        if message.text.strip():
            self._keep_as_script(message.case_id, message.text)

    @work(group="act")
    async def _keep_as_script(self, case_id: str, text: str) -> None:
        scripts, summary = self.services.scripts, self.services.feed.summary(case_id)
        body = scripts.as_template(text, summary.case, summary.lead)
        new = await self.app.push_screen_wait(SaveScript(body, scripts.language_of(body), scripts.score))
        if new is None:
            return
        added = await self.attempt(scripts.add(new))
        if added is not None:
            self.say(_("Script kept: {place}").format(place=one_line(added.origin)))

    def _length(self, request: ReplyRequest) -> TextLength:
        return self.services.channels[request.account].length(request)

    @on(Composer.Edited)
    def _edited(self) -> None:
        self.show_target()

    @on(Composer.DraftChanged)
    async def _keep_draft(self, message: Composer.DraftChanged) -> None:
        await self.attempt(self.services.desk.save_draft(message.case_id, message.text))
        self._show_tone()

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
            services.scripts.problems,
            services.scripts.uses,
            services.scripts.score,
        )
        rendered = await self.app.push_screen_wait(picker)
        if rendered is not None and self.composer.case_id == case_id:
            self.composer.insert(rendered.text)
            self._show_tone()
            if picker.chosen is not None:
                await self.attempt(services.scripts.note_use(picker.chosen.id))

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
        await self.services.consistency.prepare()
        findings = [
            self._worded(request.case_id, finding) for finding in self.services.consistency.findings(request)
        ]
        review = ReviewScreen(
            request, answered, self._length(request), problem, by_hand=by_hand, findings=findings
        )
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
