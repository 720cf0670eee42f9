"""Learn the shipped weights from labelled texts: `python -m kefu_tui.nlp.train FILE… --out DIRECTORY`.

Needs scikit-learn (the `train` dependency group); the program itself only reads what is written here. The
same files, in any order, give the same bytes with the same versions of the libraries.

A file is JSONL; what it teaches is told by its labels, and its name up to the first dot names the set:

* `label` one of neg, neu, pos: a set of its own for the tone. A text is first placed among the sets, then
  judged as the sets it resembles are: a bank's forum and a restaurant's reviews praise in other words.
* `label` a list: the sides of a purchase a text speaks of (`domain.verdict.Aspect`).
* `label` one of complaint, suggestion, question, offensive, ad, fraud_or_illegal, or other/ok for none.
* `priority`, `category` and the signals: readings by the codebook. A reading may name its text by `sha256`
  instead of carrying it; it counts where another of the files holds that text.
"""

import argparse
import hashlib
import json
import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from kefu_tui.domain.verdict import Aspect, Category, Priority, Sentiment, Signal
from kefu_tui.nlp import questions
from kefu_tui.nlp.features import Features, Script, features
from kefu_tui.nlp.weights import Question, dump

DATA = Path(__file__).with_name("data")
GRAMS = {Script.HAN: 26_000, Script.LATIN: 19_000}
_FOLDS = 2  # for what the second stage learns from the first
_BORROWED = 0.15  # what a row of another set weighs in a set's own tone
_BESIDE = 0.05  # what a reading weighs where a set of its own asks the same
_RARE = 2  # an n-gram in fewer texts is left out
# How freely weights may move, as scikit-learn's C: of n-grams scaled by their ratio, and of plain ones.
_RATIO_STRENGTH, _PLAIN_STRENGTH = 16.0, 100.0
_RATIO_SHARE = 2 / 3  # of the two in their mean
_TOKEN = 0.3  # the value of a token that is there: the smaller, the more its weights are held back
_SEED = 1
_HEARD = 2  # a weight of fewer steps is left out: it says next to nothing and takes room
_LABELS: Mapping[str, Signal] = {
    "complaint": Signal.COMPLAINT,
    "suggestion": Signal.SUGGESTION,
    "question": Signal.QUESTION,
    "offensive": Signal.OFFENSIVE,
    "ad": Signal.NOISE,
    "fraud_or_illegal": Signal.NOISE,
}


@dataclass(slots=True)
class Lessons:
    """The rows of one script: their features, and for each question its rows, answers and weights."""

    rows: list[Features] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    answers: dict[str, list[tuple[int, bool, float]]] = field(default_factory=lambda: defaultdict(list))
    sets: set[str] = field(default_factory=set)
    readings: set[int] = field(default_factory=set)
    with_own_set: set[str] = field(default_factory=set)

    def add(self, text: str, given: Features) -> int:
        self.rows.append(given)
        self.texts.append(text)
        return len(self.rows) - 1


def read(paths: Iterable[Path], leave_out: frozenset[str] = frozenset()) -> dict[Script, Lessons]:
    """All rows of the files, by script; texts in `leave_out` are not learned from.

    Raises `ValueError` naming the file and line of a row that teaches nothing.
    """
    lessons = {script: Lessons() for script in Script}
    tones: dict[Script, list[tuple[str, int, str]]] = {script: [] for script in Script}
    files = {path: _rows_of(path) for path in sorted(paths, key=lambda path: path.name)}
    known = {_digest(row["text"]): row["text"] for rows in files.values() for row in rows if "text" in row}
    for path, rows in files.items():
        name = path.name.split(".", 1)[0]
        told = {row["label"] for row in rows if isinstance(row.get("label"), str)}
        positive = {signal for label, signal in _LABELS.items() if label in told}
        for number, row in enumerate(rows, 1):
            text = row.get("text") or known.get(row.get("sha256", ""))
            if text is None or text in leave_out:
                continue  # a reading of a text that is not among the files teaches nothing
            given = features(text)
            own = lessons[given.script]
            place = own.add(text, given)
            label = row.get("label")
            if "priority" in row:
                _codebook(own, place, row)
            elif isinstance(label, list):
                for aspect in Aspect:
                    own.answers[questions.aspect(aspect)].append((place, aspect.value in label, 1.0))
            elif label in tuple(Sentiment):
                tones[given.script].append((name, place, label))
            elif positive and isinstance(label, str):
                for signal in positive:
                    own.with_own_set.add(signal.value)
                    own.answers[signal.value].append((place, label in _LABELS, 1.0))
            else:
                raise ValueError(f"{path}:{number}: neither a known label nor a priority")
    for script, own in lessons.items():
        _tones(own, tones[script])
        for asked in own.with_own_set:
            own.answers[asked] = [
                (place, yes, weight * _BESIDE if place in own.readings else weight)
                for place, yes, weight in own.answers[asked]
            ]
    return lessons


def _rows_of(path: Path) -> list[dict[str, Any]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def _digest(text: str) -> str:
    """By what a reading names a text it does not carry."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:24]


def _codebook(lessons: Lessons, place: int, row: Mapping[str, Any]) -> None:
    lessons.readings.add(place)
    weight = float(row.get("weight", 1.0))
    priority = Priority[row["priority"]]
    for bound in questions.BOUNDS:
        lessons.answers[questions.at_least(bound)].append((place, priority <= bound, weight))
    for category in Category:
        lessons.answers[questions.category(category)].append((place, row["category"] == category, weight))
    said = {name for name in row if row[name] is True} | set(row.get("signals", ()))
    for signal in Signal:
        if signal is Signal.NOISE:
            yes = row["category"] == Category.NOISE
        elif signal.value in row or "signals" in row:
            yes = signal.value in said
        else:
            continue
        lessons.answers[signal.value].append((place, yes, weight))


def _tones(lessons: Lessons, rows: Sequence[tuple[str, int, str]]) -> None:
    """Each set's own view of the tone, the other sets heard a little; which set a text is like; no noise."""
    own = Counter(name for name, _, _ in rows)
    lessons.sets = {name for name, count in own.items() if count >= 200}
    held: dict[str, set[str]] = defaultdict(set)
    for name, _, label in rows:
        held[name].add(label)
    for name in lessons.sets:
        for tone in Sentiment:
            if tone.value not in held[name]:
                continue
            lessons.answers[questions.tone(name, tone)] = [
                (place, label == tone.value, 1.0 if set_ == name else _BORROWED)
                for set_, place, label in rows
            ]
        if len(lessons.sets) > 1:
            lessons.answers[questions.like(name)] = [
                (place, set_ == name, 1.0) for set_, place, _ in rows if set_ in lessons.sets
            ]
    lessons.answers[Signal.NOISE.value] += [(place, False, 1.0) for _, place, _ in rows]


@dataclass(slots=True)
class Learned:
    """One question's weights, exact: of n-grams, of tokens, and the bias."""

    name: str
    grams: Any
    tokens: Any
    bias: float


class Trainer:
    """Fits the questions of one script."""

    def __init__(self, lessons: Lessons, say: Callable[[str], None]) -> None:
        self._lessons = lessons
        self._say = say
        counts = Counter(gram for row in lessons.rows for gram in row.grams)
        self.grams = sorted(gram for gram, count in counts.items() if count >= _RARE)
        self._x = _matrix([row.grams for row in lessons.rows], self.grams)
        share = np.array([1 / np.sqrt(len(row.grams) or 1) for row in lessons.rows])
        self._spread = sp.diags(share) @ self._x
        self.tokens = sorted({token for row in lessons.rows for token in row.tokens})
        self._t = _TOKEN * _matrix([row.tokens for row in lessons.rows], self.tokens)

    def learn(self) -> tuple[list[Learned], list[str]]:
        """The first stage; then the second, which hears what the first says of rows it has not seen."""
        answers = self._lessons.answers
        first = [name for name in sorted(answers) if not questions.is_second(name)]
        second = [name for name in sorted(answers) if questions.is_second(name)]
        learned = [self._fit(name) for name in first]
        if second:
            heard = self._heard(first, {place for name in second for place, *_ in answers[name]})
            named = sorted({token for tokens in heard.values() for token in tokens})
            more = _TOKEN * _matrix([heard.get(place, ()) for place in range(len(self._lessons.rows))], named)
            self.tokens = [*self.tokens, *named]
            width = len(named)
            learned = [
                Learned(one.name, one.grams, np.concatenate([one.tokens, np.zeros(width)]), one.bias)
                for one in learned
            ]
            self._t = sp.hstack([self._t, more]).tocsr()
            learned += [self._fit(name) for name in second]
        return learned, self.tokens

    def _heard(self, first: Sequence[str], places: set[int]) -> dict[int, list[str]]:
        """What the first stage says of the rows of the second, learned without them."""
        fold_of = [zlib.crc32(text.encode("utf-8", "replace")) % _FOLDS for text in self._lessons.texts]
        heard: dict[int, list[str]] = {}
        layout = questions.Layout(first)
        for fold in range(_FOLDS):
            here = sorted(place for place in places if fold_of[place] == fold)
            without = {place for place, number in enumerate(fold_of) if number == fold}
            said = {}
            for name in first:
                one = self._fit(name, without, thorough=False)
                said[name] = self._spread[here] @ one.grams + self._t[here] @ one.tokens + one.bias
            for row, place in enumerate(here):
                answers = [float(said[name][row]) for name in first]
                heard[place] = layout.heard(answers, layout.tones(answers))
            self._say(f"  fold {fold + 1} of {_FOLDS}")
        return heard

    def _fit(self, name: str, without: Set[int] = frozenset(), *, thorough: bool = True) -> Learned:
        rows = [row for row in self._lessons.answers[name] if row[0] not in without]
        places = [place for place, _, _ in rows]
        y = np.array([answer for _, answer, _ in rows])
        weight = np.array([weight for _, _, weight in rows])
        x, t = self._x[places], self._t[places]
        if y.all() or not y.any():
            return Learned(name, np.zeros(len(self.grams)), np.zeros(len(self.tokens)), -6.0)
        grams, tokens, bias = self._by_ratio(x, self._spread[places], t, y, weight)
        if thorough:
            # two linear views of the same rows, one table: their mean errs less than either
            more = _logistic(sp.hstack([self._spread[places], t]), y, weight, _PLAIN_STRENGTH)
            count = len(self.grams)
            own, other = _RATIO_SHARE, 1 - _RATIO_SHARE
            grams = own * grams + other * more[:count]
            tokens = own * tokens + other * more[count:-1]
            bias = own * bias + other * float(more[-1])
        return Learned(name, grams, tokens, bias)

    def _by_ratio(self, x: Any, spread: Any, t: Any, y: Any, weight: Any) -> tuple[Any, Any, float]:
        """N-grams scaled by how unevenly they fall on the two answers (Wang and Manning 2012)."""
        yes = 1 + np.asarray(x.T @ (weight * y)).ravel()
        no = 1 + np.asarray(x.T @ (weight * ~y)).ravel()
        ratio = np.log((yes / yes.sum()) / (no / no.sum()))
        found = _logistic(sp.hstack([spread @ sp.diags(ratio), t]), y, weight, _RATIO_STRENGTH)
        count = len(self.grams)
        return found[:count] * ratio, found[count:-1], float(found[-1])

    def matters(self, learned: Sequence[Learned]) -> Any:
        """How much each n-gram does for the answers: its share in each question's own rows, added up."""
        total = np.zeros(len(self.grams))
        for one in learned:
            places = [place for place, _, weight in self._lessons.answers[one.name] if weight > _BORROWED]
            often = np.asarray(self._x[places].sum(0)).ravel()
            share = often * one.grams**2
            total += share / max(float(share.sum()), 1e-12)
        return total


def _logistic(x: Any, y: Any, weight: Any, strength: float) -> Any:
    """The coefficients of a logistic regression, the intercept last."""
    model = LogisticRegression(C=strength, solver="liblinear", random_state=_SEED, max_iter=300)
    model.fit(x.tocsr(), y, sample_weight=weight)
    return np.append(model.coef_[0], model.intercept_[0])


def _matrix(rows: Sequence[Iterable[str]], names: Sequence[str]) -> Any:
    places = {name: place for place, name in enumerate(names)}
    indices: list[int] = []
    ends = [0]
    for row in rows:
        indices += sorted(places[name] for name in row if name in places)
        ends.append(len(indices))
    return sp.csr_matrix((np.ones(len(indices)), indices, ends), shape=(len(rows), len(names)))


def table(
    learned: Sequence[Learned], grams: Sequence[str], tokens: Sequence[str], matters: Any, most: int
) -> tuple[list[Question], list[str], bytes]:
    """The table as it is shipped: the `most` n-grams that matter most, each weight one byte."""
    kept = np.sort(np.argsort(-matters, kind="stable")[:most])
    columns, asked = [], []
    for one in learned:
        gram_scale, gram_bytes = _bytes(one.grams[kept])
        token_scale, token_bytes = _bytes(one.tokens * _TOKEN)
        bias = round(one.bias, 5)
        asked.append(Question(name=one.name, bias=bias, gram_scale=gram_scale, token_scale=token_scale))
        columns.append(gram_bytes + token_bytes)
    return asked, [*(grams[place] for place in kept), *tokens], b"".join(columns)


def _bytes(weights: Any) -> tuple[float, bytes]:
    """What one step is, and the weights as bytes around 128; the smallest ones are nothing."""
    largest = float(np.abs(weights).max()) if len(weights) else 0.0
    scale = float(f"{max(largest, 1e-6) / 127:.6g}")
    steps = np.clip(np.round(weights / scale), -127, 127).astype(int)
    steps[np.abs(steps) < _HEARD] = 0
    return scale, bytes((steps + 128).tolist())


def train(
    paths: Iterable[Path],
    out: Path,
    leave_out: frozenset[str] = frozenset(),
    say: Callable[[str], None] = print,
) -> list[Path]:
    """Learn and write `weights.<script>.bin` for each script that has rows; returns the files written."""
    written = []
    for script, lessons in read(paths, leave_out).items():
        if not lessons.rows:
            continue
        say(f"{script}: {len(lessons.rows)} rows, {len(lessons.answers)} questions")
        trainer = Trainer(lessons, say)
        learned, tokens = trainer.learn()
        matters = trainer.matters(learned)
        asked, names, columns = table(learned, trainer.grams, tokens, matters, GRAMS[script])
        path = out / f"weights.{script}.bin"
        path.write_bytes(dump(asked, names, columns, kind=script.value))
        say(f"  {path}: {path.stat().st_size} bytes")
        written.append(path)
    return written


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m kefu_tui.nlp.train", description=(__doc__ or "").split("\n", 1)[0]
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="JSONL with texts and labels")
    parser.add_argument("--out", type=Path, default=DATA, help="the directory the weights go to")
    parser.add_argument("--leave-out", type=Path, metavar="FILE", help="JSONL of texts not to learn from")
    options = parser.parse_args(arguments)
    left_out = frozenset(texts_of(options.leave_out)) if options.leave_out else frozenset()
    train(options.files, options.out, left_out, lambda line: print(line, file=sys.stderr))
    return 0


def texts_of(path: Path) -> list[str]:
    return [row["text"] for row in _rows_of(path)]


if __name__ == "__main__":
    sys.exit(main())
