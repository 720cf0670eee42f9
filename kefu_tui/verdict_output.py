"""A verdict for people: what a text is, why, and what adds up to its priority."""

from collections.abc import Iterator

from rich.text import Text

from kefu_tui import wording
from kefu_tui.domain.errors import KefuError
from kefu_tui.domain.verdict import Priority, TextVerdict
from kefu_tui.i18n import _, describe
from kefu_tui.output import PRIORITY_STYLES
from kefu_tui.plain import one_line

_READ = 2000  # characters of a text; more do not fit on its line
_STEP = 4  # cells


def verdict_lines(number: int, text: str, verdict: TextVerdict) -> Iterator[Text]:
    """The heading of line `number`, its text, and each reason with the step it made; then an empty line."""
    badge = f" {verdict.priority.name} "
    line = Text(f"{number:>4} ", "dim").append(badge, f"not dim reverse {PRIORITY_STYLES[verdict.priority]}")
    mood = f"{wording.sentiment(verdict.sentiment)} ({verdict.sentiment_score:+.2f})"
    facts = [wording.category(verdict.category), mood, wording.text_language(verdict.language)]
    if verdict.aspects:
        facts += [wording.aspect(one) for one in sorted(verdict.aspects)]
    yield line.append(" " + " · ".join(facts), "not dim bold")
    yield Text(f"     {one_line(text[:_READ])}")
    for reason in verdict.reasons:
        step = f"{reason.steps:+d}" if reason.steps else "·"
        style = "bold" if reason.steps else "dim"
        yield Text(f"     {step:>{_STEP}}  {wording.reason(reason)}", style)
    yield Text(f"     {_sum(verdict)}", "dim")
    yield Text()


def problem_lines(number: int, problem: KefuError) -> Iterator[Text]:
    """What is wrong with line `number`; then an empty line."""
    yield Text(f"{number:>4} ", "dim").append(f" {one_line(describe(problem))}", "not dim bold red")
    yield Text()


def _sum(verdict: TextVerdict) -> str:
    """`P3 +2 −1 = P2`: from where everything starts, step by step."""
    steps = [f"{reason.steps:+d}" for reason in verdict.reasons if reason.steps]
    if not steps:
        return _("{priority}: nothing raises it").format(priority=verdict.priority.name)
    return " ".join([Priority.P3.name, *steps, "=", verdict.priority.name])
