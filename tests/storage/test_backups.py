"""Backups are whole stores; the rolling ones are kept by count."""

from datetime import timedelta
from pathlib import Path

import pytest

from kefu_tui.domain.errors import StoreError, StoreLocked
from kefu_tui.ports import Changes
from kefu_tui.storage import backups
from kefu_tui.storage.desk_store import open_store
from kefu_tui.storage.journaled.disk import Disk
from tests.builders import a_case, a_mention, at
from tests.storage.journaled.mortal_disk import FailingDisk
from tests.storage.test_archives import MUCH_LATER, everything, filled


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "desk.json"


async def test_a_backup_is_a_store_with_its_archives(path: Path, tmp_path: Path) -> None:
    store = await filled(path)
    await store.archive_settled(MUCH_LATER)
    fresh = a_mention("still open", id="p8")
    await store.update(lambda _: Changes(mentions=[fresh], cases=[a_case([fresh])]))
    before = await everything(store)

    made = await store.back_up(tmp_path / "elsewhere", MUCH_LATER)
    await store.aclose()

    copy = open_store(made / "desk.json", read_only=True)
    assert await everything(copy) == before
    assert (made.stat().st_mode & 0o777, (made / "desk.json").stat().st_mode & 0o777) == (0o700, 0o600)


async def test_a_rolling_backup_is_made_once_an_hour_and_only_of_what_changed(path: Path) -> None:
    store = await filled(path)
    hour = timedelta(hours=1)

    assert await store.back_up_if_due(at(0)) is not None
    fresh = a_mention("new", id="p8")
    await store.update(lambda _: Changes(mentions=[fresh], cases=[a_case([fresh])]))
    assert await store.back_up_if_due(at(0) + hour / 2) is None
    assert await store.back_up_if_due(at(0) + hour) is not None
    assert await store.back_up_if_due(at(0) + 3 * hour) is None
    await store.aclose()
    assert len(backups.find(backups.backups_directory(path))) == 2


def test_a_clock_that_jumped_back_does_not_stop_backups(tmp_path: Path) -> None:
    (tmp_path / "2031-01-01T00-00-00Z").mkdir()
    assert backups.is_due(tmp_path, at(0))


def test_hours_days_and_weeks_are_kept_by_count(tmp_path: Path) -> None:
    made = [backups.Backup(tmp_path / str(n), at(0) + timedelta(hours=n)) for n in range(24 * 120)]
    gone = {backup.path for backup in backups.superfluous(made)}
    kept = [backup.made_at for backup in made if backup.path not in gone]

    assert kept[-24:] == [backup.made_at for backup in made[-24:]]
    assert kept[-1].date() - kept[-24 - 12].date() >= timedelta(days=12)
    assert 14 < len({moment.date() for moment in kept}) <= 14 + 8
    assert len({moment.isocalendar()[:2] for moment in kept}) == 8


async def test_a_backup_the_disk_refuses_leaves_nothing_half_made(path: Path) -> None:
    store = await filled(path)
    for broken in ("open", "write", "sync", "replace"):
        disk = FailingDisk()
        disk.broken = {broken}
        store._disk = disk
        with pytest.raises(StoreError, match="No space left"):
            await store.back_up(path.parent / "backups", at(0))
        assert list((path.parent / "backups").iterdir()) == []
    await store.aclose()


async def test_a_backup_takes_the_place_of_a_store_that_is_moved_aside(path: Path) -> None:
    store = await filled(path)
    await store.archive_settled(MUCH_LATER)
    before = await everything(store)
    made = await store.back_up(path.parent / "backups", at(0))
    fresh = a_mention("later", id="p8")
    await store.update(lambda _: Changes(mentions=[fresh], cases=[a_case([fresh])]))
    with pytest.raises(StoreLocked):
        backups.restore(made, path, at(1), Disk())
    await store.aclose()

    former = backups.restore(made, path, at(1), Disk())

    again = open_store(path)
    assert await everything(again) == before
    await again.aclose()
    assert former is not None
    assert fresh.key in (await everything(open_store(former / "desk.json", read_only=True)))["mentions"]
    with pytest.raises(StoreError, match="no backup"):
        backups.restore(path.parent / "nowhere", path, at(2), Disk())
