"""What the founder does besides sending: bound to the cases meant, durable, and taken back in one step."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest

from kefu_tui.domain.case import Case, Closed, Event, WorkState
from kefu_tui.domain.errors import NotAllowed, NotFound, StoreError
from kefu_tui.domain.mention import Mention, Visibility
from kefu_tui.domain.undo import UNDO_DEPTH
from kefu_tui.ports import Changes
from kefu_tui.services.desk import Desk, Taken, snooze_choices
from kefu_tui.storage.desk_store import DeskStore
from tests.builders import a_case, a_mention, an_author, an_inbound, an_outbound, at
from tests.fakes import FakeClock, MemoryBackend, memory_store

LIN = a_mention(id="lin")
WANG = a_mention(id="wang", author=an_author("wang"))
ZHAO = a_mention(id="zhao", author=an_author("zhao"))
EVERYBODY = (LIN, WANG, ZHAO)
IDS = [mention.case_id for mention in EVERYBODY]


class Shop:
    """One process at the desk."""

    def __init__(self, backend: MemoryBackend, clock: FakeClock) -> None:
        self.backend = backend
        self.clock = clock
        self.store: DeskStore = memory_store(backend)
        ids = count(len(backend.batches))
        self.desk = Desk(self.store, clock, lambda: f"a{next(ids)}")

    def restarted(self) -> "Shop":
        return Shop(self.backend, self.clock)

    def case(self, mention: Mention = LIN) -> Case:
        case = self.store.case(mention.case_id)
        assert case is not None
        return case

    @property
    def states(self) -> list[WorkState]:
        return [self.case(mention).state(self.clock.now()) for mention in EVERYBODY]

    async def happens(self, event: Event, *mentions: Mention, to: Mention = LIN) -> None:
        case = self.case(to).with_event(event)
        await self.store.update(lambda _: Changes(cases=[case], mentions=mentions))


@pytest.fixture
async def shop() -> Shop:
    shop = Shop(MemoryBackend(), FakeClock(at(10)))
    await shop.store.update(lambda _: Changes(mentions=EVERYBODY, cases=[a_case([m]) for m in EVERYBODY]))
    return shop


WAITING = [WorkState.WAITING_US] * 3


class TestActs:
    async def test_closing_closes_what_was_meant_and_nothing_else(self, shop: Shop) -> None:
        assert await shop.desk.close(IDS[:1]) == Taken("close", 1)
        assert shop.states == [WorkState.CLOSED, WorkState.WAITING_US, WorkState.WAITING_US]

    async def test_closing_without_a_reply_keeps_the_reason(self, shop: Shop) -> None:
        assert (await shop.desk.close(IDS[:1], without_reply_because="广告")).verb == "no_reply"
        [closed] = [event for event in shop.case().events if isinstance(event, Closed)]
        assert (closed.reason, closed.without_reply) == ("广告", True)

    async def test_where_nobody_waits_a_reason_not_to_reply_is_a_plain_close(self, shop: Shop) -> None:
        await shop.happens(an_outbound([LIN]))
        assert await shop.desk.close(IDS[:1], without_reply_because="spam") == Taken("close", 1)
        [closed] = [event for event in shop.case().events if isinstance(event, Closed)]
        assert (closed.reason, closed.without_reply) == ("", False)
        assert await shop.desk.undo() == Taken("close", 1)

    async def test_of_several_cases_only_those_that_wait_are_left_without_a_reply(self, shop: Shop) -> None:
        await shop.happens(an_outbound([LIN]))
        assert await shop.desk.close(IDS, without_reply_because="spam") == Taken("no_reply", 3)
        assert shop.states == [WorkState.CLOSED, WorkState.NO_REPLY, WorkState.NO_REPLY]

    async def test_a_new_question_after_our_answer_can_still_be_left_without_a_reply(
        self, shop: Shop
    ) -> None:
        again = a_mention(id="lin-2", posted_at=at(9))
        await shop.happens(an_outbound([LIN], at=at(5)))
        await shop.happens(an_inbound(again), again)
        assert (await shop.desk.close(IDS[:1], without_reply_because="spam")).verb == "no_reply"
        assert shop.states[0] is WorkState.NO_REPLY

    async def test_what_is_closed_already_is_not_counted_again(self, shop: Shop) -> None:
        await shop.desk.close(IDS[:1])
        assert await shop.desk.close(IDS) == Taken("close", 2)
        assert await shop.desk.close(IDS) == Taken("close", 0)

    async def test_a_case_named_twice_is_acted_on_once(self, shop: Shop) -> None:
        assert await shop.desk.close([IDS[0], IDS[0]]) == Taken("close", 1)
        assert len(shop.case().events) == 2

    async def test_reopening_opens_only_what_is_closed(self, shop: Shop) -> None:
        await shop.desk.close(IDS[:1])
        assert await shop.desk.reopen(IDS) == Taken("reopen", 1)
        assert shop.states == WAITING

    async def test_a_snooze_hides_until_its_moment_and_survives_a_restart(self, shop: Shop) -> None:
        await shop.desk.snooze(IDS[:1], at(70))
        assert shop.restarted().states[0] is WorkState.SNOOZED
        shop.clock.jump(at(70))
        assert shop.restarted().states[0] is WorkState.WAITING_US

    async def test_a_moment_already_past_is_refused(self, shop: Shop) -> None:
        with pytest.raises(NotAllowed):
            await shop.desk.snooze(IDS, at(10))

    async def test_a_closed_case_is_not_snoozed(self, shop: Shop) -> None:
        await shop.desk.close(IDS[:1])
        assert await shop.desk.snooze(IDS, at(70)) == Taken("snooze", 2)

    async def test_waking_takes_back_what_is_snoozed(self, shop: Shop) -> None:
        await shop.desk.snooze(IDS[:2], at(70), hold=True)
        assert await shop.desk.wake(IDS) == Taken("wake", 2)
        assert shop.states == WAITING

    async def test_a_case_nobody_knows_stops_the_whole_act(self, shop: Shop) -> None:
        with pytest.raises(NotFound):
            await shop.desk.close([*IDS, "case/none"])
        assert shop.states == WAITING

    async def test_when_the_disk_refuses_nothing_was_done_and_nothing_is_to_undo(self, shop: Shop) -> None:
        shop.backend.failures.append(StoreError("full"))
        with pytest.raises(StoreError):
            await shop.desk.close(IDS)
        assert shop.states == WAITING
        assert await shop.desk.undo() is None


async def test_an_act_means_the_cases_chosen_though_a_poll_brings_more_meanwhile(shop: Shop) -> None:
    """Invariant 14: actions bind to ids; a list that grows under our hands cannot widen them."""
    marked = list(IDS[:2])
    closing = asyncio.create_task(shop.desk.close(marked))
    await asyncio.sleep(0)
    marked.append(IDS[2])
    assert await closing == Taken("close", 2)
    assert shop.states[2] is WorkState.WAITING_US


async def test_reading_the_desk_never_changes_a_state(shop: Shop) -> None:
    """Invariant 13: looking at a case, its target or the reply it would get writes nothing."""
    before, revision = shop.case(), shop.store.revision
    shop.desk.target(before)
    shop.desk.request(IDS[0], "在查")
    assert (shop.case(), shop.store.revision) == (before, revision)


class TestUndo:
    """Invariant 22: a bulk act is one step."""

    async def test_a_bulk_act_is_taken_back_in_one_step(self, shop: Shop) -> None:
        await shop.desk.close(IDS)
        assert await shop.desk.undo() == Taken("close", 3)
        assert shop.states == WAITING
        assert await shop.desk.undo() is None

    async def test_it_works_after_a_restart(self, shop: Shop) -> None:
        await shop.desk.close(IDS)
        again = shop.restarted()
        assert await again.desk.undo() == Taken("close", 3)
        assert again.states == WAITING

    async def test_redo_does_it_again_until_something_new_is_done(self, shop: Shop) -> None:
        await shop.desk.close(IDS)
        await shop.desk.undo()
        assert await shop.desk.redo() == Taken("close", 3)
        assert shop.states == [WorkState.CLOSED] * 3
        await shop.desk.undo()
        await shop.desk.close(IDS[:1])
        assert await shop.desk.redo() is None

    async def test_steps_come_back_last_first(self, shop: Shop) -> None:
        await shop.desk.close(IDS[:1])
        await shop.desk.snooze(IDS[1:], at(70))
        verbs = [taken.verb for _ in range(2) if (taken := await shop.desk.undo())]
        assert verbs == ["snooze", "close"]

    async def test_an_act_that_touched_nothing_is_no_step(self, shop: Shop) -> None:
        await shop.desk.close(IDS)
        await shop.desk.close(IDS)
        await shop.desk.undo()
        assert shop.states == WAITING

    async def test_it_takes_back_no_reply_and_no_word_of_the_customer(self, shop: Shop) -> None:
        await shop.desk.close(IDS[:1])
        await shop.happens(an_outbound([LIN]))
        more = a_mention("还有", id="lin2", case_id=LIN.case_id, posted_at=at(11))
        await shop.happens(an_inbound(more), more)
        await shop.desk.undo()
        assert [type(e).__name__ for e in shop.case().events] == ["Inbound", "Outbound", "Inbound"]

    async def test_a_redone_close_does_not_swallow_what_the_customer_wrote_meanwhile(
        self, shop: Shop
    ) -> None:
        await shop.desk.close(IDS[:1])
        await shop.desk.undo()
        more = a_mention("还有", id="lin2", case_id=LIN.case_id, posted_at=at(11))
        await shop.happens(an_inbound(more), more)
        await shop.desk.redo()
        assert shop.states[0] is WorkState.WAITING_US

    async def test_the_history_is_bounded(self, shop: Shop) -> None:
        for _ in range(UNDO_DEPTH):
            await shop.desk.close(IDS[:1])
            await shop.desk.reopen(IDS[:1])
        assert len(shop.store.undo_stack()) == UNDO_DEPTH


class TestDrafts:
    """Invariant 21: a draft never shows under another person and survives a failure."""

    async def test_it_is_kept_for_its_case_and_no_other(self, shop: Shop) -> None:
        await shop.desk.save_draft(IDS[0], "在查")
        drafts = [shop.store.draft(case_id) for case_id in IDS]
        assert [draft.text if draft else None for draft in drafts] == ["在查", None, None]

    async def test_two_persons_in_one_thread_have_two_drafts(self, shop: Shop) -> None:
        a, b = (a_mention(id=n, author=an_author(n), thread_id="t") for n in ("a", "b"))
        await shop.store.update(lambda _: Changes(mentions=[a, b], cases=[a_case([a]), a_case([b])]))
        await shop.desk.save_draft(a.case_id, "给甲")
        assert shop.store.draft(b.case_id) is None

    async def test_it_survives_a_crash(self, shop: Shop) -> None:
        await shop.desk.save_draft(IDS[0], "在查")
        draft = shop.restarted().store.draft(IDS[0])
        assert draft is not None
        assert draft.text == "在查"

    async def test_a_disk_that_refuses_leaves_the_one_before(self, shop: Shop) -> None:
        await shop.desk.save_draft(IDS[0], "在查")
        shop.backend.failures.append(StoreError("full"))
        with pytest.raises(StoreError):
            await shop.desk.save_draft(IDS[0], "在查了")
        draft = shop.store.draft(IDS[0])
        assert draft is not None
        assert draft.text == "在查"

    async def test_an_emptied_one_is_forgotten(self, shop: Shop) -> None:
        await shop.desk.save_draft(IDS[0], "在查")
        await shop.desk.save_draft(IDS[0], " \n")
        assert shop.store.draft(IDS[0]) is None

    async def test_the_same_text_is_not_written_again(self, shop: Shop) -> None:
        await shop.desk.save_draft(IDS[0], "在查")
        revision = shop.store.revision
        await shop.desk.save_draft(IDS[0], "在查")
        await shop.desk.save_draft(IDS[1], "")
        assert shop.store.revision == revision

    async def test_there_is_no_draft_without_a_case(self, shop: Shop) -> None:
        with pytest.raises(NotFound):
            await shop.desk.save_draft("case/none", "在查")


class TestRequest:
    async def test_it_is_bound_to_the_newest_post_that_waits_and_its_visibility(self, shop: Shop) -> None:
        private = a_mention(
            "电话555",
            id="lin2",
            case_id=LIN.case_id,
            posted_at=at(5),
            visibility=Visibility.DIRECT,
            content_warning="私人",
        )
        await shop.happens(an_inbound(private), private)
        request = shop.desk.request(IDS[0], "  收到\n")
        assert (request.target, request.visibility, request.content_warning) == (
            "lin2",
            Visibility.DIRECT,
            "私人",
        )
        assert request.answers == (LIN.key, private.key)
        assert request.text == "收到"

    async def test_when_we_spoke_last_it_follows_the_customers_last_post_and_answers_nobody(
        self, shop: Shop
    ) -> None:
        await shop.happens(an_outbound([LIN]))
        request = shop.desk.request(IDS[0], "补充一点")
        assert (request.target, request.answers) == ("lin", ())

    async def test_a_deleted_post_is_no_target_while_another_stands(self, shop: Shop) -> None:
        gone = a_mention(id="lin2", case_id=LIN.case_id, posted_at=at(5), deleted_at=at(6))
        await shop.happens(an_inbound(gone), gone)
        assert shop.desk.request(IDS[0], "在查").target == "lin"

    async def test_a_case_closed_unanswered_can_still_be_answered(self, shop: Shop) -> None:
        await shop.desk.close(IDS[:1])
        assert shop.desk.request(IDS[0], "在查").answers == (LIN.key,)


class TestSnoozeChoices:
    SHANGHAI = ZoneInfo("Asia/Shanghai")

    def choices(self, *moment: int) -> dict[str, datetime]:
        now = datetime(*moment, tzinfo=self.SHANGHAI)  # type: ignore[arg-type,misc]
        return {choice.id: choice.until.replace(tzinfo=None) for choice in snooze_choices(now)}

    def test_they_are_local_moments(self) -> None:
        assert self.choices(2026, 3, 4, 15, 30) == {
            "1h": datetime(2026, 3, 4, 16, 30),  # noqa: DTZ001
            "tonight": datetime(2026, 3, 4, 20),  # noqa: DTZ001
            "tomorrow": datetime(2026, 3, 5, 9),  # noqa: DTZ001
            "monday": datetime(2026, 3, 9, 9),  # noqa: DTZ001
            "3d": datetime(2026, 3, 7, 15, 30),  # noqa: DTZ001
        }

    def test_an_evening_already_over_is_not_offered(self) -> None:
        assert "tonight" not in self.choices(2026, 3, 4, 20, 0)

    def test_on_a_monday_the_next_one_is_meant(self) -> None:
        assert self.choices(2026, 3, 2, 8, 0)["monday"].day == 9

    def test_after_midnight_tomorrow_morning_is_the_one_to_come(self) -> None:
        assert self.choices(2026, 3, 4, 1, 0)["tomorrow"] == datetime(2026, 3, 4, 9)  # noqa: DTZ001

    def test_an_hour_is_an_hour_across_the_change_to_summer_time(self) -> None:
        now = datetime(2026, 3, 29, 1, 30, tzinfo=ZoneInfo("Europe/Berlin"))
        hour = snooze_choices(now)[0].until
        assert hour.astimezone(UTC) - now.astimezone(UTC) == timedelta(hours=1)


class TestRemarks:
    async def test_a_tag_is_put_on_all_in_one_step_and_taken_back_in_one(self, shop: Shop) -> None:
        assert await shop.desk.tag(IDS, " #壶盖 ") == Taken("tag", 3, "壶盖")
        assert [shop.case(mention).tags() for mention in EVERYBODY] == [("壶盖",)] * 3
        assert await shop.desk.undo() == Taken("tag", 3, "壶盖")
        assert shop.case().tags() == ()

    async def test_what_is_tagged_so_already_is_left_alone(self, shop: Shop) -> None:
        await shop.desk.tag(IDS[:1], "急")
        assert (await shop.desk.tag(IDS, "急")).cases == 2
        assert (await shop.desk.tag(IDS[:1], "急")).cases == 0

    @pytest.mark.parametrize("tag", ["", " ", "#", "two words", 'quo"te', "a:b", "长" * 25, "a\nb"])
    async def test_a_tag_nobody_could_search_for_is_refused(self, shop: Shop, tag: str) -> None:
        with pytest.raises(NotAllowed):
            await shop.desk.tag(IDS, tag)
        assert shop.case().tags() == ()

    async def test_a_note_survives_a_restart_and_can_be_taken_back(self, shop: Shop) -> None:
        await shop.desk.note(IDS[:1], "答应周五前补寄\n别忘")
        again = shop.restarted()
        assert [note.text for note in again.case().notes] == ["答应周五前补寄\n别忘"]
        await again.desk.undo()
        assert again.case().notes == ()

    @pytest.mark.parametrize("text", ["", " \n", "字" * 4_001])
    async def test_nothing_and_too_much_are_no_note(self, shop: Shop, text: str) -> None:
        with pytest.raises(NotAllowed):
            await shop.desk.note(IDS, text)
        assert shop.case().notes == ()
