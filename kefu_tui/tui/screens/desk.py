"""The desk: header, views, feed, the case under the cursor, the composer, the keys."""

import asyncio
import webbrowser
from datetime import timedelta
from typing import ClassVar
from urllib.parse import urlsplit

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, Static

from kefu_tui.domain.errors import KefuError
from kefu_tui.domain.feed import View, refreshed_order
from kefu_tui.domain.outbox import OPEN_STATES, OutboxItem, OutboxState
from kefu_tui.domain.search import Query
from kefu_tui.i18n import _, describe, ngettext
from kefu_tui.plain import one_line
from kefu_tui.services.bundle import Services
from kefu_tui.tui.actions import COMPOSER_ACTIONS, LIST_ACTIONS, bindings, footer_keys, view_bindings
from kefu_tui.tui.empty import empty_text
from kefu_tui.tui.messages import AccountPolled, ReplyMoved
from kefu_tui.tui.rows import RowFacts
from kefu_tui.tui.screens.by_hand import AddByHand, Pasted
from kefu_tui.tui.screens.desk_reply import ReplyActions
from kefu_tui.tui.screens.desk_triage import TriageActions
from kefu_tui.tui.screens.help import HelpScreen
from kefu_tui.tui.screens.report import ReportScreen
from kefu_tui.tui.widgets.composer import Composer
from kefu_tui.tui.widgets.detail import DetailPane
from kefu_tui.tui.widgets.feed_list import FeedList
from kefu_tui.tui.widgets.header import AccountsLine, DayNumbers, ViewTabs
from kefu_tui.tui.widgets.key_bar import KeyBar

ONE_SECOND = timedelta(seconds=1)
GAP_SHOWN_FOR = timedelta(days=1)
BREACHES_EVERY = 15.0  # seconds


class DeskScreen(ReplyActions, TriageActions):
    """The one screen a founder lives in."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings(LIST_ACTIONS), *view_bindings()]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012 - as Textual declares it

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._view = View.WAITING
        self._query = Query()
        self._items: dict[str, list[OutboxItem]] = {}
        self._items_revision = -1

    def compose(self) -> ComposeResult:
        yield DayNumbers(id="numbers")
        yield ViewTabs(id="views")
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield Input(placeholder=_("words, -word, is:overdue, from:name, age:>2h"), id="filter")
                yield FeedList(self._facts, id="feed")
                yield Static(id="empty", markup=False)
            with Vertical(id="side"):
                yield DetailPane(self.services, id="detail")
                yield Composer(id="composer")
        yield AccountsLine(id="accounts")
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        self.query_one(DayNumbers).title = one_line(self.services.title)
        self.query_one(AccountsLine).problems = tuple(map(one_line, self.services.problems))
        self.refresh_feed()
        self.list.move_to_end(first=True)
        self.list.focus()
        self.set_interval(1.0, self._tick)
        self.set_interval(BREACHES_EVERY, self.note_breaches)
        self.note_breaches(quietly=True)

    # What a row shows

    def _facts(self, case_id: str) -> RowFacts:
        now = self.services.clock.now()
        sending: timedelta | None = None
        unknown = False
        for item in self._open_items().get(case_id, ()):
            if item.state in (OutboxState.HELD, OutboxState.SENDING):
                sending = self._real(item.release_at - now)
            else:
                unknown = True
        return RowFacts(
            summary=self.services.feed.summary(case_id),
            now=now,
            sending=sending,
            unknown=unknown,
            has_draft=sending is None and self.services.store.draft(case_id) is not None,
            acted=case_id in self.acted,
        )

    def _open_items(self) -> dict[str, list[OutboxItem]]:
        """The replies on their way, by case; read again only when the store has changed."""
        store = self.services.store
        if store.revision != self._items_revision:
            self._items_revision = store.revision
            self._items = {}
            for item in store.outbox():
                if item.state in OPEN_STATES:
                    self._items.setdefault(item.request.case_id, []).append(item)
        return self._items

    def _real(self, span: timedelta) -> timedelta:
        """A span of the desk's clock in the time of the person at the keyboard."""
        clock = self.services.clock
        pace = (clock.from_now(ONE_SECOND) - clock.now()) / ONE_SECOND
        return max(span / max(pace, 1e-9), timedelta(0))

    # What the screen shows

    def refresh_feed(self) -> None:
        feed = self.services.feed
        fresh = [summary.case.id for summary in feed.view(self._view, self._query)]
        order = refreshed_order(self.list.case_ids, fresh, self.acted)
        self.list.show(order)
        self.set_class(not order, "-empty")
        if not order:
            text = empty_text(
                self._view, searching=bool(self._query.terms), accounts=len(self.services.accounts)
            )
            self.query_one("#empty", Static).update(text)
        self.query_one(ViewTabs).counts = feed.counts()
        self._tick()

    def _tick(self) -> None:
        """A second has passed: clocks, countdown, header. The order of the rows stays."""
        services = self.services
        now = services.clock.now()
        numbers = self.query_one(DayNumbers)
        numbers.numbers = services.reporting.header()
        numbers.time = f"{now.astimezone(services.zone):%H:%M}"
        accounts = self.query_one(AccountsLine)
        accounts.lags = numbers.numbers.lag
        accounts.gaps = tuple(map(self._gap_words, services.accounts))
        accounts.statuses = tuple(services.intake.statuses[name] for name in services.accounts)
        self.list.repaint()
        self.query_one(DetailPane).show(self.current())
        self._show_keys()

    @work(group="breaches")
    async def note_breaches(self, *, quietly: bool = False) -> None:
        """Record the clocks that have run out and say so once; at the start they are only recorded."""
        late = await self.attempt(self.services.breaches.record())
        if not late or quietly:
            return
        summary = self.summary(late[-1].case_id)
        who = one_line(summary.lead.post.author.display_name) if summary else ""
        self.app.bell()
        words = _("Late: {who}") if len(late) == 1 else _("Late: {who} and {n} more")
        self.say(words.format(who=who, n=len(late) - 1), warn=True)

    def _gap_words(self, account: str) -> str:
        """The newest stretch of the last day in which posts may have been missed; empty for none."""
        services = self.services
        gap = next(reversed(services.store.gaps(account)), None)
        if gap is None or services.clock.now() - gap.until > GAP_SHOWN_FOR:
            return ""
        since, until = (moment.astimezone(services.zone) for moment in (gap.since, gap.until))
        return _("gap {since:%H:%M}–{until:%H:%M}").format(since=since, until=until)

    def _show_keys(self) -> None:
        bar = self.query_one(KeyBar)
        writing = self.composer.has_focus_within
        bar.show_keys(footer_keys(COMPOSER_ACTIONS if writing else LIST_ACTIONS, self.services.keymap))
        held = [i for items in self._open_items().values() for i in items if i.state is OutboxState.HELD]
        if held:
            next_out = min(held, key=lambda item: item.release_at)
            left = int(self._real(next_out.release_at - self.services.clock.now()).total_seconds()) + 1
            bar.notice = _("→ @{handle} leaves in {seconds}s · u recalls it").format(
                handle=one_line(next_out.request.target_handle), seconds=left
            )
        else:
            bar.notice = ""

    @on(FeedList.Highlighted)
    def _highlighted(self) -> None:
        self.query_one(DetailPane).show(self.current())

    def on_descendant_focus(self, _event: events.DescendantFocus) -> None:
        self._show_keys()

    async def keep_draft(self) -> None:
        """Put the text being written on disk at once: the desk is about to close."""
        if self.composer.case_id is not None:
            await self.attempt(self.services.desk.save_draft(self.composer.case_id, self.composer.text))

    # What happened elsewhere

    def account_polled(self, message: AccountPolled) -> None:
        """An account was polled: new rows come in without moving the cursor."""
        if not (self.is_attached and self.is_running):
            return
        outcome = message.outcome
        if outcome.arrived or outcome.updated:
            self.acted.difference_update(outcome.arrived)
            self.refresh_feed()
        else:
            self._tick()

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

    # Moving and looking

    def action_down(self) -> None:
        self._move(1)

    def action_up(self) -> None:
        self._move(-1)

    def action_half_down(self) -> None:
        self._move(self.list.page)

    def action_half_up(self) -> None:
        self._move(-self.list.page)

    def _move(self, rows: int) -> None:
        """Move in the list; on a narrow terminal with the case open, scroll the case."""
        if self.has_class("-reading") and self.has_class("-narrow"):
            self.query_one(DetailPane).scroll_thread(rows)
        else:
            self.list.move(rows)

    def action_first(self) -> None:
        self.list.move_to_end(first=True)

    def action_last(self) -> None:
        self.list.move_to_end(first=False)

    def action_most_overdue(self) -> None:
        self._show_view(View.WAITING)
        self.list.move_to_end(first=True)

    def action_open(self) -> None:
        """Show the case; opening never marks anything."""
        if self.current() is not None:
            self.open_side()

    @on(FeedList.Opened)
    def _opened(self) -> None:
        self.open_side()

    def action_back(self) -> None:
        """One step back: from the case to the list, from a search to the view."""
        if self.has_class("-reading"):
            self.remove_class("-reading")
        elif self._query.terms or self.query_one("#filter", Input).has_class("-open"):
            self._end_search()
        self.list.focus()

    def action_view(self, name: str) -> None:
        self._end_search()
        self._show_view(View(name))

    def _show_view(self, view: View) -> None:
        self._view = view
        self.query_one(ViewTabs).current = view
        self.acted.clear()
        self.refresh_feed()

    def show_case(self, case_id: str) -> None:
        if case_id not in self.list.case_ids:
            self._end_search()
            self._show_view(View.ALL)
        self.list.cursor = case_id

    # Searching

    def action_filter(self) -> None:
        entry = self.query_one("#filter", Input)
        entry.add_class("-open")
        entry.focus()

    @on(Input.Changed, "#filter")
    def _search(self, event: Input.Changed) -> None:
        try:
            self._query = self.services.feed.query(event.value)
        except KefuError as error:
            event.input.border_subtitle = one_line(describe(error))
            return
        event.input.border_subtitle = ""
        self.acted.clear()
        self.refresh_feed()
        found = len(self.list.case_ids)
        if self._query.terms:
            event.input.border_subtitle = ngettext("{n} found", "{n} found", found).format(n=found)

    @on(Input.Submitted, "#filter")
    def _searched(self) -> None:
        self.list.focus()

    def _end_search(self) -> None:
        entry = self.query_one("#filter", Input)
        entry.remove_class("-open")
        entry.value = ""
        self._query = Query()
        self.refresh_feed()

    # Looking closer, and out

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

    def action_add_by_hand(self) -> None:
        by_hand = [
            name for name in self.services.accounts if self.services.channels[name].capabilities.by_hand
        ]
        if not by_hand:
            self.say(_("Add a manual account to the configuration to paste mentions by hand."), warn=True)
            return
        self.app.push_screen(AddByHand(by_hand[0]), self._pasted)

    def _pasted(self, pasted: Pasted | None) -> None:
        if pasted is not None:
            self.run_worker(self._take(pasted), group="act")

    async def _take(self, pasted: Pasted) -> None:
        case_id = await self.attempt(
            self.services.intake.take_by_hand(
                pasted.account, author=pasted.author, text=pasted.text, url=pasted.url
            )
        )
        self.refresh_feed()
        if case_id is not None:
            self.show_case(case_id)

    def action_palette(self) -> None:
        self.app.action_command_palette()

    def action_quit(self) -> None:
        self.app.run_worker(self.app.action_quit(), group="quit")
