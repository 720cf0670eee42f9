import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu_tui.domain.case import Closed, Event, Reopened, Snoozed, Withdrawn, Woken
from kefu_tui.domain.errors import StoreError
from kefu_tui.domain.verdict import Reason, ReasonKind, Signal
from kefu_tui.ports import AccountHealth, Gap
from kefu_tui.storage.codec.accounts import AccountRecord, plain_cursor
from kefu_tui.storage.codec.fields import written_moment
from kefu_tui.storage.tables import ACCOUNTS, CASES, DRAFTS, LESSONS, MENTIONS, OUTBOX, RULES, UNDO, Table
from tests.builders import a_case, a_draft, a_mention, a_receipt, a_verdict, an_outbound, an_outbox_item, at
from tests.fakes import MemoryBackend
from tests.storage import strategies

TABLES: list[tuple[Table[Any], st.SearchStrategy[Any]]] = [
    (MENTIONS, strategies.mentions),
    (CASES, strategies.cases),
    (OUTBOX, strategies.outbox_items),
    (DRAFTS, strategies.drafts),
    (ACCOUNTS, strategies.account_records),
    (UNDO, strategies.stacked_steps),
    (LESSONS, strategies.lessons),
    (RULES, strategies.decisions),
]


@pytest.mark.parametrize(("table", "values"), TABLES, ids=[table.name for table, _ in TABLES])
@given(data=st.data())
def test_every_value_comes_back_from_its_document_as_it_was(
    table: Table[Any], values: st.SearchStrategy[Any], data: st.DataObject
) -> None:
    value = data.draw(values)

    document = json.loads(json.dumps(table.encode(value)))

    assert table.decode(document) == value
    assert table.encode(table.decode(document)) == document


_EVERY_OTHER_EVENT: list[Event] = [
    an_outbound(),
    Withdrawn(mention_key="shop:p1", at=at(1)),
    Closed(id="c", at=at(2)),
    Reopened(id="r", at=at(3)),
    Snoozed(id="s", at=at(4), until=at(60)),
    Woken(id="w", at=at(5)),
]
_A_RECORD = AccountRecord(
    account="shop", health=AccountHealth(account="shop"), gaps=(Gap(since=at(0), until=at(9), why="asleep"),)
)


def _full_mention() -> Any:
    reason = Reason(ReasonKind.MONEY, "退款", 1)
    verdict = a_verdict(signals=frozenset({Signal.THREAT, Signal.COMPLAINT}), reasons=(reason,))
    return a_mention(verdict=verdict)


@pytest.mark.parametrize(
    ("table", "value"),
    [
        (MENTIONS, _full_mention()),
        (CASES, a_case(then=_EVERY_OTHER_EVENT)),
        (OUTBOX, an_outbox_item(receipt=a_receipt())),
        (DRAFTS, a_draft()),
        (ACCOUNTS, _A_RECORD),
    ],
    ids=["mention", "case", "outbox item", "draft", "account"],
)
def test_a_document_holds_every_field_of_its_value(table: Table[Any], value: Any) -> None:
    """A field added to the domain and forgotten in the codec would be lost at the next start."""
    _compare_names(value, table.encode(value))


def _compare_names(value: Any, document: Any) -> None:
    assert document.keys() - {"type"} == {field.name for field in fields(value)}
    for field in fields(value):
        inner = getattr(value, field.name)
        if is_dataclass(inner):
            _compare_names(inner, document[field.name])
        elif isinstance(inner, tuple):
            for one, written in zip(inner, document[field.name], strict=True):
                if is_dataclass(one):
                    _compare_names(one, written)


def test_times_are_written_in_utc_so_that_text_order_is_time_order() -> None:
    evening_in_shanghai = datetime(2026, 3, 2, 23, 0, tzinfo=timezone(timedelta(hours=8)))

    assert written_moment(evening_in_shanghai) == "2026-03-02T15:00:00.000000+00:00"
    assert written_moment(evening_in_shanghai) < written_moment(datetime(2026, 3, 2, 15, 0, 0, 1, UTC))


def test_a_time_without_a_zone_is_never_written() -> None:
    with pytest.raises(ValueError, match="zone"):
        MENTIONS.encode(a_mention(first_seen_at=datetime(2026, 3, 2)))  # noqa: DTZ001


def test_signals_are_written_in_one_order() -> None:
    assert MENTIONS.encode(_full_mention())["verdict"]["signals"] == ["complaint", "threat"]


def test_a_document_from_before_a_field_existed_gets_its_default() -> None:
    mention = a_mention()
    document = MENTIONS.encode(mention)
    for name in ("deleted_at", "earlier_texts", "sightings"):
        del document[name]
    for name in (
        "is_dated",
        "kind",
        "url",
        "thread_id",
        "in_reply_to",
        "content_warning",
        "language",
        "edited_at",
        "reposts",
    ):
        del document["post"][name]
    for name in ("verified", "is_bot"):
        del document["post"]["author"][name]

    assert MENTIONS.decode(document) == mention


@pytest.mark.parametrize("name", ["visibility", "posted_at", "text", "id", "author"])
def test_a_post_without_what_it_cannot_do_without_is_refused(name: str) -> None:
    document = MENTIONS.encode(a_mention())
    del document["post"][name]

    assert _refusal(MENTIONS, "shop:p1", document) == f"mentions/shop:p1 post.{name}"


def _put(*path: str | int, value: object) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for step in path[:-1]:
            document = document[step]
        document[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (_put("account", value=7), "account"),
        (_put("post", value="words"), "post"),
        (_put("post", "text", value=None), "post.text"),
        (_put("post", "url", value=["https://example.social"]), "post.url"),
        (_put("post", "kind", value="telegram"), "post.kind"),
        (_put("post", "kind", value=["mention"]), "post.kind"),
        (_put("post", "posted_at", value="yesterday"), "post.posted_at"),
        (_put("post", "posted_at", value="2026-03-02T09:00:00"), "post.posted_at"),
        (_put("post", "edited_at", value=1767225600), "post.edited_at"),
        (_put("post", "author", "followers", value="many"), "post.author.followers"),
        (_put("post", "author", "followers", value=True), "post.author.followers"),
        (_put("post", "author", "is_bot", value=0), "post.author.is_bot"),
        (_put("verdict", "priority", value=True), "verdict.priority"),
        (_put("verdict", "priority", value=9), "verdict.priority"),
        (_put("verdict", "score", value="high"), "verdict.score"),
        (_put("verdict", "signals", value=["complaint", "gossip"]), "verdict.signals"),
        (_put("verdict", "signals", value="complaint"), "verdict.signals"),
        (_put("verdict", "reasons", 0, "steps", value=0.5), "verdict.reasons[0].steps"),
        (_put("verdict", "reasons", 0, value="because"), "verdict.reasons[0]"),
        (_put("verdict", "reasons", value={}), "verdict.reasons"),
        (_put("earlier_texts", value=["first", 2]), "earlier_texts"),
    ],
)
def test_a_field_of_the_wrong_type_is_refused_by_name(change: Callable[[Any], None], field: str) -> None:
    document = MENTIONS.encode(_full_mention())
    change(document)

    assert _refusal(MENTIONS, "shop:p1", document) == f"mentions/shop:p1 {field}"


@pytest.mark.parametrize("kind", ["danced", None, 3])
def test_an_event_of_an_unknown_type_is_refused(kind: object) -> None:
    document = CASES.encode(a_case())
    document["events"].append({"type": kind, "id": "x", "at": written_moment(at(1))})

    assert _refusal(CASES, "case/shop:p1", document) == "cases/case/shop:p1 events[1].type"


@pytest.mark.parametrize(
    ("target", "value", "field"),
    [("taste", "P1", "target"), ("priority", "P9", "value"), ("noise", "", "value")],
)
def test_a_correction_that_makes_no_sense_is_refused(target: str, value: str, field: str) -> None:
    document = CASES.encode(a_case())
    act = {"type": "corrected", "id": "x", "at": written_moment(at(1)), "mention_keys": ["shop:p1"]}
    document["events"].append({**act, "target": target, "value": value})

    assert _refusal(CASES, "case/shop:p1", document) == f"cases/case/shop:p1 events[1].{field}"


def test_a_document_filed_under_another_name_is_refused() -> None:
    assert _refusal(MENTIONS, "shop:p2", MENTIONS.encode(a_mention())) == "mentions/shop:p2 key"


def test_fields_nobody_knows_are_passed_over() -> None:
    assert MENTIONS.decode(MENTIONS.encode(a_mention()) | {"key": "shop:p1", "mood": "sunny"}) == a_mention()


def _refusal(table: Table[Any], key: str, document: dict[str, Any]) -> str:
    backend = MemoryBackend()
    backend.apply({table.name: {key: document}})
    with pytest.raises(StoreError) as caught:
        table.read(backend).values()
    return f"{caught.value.params['document']} {caught.value.params['field']}"


def test_a_cursor_is_kept_as_json_would_give_it_back() -> None:
    cursor: dict[str, Any] = {"since": "9", "pages": (1, 2), "deep": {"x": (None, True)}}

    assert plain_cursor(cursor) == {"since": "9", "pages": [1, 2], "deep": {"x": [None, True]}}


@pytest.mark.parametrize("cursor", [{"at": at(0)}, {"seen": {1, 2}}, {"by_number": {1: "x"}}])
def test_a_cursor_that_json_cannot_hold_is_a_bug_and_not_written(cursor: Any) -> None:
    with pytest.raises(TypeError):
        ACCOUNTS.encode(AccountRecord(account="shop", cursor=cursor))
