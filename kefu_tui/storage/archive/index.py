"""The index of an archived month: from a name's hash to where its document's line begins.

A cache: made from the archive when it is missing, damaged, or of another machine's byte order. Hashes are
64 bits wide, so whoever looks something up compares the document found with what was asked for.
"""

import json
import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from zlib import crc32

from kefu_tui.storage.backend import Document
from kefu_tui.storage.journaled import snapshot
from kefu_tui.storage.journaled.disk import write_cache
from kefu_tui.storage.tables import BREACHES, CASES, MENTIONS

_MAGIC = f"kefu index 1 {sys.byteorder}\n".encode()
_decode = json.JSONDecoder().raw_decode


@dataclass(frozen=True, slots=True)
class Line:
    """A document of an archive: its table, itself, and where its line begins."""

    table: str
    document: Document
    offset: int


def lines(content: bytes) -> Iterator[Line]:
    """Every document of an archive's file, in its order; raises `ValueError` for what is none."""
    if snapshot.verified(content) is None:
        raise ValueError("cut short")
    table, offset = "", 0
    for line in content.splitlines(keepends=True):
        if line.endswith(b": {\n"):
            table = json.loads(line[line.index(b'"') : -4])
        elif line.startswith(b'"') and not line.startswith(b'"_meta"'):
            yield Line(table, parse(line), offset)
        offset += len(line)


def parse(line: bytes) -> Document:
    """The document on one line of an archive; raises `ValueError`."""
    text = line.decode("ascii")
    document, _end = _decode(text, text.index(": ") + 2)
    if not isinstance(document, dict):
        raise ValueError("not a document")
    return document


def names_of(line: Line) -> Iterator[int]:
    """The hashes under which a document is found."""
    document = line.document
    if line.table == MENTIONS.name:
        yield hashed("mention", document["key"])
    elif line.table == CASES.name:
        yield hashed("case", document["id"])
        yield hashed("person", document["person_key"])
        for post_id in {event["post_id"] for event in document["events"] if "post_id" in event}:
            yield hashed("post", document["account"], post_id)
    elif line.table == BREACHES:
        yield hashed("breach", document["key"])


def hashed(*name: str) -> int:
    """64 bits that stand for a name."""
    joined = "\0".join(name).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(joined, digest_size=8).digest(), "little")


class Index:
    """Where the documents of one archive lie, by hash."""

    def __init__(self, hashes: "array[int]", offsets: "array[int]") -> None:
        self._hashes, self._offsets = hashes, offsets

    @staticmethod
    def of(found: Iterable[Line]) -> "Index":
        pairs = sorted((name, line.offset) for line in found for name in names_of(line))
        return Index(array("Q", (name for name, _ in pairs)), array("Q", (at for _, at in pairs)))

    def __contains__(self, name: int) -> bool:
        place = bisect_left(self._hashes, name)
        return place < len(self._hashes) and self._hashes[place] == name

    def offsets(self, name: int) -> list[int]:
        """Where documents of this hash begin, in the order of the file; mostly none or one."""
        place = bisect_left(self._hashes, name)
        found = []
        while place < len(self._hashes) and self._hashes[place] == name:
            found.append(self._offsets[place])
            place += 1
        return found

    def save(self, path: Path) -> None:
        """Keep it beside the archive; where that fails it is made again next time."""
        body = self._hashes.tobytes() + self._offsets.tobytes()
        write_cache(path, b"%b%08x\n%b" % (_MAGIC, crc32(body), body))

    @staticmethod
    def load(path: Path) -> "Index | None":
        """The index kept at `path`; None where there is none that can be used."""
        try:
            content = path.read_bytes()
        except OSError:
            return None
        head, body = content[: len(_MAGIC) + 9], content[len(_MAGIC) + 9 :]
        if head != b"%b%08x\n" % (_MAGIC, crc32(body)) or len(body) % 16:
            return None
        hashes, offsets = array("Q"), array("Q")
        hashes.frombytes(body[: len(body) // 2])
        offsets.frombytes(body[len(body) // 2 :])
        return Index(hashes, offsets)
