"""A desk killed at any moment: every acknowledged mention is there, nothing twice, and the store opens."""

import asyncio
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tinydb import TinyDB

from kefu_tui.storage import backups
from kefu_tui.storage.desk_store import archive_directory, open_store
from tests.storage.test_archives import everything

ROOT = Path(__file__).parents[2]
KILLS = 1000
_KEPT = 300  # mentions after which a store is begun anew: what counts is the moment, not the size


def killed(path: Path, chance: random.Random) -> int:
    """Let a worker work at the store, kill it at a random moment; the last number it acknowledged."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.storage.desk_worker", str(path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as worker:
        assert worker.stdout is not None
        lines = [worker.stdout.readline() for _ in range(chance.randint(1, 12))]
        # between two acknowledgements: in an archive move, a backup or a compaction as often as in a write
        delay = chance.random() * 0.03
        asyncio.run(asyncio.sleep(delay))
        worker.kill()
        lines += worker.stdout.readlines()
        assert worker.stderr is not None
        complaint = worker.stderr.read()
    whole = [int(line) for line in lines if line.endswith("\n")]
    assert whole, complaint
    return whole[-1]


async def look(path: Path, acknowledged: int) -> int:
    """Check what a killed worker left; how many mentions there are."""
    store = open_store(path)
    found = await everything(store)
    count = len(found["mentions"])
    assert acknowledged <= count <= acknowledged + 5
    assert sorted(found["mentions"]) == sorted({f"shop:p{n}" for n in range(1, count + 1)})
    assert sorted(found["cases"]) == sorted({f"case/shop:p{n}" for n in range(1, count + 1)})
    await store.aclose()
    with TinyDB(path, access_mode="r") as stock:
        at_hand = len(stock.table("mentions"))
    assert at_hand <= count
    for backup in backups.find(backups.backups_directory(path))[-1:]:
        copy = open_store(backup.store_file, read_only=True)
        kept = await everything(copy)
        assert len(kept["mentions"]) == len(set(kept["mentions"])) == len(kept["cases"])
    assert not list(archive_directory(path).glob("*.tmp"))
    return count


def check_kills(directory: Path, kills: int) -> None:
    chance = random.Random()
    path = directory / "home" / "desk.json"
    for _ in range(kills):
        acknowledged = killed(path, chance)
        if asyncio.run(look(path, acknowledged)) > _KEPT:
            shutil.rmtree(path.parent)


def test_a_few_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    check_kills(tmp_path, 3)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(4))
def test_a_thousand_kills_lose_nothing_and_double_nothing(tmp_path: Path, part: int) -> None:
    kills = KILLS // 4
    check_kills(tmp_path, kills)
    print(f"{kills} kills: every acknowledged mention was there once")
