"""The last line: the keys that matter now, or what is happening."""

from collections.abc import Iterable, Sequence

from textual.content import Content
from textual.reactive import reactive
from textual.timer import Timer
from textual.widget import Widget

from kefu_tui.i18n import _, ngettext

SAID_FOR = 4.0  # seconds


def key_hints(hints: Iterable[tuple[str, str]]) -> Content:
    """The foot of a dialog: each key, with the blanks around it, and what it does, both in words."""
    return Content("").join(
        Content.assemble((key, "bold $primary"), (label, "$muted")) for key, label in hints
    )


class KeyBar(Widget):
    """Shows keys with their labels, as many as fit; what was just done and what is under way stand first."""

    keys: reactive[tuple[tuple[str, str], ...]] = reactive(())
    notice: reactive[str] = reactive("")
    said: reactive[str] = reactive("")
    marked: reactive[int] = reactive(0)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._hush: Timer | None = None

    def say(self, text: str) -> None:
        """Show a line for a moment: what a key press did."""
        self.said = text
        if self._hush is not None:
            self._hush.stop()
        self._hush = self.set_timer(SAID_FOR, self._be_quiet)

    def _be_quiet(self) -> None:
        self.said = ""

    def show_keys(self, keys: Sequence[tuple[str, str]]) -> None:
        """`(key, label message id)`, most useful first."""
        self.keys = tuple(keys)

    def render(self) -> Content:
        line = Content("")
        if self.said:
            line += Content.assemble((f" {self.said} ", "bold $on-p on $primary"), " ")
        if self.notice:
            line += Content.assemble((f" {self.notice} ", "$primary"), " ")
        if self.marked:
            words = ngettext("{n} marked", "{n} marked", self.marked).format(n=self.marked)
            line += Content.assemble((f" {words} ", "bold $on-p on $primary"), " ")
        for key, label in self.keys:
            piece = Content.assemble(
                (f" {_DISPLAY.get(key, key)} ", "bold $primary"), (f"{_(label)} ", "$muted")
            )
            if line.cell_length + piece.cell_length > self.size.width:
                break
            line += piece
        return line


_DISPLAY = {"enter": "⏎", "escape": "esc", "tab": "⇥", "ctrl+j": "^j", "ctrl+o": "^o"}
