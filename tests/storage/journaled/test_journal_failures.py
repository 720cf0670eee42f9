"""A disk that is full, read-only or failing: a clear refusal, memory and file as before."""

import errno
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from mortal_disk import FailingDisk, QuickDisk

import kefu_tui
from kefu_tui.domain.errors import StoreError
from kefu_tui.storage.journaled.database import JournaledDB
from kefu_tui.storage.journaled.journal import Journal, find_segments

ROOT = Path(kefu_tui.__file__).parents[1]


def reopened(path: Path, into: Path) -> dict:
    """Return what a store copied as it lies on the disk holds."""
    shutil.copytree(path.parent, into)
    with JournaledDB(into / path.name, disk=QuickDisk()) as db:
        return db.storage.read()


@pytest.fixture
def disk() -> FailingDisk:
    return FailingDisk()


@pytest.fixture
def db(tmp_path, disk):
    db = JournaledDB(tmp_path / "store" / "shop.json", disk=disk)
    db.apply({"cases": {"c1": {"text": "hello"}}})
    yield db
    disk.broken.clear()
    db.close()


def test_a_short_write_is_rolled_back_and_the_store_goes_on(db, disk, tmp_path):
    before = db.storage.read()
    (segment,) = find_segments(db.storage.path)
    length = segment.path.stat().st_size
    disk.broken = {"write"}
    with pytest.raises(StoreError, match="No space left") as refusal:
        db.apply({"cases": {"c1": {"text": "changed"}, "c2": {}}, "cursor": {"at": {"n": 1}}})
    assert refusal.value.params["path"] == str(segment.path)
    assert segment.path.stat().st_size == length
    assert db.storage.read() == before
    disk.broken.clear()
    db.apply({"cases": {"c3": {}}})
    assert reopened(db.storage.path, tmp_path / "copy") == db.storage.read()


def test_a_short_write_that_cannot_be_rolled_back_ends_writing(db, disk, tmp_path):
    before = db.storage.read()
    disk.broken = {"write", "truncate"}
    with pytest.raises(StoreError, match="No space left"):
        db.apply({"cases": {"c2": {}}})
    disk.broken.clear()
    with pytest.raises(StoreError, match="until the store is reopened"):
        db.apply({"cases": {"c2": {}}})
    assert db.storage.read() == before == reopened(db.storage.path, tmp_path / "copy")


def test_a_failed_sync_refuses_the_batch_and_everything_after_it(db, disk, tmp_path):
    before = db.storage.read()
    disk.broken = {"sync"}
    with pytest.raises(StoreError, match="until the store is reopened"):
        db.apply({"cases": {"c2": {}}})
    disk.broken.clear()
    for attempt in (
        lambda: db.apply({"cases": {"c3": {}}}),
        lambda: db.table("cases").insert({}),
        db.drop_tables,
        db.compact,
    ):
        with pytest.raises(StoreError, match="until the store is reopened"):
            attempt()
    assert db.storage.read() == before == reopened(db.storage.path, tmp_path / "copy")


def test_a_reopened_store_writes_again_after_a_failed_sync(db, disk):
    path = db.storage.path
    disk.broken = {"sync"}
    with pytest.raises(StoreError):
        db.apply({"cases": {"c2": {}}})
    db.close()
    with JournaledDB(path) as again:
        assert sorted(again.documents("cases")) == ["c1"]
        again.apply({"cases": {"c2": {}}})
        assert sorted(again.documents("cases")) == ["c1", "c2"]


@pytest.mark.parametrize("broken", ["open", "sync_directory"])
def test_a_segment_that_cannot_be_started_changes_nothing(db, disk, broken):
    db.compact()
    before = db.storage.read()
    disk.broken = {broken}
    with pytest.raises(StoreError, match="not kept"):
        db.apply({"cases": {"c2": {}}})
    assert db.storage.read() == before


@pytest.mark.parametrize("broken", ["open", "write", "sync", "replace", "sync_directory"])
def test_a_failed_compaction_loses_nothing_and_can_be_repeated(db, disk, tmp_path, broken):
    before = db.storage.read()
    disk.broken = {broken}
    with pytest.raises(StoreError):
        db.compact()
    disk.broken.clear()
    assert reopened(db.storage.path, tmp_path / "copy") == before
    assert not list(db.storage.path.parent.glob("*.tmp"))
    db.apply({"cases": {"c2": {}}})
    db.compact()
    assert find_segments(db.storage.path) == []


def test_a_close_that_cannot_compact_says_so_and_closes(tmp_path, disk):
    path = tmp_path / "shop.json"
    db = JournaledDB(path, disk=disk)
    db.apply({"cases": {"c1": {}}})
    disk.broken = {"replace"}
    with pytest.raises(StoreError, match="No space left"):
        db.close()
    with JournaledDB(path) as again:
        assert sorted(again.documents("cases")) == ["c1"]


def test_a_read_only_directory_is_refused_when_opening(tmp_path):
    # Through the disk, because root may write anywhere.
    disk = FailingDisk(errno.EROFS)
    disk.broken = {"open"}
    with pytest.raises(StoreError, match="Read-only file system") as refusal:
        JournaledDB(tmp_path / "shop.json", disk=disk)
    assert str(tmp_path) in str(refusal.value)


def test_what_json_cannot_hold_is_refused_before_anything_is_written(db):
    before = db.storage.read()
    (segment,) = find_segments(db.storage.path)
    length = segment.path.stat().st_size
    with pytest.raises(TypeError):
        db.apply({"cases": {"c2": {"text": "fine"}, "c3": {"text": {1, 2}}}})
    with pytest.raises(TypeError):
        db.table("cases").insert({"text": object()})
    assert db.storage.read() == before
    assert segment.path.stat().st_size == length


def test_ctrl_c_between_file_and_memory_ends_writing_until_reopened(tmp_path, monkeypatch):
    path = tmp_path / "shop.json"
    db = JournaledDB(path)
    db.apply({"cases": {"c1": {}}})
    append = Journal.append

    def interrupted(journal, sequence, line):
        append(journal, sequence, line)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "append", interrupted)
        with pytest.raises(KeyboardInterrupt):
            db.apply({"cases": {"c2": {}}})
    with pytest.raises(StoreError, match="until the store is reopened"):
        db.apply({"cases": {"c3": {}}})
    db.close()
    with JournaledDB(path) as again:
        assert sorted(again.documents("cases")) == ["c1", "c2"]


def test_a_closed_store_refuses_writes(tmp_path):
    db = JournaledDB(tmp_path / "shop.json")
    table = db.table("cases")
    db.close()
    db.close()
    with pytest.raises(StoreError, match="is closed"):
        table.insert({})


FILE_SIZE_LIMIT = """
import resource, sys
from kefu_tui.domain.errors import StoreError
from kefu_tui.storage.journaled.database import JournaledDB

db = JournaledDB(sys.argv[1])
db.apply({"cases": {"c1": {"text": "small"}}})
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
try:
    db.apply({"cases": {"c1": {"text": "x" * 8000}, "c2": {}}})
except StoreError as error:
    print(error, flush=True)
assert dict(db.documents("cases")) == {"c1": {"text": "small", "key": "c1"}}
db.apply({"cases": {"c3": {"text": "small again"}}})
import os
os._exit(0)
"""


def test_a_write_past_the_file_size_limit_is_rolled_back(tmp_path):
    path = tmp_path / "shop.json"
    done = subprocess.run(
        [sys.executable, "-c", FILE_SIZE_LIMIT, str(path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert "the change was not kept" in done.stdout
    with JournaledDB(path) as db:
        assert sorted(db.documents("cases")) == ["c1", "c3"]


def test_new_directories_outlive_a_power_cut(tmp_path):
    class RecordingDisk(QuickDisk):
        def __init__(self) -> None:
            self.synced: list[Path] = []

        def sync_directory(self, path: Path) -> None:
            self.synced.append(path)

    disk = RecordingDisk()
    JournaledDB(tmp_path / "state" / "kefu" / "shop.json", disk=disk).close()
    assert disk.synced == [tmp_path, tmp_path / "state", tmp_path / "state" / "kefu"]
