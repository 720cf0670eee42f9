"""Help: the table of keys, read from the same table as everything else."""

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from kefu_tui import wording
from kefu_tui.domain.feed import View
from kefu_tui.i18n import _
from kefu_tui.tui.actions import COMPOSER_ACTIONS, LIST_ACTIONS, Action, with_twins


class HelpScreen(ModalScreen[None]):
    """Every key with what it does; any of the usual keys leaves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(with_twins("escape", "q", "?", "enter"), "app.pop_screen", "back", show=False),
        Binding(with_twins("j", "down"), "scroll(1)", "down", show=False),
        Binding(with_twins("k", "up"), "scroll(-1)", "up", show=False),
        Binding("ctrl+d,pagedown,space", "scroll(10)", "page down", show=False),
        Binding("ctrl+u,pageup", "scroll(-10)", "page up", show=False),
    ]

    def __init__(self, keymap: Mapping[str, str]) -> None:
        super().__init__()
        self._keymap = keymap

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="help", can_focus=False):
            yield Static(self._text(), markup=False)

    def action_scroll(self, lines: int) -> None:
        self.query_one("#help").scroll_relative(y=lines, animate=False)

    def _text(self) -> Content:
        groups: dict[str, list[Action]] = {}
        for action in (*LIST_ACTIONS, *COMPOSER_ACTIONS):
            groups.setdefault(action.group, []).append(action)
        lines: list[Content] = []
        for group, actions in groups.items():
            lines.append(Content.assemble((_(group), "bold $primary")))
            lines += [self._line(self._keys(action), _(action.label)) for action in actions]
            lines.append(Content(""))
        lines.append(Content.assemble((_("Views"), "bold $primary")))
        lines += [self._line(view.key, wording.view(view)) for view in View]
        lines += [Content(""), Content.assemble((_("Search"), "bold $primary"))]
        lines += [self._line(example, meaning) for example, meaning in _search_examples()]
        return Content("\n").join(lines)

    def _keys(self, action: Action) -> str:
        own = self._keymap.get(action.id)
        return own.replace(",", " ") if own else " ".join(action.keys)

    def _line(self, keys: str, label: str) -> Content:
        return Content.assemble((f"  {keys:<18}", "$foreground"), (label, "$muted"))


def _search_examples() -> list[tuple[str, str]]:
    return [
        (_("refund -paid"), _("with one word and without another")),
        ("tk", _("pinyin initials")),
        ("is:overdue", _("waiting, them, snoozed, closed, overdue, same, noise")),
        (_("from:lin"), _("by the author's name")),
        ("in:mastodon", _("by account")),
        ("age:>2h", _("by how long it waits")),
    ]
