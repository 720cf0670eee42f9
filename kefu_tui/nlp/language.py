"""Which of our languages a text is in, told by its characters alone."""

import re
from collections.abc import Sequence
from functools import cache

from kefu_tui.domain.verdict import Language
from kefu_tui.nlp.folding import script_characters

# Compared character by character: compiled, classes of that many characters cost more than all the rest.
_HAN = (("㐀", "䶿"), ("一", "鿿"), ("豈", "﫿"))
_OTHER_SCRIPTS = (("ぁ", "ヿ"), ("가", "힣"), ("Ѐ", "ӿ"), ("֐", "ۿ"), ("ऀ", "๿"))
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_FUNCTION_WORDS = (
    "a about all am an and any are as at be been but by can can't could did do does don't for from "
    "get got had has have he help her here his how i i'm if in is isn't it it's its just me my need "
    "never no not now of ok on or our out please she so still sorry thank thanks that the their them "
    "there they this to too up us very was we were what when where which who why will with would yes "
    "you your"
)
_ENGLISH = frozenset(_FUNCTION_WORDS.split())
_ENOUGH_WORDS = 5  # below this a text may well hold no function word
_LETTERS_PER_WORD = 2  # an English word says about as much as two characters


@cache
def _signs() -> tuple[frozenset[str], frozenset[str]]:
    """The characters that tell Traditional and Simplified text apart."""
    traditional, only_simplified = script_characters()
    return frozenset(traditional) - frozenset(traditional.values()), only_simplified


def language(text: str) -> Language:
    """The language that carries most of `text`; a text of shared characters only counts as Simplified.

    Kana, hangul and other scripts that outweigh the rest make it `und`, and so does a longer Latin
    text without a single English function word.
    """
    han = _within(text, _HAN)
    words = [word for word in _WORD.findall(text) if word[0] < "ɐ"]
    other = len(_within(text, _OTHER_SCRIPTS))
    if not han and not words:
        return Language.OTHER
    if other > len(han) // 3 and other > len(words):
        return Language.OTHER
    if len(han) >= len(words) * _LETTERS_PER_WORD or (len(han) > len(words) and not _is_english(words)):
        return _script(han)
    return Language.ENGLISH if _is_english(words) else Language.OTHER


def _within(text: str, ranges: Sequence[tuple[str, str]]) -> list[str]:
    return [char for char in text if char > "ɐ" and any(first <= char <= last for first, last in ranges)]


def _script(han: list[str]) -> Language:
    traditional, simplified = _signs()
    balance = sum((char in traditional) - (char in simplified) for char in han)
    return Language.HANT if balance > 0 else Language.HANS


def _is_english(words: list[str]) -> bool:
    plain = [word for word in words if word.isascii() or "’" in word]
    if len(plain) * 2 < len(words):
        return False
    if len(words) < _ENOUGH_WORDS:
        return True
    return any(word.lower().replace("’", "'") in _ENGLISH for word in plain)
