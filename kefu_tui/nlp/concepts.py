"""Which things and faults a text names, whatever word it uses for them: `弹飞`, `蹦开` and `shot up` are one.

The forms stand in `data/concepts.toml`. A concept found in two complaints says more than a word they share:
customers rarely choose the same words, in two scripts and two languages never.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from kefu_tui.nlp.folding import fold, read_data

MOST_CHARACTERS = 600
"""How much of a text is read: what somebody complains about stands at its head."""

GOODS, FAULT, MATTER = "goods", "fault", "matter"
_ENDINGS = ("s", "es", "ed", "ing", "er")
_NOT_WORDS = re.compile(
    r"https?://\S*|(?:www\.)\S+"  # links
    r"|//@.*"  # what a repost drags along
    r"|@[\w.\-]+"  # handles
    r"|\[[^\[\]\s]{1,6}\]",  # [doge]
    re.DOTALL,
)

# what comes right before a fault that is not there: 没有异味, not one chip
_DENIED = re.compile(
    r"(?:没有?|不会?|毫?无|从未|(?:\b(?:no|not|never|without)|n't)(?: (?:one|a|any|a single))? )$"
)


def own_words(text: str) -> str:
    """The author's own words of a text, folded: without links, handles, emoticons and what is reposted."""
    return _NOT_WORDS.sub(" ", fold(text[: 2 * MOST_CHARACTERS]))[:MOST_CHARACTERS]


@dataclass(frozen=True, slots=True)
class Concepts:
    """The concepts of a text: which goods it names, what is wrong with them, and all of them together."""

    goods: frozenset[str]
    faults: frozenset[str]
    all: frozenset[str]


class ConceptReader:
    """Finds concepts in folded text. `goods` are more words for what the shop sells."""

    def __init__(self, goods: Iterable[str] = ()) -> None:
        self._kinds, forms = _shipped()
        self._forms = dict(forms)
        self._starts = _by_first(self._forms)
        own: dict[str, tuple[str, ...]] = {}
        for word in filter(None, (fold(word).strip() for word in goods)):
            if word not in forms:  # 小皮鞋 is itself, and a shoe
                own[word] = (word, *dict.fromkeys(name for _, names in self._found(word) for name in names))
        self._kinds = self._kinds | dict.fromkeys(own, GOODS)
        self._forms |= own
        self._starts = _by_first(self._forms)

    def read(self, text: str) -> Concepts:
        """The concepts of a folded text; faults that are denied are none."""
        found: set[str] = set()
        for begin, names in self._found(text):
            if _DENIED.search(text, max(0, begin - 16), begin):
                names = tuple(name for name in names if self._kinds[name] != FAULT)
            found.update(names)
        return Concepts(
            goods=frozenset(name for name in found if self._kinds[name] == GOODS),
            faults=frozenset(name for name in found if self._kinds[name] in (FAULT, MATTER)),
            all=frozenset(found),
        )

    def _found(self, text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Where forms begin, and the concepts they stand for; the longest form wins, none overlaps."""
        at = 0
        while at < len(text):
            for form in self._starts.get(text[at], ()):
                if text.startswith(form, at) and (end := _end(text, at, form)):
                    yield at, self._forms[form]
                    at = end
                    break
            else:
                at += 1


def _end(text: str, at: int, form: str) -> int:
    """Where a form that begins at `at` ends, its ending included; 0 where it is a part of a Latin word."""
    end = at + len(form)
    if not form.isascii():
        return end
    if at and _is_latin(text[at - 1]):
        return 0
    for ending in ("", *_ENDINGS):
        after = end + len(ending)
        if text.startswith(ending, end) and not _is_latin(text[after : after + 1]):
            return after
    return 0


def _is_latin(char: str) -> bool:
    return "a" <= char <= "z"


@cache
def _shipped() -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """The kind of each concept, and the concepts of each form."""
    kinds: dict[str, str] = {}
    forms: dict[str, tuple[str, ...]] = {}
    for kind, concepts in tomllib.loads(read_data("concepts.toml")).items():
        for name, written in concepts.items():
            kinds[name] = kind
            for form in written.split():
                form = form.replace("_", " ")
                forms[form] = (*forms.get(form, ()), name)
    return kinds, forms


def _by_first(forms: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The forms by their first character, the longest first."""
    starts: dict[str, list[str]] = {}
    for form in sorted(forms, key=lambda form: (-len(form), form)):
        starts.setdefault(form[0], []).append(form)
    return {first: tuple(found) for first, found in starts.items()}
