"""What the desk shows by itself: the day's figures, the accounts, the keys, what a row is made of."""

from datetime import timedelta

from textual import work

from kefu_tui.domain.outbox import OPEN_STATES, OutboxItem, OutboxState
from kefu_tui.i18n import _, describe
from kefu_tui.plain import one_line
from kefu_tui.services.bundle import Services
from kefu_tui.tui.actions import COMPOSER_ACTIONS, LIST_ACTIONS, TRIAGE, footer_keys
from kefu_tui.tui.rows import RowFacts
from kefu_tui.tui.screens.desk_base import NEEDS_A_LOOK, DeskBase
from kefu_tui.tui.widgets.detail import DetailPane
from kefu_tui.tui.widgets.header import AccountsLine, DayNumbers
from kefu_tui.tui.widgets.key_bar import KeyBar

ONE_SECOND = timedelta(seconds=1)
GAP_SHOWN_FOR = timedelta(days=1)
BREACHES_EVERY = 15.0  # seconds


class StatusLines(DeskBase):
    """Keeps the lines around the list true; a second passing changes no order."""

    def __init__(self, services: Services) -> None:
        super().__init__(services)
        self._items: dict[str, list[OutboxItem]] = {}
        self._items_revision = -1

    def keep_time(self) -> None:
        """Tick every second from now on, and look for clocks that run out."""
        self.set_interval(1.0, self.show_status)
        self.set_interval(BREACHES_EVERY, self.note_breaches)
        self.note_breaches(quietly=True)

    def facts(self, case_id: str) -> RowFacts:
        now = self.services.clock.now()
        sending: timedelta | None = None
        unknown = False
        for item in self.open_items().get(case_id, ()):
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

    def open_items(self) -> dict[str, list[OutboxItem]]:
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

    def show_status(self) -> None:
        """A second has passed: clocks, countdown, header. The order of the rows stays."""
        services = self.services
        now = services.clock.now()
        numbers = self.query_one(DayNumbers)
        numbers.numbers = services.reporting.header()
        numbers.time = f"{now.astimezone(services.zone):%H:%M}"
        accounts = self.query_one(AccountsLine)
        accounts.now = now
        accounts.lags = numbers.numbers.lag
        accounts.gaps = tuple(map(self._gap_words, services.accounts))
        accounts.statuses = tuple(services.intake.statuses[name] for name in services.accounts)
        accounts.slow_rules = services.intake.slow_rules
        needing = [i for items in self.open_items().values() for i in items if i.state in NEEDS_A_LOOK]
        reading = [one_line(describe(problem)) for problem in services.intake.reading_problems]
        accounts.problems = (*map(one_line, services.problems), *reading)
        accounts.to_look_at = len(needing)
        self.list.tick()
        self.query_one(DetailPane).show(self.current())
        self.show_keys()

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

    def show_keys(self) -> None:
        bar = self.query_one(KeyBar)
        writing = self.composer.has_focus_within
        marked = len(self.marked)
        groups = (TRIAGE,) if marked and not writing else ()
        actions = COMPOSER_ACTIONS if writing else LIST_ACTIONS
        bar.show_keys(footer_keys(actions, self.services.keymap, groups=groups))
        bar.marked = 0 if writing else marked
        held = [i for items in self.open_items().values() for i in items if i.state is OutboxState.HELD]
        if held:
            next_out = min(held, key=lambda item: item.release_at)
            left = int(self._real(next_out.release_at - self.services.clock.now()).total_seconds()) + 1
            bar.notice = _("→ @{handle} leaves in {seconds}s · u recalls it").format(
                handle=one_line(next_out.request.target_handle), seconds=left
            )
        else:
            bar.notice = ""
