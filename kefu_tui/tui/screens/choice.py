"""A short question with a few answers, each on a key: snoozing, closing, leaving."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from kefu_tui.tui.actions import with_twins
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


class WordsInput(Input):
    """Takes an answer in words. While it is empty the choices' keys work as if it were not there."""

    @dataclass
    class KeyPicked(Message):
        """A choice's key was pressed with nothing typed."""

        key: str

    def __init__(self, keys: frozenset[str], *, placeholder: str) -> None:
        super().__init__(placeholder=placeholder, id="choice-input")
        self._keys = keys

    async def _on_key(self, event: events.Key) -> None:
        if not self.value and event.character in self._keys:
            event.stop()
            event.prevent_default()
            self.post_message(self.KeyPicked(event.character))
            return
        await super()._on_key(event)


class ChoiceScreen(ModalScreen[Chosen | None]):
    """Asks; Enter takes the highlighted answer, a key takes its own, Escape takes none.

    `note` says under the question what helps to answer it; `start` is the value highlighted at first. With
    `prompt` an answer can also be typed in words; `refuse` says why the words cannot be taken
    (empty when they can), and the question stays open.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "cancel", show=False),
        Binding(with_twins("j", "down"), "move(1)", "down", show=False),
        Binding(with_twins("k", "up"), "move(-1)", "up", show=False),
    ]

    def __init__(
        self,
        question: str,
        choices: Sequence[Choice],
        *,
        note: Content | None = None,
        start: str | None = None,
        prompt: str = "",
        refuse: Callable[[str], str] = lambda _words: "",
    ) -> None:
        super().__init__()
        self._question = question
        self._choices = list(choices)
        self._note = note
        self._start = start
        self._prompt = prompt
        self._refuse = refuse
        for choice in choices:
            self._bindings.bind(with_twins(choice.key), f"choose({choice.value!r})", choice.label, show=False)

    def compose(self) -> ComposeResult:
        with Vertical(id="choice"):
            yield Static(self._question, id="choice-question", markup=False)
            if self._note is not None:
                yield Static(self._note, id="choice-note", markup=False)
            yield Options(*map(_option, self._choices), id="choice-list", markup=False)
            if self._prompt:
                keys = frozenset(choice.key for choice in self._choices)
                yield WordsInput(keys, placeholder=self._prompt)
                yield Static(id="choice-problem", markup=False)

    def on_mount(self) -> None:
        options = self.query_one(Options)
        values = [choice.value for choice in self._choices]
        if values:
            options.highlighted = values.index(self._start) if self._start in values else 0
        if self._prompt:
            options.can_focus = False
            self.query_one(WordsInput).focus()
        else:
            options.focus()

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(Chosen(self._choices[event.option_index].value))

    @on(WordsInput.KeyPicked)
    def _picked(self, event: WordsInput.KeyPicked) -> None:
        self.dismiss(Chosen(next(choice.value for choice in self._choices if choice.key == event.key)))

    @on(Input.Submitted)
    def _typed(self, event: Input.Submitted) -> None:
        words = event.value.strip()
        if not words:
            chosen = self._choices[self.query_one(Options).highlighted or 0] if self._choices else None
            self.dismiss(None if chosen is None else Chosen(chosen.value))
        elif problem := self._refuse(words):
            self.query_one("#choice-problem", Static).update(Content.assemble((problem, "$warning")))
        else:
            self.dismiss(Chosen(words, typed=True))

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
