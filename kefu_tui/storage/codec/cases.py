"""Cases as documents: the events in the order we learned of them, each told apart by its `type`."""

from datetime import datetime

from kefu_tui.domain.case import (
    Act,
    Case,
    Closed,
    Corrected,
    Event,
    Inbound,
    Noted,
    Outbound,
    Reopened,
    Snoozed,
    Tagged,
    Withdrawn,
    Woken,
)
from kefu_tui.domain.lessons import Target, is_value
from kefu_tui.domain.mention import Visibility
from kefu_tui.storage.backend import Document
from kefu_tui.storage.codec.fields import (
    Unreadable,
    choice,
    each,
    flag,
    moment,
    optional_text,
    text,
    texts,
    written_moment,
)


def encode_case(case: Case) -> Document:
    return {
        "id": case.id,
        "account": case.account,
        "person_key": case.person_key,
        "events": [encode_event(event) for event in case.events],
        "memory": [{"name": name, "value": value} for name, value in case.memory],
    }


def decode_case(document: Document) -> Case:
    return Case(
        id=text(document, "id"),
        account=text(document, "account"),
        person_key=text(document, "person_key"),
        events=each(document, "events", decode_event),
        memory=each(document, "memory", lambda pair: (text(pair, "name"), text(pair, "value")), ()),
    )


def encode_event(event: Event) -> Document:
    """An event of a case, told apart by its `type`."""
    match event:
        case Inbound():
            return {
                "type": "inbound",
                "mention_key": event.mention_key,
                "post_id": event.post_id,
                "at": written_moment(event.at),
                "seen_at": written_moment(event.seen_at),
                "is_dated": event.is_dated,
            }
        case Withdrawn():
            return {"type": "withdrawn", "mention_key": event.mention_key, "at": written_moment(event.at)}
        case Outbound():
            return {
                "type": "outbound",
                "id": event.id,
                "post_id": event.post_id,
                "at": written_moment(event.at),
                "text": event.text,
                "visibility": event.visibility.value,
                "answers": list(event.answers),
                "url": event.url,
                "automatic": event.automatic,
            }
        case _:
            return encode_act(event)


def decode_event(document: Document) -> Event:
    match document.get("type"):
        case "inbound":
            return Inbound(
                mention_key=text(document, "mention_key"),
                post_id=text(document, "post_id"),
                at=moment(document, "at"),
                seen_at=moment(document, "seen_at"),
                is_dated=flag(document, "is_dated", True),
            )
        case "withdrawn":
            return Withdrawn(mention_key=text(document, "mention_key"), at=moment(document, "at"))
        case "outbound":
            return Outbound(
                id=text(document, "id"),
                post_id=text(document, "post_id"),
                at=moment(document, "at"),
                text=text(document, "text"),
                visibility=choice(document, "visibility", Visibility),
                answers=texts(document, "answers"),
                url=optional_text(document, "url"),
                automatic=flag(document, "automatic", False),
            )
        case _:
            return decode_act(document)


def encode_act(act: Act) -> Document:
    match act:
        case Closed():
            return {
                "type": "closed",
                "id": act.id,
                "at": written_moment(act.at),
                "reason": act.reason,
                "without_reply": act.without_reply,
            }
        case Reopened():
            return {"type": "reopened", "id": act.id, "at": written_moment(act.at)}
        case Snoozed():
            return {
                "type": "snoozed",
                "id": act.id,
                "at": written_moment(act.at),
                "until": written_moment(act.until),
                "hold": act.hold,
            }
        case Woken():
            return {"type": "woken", "id": act.id, "at": written_moment(act.at)}
        case Corrected():
            return {
                "type": "corrected",
                "id": act.id,
                "at": written_moment(act.at),
                "mention_keys": list(act.mention_keys),
                "target": act.target.value,
                "value": act.value,
                "previous": act.previous,
            }
        case Tagged():
            return {
                "type": "tagged",
                "id": act.id,
                "at": written_moment(act.at),
                "tag": act.tag,
                "on": act.on,
            }
        case Noted():
            return {"type": "noted", "id": act.id, "at": written_moment(act.at), "text": act.text}


def decode_act(document: Document) -> Act:
    act_id, at = text(document, "id"), moment(document, "at")
    match document.get("type"):
        case "closed":
            return Closed(
                id=act_id,
                at=at,
                reason=text(document, "reason", ""),
                without_reply=flag(document, "without_reply", False),
            )
        case "reopened":
            return Reopened(id=act_id, at=at)
        case "snoozed":
            return Snoozed(
                id=act_id, at=at, until=moment(document, "until"), hold=flag(document, "hold", False)
            )
        case "woken":
            return Woken(id=act_id, at=at)
        case "corrected":
            return _decode_correction(document, act_id, at)
        case "tagged":
            return Tagged(id=act_id, at=at, tag=text(document, "tag"), on=flag(document, "on", True))
        case "noted":
            return Noted(id=act_id, at=at, text=text(document, "text"))
    raise Unreadable("type")


def _decode_correction(document: Document, act_id: str, at: datetime) -> Corrected:
    target, value = choice(document, "target", Target), text(document, "value")
    if not is_value(target, value):
        raise Unreadable("value")
    return Corrected(
        id=act_id,
        at=at,
        mention_keys=texts(document, "mention_keys"),
        target=target,
        value=value,
        previous=text(document, "previous", ""),
    )
