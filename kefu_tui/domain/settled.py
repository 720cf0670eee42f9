"""When a case is settled for good, so that it need not lie at hand any more."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from kefu_tui.domain.case import Case
from kefu_tui.domain.corrections import put_right
from kefu_tui.domain.episodes import standing
from kefu_tui.domain.mention import Mention
from kefu_tui.domain.verdict import Category

AT_HAND = timedelta(days=30)
"""How long a settled case stays at hand after the last thing that happened in it."""


def is_settled(case: Case, mentions: Iterable[Mention], now: datetime) -> bool:
    """Whether nothing happened for long in a case that is closed, or that is nothing but noise."""
    if not case.events or now - case.last_activity <= AT_HAND:
        return False
    if standing(case.events).closed is not None:
        return True
    said = put_right(case, {mention.key: mention for mention in mentions}).values()
    return bool(said) and all(mention.verdict.category is Category.NOISE for mention in said)


def month_of(case: Case) -> str:
    """The month, in UTC, in which the last thing happened: `2026-03`."""
    return f"{case.last_activity:%Y-%m}"
