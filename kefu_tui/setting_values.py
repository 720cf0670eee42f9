"""The kinds of value a setting may have, each a reader for `kefu_tui.settings_reader`.

A message quotes what was found so that the founder can search for it, except where the value could
hold a secret.
"""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import time, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from kefu_tui.domain.errors import N_
from kefu_tui.settings_reader import Place, Reader, nearest, shown

_HOST = re.compile(r"[\w.-]+|\[[0-9a-fA-F:]+\]")
_MAIL_ADDRESS = re.compile(r"[^\s<>@]+@[^\s<>@]+")
_DURATION = re.compile(
    r"(?P<sign>-?)(?=[0-9])"
    r"(?:(?P<days>[0-9]{1,5})d)?(?:(?P<hours>[0-9]{1,6})h)?"
    r"(?:(?P<minutes>[0-9]{1,7})m)?(?:(?P<seconds>[0-9]{1,8})s)?"
)


def text(value: object, place: Place) -> str:
    """One line of text that says something."""
    if not isinstance(value, str):
        raise place.refuse(N_("{key}: expected text in quotes, found {found}"), found=shown(value))
    if not value.strip():
        raise place.refuse(N_("{key}: must not be empty"))
    if any(unicodedata.category(character) == "Cc" for character in value):
        raise place.refuse(N_("{key}: must be one line without control characters"))
    return value


def flag(value: object, place: Place) -> bool:
    """`true` or `false`."""
    if not isinstance(value, bool):
        raise place.refuse(N_("{key}: expected true or false, found {found}"), found=shown(value))
    return value


def whole_number(*, least: int, most: int | None = None) -> Reader[int]:
    """A whole number, not below `least` and not above `most`."""

    def read(value: object, place: Place) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise place.refuse(N_("{key}: expected a whole number, found {found}"), found=shown(value))
        if value < least:
            raise place.refuse(
                N_("{key}: must be at least {least}, found {found}"), least=least, found=shown(value)
            )
        if most is not None and value > most:
            raise place.refuse(
                N_("{key}: must be at most {most}, found {found}"), most=most, found=shown(value)
            )
        return value

    return read


def one_of(options: Collection[str]) -> Reader[str]:
    """One of a few words."""

    def read(value: object, place: Place) -> str:
        word = text(value, place)
        if word in options:
            return word
        choices = ", ".join(options)
        if meant := nearest(word, options):
            raise place.refuse(
                N_("{key}: expected one of {choices}; found {found}, did you mean '{meant}'?"),
                choices=choices,
                found=shown(word),
                meant=meant,
            )
        raise place.refuse(
            N_("{key}: expected one of {choices}; found {found}"), choices=choices, found=shown(word)
        )

    return read


def parse_duration(written: str) -> timedelta | None:
    """`90s`, `10m`, `24h`, `3d`, `1h30m` or the same with a minus; None for anything else."""
    match = _DURATION.fullmatch(written)
    if match is None:
        return None
    parts = {unit: int(digits or 0) for unit, digits in match.groupdict().items() if unit != "sign"}
    length = timedelta(**parts)
    return -length if match["sign"] else length


def duration(*, least: str, most: str | None = None) -> Reader[timedelta]:
    """A length of time between two bounds, which are written as in the file so messages can quote them."""

    def read(value: object, place: Place) -> timedelta:
        length = parse_duration(value) if isinstance(value, str) else None
        if length is None:
            raise place.refuse(
                N_('{key}: expected a duration such as "90s", "10m", "24h" or "3d", found {found}'),
                found=shown(value),
            )
        lower, upper = parse_duration(least), parse_duration(most) if most else None
        if lower is not None and length < lower:
            raise place.refuse(
                N_("{key}: must be at least {least}, found {found}"), least=least, found=shown(value)
            )
        if upper is not None and length > upper:
            raise place.refuse(
                N_("{key}: must be at most {most}, found {found}"), most=most, found=shown(value)
            )
        return length

    return read


def web_address(value: object, place: Place) -> str:
    """An http(s) address with a host; the address is never quoted back, it may hold a secret."""
    address = text(value, place)
    try:
        parts = urlsplit(address)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a broken IPv6 host
        usable = False
    if not usable or any(character.isspace() for character in address):
        raise place.refuse(N_("{key}: expected an address that starts with https:// or http://"))
    if parts.username is not None or parts.password is not None:
        raise place.refuse(N_("{key}: a user name or password must not be part of the address"))
    return address


def host_and_port(value: object, place: Place) -> str:
    """`host` or `host:port`, without a scheme."""
    written = text(value, place)
    host, colon, port = written.rpartition(":") if written.rpartition(":")[2].isdigit() else (written, "", "")
    if not _HOST.fullmatch(host) or (colon and not 0 < int(port) < 65536):
        raise place.refuse(
            N_("{key}: expected a host such as imap.example.com or imap.example.com:993, found {found}"),
            found=shown(written),
        )
    return written


def mail_address(value: object, place: Place) -> str:
    """An e-mail address, bare."""
    written = text(value, place)
    if not _MAIL_ADDRESS.fullmatch(written):
        raise place.refuse(
            N_("{key}: expected an e-mail address such as hello@shop.example, found {found}"),
            found=shown(written),
        )
    return written


def public_address(value: object, place: Place) -> str:
    """An IP address."""
    written = text(value, place)
    try:
        return str(ip_address(written))
    except ValueError:
        raise place.refuse(N_("{key}: expected an IP address, found {found}"), found=shown(written)) from None


@dataclass(frozen=True, slots=True)
class Hours:
    """A stretch of each day, local time; it may run past midnight."""

    start: time
    end: time

    def hold(self, moment: time) -> bool:
        """Whether a local time lies in it; the end does not."""
        if self.start <= self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end


def hours(value: object, place: Place) -> Hours:
    """`23:00-07:00`."""
    written = text(value, place)
    start, _, end = written.partition("-")
    try:
        return Hours(time.fromisoformat(start.strip()), time.fromisoformat(end.strip()))
    except ValueError:
        raise place.refuse(
            N_('{key}: expected hours such as "23:00-07:00", found {found}'), found=shown(written)
        ) from None


def as_found(value: object, place: Place) -> object:  # noqa: ARG001 - readers are called alike
    """Whatever stands there: for somebody else to read."""
    return value


def own_path(value: object, place: Place) -> Path:
    """A path that means the same wherever `kefu` is started from; a leading `~` is the home directory."""
    written = text(value, place)
    try:
        path = Path(written).expanduser()
    except RuntimeError:  # ~somebody who has no home here
        raise place.refuse(N_("{key}: no such home directory: {found}"), found=shown(written)) from None
    if not path.is_absolute():
        raise place.refuse(
            N_("{key}: expected a path that starts with / or ~, found {found}"), found=shown(written)
        )
    return path
