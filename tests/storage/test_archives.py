"""Settled cases leave for the archives in one step, are found there, and come back when touched."""

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tinydb import TinyDB

from kefu_tui.domain.case import Inbound
from kefu_tui.domain.errors import StoreError
from kefu_tui.domain.outbox import OutboxState
from kefu_tui.domain.verdict import Category
from kefu_tui.ports import Changes
from kefu_tui.storage.archive.archives import Archives
from kefu_tui.storage.desk_store import DeskStore, archive_directory, open_store
from kefu_tui.storage.journaled.database import JournaledDB
from tests.builders import a_case, a_closing, a_draft, a_mention, a_verdict, an_outbound, an_outbox_item, at
from tests.storage.journaled.mortal_disk import AFTERMATHS, Death, MortalDisk

MUCH_LATER = at(0) + timedelta(days=90)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "desk.json"


async def put(store: DeskStore, **what: Any) -> None:
    await store.update(lambda _: Changes(**what))


def settled(number: int, *, month: int = 0) -> tuple[Any, Any, Any]:
    """A mention, its closed case and the reply in it, all of one month."""
    when = at(number) + timedelta(days=30 * month)
    mention = a_mention(f"第 {number} 个包裹碎了", id=f"p{number}", posted_at=when)
    reply = an_outbound([mention], id=f"r{number}", post_id=f"r{number}", at=when + timedelta(minutes=5))
    case = a_case([mention], then=[reply, a_closing(at=when + timedelta(minutes=9))])
    return mention, case, an_outbox_item(mention, id=f"o{number}", state=OutboxState.SENT)


async def filled(path: Path, count: int = 3, **how: Any) -> DeskStore:
    store = open_store(path, **how)
    made = [settled(number, month=number % 2) for number in range(count)]
    mentions, cases, items = zip(*made, strict=True)
    await put(
        store,
        mentions=mentions,
        cases=cases,
        outbox=items,
        breaches=[f"first_response/{mentions[0].key}"],
    )
    return store


async def everything(store: DeskStore) -> dict[str, list[str]]:
    """The ids of all cases and the keys of all mentions, at hand and archived, as often as they are there."""
    archived = list(store.archived_cases())
    return {
        "cases": sorted([case.id for case in store.cases()] + [case.id for case, _ in archived]),
        "mentions": sorted(
            [one.key for one in store.mentions()] + [one.key for _, held in archived for one in held]
        ),
    }


async def test_settled_cases_leave_and_are_read_from_their_months(path: Path) -> None:
    store = await filled(path)
    mention, case, _ = settled(0)

    assert await store.archive_settled(MUCH_LATER) == 3

    assert list(store.cases()) == list(store.mentions()) == list(store.outbox()) == []
    assert store.archived == (3, 3)
    assert sorted(file.name for file in archive_directory(path).glob("*.json")) == [
        "2026-03.1.json",
        "2026-04.1.json",
    ]
    assert store.case(case.id) == case
    assert store.mention(mention.key) == mention
    assert store.case_id_of_post("shop", "p0") == store.case_id_of_post("shop", "r0") == case.id
    assert store.case_id_of_post("shop", "nothing") is None
    assert set(store.case_ids_of_person(case.person_key)) == {settled(n, month=n % 2)[1].id for n in range(3)}
    assert store.has_breach(f"first_response/{mention.key}")
    assert not store.has_breach(f"heartbeat/{mention.key}")
    await store.aclose()


async def test_archives_are_there_after_a_restart_and_stock_tinydb_opens_them(path: Path) -> None:
    store = await filled(path)
    before = await everything(store)
    await store.archive_settled(MUCH_LATER)
    await store.aclose()

    again = open_store(path, read_only=True)

    assert await everything(again) == before
    await again.aclose()
    with TinyDB(archive_directory(path) / "2026-03.1.json", access_mode="r") as stock:
        assert len(stock.table("cases")) == 2


@pytest.mark.parametrize(
    ("then", "leaves"),
    [
        ({}, True),
        ({"drafts": [a_draft(case_id=settled(0)[1].id)]}, False),
        ({"outbox": [an_outbox_item(settled(0)[0], id="held")]}, False),
    ],
)
async def test_a_case_with_work_in_it_stays(path: Path, then: dict[str, Any], leaves: bool) -> None:
    store = await filled(path, 1)
    await put(store, **then)
    assert await store.archive_settled(MUCH_LATER) == leaves
    await store.aclose()


async def test_only_what_is_closed_or_noise_leaves_and_only_after_the_window(path: Path) -> None:
    store = open_store(path)
    noise = a_mention("advertisement", id="n1", verdict=a_verdict(category=Category.NOISE))
    waits = a_mention("where is it", id="w1")
    _, closed, _ = settled(0)
    await put(
        store,
        mentions=[noise, waits, settled(0)[0]],
        cases=[a_case([noise]), a_case([waits]), closed],
    )

    assert await store.archive_settled(at(0) + timedelta(days=29)) == 0
    assert await store.archive_settled(MUCH_LATER) == 2

    assert [case.id for case in store.cases()] == [waits.case_id]
    await store.aclose()


async def test_a_case_comes_back_whole_when_anything_touches_it_and_leaves_again(path: Path) -> None:
    store = await filled(path)
    mention, case, _ = settled(0)
    before = await everything(store)
    await store.archive_settled(MUCH_LATER)
    again = a_mention("又碎了", id="p9", posted_at=MUCH_LATER, case_id=case.id)
    event = Inbound(mention_key=again.key, post_id="p9", at=MUCH_LATER, seen_at=MUCH_LATER)

    await put(store, mentions=[again], cases=[store.case(case.id).with_event(event)])

    assert [one.id for one in store.cases()] == [case.id]
    assert {one.key for one in store.mentions()} == {mention.key, again.key}
    assert store.has_breach(f"first_response/{mention.key}")
    assert store.archived == (2, 2)
    before["mentions"] = sorted([*before["mentions"], again.key])
    assert await everything(store) == before
    await store.aclose()

    store = open_store(path)
    assert await everything(store) == before
    closed = store.case(case.id).with_event(a_closing(at=MUCH_LATER))
    await put(store, cases=[closed])
    assert await store.archive_settled(MUCH_LATER + timedelta(days=40)) == 1
    assert await everything(store) == before
    assert store.case(case.id) == closed
    assert store.archived == (3, 4)
    await store.aclose()
    assert await everything(open_store(path, read_only=True)) == before


async def test_words_are_found_in_the_archives_and_caches_are_made_anew(path: Path) -> None:
    store = await filled(path)
    await store.archive_settled(MUCH_LATER)
    first = settled(0)[1].id

    assert list(store.find_archived(["第 0", "包裹"])) == [first]
    assert len(list(store.find_archived([]))) == 3
    assert list(store.find_archived(["nowhere"])) == []
    await store.aclose()
    for cache in [*archive_directory(path).glob("*.index"), *archive_directory(path).glob("*.texts")]:
        cache.write_bytes(cache.read_bytes()[:-3] + b"\n\n\n")
    again = open_store(path)
    assert list(again.find_archived(["第 0"])) == [first]
    assert again.case(first) is not None
    await again.aclose()


async def test_an_archive_that_is_gone_or_damaged_is_named(path: Path) -> None:
    store = await filled(path)
    await store.archive_settled(MUCH_LATER)
    await store.aclose()
    for cache in archive_directory(path).glob("*.[it][ne]*"):
        cache.unlink()
    archive = archive_directory(path) / "2026-03.1.json"
    archive.write_bytes(archive.read_bytes()[:-40])
    store = open_store(path)
    with pytest.raises(StoreError, match=r"2026-03\.1\.json"):
        store.case(settled(0)[1].id)
    archive.unlink()
    with pytest.raises(StoreError, match=r"2026-03\.1\.json"):
        store.case(settled(0)[1].id)
    await store.aclose()


async def test_a_store_whose_directory_moved_just_works(path: Path) -> None:
    store = await filled(path)
    before = await everything(store)
    await store.archive_settled(MUCH_LATER)
    await store.aclose()
    elsewhere = path.parent.rename(path.parent.with_name("elsewhere")) / path.name
    assert await everything(open_store(elsewhere, read_only=True)) == before


async def test_what_changed_while_its_month_was_written_stays(path: Path, monkeypatch) -> None:
    store = await filled(path)
    before = await everything(store)
    _, case, _ = settled(0)
    changed = case.remembering("订单号", "7")
    let_go = DeskStore._let_go

    async def meanwhile(self, *arguments):
        if store.case(case.id) != changed:
            await put(store, cases=[changed])
        return await let_go(self, *arguments)

    monkeypatch.setattr(DeskStore, "_let_go", meanwhile)
    assert await store.archive_settled(MUCH_LATER) == 2
    assert [one.id for one in store.cases()] == [case.id]
    assert await everything(store) == before
    assert await store.archive_settled(MUCH_LATER) == 1
    assert await everything(store) == before
    assert store.case(case.id) == changed
    await store.aclose()


def store_on(path: Path, disk: MortalDisk) -> DeskStore:
    return DeskStore(JournaledDB(path, disk=disk), Archives(archive_directory(path)), disk=disk)


async def test_killed_or_without_power_at_any_moment_of_a_move_every_case_is_in_exactly_one_place(
    tmp_path: Path,
) -> None:
    origin = tmp_path / "origin" / "desk.json"
    store = await filled(origin, 4)
    before = await everything(store)
    await store.aclose()
    died = 0
    for last_call in range(1, 500):
        home = tmp_path / f"home{last_call}"
        shutil.copytree(origin.parent, home)
        disk = MortalDisk(home, last_call)
        store, is_dead = None, False
        try:
            store = store_on(home / "desk.json", disk)
            await store.archive_settled(MUCH_LATER)
        except Death:
            is_dead = True
        if store is not None:  # the dead close no files
            store._backend.storage._journal.close()
            store._backend.storage._lock_file.close()
        if not is_dead:
            break
        died += 1
        for number, aftermath in enumerate(AFTERMATHS):
            copy = tmp_path / f"after{last_call}-{number}"
            aftermath(disk, copy)
            again = open_store(copy / "desk.json")
            assert await everything(again) == before, (last_call, aftermath)
            await again.archive_settled(MUCH_LATER)
            assert await everything(again) == before
            await again.aclose()
            shutil.rmtree(copy)
        shutil.rmtree(home)
    assert died > 10
