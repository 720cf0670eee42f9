import asyncio
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kefu_tui.domain.errors import StoreError, StoreLocked
from kefu_tui.ports import AccountHealth, Changes, Gap
from kefu_tui.storage.desk_store import DeskStore, open_store
from kefu_tui.storage.journaled.database import JournaledDB
from tests.builders import a_case, a_draft, a_mention, an_author, an_outbound, an_outbox_item, at

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "desk.json"


async def put(store: DeskStore, **what: Any) -> None:
    await store.update(lambda _: Changes(**what))


def _start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
    )


async def test_everything_is_there_after_a_restart(path: Path) -> None:
    mention = a_mention("\ud83d 半个表情 \x1b[2J", author=an_author(name=""))
    store = open_store(path)
    await put(
        store,
        mentions=[mention],
        cases=[a_case([mention], then=[an_outbound([mention])])],
        outbox=[an_outbox_item(mention)],
        drafts=[a_draft()],
        cursors={"shop": {"since": "p1", "page": 2}},
        health=[AccountHealth(account="shop", last_success_at=at(1))],
        gaps={"shop": [Gap(since=at(2), until=at(3), why="asleep")]},
        breaches=["late"],
    )
    await store.aclose()

    again = open_store(path)
    assert list(again.mentions()) == [mention]
    assert list(again.cases()) == [a_case([mention], then=[an_outbound([mention])])]
    assert list(again.outbox()) == [an_outbox_item(mention)]
    assert again.draft(mention.case_id) == a_draft()
    assert again.cursor("shop") == {"since": "p1", "page": 2}
    assert again.health("shop") == AccountHealth(account="shop", last_success_at=at(1))
    assert list(again.gaps("shop")) == [Gap(since=at(2), until=at(3), why="asleep")]
    assert again.has_breach("late")
    assert again.case_id_of_post("shop", "r1") == mention.case_id
    await again.aclose()


async def test_what_was_not_closed_is_there_all_the_same(path: Path) -> None:
    store = open_store(path)
    await put(store, mentions=[a_mention()])

    reader = open_store(path, read_only=True)
    assert list(reader.mentions()) == [a_mention()]
    await reader.aclose()
    await store.aclose()


def test_a_damaged_document_is_named(path: Path) -> None:
    async def write() -> None:
        store = open_store(path)
        await put(store, mentions=[a_mention()])
        await store.aclose()

    asyncio.run(write())
    with JournaledDB(path) as db:
        mention = dict(db.documents("mentions")["shop:p1"])
        db.apply(
            {"mentions": {"shop:p1": {**mention, "post": {**mention["post"], "visibility": "everywhere"}}}}
        )

    store = open_store(path, read_only=True)
    with pytest.raises(StoreError, match=r"mentions/shop:p1 has no readable “post\.visibility”"):
        store.mention("shop:p1")
    with pytest.raises(StoreError, match="mentions/shop:p1"):
        store.read_all()


def test_a_bit_that_flipped_in_the_file_is_noticed_at_once(path: Path) -> None:
    async def write() -> None:
        store = open_store(path)
        await put(store, mentions=[a_mention()])
        await store.aclose()

    asyncio.run(write())
    path.write_bytes(path.read_bytes().replace(b'"visibility":"public"', b'"visibility":"qublic"'))

    with pytest.raises(StoreError, match="is damaged"):
        open_store(path)


async def test_a_store_open_for_reading_refuses_updates(path: Path) -> None:
    await open_store(path).aclose()
    store = open_store(path, read_only=True)
    with pytest.raises(StoreError, match="reading only"):
        await put(store, mentions=[a_mention()])
    assert store.mention("shop:p1") is None
    await store.aclose()


async def test_a_store_that_is_not_there_is_empty_to_a_reader_and_nothing_is_made(tmp_path: Path) -> None:
    store = open_store(tmp_path / "nowhere" / "desk.json", read_only=True)
    assert (list(store.mentions()), list(store.cases())) == ([], [])
    with pytest.raises(StoreError, match="reading only"):
        await put(store, mentions=[a_mention()])
    await store.compact_if_needed()
    await store.aclose()
    assert not (tmp_path / "nowhere").exists()


HOLDER = """
import sys
from pathlib import Path
from kefu_tui.storage.desk_store import open_store
store = open_store(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.read()
"""


async def test_a_second_process_is_told_who_has_the_store(path: Path) -> None:
    with _start("-c", HOLDER, str(path)) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(StoreLocked, match=str(holder.pid)):
            open_store(path)
        reader = open_store(path, read_only=True)
        assert list(reader.mentions()) == []
        await reader.aclose()
        holder.communicate()
    await open_store(path).aclose()


READ_ONLY_DIRECTORY = """
import os, shutil, tempfile
from pathlib import Path
from kefu_tui.domain.errors import StoreError
from kefu_tui.storage.desk_store import open_store
if os.geteuid() == 0:  # nothing is read-only to root
    os.setegid(65534)
    os.seteuid(65534)
directory = Path(tempfile.mkdtemp(dir="/tmp"))
directory.chmod(0o500)
try:
    open_store(directory / "desk.json")
except StoreError as error:
    print(error)
finally:
    directory.chmod(0o700)
    print(sorted(directory.iterdir()))
    shutil.rmtree(directory)
"""


def test_a_directory_that_cannot_be_written_is_a_clear_refusal() -> None:
    with _start("-c", READ_ONLY_DIRECTORY) as process:
        printed, _ = process.communicate()
    refusal, left = printed.splitlines()
    assert refusal.endswith("Permission denied")
    assert "desk.json" in refusal
    assert left == "[]"


FULL_DISK = """
import asyncio, resource, sys
from pathlib import Path
from kefu_tui.domain.errors import StoreError
from kefu_tui.ports import Changes
from kefu_tui.storage.desk_store import open_store
from tests.builders import a_case, a_mention

def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

async def write(store, number):
    mention = a_mention("满" * 300, id=f"p{number}")
    await store.update(lambda _: Changes(mentions=[mention], cases=[a_case([mention])]))

async def main():
    store = open_store(Path(sys.argv[1]))
    limit(20_000)
    number = 0
    while True:
        try:
            await write(store, number + 1)
        except StoreError as error:
            print(error)
            break
        number += 1
    assert [mention.key for mention in store.mentions()] == [f"shop:p{n + 1}" for n in range(number)]
    assert store.revision == number
    limit(resource.RLIM_INFINITY)
    await write(store, number + 1)
    print(number + 1)
    await store.aclose()

asyncio.run(main())
"""


async def test_a_full_disk_refuses_one_update_and_loses_none(path: Path) -> None:
    with _start("-c", FULL_DISK, str(path)) as process:
        printed, _ = process.communicate()
    assert process.returncode == 0
    refusal, count = printed.splitlines()
    assert "File too large" in refusal
    assert int(count) > 2

    store = open_store(path)
    assert [mention.post.id for mention in store.mentions()] == [f"p{n + 1}" for n in range(int(count))]
    assert len(store.cases()) == int(count)
    await store.aclose()


async def _kill_while_writing(path: Path, times: int) -> None:
    """Kill the writer again and again; after each kill everything it was told is on disk is there."""
    acknowledged: list[str] = []
    for _ in range(times):
        with _start("-m", "tests.storage.writer", str(path)) as writer:
            assert writer.stdout is not None
            lines = random.randint(1, 80)
            acknowledged += [writer.stdout.readline().strip() for _ in range(lines)]
            writer.kill()
            acknowledged += [line.strip() for line in writer.stdout if line.endswith("\n")]
        store = open_store(path)
        await store.aclose()
        kept = [mention.key for mention in store.mentions()]
        assert set(acknowledged) <= set(kept)
        assert store.cursor("shop") == {"since": len(kept)}
        assert [case.id for case in store.cases()] == [f"case/{key}" for key in kept]
        assert all(store.case_id_of_post("shop", mention.post.id) for mention in store.mentions())


async def test_a_kill_loses_nothing_acknowledged(path: Path) -> None:
    await _kill_while_writing(path, times=10)


@pytest.mark.soak
async def test_a_hundred_kills_lose_nothing_acknowledged(path: Path) -> None:
    await _kill_while_writing(path, times=100)
