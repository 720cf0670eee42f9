"""Near-copies: texts that share most of their runs of four characters, found by their rarest runs.

Texts are compared as people read them: folded, without links, handles, figures, punctuation and repeated
characters, so that a copy with another price, link or smiley is still a copy. The smallest hashes of a
text's shingles stand for it (bottom-k sketch, Broder 1997): two texts whose sketches meet are compared
exactly, by the Jaccard index of their shingles, or by containment where the one is a part of the other.
"""

import re
from collections.abc import Iterable, Sequence
from zlib import crc32

from kefu_tui.nlp.folding import fold

WIDTH = 4  # characters of a shingle
SKETCH = 12  # hashes kept of a text to find it by
FEWEST = 9  # shingles below which a text is too short to be a copy of anything: "thank you" is not one
MOST_CHARACTERS = 2000  # of a text are read
MOST_SHINGLES = 400
MOST_HELD = 5000
MOST_BEHIND_ONE = 64  # texts behind one hash: a phrase everybody uses finds the newest only
COPY, PART = 0.55, 0.8  # Jaccard index, and containment, from which on a text counts as a copy

_DROPPED = re.compile(r"https?://\S*|@[\w.\-]+|\[[^\[\]\s]{1,6}\]|[\W\d_]+")
_REPEATED = re.compile(r"(.)\1+")


def shingles(text: str) -> frozenset[int]:
    """The hashes of a text's shingles; empty for one too short to be a copy."""
    plain = _REPEATED.sub(r"\1", _DROPPED.sub("", fold(text[:MOST_CHARACTERS])))
    runs = {plain[at : at + WIDTH] for at in range(min(len(plain) - WIDTH + 1, MOST_SHINGLES))}
    if len(runs) < FEWEST:
        return frozenset()
    # crc32 and not hash(): the same in every run of the program; lone surrogates are letters like others
    return frozenset(crc32(run.encode("utf-8", "surrogatepass")) for run in runs)


class ShingleIndex:
    """The texts held, by their sketches; the oldest goes when there are too many."""

    def __init__(self) -> None:
        self._held: dict[str, frozenset[int]] = {}
        self._behind: dict[int, dict[str, None]] = {}

    def __len__(self) -> int:
        return len(self._held)

    @property
    def hashes(self) -> int:
        """How many different hashes texts are found by."""
        return len(self._behind)

    def add(self, key: str, text: str) -> Sequence[str]:
        """Hold a text; the keys of those already held that it is a near-copy of."""
        self.discard(key)
        new = shingles(text)
        if not new:
            return ()
        sketch = _sketch(new)
        met = dict.fromkeys(other for hashed in sketch for other in self._behind.get(hashed, ()))
        found = [other for other in met if _is_copy(new, self._held[other])]
        while len(self._held) >= MOST_HELD:
            self.discard(next(iter(self._held)))
        self._held[key] = new
        for hashed in sketch:
            behind = self._behind.setdefault(hashed, {})
            behind[key] = None
            if len(behind) > MOST_BEHIND_ONE:
                del behind[next(iter(behind))]
        return found

    def discard(self, key: str) -> None:
        """Forget a text; one that is not held is no error."""
        for hashed in _sketch(self._held.pop(key, frozenset())):
            behind = self._behind.get(hashed, {})
            behind.pop(key, None)
            if not behind:
                self._behind.pop(hashed, None)


def _sketch(hashes: Iterable[int]) -> list[int]:
    return sorted(hashes)[:SKETCH]


def _is_copy(one: frozenset[int], other: frozenset[int]) -> bool:
    shared = len(one & other)
    smaller = min(len(one), len(other))
    if shared >= PART * smaller and smaller >= 2 * FEWEST:
        return True
    return shared >= COPY * (len(one) + len(other) - shared)
