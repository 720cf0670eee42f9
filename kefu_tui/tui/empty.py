"""What an empty list says: why it is empty, and what to do next."""

from textual.content import Content

from kefu_tui.domain.feed import View
from kefu_tui.i18n import _


def empty_text(view: View, *, searching: bool, accounts: int) -> Content:
    """The words for an empty view; with no account at all, how to begin."""
    if not accounts:
        return Content("\n\n").join(
            [
                Content.assemble((_("No account yet."), "bold")),
                Content.assemble(
                    (_("Copy config.example.toml to where `kefu paths` says, and add one."), "$muted")
                ),
                Content.assemble((_("Or look around first: kefu demo"), "$muted")),
            ]
        )
    if searching:
        return _two(_("Nothing found."), _("Fewer words find more; esc goes back."))
    match view:
        case View.WAITING:
            return _two(_("Nobody waits for you."), _("New mentions arrive here by themselves; R polls now."))
        case View.DUE_SOON:
            return _two(_("Nothing is about to be late."), _("1 shows everybody who waits."))
        case View.SNOOZED:
            return _two(_("Nothing is snoozed."), _("z on a row puts it aside until you want it back."))
        case _:
            return _two(_("Nothing here."), _("1 shows everybody who waits, 9 shows everything."))


def _two(what: str, hint: str) -> Content:
    return Content("\n\n").join([Content.assemble((what, "bold")), Content.assemble((hint, "$muted"))])
