"""The clocks are honest: only a published reply of a person stops a customer's wait."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu_tui.domain.case import (
    Case,
    Closed,
    Event,
    Inbound,
    Outbound,
    Reopened,
    Snoozed,
    Withdrawn,
    Woken,
    WorkState,
)
from kefu_tui.domain.clocks import (
    DEFINITIONS,
    HEARTBEAT_AFTER,
    ClockKind,
    Due,
    Resolution,
    Targets,
    clocks,
    red_from,
    resolution,
    waits,
)
from kefu_tui.domain.episodes import episodes, standing
from kefu_tui.domain.mention import Visibility
from kefu_tui.domain.verdict import Priority
from tests.builders import EPOCH, a_case, a_mention, an_inbound, an_outbound, at, minutes

FIRST = a_mention(id="p1", posted_at=at(0), first_seen_at=at(2))
SECOND = a_mention("快点！！", id="p2", posted_at=at(20), case_id=FIRST.case_id)
THIRD = a_mention("又坏了", id="p3", posted_at=at(3000), case_id=FIRST.case_id)
TARGETS = Targets()
PATIENT = Targets(dict.fromkeys(Priority, timedelta(days=9)))


def case(*then: Event) -> Case:
    return a_case([FIRST], then=then)


def closed(minute: float) -> Closed:
    return Closed(id=f"c{minute}", at=at(minute))


def due(held: Case, priority: Priority = Priority.P2, targets: Targets = TARGETS) -> Due | None:
    return next(iter(clocks(standing(held.events), priority, targets)), None)


def waiting_since(held: Case) -> datetime | None:
    owed = standing(held.events).owed
    return owed[0].at if owed else None


def is_silent(held: Case, now: datetime) -> bool:
    red = red_from(standing(held.events))
    return red is not None and now >= red


def resolutions(held: Case) -> list[Resolution]:
    return [found for episode in episodes(held.events) if (found := resolution(episode)) is not None]


class TestFirstResponse:
    """Invariant 1: it starts at platform post time."""

    def test_it_runs_from_the_post_on_the_platform_not_from_our_first_sight_of_it(self) -> None:
        [wait] = waits(case(an_outbound([FIRST], at=at(10))).events)
        assert wait.kind is ClockKind.FIRST_RESPONSE
        assert wait.duration == minutes(10)

    def test_the_detection_lag_is_a_number_of_its_own(self) -> None:
        [inbound] = case(an_outbound([FIRST])).inbounds
        assert inbound.lag == minutes(2)

    def test_a_second_angry_message_does_not_reset_it(self) -> None:
        [wait] = waits(case(an_inbound(SECOND), an_outbound([FIRST, SECOND], at=at(30))).events)
        assert wait.duration == minutes(30)
        assert wait.mention_key == FIRST.key

    def test_a_reply_dated_before_the_post_makes_it_zero_never_negative(self) -> None:
        [wait] = waits(case(an_outbound([FIRST], at=at(-1))).events)
        assert wait.duration == timedelta(0)

    def test_a_withdrawn_first_post_leaves_the_clock_to_the_second(self) -> None:
        held = case(an_inbound(SECOND), Withdrawn(mention_key=FIRST.key, at=at(21)))
        [wait] = waits(held.events)
        assert (wait.began_at, wait.kind) == (at(20), ClockKind.FIRST_RESPONSE)

    def test_a_post_deleted_before_anyone_answered_is_no_wait(self) -> None:
        assert waits(case(Withdrawn(mention_key=FIRST.key, at=at(5))).events) == []

    def test_a_post_deleted_after_our_reply_keeps_its_figure(self) -> None:
        held = case(an_outbound([FIRST], at=at(10)), Withdrawn(mention_key=FIRST.key, at=at(15)))
        assert [wait.duration for wait in waits(held.events)] == [minutes(10)]


class TestReopening:
    """Invariant 2: a reopen is a new episode, old figures stay."""

    def test_the_new_episode_has_a_first_response_of_its_own(self) -> None:
        held = case(
            an_outbound([FIRST], at=at(10)), closed(15), an_inbound(THIRD), an_outbound([THIRD], at=at(3007))
        )
        figures = [[(w.kind, w.duration) for w in waits(episode)] for episode in episodes(held.events)]
        assert figures == [
            [(ClockKind.FIRST_RESPONSE, minutes(10))],
            [(ClockKind.FIRST_RESPONSE, minutes(7))],
        ]

    def test_reopened_by_hand_the_customer_has_waited_since_the_post(self) -> None:
        held = case(closed(5), Reopened(id="e", at=at(60)))
        assert waiting_since(held) == at(0)
        assert due(held) == Due(ClockKind.FIRST_RESPONSE, at(60), FIRST.key)

    def test_the_late_reply_after_a_reopening_counts_from_the_post_and_once(self) -> None:
        held = case(closed(5), Reopened(id="e", at=at(60)), an_outbound([FIRST], at=at(70)))
        figures = [wait.duration for episode in episodes(held.events) for wait in waits(episode)]
        assert figures == [minutes(70)]


class TestWaitingSince:
    """Invariant 3: the oldest unanswered inbound; null when we spoke last."""

    def test_it_is_the_oldest_unanswered_post(self) -> None:
        assert waiting_since(case(an_inbound(SECOND))) == at(0)

    def test_it_is_null_when_we_spoke_last(self) -> None:
        assert waiting_since(case(an_outbound([FIRST]))) is None

    def test_after_our_reply_it_is_the_next_post(self) -> None:
        assert waiting_since(case(an_outbound([FIRST]), an_inbound(SECOND))) == at(20)

    def test_a_post_that_crossed_our_reply_still_waits_since_it_was_posted(self) -> None:
        crossing = a_mention(id="p2", posted_at=at(9), first_seen_at=at(12))
        assert waiting_since(case(an_outbound([FIRST], at=at(10)), an_inbound(crossing))) == at(9)

    def test_nobody_waits_in_a_closed_case(self) -> None:
        assert waiting_since(case(closed(5))) is None


class TestWhatStopsAClock:
    """Invariants 4 and 6: only a published reply of a person does."""

    @pytest.mark.parametrize(
        "event",
        [
            an_outbound([FIRST], automatic=True),
            an_outbound([]),
            an_outbound(["shop:another"]),
            Snoozed(id="z", at=at(1), until=at(900), hold=True),
            Woken(id="w", at=at(3)),
        ],
        ids=["automatic", "answers nobody", "answers another", "snooze", "wake"],
    )
    def test_this_does_not(self, event: Event) -> None:
        held = case(event)
        assert waiting_since(held) == at(0)
        assert due(held) == due(case())

    def test_a_snooze_neither_stops_nor_moves_the_next_response(self) -> None:
        owed = case(an_outbound([FIRST]), an_inbound(SECOND))
        assert due(owed.with_event(Snoozed(id="z", at=at(21), until=at(900)))) == due(owed)

    def test_a_published_reply_does(self) -> None:
        assert due(case(an_outbound([FIRST]))) is None


class TestNextDue:
    """Invariant 5: no alarm when we spoke last; the heartbeat never replaces the first response."""

    @pytest.mark.parametrize(
        ("priority", "minute"),
        [(Priority.P0, 10), (Priority.P1, 25), (Priority.P2, 60), (Priority.P3, 1440)],
    )
    def test_the_first_response_is_due_by_priority(self, priority: Priority, minute: float) -> None:
        assert due(case(), priority) == Due(ClockKind.FIRST_RESPONSE, at(minute), FIRST.key)

    def test_nothing_is_due_when_we_spoke_last_however_long_ago(self) -> None:
        assert due(case(an_outbound([FIRST], at=at(-9000)))) is None

    def test_nothing_is_due_in_a_closed_case(self) -> None:
        assert due(case(closed(5))) is None

    def test_the_next_response_is_due_from_the_oldest_unanswered_post(self) -> None:
        held = case(an_outbound([FIRST]), an_inbound(SECOND))
        assert due(held) == Due(ClockKind.NEXT_RESPONSE, at(80), SECOND.key)

    def test_without_a_word_of_ours_there_is_no_heartbeat_even_where_targets_are_longer(self) -> None:
        [only] = clocks(standing(case().events), Priority.P3, PATIENT)
        assert only.kind is ClockKind.FIRST_RESPONSE

    def test_after_a_word_of_ours_the_next_one_is_due_within_a_day_whatever_the_target(self) -> None:
        held = case(an_outbound([FIRST]), an_inbound(SECOND))
        found = due(held, Priority.P3, PATIENT)
        assert found == Due(ClockKind.HEARTBEAT, at(20) + HEARTBEAT_AFTER, SECOND.key)

    def test_the_heartbeat_does_not_count_the_time_in_which_we_waited_for_the_customer(self) -> None:
        """The customer comes back two days after our answer: nothing is late the moment they do."""
        held = case(an_outbound([FIRST], at=at(10)), an_inbound(THIRD))
        assert all(clock.at > at(3000) for clock in clocks(standing(held.events), Priority.P2, TARGETS))

    def test_a_word_that_does_not_answer_them_all_moves_the_heartbeat(self) -> None:
        crossing = a_mention(id="p2", posted_at=at(9), first_seen_at=at(12))
        held = case(
            an_outbound([FIRST], at=at(10)), an_inbound(crossing), an_outbound([], id="o2", at=at(100))
        )
        beats = [c for c in clocks(standing(held.events), Priority.P2, PATIENT) if "heart" in c.kind]
        assert [beat.at for beat in beats] == [at(100) + HEARTBEAT_AFTER]

    def test_lateness_is_negative_while_there_is_time_left(self) -> None:
        assert Due(ClockKind.HEARTBEAT, at(10)).late_by(at(4)) == -minutes(6)


class TestSilence:
    def test_more_than_two_days_without_a_word_is_red_whatever_the_priority(self) -> None:
        assert not is_silent(case(), at(48 * 60))
        assert is_silent(case(), at(48 * 60 + 1))

    def test_it_counts_from_our_last_word(self) -> None:
        held = case(an_inbound(SECOND), an_outbound([FIRST], at=at(100)))
        assert not is_silent(held, at(100 + 48 * 60))
        assert is_silent(held, at(101 + 48 * 60))

    @pytest.mark.parametrize("then", [an_outbound([FIRST]), closed(5)], ids=["spoke last", "closed"])
    def test_it_is_no_silence_when_we_owe_nothing(self, then: Event) -> None:
        assert not is_silent(case(then), at(99_999))


class TestResolution:
    def test_it_leaves_out_the_time_we_waited_for_the_customer(self) -> None:
        held = case(
            an_outbound([FIRST], at=at(10)),
            an_inbound(a_mention(id="p2", posted_at=at(100))),
            an_outbound(["shop:p2"], id="o2", at=at(130)),
            closed(200),
        )
        [found] = resolutions(held)
        assert (found.began_at, found.closed_at, found.duration) == (at(0), at(200), minutes(10 + 30))

    def test_an_open_case_has_none(self) -> None:
        assert resolutions(case(an_outbound([FIRST]))) == []

    def test_each_closed_episode_has_one_and_the_old_one_stays(self) -> None:
        once = case(an_outbound([FIRST], at=at(10)), closed(20))
        twice = once.with_event(an_inbound(THIRD)).with_event(closed(3060))
        assert resolutions(twice) == [*resolutions(once), resolutions(twice)[1]]
        assert [found.duration for found in resolutions(twice)] == [minutes(10), minutes(60)]

    def test_a_post_that_crossed_our_reply_takes_no_time_off(self) -> None:
        crossing = a_mention(id="p2", posted_at=at(5), first_seen_at=at(12))
        held = case(an_outbound([FIRST], at=at(10)), an_inbound(crossing), closed(30))
        assert [found.duration for found in resolutions(held)] == [minutes(30)]


def test_every_printed_clock_can_say_how_it_is_defined() -> None:
    assert {"first_response", "next_response", "detection_lag", "waiting_since", "resolution"} <= set(
        DEFINITIONS
    )


# --- random histories against a slow and obvious account of the same day -----------------------------


@dataclass
class Message:
    key: str
    posted: datetime
    episode: int
    answered: bool = False
    deleted: bool = False

    @property
    def waits(self) -> bool:
        return not (self.answered or self.deleted)


@dataclass
class Diary:
    """Keeps the book by hand: each message knows its episode and whether it still waits."""

    events: list[Event] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    measured: dict[int, list[timedelta]] = field(default_factory=dict)
    spoken: dict[int, list[datetime]] = field(default_factory=dict)
    episode: int = 0
    is_closed: bool = False
    approved: list[str] | None = None
    now: int = 0

    def waiting(self, episode: int) -> list[Message]:
        return sorted((m for m in self.messages if m.episode == episode and m.waits), key=lambda m: m.posted)

    def write(self, ago: int) -> None:
        if self.is_closed:
            self.episode, self.is_closed = self.episode + 1, False
        number = len(self.messages)
        message = Message(f"shop:p{number}", at(self.now - ago), self.episode)
        self.messages.append(message)
        self.events.append(
            Inbound(mention_key=message.key, post_id=f"p{number}", at=message.posted, seen_at=at(self.now))
        )

    def approve(self) -> None:
        self.approved = [m.key for m in self.waiting(self.episode)]

    def publish(self, ago: int, *, automatic: bool) -> None:
        if self.approved is None:
            return
        said = at(self.now - ago)
        number = len(self.events)
        self.events.append(
            Outbound(
                id=f"o{number}",
                post_id=f"r{number}",
                at=said,
                text="在查",
                visibility=Visibility.PUBLIC,
                answers=tuple(self.approved),
                automatic=automatic,
            )
        )
        meant = [m for m in self.messages if m.key in self.approved]
        self.approved = None
        if automatic:
            return
        for episode in {m.episode for m in meant} or {self.episode}:
            self.spoken.setdefault(episode, []).append(said)
            ended = [m for m in meant if m.episode == episode and m.waits]
            if ended:
                began = min(m.posted for m in ended)
                self.measured.setdefault(episode, []).append(max(said - began, timedelta(0)))
        for message in meant:
            message.answered = message.answered or not message.deleted

    def close(self) -> None:
        self.is_closed = True
        self.events.append(Closed(id=f"c{len(self.events)}", at=at(self.now)))

    def reopen(self) -> None:
        if not self.is_closed:
            return
        for message in self.waiting(self.episode):
            message.episode = self.episode + 1
        self.episode, self.is_closed = self.episode + 1, False
        self.events.append(Reopened(id=f"e{len(self.events)}", at=at(self.now)))

    def snooze(self, *, hold: bool) -> None:
        self.events.append(
            Snoozed(id=f"z{len(self.events)}", at=at(self.now), until=at(self.now + 99), hold=hold)
        )

    def delete(self, choice: int) -> None:
        standing = [m for m in self.messages if not m.deleted]
        if not standing:
            return
        message = standing[choice % len(standing)]
        message.deleted = True
        self.events.append(Withdrawn(mention_key=message.key, at=at(self.now)))


def lived(days: list[tuple[str, int, int]]) -> Diary:
    diary = Diary()
    diary.write(0)
    for what, passed, number in days:
        diary.now += passed
        match what:
            case "write":
                diary.write(number % 40)
            case "approve":
                diary.approve()
            case "publish":
                diary.publish(number % 3, automatic=False)
            case "answer":
                diary.approve()
                diary.publish(0, automatic=number % 5 == 0)
            case "close":
                diary.close()
            case "reopen":
                diary.reopen()
            case "snooze":
                diary.snooze(hold=number % 2 == 0)
            case _:
                diary.delete(number)
    return diary


HISTORIES = st.lists(
    st.tuples(
        st.sampled_from(["write", "approve", "publish", "answer", "close", "reopen", "snooze", "delete"]),
        st.integers(0, 200),
        st.integers(0, 99),
    ),
    max_size=25,
).map(lived)


@given(HISTORIES)
def test_in_any_history_exactly_what_nobody_answered_waits_since_its_post(diary: Diary) -> None:
    held = a_case(events=tuple(diary.events))
    owed = diary.waiting(diary.episode)
    assert [i.mention_key for i in held.unanswered] == [m.key for m in owed]
    since = None if diary.is_closed or not owed else owed[0].posted
    assert waiting_since(held) == since
    assert (due(held) is None) == (since is None)
    if not diary.is_closed:
        turn = held.state(at(diary.now + 99_999))
        assert turn is (WorkState.WAITING_US if owed else WorkState.WAITING_THEM)


@given(HISTORIES)
def test_in_any_history_every_episode_measures_what_its_customer_lived_through(diary: Diary) -> None:
    cut = episodes(diary.events)
    assert len(cut) == diary.episode + 1
    for number, episode in enumerate(cut):
        found = waits(episode)
        assert [w.duration for w in found if w.ended_at] == diary.measured.get(number, [])
        running = [w.began_at for w in found if w.ended_at is None]
        assert running == [m.posted for m in diary.waiting(number)][:1]
        kinds = [ClockKind.FIRST_RESPONSE] + [ClockKind.NEXT_RESPONSE] * len(found)
        assert [w.kind for w in found] == kinds[: len(found)]


@given(HISTORIES, st.sampled_from(Priority))
def test_in_any_history_the_due_moment_is_the_minimum_of_what_is_owed(
    diary: Diary, priority: Priority
) -> None:
    held = a_case(events=tuple(diary.events))
    owed = [] if diary.is_closed else diary.waiting(diary.episode)
    found = due(held, priority)
    if not owed:
        assert found is None
        return
    expected = [owed[0].posted + TARGETS[priority]]
    if diary.measured.get(diary.episode):
        expected.append(max([owed[0].posted, *diary.spoken[diary.episode]]) + HEARTBEAT_AFTER)
    assert found is not None
    assert found.at == min(expected)


@given(HISTORIES, st.integers(1, 5))
def test_no_snooze_and_no_close_ever_changes_a_figure_already_measured(diary: Diary, more: int) -> None:
    before = [w.duration for episode in episodes(diary.events) for w in waits(episode) if w.ended_at]
    for _ in range(more):
        diary.snooze(hold=True)
        diary.close()
        diary.reopen()
    after = [w.duration for episode in episodes(diary.events) for w in waits(episode) if w.ended_at]
    assert after == before
    assert diary.events[0].at == EPOCH
