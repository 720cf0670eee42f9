"""The list of cases: drawn line by line, so that ten rows and a hundred thousand cost the same."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from kefu_tui.tui.rows import Piece, RowFacts, first_line, second_line

LINES = 2  # of one row
STYLES = (
    *(
        "badge-p0",
        "badge-p1",
        "badge-p2",
        "badge-p3",
        "badge-quiet",
        "bar",
        "mark",
        "account",
        "tag",
        "author",
        "verified",
    ),
    *("followers", "category", "waiting", "late", "soon", "left", "state", "muted", "draft", "private"),
    *("count", "text", "sending", "cursor", "cursor-blurred", "acted"),
)


class FeedList(ScrollView, can_focus=True):
    """Two-line rows over a list of case ids; rows are made when they are drawn.

    The cursor is a case, not a line: whatever arrives or leaves, it stays on its case and, where it can,
    on its line of the screen.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"feed--{name}" for name in STYLES}

    cursor: reactive[str | None] = reactive(None)

    @dataclass
    class Highlighted(Message):
        """The cursor has moved to another case, or to none."""

        case_id: str | None

    @dataclass
    class Opened(Message):
        """The founder pressed the mouse twice on a row."""

        case_id: str

    def __init__(self, facts: Callable[[str], RowFacts], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._facts = facts
        self._ids: list[str] = []
        self._places: dict[str, int] = {}
        self._strips: dict[tuple[str, int, int], Strip] = {}
        self.marked: Collection[str] = ()
        """The cases to be shown as marked; `repaint` after a change."""

    @property
    def case_ids(self) -> Sequence[str]:
        return self._ids

    def show(self, case_ids: Sequence[str]) -> None:
        """Show these cases; the cursor stays on its case and on its line of the screen."""
        old_place = self._places.get(self.cursor) if self.cursor is not None else None
        on_screen = None if old_place is None else old_place * LINES - self.scroll_offset.y
        self._ids = list(case_ids)
        self._places = {case_id: place for place, case_id in enumerate(self._ids)}
        self._resize()
        if self.cursor not in self._places:
            nearest = min(old_place or 0, len(self._ids) - 1)
            self.cursor = self._ids[nearest] if self._ids else None
        if self.cursor is not None and on_screen is not None:
            top = self._places[self.cursor] * LINES - on_screen
            self.scroll_to(y=max(top, 0), animate=False, force=True)
        self.repaint()

    def repaint(self) -> None:
        """Draw the visible rows anew: a clock has ticked, or a case has changed."""
        self._strips.clear()
        self.refresh()

    def tick(self) -> None:
        """A second has passed: draw anew only the rows on the screen whose words have changed."""
        first = self.scroll_offset.y // LINES
        last = (self.scroll_offset.y + self.size.height - 1) // LINES
        changed: list[Region] = []
        for place in range(first, min(last + 1, len(self._ids))):
            key = (self._ids[place], 0, self._width)
            strip = self._strip(*key)
            if key not in self._strips or strip.text != self._strips[key].text:
                self._strips[key] = strip
                changed.append(Region(0, place * LINES - self.scroll_offset.y, self._width, 1))
        if changed:
            self.refresh(*changed)

    def _resize(self) -> None:
        self.virtual_size = Size(self._width, len(self._ids) * LINES)

    @property
    def _width(self) -> int:
        """The cells a row may use: the scrollbar's are not ours."""
        return self.scrollable_content_region.width

    def on_resize(self, _event: events.Resize) -> None:
        self._resize()
        self.repaint()
        self.call_after_refresh(self._reveal)

    def on_focus(self) -> None:
        self.repaint()

    def on_blur(self) -> None:
        self.repaint()

    def watch_cursor(self, _before: str | None, case_id: str | None) -> None:
        self._strips.clear()
        self.refresh()
        self._reveal()
        self.post_message(self.Highlighted(case_id))

    def _reveal(self) -> None:
        if self.cursor in self._places:
            row = Region(0, self._places[self.cursor] * LINES, max(self.size.width, 1), LINES)
            self.scroll_to_region(row, animate=False, force=True)

    def move(self, rows: int) -> None:
        """Move the cursor by some rows, stopping at the ends."""
        if not self._ids:
            return
        place = self._places.get(self.cursor or "", 0)
        self.cursor = self._ids[min(max(place + rows, 0), len(self._ids) - 1)]

    def move_to_end(self, *, first: bool) -> None:
        if self._ids:
            self.cursor = self._ids[0 if first else -1]

    @property
    def page(self) -> int:
        """How many rows half a screen holds."""
        return max(self.size.height // LINES // 2, 1)

    def on_click(self, event: events.Click) -> None:
        place = (event.y + self.scroll_offset.y) // LINES
        if 0 <= place < len(self._ids):
            self.cursor = self._ids[place]
            if event.chain > 1:
                self.post_message(self.Opened(self._ids[place]))

    def render_line(self, y: int) -> Strip:
        line = y + self.scroll_offset.y
        place, half = divmod(line, LINES)
        width = self._width
        if place >= len(self._ids):
            return Strip.blank(width, self.rich_style)
        case_id = self._ids[place]
        key = (case_id, half, width)
        if (strip := self._strips.get(key)) is None:
            strip = self._strips[key] = self._strip(case_id, half, width)
        return strip

    def _strip(self, case_id: str, half: int, width: int) -> Strip:
        facts = self._facts(case_id)
        is_cursor = case_id == self.cursor
        is_marked = case_id in self.marked
        bar = Piece("█" if is_marked else "▌" if is_cursor else " ", "mark" if is_marked else "bar")
        pieces = first_line(facts, width - 1) if half == 0 else second_line(facts, width - 1)
        base = self.rich_style
        over = self._over(is_cursor)
        segments = [Segment(p.text, self._style(p.style, base, over, facts.acted)) for p in (bar, *pieces)]
        used = sum(cell_len(segment.text) for segment in segments)
        segments.append(Segment(" " * max(width - used, 0), base + over))
        return Strip(segments).adjust_cell_length(width, base + over)

    def _over(self, is_cursor: bool) -> Style:
        if not is_cursor:
            return Style.null()
        name = "cursor" if self.has_focus else "cursor-blurred"
        return Style(bgcolor=self.get_component_rich_style(f"feed--{name}").bgcolor)

    def _style(self, name: str, base: Style, over: Style, acted: bool) -> Style:
        if not name:
            return base + over
        is_badge = name.startswith("badge")
        if acted and not is_badge and name not in ("bar", "mark"):
            name = "acted"
        style = self.get_component_rich_style(f"feed--{name}", partial=True)
        return base + over + style if is_badge else base + style + over
