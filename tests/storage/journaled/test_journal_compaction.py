"""Compaction: any moment may be the last one, and what is found afterwards is the same."""

import itertools
import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from mortal_disk import AFTERMATHS, Death, FailingDisk, MortalDisk, QuickDisk
from tinydb import TinyDB

from kefu_tui.domain.errors import StoreError
from kefu_tui.storage.journaled.database import JournaledDB
from kefu_tui.storage.journaled.journal import find_segments

TEXT = "x" * 40_000  # two documents make a slice, so that a snapshot takes several writes


def steps(db: JournaledDB):
    """A short life of a store, one acknowledged step at a time."""
    yield lambda: db.apply({"cases": {"a": {"text": TEXT}, "b": {"text": TEXT}}, "cursor": {"at": {"n": 1}}})
    yield lambda: db.table("cases").insert({"text": TEXT})
    yield db.compact
    yield lambda: db.apply({"cases": {"a": None, "c": {"text": TEXT}}, "cursor": {"at": {"n": 2}}})
    yield db.compact
    yield lambda: db.drop_table("cursor")
    yield lambda: db.table("cases").update({"seen": True}, doc_ids=[3])
    yield db.close


def states(directory: Path) -> list[dict]:
    """The contents after each step of an undisturbed life, beginning with none."""
    db = JournaledDB(directory / "shop.json", disk=QuickDisk())
    found = [db.storage.read()]
    for step in steps(db):
        step()
        found.append(db.storage.read())
    return found


@pytest.mark.parametrize("halfway", [False, True], ids=["between calls", "within a write"])
def test_death_at_any_call_leaves_what_was_acknowledged(tmp_path, halfway):
    expected = states(tmp_path / "undisturbed")
    for last_call in itertools.count(1):
        home = tmp_path / f"life{last_call}"
        home.mkdir()
        disk = MortalDisk(home, last_call, halfway)
        acknowledged = live_until_death(home / "shop.json", disk)
        for number, aftermath in enumerate(AFTERMATHS):
            found = tmp_path / f"found{last_call}-{number}"
            aftermath(disk, found)
            with JournaledDB(found / "shop.json", disk=QuickDisk()) as db:
                recovered = db.storage.read()
            assert recovered in expected[acknowledged : acknowledged + 2]
            with TinyDB(found / "shop.json") as stock:
                stock.drop_table("_meta")
                assert stock.storage.read() == recovered
            shutil.rmtree(found)
        if acknowledged == len(expected) - 1:
            break
    assert last_call > 40


def live_until_death(path: Path, disk: MortalDisk) -> int:
    """Return how many steps were acknowledged."""
    acknowledged = 0
    db = None
    with suppress(Death):
        db = JournaledDB(path, disk=disk)
        for step in steps(db):
            step()
            acknowledged += 1
    if db is not None:
        with suppress(Death):
            db.close()
    return acknowledged


def test_death_while_tidying_up_after_a_kill_leaves_the_same_state(tmp_path):
    wreck = tmp_path / "wreck"
    with JournaledDB(wreck / "shop.json", disk=QuickDisk()) as db:
        db.apply({"cases": {"a": {}, "b": {}}})
        covered = find_segments(wreck / "shop.json")[0].path
        old = covered.read_bytes()
        db.compact()
        db.apply({"cases": {"c": {}}})
        expected = db.storage.read()
        db.apply({"cases": {"d": {}}})
        shutil.copytree(wreck, tmp_path / "prepared")
    prepared = tmp_path / "prepared"
    (prepared / covered.name).write_bytes(old)
    (prepared / "shop.json.3.tmp").write_text('{"half": ')
    segment = find_segments(prepared / "shop.json")[-1].path
    segment.write_bytes(segment.read_bytes()[:-9])

    for last_call in itertools.count(1):
        home = tmp_path / f"life{last_call}"
        shutil.copytree(prepared, home)
        disk = MortalDisk(home, last_call)
        with suppress(Death):
            db = JournaledDB(home / "shop.json", disk=disk)
            with suppress(Death):
                db.close()
        for number, aftermath in enumerate(AFTERMATHS):
            found = tmp_path / f"found{last_call}-{number}"
            aftermath(disk, found)
            with JournaledDB(found / "shop.json", disk=QuickDisk()) as db:
                assert db.storage.read() == expected
                assert not list(found.glob("*.tmp"))
        if disk.calls < last_call:
            break
    assert last_call > 10


@pytest.fixture
def db(tmp_path):
    with JournaledDB(tmp_path / "shop.json", compact_after_bytes=1000, disk=QuickDisk()) as db:
        yield db


def test_the_journal_asks_for_compaction_by_size(db):
    assert not db.needs_compaction
    db.apply({"cases": {"a": {"text": "x" * 1000}}})
    assert db.needs_compaction
    db.compact()
    assert not db.needs_compaction


def test_the_size_of_the_journal_is_remembered_when_reopened(db, tmp_path):
    db.apply({"cases": {"a": {"text": "x" * 1000}}})
    shutil.copytree(tmp_path, tmp_path / "copy")
    with JournaledDB(tmp_path / "copy" / "shop.json", compact_after_bytes=1000) as again:
        assert again.needs_compaction
        again.compact()
        assert not again.needs_compaction


def test_writes_during_a_compaction_go_to_the_next_segment(db, tmp_path):
    db.apply({"cases": {str(n): {"text": TEXT} for n in range(6)}})
    slices = db.compaction()
    next(slices)
    db.apply({"cases": {"late": {}, "0": None}})
    next(slices)
    db.table("cases").update({"seen": True}, doc_ids=[2])
    assert len(list(slices)) >= 1
    shutil.copytree(tmp_path, tmp_path / "copy")
    with JournaledDB(tmp_path / "copy" / "shop.json", disk=QuickDisk()) as again:
        assert again.storage.read() == db.storage.read()
        assert "late" in again.documents("cases")


def test_an_abandoned_compaction_leaves_nothing_behind(db, tmp_path):
    db.apply({"cases": {str(n): {"text": TEXT} for n in range(6)}})
    slices = db.compaction()
    next(slices)
    slices.close()
    assert not list(tmp_path.glob("*.tmp"))
    db.apply({"cases": {"late": {}}})
    db.compact()
    assert find_segments(tmp_path / "shop.json") == []


def test_a_compaction_overtaken_by_a_later_one_steps_back(db, tmp_path):
    db.apply({"cases": {str(n): {"text": TEXT} for n in range(6)}})
    slow = db.compaction()
    next(slow)
    db.apply({"cases": {"late": {}}})
    db.compact()
    newer = (tmp_path / "shop.json").read_bytes()
    list(slow)
    assert (tmp_path / "shop.json").read_bytes() == newer
    assert not list(tmp_path.glob("*.tmp"))


def test_a_compaction_still_running_when_the_store_closes_steps_back(tmp_path):
    path = tmp_path / "shop.json"
    db = JournaledDB(path, disk=QuickDisk())
    db.apply({"cases": {str(n): {"text": TEXT} for n in range(6)}})
    slow = db.compaction()
    next(slow)
    db.apply({"cases": {"late": {}}})
    db.close()
    closed = path.read_bytes()
    list(slow)
    assert path.read_bytes() == closed
    assert not [*tmp_path.glob("*.tmp"), *find_segments(path)]


def test_a_close_without_changes_rewrites_nothing(tmp_path):
    path = tmp_path / "shop.json"
    with JournaledDB(path) as db:
        db.apply({"cases": {"a": {}}})
    written = path.stat()
    with JournaledDB(path):
        pass
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (written.st_ino, written.st_mtime_ns)


def test_only_a_writer_compacts(db, tmp_path):
    with (
        JournaledDB(tmp_path / "shop.json", read_only=True) as reader,
        pytest.raises(StoreError, match="reading only"),
    ):
        reader.compact()


def test_a_compaction_never_touches_a_store_given_up(tmp_path):
    path = tmp_path / "shop.json"
    disk = FailingDisk()
    db = JournaledDB(path, disk=disk)
    db.apply({"cases": {str(n): {"text": TEXT} for n in range(6)}})
    slow = db.compaction()
    next(slow)
    disk.broken = {"sync"}
    with pytest.raises(StoreError):
        db.apply({"cases": {"late": {}}})
    disk.broken.clear()
    db.close()
    with JournaledDB(path, disk=QuickDisk()) as successor:
        successor.apply({"cases": {"0": {"text": "new owner"}}})
        before = path.read_bytes()
        list(slow)
        assert path.read_bytes() == before
