"""Plain text out of the HTML that platforms send."""

import re
from html.parser import HTMLParser

_DROPPED = frozenset({"script", "style", "template", "head"})
_PARAGRAPHS = frozenset({"p", "div", "blockquote", "ul", "ol", "pre", "h1", "h2", "h3", "h4", "h5", "h6"})
_LINES = frozenset({"li", "tr", "hr"})


def html_to_text(html: str) -> str:
    """The text a reader of `html` sees; never raises, whatever the markup.

    Lines and paragraphs become line breaks. Mastodon shortens the links it shows with `invisible` and
    `ellipsis` spans for style sheets; read as text they give the whole address, which is what is wanted.
    """
    reader = _Reader()
    try:
        reader.feed(html)
        reader.close()
    except (AssertionError, ValueError):  # html.parser gives up on a few malformed declarations
        reader.handle_data(reader.rawdata)
    return reader.text()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._dropping = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _DROPPED:
            self._dropping += 1
        elif tag == "br" or tag in _LINES:
            self._parts.append("\n")
        elif tag in _PARAGRAPHS:
            self._parts.append("\n\n")
        elif tag == "img" and (described := dict(attrs).get("alt")):
            self._parts.append(described)

    def handle_endtag(self, tag: str) -> None:
        if tag in _DROPPED:
            self._dropping = max(0, self._dropping - 1)
        elif tag in _PARAGRAPHS:
            self._parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._dropping:
            # a line break in the source is only a space to a reader
            self._parts.append(re.sub(r"[ \t\r\n\f]+", " ", data))

    def text(self) -> str:
        text = re.sub(r" *\n *", "\n", "".join(self._parts))
        return re.sub(r"\n{3,}", "\n\n", text).strip()
