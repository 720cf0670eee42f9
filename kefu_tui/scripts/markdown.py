"""Scripts written as Markdown: a heading is a title, lines of `key: value` follow, the text comes after them.

    # A new lid
    stage: amends
    keywords: lid, leaking

    {name|Hello}, the new lid ships by {tomorrow 18:00}.

The next heading begins the next script. `id` and `language` may stand among the keys; without an id it is
made of the file's name and the title. What stands before the first heading is a note to oneself.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_HEADING = re.compile(r"#{1,3}\s+(?P<title>.+?)\s*#*\s*$")
_KEY = re.compile(r"(?P<key>[A-Za-z_]+)\s*[:：]\s*(?P<value>.*?)\s*$")
_LISTS = frozenset({"keywords"})
_BETWEEN = re.compile(r"\s*[,，、;；]\s*")


@dataclass(slots=True)
class Section:
    """One script as it stands: the line (from 1) of its heading, its keys with their lines, its text."""

    line: int
    title: str
    fields: dict[str, tuple[object, int]] = field(default_factory=dict)
    body: list[str] = field(default_factory=list)

    @property
    def said(self) -> dict[str, str]:
        """What the shape of the file says without a key."""
        return {"title": self.title, "body": "\n".join(self.body).strip()}


def sections(content: str) -> Iterator[Section]:
    """The scripts of a file in their order."""
    current: Section | None = None
    in_keys = False
    for number, line in enumerate(content.splitlines(), 1):
        if heading := _HEADING.match(line):
            if current is not None:
                yield current
            current, in_keys = Section(number, heading["title"]), True
        elif current is not None:
            key = _KEY.match(line) if in_keys else None
            if key is not None:
                name, value = key["key"].lower(), key["value"]
                found: object = _BETWEEN.split(value) if name in _LISTS else value
                current.fields[name] = (found, number)
            else:
                in_keys = in_keys and not line.strip() and not current.fields
                current.body.append(line)
    if current is not None:
        yield current


def slug(stem: str, section: Section) -> str:
    """An id for a script that has none, steady as long as file and title are."""
    words = "-".join(re.findall(r"\w+", section.title.lower()))
    return f"{stem}-{words}"[:60]
