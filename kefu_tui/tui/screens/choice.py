"""A short question with a few answers, each on a key: snoozing, closing, leaving."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from kefu_tui.tui.widgets.options import Options


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer: what is returned, the key that picks it, and its words."""

    value: str
    key: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The answer: a choice's value, or what was typed instead."""

    value: str
    typed: bool = False


class ChoiceScreen(ModalScreen[Chosen | None]):
    """Asks; Enter takes the highlighted answer, a key takes its own, Escape takes none.

    With `prompt` an answer can also be typed in words.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "cancel", show=False),
        Binding("j", "move(1)", "down", show=False),
        Binding("k", "move(-1)", "up", show=False),
    ]

    def __init__(self, question: str, choices: Sequence[Choice], *, prompt: str = "") -> None:
        super().__init__()
        self._question = question
        self._choices = list(choices)
        self._prompt = prompt
        for choice in choices:
            self._bindings.bind(choice.key, f"choose({choice.value!r})", choice.label, show=False)

    def compose(self) -> ComposeResult:
        with Vertical(id="choice"):
            yield Static(self._question, id="choice-question", markup=False)
            yield Options(*map(_option, self._choices), id="choice-list", markup=False)
            if self._prompt:
                yield Input(placeholder=self._prompt, id="choice-input")

    def on_mount(self) -> None:
        options = self.query_one(Options)
        options.highlighted = 0
        options.focus()

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(Chosen(self._choices[event.option_index].value))

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        if event.value.strip():
            self.dismiss(Chosen(event.value.strip(), typed=True))

    def action_choose(self, value: str) -> None:
        self.dismiss(Chosen(value))

    def action_move(self, rows: int) -> None:
        self.query_one(Options).move(rows)

    def action_cancel(self) -> None:
        self.dismiss(None)


def _option(choice: Choice) -> Option:
    return Option(
        Content.assemble(
            (f" {choice.key} ", "bold $primary"), f" {choice.label}", (f"  {choice.hint}", "$muted")
        )
    )
