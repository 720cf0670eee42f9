"""Moments in words."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from kefu_tui.domain.errors import KefuError
from kefu_tui.domain.when import parse_ago, parse_when

SATURDAY = datetime(2026, 11, 21, 21, 40, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("45m", "11-21 22:25"),
        ("2h", "11-21 23:40"),
        ("30分钟后", "11-21 22:10"),
        ("2小时", "11-21 23:40"),
        ("3d", "11-24 21:40"),
        ("3天", "11-24 21:40"),
        ("22:30", "11-21 22:30"),
        ("18:30", "11-22 18:30"),
        ("18：30", "11-22 18:30"),
        ("9am", "11-22 09:00"),
        ("12am", "11-22 00:00"),
        ("tomorrow", "11-22 09:00"),
        ("tomorrow 18:00", "11-22 18:00"),
        ("fri 3pm", "11-27 15:00"),
        ("sat", "11-28 09:00"),
        ("next mon", "11-23 09:00"),
        ("今晚", "11-21 20:00"),
        ("今晚11点", "11-21 23:00"),
        ("明早8点", "11-22 08:00"),
        ("明天下午3点半", "11-22 15:30"),
        ("周五下午3点", "11-27 15:00"),
        ("星期一", "11-23 09:00"),
        ("后天中午12点", "11-23 12:00"),
    ],
)
def test_a_moment_in_words_is_read(words: str, moment: str) -> None:
    if words == "今晚":
        earlier = SATURDAY.replace(hour=15)
        assert f"{parse_when(words, earlier):%m-%d %H:%M}" == moment
    else:
        assert f"{parse_when(words, SATURDAY):%m-%d %H:%M}" == moment


@pytest.mark.parametrize(
    "words", ["", "soonish", "25:00", "13pm", "明天25点", "7", "周八", "-3h", "99999999d"]
)
def test_what_is_no_moment_is_refused_in_words(words: str) -> None:
    with pytest.raises(KefuError, match="no moment"):
        parse_when(words, SATURDAY)


def test_the_wall_clock_counts_across_a_change_to_winter_time() -> None:
    before = datetime(2026, 10, 24, 20, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    assert parse_when("tomorrow 9am", before).isoformat() == "2026-10-25T09:00:00+01:00"


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("", "11-21 21:40"),
        ("3h", "11-21 18:40"),
        ("20分钟前", "11-21 21:20"),
        ("20 min ago", "11-21 21:20"),
        ("14:20", "11-21 14:20"),
        ("22:00", "11-20 22:00"),
        ("下午3点", "11-21 15:00"),
        ("昨晚11点", "11-20 23:00"),
        ("前天 9:05", "11-19 09:05"),
        ("yesterday 9pm", "11-20 21:00"),
        ("2026-11-01 08:30", "11-01 08:30"),
    ],
)
def test_a_past_moment_in_words_is_read(words: str, moment: str) -> None:
    assert f"{parse_ago(words, SATURDAY):%m-%d %H:%M}" == moment


@pytest.mark.parametrize("words", ["tomorrow", "2027-01-01", "今天23点", "whenever", "昨天"])
def test_what_is_no_past_moment_is_refused_in_words(words: str) -> None:
    with pytest.raises(KefuError, match="no past moment"):
        parse_ago(words, SATURDAY)
