"""The classifier: reads a text offline and says how urgent it is, what about, in which mood, and why.

Rules find alarms and ask who does what to whom; weighed n-grams and what the rules found are asked
together for everything a verdict says. Where the weights cannot be read, the rules judge alone.
"""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from kefu_tui.domain.errors import N_, KefuError
from kefu_tui.domain.lessons import Learned, Lesson, Target
from kefu_tui.domain.verdict import ReasonKind, TextVerdict
from kefu_tui.nlp import topics
from kefu_tui.nlp.features import Features, Script, features
from kefu_tui.nlp.folding import fold, initials
from kefu_tui.nlp.grounds import Ground
from kefu_tui.nlp.judgement import Judgement
from kefu_tui.nlp.lexicon import Lexicon, shipped
from kefu_tui.nlp.opinion import Opinion, of_rules, of_weights
from kefu_tui.nlp.personal import PersonalModel
from kefu_tui.nlp.weights import Weights, WeightsError, load

DATA = Path(__file__).with_name("data")

_A_WORD = re.compile(r"[^\W\d_]")


def read_weights(script: Script, directory: Path = DATA) -> Weights:
    """The weights of a script; raises `WeightsError`."""
    path = directory / f"weights.{script}.bin"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError(
            N_("{path}: {reason}; install kefu anew"), path=str(path), reason=error.strerror or str(error)
        ) from None
    return load(content, str(path))


class TextClassifier:
    """Classifies by the shipped lexicon and weights, and by what the founder's corrections taught.

    Of a long text the first 2,000 and the last 500 characters are read, so the work is bounded whatever
    arrives. Lexicon and weights load on first use; constructing costs nothing.
    """

    def __init__(
        self, lexicon: Lexicon | None = None, weights: Callable[[Script], Weights] = read_weights
    ) -> None:
        self._lexicon = lexicon
        self._read_weights = weights
        self._weights: dict[Script, Weights | None] = {}
        self._personal = PersonalModel()
        self._problems: list[KefuError] = []

    def classify(self, text: str) -> TextVerdict:
        """The verdict of the words alone; the same text always gives the same verdict."""
        given, found, weights, opinion = self._read(text)
        personal = self._personal
        taught: dict[Target, Learned] = {}
        if personal:
            opinion, taught = personal.adjusted(opinion, given, self._is_familiar)
        return Judgement(given, found, opinion, weights, taught).verdict()

    def teach(self, lessons: Sequence[Lesson]) -> None:
        """Learn from exactly these lessons; a text being read meanwhile is read by what was known before."""

        def read(text: str) -> tuple[Features, Opinion]:
            given, _, _, opinion = self._read(text)
            return given, opinion

        self._personal = PersonalModel.of(lessons, read, self._is_familiar)

    def learned(self) -> Sequence[Learned]:
        return self._personal.learned()

    def problems(self) -> Sequence[KefuError]:
        return tuple(self._problems)

    def fold(self, text: str) -> str:
        return fold(text)

    def initials(self, text: str) -> str:
        return initials(text)

    def _read(self, text: str) -> tuple[Features, list[Ground], Weights | None, Opinion]:
        """A text taken apart, its grounds by rank, and what is held of it without any lesson.

        With the weights that told it: none know a text without a word.
        """
        given = features(text, self._lexicon or shipped())
        found = _ranked([*given.grounds, *topics.requests(given.context)])
        weights = self._weights_of(given.script) if _A_WORD.search(given.context.reading.text) else None
        return (
            given,
            found,
            weights,
            of_rules(given, found) if weights is None else of_weights(given, weights),
        )

    def _is_familiar(self, script: Script, gram: str) -> bool:
        weights = self._weights_of(script)
        return weights is not None and gram in weights

    def _weights_of(self, script: Script) -> Weights | None:
        if script not in self._weights:
            try:
                self._weights[script] = self._read_weights(script)
            except WeightsError as error:
                self._weights[script] = None
                self._problems.append(error)
        return self._weights[script]


def _ranked(found: Sequence[Ground]) -> list[Ground]:
    """The most urgent first; among equals harm first, then in the order of the text."""
    return sorted(found, key=lambda ground: (ground.effective, _RANKS[ground.kind], ground.span))


_RANKS = {kind: rank for rank, kind in enumerate(ReasonKind)}
