"""Whose turn it is, read off what happened: never off what was opened, tagged or scrolled past."""

from datetime import timedelta

import pytest

from kefu_tui.domain.case import (
    Case,
    Closed,
    Event,
    Noted,
    Reopened,
    Snoozed,
    Tagged,
    Withdrawn,
    Woken,
    WorkState,
)
from kefu_tui.domain.episodes import SNOOZE_WARNING, current_episode, episodes
from tests.builders import a_case, a_mention, an_inbound, an_outbound, at

FIRST = a_mention(id="p1", posted_at=at(0))
SECOND = a_mention("还在吗？", id="p2", posted_at=at(20), case_id=FIRST.case_id)
THIRD = a_mention("又坏了", id="p3", posted_at=at(300), case_id=FIRST.case_id)


def case(*then: Event) -> Case:
    return a_case([FIRST], then=then)


def closed(minute: float, **fields: object) -> Closed:
    return Closed(id=f"c{minute}", at=at(minute), **fields)  # type: ignore[arg-type]


def reopened(minute: float) -> Reopened:
    return Reopened(id=f"e{minute}", at=at(minute))


def snoozed(minute: float, until: float, *, hold: bool = False) -> Snoozed:
    return Snoozed(id=f"z{minute}", at=at(minute), until=at(until), hold=hold)


def waiting(held: Case) -> list[str]:
    return [inbound.post_id for inbound in held.unanswered]


class TestWhoseTurn:
    def test_a_new_case_waits_for_us(self) -> None:
        assert case().state(at(1)) is WorkState.WAITING_US

    def test_our_reply_hands_the_turn_to_the_customer(self) -> None:
        assert case(an_outbound([FIRST])).state(at(11)) is WorkState.WAITING_THEM

    def test_the_customer_answering_back_hands_it_to_us_again(self) -> None:
        held = case(an_outbound([FIRST]), an_inbound(SECOND))
        assert held.state(at(21)) is WorkState.WAITING_US
        assert waiting(held) == ["p2"]

    def test_a_message_the_founder_had_not_seen_when_approving_is_not_answered(self) -> None:
        """Posted before our reply, fetched after it: the reply does not speak to it."""
        early = a_mention("订单号是 1024", id="p2", posted_at=at(9), first_seen_at=at(12))
        held = case(an_outbound([FIRST], at=at(10)), an_inbound(early))
        assert held.state(at(13)) is WorkState.WAITING_US
        assert waiting(held) == ["p2"]

    def test_an_automatic_message_answers_nobody(self) -> None:
        held = case(an_outbound([FIRST], automatic=True))
        assert held.state(at(11)) is WorkState.WAITING_US

    def test_a_post_its_author_deleted_waits_no_longer(self) -> None:
        held = case(Withdrawn(mention_key=FIRST.key, at=at(5)))
        assert held.state(at(6)) is WorkState.WAITING_THEM

    def test_when_the_first_of_two_posts_is_deleted_the_second_still_waits(self) -> None:
        held = case(an_inbound(SECOND), Withdrawn(mention_key=FIRST.key, at=at(25)))
        assert waiting(held) == ["p2"]

    def test_what_waits_is_told_oldest_first_whatever_the_order_of_its_arrival(self) -> None:
        late = a_mention(id="p0", posted_at=at(-30), first_seen_at=at(5))
        assert waiting(case(an_inbound(late))) == ["p0", "p1"]

    def test_a_closed_case_is_closed(self) -> None:
        assert case(closed(5)).state(at(6)) is WorkState.CLOSED

    def test_closing_without_a_reply_is_a_state_of_its_own(self) -> None:
        held = case(closed(5, reason="广告", without_reply=True))
        assert held.state(at(6)) is WorkState.NO_REPLY


class TestClosedAndBack:
    """Invariant 15: done is stored with the last activity, newer activity revives."""

    def test_newer_words_of_the_customer_revive_a_closed_case(self) -> None:
        held = case(an_outbound([FIRST]), closed(15), an_inbound(SECOND))
        assert held.state(at(21)) is WorkState.WAITING_US

    def test_a_post_older_than_the_close_revives_when_it_is_seen_after_it(self) -> None:
        """The founder closed without having seen it; polling lag must not bury the customer."""
        unseen = a_mention(id="p2", posted_at=at(4), first_seen_at=at(6))
        assert case(closed(5), an_inbound(unseen)).state(at(7)) is WorkState.WAITING_US

    def test_our_own_late_reply_does_not_reopen_the_case(self) -> None:
        held = case(closed(9), an_outbound([FIRST], at=at(10)))
        assert held.state(at(11)) is WorkState.CLOSED

    def test_what_was_closed_unanswered_does_not_haunt_the_revived_case(self) -> None:
        assert waiting(case(closed(5), an_inbound(SECOND))) == ["p2"]

    def test_reopened_by_hand_what_was_unanswered_at_the_close_waits_again(self) -> None:
        held = case(closed(5), reopened(30))
        assert held.state(at(31)) is WorkState.WAITING_US
        assert waiting(held) == ["p1"]

    def test_reopening_takes_back_only_the_last_close(self) -> None:
        held = case(closed(5), an_inbound(SECOND), an_outbound([SECOND], at=at(25)), closed(30), reopened(40))
        assert held.state(at(41)) is WorkState.WAITING_THEM

    def test_closed_and_reopened_twice_it_still_waits(self) -> None:
        assert waiting(case(closed(5), reopened(6), closed(7), reopened(8))) == ["p1"]

    def test_a_held_snooze_from_before_the_close_does_not_hide_the_customer_who_comes_back(self) -> None:
        held = case(snoozed(1, 9999, hold=True), closed(5), an_inbound(SECOND))
        assert held.state(at(21)) is WorkState.WAITING_US


class TestEpisodes:
    def test_a_case_never_closed_is_one_episode(self) -> None:
        held = case(an_outbound([FIRST]), an_inbound(SECOND))
        assert episodes(held.events) == [list(held.events)]

    def test_the_customer_coming_back_starts_a_new_one(self) -> None:
        held = case(an_outbound([FIRST]), closed(15), an_inbound(SECOND))
        assert episodes(held.events) == [list(held.events[:3]), [an_inbound(SECOND)]]

    def test_a_reply_under_way_while_the_customer_came_back_belongs_to_what_it_answers(self) -> None:
        reply = an_outbound([FIRST], at=at(21))
        held = case(closed(5), an_inbound(SECOND), reply)
        assert episodes(held.events) == [[an_inbound(FIRST), closed(5), reply], [an_inbound(SECOND)]]
        assert waiting(held) == ["p2"]

    def test_a_deletion_belongs_to_the_episode_of_its_post(self) -> None:
        gone = Withdrawn(mention_key=FIRST.key, at=at(25))
        held = case(closed(5), an_inbound(SECOND), gone)
        assert gone in episodes(held.events)[0]
        assert waiting(held) == ["p2"]

    def test_every_inbound_stands_in_exactly_one(self) -> None:
        held = case(closed(5), reopened(6), an_inbound(SECOND), closed(30), an_inbound(THIRD))
        found = [e for episode in episodes(held.events) for e in episode if e in held.inbounds]
        assert sorted(e.post_id for e in found) == ["p1", "p2", "p3"]  # type: ignore[union-attr]

    def test_a_word_of_ours_that_answers_nobody_belongs_to_the_episode_it_is_said_in(self) -> None:
        word = an_outbound([], at=at(25))
        held = case(an_outbound([FIRST]), closed(15), an_inbound(SECOND), word)
        assert episodes(held.events)[1] == [an_inbound(SECOND), word]

    def test_no_events_make_no_episode(self) -> None:
        assert episodes([]) == current_episode([]) == []


class TestSnooze:
    """Invariant 11: a snooze wakes on inbound unless held, and never hides a breach."""

    def test_it_hides_until_its_moment(self) -> None:
        held = case(snoozed(1, 60))
        assert held.state(at(59)) is WorkState.SNOOZED
        assert held.state(at(60)) is WorkState.WAITING_US

    def test_the_customer_writing_wakes_it(self) -> None:
        assert case(snoozed(1, 60), an_inbound(SECOND)).state(at(21)) is WorkState.WAITING_US

    def test_held_it_sleeps_through_the_customer_writing(self) -> None:
        assert case(snoozed(1, 60, hold=True), an_inbound(SECOND)).state(at(21)) is WorkState.SNOOZED

    def test_the_founder_can_wake_it(self) -> None:
        assert case(snoozed(1, 60), Woken(id="w", at=at(2))).state(at(3)) is WorkState.WAITING_US

    def test_a_case_about_to_breach_comes_back(self) -> None:
        held = case(snoozed(1, 600))
        breach = at(60)
        assert held.state(breach - SNOOZE_WARNING - timedelta(seconds=1), breach) is WorkState.SNOOZED
        assert held.state(breach - SNOOZE_WARNING, breach) is WorkState.WAITING_US

    def test_a_case_already_late_when_it_was_put_aside_stays_there(self) -> None:
        assert case(snoozed(70, 600)).state(at(80), at(60)) is WorkState.SNOOZED

    def test_our_reply_leaves_it_snoozed_for_the_follow_up(self) -> None:
        assert case(snoozed(1, 600), an_outbound([FIRST])).state(at(20)) is WorkState.SNOOZED


class TestTakingBack:
    def test_an_act_undone_leaves_everything_else_that_happened_since(self) -> None:
        held = case(closed(5), an_inbound(SECOND)).without_act("c5")
        assert held == a_case([FIRST, SECOND])

    def test_undo_takes_no_customer_and_no_reply_away(self) -> None:
        held = case(an_outbound([FIRST], id="same"), Closed(id="same", at=at(12)))
        assert held.without_act("same") == case(an_outbound([FIRST], id="same"))

    def test_a_redone_close_does_not_swallow_what_the_customer_wrote_since(self) -> None:
        held = a_case([FIRST, SECOND]).with_act_again(closed(5))
        assert held.state(at(30)) is WorkState.WAITING_US
        assert waiting(held) == ["p2"]

    def test_a_redone_close_with_nothing_newer_closes(self) -> None:
        assert case().with_act_again(closed(5)).state(at(30)) is WorkState.CLOSED


def test_the_last_activity_is_when_we_learned_of_it() -> None:
    late = a_mention(id="p9", posted_at=at(3), first_seen_at=at(50))
    assert case(an_outbound([FIRST], at=at(10)), an_inbound(late)).last_activity == at(50)


def test_what_a_prompt_asked_for_is_remembered_once_under_each_name() -> None:
    held = case().remembering("订单号", "1").remembering("型号", "X").remembering("订单号", "2")
    assert held.memory == (("型号", "X"), ("订单号", "2"))


def test_a_reply_to_any_post_of_the_case_belongs_to_it() -> None:
    assert case(an_outbound([FIRST], post_id="r1")).post_ids == {"p1", "r1"}


@pytest.mark.parametrize("ahead", [0, 90])
def test_a_platform_clock_ahead_of_ours_makes_no_negative_lag(ahead: int) -> None:
    mention = a_mention(posted_at=at(ahead / 60), first_seen_at=at(0))
    assert an_inbound(mention).lag == timedelta(0)


def tagged(minute: float, tag: str, *, on: bool = True) -> Tagged:
    return Tagged(id=f"t{minute}", at=at(minute), tag=tag, on=on)


class TestRemarks:
    def test_a_note_and_a_tag_change_nobodys_turn_and_move_no_row(self) -> None:
        quiet = case()
        spoken_of = case(Noted(id="n1", at=at(9), text="老客户，别怠慢"), tagged(10, "急"))
        assert spoken_of.state(at(11)) is quiet.state(at(11))
        assert spoken_of.last_activity == quiet.last_activity
        assert waiting(spoken_of) == waiting(quiet)

    def test_a_note_after_a_close_keeps_it_closed(self) -> None:
        assert case(closed(5), Noted(id="n1", at=at(9), text="x")).state(at(10)) is WorkState.CLOSED

    def test_the_last_word_on_a_tag_holds_also_against_a_rules(self) -> None:
        held = case(
            tagged(1, "急"), tagged(2, "壶盖"), tagged(3, "急", on=False), tagged(4, "召回", on=False)
        )
        assert held.tags(["召回", "大V"]) == ("大V", "壶盖")
        assert case(tagged(1, "急", on=False), tagged(2, "急")).tags(["急"]) == ("急",)
