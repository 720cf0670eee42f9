"""Entries out of RSS and Atom as they are found in the wild."""

import calendar
import hashlib
import io
import re
import xml.sax
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urljoin

from kefu_tui.channels.text import html_to_text
from kefu_tui.domain.errors import N_, BadAnswer

_ROOT_END = re.compile(rb"</(?:\w+:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)
_LONGEST_ID = 200  # characters; a longer one is replaced by its hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry in plain text; `posted_at` is None where the feed gives no readable date."""

    id: str
    author: str
    text: str
    url: str | None
    posted_at: datetime | None
    language: str | None


def read_feed(body: bytes, content_type: str, host: str, address: str) -> list[Entry]:
    """The entries of a feed in its own order, each id once. Slow for a large feed: call it in a thread.

    Raises `BadAnswer` for what is no feed, or only part of one.
    """
    import feedparser

    try:
        parsed = feedparser.parse(
            io.BytesIO(body),  # never the bytes themselves: it would open the file or page they name
            response_headers={"content-type": content_type} if content_type else {},
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except Exception as error:  # whatever a stranger's bytes set off in a lenient parser, it is their fault
        raise BadAnswer(
            N_("{host} sent a feed that cannot be read: {reason}"), host=host, reason=type(error).__name__
        ) from None
    if not parsed.get("version") and not parsed.entries:
        raise BadAnswer(N_("{host} did not send a feed but something else, a web page perhaps"), host=host)
    broken = parsed.bozo and isinstance(parsed.get("bozo_exception"), xml.sax.SAXException)
    if broken and not _ROOT_END.search(body[-1024:]):
        raise BadAnswer(N_("{host} sent only part of the feed"), host=host)
    entries = (_entry(entry, parsed.feed, host, address) for entry in parsed.entries)
    return list({entry.id: entry for entry in entries}.values())


def _entry(entry: Mapping[str, object], feed: Mapping[str, object], host: str, address: str) -> Entry:
    link = _words(entry.get("link"))
    title = _plain(entry.get("title"), entry.get("title_detail"))
    body = _body(entry)
    return Entry(
        id=_identity(_words(entry.get("id")), link, title, body),
        author=_words(entry.get("author")) or _words(feed.get("title")) or host,
        text=body if body.startswith(title.rstrip("….")) else f"{title}\n\n{body}".strip(),
        url=urljoin(address, link) if link else None,
        posted_at=_moment(entry.get("published_parsed")) or _moment(entry.get("updated_parsed")),
        language=_words(feed.get("language")) or None,
    )


def _body(entry: Mapping[str, object]) -> str:
    """The full content where the feed has it, else the summary."""
    contents = entry.get("content")
    if isinstance(contents, list):
        for content in contents:
            if isinstance(content, Mapping) and (text := _plain(content.get("value"), content)):
                return text
    return _plain(entry.get("summary"), entry.get("summary_detail"))


def _plain(value: object, detail: object) -> str:
    kind = detail.get("type") if isinstance(detail, Mapping) else None
    return html_to_text(_words(value)) if kind != "text/plain" else _words(value)


def _words(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _identity(given: str, link: str, title: str, body: str) -> str:
    """The id the feed gives; without one the link, without that the words themselves."""
    identity = given or link or f"{title}\n{body}"
    if given and len(given) <= _LONGEST_ID:
        return given
    return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _moment(parsed: object) -> datetime | None:
    """feedparser's dates are UTC already; some hold a 31st of February or a year 0."""
    if not isinstance(parsed, tuple):
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC)
    except (ValueError, OverflowError, OSError, TypeError):
        return None
