"""Drafts and replies on their way out, as documents."""

from kefu_tui.domain.mention import Visibility
from kefu_tui.domain.outbox import Draft, OutboxItem, OutboxState, ReplyReceipt, ReplyRequest
from kefu_tui.storage.backend import Document
from kefu_tui.storage.codec.fields import (
    choice,
    moment,
    nested,
    optional_nested,
    optional_text,
    text,
    texts,
    whole,
    written_moment,
)


def encode_outbox_item(item: OutboxItem) -> Document:
    return {
        "id": item.id,
        "request": _encode_request(item.request),
        "approved_at": written_moment(item.approved_at),
        "release_at": written_moment(item.release_at),
        "state": item.state.value,
        "attempts": item.attempts,
        "receipt": None if item.receipt is None else _encode_receipt(item.receipt),
        "problem": item.problem,
    }


def decode_outbox_item(document: Document) -> OutboxItem:
    return OutboxItem(
        id=text(document, "id"),
        request=nested(document, "request", _decode_request),
        approved_at=moment(document, "approved_at"),
        release_at=moment(document, "release_at"),
        # no default: a reply that was sent must never look like one still to be sent
        state=choice(document, "state", OutboxState),
        attempts=whole(document, "attempts", 0),
        receipt=optional_nested(document, "receipt", _decode_receipt),
        problem=text(document, "problem", ""),
    )


def _encode_request(request: ReplyRequest) -> Document:
    return {
        "case_id": request.case_id,
        "account": request.account,
        "target": request.target,
        "target_handle": request.target_handle,
        "visibility": request.visibility.value,
        "text": request.text,
        "answers": list(request.answers),
        "target_url": request.target_url,
        "content_warning": request.content_warning,
        "language": request.language,
    }


def _decode_request(document: Document) -> ReplyRequest:
    return ReplyRequest(
        case_id=text(document, "case_id"),
        account=text(document, "account"),
        target=text(document, "target"),
        target_handle=text(document, "target_handle"),
        visibility=choice(document, "visibility", Visibility),
        text=text(document, "text"),
        answers=texts(document, "answers"),
        target_url=optional_text(document, "target_url"),
        content_warning=text(document, "content_warning", ""),
        language=optional_text(document, "language"),
    )


def _encode_receipt(receipt: ReplyReceipt) -> Document:
    return {
        "post_id": receipt.post_id,
        "published_at": written_moment(receipt.published_at),
        "url": receipt.url,
    }


def _decode_receipt(document: Document) -> ReplyReceipt:
    return ReplyReceipt(
        post_id=text(document, "post_id"),
        published_at=moment(document, "published_at"),
        url=optional_text(document, "url"),
    )


def encode_draft(draft: Draft) -> Document:
    return {"case_id": draft.case_id, "text": draft.text, "saved_at": written_moment(draft.saved_at)}


def decode_draft(document: Document) -> Draft:
    return Draft(
        case_id=text(document, "case_id"), text=text(document, "text"), saved_at=moment(document, "saved_at")
    )
