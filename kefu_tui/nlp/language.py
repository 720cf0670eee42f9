"""Which of our languages a text is in, told by its characters alone."""

import re
from functools import cache

from kefu_tui.domain.verdict import Language
from kefu_tui.nlp.folding import script_characters

_HAN = re.compile("[㐀-䶿一-鿿豈-﫿]")
_OTHER_SCRIPTS = re.compile("[ぁ-ヿ가-힣Ѐ-ӿ֐-ۿऀ-๿]")
_WORD = re.compile("[A-Za-zÀ-ɏ]+(?:['’][A-Za-zÀ-ɏ]+)?")
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
    han = _HAN.findall(text)
    words = _WORD.findall(text)
    other = 0 if text.isascii() else len(_OTHER_SCRIPTS.findall(text))
    if not han and not words:
        return Language.OTHER
    if other > len(han) // 3 and other > len(words):
        return Language.OTHER
    if len(han) >= len(words) * _LETTERS_PER_WORD or (len(han) > len(words) and not _is_english(words)):
        return _script(han)
    return Language.ENGLISH if _is_english(words) else Language.OTHER


def _script(han: list[str]) -> Language:
    traditional, simplified = _signs()
    marked = len([char for char in han if char in traditional])
    if not marked:
        return Language.HANS
    return Language.HANT if marked > len([char for char in han if char in simplified]) else Language.HANS


def _is_english(words: list[str]) -> bool:
    plain = [word for word in words if word.isascii() or "’" in word]
    if len(plain) * 2 < len(words):
        return False
    if len(words) < _ENOUGH_WORDS:
        return True
    return any(word.lower().replace("’", "'") in _ENGLISH for word in plain)
