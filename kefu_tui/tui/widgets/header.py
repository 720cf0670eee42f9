"""The two lines on top: how the day stands, and how the accounts stand; then the views with their counts."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from kefu_tui import wording
from kefu_tui.domain.feed import View
from kefu_tui.i18n import _, describe, duration, ngettext
from kefu_tui.plain import one_line
from kefu_tui.ports import AccountFacts
from kefu_tui.services.feed import HeaderNumbers
from kefu_tui.services.intake import AccountStatus


class DayNumbers(Widget):
    """The shopkeeper's line: who waits, how long, how many were answered, and how fast."""

    numbers: reactive[HeaderNumbers | None] = reactive(None)
    time: reactive[str] = reactive("")
    title: reactive[str] = reactive("")

    def render(self) -> Content:
        left = Content.assemble(
            (" kefu ", "bold $on-p on $primary"), (f" {self.title} " if self.title else " ", "bold")
        )
        right = Content.assemble((f" {self.time} ", "$muted"))
        room = self.size.width - left.cell_length - right.cell_length
        figures = self._figures()
        middle = Content("")
        for piece in figures:
            if middle.cell_length + piece.cell_length > room:
                break
            middle += piece
        gap = max(room - middle.cell_length, 0)
        return left + middle + Content(" " * gap) + right

    def _figures(self) -> list[Content]:
        """The figures, the ones to keep on a narrow screen first."""
        numbers = self.numbers
        if numbers is None:
            return []
        pieces = [_figure(_("waiting"), str(numbers.waiting), "$foreground")]
        if numbers.overdue:
            pieces.append(_figure(_("late"), str(numbers.overdue), "bold $error"))
        if numbers.oldest_wait is not None:
            style = "bold $error" if numbers.oldest_wait >= timedelta(hours=24) else "$foreground"
            pieces.append(_figure(_("oldest"), duration(numbers.oldest_wait), style))
        if numbers.ignored:
            pieces.append(_figure(_("ignored"), str(numbers.ignored), "bold $error"))
        if numbers.episodes:
            share = f"{round(100 * numbers.answered / numbers.episodes)}%"
            pieces.append(
                _figure(_("answered"), f"{share} {numbers.answered}/{numbers.episodes}", "$foreground")
            )
        if numbers.median_first_response is not None:
            pieces.append(_figure(_("median"), duration(numbers.median_first_response), "$foreground"))
            pieces.append(_figure(_("≤10m"), _percent(numbers.within_10m, numbers.answered), "$foreground"))
            pieces.append(_figure(_("≤60m"), _percent(numbers.within_60m, numbers.answered), "$foreground"))
        return pieces


def _figure(label: str, value: str, style: str) -> Content:
    return Content.assemble((f" {label} ", "$muted"), (f"{value} ", style))


def _percent(part: int, whole: int) -> str:
    return f"{round(100 * part / whole)}%" if whole else "–"


class ViewTabs(Widget):
    """The views with their keys and counts; the one shown stands out."""

    current: reactive[View] = reactive(View.WAITING)
    counts: reactive[Mapping[View, int]] = reactive({})
    searched: reactive[str] = reactive("")
    own: reactive[Sequence[tuple[str, str, int]]] = reactive(())
    """The founder's own views: key, name, count."""
    current_own: reactive[int | None] = reactive(None)

    def render(self) -> Content:
        line = Content("")
        if self.searched:
            return Content.assemble(
                (f" / {self.searched} ", "bold $on-p on $primary"), (_(" in everything"), "$muted")
            )
        own = [self._own_tab(place) for place in range(len(self.own))]
        room = self.size.width - sum(piece.cell_length for piece in own)
        for view in View:
            count = self.counts.get(view, 0)
            is_current = view is self.current and self.current_own is None
            if not count and not is_current and view in (View.NOISE, View.SNOOZED, View.BIG, View.RISKY):
                continue
            piece = self._tab(view, count, is_current)
            if line.cell_length + piece.cell_length > max(room, 0):
                break
            line += piece
        for piece in own:
            line += piece
        return line

    def _own_tab(self, place: int) -> Content:
        key, name, count = self.own[place]
        label = one_line(name)
        if place == self.current_own:
            return Content.assemble((f" {key} {label} {count} ", "bold $primary on $panel"))
        return Content.assemble((f" {key} ", "$faint"), (label, "$secondary"), (f" {count} ", "$muted"))

    def _tab(self, view: View, count: int, is_current: bool) -> Content:
        name = wording.view(view)
        if is_current:
            return Content.assemble((f" {view.key} {name} {count} ", "bold $primary on $panel"))
        alarm = view in (View.DUE_SOON, View.RISKY) and count
        return Content.assemble(
            (f" {view.key} ", "$faint"),
            (name, "$muted"),
            (f" {count} ", "bold $p1" if alarm else "$muted"),
        )


class AccountsLine(Widget):
    """How each account stands: when it was last polled, its lag, what is wrong with it."""

    statuses: reactive[Sequence[AccountStatus]] = reactive(())
    lags: reactive[Mapping[str, timedelta]] = reactive({})
    now: reactive[datetime | None] = reactive(None)
    gaps: reactive[Sequence[str]] = reactive(())
    to_look_at: reactive[int] = reactive(0)
    problems: reactive[Sequence[str]] = reactive(())
    slow_rules: reactive[Sequence[str]] = reactive(())

    def render(self) -> Content:
        pieces = [_problem(problem) for problem in self.problems]
        if self.to_look_at:
            words = ngettext("{n} reply needs a look", "{n} replies need a look", self.to_look_at)
            pieces.append(
                Content.assemble((f" O {words.format(n=self.to_look_at)} ", "bold $on-p on $warning"))
            )
        pieces += [Content.assemble((f" ⚠ {gap} ", "$warning")) for gap in self.gaps if gap]
        pieces += [
            Content.assemble((f" ⚠ {wording.slow_rule(name)} ", "$warning")) for name in self.slow_rules
        ]
        pieces += sorted((self._account(status) for status in self.statuses), key=_trouble_first)
        line = Content("")
        for piece in pieces:
            if line.cell_length + piece.cell_length > self.size.width and line.cell_length:
                break
            line += piece
        return line

    def _account(self, status: AccountStatus) -> Content:
        if status.error is not None:
            style = "bold $error" if status.paused else "$warning"
            return Content.assemble(
                (f" ✗ {status.account} ", style), (f"{one_line(describe(status.error))} ", style)
            )
        parts: list[str | Content | tuple[str, str]] = [(" ● ", "$success"), (f"{status.account} ", "$muted")]
        if status.last_success_at is None:
            parts = [(" ○ ", "$muted"), (f"{status.account} ", "$muted")]
        elif self.now is not None:
            ago = duration(max(self.now - status.last_success_at, timedelta(0)))
            parts.append((_("{time} ago ").format(time=ago), "$faint"))
            if status.next_poll_at is not None:
                ahead = duration(max(status.next_poll_at - self.now, timedelta(0)))
                parts.append((_("next {time} ").format(time=ahead), "$faint"))
        lag = self.lags.get(status.account)
        if lag is not None:
            parts.append((_("lag {time} ").format(time=duration(lag)), "$faint"))
        if status.fetched:
            words = ngettext("{n} case fetched so far …", "{n} cases fetched so far …", status.fetched)
            parts.append((f"{words.format(n=status.fetched)} ", "bold $warning"))
        parts += _facts(status.facts)
        parts += [(f"⚠ {_(notice)} ", "$warning") for notice in status.notices]
        return Content.assemble(*parts)


def _facts(facts: AccountFacts) -> list[tuple[str, str]]:
    """What is left of a quota that runs low, and what the day has cost."""
    parts = []
    quota = facts.quota
    if quota is not None and quota.limit and quota.left * 5 <= quota.limit:
        parts.append((_("{n} calls left ").format(n=quota.left), "$warning"))
    if facts.cost_today:
        parts.append((f"${facts.cost_today:.2f} ", "$faint"))
    return parts


def _problem(text: str) -> Content:
    return Content.assemble((f" ✗ {text} ", "bold $error"))


def _trouble_first(piece: Content) -> bool:
    return "✗" not in piece.plain
