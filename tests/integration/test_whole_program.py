"""The whole job against servers we did not write: a customer writes, the founder answers in time."""

import asyncio
import itertools
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from kefu_tui import i18n
from kefu_tui.bootstrap import open_services
from kefu_tui.config import parse
from kefu_tui.domain.outbox import OutboxState
from kefu_tui.paths import resolve
from kefu_tui.services.bundle import Services
from kefu_tui.tui.app import KefuApp
from kefu_tui.tui.widgets.feed_list import FeedList
from tests.integration.mastodon_servers import MastodonMock, MastodonServer
from tests.integration.proxy import CuttingProxy

pytestmark = pytest.mark.servers

CONFIG = """
language = "en"
timezone = "UTC"
[desk]
undo_window = "0s"
[[account]]
name = "shop"
channel = "mastodon"
server = "{url}"
token = "env:KEFU_TOKEN"
interval = "5s"
"""


class Home:
    """A founder's home with one account, and the `kefu` command run in it."""

    def __init__(self, directory: Path, url: str, token: str) -> None:
        self.directory = directory
        self.config = CONFIG.format(url=url)
        directory.mkdir(exist_ok=True)
        (directory / "config.toml").write_text(self.config, encoding="utf-8")
        self.environ = {"KEFU_HOME": str(directory), "KEFU_TOKEN": token}

    def kefu(self, *arguments: str, expect: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "kefu_tui", *arguments],
            env={**os.environ, **self.environ},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
        )
        assert done.returncode == expect, done.stdout + done.stderr
        return done.stdout if expect == 0 else done.stderr

    def json(self, *arguments: str) -> Any:
        return json.loads(self.kefu(*arguments, "--json"))

    def cases(self, view: str) -> list[Any]:
        found: list[Any] = self.json("list", "--view", view)["cases"]
        return found

    @asynccontextmanager
    async def services(self) -> AsyncIterator[Services]:
        settings = parse(self.config, "config.toml")
        async with open_services(resolve(self.environ), settings, self.environ) as services:
            yield services


@pytest.fixture
def home(tmp_path: Path, mastodon_server: MastodonServer) -> Home:
    return Home(tmp_path / "kefu", mastodon_server.url, mastodon_server.brand_token)


@pytest.fixture
def mock_home(tmp_path: Path, mastodon_mock: MastodonMock) -> Home:
    return Home(tmp_path / "kefu", mastodon_mock.url, mastodon_mock.brand_token)


def test_from_a_customers_post_to_a_reply_in_the_thread_and_an_honest_number(
    home: Home, mastodon_server: MastodonServer
) -> None:
    home.kefu("poll", "--once")
    post_id = mastodon_server.mention("The lid springs open and burned my hand. I want a refund!")
    home.kefu("poll", "--once")
    [case] = home.cases("waiting")
    assert "burned my hand" in case["lead"]["text"]
    home.kefu("reply", case["case"], "--text", "That must hurt. I refund you today.", "--yes")
    [reply] = mastodon_server.replies(post_id)
    assert "I refund you today" in reply["content"]
    report = home.json("report", "today")
    assert report["total"]["answered"] == 1
    assert home.cases("waiting") == []


async def test_the_first_response_runs_from_the_platforms_post_to_the_platforms_publication(
    home: Home, mastodon_server: MastodonServer
) -> None:
    async with home.services() as services:
        await services.intake.poll_all()
        await asyncio.to_thread(mastodon_server.mention, "Where is my parcel?")
        await services.intake.poll_all()
        [summary] = services.feed.summaries()
        request = services.desk.request(summary.case.id, "On its way, I checked.")
        item = await services.outbox.approve(request)
        sent = await services.outbox.deliver(item.id)
        assert sent.state is OutboxState.SENT
        assert sent.receipt is not None
        report = services.reporting.report()
        waited = sent.receipt.published_at - summary.lead.post.posted_at
        assert report.total.first_response.median == max(waited, timedelta(0))
        lag = summary.lead.first_seen_at - summary.lead.post.posted_at
        assert report.detection_lag["shop"].p90 == lag


def test_more_mentions_than_a_page_all_become_cases_once(
    mock_home: Home, mastodon_mock: MastodonMock
) -> None:
    mock_home.kefu("poll", "--once")
    mastodon_mock.mentions([f"complaint number {n}" for n in range(90)])
    mock_home.kefu("poll", "--once")
    mock_home.kefu("poll", "--once")
    found = [int(case["lead"]["text"].rsplit(" ", 1)[1]) for case in mock_home.cases("all")]
    assert sorted(found) == list(range(90))


def test_a_revoked_token_is_said_and_nothing_is_lost(tmp_path: Path, mastodon_mock: MastodonMock) -> None:
    home = Home(tmp_path / "kefu", mastodon_mock.url, "no-such-token")
    said = home.kefu("poll", "--once", expect=4)
    assert "token" in said
    assert "no-such-token" not in said
    good = Home(tmp_path / "kefu", mastodon_mock.url, mastodon_mock.brand_token)
    good.kefu("poll", "--once")


async def test_an_answer_cut_off_on_the_way_is_looked_for_and_sent_no_second_time(
    tmp_path: Path, mastodon_mock: MastodonMock
) -> None:
    proxy = CuttingProxy(mastodon_mock.url)
    async with proxy.running():
        home = Home(tmp_path / "kefu", proxy.url, mastodon_mock.brand_token)
        async with home.services() as services:
            await services.intake.poll_all()
            post_id = await asyncio.to_thread(mastodon_mock.mention, "Any news about my refund?")
            await services.intake.poll_all()
            [summary] = services.feed.summaries()
            item = await services.outbox.approve(services.desk.request(summary.case.id, "It left today."))
            proxy.cutting = True
            unknown = await services.outbox.deliver(item.id)
            assert unknown.state is OutboxState.UNKNOWN
            proxy.cutting = False
        async with home.services() as services:  # as after a restart
            found = await services.outbox.reconcile(item.id)
            assert found.state is OutboxState.SENT
    replies = await asyncio.to_thread(mastodon_mock.replies, post_id)
    assert len(replies) == 1


async def test_the_desk_answers_by_keyboard(mock_home: Home, mastodon_mock: MastodonMock) -> None:
    async with mock_home.services() as services:
        await services.intake.poll_all()
        post_id = await asyncio.to_thread(mastodon_mock.mention, "My pot is chipped, please help")
        with i18n.using("en"):
            app = KefuApp(replace(services, theme="kefu-light"))
            async with app.run_test(size=(120, 40)) as pilot:
                await _until(pilot, lambda: app.screen.query_one(FeedList).cursor is not None)
                await pilot.press("r")
                await pilot.press(*"sorry")
                await pilot.press("ctrl+j", "y")
                await _until(pilot, lambda: [i.state for i in services.store.outbox()] == [OutboxState.SENT])
    [reply] = await asyncio.to_thread(mastodon_mock.replies, post_id)
    assert "sorry" in reply["content"]


async def _until(pilot: Any, condition: Any) -> None:
    async with asyncio.timeout(30):
        for _ in itertools.count():
            if condition():
                return
            await pilot.pause(0.05)
