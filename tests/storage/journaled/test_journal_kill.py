"""Killed at any moment, a store holds every acknowledged write exactly once."""

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tinydb import TinyDB

import kefu_tui
from kefu_tui.storage.journaled.database import JournaledDB

ROOT = Path(kefu_tui.__file__).parents[1]


def last_number_of_a_killed_writer(path: Path, kill_after: int, compact_after_bytes: int) -> int:
    """Let a writer acknowledge `kill_after` batches, kill it, and return the last one it acknowledged."""
    script = Path(__file__).with_name("acknowledging_writer.py")
    with subprocess.Popen(
        [sys.executable, str(script), str(path), str(compact_after_bytes)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as writer:
        lines = [writer.stdout.readline() for _ in range(kill_after)]
        writer.kill()
        lines += writer.stdout.readlines()
    return int([line for line in lines if line.endswith("\n")][-1])


def check_kills(path: Path, kills: int, *, at_most: int, compact_after_bytes: int) -> None:
    chance = random.Random()
    for _ in range(kills):
        acknowledged = last_number_of_a_killed_writer(path, chance.randint(1, at_most), compact_after_bytes)
        copy = path.parent.with_name("copy")
        shutil.copytree(path.parent, copy)
        with JournaledDB(copy / path.name) as db:
            numbers = [event["number"] for event in db.table("events")]
            assert numbers == list(range(1, len(numbers) + 1))
            # The batch in flight may have made it, too.
            assert len(numbers) - acknowledged in {0, 1}
            assert db.documents("cursor")["at"]["number"] == len(numbers)
            assert sorted(map(int, db.documents("open"))) == numbers[-3:]
        with TinyDB(copy / path.name) as stock:
            assert [event["number"] for event in stock.table("events")] == numbers
        shutil.rmtree(copy)


def test_kills_lose_nothing_acknowledged(tmp_path):
    check_kills(tmp_path / "home" / "shop.json", 8, at_most=60, compact_after_bytes=10**9)


def test_kills_during_compaction_lose_nothing_acknowledged(tmp_path):
    check_kills(tmp_path / "home" / "shop.json", 7, at_most=60, compact_after_bytes=2000)


@pytest.mark.soak
@pytest.mark.parametrize("compact_after_bytes", [2000, 50_000])
def test_two_hundred_kills_lose_nothing_acknowledged(tmp_path, compact_after_bytes):
    check_kills(tmp_path / "home" / "shop.json", 100, at_most=200, compact_after_bytes=compact_after_bytes)
