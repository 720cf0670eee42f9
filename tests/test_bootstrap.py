import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from kefu_tui import bootstrap
from kefu_tui.bootstrap import open_services
from kefu_tui.config import Settings, parse
from kefu_tui.domain.errors import StoreLocked
from kefu_tui.domain.outbox import OutboxState
from kefu_tui.domain.verdict import Priority
from kefu_tui.i18n import using
from kefu_tui.paths import Paths, resolve
from kefu_tui.ports import Changes, StoreView
from kefu_tui.zone import system_zone
from tests.builders import a_case, a_decision, a_lesson, a_mention, an_outbox_item
from tests.fakes import FakeClassifier

TWO_ACCOUNTS = """
language = "en"
timezone = "Asia/Shanghai"

[me]
name = "阿岚"

[desk]
undo_window = "3s"
theme = "kefu-light"

[targets]
p0 = "2m"

[keys]
reply = "R"
snooze = ["z", "f6"]

[[account]]
name = "home"
channel = "mastodon"
server = "https://social.example"
token = "env:KEFU_TEST_TOKEN"

[[account]]
name = "phone"
channel = "manual"
interval = "5m"
"""


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with using("en"):
        yield


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return resolve({"KEFU_HOME": str(tmp_path / "home")})


async def test_the_settings_reach_the_services(paths: Paths):
    settings = parse(TWO_ACCOUNTS, "config.toml")
    async with open_services(paths, settings, {"KEFU_TEST_TOKEN": "s3cret"}) as services:
        assert services.accounts == ("home", "phone")
        assert {name: channel.platform for name, channel in services.channels.items()} == {
            "home": "mastodon",
            "phone": "manual",
        }
        assert services.problems == ()
        assert services.undo_window == timedelta(seconds=3)
        assert services.theme == "kefu-light"
        assert services.keymap == {"reply": "R", "snooze": "z,f6"}
        assert services.zone == ZoneInfo("Asia/Shanghai")
        assert not services.is_demo


async def test_an_account_without_its_secret_is_a_line_and_the_others_work(paths: Paths):
    settings = parse(TWO_ACCOUNTS, "config.toml")
    async with open_services(paths, settings, {}) as services:
        assert services.accounts == ("phone",)
        assert services.problems == ("home: env:KEFU_TEST_TOKEN: this environment variable is not set",)


async def test_a_secret_is_nowhere_to_be_seen(paths: Paths):
    settings = parse(TWO_ACCOUNTS, "config.toml")
    async with open_services(paths, settings, {"KEFU_TEST_TOKEN": "s3cret"}) as services:
        assert "s3cret" not in repr(services)
        assert "s3cret" not in repr(services.channels["home"])


async def test_the_configured_targets_decide_when_a_case_is_due(paths: Paths):
    settings = parse(TWO_ACCOUNTS, "config.toml")
    mention = a_mention()
    async with open_services(paths, settings, {}) as services:

        def arrive(_: StoreView) -> Changes:
            return Changes(mentions=[mention], cases=[a_case([mention])])

        await services.store.update(arrive)
        summary = services.feed.summary(mention.case_id)

    assert summary.verdict.priority is Priority.P2
    assert summary.target == timedelta(minutes=60)


async def test_what_was_held_or_on_its_way_is_set_right_at_the_start(paths: Paths):
    mention = a_mention()
    held, sending = an_outbox_item(id="o1"), an_outbox_item(id="o2", state=OutboxState.SENDING)

    def put(_: StoreView) -> Changes:
        return Changes(mentions=[mention], cases=[a_case([mention])], outbox=[held, sending])

    async with open_services(paths, Settings(), {}) as services:
        await services.store.update(put)
    async with open_services(paths, Settings(), {}) as services:
        states = {item.id: item.state for item in services.store.outbox()}

    assert states == {"o1": OutboxState.RECALLED, "o2": OutboxState.UNKNOWN}


async def test_a_reader_works_beside_a_running_desk_but_no_second_writer(paths: Paths):
    async with open_services(paths, Settings(), {}):
        async with open_services(paths, Settings(), {}, only_read=True) as reading:
            assert reading.feed.summaries() == []
        with pytest.raises(StoreLocked, match=str(os.getpid())):
            async with open_services(paths, Settings(), {}):
                pass


async def test_what_is_written_is_for_the_founder_alone(paths: Paths):
    async with open_services(paths, Settings(), {}):
        pass

    assert stat.S_IMODE(paths.data_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE(paths.store_file.stat().st_mode) == 0o600


def test_the_zone_of_the_system_has_rules(tmp_path: Path):
    assert system_zone({"TZ": "Europe/Berlin"}) == ZoneInfo("Europe/Berlin")
    assert system_zone({"TZ": ":Asia/Tokyo"}) == ZoneInfo("Asia/Tokyo")
    assert system_zone({"TZ": ""}) == ZoneInfo("UTC")


@pytest.mark.parametrize("tz", ["CET-1CEST,M3.5.0,M10.5.0/3", "/etc/passwd", "No/Where"])
def test_a_zone_nobody_knows_falls_back_to_the_offset_of_the_moment(tz: str):
    now = datetime.now(UTC)

    assert now.astimezone(system_zone({"TZ": tz})).utcoffset() == now.astimezone().utcoffset()


def test_a_system_without_a_zone_file_has_an_offset(tmp_path: Path):
    now = datetime.now(UTC)

    zone = system_zone({}, tmp_path / "missing")

    assert now.astimezone(zone).utcoffset() == now.astimezone().utcoffset()


async def test_a_start_teaches_what_was_learned_before_and_a_reader_learns_nothing(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
):
    made: list[FakeClassifier] = []

    def classifier() -> FakeClassifier:
        made.append(FakeClassifier())
        return made[-1]

    monkeypatch.setattr(bootstrap, "classifier", classifier)
    async with open_services(paths, Settings(), {}) as services:
        await services.store.update(lambda _: Changes(lessons=[a_lesson()], decisions=[a_decision()]))

    made.clear()
    async with open_services(paths, Settings(), {}) as services:
        assert made[0].lessons == [a_lesson()]
        assert services.intake.policy.rules == (a_decision().rule,)
    made.clear()
    async with open_services(paths, Settings(), {}, only_read=True):
        assert made[0].lessons == []


class TestHours:
    ZONE = ZoneInfo("Asia/Shanghai")

    def at(self, day: int, hour: int, month: int = 2) -> datetime:
        return datetime(2026, month, day, hour, 30, tzinfo=self.ZONE)

    def test_quiet_hours_follow_the_settings_and_the_holidays(self):
        hours = parse(
            '[hours]\nquiet = "22:00-08:00"\nquiet_free = "00:00-24:00"\nholidays = "CN"\n', "config"
        ).hours
        quiet = bootstrap.quiet_hours(hours, self.ZONE)

        assert not quiet.may_ring(Priority.P1, self.at(17, 12)), "the first day of the Spring Festival"
        assert quiet.may_ring(Priority.P0, self.at(17, 12))
        assert quiet.may_ring(Priority.P1, self.at(28, 12)), "a Saturday that is worked"
        assert not quiet.may_ring(Priority.P1, self.at(28, 23))

    def test_without_settings_nothing_is_quiet_and_no_second_figure_is_told(self):
        hours = parse("", "config").hours

        assert bootstrap.quiet_hours(hours, self.ZONE).may_ring(Priority.P3, self.at(3, 3))
        assert bootstrap.desk_hours(hours, self.ZONE) is None

    def test_desk_hours_of_every_day_hold_on_weekends_too(self):
        hours = parse('[hours]\ndesk = "09:00-18:00"\n', "config").hours
        desk = bootstrap.desk_hours(hours, self.ZONE)

        assert desk is not None
        assert desk.is_open(self.at(7, 12))
