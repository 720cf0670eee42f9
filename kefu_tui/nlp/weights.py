"""A table of weights: what each n-gram and each token says for each of many questions, added up at once.

The weights of one n-gram, one byte a question, are widened into one large integer, so that a single
addition adds up all questions; a text costs one look-up and one addition for each n-gram it holds.

The file is a line that names the format, a line of JSON, and the compressed table: n-grams first, then
their weights question by question. A few hundred kilobytes, read in some ten milliseconds.
"""

import json
import struct
import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from kefu_tui.domain.errors import N_, KefuError
from kefu_tui.nlp.questions import Layout

FORMAT = b"kefu-weights 1\n"
_ZERO = 128  # a weight of nothing as its byte
_AT_ONCE = 256  # so many bytes add up within 16 bits
_LANE = 16  # bits


class WeightsError(KefuError):
    """The weights cannot be used: the file is missing, cut, damaged or of another version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One thing the table answers, as a log-odds: `bias`, plus weights times these scales."""

    name: str
    bias: float
    gram_scale: float
    token_scale: float


class Weights:
    """The table, ready to be asked."""

    def __init__(
        self, questions: Sequence[Question], grams: Sequence[str], columns: bytes, kind: str = ""
    ) -> None:
        self.kind = kind
        self.layout = Layout([question.name for question in questions])
        count = len(questions)
        half = (count + 1) // 2
        # the even questions come first in a row of lanes, then the odd ones, then how many rows were added
        self._order = [place // 2 + (half if place % 2 else 0) for place in range(count)]
        self._count_lane = 2 * half
        self._width = 2 * (2 * half + 1)
        self._unpack = struct.Struct(f"<{2 * half + 1}H").unpack
        self._rows = _rows(grams, columns, half)
        self._scaled = [
            (lane, q.bias, q.gram_scale, q.token_scale)
            for lane, q in zip(self._order, questions, strict=True)
        ]
        self._second = [
            (place, self._order[place], questions[place].token_scale) for place in self.layout.second
        ]

    def __contains__(self, gram: str) -> bool:
        return gram in self._rows

    def answers(self, grams: Collection[str], tokens: Collection[str]) -> list[float]:
        """The log-odds of every question, in their order; the second ones have yet to hear the others.

        N-grams count by the root of how many there are, so that a long text is not surer than a short one.
        """
        spelled, named = self._sums(grams), self._sums(tokens)
        share = 1 / sqrt(len(grams) or 1)
        return [
            bias + gram_scale * share * spelled[lane] + token_scale * named[lane]
            for lane, bias, gram_scale, token_scale in self._scaled
        ]

    def add_heard(self, answers: list[float], heard: Collection[str]) -> None:
        """Let the second questions hear what the first ones have answered, as tokens."""
        sums = self._sums(heard)
        for place, lane, scale in self._second:
            answers[place] += scale * sums[lane]

    def contributions(self, question: str, grams: Iterable[str]) -> list[tuple[float, str]]:
        """What each known n-gram says for a question, in the table's own unit, in no order."""
        place = self.layout.places[question]
        shift = _LANE * self._order[place]
        rows = self._rows
        known = filter(rows.__contains__, grams)
        return [((rows[gram] >> shift & 0xFFFF) - _ZERO, gram) for gram in known]

    def _sums(self, grams: Collection[str]) -> Sequence[int]:
        """The sum of the weights of the known ones, in lane order."""
        rows = list(filter(None, map(self._rows.get, grams)))
        if len(rows) <= _AT_ONCE:
            return self._lanes(sum(rows))
        parts = [self._lanes(sum(rows[start : start + _AT_ONCE])) for start in range(0, len(rows), _AT_ONCE)]
        return [sum(lane) for lane in zip(*parts, strict=True)]

    def _lanes(self, total: int) -> Sequence[int]:
        lanes = self._unpack(total.to_bytes(self._width, "little"))
        nothing = _ZERO * lanes[self._count_lane]
        return [lane - nothing for lane in lanes]


def _rows(grams: Sequence[str], columns: bytes, half: int) -> dict[str, int]:
    """The widened weights of each n-gram: 16 bits a question, and a one that counts the row."""
    count = len(grams)
    even = int.from_bytes(b"\xff\x00" * half, "little")
    shift = _LANE * half
    one = 1 << 2 * shift
    read = int.from_bytes
    packed = [read(columns[place::count], "little") for place in range(count)]
    rows = [one | (row & even) | (row >> 8 & even) << shift for row in packed]
    return dict(zip(grams, rows, strict=True))


def dump(questions: Sequence[Question], grams: Sequence[str], columns: bytes, *, kind: str) -> bytes:
    """The file of a table; the same table always gives the same bytes."""
    body = "\n".join(grams).encode() + b"\n\n" + columns
    header = {
        "kind": kind,
        "grams": len(grams),
        "crc32": zlib.crc32(body),
        "questions": [[q.name, q.bias, q.gram_scale, q.token_scale] for q in questions],
    }
    written = json.dumps(header, ensure_ascii=True, separators=(",", ":")).encode()
    return FORMAT + written + b"\n" + zlib.compress(body, 9)


def load(content: bytes, origin: str) -> Weights:
    """Read a table; raises `WeightsError` naming `origin` and what is wrong."""
    if not content.startswith(FORMAT[:-2]):
        raise WeightsError(N_("{path}: this is not a table of weights"), path=origin)
    if not content.startswith(FORMAT):
        raise WeightsError(N_("{path}: written for another version of kefu; install kefu anew"), path=origin)
    try:
        header_line, packed = content[len(FORMAT) :].split(b"\n", 1)
        header: dict[str, Any] = json.loads(header_line)
        body = zlib.decompress(packed)
        questions = [
            Question(name=name, bias=bias, gram_scale=gram_scale, token_scale=token_scale)
            for name, bias, gram_scale, token_scale in header["questions"]
        ]
        count = header["grams"]
        end = len(body) - count * len(questions)
        if zlib.crc32(body) != header["crc32"] or body[end - 2 : end] != b"\n\n":
            raise ValueError("checksum")
        grams = body[: end - 2].decode().split("\n") if count else []
        return Weights(questions, grams, body[end:], header["kind"])
    except (ValueError, KeyError, TypeError, IndexError, zlib.error, struct.error):
        raise WeightsError(N_("{path}: cut or damaged; install kefu anew"), path=origin) from None
