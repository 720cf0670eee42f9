"""What a text is about: the lesser grounds, whether it is noise, its tone and its category."""

from collections.abc import Iterator, Sequence

from kefu_tui.domain.verdict import Aspect, Category, Priority, ReasonKind, Sentiment, Signal
from kefu_tui.nlp.grounds import Context, Ground, broken_promises
from kefu_tui.nlp.lexicon import Span

DISPLEASED, PLEASED = -0.15, 0.3
"""Where the mood's score stops being neutral."""

_AD_SIGNS = 2
_MORE_IF_AGGRIEVED = 2
_MORE_IF_ASKING = 1
_MOST_LINKS = 2
_TOPICS = (
    ("topic.aftersales", Category.AFTER_SALES),
    ("topic.delivery", Category.DELIVERY),
    ("topic.quality", Category.QUALITY),
    ("topic.service", Category.COMPLAINT),
)


def is_among_peers(context: Context) -> bool:
    """Whether a contact is asked of other users, or offered by one: 想要的私信我."""
    return context.holds("contact.peer", context.reading.text)


def requests(context: Context) -> Iterator[Ground]:
    """What the author asks for or offers without anything having failed."""
    found = context.found
    if found["contact"] and not is_among_peers(context):
        urgent = context.mood.score < DISPLEASED
        priority = Priority.P1 if urgent else Priority.P2
        yield Ground(ReasonKind.CONTACT, priority, found["contact"][0], Signal.CONTACT)
    if found["cooperation"]:
        yield Ground(ReasonKind.COOPERATION, Priority.P2, found["cooperation"][0])
    for span in context.spans("suggestion"):
        if not context.holds("suggestion.peer", context.reading.around(span)):
            yield Ground(ReasonKind.SUGGESTION, Priority.P2, span, Signal.SUGGESTION)
    for span in context.spans("question"):
        if not found.within("question.rhetorical", *context.reading.sentence(span)):
            words = context.reading.last_words(span)
            yield Ground(ReasonKind.QUESTION, Priority.P2, words, Signal.QUESTION)
    if context.mood.score < DISPLEASED and context.mood.worst:
        yield Ground(ReasonKind.DISSATISFACTION, Priority.P2, context.mood.worst)


def noise(context: Context, grounds: Sequence[Ground]) -> Span | None:
    """Where a text shows that it is an advertisement, a statute or the news at large.

    Never a text that tells of harm or a threat, unless it preys on the cheated; a grievance or a question
    needs more signs.
    """
    scam = context.found["noise.scam"]
    if scam and not any(
        ground.priority is Priority.P0 and ground.kind is ReasonKind.HARM for ground in grounds
    ):
        return scam[0]
    if any(ground.priority is Priority.P0 for ground in grounds):
        return None
    found = context.found
    aggrieved = any(ground.priority is Priority.P1 for ground in grounds)
    asking = bool(found["question"] or found["contact"])
    if found["noise.text"] and not aggrieved and not asking:
        return found["noise.text"][0]
    signs = sorted([*found["noise.ad"], *found["noise.hint"]])
    links = min(context.reading.links, _MOST_LINKS)
    weight = len(found["noise.ad"]) + (len(found["noise.hint"]) + links) / 2
    needed = _AD_SIGNS + aggrieved * _MORE_IF_AGGRIEVED + asking * _MORE_IF_ASKING
    return signs[0] if signs and weight >= needed else None


def sentiment(context: Context, grounds: Sequence[Ground]) -> Sentiment:
    """The tone: harm, a demand and anger make it negative unless good words clearly outweigh them."""
    score = context.mood.score
    aggrieved = any(
        ground.priority <= Priority.P1 and ground.kind not in (ReasonKind.THREAT, ReasonKind.PRESS)
        for ground in grounds
    )
    if score < DISPLEASED or broken_promises(context) or (aggrieved and score < PLEASED):
        return Sentiment.NEGATIVE
    return Sentiment.POSITIVE if score > PLEASED else Sentiment.NEUTRAL


_ASPECTS = (
    ("topic.delivery", Aspect.DELIVERY),
    ("topic.quality", Aspect.QUALITY),
    ("topic.service", Aspect.SERVICE),
    ("deceit", Aspect.AUTHENTICITY),
)


def aspects(context: Context) -> frozenset[Aspect]:
    """The sides of a purchase that are named, where no weights tell them."""
    return frozenset(aspect for tag, aspect in _ASPECTS if context.found[tag])


def category(context: Context, grounds: Sequence[Ground], tone: Sentiment) -> Category:
    """What the brand would do about it, by the codebook's order."""
    kinds = {ground.kind for ground in grounds}
    found = context.found
    if ReasonKind.PRESS in kinds:
        return Category.PRESS
    if ReasonKind.HARM in kinds:
        news = context.holds("harm.news", context.reading.text) and not found["offence"]
        return Category.PRESS if news and tone is not Sentiment.NEGATIVE else Category.QUALITY
    if any(ground.priority <= Priority.P1 for ground in grounds) or tone is Sentiment.NEGATIVE:
        return _grievance(context, kinds)
    if ReasonKind.COOPERATION in kinds:
        return Category.COOPERATION
    if ReasonKind.QUESTION in kinds or ReasonKind.CONTACT in kinds:
        return Category.QUESTION
    if tone is Sentiment.POSITIVE and found["praise"]:
        return Category.PRAISE
    if ReasonKind.SUGGESTION in kinds:
        return Category.SUGGESTION
    return Category.PRESS if found["press"] else Category.SMALL_TALK


def _grievance(context: Context, kinds: set[ReasonKind]) -> Category:
    """The topic with the most words; deceit and threats without a topic are about the brand as a whole."""
    counts = {topic: len(context.found[tag]) for tag, topic in _TOPICS}
    if ReasonKind.DECEIT in kinds or ReasonKind.THREAT in kinds:
        counts[Category.COMPLAINT] += 2
    if ReasonKind.DEMAND in kinds:
        counts[Category.AFTER_SALES] *= 2
    best = max(counts, key=lambda topic: counts[topic])
    return best if counts[best] else Category.COMPLAINT
