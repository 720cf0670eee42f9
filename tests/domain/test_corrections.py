"""The founder's hand on a verdict: it wins, it is told, and the sums stay right."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu_tui.domain.case import Case, Corrected
from kefu_tui.domain.clocks import Targets
from kefu_tui.domain.corrections import check_value, corrected, put_right
from kefu_tui.domain.errors import NotAllowed
from kefu_tui.domain.feed import View, summarise, views_of
from kefu_tui.domain.lessons import VALUES, Target
from kefu_tui.domain.mention import Author
from kefu_tui.domain.report import facts
from kefu_tui.domain.triage import Circumstances, effective_priority, judge
from kefu_tui.domain.verdict import (
    Category,
    Priority,
    Reason,
    ReasonKind,
    Sentiment,
    Signal,
    Verdict,
)
from tests.builders import a_case, a_mention, a_text_verdict, a_verdict, an_outbound, at, minutes

TARGET = minutes(25)


def by_hand(target: Target, value: str, *keys: str, previous: str = "", minute: float = 5) -> Corrected:
    return Corrected(
        id=f"{target}-{value}-{minute}",
        at=at(minute),
        mention_keys=keys or ("shop:p1",),
        target=target,
        value=value,
        previous=previous,
    )


def priority(value: str, *keys: str) -> Corrected:
    return by_hand(Target.PRIORITY, value, *keys)


def category(value: Category) -> Corrected:
    return by_hand(Target.CATEGORY, value.value)


def noise(value: bool, *keys: str) -> Corrected:
    return by_hand(Target.NOISE, "true" if value else "false", *keys)


def a_judged(of: Priority = Priority.P2, **fields: object) -> Verdict:
    """A verdict as triage gives it: its steps add up."""
    reasons = (Reason(ReasonKind.DISSATISFACTION, "慢", Priority.P3 - of),) if of < Priority.P3 else ()
    text = a_text_verdict(of, reasons=reasons, score=(3 - of) / 4 + 0.1, **fields)
    return judge(text, Circumstances(author=Author(id="1", handle="lin")))


one_correction = st.one_of(
    *(st.builds(by_hand, st.just(target), st.sampled_from(values)) for target, values in VALUES.items())
)
verdicts = st.builds(
    a_judged,
    st.sampled_from(Priority),
    category=st.sampled_from(Category),
    sentiment=st.sampled_from(Sentiment),
    signals=st.frozensets(st.sampled_from(Signal)),
)


@given(verdict=verdicts, corrections=st.lists(one_correction, max_size=8))
def test_after_any_corrections_the_steps_still_add_up(verdict: Verdict, corrections: list[Corrected]) -> None:
    result = corrected(verdict, corrections)
    assert sum(reason.steps for reason in result.reasons) == Priority.P3 - result.priority
    assert 0 <= result.score <= 1
    assert result.score == verdict.score


@given(verdict=verdicts, corrections=st.lists(one_correction, max_size=6))
def test_the_last_word_on_each_target_is_what_holds(verdict: Verdict, corrections: list[Corrected]) -> None:
    result = corrected(verdict, corrections)
    said = {act.target: act.value for act in corrections}
    if Target.SENTIMENT in said:
        assert result.sentiment.value == said[Target.SENTIMENT]
    last = next((a for a in reversed(corrections) if a.target in (Target.CATEGORY, Target.NOISE)), None)
    urgent_at = max((n for n, act in enumerate(corrections) if act.target is Target.PRIORITY), default=-1)
    said_after = [act for act in corrections[urgent_at + 1 :] if act is last]
    if urgent_at >= 0 and not (said_after and last and last.value in ("true", Category.NOISE)):
        assert result.priority.name == corrections[urgent_at].value
    if last is not None and last.target is Target.CATEGORY:
        assert result.category.value == last.value
    if last is not None and last.target is Target.NOISE:
        assert (result.category is Category.NOISE) == (last.value == "true")


@given(verdict=verdicts, corrections=st.lists(one_correction, max_size=5))
def test_correcting_everything_back_removes_the_effect(
    verdict: Verdict, corrections: list[Corrected]
) -> None:
    is_noise = verdict.category is Category.NOISE
    back = [
        by_hand(Target.SENTIMENT, verdict.sentiment.value),
        by_hand(Target.NOISE, "true" if is_noise else "false"),
        by_hand(Target.CATEGORY, verdict.category.value),
        by_hand(Target.PRIORITY, verdict.priority.name),
    ]
    result = corrected(verdict, [*corrections, *back])
    assert result.priority is verdict.priority
    assert result.category is verdict.category
    assert result.sentiment is verdict.sentiment


def test_without_a_correction_it_is_the_same_verdict() -> None:
    verdict = a_judged()
    assert corrected(verdict, []) is verdict


def test_a_category_or_mood_corrected_back_leaves_no_trace() -> None:
    verdict = a_judged(category=Category.QUALITY, sentiment=Sentiment.NEGATIVE)
    there = [category(Category.PRAISE), by_hand(Target.SENTIMENT, "pos")]
    back = [category(Category.QUALITY), by_hand(Target.SENTIMENT, "neg")]
    assert corrected(verdict, there) != verdict
    assert corrected(verdict, [*there, *back]) == verdict


def test_each_correction_is_a_reason_in_view() -> None:
    result = corrected(
        a_judged(Priority.P2),
        [priority("P0"), category(Category.DELIVERY), by_hand(Target.SENTIMENT, "neg")],
    )
    told = {r.evidence: r.steps for r in result.reasons if r.kind is ReasonKind.CORRECTED}
    assert told == {"priority": 2, "category": 0, "sentiment": 0}


def test_a_mood_by_hand_turns_the_score_to_its_side() -> None:
    verdict = a_judged(sentiment=Sentiment.POSITIVE, sentiment_score=0.9)
    assert corrected(verdict, [by_hand(Target.SENTIMENT, "neg")]).sentiment_score <= -0.5
    assert corrected(verdict, [by_hand(Target.SENTIMENT, "neu")]).sentiment_score == 0


class TestPriority:
    def test_waiting_does_not_lift_what_the_founder_chose(self) -> None:
        chosen = corrected(a_judged(Priority.P2), [priority("P3")])
        assert effective_priority(chosen, timedelta(days=3), TARGET) == (Priority.P3, ())

    def test_company_is_told_and_lifts_nothing(self) -> None:
        verdict = a_judged(Priority.P2, category=Category.QUALITY)
        assert effective_priority(verdict, None, TARGET, same_cause=4)[0] is Priority.P1
        chosen = corrected(verdict, [priority("P2")])
        now, reasons = effective_priority(chosen, None, TARGET, same_cause=4)
        assert now is Priority.P2
        assert reasons == (Reason(ReasonKind.SAME_CAUSE, "4", 0),)

    def test_choosing_the_priority_it_has_keeps_it_there(self) -> None:
        chosen = corrected(a_judged(Priority.P2), [priority("P2")])
        assert effective_priority(chosen, timedelta(days=3), TARGET)[0] is Priority.P2

    def test_only_a_priority_by_hand_holds_against_waiting(self) -> None:
        chosen = corrected(a_judged(Priority.P2), [category(Category.DELIVERY)])
        assert effective_priority(chosen, timedelta(days=3), TARGET)[0] is Priority.P1


class TestNoise:
    def test_what_was_urgent_before_it_went_into_the_noise_is_urgent_again_out_of_it(self) -> None:
        verdict = a_judged(Priority.P2, category=Category.COMPLAINT)
        assert corrected(verdict, [priority("P0"), noise(True)]).priority is Priority.P3
        assert corrected(verdict, [priority("P0"), noise(True), noise(False)]).priority is Priority.P0
        assert corrected(verdict, [noise(True), priority("P0")]).priority is Priority.P0

    def test_by_hand_it_is_noise_and_waits_for_nobody(self) -> None:
        result = corrected(a_judged(Priority.P1, category=Category.COMPLAINT), [noise(True)])
        assert (result.category, result.priority) == (Category.NOISE, Priority.P3)
        assert Signal.NOISE in result.signals

    @pytest.mark.parametrize(
        ("signals", "sentiment", "category"),
        [
            ({Signal.COMPLAINT}, Sentiment.NEUTRAL, Category.COMPLAINT),
            ({Signal.QUESTION}, Sentiment.NEGATIVE, Category.QUESTION),
            (set(), Sentiment.POSITIVE, Category.PRAISE),
            (set(), Sentiment.NEUTRAL, Category.SMALL_TALK),
        ],
    )
    def test_out_of_the_noise_it_is_what_its_signals_say(
        self, signals: set[Signal], sentiment: Sentiment, category: Category
    ) -> None:
        spam = a_judged(
            Priority.P3,
            category=Category.NOISE,
            signals=frozenset({Signal.NOISE, *signals}),
            sentiment=sentiment,
        )
        result = corrected(spam, [noise(False)])
        assert result.category is category
        assert Signal.NOISE not in result.signals

    def test_the_category_chosen_before_comes_back_from_beneath_the_noise(self) -> None:
        verdict = a_judged(category=Category.QUESTION)
        result = corrected(verdict, [category(Category.DELIVERY), noise(True), noise(False)])
        assert result.category is Category.DELIVERY


@pytest.mark.parametrize(
    ("target", "value"),
    [
        (Target.PRIORITY, "P7"),
        (Target.PRIORITY, "0"),
        (Target.CATEGORY, "complaints"),
        (Target.SENTIMENT, "angry"),
        (Target.NOISE, "maybe"),
    ],
)
def test_a_value_the_target_cannot_have_is_refused_with_those_it_can(target: Target, value: str) -> None:
    with pytest.raises(NotAllowed) as caught:
        check_value(target, value)
    assert VALUES[target][0] in str(caught.value)


class TestCases:
    first = a_mention("杯盖裂了", id="p1", verdict=a_verdict(Priority.P2, category=Category.QUALITY))
    second = a_mention("还没人管？", id="p2", posted_at=at(6), verdict=a_verdict(Priority.P2))

    def case(self, *then: object) -> Case:
        return a_case([self.first, self.second], then=then)  # type: ignore[arg-type]

    def summary(self, *then: object):  # type: ignore[no-untyped-def]
        held = {m.key: m for m in (self.first, self.second)}
        return summarise(self.case(*then), held, Targets())

    def test_the_row_has_the_corrected_verdict(self) -> None:
        row = self.summary(priority("P0", "shop:p1", "shop:p2"))
        assert row.verdict.priority is Priority.P0
        assert row.due.at == at(10), "the clock runs from the post, by the target of the new priority"

    def test_a_newer_message_is_judged_on_its_own(self) -> None:
        row = self.summary(priority("P3", "shop:p1"))
        assert row.judged.key == "shop:p2"
        assert row.verdict.priority is Priority.P2

    def test_a_correction_moves_no_activity(self) -> None:
        assert self.summary(priority("P0")).last_activity == self.summary().last_activity

    def test_noise_by_hand_stops_the_clocks_and_out_of_it_they_run_from_the_post(self) -> None:
        both = ("shop:p1", "shop:p2")
        hidden = self.summary(noise(True, *both))
        assert views_of(hidden, at(7), big=1) == [View.ALL, View.NOISE]
        assert hidden.due is None

        back = self.summary(noise(True, *both), noise(False, *both))
        assert View.WAITING in views_of(back, at(7), big=1_000_000)
        assert back.waiting_since == at(0)

    def test_what_the_platform_hides_in_noise_comes_out_with_its_real_wait(self) -> None:
        spam = a_mention(
            "加我微信返现", verdict=a_verdict(Priority.P3, category=Category.NOISE, signals=frozenset())
        )
        case = a_case([spam], then=[category(Category.COMPLAINT)])
        row = summarise(case, {spam.key: spam}, Targets())
        assert not row.is_noise
        assert row.waiting(at(40)) == minutes(40)
        assert row.due is not None

    def test_the_report_counts_by_the_corrected_category(self) -> None:
        held = {m.key: m for m in (self.first, self.second)}
        case = self.case(category(Category.DELIVERY), an_outbound([self.first, self.second]))
        found = facts(summarise(case, held, Targets()), held.get)
        assert [episode.category for episode in found.episodes] == [Category.DELIVERY]

    def test_an_edited_post_is_judged_anew_beneath_the_correction(self) -> None:
        case = self.case(priority("P0"))
        held = {m.key: m for m in (self.first, self.second)}
        amended = self.first.amended(self.first.post, a_verdict(Priority.P3, category=Category.PRAISE))
        result = put_right(case, {**held, amended.key: amended})[amended.key].verdict
        assert (result.priority, result.category) == (Priority.P0, Category.PRAISE)

    def test_taken_back_and_given_again_it_holds_again(self) -> None:
        act = priority("P0", "shop:p1")
        case = self.case(act)
        assert case.without_act(act.id).corrections == ()
        assert case.without_act(act.id).with_act_again(act).corrections == (act,)
