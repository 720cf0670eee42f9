from dataclasses import fields, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu_tui.domain.mention import Author, Verified
from kefu_tui.domain.relationship import Relationship
from kefu_tui.domain.triage import Circumstances, Policy, Reach, Weights, effective_priority, judge
from kefu_tui.domain.verdict import (
    Category,
    Language,
    Priority,
    Reason,
    ReasonKind,
    Sentiment,
    Signal,
    TextVerdict,
)

SMALL_SHOP = Policy(reach=Reach(big=1_000, huge=50_000))
TARGET = timedelta(minutes=25)


def text(
    priority: Priority = Priority.P2, category: Category = Category.QUALITY, **changes: object
) -> TextVerdict:
    given_: dict[str, object] = {
        "priority": priority,
        "category": category,
        "sentiment": Sentiment.NEGATIVE,
        "sentiment_score": -0.5,
        "signals": frozenset[Signal](),
        "score": (3 - priority) / 4 + 0.1,
        "language": Language.HANS,
        "reasons": (Reason(ReasonKind.DISSATISFACTION, "慢", 3 - priority),) if priority < 3 else (),
    }
    return TextVerdict(**{**given_, **changes})  # type: ignore[arg-type]


def by(followers: int | None = None, verified: Verified = Verified.NONE, **known: object) -> Circumstances:
    """What is known of a mention by an author with so many followers."""
    who = Author(id="1", handle="someone", followers=followers, verified=verified)
    return Circumstances(author=who, **known)  # type: ignore[arg-type]


def test_an_ordinary_author_leaves_the_words_as_they_are() -> None:
    words = text()
    verdict = judge(words, by(12), SMALL_SHOP)
    assert verdict.priority is words.priority
    assert verdict.reasons == words.reasons
    assert verdict.score == words.score


def test_a_big_authors_grievance_goes_up_one() -> None:
    verdict = judge(text(Priority.P2), by(1_000), SMALL_SHOP)
    assert verdict.priority is Priority.P1
    assert verdict.reasons[-1] == Reason(ReasonKind.REACH, "1000", 1)


def test_a_huge_authors_grievance_is_p0() -> None:
    verdict = judge(text(Priority.P2), by(820_000), SMALL_SHOP)
    assert verdict.priority is Priority.P0
    assert verdict.reasons[-1] == Reason(ReasonKind.REACH, "820000", 2)


@pytest.mark.parametrize("category", [Category.NOISE, Category.PRAISE])
def test_noise_and_praise_are_never_raised(category: Category) -> None:
    verdict = judge(text(Priority.P3, category), by(9_000_000, Verified.MEDIA, contacts=9), SMALL_SHOP)
    assert verdict.priority is Priority.P3
    assert verdict.reasons == ()


def test_a_big_authors_question_is_explained_but_not_raised() -> None:
    verdict = judge(text(Priority.P2, Category.QUESTION), by(5_000), SMALL_SHOP)
    assert verdict.priority is Priority.P2
    assert verdict.reasons[-1] == Reason(ReasonKind.REACH, "5000", 0)


@pytest.mark.parametrize("kind", [Verified.ORGANISATION, Verified.MEDIA, Verified.GOVERNMENT])
def test_a_verified_institution_counts_like_a_big_author(kind: Verified) -> None:
    verdict = judge(text(Priority.P2), by(3, kind), SMALL_SHOP)
    assert verdict.priority is Priority.P1
    assert verdict.reasons[-1] == Reason(ReasonKind.VERIFIED, str(kind), 1)


def test_a_big_institution_is_raised_once() -> None:
    verdict = judge(text(Priority.P2), by(1_500, Verified.MEDIA), SMALL_SHOP)
    assert verdict.priority is Priority.P1
    assert [reason.steps for reason in verdict.reasons[-2:]] == [1, 0]


def test_a_verified_person_is_a_customer_like_any_other() -> None:
    assert judge(text(), by(3, Verified.PERSON), SMALL_SHOP).priority is Priority.P2


@pytest.mark.parametrize(("contacts", "priority"), [(1, Priority.P2), (2, Priority.P2), (3, Priority.P1)])
def test_the_third_unanswered_message_goes_up_one(contacts: int, priority: Priority) -> None:
    assert judge(text(), by(contacts=contacts)).priority is priority


def test_the_repeat_is_a_reason_with_its_count() -> None:
    assert judge(text(), by(contacts=4)).reasons[-1] == Reason(ReasonKind.REPEAT, "4", 1)


def test_a_named_customers_grievance_goes_up_one() -> None:
    verdict = judge(text(Priority.P2), by(), Policy(vips=("@SomeOne", "else")))
    assert verdict.priority is Priority.P1
    assert verdict.reasons[-1] == Reason(ReasonKind.VIP, "", 1)
    assert judge(text(Priority.P2), by(), Policy(vips=("1",))).priority is Priority.P1  # by id
    assert judge(text(Priority.P2), by(), Policy(vips=("some",))).priority is Priority.P2


def test_a_named_outlet_counts_like_a_verified_one_and_only_once() -> None:
    named = Policy(outlets=("someone",))
    assert judge(text(Priority.P2), by(), named).reasons[-1] == Reason(ReasonKind.OUTLET, "", 1)
    both = judge(text(Priority.P2), by(2_000_000, Verified.MEDIA), named)
    assert [(r.kind, r.steps) for r in both.reasons[1:]] == [
        (ReasonKind.REACH, 2),
        (ReasonKind.VERIFIED, 0),
        (ReasonKind.OUTLET, 0),
    ]


def test_a_question_of_a_vip_is_explained_but_not_raised() -> None:
    verdict = judge(text(Priority.P2, Category.QUESTION), by(), Policy(vips=("someone",)))
    assert verdict.priority is Priority.P2
    assert verdict.reasons[-1] == Reason(ReasonKind.VIP, "", 0)


@pytest.mark.parametrize(
    ("reposts", "is_growing", "told"),
    [(None, False, False), (99, False, False), (100, False, True), (12, True, True)],
)
def test_a_grievance_that_is_carried_far_or_fast_goes_up_one(
    reposts: int | None, is_growing: bool, told: bool
) -> None:
    verdict = judge(text(Priority.P2), by(reposts=reposts, is_growing=is_growing))
    assert verdict.priority is (Priority.P1 if told else Priority.P2)
    assert (Reason(ReasonKind.SPREAD, str(reposts), 1) in verdict.reasons) is told


@pytest.mark.parametrize("rung", Relationship)
def test_only_a_loyal_customer_and_one_at_risk_are_raised_but_every_rung_is_said(rung: Relationship) -> None:
    raised = rung in (Relationship.LOYAL, Relationship.AT_RISK)
    verdict = judge(text(Priority.P2), by(relationship=rung))
    assert verdict.priority is (Priority.P1 if raised else Priority.P2)
    told = Relationship.NEW if rung is Relationship.PROSPECT else rung  # who complains has bought
    assert verdict.reasons[-1] == Reason(ReasonKind.RELATIONSHIP, told.value, int(raised))
    question = judge(text(Priority.P2, Category.QUESTION), by(relationship=rung))
    assert question.reasons[-1] == Reason(ReasonKind.RELATIONSHIP, rung.value, 0)


def test_weights_of_zero_tell_every_circumstance_and_move_nothing() -> None:
    nothing = Weights(**{field.name: 0 for field in fields(Weights)})
    policy = Policy(weights=nothing, vips=("someone",), outlets=("someone",))
    known = by(
        9_000_000,
        Verified.MEDIA,
        contacts=5,
        relationship=Relationship.AT_RISK,
        reposts=5_000,
    )
    verdict = judge(text(Priority.P2), known, policy)
    assert verdict.priority is Priority.P2
    assert [reason.kind for reason in verdict.reasons[1:]] == [
        ReasonKind.REACH,
        ReasonKind.VERIFIED,
        ReasonKind.OUTLET,
        ReasonKind.VIP,
        ReasonKind.SPREAD,
        ReasonKind.REPEAT,
        ReasonKind.RELATIONSHIP,
    ]
    assert sum(reason.steps for reason in verdict.reasons[1:]) == 0
    assert not verdict.is_lifted


def test_a_weight_of_three_takes_a_big_authors_grievance_to_the_top() -> None:
    assert judge(text(Priority.P3), by(1_000), replace(SMALL_SHOP, weights=Weights(reach=3))).priority == 0


def test_threat_words_that_are_not_aimed_at_us_stay_low_whoever_says_them() -> None:
    talk = text(Priority.P3, Category.SMALL_TALK, reasons=(Reason(ReasonKind.DECOY, "报警"),), score=0.1)
    known = by(8_000_000, Verified.MEDIA, reposts=9_000, relationship=Relationship.AT_RISK)
    assert judge(talk, known, Policy(vips=("someone",))).priority is Priority.P3


def test_harm_ranks_above_reach() -> None:
    hurt = text(Priority.P0, reasons=(Reason(ReasonKind.HARM, "过敏", 3),), score=0.76)
    loud = text(Priority.P1, score=0.74)
    assert judge(loud, by(8_000_000)).is_lifted
    assert not judge(hurt, by(2)).is_lifted


@given(
    priority=st.sampled_from(Priority),
    category=st.sampled_from(Category),
    followers=st.none() | st.integers(0, 10**9),
    verified=st.sampled_from(Verified),
    known=st.fixed_dictionaries(
        {
            "contacts": st.integers(1, 50),
            "relationship": st.none() | st.sampled_from(Relationship),
            "reposts": st.none() | st.integers(0, 10**6),
            "is_growing": st.booleans(),
        }
    ),
    weights=st.builds(Weights, **{field.name: st.integers(0, 3) for field in fields(Weights)}),
    named=st.sets(st.sampled_from(["vips", "outlets"])),
)
def test_the_steps_add_up_to_the_priority(
    priority: Priority,
    category: Category,
    followers: int | None,
    verified: Verified,
    known: dict[str, object],
    weights: Weights,
    named: set[str],
) -> None:
    words = text(priority, category)
    policy = Policy(weights=weights, **dict.fromkeys(named, ("@Someone",)))  # type: ignore[arg-type]
    verdict = judge(words, by(followers, verified, **known), policy)
    assert verdict.priority <= words.priority
    assert sum(reason.steps for reason in verdict.reasons) == Priority.P3 - verdict.priority
    assert verdict.score == words.score, "circumstances say nothing of how the words sound"


def test_waiting_twice_the_target_raises_one_step() -> None:
    verdict = judge(text(Priority.P2), by())
    assert effective_priority(verdict, timedelta(minutes=50, seconds=59), TARGET) == (
        Priority.P1,
        (Reason(ReasonKind.WAITING, "50", 1),),
    )


def test_waiting_less_changes_nothing() -> None:
    verdict = judge(text(Priority.P2), by())
    assert effective_priority(verdict, timedelta(minutes=49), TARGET) == (Priority.P2, ())


def test_waiting_for_days_raises_no_more_than_one_step() -> None:
    verdict = judge(text(Priority.P3, Category.SMALL_TALK), by())
    assert effective_priority(verdict, timedelta(days=9), TARGET)[0] is Priority.P2


@pytest.mark.parametrize("priority", [Priority.P0, Priority.P1])
def test_waiting_never_makes_a_p0(priority: Priority) -> None:
    verdict = judge(text(priority), by())
    assert effective_priority(verdict, timedelta(days=9), TARGET) == (priority, ())


def test_noise_may_wait_for_ever() -> None:
    verdict = judge(text(Priority.P3, Category.NOISE), by())
    assert effective_priority(verdict, timedelta(days=9), TARGET) == (Priority.P3, ())


def test_nobody_waiting_raises_nothing() -> None:
    verdict = judge(text(Priority.P2), by())
    assert effective_priority(verdict, None, TARGET) == (Priority.P2, ())


def test_the_second_complaint_of_a_cause_is_flagged_and_the_third_raises() -> None:
    verdict = judge(text(Priority.P2), by())
    assert effective_priority(verdict, None, TARGET, same_cause=1) == (Priority.P2, ())
    assert effective_priority(verdict, None, TARGET, same_cause=2) == (
        Priority.P2,
        (Reason(ReasonKind.SAME_CAUSE, "2", 0),),
    )
    assert effective_priority(verdict, None, TARGET, same_cause=4) == (
        Priority.P1,
        (Reason(ReasonKind.SAME_CAUSE, "4", 1),),
    )


def test_what_many_say_without_a_grievance_is_said_and_raises_nothing() -> None:
    verdict = judge(text(Priority.P2, Category.QUESTION), by())
    assert effective_priority(verdict, None, TARGET, same_cause=9) == (
        Priority.P2,
        (Reason(ReasonKind.SAME_CAUSE, "9", 0),),
    )


def test_a_weight_of_nothing_shows_the_reason_without_moving() -> None:
    verdict = judge(text(Priority.P2), by())
    weights = Weights(same_cause=0)
    assert effective_priority(verdict, None, TARGET, same_cause=5, weights=weights) == (
        Priority.P2,
        (Reason(ReasonKind.SAME_CAUSE, "5", 0),),
    )
