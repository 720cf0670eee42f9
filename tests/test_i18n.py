from collections.abc import Iterator
from datetime import timedelta

import pytest

from kefu_tui.domain.errors import ConfigError, KefuError
from kefu_tui.i18n import (
    LANGUAGES,
    N_,
    _,
    describe,
    duration,
    install,
    language,
    ngettext,
    using,
)

UNKNOWN_KEY = KefuError(N_("{key}: unknown key"), key="me.nam")


@pytest.fixture(autouse=True)
def english_before_and_after() -> Iterator[None]:
    with using("en"):
        yield


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh_Hans"),
        ({"LANG": "zh_TW.UTF-8"}, "zh_Hans"),
        ({"LANG": "zh-Hans"}, "zh_Hans"),
        ({"LANG": "za_CN.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh_Hans"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh_Hans"),
        ({"LANG": "de_DE.UTF-8", "LANGUAGE": "fr:zh_CN:en"}, "zh_Hans"),
        ({"LANG": "zh_CN.UTF-8", "LANGUAGE": "en:zh"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LANGUAGE": "zh_CN", "LC_ALL": "C"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "POSIX"}, "en"),
        ({"LANGUAGE": "zh_CN"}, "zh_Hans"),
    ],
)
def test_auto_follows_the_locale(environ: dict[str, str], expected: str):
    install("auto", environ)

    assert language() == expected


@pytest.mark.parametrize("chosen", LANGUAGES)
def test_a_language_in_the_config_wins_over_the_locale(chosen: str):
    install(chosen, {"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"})

    assert language() == chosen


def test_the_language_changes_while_running_and_back_again():
    with using("zh_Hans"):
        assert _("{key}: unknown key") == "{key}：没有这个配置项"
        with using("en"):
            assert _("{key}: unknown key") == "{key}: unknown key"
        assert language() == "zh_Hans"

    assert language() == "en"


def test_the_language_comes_back_after_a_failure():
    with pytest.raises(RuntimeError), using("zh_Hans"):
        raise RuntimeError

    assert language() == "en"


@pytest.mark.parametrize("spoken", LANGUAGES)
def test_text_nobody_translated_stays_as_it_is(spoken: str):
    with using(spoken):
        assert _("never said anywhere") == "never said anywhere"
        assert _("") == ""
        assert ngettext("{n} odd thing", "{n} odd things", 1) == "{n} odd thing"
        assert ngettext("{n} odd thing", "{n} odd things", 2) == "{n} odd things"


def test_an_error_is_described_in_the_language_spoken():
    assert describe(UNKNOWN_KEY) == "me.nam: unknown key"
    with using("zh_Hans"):
        assert describe(UNKNOWN_KEY) == "me.nam：没有这个配置项"
    assert str(UNKNOWN_KEY) == "me.nam: unknown key"


def test_a_config_error_lists_its_problems():
    error = ConfigError("config.toml", (UNKNOWN_KEY, KefuError("{key}: odd", key="x")))

    assert describe(error) == "config.toml: 2 problem(s)\n  me.nam: unknown key\n  x: odd"
    with using("zh_Hans"):
        assert describe(error).splitlines()[1:] == ["  me.nam：没有这个配置项", "  x: odd"]


def test_an_error_or_a_duration_inside_an_error_is_put_into_words_too():
    error = KefuError("after {wait}: {problem}", wait=timedelta(minutes=34), problem=UNKNOWN_KEY)

    with using("zh_Hans"):
        assert describe(error) == "after 34分: me.nam：没有这个配置项"


def test_braces_in_what_a_customer_wrote_are_only_text():
    error = KefuError("{found}", found="{key.__class__} {0}")

    assert describe(error) == "{key.__class__} {0}"


@pytest.mark.parametrize(
    ("length", "english", "chinese"),
    [
        (timedelta(), "0s", "0秒"),
        (timedelta(seconds=9.9), "9s", "9秒"),
        (timedelta(seconds=59), "59s", "59秒"),
        (timedelta(seconds=60), "1m", "1分"),
        (timedelta(minutes=34, seconds=59), "34m", "34分"),
        (timedelta(hours=2), "2h", "2小时"),
        (timedelta(hours=2, seconds=59), "2h", "2小时"),
        (timedelta(hours=2, minutes=10), "2h10m", "2小时10分"),
        (timedelta(hours=24), "1d", "1天"),
        (timedelta(days=3, hours=4, minutes=59), "3d4h", "3天4小时"),
        (timedelta(minutes=-34), "-34m", "-34分"),
        (timedelta(seconds=-0.4), "0s", "0秒"),
    ],
)
def test_a_duration_is_two_units_at_most(length: timedelta, english: str, chinese: str):
    assert duration(length) == english
    with using("zh_Hans"):
        assert duration(length) == chinese
