"""What every part of the desk screen stands on: the services, the case under the cursor, a fresh feed."""

from abc import abstractmethod
from collections.abc import Awaitable
from typing import TypeVar

from textual.screen import Screen

from kefu_tui.domain.errors import KefuError, NotFound
from kefu_tui.domain.feed import CaseSummary
from kefu_tui.domain.outbox import OutboxState
from kefu_tui.i18n import describe
from kefu_tui.plain import one_line
from kefu_tui.services.bundle import Services
from kefu_tui.tui.widgets.composer import Composer
from kefu_tui.tui.widgets.feed_list import FeedList
from kefu_tui.tui.widgets.key_bar import KeyBar

T = TypeVar("T")

NEEDS_A_LOOK = frozenset({OutboxState.UNKNOWN, OutboxState.FAILED, OutboxState.TO_CONFIRM})


class DeskBase(Screen[None]):
    """The desk screen without its keys. The list is narrowed by `DeskScreen`."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.services = services
        self.acted: set[str] = set()  # cases the founder is done with: they stay until the view is left
        self.stays: set[str] = set()  # cases put right by hand: they stay where they are just as long

    @property
    def list(self) -> FeedList:
        return self.query_one(FeedList)

    @property
    def composer(self) -> Composer:
        return self.query_one(Composer)

    def current(self) -> CaseSummary | None:
        """The case under the cursor, as it stands now."""
        return self.summary(self.list.cursor)

    def summary(self, case_id: str | None) -> CaseSummary | None:
        if case_id is None:
            return None
        try:
            return self.services.feed.summary(case_id)
        except NotFound:
            return None

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
