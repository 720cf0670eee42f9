"""One account of ours as a document: where its polling stands and what it may have missed."""

from dataclasses import dataclass

from kefu_tui.ports import AccountHealth, Cursor, Gap, Json
from kefu_tui.storage.backend import Document
from kefu_tui.storage.codec.fields import (
    each,
    moment,
    optional_moment,
    optional_nested,
    optional_written_moment,
    text,
    written_moment,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRecord:
    """What is kept of one account; `cursor` is None until the first poll took a position."""

    account: str
    cursor: Cursor | None = None
    health: AccountHealth | None = None
    gaps: tuple[Gap, ...] = ()


def encode_account(record: AccountRecord) -> Document:
    return {
        "account": record.account,
        "cursor": None if record.cursor is None else plain_cursor(record.cursor),
        "health": None if record.health is None else _encode_health(record.health),
        "gaps": [_encode_gap(gap) for gap in record.gaps],
    }


def decode_account(document: Document) -> AccountRecord:
    return AccountRecord(
        account=text(document, "account"),
        cursor=optional_nested(document, "cursor", plain_cursor),
        health=optional_nested(document, "health", _decode_health),
        gaps=each(document, "gaps", _decode_gap, ()),
    )


def plain_cursor(cursor: Cursor) -> dict[str, Json]:
    """The cursor as JSON gives it back, so that what stays in memory is what a restart would read."""
    return {_name(name): _plain(value) for name, value in cursor.items()}


def _plain(value: object) -> Json:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case dict():
            return {_name(name): _plain(one) for name, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
    raise TypeError(f"a cursor cannot hold {type(value).__name__}")


def _name(name: object) -> str:
    if isinstance(name, str):
        return name
    raise TypeError(f"a cursor cannot be keyed by {type(name).__name__}")


def _encode_health(health: AccountHealth) -> Document:
    return {
        "account": health.account,
        "last_success_at": optional_written_moment(health.last_success_at),
        "connected_at": optional_written_moment(health.connected_at),
    }


def _decode_health(document: Document) -> AccountHealth:
    return AccountHealth(
        account=text(document, "account"),
        last_success_at=optional_moment(document, "last_success_at"),
        connected_at=optional_moment(document, "connected_at"),
    )


def _encode_gap(gap: Gap) -> Document:
    return {"since": written_moment(gap.since), "until": written_moment(gap.until), "why": gap.why}


def _decode_gap(document: Document) -> Gap:
    return Gap(since=moment(document, "since"), until=moment(document, "until"), why=text(document, "why"))
