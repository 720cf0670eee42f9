"""Putting the program right: priority, category, mood, noise; and what that has taught it."""

from collections.abc import Sequence

from textual import work
from textual.content import Content

from kefu_tui import wording
from kefu_tui.domain.feed import CaseSummary
from kefu_tui.domain.lessons import NO, YES, Target
from kefu_tui.domain.proposals import Basis, Proposal
from kefu_tui.domain.verdict import Category, Priority, Sentiment
from kefu_tui.i18n import _
from kefu_tui.services.corrections import shown
from kefu_tui.tui.screens.choice import Choice, ChoiceScreen
from kefu_tui.tui.screens.desk_base import DeskBase
from kefu_tui.tui.screens.lessons import LessonsScreen
from kefu_tui.tui.thread import verdict_line

_CATEGORY_KEYS = "1234567890x"


class CorrectionActions(DeskBase):
    """Corrects the marked cases, else the one under the cursor; they keep their places, and it the cursor.

    A correction is about what stood on the screen when its key was pressed: what a poll brings while the
    question is open is judged on its own.
    """

    @work(group="act")
    async def action_priority(self) -> None:
        choices = [Choice(p.name, str(p.value), wording.priority_choice(p)) for p in Priority]
        await self._ask_and_correct(Target.PRIORITY, _("Priority"), choices)

    @work(group="act")
    async def action_category(self) -> None:
        choices = [
            Choice(category.value, key, wording.category(category))
            for category, key in zip(Category, _CATEGORY_KEYS, strict=True)
        ]
        await self._ask_and_correct(Target.CATEGORY, _("Category"), choices)

    @work(group="act")
    async def action_mood(self) -> None:
        choices = [
            Choice(mood.value, key, wording.sentiment(mood))
            for mood, key in zip(Sentiment, "123", strict=True)
        ]
        await self._ask_and_correct(Target.SENTIMENT, _("Mood"), choices)

    @work(group="act")
    async def action_noise(self) -> None:
        targets = self.targets()
        value = NO if targets and all(summary.is_noise for summary in targets) else YES
        question = _("Put them with the noise?") if value == YES else _("Take them out of the noise?")
        if targets and await self.sure(question, targets):
            await self._correct(targets, Target.NOISE, value)

    async def _ask_and_correct(self, target: Target, title: str, choices: Sequence[Choice]) -> None:
        targets = self.targets()
        if not targets:
            return
        now = self.services.clock.now()
        present = {shown(summary, target, now) for summary in targets}
        told = [
            Choice(one.value, one.key, one.label, _("now") if one.value in present else "") for one in choices
        ]
        note = verdict_line(targets[0], now) if len(targets) == 1 else None
        start = next(iter(present)) if len(present) == 1 else None
        screen = ChoiceScreen(f"{self.about(targets)} · {title}", told, note=note, start=start)
        chosen = await self.app.push_screen_wait(screen)
        if chosen is not None:
            await self._correct(targets, target, chosen.value)

    async def _correct(self, targets: Sequence[CaseSummary], target: Target, value: str) -> None:
        case_ids = [summary.case.id for summary in targets]
        as_of = max(inbound.seen_at for summary in targets for inbound in summary.case.inbounds)
        taken = await self.attempt(self.services.corrections.correct(case_ids, target, value, as_of=as_of))
        if taken is None:
            return
        self.unmark()
        if not taken.cases:
            self.say(_("It is so already."))
            return
        for case_id in case_ids:
            self._keep_place(case_id)
        self.refresh_feed()
        self.say(wording.done(taken.verb, taken.cases, taken.detail))
        learned = Target.NOISE if taken.verb == "correct_noise" else target
        proposal = await self.services.corrections.proposal(case_ids[-1], learned)
        if proposal is not None:
            await self._propose(proposal)

    def _keep_place(self, case_id: str) -> None:
        """Let a corrected row stand where it is: greyed where it is noise now."""
        corrected = self.summary(case_id)
        (self.acted if corrected is not None and corrected.is_noise else self.stays).add(case_id)
        if corrected is not None and not corrected.is_noise:
            self.acted.discard(case_id)

    async def _propose(self, proposal: Proposal) -> None:
        """Offer a rule; what is refused for good is not offered again."""
        names = {basis: wording.rule_name(proposal, basis) for basis in proposal.bases}
        labels = {Basis.KEYWORD: _("By the words"), Basis.AUTHOR: _("By the author")}
        keys = {Basis.KEYWORD: "w", Basis.AUTHOR: "a"}
        choices = [
            *(Choice(basis.value, keys[basis], labels[basis], names[basis]) for basis in proposal.bases),
            Choice("later", "n", _("Not now")),
            Choice("never", "v", _("Never for this")),
        ]
        value = wording.corrected_value(proposal.target, proposal.value)
        note = Content.assemble(
            (
                _("You have put something like this right before. The next one can come in so by itself."),
                "$muted",
            )
        )
        question = _("Make it a rule? → {value}").format(value=value)
        # nobody has asked for this question: an Enter on its way to the list must make no rule
        screen = ChoiceScreen(question, choices, note=note, start="later")
        chosen = await self.app.push_screen_wait(screen)
        if chosen is None or chosen.value == "later":
            return
        corrections = self.services.corrections
        if chosen.value == "never":
            taken = await self.attempt(corrections.refuse(proposal, names))
        else:
            basis = Basis(chosen.value)
            taken = await self.attempt(corrections.accept(proposal, basis, names[basis]))
        if taken is not None:
            self.say(wording.done(taken.verb, taken.cases, taken.detail))

    def action_lessons(self) -> None:
        self.app.push_screen(LessonsScreen(self.services))
