"""Reads a parsed TOML table into a frozen dataclass and collects every problem on the way.

The dataclass is the schema. The annotation of a field carries the reader of its value
(`Annotated[timedelta, duration(least="5s")]`), its default stands in for a key that is left out, and
a field without a default must be written. A field whose type is a dataclass is a table of its own;
`field(metadata={"key": …})` gives a key that differs from the field's name.

A reader takes what TOML found and the `Place` it was found at, and returns the typed value or raises
what `Place.refuse` returns. Tables and lists carry on with the next value, so that the founder sees
everything that is wrong in one go, in the order of the file.
"""

import re
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date, time
from difflib import get_close_matches
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar, get_type_hints

from kefu_tui.domain.errors import N_, KefuError

T = TypeVar("T")

_LONGEST_SHOWN = 40
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


class Unusable(Exception):
    """A value cannot be used; why is already among the problems of its place."""


@dataclass(frozen=True, slots=True)
class Place:
    """A dotted place in the file, such as `account[0].token`, and the list its problems go to."""

    key: str
    problems: list[KefuError]

    def child(self, name: str) -> "Place":
        """The place of a key in the table found here."""
        part = name if _BARE_KEY.fullmatch(name) else repr(name)
        return Place(f"{self.key}.{part}" if self.key else part, self.problems)

    def item(self, index: int) -> "Place":
        """The place of one item, counted from 0, in the list found here."""
        return Place(f"{self.key}[{index}]", self.problems)

    def refuse(self, template: str, **params: object) -> Unusable:
        """Note a problem here, and give back what the reader raises; the template may use `{key}`."""
        self.problems.append(KefuError(template, key=self.key, **params))
        return Unusable()


Reader = Callable[[object, Place], T]


class Entry(NamedTuple):
    """One key of a table: the field it fills, how its value is read, and whether it must be there."""

    field: str
    read: Reader[Any]
    required: bool


def entries(schema: type[Any]) -> dict[str, Entry]:
    """The keys a table of this schema may have, in the order the dataclass declares them."""
    hints = get_type_hints(schema, include_extras=True)
    found = {}
    for field in fields(schema):
        hint = hints[field.name]
        is_table = isinstance(hint, type) and is_dataclass(hint)
        read = partial(read_table, hint) if is_table else hint.__metadata__[0]
        required = field.default is MISSING and field.default_factory is MISSING
        found[field.metadata.get("key", field.name)] = Entry(field.name, read, required)
    return found


def read_table(schema: type[T], value: object, place: Place, *, known: Collection[str] = ()) -> T:
    """Fill `schema` from a table; keys in `known` are passed over because the caller reads them."""
    if not isinstance(value, dict):
        raise place.refuse(N_("{key}: expected a table, found {found}"), found=shown(value))
    schema_entries = entries(schema)
    values: dict[str, Any] = {}
    misspelt = set()
    for key, found in value.items():
        here = place.child(key)
        if entry := schema_entries.get(key):
            with suppress(Unusable):
                values[entry.field] = entry.read(found, here)
        elif key not in known:
            misspelt.add(_refuse_unknown_key(key, [*schema_entries, *known], here))
    required = [(key, entry.field) for key, entry in schema_entries.items() if entry.required]
    for key, _ in required:
        if key not in value and key not in misspelt:
            place.child(key).refuse(N_("{key}: missing; it has no default"))
    if any(field not in values for _, field in required):
        raise Unusable
    return schema(**values)


def _refuse_unknown_key(key: str, known: Iterable[str], place: Place) -> str | None:
    """Note a key nobody reads; give back the one that was probably meant."""
    meant = nearest(key, known)
    if meant:
        place.refuse(N_("{key}: unknown key; did you mean '{meant}'?"), meant=meant)
    else:
        place.refuse(N_("{key}: unknown key"))
    return meant


def nearest(word: str, options: Iterable[str]) -> str | None:
    """The option the founder most likely meant, whatever the case, or None when none is near."""
    folded = {option.casefold(): option for option in options}
    matches = get_close_matches(word.casefold(), folded, n=1)
    return folded[matches[0]] if matches else None


def shown(value: object) -> str:
    """What was found, short, on one line and free of control characters, in no human language."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "{…}"
    if isinstance(value, list):
        return "[…]"
    written = value.isoformat() if isinstance(value, date | time) else repr(value)
    return written if len(written) <= _LONGEST_SHOWN else written[: _LONGEST_SHOWN - 1] + "…"


def list_of(read_item: Reader[T]) -> Reader[tuple[T, ...]]:
    """A list; every item that cannot be used is a problem of its own."""

    def read(value: object, place: Place) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise place.refuse(N_("{key}: expected a list in brackets, found {found}"), found=shown(value))
        items = []
        for index, item in enumerate(value):
            with suppress(Unusable):
                items.append(read_item(item, place.item(index)))
        return tuple(items)

    return read


def one_or_more(read_item: Reader[T]) -> Reader[tuple[T, ...]]:
    """One value, or a list of them."""

    def read(value: object, place: Place) -> tuple[T, ...]:
        if isinstance(value, list):
            return list_of(read_item)(value, place)
        return (read_item(value, place),)

    return read


def mapping_of(read_value: Reader[T]) -> Reader[MappingProxyType[str, T]]:
    """A table whose keys the founder chooses."""

    def read(value: object, place: Place) -> MappingProxyType[str, T]:
        if not isinstance(value, dict):
            raise place.refuse(N_("{key}: expected a table, found {found}"), found=shown(value))
        values = {}
        for key, found in value.items():
            with suppress(Unusable):
                values[key] = read_value(found, place.child(key))
        return MappingProxyType(values)

    return read
