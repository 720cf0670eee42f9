"""A moment in words, as a founder types it: `45m`, `18:30`, `周五下午3点`, `tomorrow 9am`, `fri 3pm`."""

import re
from datetime import datetime, timedelta

from kefu_tui.domain.errors import N_, KefuError

_UNITS = {
    "m": "minutes", "min": "minutes", "分": "minutes", "分钟": "minutes", "分鐘": "minutes",
    "h": "hours", "小时": "hours", "小時": "hours", "d": "days", "天": "days",
    "w": "weeks", "周": "weeks", "週": "weeks",
}  # fmt: skip
_SPAN = re.compile(
    r"(?P<amount>\d{1,4})\s*(?P<unit>[a-z]+|分钟|分鐘|分|小时|小時|天|周|週)"
    r"(?P<later>之?[后後])?(?P<ago>之?前| ago)?"
)
_DAYS = {
    "今天": 0, "今日": 0, "今晚": 0, "明天": 1, "明日": 1, "明早": 1, "明晚": 1, "后天": 2, "後天": 2,
    "today": 0, "tonight": 0, "tomorrow": 1, "tmr": 1,
}  # fmt: skip
_WEEKDAYS = {
    "一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6,
    "mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6,
}  # fmt: skip
_ZH_WEEKDAY = re.compile(r"(?P<next>下)?(?:周|週|星期|礼拜|禮拜)(?P<day>[一二三四五六日天])")
_EN_WEEKDAY = re.compile(r"(?P<next>next )?(?P<day>mon|tue|wed|thu|fri|sat|sun)[a-z]*")
_PART = {"早": 0, "上": 0, "晨": 0, "中": 12, "下": 12, "晚": 12}
_ZH_TIME = re.compile(
    r"(?:(?P<part>早上|上午|凌晨|中午|下午|晚上|早|晚)?)(?P<hour>\d{1,2})(?:[点點时時](?:(?P<half>半)|(?P<minute>\d{1,2})分?)?|[:：](?P<colon>\d{2}))"
)
_EN_TIME = re.compile(r"(?:at )?(?P<hour>\d{1,2})(?::(?P<minute>\d{2}))?\s*(?P<half>am|pm)?")
_DEFAULT_HOUR = {"今晚": 20, "明晚": 20, "tonight": 20}


def parse_when(text: str, now: datetime) -> datetime:
    """The moment meant, later than `now` (local, aware); raises `KefuError` when it cannot be read.

    A bare time of day means its next occurrence; a bare day means 9 in the morning.
    """
    words = " ".join(text.strip().lower().replace("：", ":").split())
    if (span := _SPAN.fullmatch(words)) and span["unit"] in _UNITS and not span["ago"]:
        return now + timedelta(**{_UNITS[span["unit"]]: int(span["amount"])})
    day, default_hour, rest = _day(words, now)
    clock = _time(rest.strip())
    if clock is None and (rest.strip() or day is None):
        raise KefuError(N_("“{text}” is no moment I can read; try 45m, 18:30, fri 3pm"), text=text)
    hour, minute = clock if clock is not None else (default_hour, 0)
    found = (day or now).replace(hour=hour, minute=minute, second=0, microsecond=0)
    if day is None and found <= now:
        found += timedelta(days=1)
    return found


_PAST_DAYS = {
    "今天": 0, "今日": 0, "今晚": 0, "昨天": 1, "昨日": 1, "昨晚": 1, "前天": 2, "today": 0, "yesterday": 1,
}  # fmt: skip


def parse_ago(text: str, now: datetime) -> datetime:
    """The past moment meant (local, aware): `3h`, `20分钟前`, `14:20`, `昨晚11点`, `2026-11-21 14:20`.

    Nothing written means now; a bare time of day its last occurrence. Raises `KefuError` when it cannot be
    read or lies in the future.
    """
    words = " ".join(text.strip().lower().replace("：", ":").split())
    found = _past(words, now) if words else now
    if found is None or found > now:
        raise KefuError(N_("“{text}” is no past moment I can read; try 3h, 14:20, yesterday 9pm"), text=text)
    return found


def _past(words: str, now: datetime) -> datetime | None:
    if (span := _SPAN.fullmatch(words)) and span["unit"] in _UNITS and not span["later"]:
        return now - timedelta(**{_UNITS[span["unit"]]: int(span["amount"])})
    try:
        written = datetime.fromisoformat(words.upper())
    except ValueError:
        pass
    else:
        return written if written.tzinfo else written.replace(tzinfo=now.tzinfo)
    days: int | None = None
    for name, ago in _PAST_DAYS.items():
        if words.startswith(name):
            days, words = ago, words[len(name) :].strip()
            words = "晚" + words if name.endswith("晚") else words
            break
    if (clock := _time(words)) is None:
        return None
    found = (now - timedelta(days=days or 0)).replace(hour=clock[0], minute=clock[1], second=0, microsecond=0)
    return found - timedelta(days=1) if days is None and found > now else found


def _day(words: str, now: datetime) -> tuple[datetime | None, int, str]:
    """The day named at the beginning (None for none), its hour when no time follows, and the rest."""
    for name, days in _DAYS.items():
        if words.startswith(name):
            rest = words[len(name) :]
            if name in ("今晚", "明晚") and rest:
                rest = "晚" + rest.strip()
            return now + timedelta(days=days), _DEFAULT_HOUR.get(name, 9), rest
    if match := _ZH_WEEKDAY.match(words) or _EN_WEEKDAY.match(words):
        ahead = (_WEEKDAYS[match["day"]] - now.weekday()) % 7 or 7
        if match["next"] and _WEEKDAYS[match["day"]] > now.weekday():
            ahead += 7
        return now + timedelta(days=ahead), 9, words[match.end() :]
    return None, 9, words


def _time(words: str) -> tuple[int, int] | None:
    if match := _ZH_TIME.fullmatch(words):
        hour = int(match["hour"])
        minute = 30 if match["half"] else int(match["minute"] or match["colon"] or 0)
        if match["part"] and _PART.get(match["part"][0]) == 12 and hour < 12 and match["part"] != "中午":
            hour += 12
    elif match := _EN_TIME.fullmatch(words):
        hour, minute = int(match["hour"]), int(match["minute"] or 0)
        if match["half"] is None and match["minute"] is None:
            return None  # a bare figure is no time of day
        if match["half"] is not None:
            if not 1 <= hour <= 12:
                return None
            hour = hour % 12 + (12 if match["half"] == "pm" else 0)
    else:
        return None
    return (hour, minute) if hour < 24 and minute < 60 else None
