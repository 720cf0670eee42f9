"""The n-grams by which the models read a text: of characters where it is Chinese, else of words and letters.

Training and scoring call the same functions, so that a weight always means what it was learned for.
"""

import re
from operator import add

from kefu_tui.nlp.reading import Reading

LINK, HANDLE = "\x02", "\x01"
WORD_MARK = "\x03"  # tells the word `ever` from the letters of `never`
_FIRST_MARK, _LAST_MARK = "\x04", "\x05"
MARKS = LINK + HANDLE + WORD_MARK + _FIRST_MARK + _LAST_MARK
_EDGE_WORDS = 4
_DIGITS = str.maketrans("123456789", "0" * 9)
_SAME_DIGITS = re.compile("00+")
_REPEATED = re.compile(r"(.)\1{3,}")
_WORD = re.compile(r"[a-z]+(?:['’][a-z]+)?|0|[^\w\s\x01\x02]|[\x01\x02]|[^\x00-\x7f]")


def plain(reading: Reading) -> str:
    """The text of a reading as the n-grams are cut from it.

    Figures are all alike, so are links and handles; a row of one character is three of it.
    """
    text = _SAME_DIGITS.sub("0", reading.text.translate(_DIGITS))
    text = _REPEATED.sub(r"\1\1\1", " ".join(text.split()))
    return (HANDLE if reading.handles else "") + (LINK if reading.links else "") + text


def han_grams(text: str) -> set[str]:
    """Every one, two and three characters in a row."""
    twos = list(map(add, text, text[1:]))
    return {*text, *twos, *map(add, twos, text[2:])}


def latin_grams(text: str) -> set[str]:
    """Every word, two words in a row, the first and last words, and every four and five letters."""
    words = _WORD.findall(text.replace("’", "'"))
    marked = [WORD_MARK + word for word in words]
    spelled = f" {' '.join(words)} "
    twos = list(map(add, spelled, spelled[1:]))
    fours = list(map(add, twos, twos[2:]))
    return {
        *marked,
        *map(add, marked, marked[1:]),
        *(_FIRST_MARK + word for word in words[:_EDGE_WORDS]),
        *(_LAST_MARK + word for word in words[-_EDGE_WORDS:]),
        *fours,
        *map(add, fours, spelled[4:]),
    }


def is_word(gram: str) -> bool:
    """Whether an n-gram says something by itself: characters in a row, or a Latin word or two."""
    if gram[0] == WORD_MARK:
        return any(char.isalnum() for char in gram)
    return len(gram) > 1 and ord(gram[0]) >= _FIRST_HAN and all(char.isalnum() for char in gram)


def shown(gram: str) -> str:
    """An n-gram as a person can read it."""
    return " ".join(gram.translate(_SHOWN).split())


_FIRST_HAN = 0x3400
_SHOWN = {
    ord(LINK): "",
    ord(HANDLE): "@",
    **dict.fromkeys(map(ord, (WORD_MARK, _FIRST_MARK, _LAST_MARK)), " "),
}
