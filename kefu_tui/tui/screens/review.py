"""The review before a reply leaves: everything the approval binds, in one look."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from kefu_tui import wording
from kefu_tui.domain.mention import Mention, Visibility
from kefu_tui.domain.outbox import ReplyRequest
from kefu_tui.domain.tone import Finding
from kefu_tui.i18n import _
from kefu_tui.plain import one_line, visible
from kefu_tui.ports import TextLength
from kefu_tui.tui.actions import with_twins
from kefu_tui.tui.rows import cut
from kefu_tui.tui.tone_lines import SHORT, finding_line
from kefu_tui.tui.wrapping import wrapped


class ReviewScreen(ModalScreen[bool]):
    """Shows one frozen request; True approves exactly that one, False goes back to the text.

    What will sound wrong is told and stops nothing, except private data on its way into public: that waits
    until it is confirmed.
    """

    VERTICAL_BREAKPOINTS = [(0, "-short"), (SHORT, "-tall")]  # noqa: RUF012 - as Textual declares it

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(with_twins("y"), "approve", "approve", show=False),
        Binding(with_twins("c"), "confirm", "confirm", show=False),
        Binding(with_twins("escape", "n", "e"), "back", "back", show=False),
        Binding(with_twins("j", "down"), "scroll(1)", "scroll", show=False),
        Binding(with_twins("k", "up"), "scroll(-1)", "scroll", show=False),
    ]

    def __init__(
        self,
        request: ReplyRequest,
        answered: Sequence[Mention],
        length: TextLength,
        problem: str,
        *,
        by_hand: bool,
        findings: Sequence[Finding] = (),
    ) -> None:
        super().__init__()
        self._findings = findings
        self._unconfirmed = any(finding.blocks for finding in findings)
        self._request = request
        self._answered = answered
        self._length = length
        self._problem = problem
        self._by_hand = by_hand

    def compose(self) -> ComposeResult:
        request = self._request
        is_private = request.visibility in (Visibility.DIRECT, Visibility.FOLLOWERS)
        where = Content.assemble(
            (
                f" {wording.visibility(request.visibility)} ",
                f"bold $on-p on {'$private' if is_private else '$primary'}",
            ),
            (f"  {request.account} → @{one_line(request.target_handle)}", "bold"),
        )
        if request.content_warning:
            where += Content.assemble(("  " + _("CW: ") + one_line(request.content_warning), "$warning"))
        with Vertical(id="review", classes="-private" if is_private else ""):
            yield Static(where, id="review-where", markup=False)
            yield Static(
                Content.assemble((_quoted(self._answered, self._width() - 2), "$muted")),
                id="review-target",
                markup=False,
            )
            with VerticalScroll(id="review-scroll"):
                yield Static(
                    Content(wrapped(visible(request.text), self._width())), id="review-text", markup=False
                )
            if self._findings:
                yield Static(self._tone(), id="review-tone", markup=False)
            style = "$muted" if self._length.fits else "bold $error"
            length = _("length {used} of {limit}").format(used=self._length.used, limit=self._length.limit)
            yield Static(Content.assemble((length, style)), id="review-length", markup=False)
            yield Static(self._keys(), id="review-keys", markup=False)

    def _tone(self) -> Content:
        """What will sound wrong; on a low terminal a line each, so that the keys stay in sight."""
        width = self._width() if self.app.size.height < SHORT else None
        told = [finding_line(finding, width) for finding in self._findings]
        if width is not None and len(told) > 3:
            more = Content.assemble((f"  +{len(told) - 2}", "$muted"))
            told = [*told[:2], more]
        return Content("\n").join(told)

    def _width(self) -> int:
        """The cells of a line inside the box, as the style sheet lays it out."""
        return max(min(int(self.app.size.width * 0.9), 90) - 8, 20)

    def _keys(self) -> Content:
        if self._problem:
            return Content.assemble(
                (f"✗ {one_line(self._problem)}", "bold $error"),
                "   ",
                (" esc ", "bold $primary"),
                (_("back to the text"), "$muted"),
            )
        if self._unconfirmed:
            return Content.assemble(
                (" c ", "bold $on-p on $warning"),
                " " + _("it may be read by everybody") + "   ",
                (" esc ", "bold $primary"),
                (_("back to the text"), "$muted"),
            )
        send = _("copy, then post it by hand") if self._by_hand else _("send")
        return Content.assemble(
            (" y ", "bold $on-p on $primary"),
            f" {send}   ",
            (" esc ", "bold $primary"),
            (_("back to the text"), "$muted"),
        )

    def action_approve(self) -> None:
        if self._problem or self._unconfirmed:
            self.app.bell()
        else:
            self.dismiss(True)

    def action_confirm(self) -> None:
        """The founder says that what looks private may be read by everybody."""
        self._unconfirmed = False
        self.query_one("#review-keys", Static).update(self._keys())

    def action_back(self) -> None:
        self.dismiss(False)

    def action_scroll(self, lines: int) -> None:
        self.query_one("#review-scroll").scroll_relative(y=lines, animate=False)


def _quoted(answered: Sequence[Mention], width: int) -> str:
    """The customer's own words this reply answers, the newest whole, earlier ones in a line each."""
    *earlier, newest = answered
    lines = [cut(one_line(mention.post.text), width) for mention in earlier[-3:]]
    lines += wrapped(visible(newest.post.text).strip(), width).splitlines()[:6]
    return "\n".join(f"│ {line}" for line in lines)
