"""Scripts (话术): reusable replies, rendered for one customer when they are inserted.

A body is ordinary text with fields in braces:

- `{称呼}` a placeholder, filled from what the desk knows of the customer and of us;
- `{称呼|您}` the same with a fallback for when nothing is known;
- `{明天18点前}` a date, written out when the script is inserted;
- `{?订单号}` a prompt: left in the text for the founder, remembered in the case.

No code is run. A field that nobody can fill stays visible in the text and blocks the send.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kefu_tui.domain.verdict import Language


class Stage(StrEnum):
    """Where in a conversation a script belongs, in order."""

    STANCE = "stance"
    CALM = "calm"
    ASK = "ask"
    ORDER_NUMBER = "order_number"
    TO_DM = "to_dm"
    APOLOGY = "apology"
    PROGRESS = "progress"
    AMENDS = "amends"
    FOLLOW_UP = "follow_up"
    THANKS = "thanks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One reusable reply. `initials` are the pinyin initials of the title; `origin` says where it stands."""

    id: str
    stage: Stage
    title: str
    body: str
    language: Language
    keywords: tuple[str, ...] = ()
    initials: str = ""
    tone: str = "warm"
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A field left in a text: its place (character offsets) and what it asks for."""

    start: int
    end: int
    name: str
    is_prompt: bool


@dataclass(frozen=True, slots=True)
class Rendered:
    """A script rendered for one customer; `open_fields` are what is still to be filled, in order."""

    text: str
    open_fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderContext:
    """What is known when a script is inserted.

    `values` maps placeholder names (all languages) to their values; an empty value counts as unknown.
    `now` is local time: dates are written for people.
    """

    values: Mapping[str, str]
    now: datetime
    language: Language = Language.HANS


_FIELD = re.compile(r"\{(?P<prompt>[?？])?(?P<name>[^{}|\n]{1,40})(?:\|(?P<fallback>[^{}\n]{0,80}))?\}")

SYNONYMS: Mapping[str, str] = {
    "称呼": "name",
    "稱呼": "name",
    "单号": "order",
    "單號": "order",
    "订单号": "order",
    "訂單號": "order",
    "order number": "order",
    "商品": "product",
    "我": "me",
}


def canonical(name: str) -> str:
    """The one name of a placeholder across languages."""
    name = name.strip()
    return SYNONYMS.get(name, name.lower())


def render(body: str, context: RenderContext) -> Rendered:
    """Fill what can be filled; what cannot stays in the text as a field.

    A value that itself looks like a field is defused, so that a customer called `{我}` cannot put a
    field into our reply.
    """

    def fill(match: re.Match[str]) -> str:
        name = match["name"]
        known = _defused(context.values.get(canonical(name), ""))
        if match["prompt"]:
            return known or match[0]
        if known:
            return known
        if (date := written_date(name, context)) is not None:
            return date
        if match["fallback"] is not None:
            return match["fallback"]
        return match[0]

    text = _FIELD.sub(fill, body)
    return Rendered(text, tuple(open_fields(text)))


def open_fields(text: str) -> Iterator[Field]:
    """The fields still open in a text about to be sent: each blocks the send."""
    for match in _FIELD.finditer(text):
        yield Field(match.start(), match.end(), match["name"].strip(), bool(match["prompt"]))


def broken_braces(text: str) -> tuple[int, ...]:
    """Offsets of braces that belong to no field: a template somebody broke while editing."""
    covered = {i for field in open_fields(text) for i in range(field.start, field.end)}
    return tuple(i for i, char in enumerate(text) if char in "{}" and i not in covered)


def _defused(value: str) -> str:
    return value.replace("{", "｛").replace("}", "｝").strip()


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


def written_date(name: str, context: RenderContext) -> str | None:
    """A relative date such as `明天18点前` or `tomorrow 18:00`, written out; None when `name` is none.

    Written out because the customer reads it later than it was written: "明天" would move.
    """
    name = name.strip()
    hour_word = "點" if context.language is Language.HANT else "点"
    if match := _ZH_DATE.fullmatch(name):
        evening = 22 if match["day"] == "今晚" else None
        moment = _moment(context.now, _DAYS[match["day"]], match["hour"], match["minute"], evening)
        return None if moment is None else _in_chinese(moment, bool(match["before"]), hour_word)
    if match := _ZH_WITHIN.fullmatch(name):
        later = context.now + int(match["amount"]) * _UNITS[match["unit"]]
        return _in_chinese((later, True), True, hour_word)
    if match := _EN_DATE.fullmatch(name):
        day = match["day"].lower()
        found = _moment(
            context.now,
            int(day == "tomorrow"),
            match["hour"],
            match["minute"],
            22 if day == "tonight" else None,
        )
        return None if found is None else _in_english(found)
    if match := _EN_WITHIN.fullmatch(name):
        return _in_english((context.now + int(match["amount"]) * _UNITS[match["unit"].lower()], True))
    return None


def _moment(
    now: datetime, days: int, hour: str | None, minute: str | None, default_hour: int | None
) -> tuple[datetime, bool] | None:
    """The moment named and whether it has an hour; None for an hour no day has."""
    day = now + timedelta(days=days)
    if hour is None and default_hour is None:
        return day, False
    hours, minutes = int(hour) if hour is not None else default_hour or 0, int(minute or 0)
    if hours > 23 or minutes > 59:
        return None
    return day.replace(hour=hours, minute=minutes), True


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


_CONTEXT = 8


def prompt_answers(rendered: str, final: str) -> dict[str, str]:
    """What the founder wrote in place of each prompt of `rendered`, found by the words around it in `final`.

    Left out where the surroundings were rewritten: a guess is never remembered.
    """
    found: dict[str, str] = {}
    for field in open_fields(rendered):
        if not field.is_prompt:
            continue
        before = re.escape(rendered[max(0, field.start - _CONTEXT) : field.start])
        after = re.escape(rendered[field.end : field.end + _CONTEXT]) or r"\Z"
        matches = re.findall(f"{before}([^{{}}\n]{{1,60}}?){after}", final)
        if len(matches) == 1 and matches[0].strip():
            found[field.name] = matches[0].strip()
    return found
