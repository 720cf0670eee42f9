"""Taking in a mention by hand: what a platform without an API shows, pasted."""

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static, TextArea

from kefu_tui.i18n import _


@dataclass(frozen=True, slots=True)
class Pasted:
    """What was pasted; `url` is empty where there is none."""

    account: str
    author: str
    text: str
    url: str


class AddByHand(ModalScreen[Pasted | None]):
    """Asks who wrote, where, and what."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "cancel", show=False),
        Binding("ctrl+j,alt+enter", "keep", "keep", show=False, priority=True),
    ]

    def __init__(self, account: str) -> None:
        super().__init__()
        self._account = account

    def compose(self) -> ComposeResult:
        with Vertical(id="by-hand"):
            yield Static(
                Content.assemble((_("A mention by hand"), "bold"), (f"  {self._account}", "$muted")),
                markup=False,
            )
            yield Input(placeholder=_("who wrote it"), id="by-hand-author")
            yield Input(placeholder=_("link to the post (may be empty)"), id="by-hand-url")
            yield TextArea(id="by-hand-text", soft_wrap=True, tab_behavior="focus")
            yield Static(
                Content.assemble(
                    (" ^j ", "bold $primary"),
                    (_("keep"), "$muted"),
                    ("  esc ", "bold $primary"),
                    (_("back"), "$muted"),
                ),
                markup=False,
            )

    @on(Input.Submitted)
    def _next(self) -> None:
        self.focus_next()

    def action_keep(self) -> None:
        author = self.query_one("#by-hand-author", Input).value.strip()
        url = self.query_one("#by-hand-url", Input).value.strip()
        text = self.query_one(TextArea).text.strip()
        if not author or not text:
            self.app.notify(_("Who wrote, and what? Both are needed."), severity="warning", markup=False)
            return
        self.dismiss(Pasted(self._account, author, text, url))

    def action_cancel(self) -> None:
        self.dismiss(None)
