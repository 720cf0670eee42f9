"""The ladder 潜在/新/老/忠实/危险, told from what a person wrote before."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from kefu_tui.domain.case import Case, Closed
from kefu_tui.domain.mention import Mention
from kefu_tui.domain.relationship import NO_HISTORY, History, Relationship, history, rung
from kefu_tui.domain.verdict import Category, Priority, Signal
from tests.builders import a_case, a_mention, a_text_verdict, a_verdict, an_outbound, at

LATER = at(0) + timedelta(days=30)


def wrote(name: str, category: Category, *signals: Signal, minute: float = 0) -> Mention:
    verdict = a_verdict(Priority.P2, category=category, signals=frozenset(signals))
    return a_mention(id=name, verdict=verdict, posted_at=at(minute))


def answered(mention: Mention) -> Case:
    return a_case([mention], then=[an_outbound([mention])])


def past(*cases: tuple[Mention, Case]) -> History:
    mentions = {mention.key: mention for mention, _ in cases}
    return history([case for _, case in cases], mentions.get, LATER)


def all_answered(mentions: Sequence[Mention]) -> History:
    return past(*((mention, answered(mention)) for mention in mentions))


GRIEVANCE = a_text_verdict(category=Category.DELIVERY)
QUESTION = a_text_verdict(category=Category.QUESTION)


@pytest.mark.parametrize(
    ("category", "stands"),
    [
        (Category.QUESTION, Relationship.PROSPECT),
        (Category.COOPERATION, Relationship.PROSPECT),
        (Category.SMALL_TALK, Relationship.PROSPECT),
        (Category.QUALITY, Relationship.NEW),
        (Category.PRAISE, Relationship.NEW),
    ],
)
def test_who_never_wrote_before_is_judged_by_whether_they_have_bought(
    category: Category, stands: Relationship
) -> None:
    assert rung(NO_HISTORY, a_text_verdict(category=category)) is stands


def test_who_wrote_before_returns() -> None:
    assert rung(all_answered([wrote("a", Category.QUESTION)]), GRIEVANCE) is Relationship.RETURNING


def test_advertising_makes_no_customer() -> None:
    assert rung(all_answered([wrote("a", Category.NOISE)]), QUESTION) is Relationship.PROSPECT


def test_one_praise_in_two_cases_makes_a_loyal_customer() -> None:
    praised = all_answered([wrote("a", Category.QUESTION), wrote("b", Category.PRAISE, minute=9)])
    assert rung(praised, GRIEVANCE) is Relationship.LOYAL
    assert rung(all_answered([wrote("b", Category.PRAISE)]), GRIEVANCE) is Relationship.RETURNING


@pytest.mark.parametrize("signal", [Signal.THREAT, Signal.SAFETY])
def test_who_threatened_or_was_hurt_is_at_risk_until_they_praise(signal: Signal) -> None:
    hurt, cheered = wrote("a", Category.QUALITY, signal), wrote("b", Category.PRAISE, minute=9)
    assert rung(all_answered([hurt]), QUESTION) is Relationship.AT_RISK
    assert rung(all_answered([hurt, cheered]), QUESTION) is Relationship.LOYAL
    again = wrote("c", Category.QUALITY, signal, minute=20)
    assert rung(all_answered([hurt, cheered, again]), QUESTION) is Relationship.AT_RISK


def test_a_complaint_left_lying_for_a_day_puts_them_at_risk() -> None:
    waiting = wrote("a", Category.DELIVERY)
    mentions = {waiting.key: waiting}
    soon = history([a_case([waiting])], mentions.get, at(0) + timedelta(hours=24))
    late = history([a_case([waiting])], mentions.get, at(0) + timedelta(hours=25))
    assert (soon.neglected, late.neglected) == (0, 1)
    assert rung(soon, GRIEVANCE) is Relationship.RETURNING
    assert rung(late, GRIEVANCE) is Relationship.AT_RISK


def test_what_is_closed_or_no_complaint_is_not_left_lying() -> None:
    complaint, question = wrote("a", Category.DELIVERY), wrote("b", Category.QUESTION)
    closed = a_case([complaint], then=[Closed(id="c", at=at(5), reason="not_ours", without_reply=True)])
    assert past((complaint, closed), (question, a_case([question]))).neglected == 0


def test_a_mention_that_cannot_be_read_any_more_tells_nothing() -> None:
    assert history([a_case()], lambda _: None, LATER) == NO_HISTORY
