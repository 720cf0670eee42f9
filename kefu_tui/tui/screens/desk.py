"""The desk: header, views, feed, the case under the cursor, the composer, the keys."""

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.command import CommandPalette
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widgets import Input, Static

from kefu_tui.domain.errors import StoreError
from kefu_tui.domain.outbox import OutboxState
from kefu_tui.i18n import _, describe, ngettext
from kefu_tui.plain import one_line
from kefu_tui.services.bundle import Services
from kefu_tui.tui.actions import LIST_ACTIONS, bindings, own_view_bindings, view_bindings
from kefu_tui.tui.messages import AccountPolled, CausesFound, DeskPainted, ReplyMoved
from kefu_tui.tui.screens.desk_corrections import CorrectionActions
from kefu_tui.tui.screens.desk_list import ListActions
from kefu_tui.tui.screens.desk_look import LookActions
from kefu_tui.tui.screens.desk_remarks import RemarkActions
from kefu_tui.tui.screens.desk_reply import ReplyActions
from kefu_tui.tui.screens.desk_triage import TriageActions
from kefu_tui.tui.widgets.composer import Composer
from kefu_tui.tui.widgets.detail import DetailPane
from kefu_tui.tui.widgets.feed_list import FeedList
from kefu_tui.tui.widgets.header import AccountsLine, DayNumbers, ViewTabs
from kefu_tui.tui.widgets.key_bar import KeyBar

FLOOD_SHOWN_EVERY = 2.0
"""Seconds between two looks at what a poll of many pages has brought by then."""


class DeskScreen(ReplyActions, TriageActions, CorrectionActions, RemarkActions, LookActions, ListActions):
    """The one screen a founder lives in."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(LIST_ACTIONS), *view_bindings()]
    _refreshing: Timer | None = None
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 - as Textual declares it

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        for binding in own_view_bindings(services.views):
            self._bindings.bind(binding.key, binding.action, binding.description, show=False)

    def compose(self) -> ComposeResult:
        yield DayNumbers(id="numbers")
        yield ViewTabs(id="views")
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield Input(placeholder=_("words, -word, is:overdue, from:name, age:>2h"), id="filter")
                yield FeedList(self.facts, id="feed")
                yield Static(id="empty", markup=False)
            with Vertical(id="side"):
                yield DetailPane(self.services, id="detail")
                yield Composer(id="composer")
        yield AccountsLine(id="accounts")
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        title = one_line(self.services.title)
        demo = _("demo")
        self.query_one(DayNumbers).title = f"{title} · {demo}" if self.services.is_demo else title
        try:
            self.refresh_feed()
        except StoreError as error:  # a document that cannot be read: say so where it can be read
            self.app.exit(return_code=error.exit_code, message=one_line(describe(error)))
            return
        self.list.move_to_end(first=True)
        self.list.focus()
        self._tell_recovered()
        self.call_after_refresh(self._painted)

    def _painted(self) -> None:
        self.keep_time()
        self.post_message(DeskPainted())

    def _tell_recovered(self) -> None:
        """Say what became of replies that had not left when the program last stopped."""
        recalled = [i for i in self.services.recovered if i.state is OutboxState.RECALLED]
        if recalled:
            words = ngettext(
                "{n} reply had not left when kefu stopped: not sent, its text is a draft again (✎).",
                "{n} replies had not left when kefu stopped: not sent, their texts are drafts again (✎).",
                len(recalled),
            )
            self.say(words.format(n=len(recalled)), warn=True)

    @on(FeedList.Highlighted)
    def _highlighted(self) -> None:
        self.query_one(DetailPane).show(self.current())

    def on_descendant_focus(self, _event: events.DescendantFocus) -> None:
        self.show_keys()

    async def keep_draft(self) -> None:
        """Put the text being written on disk at once: the desk is about to close."""
        if self.composer.case_id is not None:
            await self.attempt(self.services.desk.save_draft(self.composer.case_id, self.composer.text))

    def account_polled(self, message: AccountPolled) -> None:
        """An account was polled: new rows come in without moving the cursor."""
        if not (self.is_attached and self.is_running):
            return
        outcome = message.outcome
        if outcome.arrived or outcome.updated:
            self.acted.difference_update(outcome.arrived)
            self.stays.difference_update(outcome.arrived)
            if outcome.unfinished:
                self._refresh_soon()
            else:
                self.refresh_feed()
        else:
            self.show_status()

    def _refresh_soon(self) -> None:
        """Take up what a flood has brought, now and then: ordering everything for each page would be felt."""
        if self._refreshing is None:
            self._refreshing = self.set_timer(FLOOD_SHOWN_EVERY, self._refresh_flooded)

    def _refresh_flooded(self) -> None:
        self._refreshing = None
        self.refresh_feed()

    def causes_found(self, _message: CausesFound) -> None:
        """Some complaints turned out to be of one cause: their rows say so, where they stand."""
        if self.is_attached and self.is_running:
            self.refresh_feed()

    def reply_moved(self, message: ReplyMoved) -> None:
        """A reply has come further; say what the founder must know."""
        if not (self.is_attached and self.is_running):
            return
        item = message.item
        handle = one_line(item.request.target_handle)
        match item.state:
            case OutboxState.SENT:
                self.say(_("Sent to @{handle}.").format(handle=handle))
            case OutboxState.UNKNOWN:
                self.acted.discard(item.request.case_id)
                self.say(
                    _("?check: does the reply to @{handle} stand? Looking.").format(handle=handle), warn=True
                )
            case OutboxState.TO_CONFIRM:
                self.offer_by_hand(item)
            case _:
                self.acted.discard(item.request.case_id)
                self.say(
                    _("Not sent to @{handle}: {problem}").format(
                        handle=handle, problem=one_line(item.problem)
                    ),
                    warn=True,
                )
        self.refresh_feed()

    def action_palette(self) -> None:
        self.app.push_screen(CommandPalette(placeholder=_("Search for commands…"), id="--command-palette"))

    def action_quit(self) -> None:
        self.app.run_worker(self.app.action_quit(), group="quit")
