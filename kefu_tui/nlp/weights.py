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

    def __init__(self, questions: Sequence[Question], grams: Sequence[str], columns: bytes) -> None:
        self.questions = tuple(questions)
        self.places = {question.name: place for place, question in enumerate(questions)}
        self._index = dict(zip(grams, range(len(grams)), strict=True))
        self._rows = _Rows(self._index, columns)
        count = len(questions)
        self._width = 2 * (count + count % 2)
        self._unpack = struct.Struct(f"<{count + count % 2}H").unpack
        # the even questions come first in a row of lanes, then the odd ones
        half = (count + 1) // 2
        self._order = [place // 2 + (half if place % 2 else 0) for place in range(count)]
        self._scaled = [(q.bias, q.gram_scale, q.token_scale) for q in questions]

    def __len__(self) -> int:
        return len(self._index)

    def __contains__(self, gram: str) -> bool:
        return gram in self._index

    def answers(self, grams: Collection[str], tokens: Collection[str]) -> list[float]:
        """The log-odds of every question, in their order.

        N-grams count by the root of how many there are, so that a long text is not surer than a short one.
        """
        spelled, named = self._sums(grams), self._sums(tokens)
        share = 1 / sqrt(len(grams) or 1)
        return [
            bias + gram_scale * share * spelled[place] + token_scale * named[place]
            for place, (bias, gram_scale, token_scale) in zip(self._order, self._scaled, strict=True)
        ]

    def contributions(self, question: str, grams: Iterable[str]) -> list[tuple[float, str]]:
        """What each known n-gram says for a question, the loudest first, in the table's own unit."""
        place = self.places[question]
        shift = _LANE * self._order[place]
        rows = self._rows
        known = self._index.keys() & grams
        weighed = [((rows[gram] >> shift & 0xFFFF) - _ZERO, gram) for gram in known]
        return sorted(weighed, reverse=True)

    def _sums(self, grams: Collection[str]) -> Sequence[int]:
        """The sum of the weights of the known ones, in lane order."""
        known = list(self._index.keys() & grams)
        row = self._rows.__getitem__
        if len(known) <= _AT_ONCE:
            return self._lanes(sum(map(row, known)), len(known))
        parts = [known[start : start + _AT_ONCE] for start in range(0, len(known), _AT_ONCE)]
        return [
            sum(lane) for lane in zip(*(self._lanes(sum(map(row, p)), len(p)) for p in parts), strict=True)
        ]

    def _lanes(self, total: int, count: int) -> Sequence[int]:
        nothing = _ZERO * count
        return [lane - nothing for lane in self._unpack(total.to_bytes(self._width, "little"))]


class _Rows(dict[str, int]):
    """The widened weights of an n-gram, made when it is first met."""

    def __init__(self, index: dict[str, int], columns: bytes) -> None:
        self._index = index
        self._columns = columns
        count = len(columns) // len(index) if index else 0
        half = (count + 1) // 2
        self._even = int.from_bytes(b"\xff\x00" * half, "little")
        self._shift = _LANE * half

    def __missing__(self, gram: str) -> int:
        row = int.from_bytes(self._columns[self._index[gram] :: len(self._index)], "little")
        wide = self[gram] = (row & self._even) | (row >> 8 & self._even) << self._shift
        return wide


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
        return Weights(questions, grams, body[end:])
    except (ValueError, KeyError, TypeError, IndexError, zlib.error, struct.error):
        raise WeightsError(N_("{path}: cut or damaged; install kefu anew"), path=origin) from None
