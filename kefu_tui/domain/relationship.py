"""Where a person stands with us: the ladder 潜在/新/老/忠实/危险, told from the history of their cases."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kefu_tui.domain.case import Case
from kefu_tui.domain.episodes import standing
from kefu_tui.domain.mention import Mention
from kefu_tui.domain.verdict import Category, Signal, TextVerdict

LOYAL_FROM = 2
"""From how many earlier cases on somebody who has praised us is loyal."""

NEGLECTED_AFTER = timedelta(hours=24)
"""After how long without a word of ours a complaint has been left lying."""


class Relationship(StrEnum):
    """The rungs, the first that holds from the bottom of this list up."""

    PROSPECT = "prospect"  # 潜在: never wrote before, and neither complains nor praises
    NEW = "new"  # 新: never wrote before, and speaks as somebody who has bought
    RETURNING = "returning"  # 老: wrote before
    LOYAL = "loyal"  # 忠实: wrote in two cases before, praised in one of them
    AT_RISK = (
        "at_risk"  # 危险: went over our head, was hurt, or waits for an answer to a complaint: see `History`
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A person's earlier cases, noise left out.

    `praised` says that they praised us in any of them; `in_danger` that they went over our head or were
    hurt and have not praised us since; `neglected` in how many a complaint has waited for more than a day
    and waits still.
    """

    cases: int = 0
    praised: bool = False
    in_danger: bool = False
    neglected: int = 0


NO_HISTORY = History()


def history(cases: Iterable[Case], mention: Callable[[str], Mention | None], now: datetime) -> History:
    """What earlier cases tell of a person; `mention` finds a mention by its key."""
    told: list[Mention] = []
    count = neglected = 0
    for case in cases:
        held = [found for i in case.inbounds if (found := mention(i.mention_key)) is not None]
        serious = [found for found in held if found.verdict.category is not Category.NOISE]
        if not serious:
            continue
        count += 1
        told += serious
        grievances = {found.key for found in serious if found.verdict.category.is_grievance}
        neglected += any(
            waiting.mention_key in grievances and now - waiting.at > NEGLECTED_AFTER
            for waiting in standing(case.events).owed
        )
    praised = in_danger = False
    for found in sorted(told, key=lambda one: one.post.posted_at):
        if found.verdict.category is Category.PRAISE:
            praised, in_danger = True, False
        elif found.verdict.signals & _DANGERS:
            in_danger = True
    return History(cases=count, praised=praised, in_danger=in_danger, neglected=neglected)


_DANGERS = frozenset({Signal.THREAT, Signal.SAFETY})


def rung(past: History, text: TextVerdict) -> Relationship:
    """The rung a person stands on when they write `text`."""
    if past.in_danger or past.neglected:
        return Relationship.AT_RISK
    if past.cases >= LOYAL_FROM and past.praised:
        return Relationship.LOYAL
    if past.cases:
        return Relationship.RETURNING
    speaks_as_customer = text.category.is_grievance or text.category is Category.PRAISE
    return Relationship.NEW if speaks_as_customer else Relationship.PROSPECT
