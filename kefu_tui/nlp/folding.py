"""One written form for comparison: Simplified, half-width, lower case; and the initials people type.

Folding keeps the length: character `i` of the folded text is character `i` of the original, so
whatever is found in the one can be cut out of the other. Forms that would need more than one
character (ligatures, `ß`, `㈱`) therefore stay as they are.
"""

import unicodedata
from functools import cache
from pathlib import Path

from kefu_tui.domain.errors import N_, KefuError

FIRST_HAN, LAST_HAN = 0x4E00, 0x9FFF
_COMPATIBLE = (
    (0x00A0, 0x00A1),  # the no-break space
    (0x2000, 0x200B),  # typographic spaces
    (0x2F00, 0x2FE0),  # Kangxi radicals that look like characters
    (0x3000, 0x3001),  # the ideographic space
    (0xF900, 0xFB00),  # compatibility ideographs
    (0xFF01, 0xFF5F),  # full-width ASCII
)
# Written apart in Taiwan and Hong Kong, and kept apart by OpenCC because 著 has a second meaning.
_VARIANTS = {"著": "着", "妳": "你", "佢": "他", "哋": "们", "唔": "不", "冇": "没", "嘅": "的"}


class _InitialsTable(dict[int, str | None]):
    """A `str.translate` table that drops every character it does not know."""

    def __missing__(self, code: int) -> None:
        return None


def read_data(name: str) -> str:
    """The text of one of the data files shipped beside this module; raises `KefuError` where it is gone."""
    path = Path(__file__).with_name("data") / name
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise KefuError(N_("{path}: {reason}; install kefu anew"), path=str(path), reason=reason) from None


@cache
def script_characters() -> tuple[dict[str, str], frozenset[str]]:
    """Traditional characters with their Simplified form, and the characters only Simplified text has."""
    traditional, simplified, only_simplified, *_ = read_data("t2s.txt").split("\n")
    return dict(zip(traditional, simplified, strict=True)), frozenset(only_simplified)


@cache
def _fold_table() -> dict[int, str]:
    to_simplified, _ = script_characters()
    table = str.maketrans(to_simplified | _VARIANTS)
    for first, end in _COMPATIBLE:
        for code in range(first, end):
            plain = unicodedata.normalize("NFKC", chr(code))
            if len(plain) == 1 and plain != chr(code):
                table[code] = to_simplified.get(plain, plain)
    return table


@cache
def _initials_table() -> _InitialsTable:
    letters = read_data("initials.txt").rstrip("\n")
    return _InitialsTable(
        (code, letter) for code, letter in zip(range(FIRST_HAN, LAST_HAN + 1), letters, strict=True)
    )


def fold(text: str) -> str:
    """`text` in Simplified characters, half-width and lower case, character for character."""
    translated = text.translate(_fold_table())
    lowered = translated.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := char.lower()) == 1 else char for char in translated)


def initials(text: str) -> str:
    """The pinyin initial of each Chinese character in `text`, lower case; everything else is dropped.

    A character with several readings gives the first of them: 银行 is `yx` here, as no context is read.
    """
    return text.translate(_initials_table()).replace(" ", "")
