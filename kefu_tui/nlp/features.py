"""What the models see of a text: its n-grams, and as tokens what the rules found in it."""

from dataclasses import dataclass
from enum import StrEnum

from kefu_tui.domain.verdict import Language
from kefu_tui.nlp.grams import han_grams, latin_grams, plain
from kefu_tui.nlp.grounds import Context, Ground, grounds
from kefu_tui.nlp.language import language
from kefu_tui.nlp.lexicon import Lexicon, shipped
from kefu_tui.nlp.mood import mood
from kefu_tui.nlp.reading import read
from kefu_tui.nlp.tokens import tokens


class Script(StrEnum):
    """Which table of weights a text is read by."""

    HAN = "han"
    LATIN = "latin"


@dataclass(frozen=True, slots=True)
class Features:
    """A text taken apart."""

    context: Context
    grounds: list[Ground]
    language: Language
    script: Script
    grams: set[str]
    tokens: list[str]


def features(text: str, lexicon: Lexicon | None = None) -> Features:
    lexicon = lexicon or shipped()
    reading = read(text)
    told = language(reading.unfolded())
    found = lexicon.scan(reading.text)
    context = Context(reading, found, lexicon, mood(reading, found, lexicon))
    alarms = grounds(context)
    script = Script.HAN if told in (Language.HANS, Language.HANT) else Script.LATIN
    spelled = plain(reading)
    grams = han_grams(spelled) if script is Script.HAN else latin_grams(spelled)
    return Features(context, alarms, told, script, grams, tokens(context, alarms, told))
