"""Accounts without an API."""

import pytest

from kefu_tui.channels.manual import ManualChannel
from kefu_tui.domain.errors import Refused
from tests.channels.test_contract import a_reply_to
from tests.fakes import FakeClock


@pytest.fixture
def channel() -> ManualChannel:
    return ManualChannel(account="小红书", clock=FakeClock())


async def test_polling_tells_nothing_and_keeps_the_cursor(channel: ManualChannel) -> None:
    assert (await channel.poll(None)).cursor == {}
    batch = await channel.poll({"x": 1})
    assert (batch.posts, batch.cursor, batch.more) == ((), {"x": 1}, False)
    assert (await channel.reread(["1"])).posts == ()


async def test_a_reply_is_never_sent_by_the_program(channel: ManualChannel) -> None:
    assert channel.capabilities.by_hand
    with pytest.raises(Refused, match="小红书"):
        await channel.reply(a_reply_to("1"), "k")
    assert await channel.find_reply(a_reply_to("1"), "k") is None


def test_any_sensible_length_fits(channel: ManualChannel) -> None:
    assert channel.length(a_reply_to("1", text="好" * 5000)).fits


async def test_closing_is_harmless(channel: ManualChannel) -> None:
    await channel.aclose()
    assert (await channel.poll(None)).posts == ()
