"""Which things and faults a text names, whatever word it uses for them: `弹飞`, `蹦开` and `shot up` are one.

The forms stand in `data/concepts.toml`. A concept found in two complaints says more than a word they share:
customers rarely choose the same words, in two scripts and two languages never.
"""

import re
import tomllib
from collections.abc import Iterable
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
    r"(?:没有?|不会?|毫?无|从未|\b(?:no|not|never|without|n't)(?: (?:one|a|any|a single))? )$"
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
        own = (fold(word).strip() for word in goods)
        for word in filter(None, own):
            if word not in self._forms:
                self._forms[word] = (word,)
                self._kinds = {**self._kinds, word: GOODS}
        self._pattern = _pattern(self._forms)

    def read(self, text: str) -> Concepts:
        """The concepts of a folded text."""
        found: set[str] = set()
        for match in self._pattern.finditer(text):
            named = self._named(match[0])
            if _DENIED.search(text, max(0, match.start() - 16), match.start()):
                named = tuple(name for name in named if self._kinds[name] != FAULT)
            found.update(named)
        return Concepts(
            goods=frozenset(name for name in found if self._kinds[name] == GOODS),
            faults=frozenset(name for name in found if self._kinds[name] in (FAULT, MATTER)),
            all=frozenset(found),
        )

    def _named(self, form: str) -> tuple[str, ...]:
        stems = (form, *(form.removesuffix(ending) for ending in _ENDINGS if form.endswith(ending)))
        return next((self._forms[stem] for stem in stems if stem in self._forms), ())


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


def _pattern(forms: Iterable[str]) -> re.Pattern[str]:
    """Matches any form, the longest first; a Latin one only as a whole word with a common ending."""
    longest = sorted(forms, key=lambda form: (-len(form), form))
    latin = "|".join(re.escape(form) for form in longest if form.isascii())
    other = "|".join(re.escape(form) for form in longest if not form.isascii())
    return re.compile(rf"{other}|(?<![a-z])(?:{latin})(?:{'|'.join(_ENDINGS)})?(?![a-z])")
