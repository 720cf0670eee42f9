"""Breaking text into lines where Chinese and Latin stand side by side.

Textual breaks between words only, so a Chinese sentence after a short word would begin a new line.
Chinese may break between any two characters, except that closing punctuation never begins a line and
opening punctuation never ends one.
"""

import re

from rich.cells import cell_len

_WIDE = (
    "\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6"
    "\U0001f300-\U0001faff\U00020000-\U0003fffd"
)
_PIECE = re.compile(f"[{_WIDE}]|[^\\s{_WIDE}]+|\\s+")
_NOT_FIRST = frozenset("，。、；：？！）》」』】〕〉”’…—～,.;:?!)]}%·")
_NOT_LAST = frozenset("（《「『【〔〈“‘([{")


def wrapped(text: str, width: int) -> str:
    """The text with newlines put where a line of `width` cells must end."""
    return "\n".join(line for paragraph in text.split("\n") for line in _lines(paragraph, max(width, 2)))


def _lines(paragraph: str, width: int) -> list[str]:
    lines: list[str] = []
    line, used = "", 0
    for unit in _units(paragraph):
        size = cell_len(unit)
        if used + size <= width:
            line, used = line + unit, used + size
            continue
        if unit.isspace():
            continue  # a line ends here anyway
        if line.strip():
            lines.append(line.rstrip())
        while size > width:  # a word longer than a line: an address, say
            head = _head(unit, width)
            lines.append(head)
            unit = unit[len(head) :]
            size = cell_len(unit)
        line, used = unit, size
    lines.append(line.rstrip())
    return lines


def _units(paragraph: str) -> list[str]:
    """What must stay together: a word, or a Chinese character with the punctuation that clings to it."""
    units: list[str] = []
    opening = ""
    for piece in _PIECE.findall(paragraph):
        if piece in _NOT_LAST:
            opening += piece
        elif piece[0] in _NOT_FIRST and units and not units[-1].isspace() and not opening:
            units[-1] += piece
        else:
            units.append(opening + piece)
            opening = ""
    if opening:
        units.append(opening)
    return units


def _head(text: str, width: int) -> str:
    """As much of the beginning of `text` as fits, at least one character."""
    end = 1
    while end < len(text) and cell_len(text[: end + 1]) <= width:
        end += 1
    return text[:end]
