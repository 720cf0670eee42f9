"""Which adapters there are."""

import pytest

from kefu_tui.channels import registry
from kefu_tui.domain.errors import NotFound


@pytest.mark.parametrize("platform", registry.CHANNELS)
def test_every_adapter_is_where_the_table_says_and_answers_to_its_name(platform: str) -> None:
    adapter = registry.load(platform)
    assert vars(adapter)["platform"] == platform


def test_an_unknown_channel_is_told_with_those_there_are() -> None:
    with pytest.raises(NotFound, match=r"mastodon.*weibo"):
        registry.load("bilibili")
