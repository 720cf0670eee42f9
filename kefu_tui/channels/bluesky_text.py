"""How Bluesky counts and marks up a text (docs.bsky.app: posts, rich text)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kefu_tui.channels.mastodon_length import clusters
from kefu_tui.ports import Json, TextLength

MOST_GRAPHEMES = 300
MOST_BYTES = 3000
_URL = re.compile(
    r"https?://[^\s<>\"'，。！？；：、（）【】「」]+[^\s<>\"'，。！？；：、（）【】「」.,;:!?)\]]"
)
_MENTION = re.compile(
    r"(?<![\w@.])@((?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z](?:[a-z0-9-]*[a-z0-9])?)", re.IGNORECASE
)
_TAG = re.compile(r"(?<![\w#&/])#([^\W\d_][\w]*)")


def measured(text: str) -> TextLength:
    """In grapheme clusters of 300; a text above 3000 bytes of UTF-8 is as long as its bytes say."""
    used, size = clusters(text), len(text.encode("utf-8", "surrogatepass"))
    if size > MOST_BYTES and used <= MOST_GRAPHEMES:
        return TextLength(used=size, limit=MOST_BYTES)
    return TextLength(used=used, limit=MOST_GRAPHEMES)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a text in UTF-8 bytes, and the feature it carries."""

    start: int
    end: int
    feature: Mapping[str, Json]

    def facet(self) -> Mapping[str, Json]:
        return {"index": {"byteStart": self.start, "byteEnd": self.end}, "features": [self.feature]}


def handles_in(text: str) -> list[str]:
    """The accounts a text mentions, as written after the @."""
    return [found[1] for found in _MENTION.finditer(text)]


def facets(text: str, dids: Mapping[str, str]) -> list[Json]:
    """Mentions, links and tags; `dids` are the known accounts by handle in lower case, others stay plain."""
    return [span.facet() for span in sorted(_spans(text, dids), key=lambda span: span.start)]


def _spans(text: str, dids: Mapping[str, str]) -> Iterator[Span]:
    kind = "app.bsky.richtext.facet#"
    links = list(_URL.finditer(text))
    for found in links:
        yield _span(text, found, {"$type": f"{kind}link", "uri": found[0]})
    within = [range(*found.span()) for found in links]
    for found in _MENTION.finditer(text):
        did = dids.get(found[1].lower())
        if did and not any(found.start() in link for link in within):
            yield _span(text, found, {"$type": f"{kind}mention", "did": did})
    for found in _TAG.finditer(text):
        if not any(found.start() in link for link in within):
            yield _span(text, found, {"$type": f"{kind}tag", "tag": found[1]})


def _span(text: str, found: re.Match[str], feature: Mapping[str, Json]) -> Span:
    start = len(text[: found.start()].encode())
    return Span(start, start + len(found[0].encode()), feature)
