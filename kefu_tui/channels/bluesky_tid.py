"""Record keys of the AT protocol (atproto.com/specs/tid), chosen so that a reply has one and only one."""

import hashlib

_DIGITS = "234567abcdefghijklmnopqrstuvwxyz"
_LENGTH = 13
_CLOCK_BITS = 10


def reply_key(parent_uri: str, idempotency_key: str) -> str:
    """The record key of the reply with this outbox id: always the same, so that it cannot be published
    twice.

    A TID is microseconds since 1970 and a clock id. The time is the parent's own and up to a second more,
    which keeps our records in an order that makes sense; a parent with another kind of key counts as of
    1970.
    """
    digest = int.from_bytes(hashlib.sha256(f"{parent_uri} {idempotency_key}".encode()).digest()[:8], "big")
    moment = _microseconds(parent_uri.rpartition("/")[2]) + (digest >> _CLOCK_BITS) % 1_000_000
    return _encoded((moment << _CLOCK_BITS) | digest % (1 << _CLOCK_BITS))


def _microseconds(key: str) -> int:
    if len(key) != _LENGTH or any(digit not in _DIGITS for digit in key) or key[0] > "b":
        return 0
    number = 0
    for digit in key:
        number = number * 32 + _DIGITS.index(digit)
    return number >> _CLOCK_BITS


def _encoded(number: int) -> str:
    digits = []
    for _ in range(_LENGTH):
        number, rest = divmod(number, 32)
        digits.append(_DIGITS[rest])
    return "".join(reversed(digits))
