"""Which cases a view shows, and the order in which the founder should take them."""

from datetime import timedelta

import pytest

from kefu_tui.domain.case import Closed, Event, Snoozed, WorkState
from kefu_tui.domain.clocks import ClockKind, Targets
from kefu_tui.domain.feed import (
    CaseSummary,
    View,
    in_view,
    ordered,
    refreshed_order,
    summarise,
    views_of,
)
from kefu_tui.domain.mention import Mention, Verified
from kefu_tui.domain.triage import Weights
from kefu_tui.domain.verdict import Category, Priority, Reason, ReasonKind, Signal
from tests.builders import a_case, a_mention, a_verdict, an_author, an_inbound, an_outbound, at, minutes

BIG = 10_000


def row(*mentions: Mention, then: tuple[Event, ...] = ()) -> CaseSummary:
    held = mentions or (a_mention(),)
    return summarise(a_case(held, then=then), {m.key: m for m in held}, Targets())


def a_row(name: str, *, posted: float, priority: Priority = Priority.P2) -> CaseSummary:
    return row(a_mention(id=name, posted_at=at(posted), verdict=a_verdict(priority)))


def names(rows: list[CaseSummary]) -> list[str]:
    return [one.lead.post.id for one in rows]


class TestHarmOutranksReach:
    LIFTED = a_verdict(Priority.P0, reasons=(Reason(ReasonKind.REACH, "820000", 3),))

    def test_who_is_lifted_by_reach_stands_behind_whom_the_words_put_there(self) -> None:
        loud = row(a_mention(id="loud", posted_at=at(0), verdict=self.LIFTED))
        hurt = a_row("hurt", posted=5, priority=Priority.P0)
        assert names(ordered([loud, hurt], at(6))) == ["hurt", "loud"]

    def test_overdue_comes_first_whoever_it_is(self) -> None:
        loud = row(a_mention(id="loud", posted_at=at(0), verdict=self.LIFTED))
        hurt = a_row("hurt", posted=5, priority=Priority.P0)
        assert names(ordered([hurt, loud], at(11))) == ["loud", "hurt"]

    def test_of_two_in_one_case_the_words_speak(self) -> None:
        lifted = a_mention(id="p1", verdict=self.LIFTED)
        hurt = a_mention(id="p2", posted_at=at(1), verdict=a_verdict(Priority.P0, score=0.1))
        assert row(lifted, hurt).verdict is hurt.verdict


class TestSummary:
    def test_it_has_the_tags_of_all_its_mentions(self) -> None:
        first = a_mention(id="p1", verdict=a_verdict(tags=("召回", "盖")))
        second = a_mention(id="p2", posted_at=at(5), verdict=a_verdict(tags=("盖", "退款")))
        assert row(first, second).tags == ("召回", "盖", "退款")

    def test_a_weight_of_nothing_lets_waiting_raise_nothing(self) -> None:
        mention = a_mention()
        found = summarise(a_case([mention]), {mention.key: mention}, Targets(), weights=Weights(waiting=0))
        assert found.priority(at(600))[0] is Priority.P2
        assert row(mention).priority(at(600))[0] is Priority.P1

    def test_it_shows_the_newest_unanswered_mention(self) -> None:
        first, second = a_mention(id="p1"), a_mention(id="p2", posted_at=at(5))
        assert row(first, second).lead is second

    def test_when_all_is_answered_it_shows_the_newest_of_all(self) -> None:
        first, second = a_mention(id="p1"), a_mention(id="p2", posted_at=at(5))
        assert row(first, second, then=(an_outbound([first, second]),)).lead is second

    def test_the_most_urgent_waiting_mention_decides_the_verdict(self) -> None:
        hurt = a_mention(id="p1", verdict=a_verdict(Priority.P0))
        later = a_mention(id="p2", posted_at=at(5), verdict=a_verdict(Priority.P3))
        found = row(hurt, later)
        assert found.priority(at(6))[0] is Priority.P0
        assert found.due is not None
        assert found.due.at == at(10)

    def test_once_the_urgent_one_is_answered_it_decides_no_longer(self) -> None:
        hurt = a_mention(id="p1", verdict=a_verdict(Priority.P0))
        later = a_mention(id="p2", posted_at=at(5), verdict=a_verdict(Priority.P3))
        assert row(hurt, later, then=(an_outbound([hurt]),)).verdict.priority is Priority.P3

    def test_an_answered_case_is_still_about_what_was_answered(self) -> None:
        burn = a_mention("烫伤了", id="p1", verdict=a_verdict(Priority.P0, category=Category.QUALITY))
        knock = a_mention(
            "在吗？", id="p2", posted_at=at(3), case_id=burn.case_id, verdict=a_verdict(Priority.P2)
        )
        case = a_case([burn, knock], [an_outbound([burn, knock])])
        summary = summarise(case, {m.key: m for m in (burn, knock)}, Targets())
        assert summary.lead is knock
        assert summary.verdict is burn.verdict

    def test_one_stray_word_does_not_hide_a_customer_among_the_noise(self) -> None:
        complaint = a_mention(id="p1", verdict=a_verdict(category=Category.COMPLAINT))
        stray = a_mention(id="p2", posted_at=at(5), verdict=a_verdict(category=Category.NOISE))
        found = row(complaint, stray, then=(an_outbound([complaint]),))
        assert not found.is_noise
        assert in_view(found, View.WAITING, at(6), big=BIG)
        assert found.due is not None

    def test_noise_owes_nothing(self) -> None:
        found = row(a_mention(verdict=a_verdict(category=Category.NOISE)))
        assert found.due is None
        assert not found.is_overdue(at(99_999))

    def test_a_closed_case_makes_nobody_wait(self) -> None:
        found = row(then=(Closed(id="c", at=at(5)),))
        assert found.waiting_since is None
        assert found.waiting(at(500)) is None

    def test_a_clock_that_jumped_back_shows_no_negative_wait(self) -> None:
        assert row().waiting(at(-5)) == timedelta(0)

    def test_two_days_of_silence_make_it_overdue_though_the_target_is_longer(self) -> None:
        mention = a_mention()
        patient = Targets(dict.fromkeys(Priority, timedelta(days=9)))
        found = summarise(a_case([mention]), {mention.key: mention}, patient)
        assert not found.is_overdue(at(48 * 60))
        assert found.is_overdue(at(48 * 60 + 1))

    def test_an_unreadable_mention_leaves_the_rest_of_the_case_in_view(self) -> None:
        lost, kept = a_mention(id="p1"), a_mention(id="p2", posted_at=at(5))
        found = summarise(a_case([lost, kept]), {kept.key: kept}, Targets())
        assert (found.lead, found.waiting_since) == (kept, at(0))


class TestViews:
    @pytest.mark.parametrize(
        ("then", "view"),
        [
            ((), View.WAITING),
            ((an_outbound([a_mention()]),), View.WAITING_THEM),
            ((Snoozed(id="z", at=at(1), until=at(900)),), View.SNOOZED),
            ((Closed(id="c", at=at(1)),), View.CLOSED),
            ((Closed(id="c", at=at(1), reason="广告", without_reply=True),), View.CLOSED),
        ],
    )
    def test_each_state_has_its_view(self, then: tuple[Event, ...], view: View) -> None:
        of_states = {View.WAITING, View.WAITING_THEM, View.SNOOZED, View.CLOSED}
        assert set(views_of(row(then=then), at(20), big=BIG)) & of_states == {view}

    def test_everything_is_in_all(self) -> None:
        noise = row(a_mention(verdict=a_verdict(category=Category.NOISE)))
        assert all(in_view(one, View.ALL, at(5), big=BIG) for one in (row(), noise))

    def test_noise_stands_only_in_its_own_view_and_in_all(self) -> None:
        noise = row(a_mention(verdict=a_verdict(category=Category.NOISE)))
        assert views_of(noise, at(5), big=BIG) == [View.ALL, View.NOISE]

    def test_what_runs_out_within_a_quarter_of_an_hour_is_due_soon_and_stays_when_it_is_late(self) -> None:
        assert not in_view(row(), View.DUE_SOON, at(44), big=BIG)
        assert in_view(row(), View.DUE_SOON, at(45), big=BIG)
        assert in_view(row(), View.DUE_SOON, at(450), big=BIG)

    @pytest.mark.parametrize("author", [an_author(followers=BIG), an_author(verified=Verified.MEDIA)])
    def test_big_accounts_have_a_view_while_their_case_is_open(self, author: object) -> None:
        mention = a_mention(author=author)
        assert in_view(row(mention), View.BIG, at(5), big=BIG)
        assert not in_view(row(mention, then=(Closed(id="c", at=at(1)),)), View.BIG, at(5), big=BIG)

    @pytest.mark.parametrize("signal", [Signal.THREAT, Signal.SAFETY])
    def test_who_is_hurt_or_threatens_is_in_the_risky_view_even_snoozed(self, signal: Signal) -> None:
        mention = a_mention(verdict=a_verdict(signals=frozenset({signal})))
        held = row(mention, then=(Snoozed(id="z", at=at(1), until=at(900), hold=True),))
        assert in_view(held, View.RISKY, at(5), big=BIG)

    def test_praise_is_found_whatever_its_state(self) -> None:
        mention = a_mention(verdict=a_verdict(category=Category.PRAISE))
        assert in_view(row(mention, then=(Closed(id="c", at=at(1)),)), View.PRAISE, at(5), big=BIG)

    def test_the_keys_run_from_one_to_nine_and_noise_is_on_zero(self) -> None:
        assert "".join(view.key for view in View) == "1234567890"

    def test_a_snoozed_case_about_to_breach_comes_back_into_waiting(self) -> None:
        """Invariant 11: the clock that runs is the case's own, by its priority."""
        held = row(then=(Snoozed(id="z", at=at(1), until=at(900)),))
        assert held.state(at(54)) is WorkState.SNOOZED
        assert in_view(held, View.WAITING, at(55), big=BIG)


class TestOrder:
    def test_overdue_comes_first_the_latest_on_top_then_priority_then_the_longest_wait(self) -> None:
        rows = [
            a_row("fresh P3", posted=90, priority=Priority.P3),
            a_row("P2 waiting long", posted=70),
            a_row("P2 waiting short", posted=80),
            a_row("P1", posted=85, priority=Priority.P1),
            a_row("late", posted=20),
            a_row("later still", posted=5),
        ]
        assert names(ordered(rows, at(100))) == [
            "later still",
            "late",
            "P1",
            "P2 waiting long",
            "P2 waiting short",
            "fresh P3",
        ]

    def test_what_does_not_wait_for_us_follows_newest_activity_first(self) -> None:
        old = row(a_mention(id="old"), then=(an_outbound(["shop:old"], at=at(10)),))
        new = row(a_mention(id="new"), then=(an_outbound(["shop:new"], at=at(12)),))
        assert names(ordered([old, new, a_row("waits", posted=0)], at(20))) == ["waits", "new", "old"]

    def test_it_does_not_depend_on_the_order_it_was_given(self) -> None:
        rows = [a_row(f"p{n}", posted=0) for n in range(5)]
        assert names(ordered(rows, at(9))) == names(ordered(rows[::-1], at(9)))


class TestRefresh:
    """Invariant 16: a refresh never pulls a row from under the founder's hands."""

    def test_without_kept_rows_it_is_the_fresh_order(self) -> None:
        assert refreshed_order(["a", "b"], ["c", "b", "a"], ()) == ["c", "b", "a"]

    def test_a_row_acted_on_stays_where_it_was(self) -> None:
        assert refreshed_order(["a", "b", "c"], ["a", "c"], {"b"}) == ["a", "b", "c"]

    def test_it_stays_even_where_the_fresh_order_would_move_it(self) -> None:
        assert refreshed_order(["a", "b", "c"], ["a", "c", "b"], {"b"}) == ["a", "b", "c"]

    def test_several_in_a_row_keep_their_order(self) -> None:
        assert refreshed_order(["a", "b", "c", "d"], ["d"], {"a", "b", "c"}) == ["a", "b", "c", "d"]

    def test_what_arrives_takes_its_place_around_them(self) -> None:
        assert refreshed_order(["a", "b", "c"], ["new", "a", "c"], {"b"}) == ["new", "a", "b", "c"]

    def test_when_its_neighbour_left_it_stays_behind_the_one_before(self) -> None:
        assert refreshed_order(["a", "b", "c"], ["a"], {"c"}) == ["a", "c"]

    def test_a_row_not_shown_before_is_not_kept_from_elsewhere(self) -> None:
        assert refreshed_order(["a"], ["a"], {"gone"}) == ["a"]


def test_due_names_the_clock_and_the_message_that_waits() -> None:
    first, second = a_mention(id="p1"), a_mention(id="p2", posted_at=at(20))
    summary = row(first, then=(an_outbound([first]), an_inbound(second)))
    assert summary.due is not None
    assert (summary.due.kind, summary.due.mention_key) == (ClockKind.NEXT_RESPONSE, second.key)
    assert summary.due.at == at(20) + minutes(60)
