"""The words of a feed row, laid out in cells; no widget here, so that it can be tested as values.

A row has two lines: what must be compared between rows stands in columns on the first, what the customer
wrote stands alone on the second, last, where a terminal that miscounts an emoji can disturb nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from rich.cells import cell_len, set_cell_size

from kefu_tui import wording
from kefu_tui.domain.case import WorkState
from kefu_tui.domain.feed import CaseSummary
from kefu_tui.domain.mention import Verified, Visibility
from kefu_tui.domain.verdict import Category, Priority
from kefu_tui.i18n import N_, _, duration, language
from kefu_tui.plain import one_line

ELLIPSIS = "…"
ACCOUNT_WIDTH = 8
WAIT_WIDTH = 14
DUE_WIDTH = 15
TAGS_WIDTH = 20
NARROW = 62  # cells below which a row shows only when our word is due, not how long the wait is
WITHOUT_ACCOUNT = 74  # cells below which a row does not name its account: the name needs the room


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
    narrow = width < NARROW
    clocks = clock_pieces(facts, narrow=narrow)
    clocks_width = sum(cell_len(piece.text) for piece in clocks)
    account_width = ACCOUNT_WIDTH + 1 if width >= WITHOUT_ACCOUNT else 0
    category_width = _category_width(language()) + 1
    author_width = max(width - 5 - account_width - category_width - clocks_width, 6)
    pieces = [Piece(f" {priority.name} ", badge_style(priority, facts)), Piece(" ")]
    if account_width:
        pieces += [Piece(fit(one_line(summary.case.account), ACCOUNT_WIDTH), "account"), Piece(" ")]
    pieces += [*author_pieces(facts, author_width - 1), Piece(" ")]
    category = wording.category(summary.verdict.category)
    pieces += [Piece(fit(category, category_width - 1), "category"), Piece(" ")]
    return [*pieces, *clocks]


@cache
def _category_width(_language: str) -> int:
    """The cells the longest category needs in the language spoken."""
    return max(cell_len(wording.category(category)) for category in Category)


def second_line(facts: RowFacts, width: int) -> list[Piece]:
    """What the customer wrote, after the marks that matter before reading it."""
    pieces = [Piece("     ")]
    for mark, style in _marks(facts):
        pieces += [Piece(mark, style), Piece(" ")]
    if summary_tags := wording.tags(facts.summary.tags):
        pieces += [Piece(cut(summary_tags, TAGS_WIDTH), "tag"), Piece(" ")]
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


def clock_pieces(facts: RowFacts, *, narrow: bool = False) -> list[Piece]:
    """How long the customer has waited, and when our word is due: two right-aligned columns.

    A narrow row keeps only the second.
    """
    summary, now = facts.summary, facts.now
    state = summary.state(now)
    wait, due = Piece(""), Piece("")
    if facts.sending is not None:
        seconds = int(facts.sending.total_seconds()) + 1
        due = Piece(_("leaves in {seconds}s").format(seconds=seconds), "sending")
    elif (
        state is WorkState.WAITING_US
        and (waited := summary.waiting(now)) is not None
        and not summary.is_noise
    ):
        wait = Piece(_("waits {time}").format(time=brief(waited)), "waiting")
        due = _due_piece(summary.due.late_by(now)) if summary.due is not None else due
    elif summary.is_noise:
        pass  # nobody waits for an answer to an advertisement
    else:
        wait = Piece(brief(max(now - summary.last_activity, timedelta(0))), "muted")
        due = Piece(_(_STATES[state]), "state")
    columns = [(due, DUE_WIDTH)] if narrow else [(wait, WAIT_WIDTH), (due, DUE_WIDTH)]
    return [Piece(_right(piece.text, width), piece.style) for piece, width in columns]


def _due_piece(late: timedelta) -> Piece:
    if late >= timedelta(0):
        return Piece(_("late {time}").format(time=brief(late)), "late")
    style = "soon" if -late <= timedelta(minutes=15) else "left"
    return Piece(_("left {time}").format(time=countdown(-late)), style)


_STATES = {
    WorkState.WAITING_US: N_("with us"),
    WorkState.WAITING_THEM: N_("with them"),
    WorkState.SNOOZED: N_("snoozed"),
    WorkState.CLOSED: N_("closed"),
    WorkState.NO_REPLY: N_("no reply"),
}


def _right(text: str, width: int) -> str:
    """The text at the right end of its column, a space away from the one before."""
    text = cut(text, width - 1)
    return " " * (width - cell_len(text)) + text


def brief(length: timedelta) -> str:
    """A duration in a column: beside ten hours minutes say nothing, beside ten days hours do not."""
    if length >= timedelta(days=10):
        return duration(timedelta(days=length.days))
    if timedelta(hours=10) <= length < timedelta(days=1):
        return duration(timedelta(hours=length // timedelta(hours=1)))
    return duration(length)


def countdown(left: timedelta) -> str:
    """Time left: to the second in the last ten minutes, where seconds matter."""
    if left >= timedelta(minutes=10):
        return brief(left)
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
