"""One writer, any number of readers, and the modes of the files between them."""

import os
import shutil
import stat
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from mortal_disk import QuickDisk

import kefu_tui
from kefu_tui.domain.errors import StoreError, StoreLocked
from kefu_tui.storage.journaled import recovery, snapshot
from kefu_tui.storage.journaled.database import JournaledDB

ROOT = Path(kefu_tui.__file__).parents[1]


@contextmanager
def another_process_holding(path: Path):
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("holder.py")), str(path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout.readline() == "holding\n"
        yield process
        process.kill()


def test_a_second_writer_is_told_who_holds_the_store(tmp_path):
    path = tmp_path / "shop.json"
    with another_process_holding(path) as holder, pytest.raises(StoreLocked) as refusal:
        JournaledDB(path)
    assert refusal.value.params == {"path": str(path), "pid": str(holder.pid)}


def test_a_second_writer_in_the_same_process_is_refused_too(tmp_path):
    path = tmp_path / "shop.json"
    with JournaledDB(path), pytest.raises(StoreLocked, match=str(os.getpid())):
        JournaledDB(path)
    JournaledDB(path).close()


def test_the_lock_dies_with_its_holder_and_its_writes_do_not(tmp_path):
    path = tmp_path / "shop.json"
    with another_process_holding(path) as holder:
        holder.kill()
        holder.wait()
        with JournaledDB(path) as db:
            assert list(db.documents("cases")) == ["held"]


def test_a_lock_file_with_an_old_number_in_it_is_no_lock(tmp_path):
    (tmp_path / "shop.json.lock").write_text("1\n")
    with JournaledDB(tmp_path / "shop.json"):
        assert (tmp_path / "shop.json.lock").read_text() == f"{os.getpid()}\n"
    assert (tmp_path / "shop.json.lock").read_text() == ""


def test_two_names_of_one_store_are_one_store(tmp_path):
    real = tmp_path / "real" / "shop.json"
    link = tmp_path / "shop.json"
    link.symlink_to(real)
    with JournaledDB(link) as db:
        db.apply({"cases": {"a": {}}})
        with pytest.raises(StoreLocked):
            JournaledDB(real)
    assert link.is_symlink()
    assert "cases" in real.read_text()


def test_a_reader_sees_what_is_committed_beside_a_writer(tmp_path):
    path = tmp_path / "shop.json"
    with another_process_holding(path), JournaledDB(path, read_only=True) as reader:
        assert list(reader.documents("cases")) == ["held"]
        with pytest.raises(StoreError, match="reading only"):
            reader.apply({"cases": {"mine": {}}})
        with pytest.raises(StoreError, match="reading only"):
            reader.table("cases").insert({})
        with pytest.raises(StoreError, match="reading only"), reader.batch():
            pass


def test_a_reader_changes_no_file(tmp_path):
    path = tmp_path / "shop.json"
    with JournaledDB(path) as db:
        db.apply({"cases": {"a": {}}})
        shutil.copytree(tmp_path, tmp_path / "copy")
    copy = tmp_path / "copy"
    (copy / "shop.json.1.tmp").write_text("left by a kill")
    (copy / "shop.json.lock").unlink()
    before = {file.name: file.read_bytes() for file in copy.iterdir()}
    with JournaledDB(copy / "shop.json", read_only=True) as reader:
        assert list(reader.documents("cases")) == ["a"]
    assert {file.name: file.read_bytes() for file in copy.iterdir()} == before


def test_a_reader_of_nothing_is_told_so(tmp_path):
    for path in (tmp_path / "shop.json", tmp_path / "nowhere" / "shop.json"):
        with pytest.raises(StoreError, match=r"shop\.json"):
            JournaledDB(path, read_only=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("write_more", [True, False])
def test_a_reader_overtaken_by_a_compaction_looks_again(tmp_path, monkeypatch, write_more):
    path = tmp_path / "shop.json"
    read = snapshot.read
    with JournaledDB(path, disk=QuickDisk()) as db:
        db.apply({"cases": {"a": {}}})

        def read_then_lose_the_race(store):
            found = read(store)
            if "b" not in db.documents("cases"):
                db.apply({"cases": {"b": {}}})
                db.compact()
                if write_more:
                    db.apply({"cases": {"c": {}}})
            return found

        monkeypatch.setattr(snapshot, "read", read_then_lose_the_race)
        with JournaledDB(path, read_only=True) as reader:
            assert reader.storage.read() == db.storage.read()


def test_a_reader_gives_up_on_a_store_that_never_rests(tmp_path, monkeypatch):
    path = tmp_path / "shop.json"
    read = snapshot.read
    with JournaledDB(path, disk=QuickDisk()) as db:

        def read_then_lose_the_race(store):
            found = read(store)
            db.apply({"cases": {"b": {}}})
            db.compact()
            return found

        monkeypatch.setattr(recovery.snapshot, "read", read_then_lose_the_race)
        with pytest.raises(StoreError, match="try again"):
            JournaledDB(path, read_only=True)


def test_files_and_directories_are_born_private(tmp_path):
    def modes():
        return {
            str(path.relative_to(tmp_path)): stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")
        }

    old = os.umask(0)
    try:
        with JournaledDB(tmp_path / "state" / "kefu" / "shop.json") as db:
            db.apply({"cases": {"a": {"text": "x" * 100_000}}})
            slices = db.compaction()
            next(slices)
            assert modes() == {
                "state": 0o700,
                "state/kefu": 0o700,
                "state/kefu/shop.json": 0o600,
                "state/kefu/shop.json.1.tmp": 0o600,
                "state/kefu/shop.json.journal-0000000000000001": 0o600,
                "state/kefu/shop.json.lock": 0o600,
            }
            slices.close()
    finally:
        os.umask(old)
    assert set(modes().values()) == {0o700, 0o600}


def test_a_file_others_could_read_is_private_after_the_next_compaction(tmp_path):
    path = tmp_path / "shop.json"
    path.touch(0o644)
    with JournaledDB(path) as db:
        db.apply({"cases": {"a": {}}})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
