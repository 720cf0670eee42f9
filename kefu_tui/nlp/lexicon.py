"""The shipped words and rules, and the scanner that finds them in a folded text.

Words are looked up, not searched for: at each place the text's next two characters say how long a word
starting there can be, so the cost follows the text, not the size of the lexicon. At each place the
longest word wins, which lets a harmless phrase (`多重曝光`) swallow the alarm word in it (`曝光`). Rules are
regular expressions with bounded gaps only; where one holds a group, the group is what was found. Pairs
are words of two tags close together.
"""

import re
import tomllib
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from operator import add
from string import ascii_letters, digits
from typing import Literal, TypeAlias, cast

from kefu_tui.nlp.folding import read_data

# A class with one character beyond Latin-1 is four times as dear to compile, and there are a hundred gaps:
# for the rules, the Chinese full stop and the ellipsis are line ends.
_GAPS = {"…": r"[^!?;\n]{0,10}?", "‥": r"[^,!?;\n]{0,6}?"}
_GAP = re.compile("[…‥]")
_PREFIX = 2
_LATIN_WORD = re.compile(r"[a-z]{2}")
_HAN = re.compile("[一-鿿]")
_LATIN_START = re.compile("(?<![a-z])[a-z0-9]")
_FOUR = 4
_LATIN_LETTERS = frozenset(ascii_letters)
_LATIN = frozenset(ascii_letters + digits)
_ALARMS = ("threat.", "harm.", "money.", "violence")
_COMPLAINING = ("mood.bad", "mood.worst")
_ON_DEMAND = ("scope.", "decoy")
_MOST_PAIRED = 40  # words of one kind looked at for a neighbour, so that a wall of them costs no more
DECOY = "decoy"

Span: TypeAlias = tuple[int, int]
Script: TypeAlias = Literal["zh", "en"]
_SCRIPTS: tuple[Script, ...] = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Findings:
    """What a scan found: the spans of each tag, in order of their start."""

    spans: Mapping[str, Sequence[Span]]

    def __getitem__(self, tag: str) -> Sequence[Span]:
        return self.spans.get(tag, ())

    def within(self, tag: str, start: int, end: int) -> Span | None:
        """The first span of `tag` that begins in `[start, end)`."""
        spans = self[tag]
        at = bisect_left(spans, (start, 0))
        return spans[at] if at < len(spans) and spans[at][0] < end else None

    def count(self, tag: str, start: int, end: int) -> int:
        spans = self[tag]
        return bisect_right(spans, (end, 0)) - bisect_left(spans, (start, 0))


class Lexicon:
    """Tagged words and rules.

    Rules below `scope.` and the decoys' are compiled and tried only when a scan met an alarm: most texts
    hold none, and a cold start pays for what it uses.
    """

    def __init__(
        self, tables: Mapping[Script, Mapping[str, object]], valences: Iterable[tuple[str, str]] = ()
    ) -> None:
        self._words: dict[str, tuple[str, ...]] = {}
        self._weights: dict[str, float] = {}
        self._rules: dict[Script, dict[str, list[_Family]]] = {script: {} for script in tables}
        self._pairs: list[_Pair] = []
        words: defaultdict[str, list[str]] = defaultdict(list)
        for script, table in tables.items():
            for tag, entry in _entries(table, ""):
                if entry.weight:
                    self._weights[tag] = entry.weight
                for word in _split(entry.words):
                    if tag not in words[word]:
                        words[word].append(tag)
                self._pairs.extend(_pair(tag, said) for said in entry.pairs)
                if entry.rules:
                    source = "|".join(map(_with_gaps, entry.rules))
                    family = _Family(source, near_pieces(entry.near))
                    self._rules[script].setdefault(tag, []).append(family)
        for word, tag in valences:
            if word not in words:
                words[word].append(tag)
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for word, tags in words.items():
            lengths[word[:_PREFIX]].add(len(word.removesuffix("*")))
            self._words[word] = tuple(tags)
        self._lengths = {prefix: tuple(sorted(all_, reverse=True)) for prefix, all_ in lengths.items()}
        self._longer: dict[str, tuple[int, ...]] = {}
        for word in self._words:
            if len(word) > _FOUR and word[0] not in _LATIN:
                known = self._longer.get(word[:_FOUR], ())
                self._longer[word[:_FOUR]] = tuple(sorted({*known, len(word)}))
        self._tried = {script: _Tried(rules) for script, rules in self._rules.items()}
        self._compiled: dict[str, re.Pattern[str]] = {}

    def weight(self, tag: str) -> float:
        return self._weights.get(tag, 0.0)

    def find(self, tag: str, text: str) -> re.Match[str] | None:
        """The first place in `text` where a rule of `tag` holds."""
        text = _with_line_ends(text)
        for script in _scripts(text):
            for family in self._rules.get(script, {}).get(tag, ()):
                if family.may_hold(text) and (match := self._rule(family).search(text)):
                    return match
        return None

    def scan(self, text: str) -> Findings:
        """Everything in `text`, which is folded. What overlaps a decoy is no alarm and no complaint."""
        spans: defaultdict[str, list[Span]] = defaultdict(list)
        for start, end, tags in self._find_words(text):
            for tag in tags:
                spans[tag].append((start, end))
        text = _with_line_ends(text)
        scripts = _scripts(text)
        for script in scripts:
            if script in self._tried:
                for tag, family in self._tried[script].on(text):
                    spans[tag].extend(self._matches(family, text))
        for pair in self._pairs:
            if pair.first in spans and pair.second in spans:
                spans[pair.tag].extend(_close(pair, spans[pair.first], spans[pair.second], text))
        alarms = [tag for tag, found in spans.items() if found and tag.startswith(_ALARMS)]
        if alarms:
            for script in scripts:
                for family in self._rules.get(script, {}).get(DECOY, ()):
                    if family.may_hold(text):
                        spans[DECOY].extend(self._matches(family, text))
            decoys = spans[DECOY]
            for tag in (*alarms, *_COMPLAINING) if decoys else ():
                spans[tag] = [span for span in spans[tag] if not _overlaps(span, decoys)]
        return Findings({tag: sorted({*found}) for tag, found in spans.items() if found})

    def _rule(self, family: "_Family") -> re.Pattern[str]:
        source = family.source
        if source not in self._compiled:
            self._compiled[source] = re.compile(source)
        return self._compiled[source]

    def _matches(self, family: "_Family", text: str) -> Iterator[Span]:
        for match in self._rule(family).finditer(text):
            span = match.span(match.lastindex or 0)
            if span[1] > span[0]:
                yield span

    def _find_words(self, text: str) -> Iterator[tuple[int, int, tuple[str, ...]]]:
        found = self._other_words(text)
        lengths = self._lengths
        for match in _LATIN_START.finditer(text):
            at = match.start()
            if (known := lengths.get(text[at : at + _PREFIX])) and (
                word := self._latin_word(text, at, known)
            ):
                found.append(word)
        found.sort()
        past = 0  # where the last word found ends
        for at, end, tags in found:
            if at >= past:
                past = -end
                yield at, past, tags

    def _other_words(self, text: str) -> list[tuple[int, int, tuple[str, ...]]]:
        """The words that start with no Latin letter, their ends negative: the longest sorts first.

        All twos, threes and fours of a text are looked up at once; a longer word begins with one of these.
        """
        if text.isascii():
            return []
        words = self._words
        twos = list(map(add, text, text[1:]))
        fours = list(map(add, twos, twos[2:]))
        found = [(at, -at - 1, words[one]) for at, one in enumerate(text) if one in words]
        found += [(at, -at - 2, words[two]) for at, two in enumerate(twos) if two in words]
        found += [
            (at, -at - 3, words[three]) for at, three in enumerate(map(add, twos, text[2:])) if three in words
        ]
        found += [(at, -at - 4, words[four]) for at, four in enumerate(fours) if four in words]
        for at, four in enumerate(fours):
            for length in self._longer.get(four, ()):
                tags = words.get(text[at : at + length])
                if tags is not None and at + length <= len(text):
                    found.append((at, -at - length, tags))
        return [one for one in found if text[one[0]] not in _LATIN]

    def _latin_word(
        self, text: str, at: int, lengths: Sequence[int]
    ) -> tuple[int, int, tuple[str, ...]] | None:
        """The longest word or stem of these lengths that starts here, with its negative end."""
        words, end_of_text = self._words, len(text)
        for length in lengths:
            end = at + length
            if end > end_of_text:
                continue
            word = text[at:end]
            is_whole = end == end_of_text or word[-1] not in _LATIN_LETTERS or text[end] not in _LATIN_LETTERS
            if is_whole and word in words:
                return at, -end, words[word]
            stem = words.get(word + "*")
            if stem is not None:
                while end < end_of_text and text[end] in _LATIN_LETTERS:
                    end += 1
                return at, -end, stem
        return None


def near_pieces(near: str) -> tuple[str, ...]:
    """What of a text shows that a rule is worth a try: words where commas part them, else each character."""
    return tuple(_split(near)) if "," in near else tuple(near)


def _with_gaps(rule: str) -> str:
    return _GAP.sub(lambda sign: _GAPS[sign[0]], rule).replace("。", r"\n")


def _with_line_ends(text: str) -> str:
    return text.replace("。", "\n").replace("…", "\n")


def _split(words: str) -> Iterator[str]:
    for word in words.replace("\n", ",").split(","):
        if stripped := word.strip():
            yield stripped


def _overlaps(span: Span, others: Sequence[Span]) -> bool:
    return any(start < span[1] and span[0] < end for start, end in others)


def _scripts(text: str) -> tuple[Script, ...]:
    """Whose rules can hold in `text`: the Chinese ones need a character, the English ones a letter."""
    if text.isascii() or not _HAN.search(text):
        return ("en",)
    return ("zh", "en") if _LATIN_WORD.search(text) else ("zh",)


@dataclass(frozen=True, slots=True)
class _Family:
    """Rules that are tried together, where one of the pieces of `near` is in the text or there are none."""

    source: str
    near: tuple[str, ...]

    def may_hold(self, text: str) -> bool:
        return not self.near or any(piece in text for piece in self.near)


class _Tried:
    """Which of the families of rules tried on every text can hold in one, found by the pieces it holds.

    There are thousands of pieces: looked up by their first two characters, they cost what the text costs.
    """

    def __init__(self, rules: Mapping[str, Sequence[_Family]]) -> None:
        self._families = [
            (tag, family)
            for tag, families in rules.items()
            if not tag.startswith(_ON_DEMAND)
            for family in families
        ]
        self._any = {at for at, (_, family) in enumerate(self._families) if not family.near}
        self._pieces: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        for at, (_, family) in enumerate(self._families):
            for piece in family.near:
                self._pieces[piece[:_PREFIX]].append((piece, at))

    def on(self, text: str) -> Iterator[tuple[str, _Family]]:
        starts = {*text, *map(add, text, text[1:])}
        holding = set(self._any)
        for start in self._pieces.keys() & starts:
            holding.update(at for piece, at in self._pieces[start] if at not in holding and piece in text)
        return (self._families[at] for at in sorted(holding))


@dataclass(frozen=True, slots=True)
class _Pair:
    """A tag for the words of `second` that have one of `first` near; only before them, if `ordered`."""

    tag: str
    first: str
    second: str
    reach: int
    ordered: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    words: str
    rules: Sequence[str]
    near: str
    pairs: Sequence[str]
    weight: float


_PAIR = re.compile(r"(\S+) ([>&]) (\S+) (\d+)")
_PAIR_ENDS = re.compile(r"[!?;\n]|\. ")


def _pair(tag: str, said: str) -> _Pair:
    match = _PAIR.fullmatch(said)
    if match is None:
        raise ValueError(f"{tag}: {said!r} does not say 'first > second reach' or 'first & second reach'")
    return _Pair(tag, match[1], match[3], int(match[4]), match[2] == ">")


def _close(pair: _Pair, firsts: Sequence[Span], seconds: Sequence[Span], text: str) -> Iterator[Span]:
    """The words of the second kind with one of the first near them in their sentence."""
    firsts = sorted(firsts)
    for start, end in seconds[:_MOST_PAIRED]:
        at = bisect_left(firsts, (start, 0))
        around = firsts[max(0, at - 1) : at if pair.ordered else at + 2]
        for begin, stop in around:
            apart = max(begin, start) - min(stop, end)
            same = (begin, stop) == (start, end)
            if same or apart > pair.reach or _PAIR_ENDS.search(text, min(begin, start), max(begin, start)):
                continue
            yield start, end
            break


def _entries(table: Mapping[str, object], prefix: str) -> Iterator[tuple[str, _Entry]]:
    """The tags of a lexicon file: a table with words, rules or pairs is one, a table in it another.

    What `also` holds are further families of the same tag, each with its own `near`.
    """
    if any(table.get(key) for key in ("words", "rules", "pairs", "weight")):
        yield (
            prefix,
            _Entry(
                str(table.get("words", "")),
                cast("Sequence[str]", table.get("rules", ())),
                str(table.get("near", "")),
                cast("Sequence[str]", table.get("pairs", ())),
                float(cast("float", table.get("weight", 0.0))),
            ),
        )
    for family in cast("Sequence[Mapping[str, object]]", table.get("also", ())):
        yield from _entries(family, prefix)
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _entries(value, f"{prefix}.{key}" if prefix else key)


_VALENCES = {
    "+3": "mood.best",
    "+2": "mood.fine",
    "+1": "mood.good",
    "-1": "mood.bad",
    "-2": "mood.poor",
    "-3": "mood.worst",
}


def _valences(content: str) -> Iterator[tuple[str, str]]:
    """The words of a valence file with their tags: one line a valence."""
    for line in content.splitlines():
        valence, _, words = line.partition(" ")
        for word in words.split(","):
            yield word, _VALENCES[valence]


@cache
def shipped() -> Lexicon:
    """The lexicon that ships with the program, read on first use."""
    rules: dict[Script, Mapping[str, object]] = {
        script: tomllib.loads(read_data(f"lexicon.{script}.toml")) for script in _SCRIPTS
    }
    return Lexicon(rules, chain.from_iterable(_valences(read_data(f"valence.{s}.txt")) for s in _SCRIPTS))
