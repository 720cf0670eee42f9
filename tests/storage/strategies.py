"""Every value the store keeps, in the ugliest shapes the outside world can give it."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import strategies as st

from kefu_tui.domain.case import (
    Act,
    Case,
    Closed,
    Corrected,
    Event,
    Inbound,
    Noted,
    Outbound,
    Reopened,
    Snoozed,
    Tagged,
    Withdrawn,
    Woken,
)
from kefu_tui.domain.lessons import VALUES, Lesson, Target
from kefu_tui.domain.mention import Author, Kind, Mention, Post, Sighting, Verified, Visibility
from kefu_tui.domain.outbox import Draft, OutboxItem, OutboxState, ReplyReceipt, ReplyRequest
from kefu_tui.domain.proposals import Decision
from kefu_tui.domain.rules import Rule
from kefu_tui.domain.undo import Swap, UndoStep
from kefu_tui.domain.verdict import (
    Aspect,
    Category,
    Language,
    Priority,
    Reason,
    ReasonKind,
    Sentiment,
    Signal,
    Verdict,
)
from kefu_tui.ports import AccountHealth, Changes, Gap, Json
from kefu_tui.storage.codec.accounts import AccountRecord
from kefu_tui.storage.codec.undo import Stack, StackedStep

# lone surrogates and control characters included
texts = st.text(st.characters(exclude_categories=()), max_size=12)
names = st.sampled_from(["a", "b", "c"])  # few, so that values meet
optional_texts = st.none() | texts
text_tuples = st.lists(texts, max_size=3).map(tuple)
zones = st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(timedelta(hours=-3, minutes=-30))])
moments = st.datetimes(datetime(1971, 1, 1), datetime(9000, 1, 1), timezones=zones)  # noqa: DTZ001 - hypothesis adds the zone
optional_moments = st.none() | moments
finite = st.floats(allow_nan=False, allow_infinity=False)
json_values: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | finite | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
cursors = st.dictionaries(texts, json_values, max_size=3)

authors = st.builds(
    Author,
    id=names,
    handle=texts,
    name=texts,
    followers=st.none() | st.integers(0, 10**12),
    verified=st.sampled_from(Verified),
    is_bot=st.booleans(),
)
posts = st.builds(
    Post,
    id=names,
    author=authors,
    text=texts,
    posted_at=moments,
    is_dated=st.booleans(),
    kind=st.sampled_from(Kind),
    visibility=st.sampled_from(Visibility),
    url=optional_texts,
    thread_id=optional_texts,
    in_reply_to=optional_texts,
    content_warning=texts,
    language=optional_texts,
    edited_at=optional_moments,
    reposts=st.none() | st.integers(0, 10**9),
)
sightings = st.builds(Sighting, at=moments, reposts=st.integers(0, 10**9))
reasons = st.builds(
    Reason, kind=st.sampled_from(ReasonKind), evidence=texts, steps=st.integers(min_value=-3, max_value=3)
)
verdicts = st.builds(
    Verdict,
    priority=st.sampled_from(Priority),
    category=st.sampled_from(Category),
    sentiment=st.sampled_from(Sentiment),
    sentiment_score=finite,
    signals=st.frozensets(st.sampled_from(Signal)),
    aspects=st.frozensets(st.sampled_from(Aspect)),
    score=finite,
    language=st.sampled_from(Language),
    reasons=st.lists(reasons, max_size=3).map(tuple),
    tags=text_tuples,
)
mentions = st.builds(
    Mention,
    account=names,
    post=posts,
    first_seen_at=moments,
    verdict=verdicts,
    case_id=names,
    deleted_at=optional_moments,
    earlier_texts=text_tuples,
    sightings=st.lists(sightings, max_size=3).map(tuple),
)
corrections = st.one_of(
    *(
        st.builds(
            Corrected,
            id=names,
            at=moments,
            mention_keys=text_tuples,
            target=st.just(target),
            value=st.sampled_from(values),
            previous=texts,
        )
        for target, values in VALUES.items()
    )
)
acts: st.SearchStrategy[Act] = st.one_of(
    st.builds(Closed, id=names, at=moments, reason=texts, without_reply=st.booleans()),
    st.builds(Reopened, id=names, at=moments),
    st.builds(Snoozed, id=names, at=moments, until=moments, hold=st.booleans()),
    st.builds(Woken, id=names, at=moments),
    st.builds(Tagged, id=names, at=moments, tag=texts, on=st.booleans()),
    st.builds(Noted, id=names, at=moments, text=texts),
    corrections,
)
events: st.SearchStrategy[Event] = st.one_of(
    st.builds(Inbound, mention_key=texts, post_id=names, at=moments, seen_at=moments, is_dated=st.booleans()),
    st.builds(Withdrawn, mention_key=texts, at=moments),
    st.builds(
        Outbound,
        id=names,
        post_id=names,
        at=moments,
        text=texts,
        visibility=st.sampled_from(Visibility),
        answers=text_tuples,
        url=optional_texts,
        automatic=st.booleans(),
    ),
    acts,
)
cases = st.builds(
    Case,
    id=names,
    account=names,
    person_key=names,
    events=st.lists(events, max_size=4).map(tuple),
    memory=st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
)
requests = st.builds(
    ReplyRequest,
    case_id=names,
    account=names,
    target=texts,
    target_handle=texts,
    visibility=st.sampled_from(Visibility),
    text=texts,
    answers=text_tuples,
    target_url=optional_texts,
    content_warning=texts,
    language=optional_texts,
)
receipts = st.builds(ReplyReceipt, post_id=texts, published_at=moments, url=optional_texts)
outbox_items = st.builds(
    OutboxItem,
    id=names,
    request=requests,
    approved_at=moments,
    release_at=moments,
    state=st.sampled_from(OutboxState),
    attempts=st.integers(0, 99),
    receipt=st.none() | receipts,
    problem=texts,
)
drafts = st.builds(Draft, case_id=names, text=texts, saved_at=moments)
lessons = st.builds(
    Lesson, mention_key=names, text=texts, target=st.sampled_from(Target), value=texts, at=moments
)
rules = st.builds(
    Rule,
    name=texts,
    keywords=text_tuples,
    pattern=texts,
    authors=text_tuples,
    channels=text_tuples,
    categories=st.lists(st.sampled_from(Category), max_size=2).map(tuple),
    priority=st.none() | st.sampled_from(Priority),
    category=st.none() | st.sampled_from(Category),
    tag=texts,
    noise=st.none() | st.booleans(),
)
decisions = st.builds(Decision, key=names, rule=rules, accepted=st.booleans(), at=moments)
undo_steps = st.builds(
    UndoStep,
    verb=texts,
    at=moments,
    acts=st.lists(st.tuples(texts, acts), max_size=2).map(tuple),
    lessons=st.lists(
        st.builds(Swap, key=texts, before=st.none() | lessons, after=st.none() | lessons), max_size=1
    ).map(tuple),
    decisions=st.lists(
        st.builds(Swap, key=texts, before=st.none() | decisions, after=st.none() | decisions), max_size=1
    ).map(tuple),
)
healths = st.builds(
    AccountHealth, account=names, last_success_at=optional_moments, connected_at=optional_moments
)
gaps = st.builds(Gap, since=moments, until=moments, why=texts)
account_records = st.builds(
    AccountRecord,
    account=names,
    cursor=st.none() | cursors,
    health=st.none() | healths,
    gaps=st.lists(gaps, max_size=2).map(tuple),
)
stacked_steps = st.builds(
    StackedStep, stack=st.sampled_from(Stack), number=st.integers(min_value=1), step=undo_steps
)

changes = st.builds(
    Changes,
    mentions=st.lists(mentions, max_size=2),
    cases=st.lists(cases, max_size=2),
    outbox=st.lists(outbox_items, max_size=1),
    drafts=st.lists(drafts, max_size=1),
    forget_drafts=st.lists(names, max_size=1),
    cursors=st.dictionaries(names, cursors, max_size=1),
    health=st.lists(healths, max_size=1),
    gaps=st.dictionaries(names, st.lists(gaps, max_size=1), max_size=1),
    undo=st.none() | st.lists(undo_steps, max_size=3),
    redo=st.none() | st.lists(undo_steps, max_size=2),
    breaches=st.lists(names, max_size=2),
    lessons=st.lists(lessons, max_size=2),
    forget_lessons=st.lists(names.map(lambda name: f"{name}/priority"), max_size=1),
    decisions=st.lists(decisions, max_size=2),
    forget_decisions=st.lists(names, max_size=1),
)
