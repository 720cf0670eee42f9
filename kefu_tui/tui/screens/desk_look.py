"""Looking closer, and out of the desk: help, report, browser, clipboard, what is pasted by hand."""

import asyncio
import webbrowser
from urllib.parse import urlsplit

from textual import work

from kefu_tui.i18n import _
from kefu_tui.plain import one_line
from kefu_tui.tui.screens.by_hand import AddByHand
from kefu_tui.tui.screens.choice import Choice, ChoiceScreen
from kefu_tui.tui.screens.desk_base import DeskBase
from kefu_tui.tui.screens.help import HelpScreen
from kefu_tui.tui.screens.report import ReportScreen


class LookActions(DeskBase):
    """What changes no case: reading, copying, opening; and taking in a mention by hand."""

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(self.services.keymap))

    def action_report(self) -> None:
        self.app.push_screen(ReportScreen(self.services))

    def action_refresh(self) -> None:
        self.services.intake.nudge()
        self.say(_("Polling every account now."))

    def action_browse(self) -> None:
        summary = self.current()
        if summary is not None and summary.lead.post.url:
            self.open_link(summary.lead.post.url)
        elif summary is not None:
            self.say(_("This post has no address."), warn=True)

    def open_link(self, url: str) -> None:
        """Open a link in the browser: only http(s), and the host is said."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            self.say(_("Not opened: only http and https links are."), warn=True)
            return
        self.say(_("Opening {host} in the browser.").format(host=one_line(parts.hostname)))
        self.run_worker(asyncio.to_thread(webbrowser.open, url), group="browser")

    def action_copy_text(self) -> None:
        if (summary := self.current()) is not None:
            self.app.copy_to_clipboard(summary.lead.post.text)
            self.say(_("Text copied."))

    def action_copy_link(self) -> None:
        summary = self.current()
        if summary is not None and summary.lead.post.url:
            self.app.copy_to_clipboard(summary.lead.post.url)
            self.say(_("Link copied."))

    @work(group="act")
    async def action_add_by_hand(self) -> None:
        services = self.services
        by_hand = [name for name in services.accounts if services.channels[name].capabilities.by_hand]
        if not by_hand:
            self.say(_("Add a manual account to the configuration to paste mentions by hand."), warn=True)
            return
        account = by_hand[0] if len(by_hand) == 1 else await self._ask_account(by_hand)
        if account is None:
            return
        now = services.clock.now().astimezone(services.zone)
        pasted = await self.app.push_screen_wait(AddByHand(account, now))
        if pasted is None:
            return
        case_id = await self.attempt(
            services.intake.take_by_hand(
                account, author=pasted.author, text=pasted.text, url=pasted.url, posted_at=pasted.posted_at
            )
        )
        self.refresh_feed()
        if case_id is not None:
            self.show_case(case_id)

    async def _ask_account(self, accounts: list[str]) -> str | None:
        choices = [Choice(name, key, name) for name, key in zip(accounts, "123456789", strict=False)]
        chosen = await self.app.push_screen_wait(ChoiceScreen(_("On which account was it written?"), choices))
        return chosen.value if chosen is not None else None
