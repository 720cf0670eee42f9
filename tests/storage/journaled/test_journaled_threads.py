"""Reads wait for nobody, writes wait for each other."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from mortal_disk import QuickDisk
from tinydb import where

from kefu_tui.storage.journaled.database import JournaledDB


@pytest.fixture
def db(tmp_path):
    with JournaledDB(tmp_path / "shop.json", disk=QuickDisk()) as db:
        yield db


def test_reads_go_on_while_a_write_waits_for_the_disk(tmp_path):
    class StuckDisk(QuickDisk):
        def __init__(self) -> None:
            self.reached, self.go_on = Event(), Event()
            self.go_on.set()

        def sync(self, file) -> None:
            self.reached.set()
            assert self.go_on.wait(30)

    disk = StuckDisk()
    with JournaledDB(tmp_path / "shop.json", disk=disk) as db, ThreadPoolExecutor(1) as worker:
        db.apply({"cases": {"c1": {"n": 1}}})
        cases = db.documents("cases")
        disk.go_on.clear()
        disk.reached.clear()
        writing = worker.submit(db.apply, {"cases": {"c1": {"n": 2}}})
        assert disk.reached.wait(30)
        assert cases["c1"]["n"] == 1
        assert db.table("cases").search(where("n") == 1) == [{"n": 1, "key": "c1"}]
        disk.go_on.set()
        writing.result()
        assert cases["c1"]["n"] == 2


def test_a_walk_may_write(db):
    cases = db.documents("cases")
    db.apply({"cases": {str(n): {"n": n} for n in range(5)}})
    for key in cases:
        db.apply({"cases": {key: None, f"new {key}": {}}})
    for case in db.table("cases"):
        db.table("cases").insert(dict(case, key=f"copy of {case['key']}"))
    assert len(cases) == 10


def test_a_walk_is_not_disturbed_by_writes_of_another_thread(db):
    cases = db.documents("cases")
    done = Event()

    def write() -> None:
        for n in range(300):
            db.apply({"cases": {str(n): {"n": n}, str(n - 20): None}})
        done.set()

    with ThreadPoolExecutor(1) as worker:
        writing = worker.submit(write)
        while not done.is_set() and not writing.done():
            for walk in (list(cases), list(cases.values()), list(cases.items()), list(db.table("cases"))):
                assert len(walk) <= 21
        writing.result()
    assert len(cases) == 20


def test_writers_in_many_threads_lose_nothing(db, tmp_path):
    start = Barrier(4)

    def write(writer: int) -> None:
        start.wait()
        table = db.table("events")
        for n in range(25):
            table.insert({"writer": writer, "n": n})
            table.upsert({"writer": writer, "last": n}, where("last").exists() & (where("writer") == writer))
            with db.batch() as batch:
                counter = batch.table("counter").get(doc_id=1) or {"n": 0}
                batch.table("counter").upsert({"n": counter["n"] + 1}, where("n").exists())
            if n % 10 == 0:
                db.compact()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(write, range(4)))
    assert len(db.table("events")) == 4 * 25 + 4
    assert db.table("counter").all() == [{"n": 100}]
    expected = db.storage.read()
    db.close()
    with JournaledDB(tmp_path / "shop.json", disk=QuickDisk()) as again:
        assert again.storage.read() == expected


class SlowDisk(QuickDisk):
    """Counts the syncs; the first of them lasts until it is told to end."""

    def __init__(self) -> None:
        self.syncs = 0
        self.reached, self.go_on = Event(), Event()

    def sync(self, file) -> None:
        self.syncs += 1
        self.reached.set()
        assert self.go_on.wait(30)


def test_writers_that_wait_for_one_fsync_share_the_next(tmp_path):
    disk = SlowDisk()
    disk.go_on.set()
    with JournaledDB(tmp_path / "shop.json", disk=disk) as db, ThreadPoolExecutor(21) as workers:
        db.apply({"cases": {"first": {}}})
        disk.go_on.clear()
        disk.reached.clear()
        leader = workers.submit(db.apply, {"cases": {"leader": {}}})
        assert disk.reached.wait(30)
        followers = [workers.submit(db.apply, {"cases": {f"c{n}": {"n": n}}}) for n in range(20)]
        while len(db.storage._requests) < 20:
            pass
        before = disk.syncs
        disk.go_on.set()
        for writing in [leader, *followers]:
            writing.result()
        assert disk.syncs - before == 1
        assert len(db.documents("cases")) == 22
    with JournaledDB(tmp_path / "shop.json", read_only=True) as again:
        assert sorted(again.documents("cases")) == sorted(["first", "leader", *(f"c{n}" for n in range(20))])


def test_in_a_group_each_batch_fails_for_itself_and_sees_the_ones_before_it(tmp_path):
    disk = SlowDisk()
    disk.go_on.set()
    with JournaledDB(tmp_path / "shop.json", disk=disk) as db, ThreadPoolExecutor(4) as workers:
        db.apply({"cases": {"first": {}}})
        disk.go_on.clear()
        disk.reached.clear()
        leader = workers.submit(db.apply, {"cases": {"leader": {}}})
        assert disk.reached.wait(30)

        def queued(changes) -> object:
            number = len(db.storage._requests)
            writing = workers.submit(db.apply, changes)
            while len(db.storage._requests) == number:
                pass
            return writing

        made = queued({"cases": {"new": {"n": 1}}})
        wrong = queued({"cases": {"new": {"n": {1, 2}}}})
        changed = queued({"cases": {"new": {"n": 2}, "first": None}})
        disk.go_on.set()
        for writing in (leader, made, changed):
            writing.result()
        with pytest.raises(TypeError):
            wrong.result()
        assert {key: row.get("n") for key, row in db.documents("cases").items()} == {"leader": None, "new": 2}
        assert len(db.table("cases")) == 2
