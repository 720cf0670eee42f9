"""Taking in a mention by hand: what a platform without an API shows, pasted."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from urllib.parse import urlsplit

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static, TextArea

from kefu_tui.domain.errors import KefuError
from kefu_tui.domain.when import parse_ago
from kefu_tui.i18n import _, describe
from kefu_tui.tui.widgets.key_bar import key_hints


@dataclass(frozen=True, slots=True)
class Pasted:
    """What was pasted; `url` is empty where there is none, `posted_at` None where nobody knows."""

    account: str
    author: str
    text: str
    url: str
    posted_at: datetime | None


class AddByHand(ModalScreen[Pasted | None]):
    """Asks who wrote, where, and what."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "cancel", show=False),
        Binding("ctrl+j,alt+enter", "keep", "keep", show=False, priority=True),
    ]

    def __init__(self, account: str, now: datetime) -> None:
        super().__init__()
        self._account = account
        self._now = now

    def compose(self) -> ComposeResult:
        with Vertical(id="by-hand"):
            yield Static(
                Content.assemble((_("A mention by hand"), "bold"), (f"  {self._account}", "$muted")),
                markup=False,
            )
            yield Input(placeholder=_("who wrote it"), id="by-hand-author")
            yield Input(placeholder=_("when: 3h, 14:20, yesterday 9pm (empty: just now)"), id="by-hand-when")
            yield Input(placeholder=_("link to the post (may be empty)"), id="by-hand-url")
            yield TextArea(id="by-hand-text", soft_wrap=True, tab_behavior="focus")
            yield Static(key_hints(((" ^j ", _("keep")), ("  esc ", _("back")))), markup=False)

    @on(Input.Submitted)
    def _next(self) -> None:
        self.focus_next()

    def action_keep(self) -> None:
        author, when, url = (
            self.query_one(f"#by-hand-{name}", Input).value.strip() for name in ("author", "when", "url")
        )
        text = self.query_one(TextArea).text.strip()
        if not author or not text:
            self._refuse(_("Who wrote, and what? Both are needed."))
            return
        if url and urlsplit(url).scheme not in ("http", "https"):
            self._refuse(_("The link must begin with http:// or https://."))
            return
        try:
            posted_at = parse_ago(when, self._now) if when else None
        except KefuError as error:
            self._refuse(describe(error))
            return
        self.dismiss(Pasted(self._account, author, text, url, posted_at))

    def _refuse(self, why: str) -> None:
        self.app.notify(why, severity="warning", markup=False)

    def action_cancel(self) -> None:
        self.dismiss(None)
