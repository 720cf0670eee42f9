"""The texts of an archived month, folded, one line a case: searched as bytes, without a document being read.

A cache like the index. A line is the case's id, then everything that can be found of it; which of the
parts a word stands in is left to whoever reads the case.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from zlib import crc32

from kefu_tui.domain.verdict import Category
from kefu_tui.storage.archive.index import Line
from kefu_tui.storage.journaled.disk import write_cache
from kefu_tui.storage.tables import CASES, MENTIONS

Folding = Callable[[str], str]
"""What a text becomes so that it can be searched; must keep the order of characters."""

_MAGIC = b"kefu texts 1 %08x %08x\n"
_HEAD = len(_MAGIC % (0, 0))
_PART, _BREAK = "\x1f", "\x1e"
_CATEGORIES = {category.value: category.name.lower() for category in Category}
_PROBE = "查询 測試 ＡＢ Ab é ß"


class Texts:
    """The searchable texts of one archive."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __len__(self) -> int:
        return len(self._content) - _HEAD

    @staticmethod
    def of(found: Iterable[Line], folding: Folding) -> "Texts":
        parts: dict[str, list[str]] = {}
        for line in found:
            if line.table == MENTIONS.name:
                parts.setdefault(line.document["case_id"], []).extend(_of_mention(line.document))
            elif line.table == CASES.name:
                said = parts.setdefault(line.document["id"], [])
                said.extend(event["text"] for event in line.document["events"] if "text" in event)
                for event in line.document["events"]:
                    said.extend(_called(event["value"]) if "value" in event else ())
        rows = (_clean(case_id) + _PART + _clean(folding("\n".join(said))) for case_id, said in parts.items())
        body = "".join(row + "\n" for row in rows).encode("utf-8", "surrogatepass")
        return Texts(_MAGIC % (crc32(body), _fingerprint(folding)) + body)

    def find(self, words: Sequence[str]) -> Iterator[str]:
        """The ids of the cases that hold every one of the folded `words`, in the order of the archive."""
        needles = sorted((_encoded(_clean(word)) for word in words), key=len, reverse=True)
        content, place = self._content, _HEAD
        first, others = (needles[0], needles[1:]) if needles else (b"\n", [])
        while (hit := content.find(first, place)) >= 0:
            begin = content.rfind(b"\n", 0, hit) + 1
            end = content.find(b"\n", hit)
            if all(content.find(needle, begin, end) >= 0 for needle in others):
                yield content[begin : content.index(b"\x1f", begin)].decode("utf-8", "surrogatepass")
            place = end + 1

    def save(self, path: Path) -> None:
        """Keep them beside the archive; where that fails they are made again next time."""
        write_cache(path, self._content)

    @staticmethod
    def load(path: Path, folding: Folding | None) -> "Texts | None":
        """The texts kept at `path`; None where there are none, or were folded in another way.

        Without a `folding` they are taken as they are: somebody has looked at them before.
        """
        try:
            content = path.read_bytes()
        except OSError:
            return None
        if folding is None:
            return Texts(content)
        if content[:_HEAD] != _MAGIC % (crc32(content[_HEAD:]), _fingerprint(folding)):
            return None
        return Texts(content)


def _of_mention(document: dict[str, object]) -> Iterator[str]:
    post, verdict = document["post"], document["verdict"]
    if not (isinstance(post, dict) and isinstance(verdict, dict)):
        return
    author = post["author"]
    yield f"{author['name']} {author['handle']}"
    yield post.get("content_warning", "")
    yield post["text"]
    earlier = document.get("earlier_texts", ())
    yield from earlier if isinstance(earlier, list) else ()
    yield from verdict.get("tags", ())
    yield from _called(verdict["category"])


def _called(value: str) -> Iterator[str]:
    """A category by its own word and by the one programs use; anything else as it is."""
    yield value
    if value in _CATEGORIES:
        yield _CATEGORIES[value]


def _clean(text: str) -> str:
    return text.replace("\n", _BREAK)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _fingerprint(folding: Folding) -> int:
    return crc32(_encoded(folding(_PROBE)))
