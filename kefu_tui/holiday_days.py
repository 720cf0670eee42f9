"""Public holidays and the weekend days worked for them, from the library `holidays`.

Chosen over `chinesecalendar`: both name the same days of 2018–2026 with all their make-up workdays, but
`holidays` is released every few weeks, also knows Taiwan, Hong Kong and where English is spoken, and answers
for years that are not announced yet, where the other raises. What it cannot know then is told
(`Day.is_settled`). It costs a tenth of a second, so it is loaded when the first day is asked for.
"""

from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache

from kefu_tui.domain.hours import Day, DayKind

COUNTRIES = ("none", "CN", "TW", "HK", "MO", "SG", "MY", "US", "GB", "AU", "NZ", "CA", "IE", "JP", "DE")


def calendar_days(country: str) -> Callable[[date], Day]:
    """The kind of each date in one of `COUNTRIES`; raises nothing, whatever the year."""
    if country == "none":
        from kefu_tui.domain.hours import weekdays_only

        return weekdays_only

    @lru_cache(maxsize=4096)
    def day_of(day: date) -> Day:
        known = _holidays(country, day.year)
        name = known.get(day, "") or ""
        settled = country != "CN" or bool(_make_ups(country, day.year))
        if name:
            return Day(day, DayKind.HOLIDAY, name, settled)
        if day in _make_ups(country, day.year):
            return Day(day, DayKind.MAKE_UP, _holiday_near(country, day), settled)
        kind = DayKind.WEEKEND if day.weekday() >= 5 else DayKind.WORKDAY
        return Day(day, kind, "", settled)

    return day_of


@lru_cache(maxsize=64)
def _holidays(country: str, year: int) -> dict[date, str]:
    import holidays

    found = holidays.country_holidays(country, years=year)
    return {day: name for day, name in found.items() if day.year == year}


@lru_cache(maxsize=64)
def _make_ups(country: str, year: int) -> frozenset[date]:
    import holidays

    found = holidays.country_holidays(country, years=year)
    return frozenset(day for day in getattr(found, "weekend_workdays", ()) if day.year == year)


def _holiday_near(country: str, day: date) -> str:
    """The name of the holiday a make-up day is worked for: the nearest one."""
    for apart in range(1, 15):
        for other in (day + timedelta(days=apart), day - timedelta(days=apart)):
            name = _holidays(country, other.year).get(other, "")
            if name and "substituted" not in name:  # a day off says only what it was swapped with
                return name
    return ""
