"""Writing something down about a case, for nobody else's eyes."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea

from kefu_tui.i18n import _
from kefu_tui.tui.widgets.key_bar import key_hints


class NoteScreen(ModalScreen[tuple[str, bool]]):
    """Asks for a note; the answer is the text and whether to keep it. What was begun can be gone on with."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "leave", show=False),
        Binding("ctrl+j,alt+enter", "keep", "keep", show=False, priority=True),
    ]

    def __init__(self, about: str, begun: str = "") -> None:
        super().__init__()
        self._about = about
        self._begun = begun

    def compose(self) -> ComposeResult:
        with Vertical(id="note"):
            yield Static(
                Content.assemble((_("Note to yourself"), "bold"), (f"  {self._about}", "$muted")),
                markup=False,
            )
            yield TextArea(self._begun, id="note-text", soft_wrap=True, tab_behavior="focus")
            yield Static(key_hints(((" ^j ", _("keep")), ("  esc ", _("back")))), markup=False)

    def on_mount(self) -> None:
        entry = self.query_one(TextArea)
        entry.move_cursor(entry.document.end)
        entry.focus()

    def action_keep(self) -> None:
        self.dismiss((self.query_one(TextArea).text, True))

    def action_leave(self) -> None:
        self.dismiss((self.query_one(TextArea).text, False))
