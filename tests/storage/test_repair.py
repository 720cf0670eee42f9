"""A damaged store becomes whole again as far as its files allow, and nothing is thrown away."""

import json
from pathlib import Path

import pytest

from kefu_tui.domain.errors import StoreError, StoreLocked
from kefu_tui.ports import Changes
from kefu_tui.storage.desk_store import DeskStore, archive_directory, open_store
from kefu_tui.storage.journaled.database import JournaledDB
from kefu_tui.storage.journaled.journal import find_segments
from kefu_tui.storage.repair import repair
from tests.builders import a_case, a_mention, at
from tests.storage.test_archives import MUCH_LATER, everything, filled


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "desk.json"


async def add(store: DeskStore, *numbers: int) -> None:
    for number in numbers:
        mention = a_mention(f"number {number}", id=f"n{number}")
        await store.update(lambda _, m=mention: Changes(mentions=[m], cases=[a_case([m])]))


async def used(path: Path) -> dict[str, list[str]]:
    """A store that was closed in order twice and killed the third time."""
    for numbers in ((1, 2), (3, 4)):
        store = open_store(path)
        await add(store, *numbers)
        await store.aclose()
    db = JournaledDB(path)
    store = DeskStore(db)
    await add(store, 5, 6)
    before = await everything(store)
    db.storage._journal.latch("killed")
    db.close()
    return before


async def held(path: Path) -> dict[str, list[str]]:
    store = open_store(path, read_only=True)
    found = await everything(store)
    await store.aclose()
    return found


async def test_a_sound_store_is_left_as_it_is(path: Path) -> None:
    await used(path)
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    assert repair(path, at(0)) == []
    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == before


async def test_a_store_in_use_is_not_repaired(path: Path) -> None:
    store = open_store(path)
    with pytest.raises(StoreLocked):
        repair(path, at(0))
    await store.aclose()


async def test_a_snapshot_cut_anywhere_loses_nothing(path: Path) -> None:
    before = await used(path)
    whole = path.read_bytes()
    for cut in range(0, len(whole), 100):
        home = path.parent.parent / f"cut{cut}"
        home.mkdir()
        for file in path.parent.iterdir():
            if file.is_file():
                (home / file.name).write_bytes(file.read_bytes()[: cut if file == path else None])
        with pytest.raises(StoreError):
            open_store(home / path.name)
        told = repair(home / path.name, at(0))
        assert told
        assert await held(home / path.name) == before


async def test_a_flipped_line_costs_that_line_alone_and_the_file_is_set_aside(path: Path) -> None:
    before = await used(path)
    (segment,) = find_segments(path)
    content = segment.path.read_bytes()
    place = content.index(b"number 5")
    segment.path.write_bytes(content[:place] + b"X" + content[place + 1 :])
    with pytest.raises(StoreError, match=r"line 1 is damaged.*"):
        open_store(path)

    told = [str(one) for one in repair(path, at(0))]

    assert any("1 damaged lines" in line for line in told)
    assert set(before["cases"]) - set((await held(path))["cases"]) == {"case/shop:n5"}
    assert [file for file in path.parent.iterdir() if ".damaged-" in file.name]
    assert repair(path, at(1)) == []


async def test_a_snapshot_with_no_previous_one_comes_from_a_backup(path: Path) -> None:
    store = open_store(path)
    await add(store, 1, 2)
    await store.back_up_if_due(at(0))
    before = await everything(store)
    await store.aclose()
    for file in path.parent.glob("desk.json.*"):
        file.unlink()
    path.write_bytes(b"{ half")

    told = repair(path, at(1))

    assert any("backups" in str(one) for one in told)
    assert await held(path) == before


async def test_nothing_to_go_by_is_said(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"no store")
    with pytest.raises(StoreError, match="nothing of it can be read"):
        repair(path, at(0))


async def test_unreadable_documents_are_set_aside_and_lost_cases_opened_again(path: Path) -> None:
    store = open_store(path)
    await add(store, 1, 2, 3)
    await store.aclose()
    with JournaledDB(path) as db:
        db.apply(
            {"mentions": {"shop:n1": {"account": 7}}, "cases": {"case/shop:n2": None, "case/shop:n1": None}}
        )
    with pytest.raises(StoreError, match="mentions/shop:n1"):
        open_store(path, read_only=True).read_all()

    told = [str(one) for one in repair(path, at(0))]

    assert len(told) == 2
    assert await held(path) == {
        "cases": ["case/shop:n2", "case/shop:n3"],
        "mentions": ["shop:n2", "shop:n3"],
    }
    (aside,) = path.parent.glob("*.jsonl")
    assert json.loads(aside.read_text())["account"] == 7


async def test_a_newer_store_is_not_touched(path: Path) -> None:
    with JournaledDB(path) as db:
        db.apply({"meta": {"schema": {"version": 99}}, "mentions": {"x": {"new": "shape"}}})
    before = path.read_bytes()
    with pytest.raises(StoreError, match="schema 99"):
        repair(path, at(0))
    assert path.read_bytes() == before


@pytest.mark.parametrize("with_backup", [True, False])
async def test_a_damaged_archive_comes_from_a_backup_or_keeps_what_is_whole(
    path: Path, with_backup: bool
) -> None:
    store = await filled(path, 6)
    await store.archive_settled(MUCH_LATER)
    before = await everything(store)
    if with_backup:
        await store.back_up(path.parent / "backups", MUCH_LATER)
    await store.aclose()
    archive = archive_directory(path) / "2026-03.1.json"
    content = archive.read_bytes()
    archive.write_bytes(content.replace(b'"id":"case/shop:p0"', b'"id:case/shop:p0"'))

    told = repair(path, MUCH_LATER)

    assert told
    after = await held(path)
    assert before["cases"] == after["cases"] if with_backup else len(after["cases"]) == 5
    assert list(archive_directory(path).glob("2026-03.1.json.damaged-*"))
    archive = archive_directory(path) / ("2026-03.1.json" if with_backup else "2026-03.2.json")
    archive.unlink()
    assert repair(path, MUCH_LATER)
    assert len((await held(path))["cases"]) == (6 if with_backup else 3)
