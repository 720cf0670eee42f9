"""The grounds for a priority that a text gives, each with its scope: who does it to whom, and is it so.

An alarm word alone says little: a bank that sues its customer, an engine's 报警 and a complaint made at
the front desk use the same words as a customer who goes to the regulator. Each ground is therefore an
alarm that stood up to questions: who acts, against whom, and did it happen.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kefu_tui.domain.verdict import Priority, ReasonKind, Signal
from kefu_tui.nlp.lexicon import Findings, Lexicon, Span
from kefu_tui.nlp.mood import Mood, mood
from kefu_tui.nlp.reading import Reading

_GRIEVANCES = (
    ("demand", ReasonKind.DEMAND),
    ("deceit", ReasonKind.DECEIT),
    ("anger", ReasonKind.ANGER),
)
_CAUSE_REACH = 80
_CONTENT = 0.5  # an author this pleased tells no harm of ours
_DENIAL_REACH = 14
_MOST_SPANS = 12
_MANY_BROKEN = 4  # different signs of a broken promise; fewer are in any story


@dataclass(frozen=True, slots=True)
class Ground:
    """One thing in the text and the class it would put the text in by itself."""

    kind: ReasonKind
    priority: Priority
    span: Span
    signal: Signal | None = None
    settled: bool = False

    @property
    def effective(self) -> Priority:
        """The class this ground ends in: what is settled weighs one less."""
        return Priority(self.priority + 1) if self.settled else self.priority


@dataclass(frozen=True, slots=True)
class Context:
    """What every question about an alarm needs."""

    reading: Reading
    found: Findings
    lexicon: Lexicon
    mood: Mood

    def spans(self, tag: str) -> Sequence[Span]:
        """Where `tag` was found; of very many the first and the last, which bounds the work."""
        spans = self.found[tag]
        return spans if len(spans) <= _MOST_SPANS else [*spans[: _MOST_SPANS - 4], *spans[-4:]]

    def holds(self, scope: str, text: str) -> bool:
        return self.lexicon.find(f"scope.{scope}", text) is not None

    def felt(self, span: Span) -> float:
        """The mood of the clause `span` stands in: praise elsewhere takes back no harm."""
        return mood(self.reading, self.found, self.lexicon, self.reading.clause(span)).score

    def before(self, span: Span, reach: int) -> str:
        return self.reading.text[max(0, span[0] - reach) : span[0]]


def grounds(context: Context) -> list[Ground]:
    """Every ground in the text, harm first. A journalist's enquiry tells of no harm: it asks about it."""
    if context.found["press.enquiry"]:
        asked = context.found["press.enquiry"][0]
        return [Ground(ReasonKind.PRESS, Priority.P1, asked, Signal.THREAT), *_grievances(context)]
    return [
        *_harm(context),
        *_money(context),
        *_violence(context),
        *_threats(context),
        *_grievances(context),
    ]


# --- harm ----------------------------------------------------------------------------------------


def _harm(context: Context) -> Iterator[Ground]:
    for tag in ("harm.body", "harm.inflicted", "harm.accident"):
        for span in context.spans(tag):
            ground = _happened(context, span, needs_cause=tag == "harm.body")
            if ground is not None:
                yield ground
    for span in context.spans("harm.mild"):
        if not _denied(context, span) and not _elsewhere(context, span):
            yield _hazard(span)
    for span in context.spans("harm.food"):
        around = context.reading.around(span, before=1)
        eaten = context.mood.score < _CONTENT and context.holds("harm.eaten", around)
        if eaten and not _denied(context, span):
            yield _hazard(span)
    for tag in ("harm.burst", "harm.danger"):
        for span in context.spans(tag):
            if context.mood.score < _CONTENT and not _denied(context, span):
                yield _hazard(span)
    for span in context.spans("harm.hazard"):
        if context.mood.score < 0 and not _denied(context, span) and not _elsewhere(context, span):
            yield _hazard(span)


def _hazard(span: Span) -> Ground:
    return Ground(ReasonKind.HARM, Priority.P1, span, Signal.SAFETY)


def _happened(context: Context, span: Span, *, needs_cause: bool) -> Ground | None:
    """Harm done to a body or a thing that failed: P0, unless it is feared, denied, news or over."""
    if _elsewhere(context, span) or _denied(context, span):
        return None
    around = context.reading.around(span, after=1)
    said = context.before(span, _DENIAL_REACH)
    if context.holds("harm.unsure", said) or context.holds("harm.unsure", _up_to_last(context, span)):
        feared = context.holds("harm.feared", context.before(span, _DENIAL_REACH))
        return _hazard(span) if feared else None
    if _is_hearsay(context, span):
        return _hazard(span)
    if context.felt(span) > _CONTENT or (needs_cause and not _has_cause(context, span)):
        return None
    if context.holds("harm.news", context.reading.text):
        return _hazard(span)
    if context.holds("harm.settled", around):
        if context.mood.score > 0 and context.felt(span) >= 0:
            return None
        return Ground(ReasonKind.HARM, Priority.P0, span, Signal.SAFETY, settled=True)
    return Ground(ReasonKind.HARM, Priority.P0, span, Signal.SAFETY)


def _up_to_last(context: Context, span: Span) -> str:
    """What was found, without its last two characters: a doubt may stand inside, right before the harm."""
    return context.reading.text[span[0] : max(span[0], span[1] - 2)]


def _has_cause(context: Context, span: Span) -> bool:
    """Whether we can have done it: something of ours was taken, or the text is a grievance anyway."""
    if context.reading.handles or any(context.found[tag] for tag in ("demand", "deceit", "harm.burst")):
        return True
    text, (start, end) = context.reading.text, span
    before, after = text[max(0, start - _CAUSE_REACH) : end], text[end : end + _CAUSE_REACH]
    return context.holds("harm.cause", before) or context.holds("harm.cause_after", after)


def _is_hearsay(context: Context, span: Span) -> bool:
    around = context.reading.around(span)
    return context.holds("harm.rumour", around) and not context.holds("threat.author", around)


def _elsewhere(context: Context, span: Span) -> bool:
    return context.holds("harm.own_cause", context.reading.around(span))


def _denied(context: Context, span: Span) -> bool:
    return context.holds("harm.denied", context.before(span, _DENIAL_REACH))


def _money(context: Context) -> Iterator[Ground]:
    for span in context.spans("money.theft"):
        around = context.reading.around(span, after=1)
        if context.holds("harm.settled", around) and context.mood.score > 0:
            continue
        if _denied(context, span) or context.holds("harm.unsure", context.before(span, _DENIAL_REACH)):
            continue
        if not (context.reading.handles or context.holds("money.ours", around)):
            continue
        far = context.holds("money.far", around)
        settled = context.holds("harm.settled", around)
        yield Ground(ReasonKind.MONEY, Priority.P1 if far else Priority.P0, span, settled=settled and not far)


def _violence(context: Context) -> Iterator[Ground]:
    for span in context.spans("violence"):
        if not context.holds("threat.joke", context.reading.text):
            yield Ground(ReasonKind.HARM, Priority.P0, span, Signal.SAFETY)


# --- over the brand's head -----------------------------------------------------------------------


def _threats(context: Context) -> Iterator[Ground]:
    yield from _named_authorities(context)
    for tag, worst in (("threat.outside", Priority.P0), ("threat.bare", Priority.P1)):
        for span in context.spans(tag):
            ground = _aimed_at_us(context, span, worst)
            if ground is not None:
                yield ground


def _named_authorities(context: Context) -> Iterator[Ground]:
    """A regulator or a newsroom called in by @ or #, which counts only inside a grievance."""
    if context.mood.score >= _CONTENT:
        return
    names = [name for name, _ in context.reading.handles]
    others = [name for name in names if not context.holds("threat.outlet", name)]
    for name, span in context.reading.handles:
        outlet = name not in others
        called = (others and outlet and context.mood.score < 0) or context.holds("threat.handle", name)
        if called:
            yield Ground(ReasonKind.THREAT, Priority.P0, span, Signal.THREAT)
    for name, span in context.reading.hashtags:
        if context.holds("threat.hashtag", name):
            yield Ground(ReasonKind.THREAT, Priority.P0, span, Signal.THREAT)


def _aimed_at_us(context: Context, span: Span, worst: Priority) -> Ground | None:
    around = context.reading.around(span)
    mine = context.holds("threat.mine", around)
    if any(context.holds(f"threat.{scope}", around) for scope in ("dropped", "pointless", "others", "joke")):
        return None
    if context.holds("threat.inside", around) and (worst is Priority.P1 or not mine):
        return None
    if context.holds("threat.against_author", around) and not _own_act(context, span):
        return None
    settled = context.holds("threat.settled", context.reading.around(span, after=1))
    if settled and context.mood.score > 0:
        return None
    if context.holds("threat.hypothetical", around):
        worst = Priority.P1
    together = context.holds("threat.union", around)
    if together or (mine and context.holds("threat.union", context.reading.around(span, after=1))):
        worst = Priority.P0
    elif not settled and context.holds("threat.advice", around) and not _own_act(context, span):
        worst = Priority.P1
    return Ground(ReasonKind.THREAT, worst, span, Signal.THREAT, settled=settled and worst is Priority.P0)


def _own_act(context: Context, span: Span) -> bool:
    """Whether the author is the one who acts, said right before the act."""
    clause = context.before(span, 12).rpartition(",")[2] + context.reading.text[span[0] : span[1]]
    return context.holds("threat.author", clause)


# --- what the brand owes -------------------------------------------------------------------------


def _grievances(context: Context) -> Iterator[Ground]:
    broken = broken_promises(context)
    if broken:
        yield Ground(ReasonKind.DEMAND, Priority.P1, broken[0], Signal.COMPLAINT)
    if context.mood.score < _CONTENT:
        for span in context.spans("scandal"):
            yield Ground(ReasonKind.PRESS, Priority.P1, span)
    if context.mood.score >= 0:
        return
    for tag, kind in _GRIEVANCES:
        for span in context.spans(tag):
            if tag == "demand" and _is_calm(context, span):
                continue
            yield Ground(kind, Priority.P1, span, Signal.COMPLAINT)


def broken_promises(context: Context) -> Sequence[Span]:
    """The signs of one promise after another being broken, if there are enough of them to be a grievance.

    Told at length, such a story may hold no alarm word at all, and some bitter praise; praise has to
    outweigh it.
    """
    signs = {
        context.reading.text[start:end]: (start, end) for start, end in reversed(context.found["broken"])
    }
    enough = len(signs) >= max(_MANY_BROKEN, context.mood.good - context.mood.bad)
    return sorted(signs.values()) if enough else ()


def _is_calm(context: Context, span: Span) -> bool:
    """Whether a refund and the like are only spoken of: it went well, or is calmly asked about."""
    if context.holds("demand.kind", context.reading.around(span)):
        return True
    text, (start, end) = context.reading.text, context.reading.sentence(span)
    return (
        all(context.holds("demand.claim", text[begin:stop]) for begin, stop in context.found["demand"])
        and context.found.within("question", start, end) is not None
        and not (context.found["mood.bad"] or context.found["mood.worst"] or context.found["mood.emoji_bad"])
    )
