"""Typed reading of JSON."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu_tui.channels.answer import Answer
from kefu_tui.domain.errors import BadAnswer


def an_answer(value: object) -> Answer:
    return Answer.parse(json.dumps(value).encode(), "social.example")


def test_the_error_names_the_place_of_the_wrong_value() -> None:
    page = an_answer([{}, {"account": {"id": 7}}])
    second = list(page.items())[1]
    with pytest.raises(BadAnswer, match=r"social\.example.*\[1\]\.account\.id: expected text"):
        second.at("account").at("id").text()


def test_a_missing_member_reads_as_null() -> None:
    answer = an_answer({"present": None})
    for name in ("present", "absent"):
        member = answer.at(name)
        assert member.is_null
        assert (member.text_or("x"), member.flag_or(True), member.integer_or_none()) == ("x", True, None)
        assert (member.instant_or_none(), member.name_or_none()) == (None, None)


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (Answer.text, 7),
        (Answer.text, None),
        (Answer.name, ""),
        (Answer.integer, True),
        (Answer.integer, 1.5),
        (Answer.integer, "7"),
        (Answer.integer_or_none, "12.3万"),
        (lambda a: a.flag_or(False), "false"),
        (lambda a: a.text_or(""), []),
        (Answer.instant, "yesterday"),
        (Answer.instant, "0001-01-01T00:00:00+14:00"),
        (Answer.instant, 1_700_000_000),
        (lambda a: list(a.items()), {}),
        (lambda a: a.at("x"), []),
    ],
)
def test_another_type_is_a_bad_answer(read: Callable[[Answer], object], value: object) -> None:
    with pytest.raises(BadAnswer):
        read(an_answer(value))


@pytest.mark.parametrize(
    "text",
    ["2026-03-02T09:00:00.000Z", "2026-03-02T17:00:00+08:00", "2026-03-02T09:00:00", "2026-03-02 09:00"],
)
def test_a_time_is_aware_utc_whatever_its_zone(text: str) -> None:
    moment = an_answer(text).instant()
    assert moment == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert moment.tzinfo is UTC


@given(st.binary())
def test_any_bytes_are_json_or_a_bad_answer(body: bytes) -> None:
    try:
        value = json.loads(body)
    except ValueError:
        with pytest.raises(BadAnswer, match=r"social\.example"):
            Answer.parse(body, "social.example")
    else:
        assert repr(Answer.parse(body, "social.example").value) == repr(value)
