"""Texts one a line, plain or as JSON objects, read as they come in and within bounded memory."""

import codecs
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kefu_tui.domain.errors import N_, KefuError

if TYPE_CHECKING:
    from kefu_tui.ports import Json

LONGEST_LINE = 1 << 20
"""Bytes of a line that are kept; a longer one is passed over without being held in memory."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line's text, or what is wrong with it.

    `number` counts lines from 1; `handed_on` holds the line's own `id`, where it has one.
    """

    number: int
    text: str
    problem: KefuError | None = None
    handed_on: "Mapping[str, Json]" = field(default_factory=dict)


def rows(chunks: Iterable[bytes]) -> Iterator[Row]:
    """Exactly one row for each line, in order, however the bytes are cut into chunks.

    A line that begins with `{` is a JSON object with a `text`; every other one is itself the text, an empty
    one the empty text. A line that cannot be used is a row with a problem, never an exception.
    """
    for number, line in enumerate(_lines(chunks), start=1):
        if line is None:
            limit = LONGEST_LINE >> 20
            yield Row(number, "", KefuError(N_("the line is longer than {limit} MB"), limit=limit))
        else:
            yield _row(number, line.removeprefix(codecs.BOM_UTF8) if number == 1 else line)


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes | None]:
    """The lines without their ends; None for one that is too long."""
    kept, too_long = b"", False
    for chunk in chunks:
        first, *others = chunk.split(b"\n")
        kept += first
        for line in others:
            yield None if too_long or len(kept) > LONGEST_LINE else kept.removesuffix(b"\r")
            kept, too_long = line, False
        if len(kept) > LONGEST_LINE:
            kept, too_long = b"", True
    if kept or too_long:
        yield None if too_long else kept.removesuffix(b"\r")


def _row(number: int, line: bytes) -> Row:
    try:
        written = line.decode()
    except UnicodeDecodeError:
        return Row(number, "", KefuError(N_("not UTF-8 text")))
    if not written.lstrip().startswith("{"):
        return Row(number, written)
    try:
        given: dict[str, Json] = _JSON.decode(written)
    except json.JSONDecodeError as error:
        return Row(number, "", KefuError(N_("broken JSON at character {column}"), column=error.colno))
    except (ValueError, RecursionError):  # NaN, a number of thousands of digits, thousands of brackets
        return Row(number, "", KefuError(N_("JSON with a number or a depth that cannot be read")))
    handed_on = {"id": given["id"]} if "id" in given else {}
    if "text" not in given:
        return Row(number, "", KefuError(N_("the object has no text")), handed_on)
    text = given["text"]
    if not isinstance(text, str):
        return Row(number, "", KefuError(N_("the text is not a string")), handed_on)
    return Row(number, text, None, handed_on)


def _finite(number: str) -> float:
    """NaN and the infinities are no JSON, though Python reads and writes them."""
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(number)
    return value


_JSON = json.JSONDecoder(parse_float=_finite, parse_constant=_finite)
