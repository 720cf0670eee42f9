import asyncio
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kefu_tui.domain.errors import StoreError
from kefu_tui.ports import Changes
from kefu_tui.storage.backend import Batch
from kefu_tui.storage.desk_store import open_store
from kefu_tui.storage.journaled.database import JournaledDB
from kefu_tui.storage.migrations import STEPS, Documents, Step, migrate
from tests.builders import a_case, a_closing, a_draft, a_mention, an_outbound
from tests.fakes import MemoryBackend


def _shout(documents: Documents) -> Batch:
    drafts = documents.documents("drafts")
    return {"drafts": {key: {**draft, "text": draft["text"].upper()} for key, draft in drafts.items()}}


def _drop_mentions(documents: Documents) -> Batch:
    return {"mentions": dict.fromkeys(documents.documents("mentions"))}


SHOUT = Step(2, "drafts are shouted", _shout)
FORGET = Step(3, "mentions are forgotten", _drop_mentions)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "desk.json"


def _use_a_store(path: Path, *, version: int = 1) -> None:
    async def write() -> None:
        store = open_store(path)
        await store.update(lambda _: Changes(drafts=[a_draft("quiet words")], mentions=[a_mention()]))
        await store.aclose()

    asyncio.run(write())
    with JournaledDB(path) as db:
        db.apply({"meta": {"schema": {"version": version}}})


def _contents(path: Path) -> dict[str, Mapping[str, Any]]:
    with JournaledDB(path, read_only=True) as db:
        return {name: dict(db.documents(name)) for name in ("drafts", "mentions", "meta")}


def test_the_steps_that_ship_follow_one_another() -> None:
    assert [step.version for step in STEPS] == list(range(2, 2 + len(STEPS)))


def test_a_file_of_version_1_is_read_whole_and_set_aside_first(path: Path) -> None:
    stored = Path(__file__).with_name("stored") / "version-1.json"
    shutil.copy(stored, path)

    store = open_store(path)

    assert {mention.key for mention in store.mentions()} == {"shop:p1", "shop:p2"}
    closed, waiting = (store.case(f"case/shop:p{number}") for number in (1, 2))
    assert closed == a_case(then=[an_outbound([a_mention()]), a_closing(id="c1")])
    assert waiting is not None
    assert store.draft(waiting.id) == a_draft(case_id=waiting.id)
    assert store.cursor("shop") == {"since": "p2"}
    assert store.has_breach("first_response/shop:p1")
    assert (len(store.lessons()), len(store.decisions()), len(store.outbox())) == (1, 1, 1)
    assert store.archived == (0, 0)
    asyncio.run(store.aclose())
    assert _contents(path)["meta"]["schema"]["version"] == 1 + len(STEPS)
    before = json.loads(path.with_name("desk.json.before-v2").read_bytes())
    assert before["mentions"] == json.loads(stored.read_bytes())["mentions"]


def test_a_new_store_says_its_version_and_reopens(path: Path) -> None:
    _use_a_store(path, version=1 + len(STEPS))

    assert _contents(path)["meta"]["schema"]["version"] == 1 + len(STEPS)
    assert open_store(path, read_only=True).mention("shop:p1") == a_mention()
    assert [file.name for file in path.parent.glob("*before*")] == []


def test_an_older_store_is_brought_up_step_by_step(path: Path) -> None:
    _use_a_store(path)
    with JournaledDB(path) as db:
        migrate(db, path, read_only=False, steps=[SHOUT, FORGET])

    migrated = _contents(path)
    assert [draft["text"] for draft in migrated["drafts"].values()] == ["QUIET WORDS"]
    assert migrated["mentions"] == {}
    assert migrated["meta"]["schema"]["version"] == 3


def test_a_copy_from_before_is_set_aside_first(path: Path) -> None:
    _use_a_store(path)
    db = JournaledDB(path)
    # a change that lies only in the journal belongs to the copy too
    db.apply({"drafts": {"late": {"text": "a late word"}}})
    before = {name: dict(db.documents(name)) for name in ("drafts", "mentions", "meta")}

    migrate(db, path, read_only=False, steps=[SHOUT])
    db.close()

    copy = path.with_name("desk.json.before-v2")
    assert _contents(copy) == before
    assert copy.stat().st_mode & 0o777 == 0o600
    json.loads(copy.read_bytes())


def test_a_store_that_is_up_to_date_is_left_alone(path: Path) -> None:
    _use_a_store(path)
    with JournaledDB(path) as db:
        migrate(db, path, read_only=False, steps=[SHOUT])
        copy = path.with_name("desk.json.before-v2")
        copy.unlink()
        migrate(db, path, read_only=False, steps=[SHOUT])
        assert not copy.exists()


def test_a_copy_that_cannot_be_made_stops_the_migration(path: Path) -> None:
    _use_a_store(path)
    before = _contents(path)
    path.with_name("desk.json.before-v2").mkdir()

    with JournaledDB(path) as db, pytest.raises(StoreError, match="before-v2"):
        migrate(db, path, read_only=False, steps=[SHOUT])
    assert _contents(path) == before
    assert list(path.parent.glob("*.tmp")) == []


def test_a_step_that_fails_leaves_the_version_before_it(path: Path) -> None:
    def broken(_: Documents) -> Batch:
        raise ZeroDivisionError

    _use_a_store(path)
    with JournaledDB(path) as db:
        with pytest.raises(ZeroDivisionError):
            migrate(db, path, read_only=False, steps=[SHOUT, Step(3, "broken", broken)])
        assert db.documents("meta")["schema"]["version"] == 2
        migrate(db, path, read_only=False, steps=[SHOUT, FORGET])

    migrated = _contents(path)
    assert [draft["text"] for draft in migrated["drafts"].values()] == ["QUIET WORDS"]
    assert migrated["meta"]["schema"]["version"] == 3


def test_a_store_from_a_newer_version_is_refused_untouched(path: Path) -> None:
    _use_a_store(path)
    with JournaledDB(path) as db:
        db.apply({"meta": {"schema": {"version": 99}}})
    before = path.read_bytes()

    with pytest.raises(StoreError, match=r"newer kefu \(schema 99"):
        open_store(path)

    assert path.read_bytes() == before
    # and the refusal gave the lock back
    JournaledDB(path).close()


@pytest.mark.parametrize("version", ["1", None, True, 1.5])
def test_a_version_that_is_no_number_is_damage(path: Path, version: object) -> None:
    _use_a_store(path)
    with JournaledDB(path) as db:
        db.apply({"meta": {"schema": {"version": version}}})

    with pytest.raises(StoreError, match="meta/schema"):
        open_store(path)


def test_documents_without_a_version_are_not_ours(path: Path) -> None:
    with JournaledDB(path) as db:
        db.apply({"mentions": {"1": {"text": "from another program"}}})

    with pytest.raises(StoreError, match="which kefu wrote it"):
        open_store(path)


def test_an_older_store_open_for_reading_is_not_migrated(path: Path) -> None:
    _use_a_store(path)
    before = path.read_bytes()

    with JournaledDB(path, read_only=True) as db, pytest.raises(StoreError, match="older kefu"):
        migrate(db, path, read_only=True, steps=[SHOUT])
    assert path.read_bytes() == before
    assert not path.with_name("desk.json.before-v2").exists()


def test_an_empty_backend_is_read_without_writing_to_it(path: Path) -> None:
    backend = MemoryBackend()
    migrate(backend, path, read_only=True)
    assert backend.batches == []
