"""What triage says of a mention: how urgent, what about, in which mood, and why."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Priority(IntEnum):
    """P0 now, P1 today, P2 this day or next, P3 when there is time; smaller is more urgent."""

    P0 = 0
    P1 = 1
    P2 = 2
    P3 = 3

    def raised(self, steps: int = 1) -> "Priority":
        return Priority(max(0, self - steps))


class Category(StrEnum):
    """What the brand would have to do about it; the values are the codebook's own words."""

    COMPLAINT = "投诉"
    QUESTION = "咨询"
    AFTER_SALES = "售后退换"
    DELIVERY = "物流"
    QUALITY = "质量"
    PRAISE = "表扬"
    SUGGESTION = "建议"
    COOPERATION = "合作"
    PRESS = "媒体"
    SMALL_TALK = "闲聊"
    NOISE = "噪声"

    @property
    def is_grievance(self) -> bool:
        """Complaint cases are what the product calls 机会, an opportunity."""
        return self in (Category.COMPLAINT, Category.AFTER_SALES, Category.DELIVERY, Category.QUALITY)


class Sentiment(StrEnum):
    NEGATIVE = "neg"
    NEUTRAL = "neu"
    POSITIVE = "pos"


class Signal(StrEnum):
    """What else a text holds, each true or not."""

    COMPLAINT = "complaint"
    QUESTION = "question"
    SUGGESTION = "suggestion"
    THREAT = "threat"  # somebody goes over the brand's head
    SAFETY = "safety"  # a body, or something that can hurt one
    CONTACT = "contact"  # the author wants to be reached
    OFFENSIVE = "offensive"
    NOISE = "noise"


class Aspect(StrEnum):
    """Which side of a purchase a text speaks of; the values are those of the public e-commerce aspect set."""

    OVERALL = "整体"
    QUALITY = "质量体验"
    PRICE = "价格"
    DELIVERY = "物流"
    AUTHENTICITY = "真伪"
    PACKAGING = "包装"
    SERVICE = "服务"
    FRESHNESS = "新鲜度"


class Language(StrEnum):
    HANS = "zh-Hans"
    HANT = "zh-Hant"
    ENGLISH = "en"
    OTHER = "und"


class ReasonKind(StrEnum):
    """Why a verdict is what it is; the outer rooms put each kind in words."""

    HARM = "harm"
    THREAT = "threat"
    MONEY = "money"
    DEMAND = "demand"
    ANGER = "anger"
    DECEIT = "deceit"
    CONTACT = "contact"
    OFFENCE = "offence"
    QUESTION = "question"
    SUGGESTION = "suggestion"
    DISSATISFACTION = "dissatisfaction"
    REMARK = "remark"  # something that may want a word, without a complaint
    PRAISE = "praise"
    PRESS = "press"
    COOPERATION = "cooperation"
    NOISE = "noise"
    SETTLED = "settled"
    DECOY = "decoy"  # an alarm word that is not aimed at us
    REACH = "reach"  # evidence is the follower count as digits
    VERIFIED = "verified"  # evidence is the kind of verification
    REPEAT = "repeat"  # evidence is how often this person wrote in this case
    WAITING = "waiting"  # evidence is whole minutes
    SPREAD = "spread"  # evidence is the repost count as digits
    RELATIONSHIP = "relationship"  # evidence is the rung of the ladder, a `Relationship`
    SAME_CAUSE = "same_cause"  # evidence is how many people complain of the same
    VIP = "vip"  # somebody the founder has named
    OUTLET = "outlet"  # a media account the founder has named
    RULE = "rule"  # evidence is the rule's name
    CORRECTED = "corrected"  # by the founder's own hand; evidence is the correction's target
    LEARNED = "learned"  # what earlier corrections taught


@dataclass(frozen=True, slots=True)
class Reason:
    """One ground of a verdict.

    `evidence` is the words of the text that fired, or a bare figure (see `ReasonKind`): data, never
    markup. `steps` is how many priority classes this reason moved the verdict up (negative: down);
    0 explains without moving.
    """

    kind: ReasonKind
    evidence: str = ""
    steps: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TextVerdict:
    """What the words alone say; reach, waiting and history are added by `triage.judge`.

    `sentiment_score` runs from -1 (displeased) to 1 (pleased); `score` from 0 to 1 how displeased
    and urgent the words sound: one figure to rank by, within a class and where classes are not looked at.
    """

    priority: Priority
    category: Category
    sentiment: Sentiment
    sentiment_score: float
    signals: frozenset[Signal]
    score: float
    language: Language
    reasons: tuple[Reason, ...]
    aspects: frozenset[Aspect] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict(TextVerdict):
    """The whole verdict on a mention, reach and history included; `tags` are those of the founder's rules."""

    tags: tuple[str, ...] = ()

    @property
    def is_lifted(self) -> bool:
        """Whether it stands in its class by who wrote it and how it spread, not by its own words."""
        return any(reason.kind in _OF_CIRCUMSTANCE and reason.steps > 0 for reason in self.reasons)


_OF_CIRCUMSTANCE = frozenset(
    {
        ReasonKind.REACH,
        ReasonKind.VERIFIED,
        ReasonKind.OUTLET,
        ReasonKind.VIP,
        ReasonKind.SPREAD,
        ReasonKind.RELATIONSHIP,
        ReasonKind.REPEAT,
    }
)
