"""What is exported can be imported: whole, merged without doubles, and never sent twice."""

import json
from pathlib import Path

import pytest

from kefu_tui.domain.errors import StoreError
from kefu_tui.domain.outbox import OutboxState
from kefu_tui.ports import Changes
from kefu_tui.storage import transfer
from kefu_tui.storage.desk_store import DeskStore, open_store
from tests.builders import (
    a_case,
    a_closing,
    a_draft,
    a_lesson,
    a_mention,
    an_inbound,
    an_outbound,
    an_outbox_item,
    at,
)
from tests.fakes import MemoryBackend
from tests.storage.test_archives import MUCH_LATER, everything, filled


def exported(store: DeskStore) -> list[str]:
    return [json.dumps(document) for document in transfer.documents(store, at(0))]


async def merged(store: DeskStore, lines: list[str]) -> transfer.Merged:
    return await transfer.merge(store, transfer.read(lines, "export.jsonl"))


async def test_an_export_holds_the_archives_and_an_empty_store_takes_all_of_it(tmp_path: Path) -> None:
    store = await filled(tmp_path / "a" / "desk.json", 4)
    await store.archive_settled(MUCH_LATER)
    fresh = a_mention("\ud83d half an emoji", id="p9")
    await store.update(
        lambda _: Changes(
            mentions=[fresh],
            cases=[a_case([fresh])],
            drafts=[a_draft(case_id=fresh.case_id)],
            lessons=[a_lesson()],
        )
    )
    other = open_store(tmp_path / "b" / "desk.json")

    done = await merged(other, exported(store))

    assert (done.new, done.merged, done.known, done.skipped) == (12, 0, 0, 0)
    assert await everything(other) == await everything(store)
    assert other.draft(fresh.case_id) == store.draft(fresh.case_id)
    again = await merged(other, exported(store))
    assert (again.new, again.merged, again.known) == (0, 0, 12)
    await store.aclose()
    await other.aclose()


async def test_two_desks_become_one_without_doubles() -> None:
    mention, later = a_mention(), a_mention("and?", id="p2", posted_at=at(30), case_id=a_mention().case_id)
    ours, theirs = DeskStore(MemoryBackend()), DeskStore(MemoryBackend())
    answered = a_case([mention], then=[an_outbound([mention])], memory=(("订单号", "7"),))
    await ours.update(lambda _: Changes(mentions=[mention], cases=[answered]))
    went_on = a_case([mention], then=[an_inbound(later), a_closing(at=at(40))])
    await theirs.update(lambda _: Changes(mentions=[mention, later], cases=[went_on]))

    done = await merged(ours, exported(theirs))

    case = ours.case(mention.case_id)
    assert [type(event).__name__ for event in case.events] == ["Inbound", "Outbound", "Inbound", "Closed"]
    assert case.memory == (("订单号", "7"),)
    assert (done.new, done.merged) == (1, 1)
    assert len(list(ours.mentions())) == 2


async def test_an_edit_wins_by_its_time_and_a_draft_of_ours_stays() -> None:
    mention = a_mention()
    edited = a_mention("put differently", edited_at=at(9))
    ours, theirs = DeskStore(MemoryBackend()), DeskStore(MemoryBackend())
    await ours.update(lambda _: Changes(mentions=[mention], cases=[a_case()], drafts=[a_draft("ours")]))
    await theirs.update(lambda _: Changes(mentions=[edited], cases=[a_case()], drafts=[a_draft("theirs")]))

    await merged(ours, exported(theirs))
    assert ours.mention(mention.key).post.text == "put differently"
    assert ours.draft(mention.case_id).text == "ours"
    await merged(ours, exported(DeskStore(MemoryBackend())))
    assert ours.mention(mention.key).post.text == "put differently"


async def test_what_is_on_its_way_out_is_never_imported() -> None:
    ours, theirs = DeskStore(MemoryBackend()), DeskStore(MemoryBackend())
    items = [an_outbox_item(id=state.value, state=state) for state in OutboxState]
    await theirs.update(lambda _: Changes(mentions=[a_mention()], cases=[a_case()], outbox=items))

    done = await merged(ours, exported(theirs))

    assert {item.state for item in ours.outbox()} == {OutboxState.SENT, OutboxState.RECALLED}
    assert done.skipped == 5


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (['{"kefu": 1, "schema": 1}', "{"], "line 2"),
        (['{"kefu": 1, "schema": 1}', '{"table": "mentions", "document": {"account": 1}}'], "line 2"),
        (['{"kefu": 1, "schema": 99}'], "newer kefu"),
        (["text"], "line 1"),
        (["[]"], "line 1"),
    ],
)
async def test_what_is_no_export_is_refused_by_its_line(lines: list[str], words: str) -> None:
    with pytest.raises(StoreError, match=words):
        await merged(DeskStore(MemoryBackend()), lines)


async def test_rows_tell_the_answer_to_each_mention() -> None:
    store = DeskStore(MemoryBackend())
    mention = a_mention()
    await store.update(lambda _: Changes(mentions=[mention], cases=[a_case(then=[an_outbound([mention])])]))
    (row,) = transfer.rows(store, at(60))
    assert (row["mention"], row["state"], row["answered_at"]) == (
        mention.key,
        "waiting_them",
        at(10).isoformat(),
    )
    assert row["text"] == mention.post.text
