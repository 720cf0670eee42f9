"""Reading a platform's JSON with types: what is not as promised is one clear error that names its place."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from kefu_tui.domain.errors import N_, BadAnswer

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Answer:
    """A JSON value, where it stands in the body (`[3].account.id`) and the host that sent it.

    Every reader raises `BadAnswer` for a value of another type; the `_or` readers take null and a missing
    member for `default`.
    """

    value: object
    host: str
    path: str = ""

    @classmethod
    def parse(cls, body: bytes, host: str) -> "Answer":
        """Decode a body; anything but whole JSON is a `BadAnswer`."""
        try:
            return cls(json.loads(body), host)
        except (ValueError, RecursionError):  # JSONDecodeError and UnicodeDecodeError are ValueErrors
            raise BadAnswer(
                N_("{host} did not answer with JSON, or with only part of it"), host=host
            ) from None

    def at(self, key: str) -> "Answer":
        """The member `key` of this object; null when it is absent."""
        members = self._checked(dict, "an object")
        return Answer(members.get(key), self.host, f"{self.path}.{key}" if self.path else key)

    def items(self) -> Iterator["Answer"]:
        for index, value in enumerate(self._checked(list, "a list")):
            yield Answer(value, self.host, f"{self.path}[{index}]")

    @property
    def is_null(self) -> bool:
        return self.value is None

    def text(self) -> str:
        return self._checked(str, "text")

    def text_or(self, default: str) -> str:
        return default if self.is_null else self.text()

    def name(self) -> str:
        """A text that identifies something, so an empty one is as wrong as none."""
        text = self.text()
        if not text:
            raise self.wrong("text")
        return text

    def name_or_none(self) -> str | None:
        """A text that identifies something; null and empty both mean that there is none."""
        return self.text_or("") or None

    def flag_or(self, default: bool) -> bool:
        return default if self.is_null else self._checked(bool, "true or false")

    def integer(self) -> int:
        if isinstance(self.value, bool):
            raise self.wrong("a whole number")
        return self._checked(int, "a whole number")

    def integer_or_none(self) -> int | None:
        return None if self.is_null else self.integer()

    def instant(self) -> datetime:
        """An ISO 8601 time as aware UTC; one without a zone is taken for UTC."""
        try:
            moment = datetime.fromisoformat(self.text())
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            raise self.wrong("a time") from None

    def epoch(self) -> datetime:
        """Seconds since 1970 as aware UTC."""
        try:
            return datetime.fromtimestamp(self.integer(), UTC)
        except (ValueError, OverflowError, OSError):
            raise self.wrong("a time") from None

    def instant_or_none(self) -> datetime | None:
        return None if self.is_null else self.instant()

    def _checked(self, kind: type[_T], expected: str) -> _T:
        if not isinstance(self.value, kind):
            raise self.wrong(expected)
        return self.value

    def wrong(self, expected: str) -> BadAnswer:
        """The error that says that something else than `expected` stands here."""
        return BadAnswer(
            N_("{host} answered in a form this program does not know: {path}: expected {expected}"),
            host=self.host,
            path=self.path or "the whole answer",
            expected=expected,
        )
