"""Groups of complaints, and which copied texts are spam."""

from collections.abc import Mapping

import pytest

from kefu_tui.domain.cause import ALIKE, Copied, Groups, are_spam, demoted, may_complain
from kefu_tui.domain.verdict import Category, Priority, Reason, ReasonKind, Sentiment, Signal, TextVerdict
from tests.builders import a_verdict

ALL_ALIKE = ALIKE + 0.1


class Cases(Groups):
    """Groups in which every mention is judged at once."""

    def arrive(self, key: str, person: str, likeness: Mapping[str, float] | None = None) -> None:
        self.add(key, person)
        self.judge(key, likeness or {})


@pytest.fixture
def groups() -> Cases:
    groups = Cases()
    groups.arrive("one", "lin")
    return groups


class TestGroups:
    def test_the_second_of_a_cause_makes_two(self, groups: Cases) -> None:
        assert groups.people("one") == 1
        groups.arrive("two", "wang", {"one": ALL_ALIKE})
        assert groups.members("one") == groups.members("two") == ("one", "two")
        assert groups.people("one") == groups.people("two") == 2

    def test_a_person_who_repeats_counts_once(self, groups: Cases) -> None:
        groups.arrive("again", "lin", {"one": 0.9})
        assert groups.people("one") == 1

    def test_what_is_not_alike_enough_stands_alone(self, groups: Cases) -> None:
        groups.arrive("two", "wang", {"one": ALIKE - 0.1, "nobody": 1.0})
        assert groups.group_of("one") != groups.group_of("two")

    def test_one_slight_likeness_does_not_tie_a_stranger_to_a_group(self, groups: Cases) -> None:
        groups.arrive("two", "wang", {"one": 0.9})
        groups.arrive("chained", "zhao", {"two": ALL_ALIKE})
        groups.arrive("near both", "qian", {"one": ALL_ALIKE, "two": ALL_ALIKE})
        assert groups.people("chained") == 1
        assert groups.people("near both") == 3

    def test_a_copy_joins_without_likeness_and_is_not_torn_away(self, groups: Cases) -> None:
        groups.arrive("other", "qian")
        groups.add("two", "wang", copies=["one"])
        assert not groups.judge("two", {"other": 1.0})
        assert groups.members("two") == ("one", "two")

    def test_copies_that_came_first_move_together_once_they_are_judged(self, groups: Cases) -> None:
        groups.add("two", "wang")
        groups.add("copy", "zhao", copies=["two"])
        assert groups.judge("two", {"one": 0.9, "copy": 1.0})
        assert groups.members("copy") == ("one", "two", "copy")

    def test_who_leaves_is_not_counted_and_the_last_takes_the_group_along(self, groups: Cases) -> None:
        groups.arrive("two", "wang", {"one": 0.9})
        first = groups.group_of("one")
        groups.discard("one")
        groups.discard("one")
        assert groups.members("two") == ("two",)
        groups.discard("two")
        assert len(groups) == 0
        groups.arrive("three", "zhao")
        assert groups.group_of("three") not in (None, first)

    def test_nobody_is_judged_who_is_not_there(self, groups: Cases) -> None:
        assert not groups.judge("nobody", {"one": 1.0})
        assert groups.members("nobody") == ("nobody",)
        assert groups.people("nobody") == 1


class TestWhoComplains:
    @pytest.mark.parametrize(
        ("verdict", "names_fault", "may"),
        [
            (a_verdict(category=Category.QUALITY), False, True),
            (a_verdict(category=Category.SMALL_TALK, sentiment=Sentiment.NEGATIVE), False, False),
            (
                a_verdict(
                    category=Category.SMALL_TALK,
                    sentiment=Sentiment.NEGATIVE,
                    signals=frozenset({Signal.COMPLAINT}),
                ),
                False,
                True,
            ),
            (a_verdict(category=Category.QUESTION), True, True),
            (a_verdict(category=Category.QUESTION), False, False),
            (a_verdict(category=Category.PRAISE), True, False),
            (a_verdict(category=Category.QUESTION, sentiment=Sentiment.POSITIVE), True, True),
            (a_verdict(category=Category.NOISE, sentiment=Sentiment.NEGATIVE), True, False),
        ],
    )
    def test_grievances_and_even_questions_that_name_a_fault(
        self, verdict: TextVerdict, names_fault: bool, may: bool
    ) -> None:
        assert may_complain(verdict, names_fault=names_fault) is may


def copies(count: int = 3, **fields: object) -> list[Copied]:
    verdict = fields.pop("verdict", a_verdict(category=Category.SMALL_TALK))
    defaults = {"verdict": verdict, "has_link": True, "names_us": True} | fields
    return [Copied(person=f"p{number}", **defaults) for number in range(count)]  # type: ignore[arg-type]


class TestSpam:
    def test_three_authors_with_one_text_and_a_link(self) -> None:
        assert are_spam(copies())

    def test_two_are_not_enough_nor_one_who_repeats(self) -> None:
        assert not are_spam(copies(2))
        assert not are_spam(copies(1) * 5)

    def test_what_is_not_about_us_needs_no_link(self) -> None:
        assert are_spam(copies(has_link=False, names_us=False))
        assert not are_spam(copies(has_link=False))

    def test_an_advertisement_by_its_words(self) -> None:
        assert are_spam(copies(has_link=False, verdict=a_verdict(category=Category.NOISE)))

    @pytest.mark.parametrize(
        "verdict",
        [
            a_verdict(signals=frozenset({Signal.SAFETY})),
            a_verdict(signals=frozenset({Signal.THREAT})),
            a_verdict(category=Category.AFTER_SALES, reasons=(Reason(ReasonKind.DEMAND, "退款"),)),
            a_verdict(category=Category.COMPLAINT, reasons=(Reason(ReasonKind.MONEY, "盗刷"),)),
            a_verdict(reasons=(Reason(ReasonKind.CORRECTED, "noise"),)),
            a_verdict(reasons=(Reason(ReasonKind.RULE, "fans"),)),
        ],
    )
    def test_never_harm_threats_demands_nor_what_the_founder_decided(self, verdict: TextVerdict) -> None:
        assert not are_spam(copies(verdict=verdict))
        assert not are_spam([*copies(), *copies(1, verdict=verdict)])

    def test_what_is_demoted_says_why_and_keeps_its_other_reasons(self) -> None:
        before = a_verdict(Priority.P1, reasons=(Reason(ReasonKind.ANGER, "骗子", 2),))
        after = demoted(before, 4)
        assert (after.priority, after.category, after.signals) == (
            Priority.P3,
            Category.NOISE,
            {Signal.NOISE},
        )
        assert after.reasons == (Reason(ReasonKind.NOISE, "×4"), Reason(ReasonKind.ANGER, "骗子", 0))
