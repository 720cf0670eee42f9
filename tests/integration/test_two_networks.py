"""A customer complains on two networks: both are on the desk within one poll, both are answered once."""

import asyncio
import itertools
from pathlib import Path
from typing import Any

import pytest

from kefu_tui import i18n
from kefu_tui.bootstrap import open_services
from kefu_tui.config import parse
from kefu_tui.domain.outbox import OutboxState
from kefu_tui.paths import resolve
from kefu_tui.tui.app import KefuApp
from kefu_tui.tui.widgets.feed_list import FeedList
from tests.integration.bluesky_network import BlueskyNetwork
from tests.integration.mastodon_servers import MastodonServer

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("bluesky")]

CONFIG = """
language = "en"
timezone = "UTC"
[desk]
undo_window = "0s"
[[account]]
name = "blue"
channel = "bluesky"
server = "{bluesky}"
handle = "brand.test"
password = "env:KEFU_BLUESKY"
[[account]]
name = "elephant"
channel = "mastodon"
server = "{mastodon}"
token = "env:KEFU_MASTODON"
"""


async def test_a_complaint_on_both_is_seen_within_one_poll_and_answered_once_from_the_desk(
    tmp_path: Path, bluesky: BlueskyNetwork, mastodon_server: MastodonServer
) -> None:
    environ = {
        "KEFU_HOME": str(tmp_path / "kefu"),
        "KEFU_BLUESKY": bluesky.password,
        "KEFU_MASTODON": mastodon_server.brand_token,
    }
    settings = parse(CONFIG.format(bluesky=bluesky.url, mastodon=mastodon_server.url), "config.toml")
    async with open_services(resolve(environ), settings, environ) as services:
        await services.intake.poll_all()
        uri, status_id = await asyncio.gather(
            asyncio.to_thread(bluesky.mention, "The lid burned my hand. I want my money back!"),
            asyncio.to_thread(mastodon_server.mention, "The lid burned my hand. I want my money back!"),
        )
        await asyncio.to_thread(bluesky.settle)

        outcomes = await services.intake.poll_all()

        assert [(outcome.account, len(outcome.arrived)) for outcome in outcomes] == [
            ("blue", 1),
            ("elephant", 1),
        ]
        with i18n.using("en"):
            app = KefuApp(services)
            async with app.run_test(size=(120, 40)) as pilot:
                await _until(pilot, lambda: app.screen.query_one(FeedList).cursor is not None)
                for answered, row in enumerate(("g", "G"), start=1):  # an answered row stays in its place
                    await pilot.press(row, "r")
                    await pilot.press(*"sorry")
                    await pilot.press("ctrl+j", "y")
                    await _until(pilot, lambda n=answered: _sent(services) == n)
                    await pilot.press("escape")
        for _ in range(2):
            await services.intake.poll_all()
    assert len(await asyncio.to_thread(bluesky.replies, uri)) == 1
    assert len(await asyncio.to_thread(mastodon_server.replies, status_id)) == 1
    for _ in range(100):  # the app view shows it to the customer a moment later
        if shown := await asyncio.to_thread(bluesky.thread, uri):
            break
        await asyncio.sleep(0.1)
    assert [reply["post"]["author"]["handle"] for reply in shown] == ["brand.test"]


def _sent(services: Any) -> int:
    return [item.state for item in services.store.outbox()].count(OutboxState.SENT)


async def _until(pilot: Any, condition: Any) -> None:
    async with asyncio.timeout(30):
        for _ in itertools.count():
            if condition():
                return
            await pilot.pause(0.05)
