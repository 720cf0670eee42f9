"""What the founder writes on a case for themselves: tags, the star, notes. It moves no clock and no row."""

from collections import Counter

from textual import work

from kefu_tui import wording
from kefu_tui.i18n import _
from kefu_tui.plain import one_line
from kefu_tui.services.bundle import Services
from kefu_tui.services.desk import Taken
from kefu_tui.tui.screens.choice import Choice, ChoiceScreen
from kefu_tui.tui.screens.desk_base import DeskBase
from kefu_tui.tui.screens.note import NoteScreen

STAR = "★"
_TAG_KEYS = "123456789"


class RemarkActions(DeskBase):
    """Writes on the marked cases, else on the one under the cursor; they keep their places."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._begun_note: dict[str, str] = {}  # notes left before they were kept, by case

    @work(group="act")
    async def action_tag(self) -> None:
        targets = self.targets()
        if not targets:
            return
        used = Counter(tag for summary in self.services.feed.summaries() for tag in summary.tags)
        for summary in targets:
            used.update(dict.fromkeys(summary.tags, len(used) + 1))  # its own first: they can be taken off
        choices = [
            Choice(tag, key, f"#{one_line(tag)}", _("take off") if self._all_have(tag) else "")
            for (tag, _count), key in zip(used.most_common(), _TAG_KEYS, strict=False)
        ]
        prompt = _("or a new word")
        screen = ChoiceScreen(f"{self.about(targets)} · " + _("Tag"), choices, prompt=prompt)
        chosen = await self.app.push_screen_wait(screen)
        if chosen is not None:
            await self._tag(chosen.value.lstrip("#"))

    @work(group="act")
    async def action_star(self) -> None:
        await self._tag(STAR)

    def _all_have(self, tag: str) -> bool:
        return all(tag in summary.tags for summary in self.targets())

    async def _tag(self, tag: str) -> None:
        """Put a tag on; where all have it, take it off."""
        case_ids = [summary.case.id for summary in self.targets()]
        if not case_ids:
            return
        on = not self._all_have(tag)
        self._say_taken(case_ids, await self.attempt(self.services.desk.tag(case_ids, tag, on=on)))

    @work(group="act")
    async def action_note(self) -> None:
        targets = self.targets()
        if not targets:
            return
        case_ids = [summary.case.id for summary in targets]
        begun = self._begun_note.pop(case_ids[0], "")
        text, keep = await self.app.push_screen_wait(NoteScreen(self.about(targets), begun))
        taken = await self.attempt(self.services.desk.note(case_ids, text)) if keep and text.strip() else None
        if taken is None and text.strip():
            self._begun_note[case_ids[0]] = text
            if not keep:
                self.say(_("Not kept; the key brings the text back."))
            return
        self._say_taken(case_ids, taken)

    def _say_taken(self, case_ids: list[str], taken: Taken | None) -> None:
        if taken is None:
            return
        self.stays.update(case_ids)
        self.unmark()
        self.refresh_feed()
        words = wording.done(taken.verb, taken.cases, taken.detail)
        self.say(words if taken.cases else _("It is so already."))
