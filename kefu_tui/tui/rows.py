"""The words of a feed row, laid out in cells; no widget here, so that it can be tested as values.

A row has two lines: what must be compared between rows stands in columns on the first, what the customer
wrote stands alone on the second, last, where a terminal that miscounts an emoji can disturb nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from rich.cells import cell_len, set_cell_size

from kefu_tui import wording
from kefu_tui.domain.case import WorkState
from kefu_tui.domain.feed import CaseSummary
from kefu_tui.domain.mention import Verified, Visibility
from kefu_tui.domain.verdict import Priority
from kefu_tui.i18n import _, duration
from kefu_tui.plain import one_line

ELLIPSIS = "…"
ACCOUNT_WIDTH = 8
CATEGORY_WIDTH = 8
CLOCKS_WIDTH = 21
NARROW = 64


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words in one style; `style` names a component class of the feed."""

    text: str
    style: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFacts:
    """What a row shows, read once per repaint."""

    summary: CaseSummary
    now: datetime
    sending: timedelta | None = None  # real time left in the undo window
    unknown: bool = False  # a reply of unknown fate
    has_draft: bool = False
    acted: bool = False  # the founder is done with it; it stays until the view is left


def first_line(facts: RowFacts, width: int) -> list[Piece]:
    """Badge, account, author with reach, category; the clocks stand right."""
    summary, now = facts.summary, facts.now
    priority, _raised = summary.priority(now)
    clocks = clock_pieces(facts)
    clocks_width = sum(cell_len(piece.text) for piece in clocks)
    narrow = width < NARROW
    account_width = 0 if narrow else ACCOUNT_WIDTH + 1
    category_width = CATEGORY_WIDTH + 1
    author_width = max(width - 5 - account_width - category_width - clocks_width - 1, 6)
    pieces = [Piece(f" {priority.name} ", badge_style(priority, facts)), Piece(" ")]
    if not narrow:
        pieces += [Piece(fit(one_line(summary.case.account), ACCOUNT_WIDTH), "account"), Piece(" ")]
    pieces += author_pieces(facts, author_width)
    category = wording.category(summary.verdict.category)
    pieces += [Piece(fit(category, CATEGORY_WIDTH), "category"), Piece(" ")]
    return [*pieces, Piece(" "), *clocks]


def second_line(facts: RowFacts, width: int) -> list[Piece]:
    """What the customer wrote, after the marks that matter before reading it."""
    pieces = [Piece("     ")]
    for mark, style in _marks(facts):
        pieces += [Piece(mark, style), Piece(" ")]
    room = width - sum(cell_len(piece.text) for piece in pieces)
    post = facts.summary.lead.post
    words = one_line(f"[{post.content_warning}] {post.text}" if post.content_warning else post.text)
    return [*pieces, Piece(cut(words, room), "text")]


def _marks(facts: RowFacts) -> list[tuple[str, str]]:
    summary = facts.summary
    marks: list[tuple[str, str]] = []
    if facts.unknown:
        marks.append((_("?check"), "late"))
    if facts.has_draft:
        marks.append(("✎", "draft"))
    if summary.lead.post.visibility is Visibility.DIRECT:
        marks.append((_("DM"), "private"))
    if summary.lead.deleted_at is not None:
        marks.append((_("deleted"), "muted"))
    elif summary.lead.earlier_texts:
        marks.append((_("edited"), "muted"))
    if summary.unanswered > 1:
        marks.append((f"×{summary.unanswered}", "count"))
    return marks


def author_pieces(facts: RowFacts, width: int) -> list[Piece]:
    """The name with what makes it weigh: verification and followers; padded to `width` cells."""
    author = facts.summary.lead.post.author
    tail: list[Piece] = []
    if author.verified is not Verified.NONE:
        tail.append(Piece(" " + _VERIFIED[author.verified], "verified"))
    if author.followers:
        tail.append(Piece(" " + wording.followers(author.followers), "followers"))
    tail_width = sum(cell_len(piece.text) for piece in tail)
    if width - tail_width < 4:
        tail, tail_width = [], 0
    name = cut(one_line(author.display_name) or one_line(author.handle), width - tail_width)
    used = cell_len(name) + tail_width
    return [Piece(name, "author"), *tail, Piece(" " * max(width - used, 0))]


_VERIFIED = {
    Verified.PERSON: "✔",
    Verified.ORGANISATION: "▣",
    Verified.MEDIA: "◉",
    Verified.GOVERNMENT: "★",
}


def clock_pieces(facts: RowFacts) -> list[Piece]:
    """How long the customer has waited, and when our word is due; right-aligned to `CLOCKS_WIDTH` cells."""
    summary, now = facts.summary, facts.now
    state = summary.state(now)
    pieces: list[Piece]
    if facts.sending is not None:
        seconds = int(facts.sending.total_seconds()) + 1
        pieces = [Piece(_("leaves in {seconds}s").format(seconds=seconds), "sending")]
    elif (
        state is WorkState.WAITING_US
        and (waited := summary.waiting(now)) is not None
        and not summary.is_noise
    ):
        pieces = [Piece(_("waits {time}").format(time=duration(waited)), "waiting")]
        if summary.due is not None:
            late = summary.due.late_by(now)
            pieces.append(Piece("  "))
            if late >= timedelta(0):
                pieces.append(Piece(_("late {time}").format(time=duration(late)), "late"))
            else:
                style = "soon" if -late <= timedelta(minutes=15) else "left"
                pieces.append(Piece(_("left {time}").format(time=countdown(-late)), style))
    else:
        ago = duration(max(now - summary.last_activity, timedelta(0)))
        pieces = [Piece(wording.state(state), "state"), Piece(" "), Piece(ago, "muted")]
    used = sum(cell_len(piece.text) for piece in pieces)
    return [Piece(" " * max(CLOCKS_WIDTH - used, 0)), *pieces]


def countdown(left: timedelta) -> str:
    """Time left: to the second in the last ten minutes, where seconds matter."""
    if left >= timedelta(minutes=10):
        return duration(left)
    seconds = int(left.total_seconds())
    return f"{seconds // 60}:{seconds % 60:02d}"


def badge_style(priority: Priority, facts: RowFacts) -> str:
    if facts.acted or facts.summary.is_noise:
        return "badge-quiet"
    return f"badge-p{priority.value}"


def fit(text: str, width: int) -> str:
    """Exactly `width` cells: cut with an ellipsis or padded; no wide character is cut in half."""
    return set_cell_size(cut(text, width), width)


def cut(text: str, width: int) -> str:
    """At most `width` cells, with an ellipsis where something was cut off."""
    if width <= 0:
        return ""
    # a text of 10,000 characters is measured only as far as it can be shown
    text = text[: width + 1]
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + ELLIPSIS
