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
from datetime import datetime
from enum import StrEnum

from kefu_tui.domain.verdict import Language
from kefu_tui.domain.written_date import written_date


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


STAGE_WORDS: Mapping[Stage, tuple[str, ...]] = {
    Stage.STANCE: ("表态",),
    Stage.CALM: ("安抚",),
    Stage.ASK: ("追问",),
    Stage.ORDER_NUMBER: ("要单号",),
    Stage.TO_DM: ("转私信", "dm"),
    Stage.APOLOGY: ("致歉", "sorry"),
    Stage.PROGRESS: ("进展",),
    Stage.AMENDS: ("补偿",),
    Stage.FOLLOW_UP: ("回访",),
    Stage.THANKS: ("感谢",),
}
"""What a stage is also found by when a script is looked for, folded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewScript:
    """A script about to be written into the founder's own files; it gets its id there."""

    stage: Stage
    title: str
    body: str
    language: Language


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
    name = name.strip().lower()
    return SYNONYMS.get(name, name)


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
        if (date := written_date(name, context.now, context.language)) is not None:
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


def as_template(text: str, values: Mapping[str, str]) -> str:
    """A reply as a script for others: each value that stands in it becomes the field it is given for.

    `values` maps a field as written (`{称呼|您好}`) to what stands for it now; the longest go first, and a
    value of a single character is left alone, because it could be part of any word.
    """
    text = text.replace("{", "｛").replace("}", "｝")
    for field, value in sorted(values.items(), key=lambda item: -len(item[1])):
        value = value.strip()
        if len(value) < 2 or "{" in value:
            continue
        # a Latin value stands alone; within a field already made nothing is replaced again
        edge = r"(?<![A-Za-z0-9])" if value[0].isascii() else ""
        end = r"(?![A-Za-z0-9])" if value[-1].isascii() else ""
        text = "".join(
            part
            if part.startswith("{")
            else re.sub(f"{edge}{re.escape(value)}{end}", lambda _match, field=field: field, part)
            for part in re.split(r"(\{[^{}]*\})", text)
        )
    return text


_CONTEXT = 8


def prompt_answers(rendered: str, final: str) -> dict[str, str]:
    """What the founder wrote in place of each prompt of `rendered`, found by the words around it in `final`.

    Left out where the surroundings were rewritten: a guess is never remembered.
    """
    found: dict[str, str] = {}
    fields = list(open_fields(rendered))
    for place, field in enumerate(fields):
        # the words around reach to the neighbouring fields: those were replaced, too
        left = fields[place - 1].end if place else 0
        right = fields[place + 1].start if place + 1 < len(fields) else len(rendered)
        before = re.escape(rendered[max(left, field.start - _CONTEXT) : field.start])
        after = re.escape(rendered[field.end : min(right, field.end + _CONTEXT)])
        before = before or (r"\A" if left == 0 else "")
        after = after or (r"\Z" if right == len(rendered) else "")
        if not (field.is_prompt and before and after):
            continue  # where two fields touch, nobody can tell which answer is whose
        around = rf"{before}([^{{}}\n]{{1,60}}?){after}"
        matches = re.findall(around, final)
        if len(matches) == 1 and matches[0].strip():
            found[field.name] = matches[0].strip()
    return found
