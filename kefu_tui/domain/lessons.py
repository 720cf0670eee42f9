"""What the founder's corrections teach: the text, what the program should have said of it, and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kefu_tui.domain.verdict import Category, Priority, Sentiment


class Target(StrEnum):
    """What of a verdict can be corrected by hand."""

    PRIORITY = "priority"
    CATEGORY = "category"
    SENTIMENT = "sentiment"
    NOISE = "noise"


YES, NO = "true", "false"

VALUES: Mapping[Target, tuple[str, ...]] = {
    Target.PRIORITY: tuple(priority.name for priority in Priority),
    Target.CATEGORY: tuple(category.value for category in Category),
    Target.SENTIMENT: tuple(sentiment.value for sentiment in Sentiment),
    Target.NOISE: (YES, NO),
}
"""What each target can be, as lessons and corrections write it."""


def is_value(target: Target, value: str) -> bool:
    """Whether the target can have this value."""
    return value in VALUES[target]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """One correction as an example to learn from.

    `value` is `P0`…`P3`, a `Category`'s or `Sentiment`'s value, or `true`/`false` for noise.
    `mention_key` names the mention that taught it; `at` is when, aware UTC.
    """

    mention_key: str
    text: str
    target: Target
    value: str
    at: datetime

    @property
    def key(self) -> str:
        """One lesson of a mention and target: the newest value wins."""
        return lesson_key(self.mention_key, self.target)


def lesson_key(mention_key: str, target: Target) -> str:
    return f"{mention_key}/{target}"


@dataclass(frozen=True, slots=True)
class Learned:
    """One thing the personal model has taken from the lessons: these words speak for this value.

    `weight` is in the model's own unit (log-odds); a larger one speaks louder, a negative one against.
    """

    target: Target
    value: str
    words: str
    weight: float
