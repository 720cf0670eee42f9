"""What the founder's corrections have taught: rules, lessons, and the words the program now knows."""

from collections.abc import Iterator
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static
from textual.widgets.option_list import Option

from kefu_tui import wording
from kefu_tui.domain.errors import KefuError
from kefu_tui.domain.lessons import Learned, Lesson
from kefu_tui.domain.proposals import Decision
from kefu_tui.i18n import _, describe, ngettext
from kefu_tui.plain import one_line
from kefu_tui.services.bundle import Services
from kefu_tui.services.desk import Taken
from kefu_tui.tui.actions import with_twins
from kefu_tui.tui.rows import cut, fit
from kefu_tui.tui.screens.choice import Choice, ChoiceScreen
from kefu_tui.tui.widgets.key_bar import key_hints
from kefu_tui.tui.widgets.options import Options

LESSONS_SHOWN = 200
WORDS_SHOWN = 60
_TARGET_WIDTH = 10
_VALUE_WIDTH = 12
_BAR_WIDTH = 10


class LessonsScreen(ModalScreen[None]):
    """Read with `j` and `k`; `x` deletes the rule under the cursor, `f` forgets everything after asking."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,L", "app.pop_screen", "back", show=False),
        Binding(with_twins("j", "down"), "move(1)", "down", show=False),
        Binding(with_twins("k", "up"), "move(-1)", "up", show=False),
        Binding("ctrl+d,pagedown,space", "page(1)", "page down", show=False),
        Binding("ctrl+u,pageup", "page(-1)", "page up", show=False),
        Binding("x", "delete", "delete", show=False),
        Binding("f", "forget", "forget", show=False),
    ]

    def __init__(self, services: Services) -> None:
        super().__init__()
        self._services = services

    def compose(self) -> ComposeResult:
        with Vertical(id="lessons"):
            yield Static(_("What your corrections taught"), id="lessons-title", markup=False)
            yield Options(id="lessons-list", markup=False)
            yield Static(id="lessons-empty", markup=False)
            yield Static(id="lessons-foot", markup=False)

    def on_mount(self) -> None:
        self._show()
        self.query_one(Options).focus()

    def on_resize(self) -> None:
        self._show()

    def _width(self) -> int:
        """The cells of a line inside the box, as the style sheet lays it out."""
        return max(min(int(self.app.size.width * 0.94), 104) - 9, 30)

    def _show(self, said: str = "") -> None:
        corrections = self._services.corrections
        decisions, lessons = corrections.decisions(), corrections.lessons()
        is_empty = not (decisions or lessons)
        options = self.query_one(Options)
        place = options.highlighted
        options.clear_options()
        options.add_options([*self._rules(decisions), *self._lessons(lessons)])
        if lessons:
            options.add_options(self._words())
        options.display = not is_empty
        if options.option_count:
            options.highlighted = min(place if place is not None else 1, options.option_count - 1)
        empty = self.query_one("#lessons-empty", Static)
        empty.display = is_empty
        empty.update(_empty())
        foot = self._foot(said, rules=bool(decisions), lessons=bool(lessons))
        self.query_one("#lessons-foot", Static).update(foot)

    def _rules(self, decisions: list[Decision]) -> Iterator[Option]:
        if not decisions:
            return
        yield _heading(ngettext("{n} rule", "{n} rules", len(decisions)).format(n=len(decisions)))
        for decision in decisions:
            name = cut(one_line(decision.rule.name), self._width() - 24)
            state = "" if decision.accepted else "  " + _("never propose this")
            yield Option(Content.assemble(("  " + name, "bold"), (state, "$muted")), id=decision.key)

    def _lessons(self, lessons: list[Lesson]) -> Iterator[Option]:
        if not lessons:
            return
        yield _heading(
            ngettext("{n} lesson, newest first", "{n} lessons, newest first", len(lessons)).format(
                n=len(lessons)
            )
        )
        for lesson in lessons[:LESSONS_SHOWN]:
            when = f"{lesson.at.astimezone(self._services.zone):%m-%d %H:%M}"
            value = wording.corrected_value(lesson.target, lesson.value)
            room = self._width() - 17 - _VALUE_WIDTH - _TARGET_WIDTH
            yield Option(
                Content.assemble(
                    (f"  {when}  ", "$muted"),
                    (fit(wording.target(lesson.target), _TARGET_WIDTH), "$muted"),
                    (fit(value, _VALUE_WIDTH), "bold"),
                    (" " + cut(one_line(lesson.text), room), "$foreground"),
                )
            )

    def _words(self) -> Iterator[Option]:
        learned = list(self._services.corrections.learned())[:WORDS_SHOWN]
        if not learned:
            return
        yield _heading(_("Words that now speak for something, the loudest first"))
        loudest = max(abs(one.weight) for one in learned) or 1.0
        for one in learned:
            yield Option(self._word(one, loudest))

    def _word(self, one: Learned, loudest: float) -> Content:
        value = wording.corrected_value(one.target, one.value)
        length = max(round(abs(one.weight) / loudest * _BAR_WIDTH), 1)
        bar = "█" * length + "·" * (_BAR_WIDTH - length)
        words = fit(one_line(one.words), max(self._width() - _VALUE_WIDTH - _TARGET_WIDTH - 24, 8))
        return Content.assemble(
            (f"  {words} ", "$foreground"),
            (fit(wording.target(one.target), _TARGET_WIDTH), "$muted"),
            (fit(value, _VALUE_WIDTH), "bold"),
            (f" {one.weight:+6.2f} ", "$muted"),
            (bar, "$primary" if one.weight > 0 else "$error"),
        )

    def _foot(self, said: str, *, rules: bool, lessons: bool) -> Content:
        hints = [(" x ", _("delete the rule") + "  ")] if rules else []
        if rules or lessons:
            hints.append((" f ", _("forget everything") + "  "))
        hints.append((" esc ", _("back")))
        line = key_hints(hints)
        if said:
            line = Content.assemble((f" {said} ", "bold $on-p on $primary"), "  ") + line
        return line

    def action_move(self, rows: int) -> None:
        self.query_one(Options).move(rows)

    def action_page(self, pages: int) -> None:
        self.query_one(Options).page(pages)

    @work(group="act")
    async def action_delete(self) -> None:
        options = self.query_one(Options)
        chosen = None if options.highlighted is None else options.get_option_at_index(options.highlighted)
        if chosen is None or chosen.id is None:
            self.app.bell()
            return
        try:
            taken = await self._services.corrections.forget_rule(chosen.id)
        except KefuError as error:
            self._show(one_line(describe(error)))
            return
        self._show(_words_of(taken))

    @work(group="act")
    async def action_forget(self) -> None:
        corrections = self._services.corrections
        if not (corrections.decisions() or corrections.lessons()):
            self.app.bell()
            return
        question = _("Forget every lesson and every rule?")
        note = Content.assemble(
            (_("Cases you have put right stay as they are. u at the desk takes this back."), "$muted")
        )
        choices = [Choice("no", "n", _("Keep them")), Choice("yes", "y", _("Forget everything"))]
        chosen = await self.app.push_screen_wait(ChoiceScreen(question, choices, note=note))
        if chosen is None or chosen.value != "yes":
            return
        try:
            taken = await corrections.forget_all()
        except KefuError as error:
            self._show(one_line(describe(error)))
            return
        self._show(_words_of(taken))


def _words_of(taken: Taken) -> str:
    return wording.done(taken.verb, taken.cases, taken.detail)


def _heading(words: str) -> Option:
    return Option(Content.assemble((words, "bold $primary")), disabled=True)


def _empty() -> Content:
    keys = (
        ("p", _("its priority")),
        ("c", _("its category")),
        ("m", _("its mood")),
        ("x", _("into the noise, or out of it")),
    )
    lines = [
        Content.assemble((_("Nothing yet."), "bold")),
        Content.assemble((_("Where kefu judges a case wrongly, put it right on its row:"), "$muted")),
        Content(""),
        *(Content.assemble((f"  {key}  ", "bold $primary"), (words, "$foreground")) for key, words in keys),
        Content(""),
        Content.assemble(
            (
                _(
                    "It holds at once, and kefu learns from it. When you put the same thing right a second"
                    " time, it offers to make it a rule."
                ),
                "$muted",
            )
        ),
    ]
    return Content("\n").join(lines)
