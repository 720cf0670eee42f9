"""The words of a text that speak loudest for an answer: what the n-grams that fired look like to a person."""

from itertools import islice

from kefu_tui.nlp.features import Features, Script
from kefu_tui.nlp.grams import MARKS, WORD_MARK, is_word
from kefu_tui.nlp.weights import Weights

_LOUDEST = 12
_SHORTEST = 2
_LONGEST = 14  # characters of Chinese evidence
_LATIN_LONGEST = 32


def words(given: Features, weights: Weights, question: str) -> str:
    """The stretch of the author's own words that holds the most of what speaks for `question`."""
    said = sorted(weights.contributions(question, given.grams), reverse=True)
    loud = islice((one for one in said if is_word(one[1])), _LOUDEST)
    text = given.context.reading.text
    heard = [0.0] * len(text)
    for weight, gram in loud:
        spelled = gram.strip(f"{MARKS} ").partition(WORD_MARK)[0]
        if weight <= 0 or not any(char.isalpha() for char in spelled):
            continue
        at = text.find(spelled)
        if at >= 0:
            for place in range(at, at + len(spelled)):
                heard[place] += weight / len(spelled)
    first, end = _loudest_stretch(text, heard, given.script)
    if end - first < _SHORTEST:
        return ""  # a single character tells a person nothing
    reading = given.context.reading
    return reading.evidence(reading.telling((first, end)))


def _loudest_stretch(text: str, heard: list[float], script: Script) -> tuple[int, int]:
    """The connected stretch with the largest sum; of a Latin text, whole words."""
    best, best_sum = (0, 0), 0.0
    start, total = 0, 0.0
    most = _LONGEST if script is Script.HAN else _LATIN_LONGEST
    for place, loudness in enumerate([*heard, 0.0]):
        if loudness > 0 and place - start < most:
            total += loudness
            continue
        if total > best_sum:
            best, best_sum = (start, place), total
        start, total = (place, loudness) if loudness > 0 else (place + 1, 0.0)
    first, end = best
    if script is Script.LATIN and end > first:
        while first > 0 and text[first - 1].isalnum():
            first -= 1
        while end < len(text) and text[end].isalnum():
            end += 1
    return first, end
