"""What is found when a store is opened: replayed, cut where nothing was promised, refused where it was."""

import json
import shutil
from pathlib import Path

import pytest
from mortal_disk import QuickDisk
from tinydb import TinyDB

from kefu_tui.domain.errors import StoreError
from kefu_tui.storage.journaled.database import JournaledDB
from kefu_tui.storage.journaled.journal import find_segments


def leave_unclosed(directory: Path, batches: int = 3) -> Path:
    """Make a store the way a kill leaves it: an empty snapshot and a journal; returns its path."""
    workshop = directory / "workshop"
    with JournaledDB(workshop / "shop.json", disk=QuickDisk()) as db:
        for number in range(1, batches + 1):
            db.apply(
                {"cases": {f"c{number}": {"text": "退款 \ud83d" * number}}, "cursor": {"at": {"n": number}}}
            )
        shutil.copytree(workshop, directory / "left")
    return directory / "left" / "shop.json"


def content(path: Path) -> dict:
    with JournaledDB(path, disk=QuickDisk()) as db:
        return db.storage.read()


def journal_of(path: Path) -> Path:
    (segment,) = find_segments(path)
    return segment.path


def test_an_unclosed_store_is_replayed(tmp_path):
    path = leave_unclosed(tmp_path)
    with JournaledDB(path) as db:
        assert sorted(db.documents("cases")) == ["c1", "c2", "c3"]
        assert db.documents("cases")["c2"] == {"key": "c2", "text": "退款 \ud83d" * 2}
        assert db.documents("cursor")["at"]["n"] == 3


def test_a_replayed_journal_is_continued(tmp_path):
    path = leave_unclosed(tmp_path)
    with JournaledDB(path) as db:
        db.apply({"cases": {"c1": None, "c4": {"text": "thanks"}}})
        shutil.copytree(path.parent, tmp_path / "later")
    for store in (path, tmp_path / "later" / "shop.json"):
        with JournaledDB(store) as db:
            assert sorted(db.documents("cases")) == ["c2", "c3", "c4"]


def test_a_last_line_torn_anywhere_is_cut_off(tmp_path):
    path = leave_unclosed(tmp_path)
    journal = journal_of(path)
    data = journal.read_bytes()
    last_line = data.rindex(b"\n", 0, -1) + 1
    for length in range(last_line, len(data)):
        journal.write_bytes(data[:length])
        before = content_read_only(path)
        with JournaledDB(path, disk=QuickDisk()) as db:
            assert journal.read_bytes() == data[:last_line]
            assert db.storage.read() == before
            assert db.documents("cursor")["at"]["n"] == 2
            shutil.copytree(path.parent, tmp_path / "fresh")
        shutil.rmtree(path.parent)
        (tmp_path / "fresh").rename(path.parent)


def content_read_only(path: Path) -> dict:
    with JournaledDB(path, read_only=True) as db:
        return db.storage.read()


def test_after_a_cut_the_store_goes_on(tmp_path):
    path = leave_unclosed(tmp_path)
    journal = journal_of(path)
    journal.write_bytes(journal.read_bytes()[:-5])
    with JournaledDB(path, disk=QuickDisk()) as db:
        db.apply({"cursor": {"at": {"n": 7}}})
        shutil.copytree(path.parent, tmp_path / "killed")
    assert content(tmp_path / "killed" / "shop.json") == content(path)


def test_a_last_line_with_a_hole_is_cut_off(tmp_path):
    path = leave_unclosed(tmp_path)
    journal = journal_of(path)
    data = journal.read_bytes()
    start = data.rindex(b"\n", 0, -1) + 1
    for hole in (slice(start, start + 20), slice(start + 20, start + 40), slice(start, len(data))):
        holed = bytearray(data)
        holed[hole] = bytes(hole.stop - hole.start)
        journal.write_bytes(holed)
        assert content_read_only(path)["cursor"]["1"]["n"] == 2


def test_a_flipped_byte_in_any_whole_line_is_refused_with_its_number(tmp_path):
    path = leave_unclosed(tmp_path)
    journal = journal_of(path)
    data = journal.read_bytes()
    for position in range(len(data) - 1):
        damaged = bytearray(data)
        damaged[position] ^= 0x01
        journal.write_bytes(damaged)
        with pytest.raises(StoreError) as refusal:
            JournaledDB(path)
        assert refusal.value.params["path"] == str(journal)
        assert refusal.value.params["line"] == data.count(b"\n", 0, position) + 1
        assert "kefu doctor --repair" in str(refusal.value)
        assert journal.read_bytes() == damaged


def test_a_torn_line_is_only_forgiven_in_the_last_segment(tmp_path):
    path = leave_unclosed(tmp_path)
    journal = journal_of(path)
    data = journal.read_bytes()
    first, second, third = data.splitlines(keepends=True)
    journal.write_bytes(first + second[:-3])
    journal.with_name("shop.json.journal-0000000000000003").write_bytes(third)
    with pytest.raises(StoreError, match="line 2 is damaged"):
        JournaledDB(path)


def test_a_missing_segment_is_refused(tmp_path):
    path = leave_unclosed(tmp_path)
    journal = journal_of(path)
    first, _, third = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(first)
    journal.with_name("shop.json.journal-0000000000000003").write_bytes(third)
    for read_only in (False, True):
        with pytest.raises(StoreError, match="change number 2 is missing"):
            JournaledDB(path, read_only=read_only)


def test_a_line_written_twice_is_refused(tmp_path):
    path = leave_unclosed(tmp_path)
    journal = journal_of(path)
    journal.write_bytes(journal.read_bytes() + journal.read_bytes().splitlines(keepends=True)[-1])
    with pytest.raises(StoreError, match="change number 4 is missing"):
        JournaledDB(path)


def test_segments_a_snapshot_covers_are_skipped_and_removed(tmp_path):
    path = leave_unclosed(tmp_path)
    journal = journal_of(path)
    covered = journal.read_bytes()
    before = content(path)
    journal.write_bytes(covered)
    assert content_read_only(path) == before
    with JournaledDB(path) as db:
        assert db.storage.read() == before
        assert find_segments(path) == []
        db.apply({"cursor": {"at": {"n": 9}}})
    assert content(path)["cursor"] == {"1": {"n": 9, "key": "at"}}


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"cases": []}', '{"cases": {"x": {}}}', '{"cases": {"1": 2}}', "\udcff"]
)
def test_a_damaged_snapshot_is_refused_and_left_alone(tmp_path, text):
    path = tmp_path / "shop.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(StoreError, match="damaged or no store at all"):
        JournaledDB(path)
    assert path.read_bytes() == text.encode("utf-8", "surrogateescape")


def test_a_snapshot_of_a_newer_format_is_refused(tmp_path):
    path = tmp_path / "shop.json"
    path.write_text(json.dumps({"_meta": {"1": {"format": 99, "sequence": 1}}}))
    with pytest.raises(StoreError, match="newer version"):
        JournaledDB(path)


def test_a_refused_store_is_not_left_locked(tmp_path):
    path = tmp_path / "shop.json"
    path.write_text("{")
    for _ in range(2):
        with pytest.raises(StoreError, match="damaged"):
            JournaledDB(path)
    path.unlink()
    JournaledDB(path).close()


def test_a_file_of_stock_tinydb_is_taken_over(tmp_path):
    path = tmp_path / "shop.json"
    with TinyDB(path, ensure_ascii=False, encoding="utf-8") as stock:
        stock.table("cases").insert_multiple([{"key": "c1", "text": "你好"}, {"text": "no key"}])
    with JournaledDB(path) as db:
        assert db.documents("cases")["c1"]["text"] == "你好"
        db.apply({"cases": {"c2": {}}})
    with JournaledDB(path) as db:
        assert [document.doc_id for document in db.table("cases")] == [1, 2, 3]


def test_two_documents_with_one_key_are_named_when_asked_for_by_key(tmp_path):
    path = tmp_path / "shop.json"
    with TinyDB(path) as stock:
        stock.table("cases").insert_multiple([{"key": "c1"}, {"key": "c1"}])
    with JournaledDB(path) as db, pytest.raises(StoreError, match="two documents have the key c1"):
        db.documents("cases")


def test_a_table_dropped_and_refilled_is_replayed_in_order(tmp_path):
    with JournaledDB(tmp_path / "a" / "shop.json", disk=QuickDisk()) as db:
        table = db.table("cases")
        table.insert_multiple({"n": n} for n in range(3))
        table.truncate()
        table.insert({"n": 7})
        db.drop_table("cases")
        db.table("cases").insert({"n": 8})
        db.table("other").insert({"n": 9})
        db.table("other").truncate()
        shutil.copytree(tmp_path / "a", tmp_path / "b")
        expected = db.storage.read()
    assert expected == {"cases": {"1": {"n": 8}}, "other": {}}
    assert content(tmp_path / "b" / "shop.json") == expected == content(tmp_path / "a" / "shop.json")


def test_a_snapshot_may_cover_the_beginning_of_a_segment(tmp_path):
    path = leave_unclosed(tmp_path)
    journal = journal_of(path)
    data = journal.read_bytes()
    journal.write_bytes(data[: data.rindex(b"\n", 0, -1) + 1])
    assert content(path)["cursor"]["1"]["n"] == 2
    journal.write_bytes(data)
    assert content(path)["cursor"]["1"]["n"] == 3


def test_a_segment_nobody_needs_may_be_damaged(tmp_path):
    path = leave_unclosed(tmp_path)
    covered = journal_of(path)
    content(path)
    with JournaledDB(path, disk=QuickDisk()) as db:
        db.apply({"cases": {"c9": {}}})
        shutil.copytree(path.parent, tmp_path / "killed")
        expected = db.storage.read()
    (tmp_path / "killed" / covered.name).write_text("rubbish\n")
    assert content(tmp_path / "killed" / "shop.json") == expected
