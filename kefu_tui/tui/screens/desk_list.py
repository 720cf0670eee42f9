"""The list: which cases it shows, where the cursor goes, what is searched for."""

import asyncio

from textual import on, work
from textual.widgets import Input, Static

from kefu_tui.domain.errors import KefuError
from kefu_tui.domain.feed import View, refreshed_order
from kefu_tui.domain.search import Query
from kefu_tui.i18n import describe, ngettext
from kefu_tui.plain import one_line
from kefu_tui.services.bundle import Services
from kefu_tui.tui.empty import empty_text
from kefu_tui.tui.screens.desk_status import StatusLines
from kefu_tui.tui.widgets.detail import DetailPane
from kefu_tui.tui.widgets.feed_list import FeedList
from kefu_tui.tui.widgets.header import ViewTabs

OLDER_SHOWN = 300
"""Of what a filter finds in the archives, how many of the latest are listed."""


class ListActions(StatusLines):
    """Views, search and the cursor. A refresh never moves the cursor off its case."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._view = View.WAITING
        self._query = Query()
        self._own = [(view, services.feed.query(view.find)) for view in services.views]
        self._own_place: int | None = None
        self._older: list[str] = []  # what the filter has found in the archives

    def refresh_feed(self) -> None:
        feed = self.services.feed
        query = self._query
        if not query.terms and self._own_place is not None:
            query = self._own[self._own_place][1]
        fresh = [summary.case.id for summary in feed.view(self._view, query)]
        if self._query.terms:
            fresh = list(dict.fromkeys([*fresh, *self._older]))
        order = refreshed_order(self.list.case_ids, fresh, self.acted | self.stays)
        self.list.show(order)
        self.set_class(not order, "-empty")
        if not order:
            text = empty_text(self._view, searching=bool(query.terms), accounts=len(self.services.accounts))
            self.query_one("#empty", Static).update(text)
        tabs = self.query_one(ViewTabs)
        tabs.counts = feed.counts()
        tabs.own = tuple((view.key, view.name, feed.found(found)) for view, found in self._own)
        self.show_status()

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
        """One step back: from the case to the list, from marks to none, from a search to the view."""
        if self.has_class("-reading"):
            self.remove_class("-reading")
        elif self.marked:
            self.unmark()
        elif self._query.terms or self.query_one("#filter", Input).has_class("-open"):
            self._end_search()
        self.list.focus()

    def action_mark(self) -> None:
        """Mark the case under the cursor, or take its mark off, and go to the next."""
        case_id = self.list.cursor
        if case_id is None:
            return
        if case_id in self.marked:
            del self.marked[case_id]
        else:
            self.marked[case_id] = None
        self.show_marks()
        self.list.move(1)

    def action_mark_all(self) -> None:
        """Mark every case in the list; where all are, take their marks off."""
        here = self.list.case_ids
        if all(case_id in self.marked for case_id in here):
            for case_id in here:
                del self.marked[case_id]
        else:
            self.marked.update(dict.fromkeys(here))
        self.show_marks()

    def action_view(self, name: str) -> None:
        self._end_search()
        self._show_view(View(name))

    def action_own_view(self, place: int) -> None:
        self._end_search()
        self._show_view(View.ALL, own=place)

    def _show_view(self, view: View, *, own: int | None = None) -> None:
        self._view, self._own_place = view, own
        tabs = self.query_one(ViewTabs)
        tabs.current, tabs.current_own = view, own
        self.acted.clear()
        self.stays.clear()
        self.refresh_feed()

    def show_case(self, case_id: str) -> None:
        if case_id not in self.list.case_ids:
            self._end_search()
            self._show_view(View.ALL)
        self.list.cursor = case_id

    def action_filter(self) -> None:
        self.remove_class("-reading")  # on a narrow terminal the case lies over the list that is searched
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
        self.stays.clear()
        self._older = []
        self.refresh_feed()
        self._tell_found()
        self._look_in_archives(self._query)

    @work(group="archives", exclusive=True)
    async def _look_in_archives(self, query: Query) -> None:
        """Add what was settled long ago to what is found, once it has been read beside the keys."""
        if not self.services.store.archived[0]:
            return
        try:
            older = await asyncio.to_thread(self.services.feed.archived, query, OLDER_SHOWN)
        except KefuError as error:
            self.say(one_line(describe(error)), warn=True)
            return
        if query is self._query and older:
            self._older = [summary.case.id for summary in older]
            self.refresh_feed()
            self._tell_found()

    def _tell_found(self) -> None:
        found = len(self.list.case_ids)
        words = ngettext("{n} found", "{n} found", found).format(n=found) if self._query.terms else ""
        self.query_one("#filter", Input).border_subtitle = words

    @on(Input.Submitted, "#filter")
    def _searched(self) -> None:
        self.list.focus()

    def _end_search(self) -> None:
        entry = self.query_one("#filter", Input)
        entry.remove_class("-open")
        entry.value = ""
        self._query, self._older = Query(), []
        self.refresh_feed()
