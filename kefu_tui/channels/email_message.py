"""Letters (RFC 5322): which of them a person wrote, what they say, and the answer to one."""

import hashlib
import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime, getaddresses, parseaddr
from typing import cast

from kefu_tui.channels.text import html_to_text
from kefu_tui.domain.mention import Author, Kind, Post, Visibility
from kefu_tui.domain.outbox import ReplyRequest

_AUTOMATIC_SENDERS = re.compile(r"^(?:mailer-daemon|postmaster|(?:no|do-?not)-?reply|bounce)", re.IGNORECASE)
_ID = re.compile(r"<[^<>\s]+>")
_QUOTE_HEAD = re.compile(
    r"^(?:On .+ wrote:|在.+写道[：:]|Am .+ schrieb .+:|-{2,} ?(?:Original Message|原始邮件) ?-{2,}|_{10,})$"
)


def is_automatic(content: bytes, own_address: str) -> bool:
    """Whether a machine sent it, or we did: answering such a letter makes letters without end (RFC 3834)."""
    letter = _parsed(content)
    if _text(letter, "Auto-Submitted").lower().partition(";")[0].strip() not in ("", "no"):
        return True
    if _text(letter, "Precedence").lower().strip() in ("bulk", "list", "junk", "auto_reply"):
        return True
    if letter["List-Id"] is not None or letter["X-Auto-Response-Suppress"] is not None:
        return True
    if "Return-Path" in letter and _text(letter, "Return-Path").strip() in ("", "<>"):
        return True
    sender = parseaddr(_text(letter, "From"))[1]
    return not sender or sender.lower() == own_address.lower() or bool(_AUTOMATIC_SENDERS.match(sender))


def read_message(content: bytes, received: datetime | None, now: datetime) -> Post:
    """A letter as a post: subject and the new words; what it quotes is left out.

    It counts as posted when our server received it (`received`), which no sender can set.
    """
    letter = _parsed(content)
    name, sender = parseaddr(_text(letter, "Reply-To") or _text(letter, "From"))
    subject = _text(letter, "Subject").strip()
    references = _ID.findall(_text(letter, "References"))
    answered = (_ID.findall(_text(letter, "In-Reply-To")) or references[-1:] or [None])[0]
    identity = (_ID.findall(_text(letter, "Message-ID")) or [_made_id(content)])[0]
    at = _moment(received) or _date(letter)
    return Post(
        id=identity,
        author=Author(id=sender.lower(), handle=sender, name=name),
        text="\n\n".join(part for part in (subject, _words(letter)) if part),
        posted_at=at or now,
        is_dated=at is not None,
        kind=Kind.DIRECT,
        visibility=Visibility.DIRECT,
        thread_id=references[0] if references else identity,
        in_reply_to=answered,
    )


def own_message_id(request: ReplyRequest, address: str) -> str:
    """The Message-ID of an answer: it follows from what is answered and how, so that it is known again."""
    digest = hashlib.sha256(f"{request.target}\n{request.case_id}\n{request.text}".encode()).hexdigest()[:32]
    return f"<kefu.{digest}@{address.rpartition('@')[2]}>"


def compose(
    request: ReplyRequest, letter: bytes | None, *, message_id: str, address: str, now: datetime
) -> bytes:
    """The answer as it goes over the wire; `letter` is the one answered, None where it is gone."""
    before = _parsed(letter) if letter is not None else EmailMessage(policy=policy.SMTP)
    subject = " ".join(_text(before, "Subject").split())
    references = [*_ID.findall(_text(before, "References")), request.target]
    answer = EmailMessage(policy=policy.SMTP)
    answer["From"] = address
    answer["To"] = _bare(request.target_handle)
    answer["Subject"] = (
        subject if re.match(r"(?:re|回复|答复)\s*[:：]", subject, re.IGNORECASE) else f"Re: {subject}"
    )
    answer["Date"] = format_datetime(now)
    answer["Message-ID"] = message_id
    answer["In-Reply-To"] = request.target
    answer["References"] = " ".join(dict.fromkeys(references[-20:]))
    answer.set_content(request.text)
    return answer.as_bytes()


def _parsed(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=policy.default)


def _text(letter: EmailMessage, name: str) -> str:
    """A header as text; a broken one is as good as none."""
    try:
        value = letter[name]
        return "" if value is None else str(value)
    except (ValueError, IndexError, LookupError, AttributeError, TypeError):
        return ""


def _words(letter: EmailMessage) -> str:
    """The plain text where there is one, else the text of the HTML."""
    try:
        part = letter.get_body(("plain", "html"))
        if part is None:
            return ""
        content = part.get_content()
    except (LookupError, ValueError, AttributeError, TypeError):  # an unknown character set, a broken part
        payload = letter.get_payload(decode=True)
        content = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
        return _without_quotes(content)
    if not isinstance(content, str):
        return ""
    return _without_quotes(html_to_text(content) if part.get_content_type() == "text/html" else content)


def _without_quotes(text: str) -> str:
    """The new words; a letter that only quotes is kept whole."""
    kept: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if _QUOTE_HEAD.match(line.strip()):
            break
        if not line.lstrip().startswith(">"):
            kept.append(line.rstrip())
    return "\n".join(kept).strip() or text.strip()


def _made_id(content: bytes) -> str:
    return f"<{hashlib.sha256(content).hexdigest()[:32]}@no-message-id.invalid>"


def _moment(received: datetime | None) -> datetime | None:
    if not isinstance(received, datetime):
        return None
    return received.astimezone(UTC)  # IMAPClient gives local time without a zone, which this takes for local


def _date(letter: EmailMessage) -> datetime | None:
    try:
        moment = getattr(letter["Date"], "datetime", None)
        if moment is None:
            return None
        return (
            moment.replace(tzinfo=UTC) if moment.tzinfo is None else cast("datetime", moment.astimezone(UTC))
        )
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _bare(handle: str) -> str:
    """The one address in a handle: a comma or a line break must not add another recipient."""
    found = [
        address for _, address in getaddresses([handle.replace("\n", " ").replace("\r", " ")]) if address
    ]
    return found[0] if found else handle.split()[0]
