"""The desk as a Textual application: workers that watch accounts and carry replies, and the way out."""

import asyncio
import gc
import signal
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import App, ComposeResult, SystemCommand
from textual.screen import Screen
from textual.widgets import Static

from kefu_tui.domain.errors import KefuError
from kefu_tui.i18n import _, describe, ngettext
from kefu_tui.plain import one_line
from kefu_tui.tui.messages import AccountPolled, CausesFound, DeskPainted, ReplyMoved
from kefu_tui.tui.theme import THEMES, variable_defaults

if TYPE_CHECKING:  # all of it loads after the first paint
    from kefu_tui.domain.outbox import OutboxItem
    from kefu_tui.services.bundle import Services
    from kefu_tui.services.intake import PollOutcome
    from kefu_tui.tui.screens.desk import DeskScreen

RETRY_UPKEEP = 600.0
"""Seconds after which a store that could not be looked after is tried again."""


class KefuApp(App[None]):
    """The desk. Everything it does goes through the services it is given.

    With `opening` it first paints, then calls that for the services, and shows the desk once they are there.
    What keeps them from opening ends the application and lies in `failure`.
    """

    TITLE = "kefu"
    CSS_PATH = "kefu.tcss"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    NOTIFICATION_TIMEOUT = 4
    _services: "Services"
    _desk: "DeskScreen"

    def __init__(
        self,
        services: "Services | None" = None,
        *,
        opening: "Callable[[], Awaitable[Services]] | None" = None,
    ) -> None:
        super().__init__()
        self._opening = opening
        self._is_open = False
        self.failure: KefuError | None = None
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = THEMES[0].name
        if services is not None:
            self._take(services)

    def _take(self, services: "Services") -> None:
        from kefu_tui.tui.actions import checked_keymap
        from kefu_tui.tui.screens.desk import DeskScreen

        self._services = services
        self._keymap_chosen = checked_keymap(services.keymap, "keys", services.views)
        self._desk = DeskScreen(services)
        if services.theme in self.available_themes:
            self.theme = services.theme
        self._is_open = True

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return variable_defaults(self.current_theme)

    def compose(self) -> ComposeResult:
        if not self._is_open:
            yield Static("kefu …", id="opening", markup=False)

    def on_mount(self) -> None:
        self._heed_signals()
        if self._is_open:
            self._show_desk()
        else:
            self.call_after_refresh(self._open)

    @work(group="opening")
    async def _open(self) -> None:
        if self._opening is None:
            raise AssertionError("an application without services must be told how to open them")
        try:
            services = await self._opening()
            # the first look at everything takes a while: not where keys and paint wait for it
            await asyncio.to_thread(_look_at_first_screen, services)
        except KefuError as error:
            self.failure = error
            self.exit(return_code=error.exit_code)
            return
        self._take(services)
        self._show_desk()

    def _show_desk(self) -> None:
        self.set_keymap(self._keymap_chosen)
        self.push_screen(self._desk)
        if self._services.theme not in self.available_themes:
            self.notify(
                _("There is no theme {name}; using {used}.").format(
                    name=one_line(self._services.theme), used=self.theme
                ),
                severity="warning",
                markup=False,
            )

    def _heed_signals(self) -> None:
        """Leave in order when the system says so: the draft is kept, the terminal given back."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            # not every system has them, and only the main thread may ask
            with suppress(NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(number, self._told_to_end, number)

    def _told_to_end(self, number: int) -> None:
        self.run_worker(self._end(128 + number), group="quit")

    async def _end(self, code: int) -> None:
        if self._is_open:
            await self._desk.keep_draft()
        self.exit(return_code=code)

    @work(group="intake")
    async def _watch_accounts(self) -> None:
        # what corrections taught is first needed where something is judged
        await self._services.corrections.learn()
        await self._services.intake.watch(self._tell_polled)

    @work(group="outbox")
    async def _carry_replies(self) -> None:
        await self._services.outbox.run(self._tell_moved)

    @work(group="causes")
    async def _find_causes(self) -> None:
        await self._services.causes.run(self._tell_causes)

    def _tell_causes(self, case_ids: frozenset[str]) -> None:
        self.post_message(CausesFound(case_ids))

    def _tell_polled(self, outcome: "PollOutcome") -> None:
        self.post_message(AccountPolled(outcome))

    def _tell_moved(self, item: "OutboxItem") -> None:
        self.post_message(ReplyMoved(item))

    @on(DeskPainted)
    def _begin(self) -> None:
        # the first poll loads a platform's libraries: not before there is something to look at
        self._watch_accounts()
        self._carry_replies()
        self._find_causes()
        if not self._services.is_demo:
            self._look_after_store()

    @work(group="upkeep")
    async def _look_after_store(self) -> None:
        while True:
            try:
                await self._services.upkeep.run()
            except KefuError as error:
                self.notify(one_line(describe(error)), severity="error", markup=False)
            await asyncio.sleep(RETRY_UPKEEP)

    @on(CausesFound)
    def _causes_found(self, message: CausesFound) -> None:
        self._desk.causes_found(message)

    @on(AccountPolled)
    def _account_polled(self, message: AccountPolled) -> None:
        self._desk.account_polled(message)
        if not message.outcome.unfinished:
            self._keep_small()

    @on(ReplyMoved)
    def _reply_moved(self, message: ReplyMoved) -> None:
        self._desk.reply_moved(message)

    @work(group="compaction")
    async def _keep_small(self) -> None:
        try:
            await self._services.store.compact_if_needed()
        except KefuError as error:
            self.notify(one_line(describe(error)), severity="error", markup=False)

    async def action_quit(self) -> None:
        """Leave, but not while a reply is held: the founder says what becomes of it."""
        from kefu_tui.domain.outbox import OutboxState
        from kefu_tui.tui.screens.choice import Choice, ChoiceScreen

        if not self._is_open:
            self.exit()
            return
        await self._desk.keep_draft()
        held = [item for item in self._services.store.outbox() if item.state is OutboxState.HELD]
        if held:
            question = ngettext(
                "{n} reply has not left yet.", "{n} replies have not left yet.", len(held)
            ).format(n=len(held))
            choices = [
                Choice("wait", "w", _("Stay until it has left")),
                Choice("recall", "u", _("Back to the draft, then quit; nothing is sent")),
            ]
            chosen = await self.push_screen_wait(ChoiceScreen(question, choices))
            if chosen is None or chosen.value == "wait":
                return
            for item in held:
                try:
                    await self._services.outbox.recall(item.id)
                except KefuError as error:
                    self.notify(one_line(describe(error)), severity="error", markup=False)
                    return
        self.exit()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: every action by its name in the founder's language and in English."""
        from kefu_tui.tui.actions import LIST_ACTIONS

        for action in LIST_ACTIONS:
            if action.palette and self._is_open and screen is self._desk:
                yield SystemCommand(
                    self._both(action.label), action.shown_key, lambda a=action: self._run(a.id)
                )
        own = self._services.views if self._is_open and screen is self._desk else ()
        title = _("View")
        for place, view in enumerate(own):
            label = f"{title}: {one_line(view.name)}"
            yield SystemCommand(label, one_line(view.find), lambda n=place: self._run(f"own_view({n})"))
        title = _("Theme")
        for name in sorted(self.available_themes):
            if name.startswith(("kefu", "ansi", "textual")):
                yield SystemCommand(f"{title}: {name}", _("Change the colours"), lambda n=name: self._use(n))

    def _both(self, label: str) -> str:
        own = _(label)
        return own if own == label else f"{own} · {label}"

    def _run(self, action_id: str) -> None:
        self.run_worker(self._desk.run_action(action_id), group="palette")

    def _use(self, theme: str) -> None:
        self.theme = theme


def _look_at_first_screen(services: "Services") -> None:
    """Read what the first screen will ask for; kept by the services, so that then it is there."""
    from kefu_tui.domain.feed import View

    # what is read now stays, and walking it again and again takes the collector as long as reading it
    gc.disable()
    try:
        services.feed.view(View.WAITING)
        services.feed.counts()
        services.reporting.header()
    finally:
        gc.freeze()
        gc.enable()
