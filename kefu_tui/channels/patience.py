"""How long a platform asks to be left alone, read from the headers in use for it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from kefu_tui.ports import Quota

LONGEST = timedelta(days=1)  # a header that asks for more is a mistake, not a wish


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """The wait asked for by `Retry-After` (RFC 9110: seconds or a date), else by the reset of a rate limit.

    That is `X-RateLimit-Reset` (`RateLimit-Reset` at Bluesky, `X-Rate-Limit-Reset` at X and V2EX), ISO 8601
    at Mastodon and GoToSocial, seconds since 1970 elsewhere. A moment is measured from the server's own
    `Date` where it sends one: its clock and ours need not agree. None when nothing readable is said.
    """
    now = _http_date(headers.get("date", "")) or now
    asked = headers.get("retry-after", "").strip()
    if (seconds := _number(asked)) is not None:
        return _bounded(timedelta(seconds=seconds))
    if moment := _http_date(asked):
        return _bounded(moment - now)
    if moment := _reset(headers):
        return _bounded(moment - now)
    return None


def quota(headers: Mapping[str, str], now: datetime) -> Quota | None:
    """What the headers of a rate limit say is left; None without them."""
    left = _number(_of(headers, "remaining"))
    if left is None:
        return None
    reset = _reset(headers)
    if reset is not None:  # the server's clock and ours need not agree
        reset = now + (reset - (server_time(headers) or now))
    return Quota(left=left, limit=_number(_of(headers, "limit")), resets_at=reset)


def server_time(headers: Mapping[str, str]) -> datetime | None:
    """What the server's clock says, to the second."""
    return _http_date(headers.get("date", ""))


def _reset(headers: Mapping[str, str]) -> datetime | None:
    reset = _of(headers, "reset")
    return _epoch(reset) or _iso(reset)


def _of(headers: Mapping[str, str], what: str) -> str:
    found = (headers.get(f"{prefix}-{what}") for prefix in ("x-ratelimit", "x-rate-limit", "ratelimit"))
    return next((value.strip() for value in found if value), "")


def _bounded(wait: timedelta) -> timedelta:
    return min(max(wait, timedelta(0)), LONGEST)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 11 else None


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _epoch(text: str) -> datetime | None:
    seconds = _number(text.partition(".")[0])
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _iso(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
