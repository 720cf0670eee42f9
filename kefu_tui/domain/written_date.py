"""Relative dates in scripts, written out: `明天18点前` becomes `3月3日18点前`."""

import re
from datetime import UTC, datetime, timedelta

from kefu_tui.domain.verdict import Language

_DAYS = {"今天": 0, "今晚": 0, "今日": 0, "明天": 1, "明日": 1, "后天": 2, "後天": 2}
_ZH_DATE = re.compile(
    r"(?P<day>今天|今日|今晚|明天|明日|后天|後天)(?:(?P<hour>\d{1,2})[点點时時](?:(?P<minute>\d{1,2})分?)?)?(?P<before>之?前)?"
)
_ZH_WITHIN = re.compile(r"(?P<amount>\d{1,3})(?P<unit>分钟|分鐘|小时|小時|天)(?P<within>之?[内內])")
_EN_DATE = re.compile(
    r"(?P<day>today|tonight|tomorrow)(?: (?P<hour>\d{1,2})(?::(?P<minute>\d{2}))?)?", re.IGNORECASE
)
_EN_WITHIN = re.compile(r"(?:in|within) (?P<amount>\d{1,3}) (?P<unit>minute|hour|day)s?", re.IGNORECASE)
_UNITS = {
    "分钟": timedelta(minutes=1),
    "分鐘": timedelta(minutes=1),
    "minute": timedelta(minutes=1),
    "小时": timedelta(hours=1),
    "小時": timedelta(hours=1),
    "hour": timedelta(hours=1),
    "天": timedelta(days=1),
    "day": timedelta(days=1),
}


def written_date(name: str, now: datetime, language: Language) -> str | None:
    """A relative date such as `明天18点前` or `tomorrow 18:00`, written out; None when `name` is none.

    Written out because the customer reads it later than it was written: "明天" would move. A moment
    already past is None too: nobody can promise it.
    """
    name = name.strip()
    hour_word = "點" if language is Language.HANT else "点"
    if match := _ZH_DATE.fullmatch(name):
        is_evening = match["day"] == "今晚"
        moment = _moment(now, _DAYS[match["day"]], match["hour"], match["minute"], is_evening)
        return None if moment is None else _in_chinese(moment, bool(match["before"]), hour_word)
    if match := _ZH_WITHIN.fullmatch(name):
        return _in_chinese((_later(now, match), True), True, hour_word)
    if match := _EN_DATE.fullmatch(name):
        day = match["day"].lower()
        found = _moment(
            now,
            int(day == "tomorrow"),
            match["hour"],
            match["minute"],
            day == "tonight",
        )
        return None if found is None else _in_english(found)
    if match := _EN_WITHIN.fullmatch(name):
        return _in_english((_later(now, match), True))
    return None


def _later(now: datetime, match: re.Match[str]) -> datetime:
    # in UTC: an hour is an hour, also across a change to summer time
    span = int(match["amount"]) * _UNITS[match["unit"].lower()]
    return (now.astimezone(UTC) + span).astimezone(now.tzinfo)


def _moment(
    now: datetime, days: int, hour: str | None, minute: str | None, is_evening: bool
) -> tuple[datetime, bool] | None:
    """The moment named and whether it has an hour; None for an hour no day has, or one already past.

    An evening's hours are said as on a clock face: 今晚8点 is 20:00, and 今晚12点 is the midnight to come.
    """
    day = now + timedelta(days=days)
    if hour is None and not is_evening:
        return day, False
    hours, minutes = int(hour) if hour is not None else 22, int(minute or 0)
    if hours > 23 or minutes > 59:
        return None
    if is_evening and 5 <= hours < 12:
        hours += 12
    elif is_evening and hours in (12, *range(5)):
        day, hours = day + timedelta(days=1), hours % 12
    moment = day.replace(hour=hours, minute=minutes, second=0, microsecond=0)
    return (moment, True) if moment > now else None


def _in_chinese(found: tuple[datetime, bool], before: bool, hour_word: str) -> str:
    moment, has_hour = found
    text = f"{moment.month}月{moment.day}日"
    if has_hour:
        text += f"{moment.hour}{hour_word}" + (f"{moment.minute:02d}分" if moment.minute else "")
    return text + ("前" if before else "")


_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def _in_english(found: tuple[datetime, bool]) -> str:
    # not strftime: its month names follow the machine's locale
    moment, has_hour = found
    day = f"{moment.day} {_MONTHS[moment.month - 1]}"
    return f"{moment.hour}:{moment.minute:02d} on {day}" if has_hour else day
