"""What was settled long ago is found, reported and opened like everything else."""

from collections.abc import AsyncIterator
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from kefu_tui.case_ids import case_ids
from kefu_tui.domain.clocks import Targets
from kefu_tui.nlp.classifier import TextClassifier
from kefu_tui.nlp.folding import fold, initials
from kefu_tui.services.feed import Feed
from kefu_tui.services.reporting import Period, Reporting
from kefu_tui.services.upkeep import Upkeep
from kefu_tui.storage.backups import backups_directory, find
from kefu_tui.storage.desk_store import DeskStore, open_store
from tests.builders import at
from tests.fakes import FakeClock
from tests.storage.test_archives import MUCH_LATER, filled, settled


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[DeskStore]:
    path = tmp_path / "data" / "desk.json"
    first = await filled(path, 4)
    await first.aclose()
    store = open_store(path, folding=lambda text: f"{fold(text)}\x1f{initials(text)}")
    await Upkeep(store, FakeClock(MUCH_LATER)).once()
    yield store
    await store.aclose()


@pytest.fixture
def feed(store: DeskStore) -> Feed:
    return Feed(store, TextClassifier(), FakeClock(MUCH_LATER), Targets(), big=10_000)


def found(feed: Feed, query: str, most: int | None = None) -> list[str]:
    return [summary.case.id for summary in feed.archived(feed.query(query), most)]


def test_upkeep_has_moved_everything_and_made_a_backup(store: DeskStore, tmp_path: Path):
    assert store.archived == (4, 4)
    assert len(find(backups_directory(tmp_path / "data" / "desk.json"))) == 1


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("包裹", 4),
        ("第 2", 1),
        ("碎了 -第", 0),
        ("bgsl", 4),  # pinyin initials
        ("from:林小满", 4),
        ("tag:咨询", 4),
        ("is:closed 包裹", 4),
        ("is:waiting 包裹", 0),
        ("age:>2d 包裹", 4),
        ("不存在", 0),
        ("", 0),
    ],
)
def test_a_filter_finds_in_the_archives_what_it_would_find_at_hand(feed: Feed, query: str, count: int):
    assert len(found(feed, query.replace("第 2", '"第 2"'))) == count


def test_the_latest_come_first_and_no_more_than_asked_for(feed: Feed):
    everything = found(feed, "包裹")
    assert everything[0] == settled(3, month=1)[1].id
    assert len(found(feed, "包裹", 2)) == 2


def test_a_found_case_opens_like_any_other_and_has_a_short_name(store: DeskStore, feed: Feed):
    case = settled(0)[1]
    assert feed.summary(case.id).case == case
    ids = case_ids(store)
    assert ids.find(ids.short(case.id)) == case.id


def test_a_report_since_long_ago_counts_them(store: DeskStore, feed: Feed):
    reporting = Reporting(store, feed, FakeClock(MUCH_LATER), UTC)
    assert reporting.report(Period.MONTH).mentions == 0
    report = reporting.report(since=at(0) - timedelta(days=1))
    assert (report.mentions, report.total.answered) == (4, 4)
    assert reporting.report(since=at(0) + timedelta(days=20)).mentions == 2
