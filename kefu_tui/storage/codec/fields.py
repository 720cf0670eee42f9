"""Reading one field of a stored document: a wrong type is refused by name, never guessed at.

A field may be missing where a default is given: the document was written before the field existed.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")
E = TypeVar("E", bound=Enum)


class Unreadable(Exception):
    """A field does not hold what it should; `path` names it from the root of its document."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path

    def within(self, parent: str) -> "Unreadable":
        return Unreadable(f"{parent}.{self.path}")


def text(document: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = document.get(name, default)
    if isinstance(value, str):
        return value
    raise Unreadable(name)


def optional_text(document: Mapping[str, Any], name: str) -> str | None:
    value = document.get(name)
    if value is None or isinstance(value, str):
        return value
    raise Unreadable(name)


def flag(document: Mapping[str, Any], name: str, default: bool | None = None) -> bool:
    value = document.get(name, default)
    if isinstance(value, bool):
        return value
    raise Unreadable(name)


def whole(document: Mapping[str, Any], name: str, default: int | None = None) -> int:
    value = document.get(name, default)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise Unreadable(name)


def optional_whole(document: Mapping[str, Any], name: str) -> int | None:
    return None if document.get(name) is None else whole(document, name)


def number(document: Mapping[str, Any], name: str) -> float:
    value = document.get(name)
    if isinstance(value, float):
        return value
    return float(whole(document, name))


def moment(document: Mapping[str, Any], name: str) -> datetime:
    """A time written by `written_moment`, aware UTC."""
    value = document.get(name)
    if isinstance(value, str):
        try:
            read = datetime.fromisoformat(value)
        except ValueError:
            raise Unreadable(name) from None
        if read.tzinfo is UTC:
            return read
        if read.tzinfo is not None:
            return read.astimezone(UTC)
    raise Unreadable(name)


def optional_moment(document: Mapping[str, Any], name: str) -> datetime | None:
    return None if document.get(name) is None else moment(document, name)


def written_moment(at: datetime) -> str:
    """A time as it is stored: ISO 8601 in UTC with microseconds, so that text order is time order."""
    if at.tzinfo is None:
        raise ValueError("a time without a zone is no moment")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def optional_written_moment(at: datetime | None) -> str | None:
    return None if at is None else written_moment(at)


def choice(document: Mapping[str, Any], name: str, kind: type[E], default: E | None = None) -> E:
    """A member of an enumeration, stored by value."""
    if default is not None and name not in document:
        return default
    value = document.get(name)
    # true is 1 to a dict, but no member
    if isinstance(value, str | int) and not isinstance(value, bool):
        member = _members(kind).get(value)
        if isinstance(member, kind):
            return member
    raise Unreadable(name)


@cache
def _members(kind: type[Enum]) -> Mapping[object, Enum]:
    return {member.value: member for member in kind}


def texts(document: Mapping[str, Any], name: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
    if default is not None and name not in document:
        return default
    value = document.get(name)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    raise Unreadable(name)


def members(
    document: Mapping[str, Any], name: str, kind: type[E], default: tuple[str, ...] | None = None
) -> tuple[E, ...]:
    """The members of an enumeration, stored as a list of their values."""
    try:
        return tuple(map(kind, texts(document, name, default)))
    except ValueError:
        raise Unreadable(name) from None


def nested(document: Mapping[str, Any], name: str, decode: Callable[[dict[str, Any]], T]) -> T:
    """The document inside a field."""
    value = document.get(name)
    if not isinstance(value, dict):
        raise Unreadable(name)
    try:
        return decode(value)
    except Unreadable as error:
        raise error.within(name) from None


def optional_nested(
    document: Mapping[str, Any], name: str, decode: Callable[[dict[str, Any]], T]
) -> T | None:
    return None if document.get(name) is None else nested(document, name, decode)


def each(
    document: Mapping[str, Any],
    name: str,
    decode: Callable[[dict[str, Any]], T],
    default: tuple[T, ...] | None = None,
) -> tuple[T, ...]:
    """The documents of a list, in order."""
    if default is not None and name not in document:
        return default
    value = document.get(name)
    if not isinstance(value, list):
        raise Unreadable(name)
    read: list[T] = []
    for one in value:
        if not isinstance(one, dict):
            raise Unreadable(f"{name}[{len(read)}]")
        try:
            read.append(decode(one))
        except Unreadable as error:
            raise error.within(f"{name}[{len(read)}]") from None
    return tuple(read)
