"""What every part of the desk screen stands on: the services, the case under the cursor, a fresh feed."""

from abc import abstractmethod
from collections.abc import Awaitable, Sequence
from typing import TypeVar

from textual.screen import Screen

from kefu_tui.domain.errors import KefuError, NotFound
from kefu_tui.domain.feed import CaseSummary
from kefu_tui.domain.outbox import OutboxState
from kefu_tui.i18n import _, describe, ngettext
from kefu_tui.plain import one_line
from kefu_tui.services.bundle import Services
from kefu_tui.tui.screens.choice import Choice, ChoiceScreen
from kefu_tui.tui.widgets.composer import Composer
from kefu_tui.tui.widgets.feed_list import FeedList
from kefu_tui.tui.widgets.key_bar import KeyBar

T = TypeVar("T")

MANY = 2  # from how many cases on an act is asked about once more

NEEDS_A_LOOK = frozenset({OutboxState.UNKNOWN, OutboxState.FAILED, OutboxState.TO_CONFIRM})


class DeskBase(Screen[None]):
    """The desk screen without its keys. The list is narrowed by `DeskScreen`."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services
        self.acted: set[str] = set()  # cases the founder is done with: they stay until the view is left
        self.stays: set[str] = set()  # cases put right by hand: they stay where they are just as long
        self.marked: dict[
            str, None
        ] = {}  # cases, not rows, in the order they were marked: a filter keeps them

    @property
    def list(self) -> FeedList:
        return self.query_one(FeedList)

    @property
    def composer(self) -> Composer:
        return self.query_one(Composer)

    def current(self) -> CaseSummary | None:
        """The case under the cursor, as it stands now."""
        return self.summary(self.list.cursor)

    def targets(self) -> Sequence[CaseSummary]:
        """What the next act is about: the marked cases, else the one under the cursor."""
        if not self.marked:
            return [summary for summary in (self.current(),) if summary is not None]
        found = [self.summary(case_id) for case_id in self.marked]
        return [summary for summary in found if summary is not None]

    def about(self, targets: Sequence[CaseSummary]) -> str:
        """The heading of a question about these cases: the one's name, or how many, and how many unseen."""
        if len(targets) == 1:
            return one_line(targets[0].lead.post.author.display_name)
        words = ngettext("{n} case", "{n} cases", len(targets)).format(n=len(targets))
        shown = set(self.list.case_ids)
        unseen = sum(summary.case.id not in shown for summary in targets)
        if unseen:
            words += " · " + _("{n} of them not in this list").format(n=unseen)
        return words

    async def sure(self, question: str, targets: Sequence[CaseSummary]) -> bool:
        """Ask once before an act on several cases; one is never asked about."""
        if len(targets) < MANY:
            return True
        choices = [Choice("yes", "y", _("Yes, all of them")), Choice("no", "n", _("No"))]
        screen = ChoiceScreen(f"{self.about(targets)} · {question}", choices, start="no")
        chosen = await self.app.push_screen_wait(screen)
        return chosen is not None and chosen.value == "yes"

    def unmark(self) -> None:
        self.marked.clear()
        self.show_marks()

    def show_marks(self) -> None:
        """Paint the marks anew, in the rows and beside the keys; to be called after every change of them."""
        self.list.marked = self.marked.keys()
        self.list.repaint()
        self.show_keys()

    def summary(self, case_id: str | None) -> CaseSummary | None:
        if case_id is None:
            return None
        try:
            return self.services.feed.summary(case_id)
        except NotFound:
            return None

    @abstractmethod
    def show_keys(self) -> None:
        """Show the keys that matter now."""

    @abstractmethod
    def refresh_feed(self) -> None:
        """Read the feed anew."""

    @abstractmethod
    def reopen_draft(self, case_id: str) -> None:
        """Open the composer with the case's draft."""

    @abstractmethod
    def show_case(self, case_id: str) -> None:
        """Bring a case under the cursor, in whatever view it is."""

    @abstractmethod
    def open_link(self, url: str) -> None:
        """Open a link in the browser."""

    def open_side(self) -> None:
        """On a narrow terminal, show the case instead of the list."""
        self.add_class("-reading")

    def say(self, text: str, *, warn: bool = False) -> None:
        """A line for the founder, never markup: in the last line; a warning over the screen."""
        if warn:
            self.notify(text, severity="warning", markup=False, timeout=6)
        else:
            self.query_one(KeyBar).say(text)

    async def attempt(self, act: Awaitable[T]) -> T | None:
        """Await an act of a service; an expected failure is a line on the screen and None."""
        try:
            return await act
        except KefuError as error:
            self.notify(one_line(describe(error)), severity="error", markup=False, timeout=8)
            return None
