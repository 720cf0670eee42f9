"""Closing, reopening, snoozing, and taking it back."""

from collections.abc import Awaitable, Callable, Sequence

from textual import work

from kefu_tui import wording
from kefu_tui.domain.errors import KefuError
from kefu_tui.domain.feed import CaseSummary
from kefu_tui.domain.outbox import OutboxState
from kefu_tui.domain.verdict import Category
from kefu_tui.domain.when import parse_when
from kefu_tui.i18n import _, describe
from kefu_tui.services.desk import Taken, snooze_choices
from kefu_tui.services.feed import neighbour
from kefu_tui.tui.screens.choice import Choice, ChoiceScreen
from kefu_tui.tui.screens.desk_base import DeskBase

SNOOZE_KEYS = "abcde"  # no moment in words begins with one of these


class TriageActions(DeskBase):
    """Acts on the marked cases, else on the one under the cursor; they are taken when the key is pressed."""

    @work(group="act")
    async def action_close(self) -> None:
        targets = self.targets()
        neglected = [one for one in targets if one.unanswered and not one.case.outbounds]
        reason = None
        if neglected and all(one.verdict.category is Category.NOISE for one in neglected):
            reason = "spam"
        elif neglected:
            # customers who never got a word: the founder says why, so that it is a decision and not neglect
            reason = await self._ask_why(targets)
            if reason is None:
                return
        if (neglected and reason != "spam") or await self.sure(_("Close them?"), targets):
            await self._take(targets, lambda ids: self.services.desk.close(ids, without_reply_because=reason))

    async def _ask_why(self, targets: Sequence[CaseSummary]) -> str | None:
        choices = [
            Choice(reason, key, wording.close_reason(reason))
            for reason, key in zip(wording.CLOSE_REASONS, "eabcdf", strict=False)
        ]
        question = _("Nobody has answered this yet. Close it because …")
        screen = ChoiceScreen(f"{self.about(targets)} · {question}", choices)
        chosen = await self.app.push_screen_wait(screen)
        return None if chosen is None else chosen.value

    async def _take(
        self, targets: Sequence[CaseSummary], act: Callable[[Sequence[str]], Awaitable[Taken]]
    ) -> None:
        """Take one act on all of them: one step of undo. Their rows turn grey where they stand."""
        case_ids = [summary.case.id for summary in targets]
        taken = await self.attempt(act(case_ids)) if case_ids else None
        if taken is None or not taken.cases:
            return
        self.acted.update(case_ids)
        following = neighbour(self.list.case_ids, case_ids[0]) if len(case_ids) == 1 else None
        self.unmark()
        self.refresh_feed()
        if following is not None:
            self.list.cursor = following
        self.say(wording.done(taken.verb, taken.cases))

    @work(group="act")
    async def action_reopen(self) -> None:
        targets = self.targets()
        case_ids = [summary.case.id for summary in targets]
        if not case_ids or not await self.sure(_("Open them again?"), targets):
            return
        taken = await self.attempt(self.services.desk.reopen(case_ids))
        if taken is not None and not taken.cases:
            taken = await self.attempt(self.services.desk.wake(case_ids))
        self.acted.difference_update(case_ids)
        self.unmark()
        self.refresh_feed()
        if taken is not None and taken.cases:
            self.say(wording.done(taken.verb, taken.cases))

    @work(group="act")
    async def action_snooze(self) -> None:
        await self._snooze(hold=False)

    @work(group="act")
    async def action_hold(self) -> None:
        await self._snooze(hold=True)

    async def _snooze(self, *, hold: bool) -> None:
        targets = self.targets()
        if not targets:
            return
        now = self.services.clock.now().astimezone(self.services.zone)
        presets = {choice.id: choice.until for choice in snooze_choices(now)}
        choices = [
            Choice(name, key, wording.snooze_choice(name), f"{until:%m-%d %H:%M}")
            for (name, until), key in zip(presets.items(), SNOOZE_KEYS, strict=False)
        ]
        question = _("Hold until") if hold else _("Snooze until; wakes when the customer writes")
        prompt = _("or in words: 45m, 18:30, fri 3pm")

        def refuse(words: str) -> str:
            try:
                until = parse_when(words, now)
            except KefuError as error:
                return describe(error)
            return "" if until > now else _("that moment has already passed")

        screen = ChoiceScreen(f"{self.about(targets)} · {question}", choices, prompt=prompt, refuse=refuse)
        chosen = await self.app.push_screen_wait(screen)
        if chosen is None:
            return
        until = parse_when(chosen.value, now) if chosen.typed else presets[chosen.value]
        await self._take(targets, lambda ids: self.services.desk.snooze(ids, until, hold=hold))

    @work(group="act")
    async def action_undo(self) -> None:
        """Take back the newest reply that is still held; else the last act of triage."""
        held = [item for item in self.services.store.outbox() if item.state is OutboxState.HELD]
        if held:
            newest = max(held, key=lambda item: item.approved_at)
            if await self.attempt(self.services.outbox.recall(newest.id)) is not None:
                self.acted.discard(newest.request.case_id)
                self.refresh_feed()
                self.show_case(newest.request.case_id)
                self.reopen_draft(newest.request.case_id)
                self.say(_("Recalled; nothing was sent. The text is back in the draft."))
            return
        taken = await self.attempt(self.services.desk.undo())
        if taken is None:
            self.say(_("Nothing to undo."))
            return
        self.acted.clear()
        self.stays.clear()
        self.refresh_feed()
        self.say(wording.undone(taken.verb, taken.cases, taken.detail))

    @work(group="act")
    async def action_redo(self) -> None:
        taken = await self.attempt(self.services.desk.redo())
        self.refresh_feed()
        words = wording.redone(taken.verb, taken.cases, taken.detail) if taken else _("Nothing to redo.")
        self.say(words)
