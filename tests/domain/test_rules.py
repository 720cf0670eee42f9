"""The founder's rules: what they ask for, what they give, and that they demote without ever dropping."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu_tui.domain.mention import Author
from kefu_tui.domain.rules import MOST_READ, Rule, Said, said
from kefu_tui.domain.triage import Circumstances, Policy, judge
from kefu_tui.domain.verdict import Category, Priority, Reason, ReasonKind, Signal, Verdict
from tests.builders import a_text_verdict

LIN = Author(id="4711", handle="Lin@Example.social", followers=10)


def judged(
    *rules: Rule,
    text: str = "壶盖又弹开了",
    patterns: frozenset[str] = frozenset(),
    author: Author = LIN,
    **fields: object,
) -> Verdict:
    """The verdict on a text under these rules; its words alone make it a P1 about quality."""
    priority = fields.pop("priority", Priority.P1)
    assert isinstance(priority, Priority)
    defaults: dict[str, object] = {
        "category": Category.QUALITY,
        "score": (Priority.P3 - priority + 0.4) / 4,
        "reasons": (Reason(ReasonKind.DEMAND, "弹开", Priority.P3 - priority),) if priority < 3 else (),
    }
    words = a_text_verdict(priority, **defaults | fields)
    spoken = Said(text=text, folded=text.lower(), patterns=patterns)
    circumstances = Circumstances(author=author, said=spoken, account="微博", platform="weibo")
    return judge(words, circumstances, Policy(rules=rules))


def names(verdict: Verdict) -> list[str]:
    """The rules that fired."""
    return [reason.evidence for reason in verdict.reasons if reason.kind is ReasonKind.RULE]


@pytest.mark.parametrize(
    "asked",
    [
        Rule(name="r", keywords=("漏水", "壶盖")),
        Rule(name="r", pattern="盖.弹"),
        Rule(name="r", authors=("@lin@example.SOCIAL",)),
        Rule(name="r", authors=("4711",)),
        Rule(name="r", channels=("微博",)),
        Rule(name="r", channels=("Weibo",)),
        Rule(name="r", categories=(Category.QUALITY, Category.PRAISE)),
    ],
)
def test_each_question_can_be_answered_with_yes(asked: Rule) -> None:
    assert names(judged(asked, patterns=frozenset({"盖.弹"}))) == ["r"]


@pytest.mark.parametrize(
    "asked",
    [
        Rule(name="r"),
        Rule(name="r", keywords=("漏水",)),
        Rule(name="r", keywords=("",)),
        Rule(name="r", pattern="漏"),
        Rule(name="r", authors=("lin",)),
        Rule(name="r", channels=("wei",)),
        Rule(name="r", categories=(Category.PRAISE,)),
        Rule(name="r", keywords=("壶盖",), channels=("mastodon",)),
    ],
)
def test_one_no_and_it_does_not_fire(asked: Rule) -> None:
    assert names(judged(asked)) == []


def test_an_author_without_a_handle_is_nobody_in_particular() -> None:
    assert names(judged(Rule(name="r", authors=("@",)), author=Author(id="1", handle=""))) == []


@pytest.mark.parametrize(("given_", "steps"), [(Priority.P0, 1), (Priority.P1, 0), (Priority.P3, -2)])
def test_a_rule_sets_the_priority_up_or_down(given_: Priority, steps: int) -> None:
    verdict = judged(Rule(name="召回", keywords=("壶盖",), priority=given_))
    assert verdict.priority is given_
    assert verdict.reasons[-1] == Reason(ReasonKind.RULE, "召回", steps)


def test_a_rules_priority_holds_whatever_the_reach() -> None:
    loud = Author(id="1", handle="loud", followers=5_000_000)
    verdict = judged(Rule(name="同行", authors=("loud",), priority=Priority.P2), author=loud)
    assert verdict.priority is Priority.P2
    assert [reason.steps for reason in verdict.reasons] == [2, 1, -2]


def test_the_last_rule_with_a_priority_wins_and_each_says_what_it_moved() -> None:
    verdict = judged(
        Rule(name="a", keywords=("壶盖",), priority=Priority.P3),
        Rule(name="b", keywords=("弹",), priority=Priority.P0),
    )
    assert verdict.priority is Priority.P0
    assert [reason.steps for reason in verdict.reasons] == [2, -2, 3]


def test_noise_is_hidden_as_noise_and_still_there_with_its_reasons() -> None:
    verdict = judged(Rule(name="抽奖", keywords=("壶盖",), noise=True))
    assert (verdict.category, verdict.priority) == (Category.NOISE, Priority.P3)
    assert Signal.NOISE in verdict.signals
    assert verdict.reasons == (Reason(ReasonKind.DEMAND, "弹开", 2), Reason(ReasonKind.RULE, "抽奖", -2))


def test_a_rule_brings_back_what_was_taken_for_noise() -> None:
    verdict = judged(
        Rule(name="熟客", authors=("4711",), noise=False, priority=Priority.P2),
        priority=Priority.P3,
        category=Category.NOISE,
        signals=frozenset({Signal.NOISE}),
    )
    assert (verdict.category, verdict.priority) == (Category.SMALL_TALK, Priority.P2)
    assert Signal.NOISE not in verdict.signals


def test_a_category_brings_back_what_was_taken_for_noise() -> None:
    verdict = judged(
        Rule(name="批发", keywords=("壶盖",), category=Category.COOPERATION),
        priority=Priority.P3,
        category=Category.NOISE,
        signals=frozenset({Signal.NOISE}),
    )
    assert verdict.category is Category.COOPERATION
    assert Signal.NOISE not in verdict.signals


def test_a_priority_alone_leaves_an_advertisement_in_the_noise() -> None:
    verdict = judged(
        Rule(name="微博", channels=("微博",), priority=Priority.P1),
        priority=Priority.P3,
        category=Category.NOISE,
        signals=frozenset({Signal.NOISE}),
    )
    assert (verdict.category, verdict.priority) == (Category.NOISE, Priority.P3)
    assert names(verdict) == ["微博"]


def test_a_later_rule_sees_the_category_an_earlier_one_gave_but_not_the_other_way_round() -> None:
    to_question = Rule(name="a", keywords=("壶盖",), category=Category.QUESTION)
    of_questions = Rule(name="b", categories=(Category.QUESTION,), tag="问")
    assert judged(to_question, of_questions).tags == ("问",)
    assert judged(of_questions, to_question).tags == ()
    assert judged(of_questions, to_question).category is Category.QUESTION


def test_tags_are_kept_once_in_the_order_of_the_rules() -> None:
    rules = [Rule(name=f"r{n}", keywords=("壶盖",), tag=tag) for n, tag in enumerate(("召回", "盖", "召回"))]
    assert judged(*rules).tags == ("召回", "盖")


def test_a_rule_makes_no_grievance_of_what_it_calls_praise() -> None:
    loud = Author(id="1", handle="loud", followers=5_000_000)
    verdict = judged(Rule(name="夸", keywords=("壶盖",), category=Category.PRAISE), author=loud)
    assert verdict.category is Category.PRAISE
    assert verdict.priority is Priority.P1


def test_only_the_start_of_a_long_text_is_looked_at() -> None:
    read = said("a" * (MOST_READ + 50) + "壶盖", str.lower)
    assert len(read.text) == len(read.folded) == MOST_READ
    assert "壶盖" not in read.folded


rules = st.builds(
    Rule,
    name=st.sampled_from("abc"),
    keywords=st.sampled_from([(), ("壶盖",), ("漏水",)]),
    categories=st.sets(st.sampled_from(Category), max_size=3).map(tuple),
    priority=st.none() | st.sampled_from(Priority),
    category=st.none() | st.sampled_from(Category),
    tag=st.sampled_from(["", "召回"]),
    noise=st.none() | st.booleans(),
)


@given(
    st.lists(rules, max_size=6),
    st.sampled_from(Priority),
    st.sampled_from(Category),
    st.none() | st.integers(0, 10**8),
)
def test_whatever_the_rules_the_steps_add_up(
    several: list[Rule], priority: Priority, category: Category, followers: int | None
) -> None:
    noise = category is Category.NOISE
    verdict = judged(
        *several,
        author=Author(id="1", handle="x", followers=followers),
        priority=Priority.P3 if noise else priority,
        category=category,
    )
    assert sum(reason.steps for reason in verdict.reasons) == Priority.P3 - verdict.priority
    assert len(names(verdict)) <= len(several)
    if verdict.category is Category.NOISE:
        assert verdict.priority is Priority.P3
