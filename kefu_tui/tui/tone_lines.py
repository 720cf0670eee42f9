"""What the tone check and our earlier answers say, as lines for the composer and the review."""

from datetime import tzinfo

from textual.content import Content

from kefu_tui import tone_wording
from kefu_tui.domain.answers import Similar
from kefu_tui.domain.tone import Finding
from kefu_tui.i18n import _
from kefu_tui.plain import one_line
from kefu_tui.tui.rows import cut

SHORT = 30  # lines: on a lower terminal there is room for a line each


def finding_line(finding: Finding, width: int | None = None) -> Content:
    """What sounds wrong, by which words, and what could be said instead; on one line of `width` cells."""
    mark = "✗" if finding.blocks else "△"
    style = "bold $error" if finding.blocks else "$warning"
    line = Content.assemble((f"{mark} {tone_wording.finding(finding)}", style))
    line += Content.assemble((f"  → {one_line(finding.better)}", "$muted"))
    return line if width is None else line.truncate(width, ellipsis=True)


def earlier_line(similar: Similar, zone: tzinfo, width: int) -> Content:
    """One earlier answer: when, to whom, what was asked and what we said."""
    answer = similar.answer
    at = answer.at.astimezone(zone)
    who = f"↺ {at:%m-%d} @{cut(one_line(answer.handle), 14)} "
    asked = cut(one_line(answer.asked), max(width // 4, 12))
    said = _("we said: {words}").format(words=one_line(answer.text))
    return Content.assemble((who, "$primary"), (f"{asked} ", "$muted"), cut(said, max(width - 34, 20)))
