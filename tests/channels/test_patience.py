"""How long a platform asks to be left alone."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu_tui.channels.patience import LONGEST, retry_after
from tests.builders import EPOCH
from tests.channels.recordings import replayed


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "0"}, 0),
        ({"retry-after": " 12 "}, 12),
        ({"retry-after": "Mon, 02 Mar 2026 08:00:00 GMT"}, 0),
        ({"x-ratelimit-reset": "2026-03-02T09:05:00.123Z"}, 300.123),
        ({"x-ratelimit-reset": f"{int(EPOCH.timestamp()) + 60}.5"}, 60),
        ({"x-ratelimit-reset": "2026-03-02T08:00:00Z"}, 0),
    ],
)
def test_the_wait_is_what_the_platform_says(headers: dict[str, str], seconds: float) -> None:
    assert retry_after(headers, EPOCH) == timedelta(seconds=seconds)


def test_an_absurd_wait_is_cut() -> None:
    assert retry_after({"retry-after": "99999999999"}, EPOCH) == LONGEST


@pytest.mark.parametrize("said", ["", "soon", "-5", "1e9", "²", "9" * 40, "2026-13-40T00:00:00Z"])
def test_nonsense_is_no_wait_at_all(said: str) -> None:
    assert retry_after({"retry-after": said, "x-ratelimit-reset": said}, EPOCH) is None


@given(st.text(), st.text(), st.text())
def test_no_header_upsets_it(asked: str, reset: str, date: str) -> None:
    wait = retry_after({"retry-after": asked, "x-ratelimit-reset": reset, "date": date}, EPOCH)
    assert wait is None or timedelta(0) <= wait <= LONGEST


def test_gotosocials_reset_is_read_as_it_was_recorded() -> None:
    response = replayed("gotosocial/rate_limited")
    before = EPOCH.replace(month=11, day=21, hour=20, minute=1, second=29)
    assert retry_after(response.headers, before) == timedelta(seconds=30)
