"""The last line: the keys that matter now, or what is happening."""

from collections.abc import Sequence

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from kefu_tui.i18n import _


class KeyBar(Widget):
    """Shows keys with their labels, as many as fit; a notice, while there is one, stands before them."""

    keys: reactive[tuple[tuple[str, str], ...]] = reactive(())
    notice: reactive[str] = reactive("")
    urgent: reactive[bool] = reactive(False)

    def show_keys(self, keys: Sequence[tuple[str, str]]) -> None:
        """`(key, label message id)`, most useful first."""
        self.keys = tuple(keys)

    def render(self) -> Content:
        line = Content("")
        if self.notice:
            style = "bold $on-p on $warning" if self.urgent else "$primary"
            line = Content.assemble((f" {self.notice} ", style), " ")
        for key, label in self.keys:
            piece = Content.assemble(
                (f" {_DISPLAY.get(key, key)} ", "bold $primary"), (f"{_(label)} ", "$muted")
            )
            if line.cell_length + piece.cell_length > self.size.width:
                break
            line += piece
        return line


_DISPLAY = {"enter": "⏎", "escape": "esc", "tab": "⇥", "ctrl+j": "^j", "ctrl+o": "^o"}
