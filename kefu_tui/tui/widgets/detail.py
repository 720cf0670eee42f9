"""The detail pane: the case under the cursor."""

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content, Span
from textual.widgets import Static

from kefu_tui.domain.feed import CaseSummary
from kefu_tui.domain.mention import Mention
from kefu_tui.domain.outbox import OPEN_STATES, OutboxItem
from kefu_tui.i18n import _
from kefu_tui.services.bundle import Services
from kefu_tui.tui import thread


class ThreadScroll(VerticalScroll, can_focus=False):
    """Scrolls the thread; the keys that do so belong to the screen."""


class DetailPane(Vertical):
    """Who, why and what was said. Shows nothing that is not in the summary and the store."""

    def __init__(self, services: Services, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._services = services
        self._shown: tuple[object, ...] | None = None
        self._said: dict[str, tuple[str, tuple[Span, ...]]] = {}

    def compose(self) -> ComposeResult:
        yield Static(id="person", markup=False)
        yield Static(id="verdict", markup=False)
        yield Static(id="cause", markup=False)
        yield Static(id="state", markup=False)
        with ThreadScroll(id="thread-scroll"):
            yield Static(id="thread", markup=False)

    def show(self, summary: CaseSummary | None) -> None:
        """Show a case, or how to begin when there is none."""
        if summary is None:
            self._shown = None
            for part in ("#person", "#verdict", "#cause", "#state"):
                self._put(part, Content(""))
            self._put("#thread", Content.assemble((_("Nothing chosen."), "$muted")))
            return
        services = self._services
        now = services.clock.now()
        platform = (
            services.channels[summary.case.account].platform
            if summary.case.account in services.channels
            else ""
        )
        self._put("#person", thread.person_line(summary, platform))
        self._put("#verdict", thread.verdict_line(summary, now))
        self._put("#cause", thread.cause_line(summary, self._services.feed.alike(summary.case)))
        self._put("#state", thread.state_line(summary, now))
        self._show_thread(summary)

    def _put(self, part: str, content: Content) -> None:
        """Show words in a part; the same words again would only cost a layout."""
        words = (content.plain, tuple(content.spans))
        if self._said.get(part) != words:
            self._said[part] = words
            self.query_one(part, Static).update(content)

    def _show_thread(self, summary: CaseSummary) -> None:
        mentions: dict[str, Mention] = {m.key: m for m in self._services.feed.mentions(summary.case)}
        waiting = self._on_their_way(summary.case.id)
        scroll = self.query_one(ThreadScroll)
        width = max(scroll.size.width - 2, 20)
        shown = (summary.case, tuple(mentions.values()), tuple(waiting), width)
        if shown == self._shown:
            return
        is_other_case = self._shown is None or getattr(self._shown[0], "id", None) != summary.case.id
        self._shown = shown
        paragraphs = thread.thread(summary.case, mentions, waiting, self._services.zone, width)
        self._put("#thread", Content("\n\n").join(paragraphs))
        if is_other_case:
            scroll.scroll_end(animate=False, immediate=False)

    def _on_their_way(self, case_id: str) -> list[OutboxItem]:
        items = self._services.store.outbox()
        return [item for item in items if item.request.case_id == case_id and item.state in OPEN_STATES]

    def scroll_thread(self, lines: int) -> None:
        self.query_one(ThreadScroll).scroll_relative(y=lines, animate=False)
