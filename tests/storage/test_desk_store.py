import asyncio
import threading
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kefu_tui.domain.case import Closed, Inbound, Outbound
from kefu_tui.domain.errors import StoreError
from kefu_tui.domain.outbox import OutboxState
from kefu_tui.domain.undo import UndoStep
from kefu_tui.ports import AccountHealth, Changes, Gap, Store, StoreView
from kefu_tui.storage.desk_store import DeskStore
from kefu_tui.storage.desk_view import DeskView
from tests.builders import (
    EPOCH,
    a_case,
    a_decision,
    a_draft,
    a_lesson,
    a_mention,
    a_verdict,
    an_author,
    an_inbound,
    an_outbound,
    an_outbox_item,
    at,
)
from tests.fakes import MemoryBackend, memory_store
from tests.storage import strategies

FULL = StoreError("The disk is full.")


@pytest.fixture
def backend() -> MemoryBackend:
    return MemoryBackend()


@pytest.fixture
def store(backend: MemoryBackend) -> DeskStore:
    return memory_store(backend)


async def put(store: DeskStore, **what: Any) -> None:
    await store.update(lambda _: Changes(**what))


async def test_an_update_is_one_write_and_can_be_read_at_once(
    store: DeskStore, backend: MemoryBackend
) -> None:
    mention = a_mention()

    await put(store, mentions=[mention], cases=[a_case()], cursors={"shop": {"since": "p1"}})

    assert len(backend.batches) == 1
    assert store.mention("shop:p1") is mention
    assert list(store.cases()) == [a_case()]
    assert store.cursor("shop") == {"since": "p1"}


async def test_an_empty_store_answers_every_question_of_the_port(store: DeskStore) -> None:
    port: Store = store
    several = [port.mentions(), port.cases(), port.outbox(), port.undo_stack(), port.redo_stack()]
    several += [port.lessons(), port.decisions()]
    assert not any(map(list, [*several, port.gaps("x"), port.case_ids_of_person("x")]))
    single = [port.case("x"), port.mention("x"), port.outbox_item("x"), port.draft("x"), port.cursor("x")]
    single += [port.lesson("x"), port.decision("x")]
    assert {*single, port.health("x"), port.case_id_of_post("x", "1")} == {None}
    assert not port.has_breach("x")


async def test_an_update_that_changes_nothing_is_free(store: DeskStore, backend: MemoryBackend) -> None:
    everything = Changes(
        mentions=[a_mention()],
        cases=[a_case()],
        outbox=[an_outbox_item()],
        drafts=[a_draft()],
        cursors={"shop": {"since": ("p1",)}},
        health=[AccountHealth(account="shop", last_success_at=EPOCH)],
        gaps={"shop": [Gap(since=at(0), until=at(5), why="asleep")]},
        undo=[_step("close")],
        redo=[_step("snooze")],
        breaches=["late"],
        lessons=[a_lesson()],
        decisions=[a_decision()],
    )
    await store.update(lambda _: everything)
    revision = store.revision

    await store.update(lambda _: everything)
    await store.update(lambda _: Changes(forget_drafts=["case/never"], undo=store.undo_stack()))
    await store.update(lambda _: None)

    assert store.revision == revision
    assert len(backend.batches) == 1


async def test_the_revision_grows_with_every_update(store: DeskStore) -> None:
    seen = [store.revision]
    for text in ("one", "two", "three"):
        await put(store, drafts=[a_draft(text)])
        seen.append(store.revision)
    assert seen == sorted(set(seen))


async def test_when_the_disk_refuses_nothing_has_changed(store: DeskStore, backend: MemoryBackend) -> None:
    await put(store, mentions=[a_mention("before")], cases=[a_case()])
    revision, before = store.revision, _snapshot(store)
    backend.failures.append(FULL)

    with pytest.raises(StoreError, match="full"):
        await put(
            store,
            mentions=[a_mention("after")],
            cases=[a_case(then=[an_outbound()])],
            drafts=[a_draft()],
            cursors={"shop": {"since": "p9"}},
            undo=[_step("close")],
            breaches=["late"],
        )

    assert _snapshot(store) == before
    assert store.revision == revision
    await put(store, drafts=[a_draft()])
    assert store.draft(a_draft().case_id) == a_draft()


async def test_a_change_that_fails_changes_nothing_and_lets_the_next_one_in(store: DeskStore) -> None:
    def clumsy(_: StoreView) -> Changes:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.update(clumsy)
    with pytest.raises(ValueError, match="zone"):
        await put(store, drafts=[a_draft(saved_at=datetime(2026, 3, 2))])  # noqa: DTZ001
    with pytest.raises(TypeError):
        await put(store, cursors={"shop": {"at": EPOCH}})

    await put(store, drafts=[a_draft("still here")])
    assert store.draft(a_draft().case_id) == a_draft("still here")


async def test_updates_run_one_after_another_each_seeing_those_before(store: DeskStore) -> None:
    def count_up(view: StoreView) -> Changes:
        draft = view.draft("case/counter")
        count = int(draft.text) if draft else 0
        return Changes(drafts=[a_draft(str(count + 1), case_id="case/counter")])

    await asyncio.gather(*(store.update(count_up) for _ in range(50)))

    draft = store.draft("case/counter")
    assert draft is not None
    assert draft.text == "50"


async def test_readers_see_nothing_of_an_update_until_it_is_on_disk(
    store: DeskStore, backend: MemoryBackend
) -> None:
    backend.gate = threading.Event()
    writing = asyncio.create_task(put(store, mentions=[a_mention()], cases=[a_case()]))
    await asyncio.sleep(0)
    assert store.mention("shop:p1") is None

    backend.gate.set()
    await writing
    assert store.mention("shop:p1") == a_mention()


async def test_a_cancelled_caller_leaves_memory_and_disk_the_same(
    store: DeskStore, backend: MemoryBackend
) -> None:
    backend.gate = threading.Event()
    writing = asyncio.create_task(put(store, drafts=[a_draft("carried through")]))
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    backend.gate.set()

    seen: list[Any] = []
    await store.update(lambda view: seen.append(view.draft(a_draft().case_id)))

    assert seen == [a_draft("carried through")]
    assert _snapshot(store) == _snapshot(DeskView(backend))


async def test_a_caller_cancelled_before_its_turn_changes_nothing(
    store: DeskStore, backend: MemoryBackend
) -> None:
    backend.gate = threading.Event()
    first = asyncio.create_task(put(store, drafts=[a_draft("first")]))
    second = asyncio.create_task(put(store, drafts=[a_draft("second")]))
    await asyncio.sleep(0)
    second.cancel()
    backend.gate.set()
    await asyncio.wait([first, second])

    await put(store, breaches=["one more"])
    assert second.cancelled()
    assert store.draft(a_draft().case_id) == a_draft("first")


async def test_what_a_reader_holds_does_not_move_under_it(store: DeskStore) -> None:
    await put(store, mentions=[a_mention(id="1")])
    walk = iter(store.mentions())

    await put(store, mentions=[a_mention(id="2")])

    assert [mention.post.id for mention in walk] == ["1"]


async def test_a_post_leads_to_its_case_be_it_theirs_or_ours(store: DeskStore) -> None:
    mention = a_mention(id="theirs")
    await put(store, cases=[a_case([mention], then=[an_outbound([mention], post_id="ours")])])

    assert store.case_id_of_post("shop", "theirs") == mention.case_id
    assert store.case_id_of_post("shop", "ours") == mention.case_id
    assert store.case_id_of_post("other", "theirs") is None


async def test_a_post_that_moves_to_another_case_is_found_there(store: DeskStore) -> None:
    first, second = a_mention(id="1"), a_mention(id="2")
    await put(store, cases=[a_case([first]), a_case([second])])

    merged = replace(a_case([second]), events=(an_inbound(first), an_inbound(second)))
    await put(store, cases=[merged, replace(a_case([first]), events=())])

    assert store.case_id_of_post("shop", "1") == merged.id
    assert store.case_id_of_post("shop", "2") == merged.id


async def test_a_post_found_in_a_newer_case_is_not_lost_when_the_older_lets_go(store: DeskStore) -> None:
    mention = a_mention()
    await put(store, cases=[a_case([mention], id="older")])
    await put(store, cases=[a_case([mention], id="newer")])
    await put(store, cases=[a_case([mention], id="older", events=())])

    assert store.case_id_of_post("shop", "p1") == "newer"


async def test_a_post_gone_from_its_case_leads_nowhere(store: DeskStore) -> None:
    case = a_case()
    await put(store, cases=[case])
    await put(store, cases=[replace(case, events=())])
    assert store.case_id_of_post("shop", "p1") is None


async def test_a_person_leads_to_all_their_cases_in_the_order_they_were_opened(store: DeskStore) -> None:
    mentions = [a_mention(id=str(number)) for number in range(3)]
    elsewhere = a_mention(id="4", author=an_author("wu"))
    await put(store, cases=[a_case([mention]) for mention in [*mentions, elsewhere]])
    await put(store, cases=[a_case([mentions[0]], then=[Closed(id="x", at=at(5))])])

    assert store.case_ids_of_person("shop:lin") == tuple(mention.case_id for mention in mentions)
    assert store.case_ids_of_person("shop:wu") == (elsewhere.case_id,)


async def test_a_case_given_to_another_person_leaves_the_first(store: DeskStore) -> None:
    await put(store, cases=[a_case()])
    await put(store, cases=[a_case(person_key="shop:wu")])

    assert store.case_ids_of_person("shop:lin") == ()
    assert store.case_ids_of_person("shop:wu") == (a_case().id,)


async def test_an_outbox_item_is_replaced_by_what_became_of_it(store: DeskStore) -> None:
    item = an_outbox_item()
    await put(store, outbox=[item])
    await put(store, outbox=[item.moved(OutboxState.SENDING)])

    assert store.outbox_item(item.id) == item.moved(OutboxState.SENDING)
    assert len(list(store.outbox())) == 1


async def test_a_draft_is_kept_until_it_is_forgotten(store: DeskStore, backend: MemoryBackend) -> None:
    draft = a_draft()
    await put(store, drafts=[draft])
    assert memory_store(backend).draft(draft.case_id) == draft

    await put(store, forget_drafts=[draft.case_id])
    assert store.draft(draft.case_id) is None
    assert memory_store(backend).draft(draft.case_id) is None


async def test_the_cursor_the_health_and_the_gaps_of_an_account_change_each_alone(store: DeskStore) -> None:
    health = AccountHealth(account="shop", last_success_at=at(1), connected_at=at(0))
    gap = Gap(since=at(2), until=at(3), why="the platform was down")
    await put(store, cursors={"shop": {"since": "1"}, "forum": {"page": 3}})
    await put(store, health=[health])
    await put(store, gaps={"shop": [gap]})

    assert store.cursor("shop") == {"since": "1"}
    assert store.health("shop") == health
    assert list(store.gaps("shop")) == [gap]
    assert store.cursor("forum") == {"page": 3}
    assert store.health("forum") is None


async def test_a_cursor_changed_by_its_owner_afterwards_is_not_changed_here(store: DeskStore) -> None:
    cursor: dict[str, Any] = {"seen": ["1"]}
    await put(store, cursors={"shop": cursor})
    cursor["seen"].append("2")
    assert store.cursor("shop") == {"seen": ["1"]}


async def test_the_newest_lesson_of_a_mention_and_target_stands(
    store: DeskStore, backend: MemoryBackend
) -> None:
    older, newer = a_lesson(value="P0"), a_lesson(value="P3", at=at(5))
    await put(store, lessons=[older])
    await put(store, lessons=[newer], forget_lessons=[older.key])

    for seen in (store, memory_store(backend)):
        assert list(seen.lessons()) == [newer]
        assert seen.lesson("shop:p1/priority") == newer


async def test_rules_stand_in_the_order_they_were_made(store: DeskStore, backend: MemoryBackend) -> None:
    late, early = a_decision("b", at=at(5)), a_decision("a", at=at(2))
    await put(store, decisions=[late])
    await put(store, decisions=[early])
    assert list(memory_store(backend).decisions()) == [early, late]

    await put(store, forget_decisions=["b"])
    assert list(memory_store(backend).decisions()) == [early]


async def test_a_breach_is_recorded_once(store: DeskStore, backend: MemoryBackend) -> None:
    await put(store, breaches=["first_response/shop:p1"])
    await put(store, breaches=["first_response/shop:p1", "heartbeat/shop:p1"])

    assert store.has_breach("first_response/shop:p1")
    assert store.has_breach("heartbeat/shop:p1")
    assert not store.has_breach("first_response/shop:p2")
    assert list(backend.batches[1]["breaches"]) == ["heartbeat/shop:p1"]


def _step(verb: str, minute: float = 0) -> UndoStep:
    return UndoStep(verb=verb, at=at(minute), acts=(("case/shop:p1", Closed(id=verb, at=at(minute))),))


async def test_a_new_step_of_undo_writes_only_itself(store: DeskStore, backend: MemoryBackend) -> None:
    steps = [_step("close", minute) for minute in range(50)]
    await put(store, undo=steps)
    newer = [*steps[1:], _step("snooze", 60)]
    await put(store, undo=newer)

    assert list(store.undo_stack()) == newer
    assert list(memory_store(backend).undo_stack()) == newer
    assert sum(document is not None for document in backend.batches[-1]["undo"].values()) == 1
    assert sum(document is None for document in backend.batches[-1]["undo"].values()) == 1


async def test_a_step_taken_back_moves_from_undo_to_redo(store: DeskStore, backend: MemoryBackend) -> None:
    close, snooze = _step("close"), _step("snooze")
    await put(store, undo=[close, snooze])
    await put(store, undo=[close], redo=[snooze])
    await put(store, undo=[close, snooze], redo=[])

    for seen in (store, memory_store(backend)):
        assert list(seen.undo_stack()) == [close, snooze]
        assert list(seen.redo_stack()) == []


async def test_two_equal_steps_are_two_steps(store: DeskStore, backend: MemoryBackend) -> None:
    await put(store, undo=[_step("close"), _step("close")])
    assert list(memory_store(backend).undo_stack()) == [_step("close"), _step("close")]


@settings(max_examples=40, deadline=None)
@given(updates=st.lists(strategies.changes, max_size=4))
def test_a_restart_reads_what_memory_held(updates: list[Changes]) -> None:
    backend = MemoryBackend()
    store = memory_store(backend)

    async def write_all() -> None:
        for changes in updates:
            await store.update(lambda _, changes=changes: changes)  # type: ignore[misc]

    asyncio.run(write_all())

    assert _snapshot(store) == _snapshot(DeskView(backend))
    _check_indexes(store)


def _snapshot(view: DeskView) -> dict[str, Any]:
    people = {case.person_key for case in view.cases()}
    return {
        "mentions": list(view.mentions()),
        "cases": list(view.cases()),
        "outbox": list(view.outbox()),
        "drafts": [view.draft(name) for name in ("a", "b", "c", a_draft().case_id)],
        "accounts": [view.account(name) for name in ("a", "b", "c", "shop")],
        "undo": list(view.undo_stack()),
        "redo": list(view.redo_stack()),
        "lessons": {lesson.key: lesson for lesson in view.lessons()},
        "decisions": list(view.decisions()),
        "breaches": [view.has_breach(key) for key in ("a", "b", "c", "late")],
        "people": {person: sorted(view.case_ids_of_person(person)) for person in people},
    }


def _check_indexes(view: DeskView) -> None:
    holders: dict[tuple[str, str], set[str]] = {}
    for case in view.cases():
        assert case.id in view.case_ids_of_person(case.person_key)
        for event in case.events:
            if isinstance(event, Inbound | Outbound):
                holders.setdefault((case.account, event.post_id), set()).add(case.id)
    for account in "abc":
        for post_id in "abc":
            found = view.case_id_of_post(account, post_id)
            assert found is None if (account, post_id) not in holders else found in holders[account, post_id]


async def test_compaction_happens_only_when_needed(store: DeskStore, backend: MemoryBackend) -> None:
    await store.compact_if_needed()
    assert backend.compactions == 0

    backend.needs_compaction = True
    await asyncio.gather(store.compact_if_needed(), store.compact_if_needed())
    assert backend.compactions == 1


async def test_closing_lets_a_running_update_finish(store: DeskStore, backend: MemoryBackend) -> None:
    backend.gate = threading.Event()
    writing = asyncio.create_task(put(store, mentions=[a_mention(verdict=a_verdict())]))
    await asyncio.sleep(0)
    closing = asyncio.create_task(store.aclose())
    await asyncio.sleep(0)
    assert not backend.closed

    backend.gate.set()
    await asyncio.gather(writing, closing)
    assert backend.closed
    assert store.mention("shop:p1") == a_mention()


async def test_a_closed_store_refuses_updates_and_can_still_be_read(store: DeskStore) -> None:
    await put(store, mentions=[a_mention()])
    await store.aclose()
    await store.aclose()

    with pytest.raises(StoreError, match="closed"):
        await put(store, mentions=[a_mention("too late")])
    assert store.mention("shop:p1") == a_mention()
    await store.compact_if_needed()
