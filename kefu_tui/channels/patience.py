"""How long a platform asks to be left alone, read from the headers in use for it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST = timedelta(days=1)  # a header that asks for more is a mistake, not a wish


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """The wait asked for by `Retry-After` (RFC 9110: seconds or a date), else by `X-RateLimit-Reset`.

    Reset is ISO 8601 at Mastodon and GoToSocial, seconds since 1970 elsewhere. A moment is measured from
    the server's own `Date` where it sends one: its clock and ours need not agree. None when nothing
    readable is said.
    """
    now = _http_date(headers.get("date", "")) or now
    asked = headers.get("retry-after", "").strip()
    if (seconds := _number(asked)) is not None:
        return _bounded(timedelta(seconds=seconds))
    if moment := _http_date(asked):
        return _bounded(moment - now)
    reset = headers.get("x-ratelimit-reset", "").strip()
    if moment := _epoch(reset) or _iso(reset):
        return _bounded(moment - now)
    return None


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
