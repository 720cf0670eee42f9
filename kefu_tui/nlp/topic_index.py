"""Which complaints speak of the same: words, concepts and character pairs, weighed by how rare they are.

Each complaint is a sparse vector; likeness is the cosine of two of them (Salton and Buckley 1988), lessened
where the two name different goods or different faults. Rarity is counted among the complaints held, so
that a word everybody uses this week says little. Memory and time are bounded: at most `MOST_HELD`
complaints, `MOST_VISITED` postings looked at and `MOST_COMPARED` complaints compared for each new one.
"""

import heapq
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from math import log, sqrt

from kefu_tui.nlp.concepts import ConceptReader, Concepts, own_words

MOST_HELD = 5000
MOST_VISITED = 1500
MOST_COMPARED = 24
MOST_WORDS, MOST_PAIRS = 60, 120  # of one text

# Chosen on the tuning part of bench/data/same_cause/invented.jsonl; see bench/same_cause.py.
_CONCEPT, _WORD, _PAIR = 1.6, 0.6, 0.3
_AS_IF_HELD = 200  # complaints about other matters, so that rarity means something from the first day on
_SMOOTHING = 0.5
_OTHER_GOODS, _OTHER_FAULT, _NO_COMMON_FAULT = 0.4, 0.6, 0.6
_LITTLE_IN_COMMON = 0.8
_NOBODY_AGGRIEVED = 0.7
_WITHOUT_WORDS = 0.85  # for want of a segmenter likeness is judged with more care

# Who tells the whole story must not be less alike to the others for it (pivoted length, Singhal 1996).
_USUAL_LENGTH, _LONGER = 16.0, 0.4

_HAN = re.compile("[\u3400-\u9fff]+")


@dataclass(frozen=True, slots=True)
class _Held:
    """What is kept of a complaint: its features, what it names, and how long its vector was when it came.

    The length is not computed anew as rarities drift: that would be most of the work for the same groups.
    """

    features: frozenset[str]
    length: float
    concepts: Concepts
    words: frozenset[str]
    aggrieved: bool


class TopicIndex:
    """The complaints held, by their features; the oldest goes when there are too many."""

    def __init__(self, goods: Iterable[str] = ()) -> None:
        self._goods = tuple(goods)
        self._reader: ConceptReader | None = None
        self._held: dict[str, _Held] = {}
        self._postings: defaultdict[str, dict[str, None]] = defaultdict(dict)

    def __len__(self) -> int:
        return len(self._held)

    @property
    def features(self) -> int:
        """How many different features are held."""
        return len(self._postings)

    def names_fault(self, text: str) -> bool:
        """Whether a text says what is wrong with something, in whatever mood."""
        return bool(self._concepts(own_words(text)).faults)

    def add(
        self, key: str, text: str, words: Sequence[str] | None, *, aggrieved: bool
    ) -> Mapping[str, float]:
        """Hold a complaint; how alike those already held are, 0 to 1, the ones that are at all.

        `words` are the text's content words, None where nobody can tell them; `aggrieved` says whether the
        author complains, beyond naming a fault.
        """
        self.discard(key)
        new, weights = self._read(text, words, aggrieved)
        found = self._alike(new, weights) if new.length else {}
        if words is None:
            found = {other: likeness * _WITHOUT_WORDS for other, likeness in found.items()}
        while len(self._held) >= MOST_HELD:
            self.discard(next(iter(self._held)))
        self._held[key] = new
        for feature in new.features:
            self._postings[feature][key] = None
        return found

    def discard(self, key: str) -> None:
        """Forget a complaint; one that is not held is no error."""
        gone = self._held.pop(key, None)
        for feature in gone.features if gone else ():
            holders = self._postings[feature]
            holders.pop(key, None)
            if not holders:
                del self._postings[feature]

    def _concepts(self, text: str) -> Concepts:
        if self._reader is None:  # read from the data file at the first need, not at start
            self._reader = ConceptReader(self._goods)
        return self._reader.read(text)

    def _read(
        self, text: str, words: Sequence[str] | None, aggrieved: bool
    ) -> tuple[_Held, Mapping[str, float]]:
        """A complaint, and the weight of each of its features among those held now."""
        own = own_words(text)
        concepts = self._concepts(own)
        kept = frozenset([*dict.fromkeys(words or ())][:MOST_WORDS])
        bases = dict.fromkeys(_pairs(own), _PAIR)
        bases |= {f"w {word}": _WORD for word in kept}
        bases |= {f"c {name}": _CONCEPT for name in concepts.all}
        weights = {feature: self._weight(feature, base) for feature, base in bases.items()}
        length = sqrt(sum(weight * weight for weight in weights.values()))
        if length > _USUAL_LENGTH:
            length = _USUAL_LENGTH + _LONGER * (length - _USUAL_LENGTH)
        return _Held(frozenset(bases), length, concepts, kept, aggrieved), weights

    def _alike(self, new: _Held, weights: Mapping[str, float]) -> dict[str, float]:
        found = {}
        for key in self._nearest(weights):
            likeness = _likeness(new, self._held[key], weights)
            if likeness > 0:
                found[key] = likeness
        return found

    def _weight(self, feature: str, base: float) -> float:
        """A feature's base weight by its inverse document frequency."""
        holders = self._postings.get(feature)
        count = len(holders) if holders else 0
        return base * max(0.0, log((len(self._held) + 1 + _AS_IF_HELD) / (count + 1 + _SMOOTHING)))

    def _nearest(self, weights: Mapping[str, float]) -> list[str]:
        """Those that share the most with the new one, looked up from its rarest feature on."""
        shared: defaultdict[str, float] = defaultdict(float)
        visited = 0
        for feature in sorted(weights, key=lambda feature: -weights[feature]):
            holders = self._postings.get(feature)
            if not holders:
                continue
            # of a feature many share, the newest are likelier to be of the same cause
            some = len(holders) <= MOST_VISITED - visited
            for key in holders if some else _last(holders, MOST_VISITED - visited):
                shared[key] += weights[feature] * weights[feature]
            visited += len(holders)
            if visited >= MOST_VISITED:
                break
        return heapq.nlargest(MOST_COMPARED, shared, key=lambda key: shared[key])


def _likeness(new: _Held, old: _Held, weights: Mapping[str, float]) -> float:
    """The cosine, lessened by what speaks against the two being about the same."""
    likeness = sum(weights[feature] ** 2 for feature in new.features & old.features)
    if not likeness:
        return 0.0
    likeness /= new.length * old.length
    ours, theirs = new.concepts, old.concepts
    if ours.goods and theirs.goods and ours.goods.isdisjoint(theirs.goods):
        likeness *= _OTHER_GOODS
    if ours.faults.isdisjoint(theirs.faults):
        likeness *= _NO_COMMON_FAULT
        if ours.faults and theirs.faults:
            likeness *= _OTHER_FAULT
    if len(ours.all & theirs.all) + len(new.words & old.words) / 2 < 2:
        likeness *= _LITTLE_IN_COMMON
    if not (new.aggrieved or old.aggrieved):
        likeness *= _NOBODY_AGGRIEVED
    return min(likeness, 1.0)


def _pairs(text: str) -> list[str]:
    """The pairs of neighbouring Chinese characters, each once."""
    runs = _HAN.findall(text)
    pairs = dict.fromkeys(run[at : at + 2] for run in runs for at in range(len(run) - 1))
    return [*pairs][:MOST_PAIRS]


def _last(holders: dict[str, None], count: int) -> list[str]:
    return [*islice(reversed(holders), count)]
