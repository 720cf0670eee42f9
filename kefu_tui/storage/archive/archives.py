"""The archives of a store: settled cases of long ago, a file a month, read one document at a time.

Which file of a month is in force stands in the store itself, so that the line of its journal that takes
a case out of the store is the one that puts it into the archive. An archive's file is never changed: a
month that grows gets a new one, and the old one stays until nobody can be reading it any more.

What the store holds wins over what an archive holds: a case that came back lies in both until its month
is written the next time.
"""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, cast

from kefu_tui.domain.case import Case
from kefu_tui.domain.errors import N_, StoreError
from kefu_tui.domain.mention import Mention
from kefu_tui.storage.archive.index import Index, Line, hashed, lines, parse
from kefu_tui.storage.archive.texts import Folding, Texts
from kefu_tui.storage.backend import Document
from kefu_tui.storage.codec.cases import decode_case
from kefu_tui.storage.codec.fields import Unreadable, text, whole
from kefu_tui.storage.codec.mentions import decode_mention
from kefu_tui.storage.journaled.disk import Disk, refusals
from kefu_tui.storage.tables import CASES, MENTIONS

V = TypeVar("V")

_REMEMBERED = 4000
"""Values read last that are kept at hand."""


@dataclass(frozen=True, slots=True)
class MonthEntry:
    """The archive in force for a month (`2026-03`): its file's name and what it holds."""

    month: str
    file: str
    cases: int
    mentions: int

    def document(self) -> Document:
        return {"file": self.file, "cases": self.cases, "mentions": self.mentions}

    @staticmethod
    def read(month: str, document: Mapping[str, object]) -> "MonthEntry":
        file, cases, mentions = (document.get(name) for name in ("file", "cases", "mentions"))
        if not (isinstance(file, str) and isinstance(cases, int) and isinstance(mentions, int)):
            raise Unreadable("file")
        if "/" in file or not file.startswith(month):
            raise Unreadable("file")
        return MonthEntry(month, file, cases, mentions)


@dataclass(frozen=True, slots=True)
class Returned:
    """A case that is at hand again while the archive of `month` still holds it, with so many mentions."""

    month: str
    mentions: int

    def document(self) -> Document:
        return {"month": self.month, "mentions": self.mentions}

    @staticmethod
    def read(document: Document) -> "Returned":
        return Returned(text(document, "month"), whole(document, "mentions"))


class Month:
    """One archive's file with its caches, each loaded when first needed."""

    def __init__(self, path: Path, entry: MonthEntry) -> None:
        self.path = path
        self.entry = entry
        self._index: Index | None = None
        self._texts_are_good = False

    @property
    def index(self) -> Index:
        if self._index is None:
            cached = self.path.with_suffix(".index")
            self._index = Index.load(cached)
            if self._index is None:
                self._index = Index.of(self.read())
                self._index.save(cached)
        return self._index

    def texts(self, folding: Folding) -> Texts:
        """The folded texts, read anew each time: together they are too many to keep in memory."""
        cached = self.path.with_suffix(".texts")
        found = Texts.load(cached, None if self._texts_are_good else folding)
        if found is None:
            found = Texts.of(self.read(), folding)
            found.save(cached)
        self._texts_are_good = True
        return found

    def read(self) -> list[Line]:
        """Every document; raises `StoreError`."""
        with refusals(self.path):
            content = self.path.read_bytes()
        try:
            found = list(lines(content))
            if Counter(line.table for line in found)[CASES.name] != self.entry.cases:
                raise ValueError("not as many cases as were put in")
            return found
        except (ValueError, KeyError, TypeError) as error:
            raise self.damaged() from error

    def document(self, offset: int) -> Document:
        """The document whose line begins at `offset`; raises `StoreError`."""
        with refusals(self.path), self.path.open("rb") as file:
            file.seek(offset)
            line = file.readline()
        try:
            return parse(line)
        except ValueError as error:
            raise self.damaged() from error

    def damaged(self) -> StoreError:
        return StoreError(
            N_("{path} is damaged; the rest of the store is not. `kefu doctor --repair` saves what is whole"),
            path=str(self.path),
        )


class Archives:
    """Everything archived; look-ups by name, walks and searches by month, the newest first.

    Values are the domain's own; raises `StoreError` for an archive that cannot be read.
    """

    def __init__(self, directory: Path | None, folding: Folding = str.lower) -> None:
        """`directory` None stands for a store without archives."""
        self.directory = directory
        self.folding = folding
        self._months: dict[str, Month] = {}
        self._read: dict[tuple[str, int], object] = {}

    def __bool__(self) -> bool:
        return bool(self._months)

    @property
    def entries(self) -> dict[str, MonthEntry]:
        return {name: month.entry for name, month in self._months.items()}

    def use(self, entries: Iterable[MonthEntry]) -> None:
        """Let these files be in force for their months."""
        if self.directory is None:
            return
        months = self._months.copy()
        for entry in entries:
            if entry.cases:
                months[entry.month] = Month(self.directory / entry.file, entry)
            else:
                months.pop(entry.month, None)
        # replaced, not changed: a search in a thread goes on with what it began with
        self._months = dict(sorted(months.items(), reverse=True))
        self._read = {}

    def month(self, name: str) -> Month | None:
        return self._months.get(name)

    def missing(self) -> list[Path]:
        """The files that should be there and are not."""
        return [month.path for month in self._months.values() if not month.path.exists()]

    def unused(self) -> list[Path]:
        """Files in the directory that no month uses: what a move left, begun or ended."""
        if self.directory is None or not self.directory.is_dir():
            return []
        used = {month.path.stem for month in self._months.values()}
        return [path for path in self.directory.iterdir() if path.stem not in used]

    def clean_up(self, disk: Disk) -> None:
        """Remove what no month uses; a directory that refuses is left as it is."""
        for path in self.unused():
            with suppress(OSError):
                disk.unlink(path)

    def case(self, case_id: str) -> Case | None:
        return self._first(hashed("case", case_id), decode_case, lambda case: case.id == case_id)

    def mention(self, key: str) -> Mention | None:
        return self._first(hashed("mention", key), decode_mention, lambda one: one.key == key)

    def month_of(self, case_id: str) -> str | None:
        """The month in whose archive the case lies."""
        found = self._all(hashed("case", case_id), decode_case)
        return next((month.entry.month for month, case in found if case.id == case_id), None)

    def case_of_post(self, account: str, post_id: str) -> Case | None:
        def holds(case: Case) -> bool:
            return case.account == account and post_id in case.post_ids

        return self._first(hashed("post", account, post_id), decode_case, holds)

    def cases_of_person(self, person_key: str) -> list[Case]:
        """The person's cases, the earliest month first."""
        found = [case for _, case in self._all(hashed("person", person_key), decode_case)]
        return [case for case in reversed(found) if case.person_key == person_key]

    def find(self, words: Sequence[str], *, since: str = "") -> Iterator[str]:
        """The ids of cases whose texts hold all of the folded `words`, in months from `since` on."""
        for month in self._months.values():
            if month.entry.month >= since:
                yield from month.texts(self.folding).find(words)

    def whole(self, month: str, *, but: Container[str] = ()) -> Iterator[tuple[Case, Sequence[Mention]]]:
        """The cases of a month with their mentions, read one after another; those in `but` are left out."""
        held = self._months.get(month)
        if held is None:
            return
        tables = self.documents(month)
        said = tables.get(MENTIONS.name, {})
        for document in tables.get(CASES.name, {}).values():
            if document.get("id") in but:
                continue
            try:
                case = decode_case(document)
                mentions = [
                    decode_mention(said[inbound.mention_key])
                    for inbound in case.inbounds
                    if inbound.mention_key in said
                ]
            except Unreadable as error:
                raise held.damaged() from error
            yield case, mentions

    def documents(self, month: str) -> dict[str, dict[str, Document]]:
        """The documents of a month by table and key."""
        found: dict[str, dict[str, Document]] = {}
        held = self._months.get(month)
        for line in held.read() if held is not None else ():
            found.setdefault(line.table, {})[line.document["key"]] = line.document
        return found

    def has_breach(self, key: str) -> bool:
        """Whether this breach was recorded in a case that lies here."""
        return self._first(hashed("breach", key), _key, lambda found: found == key) is not None

    def _first(self, name: int, decode: Callable[[Document], V], is_it: Callable[[V], bool]) -> V | None:
        return next((value for _, value in self._all(name, decode) if is_it(value)), None)

    def _all(self, name: int, decode: Callable[[Document], V]) -> Iterator[tuple[Month, V]]:
        """What is kept under a hash, the newest month first."""
        for month in self._months.values():
            if name in (index := month.index):
                for offset in index.offsets(name):
                    yield month, self._value(month, offset, decode)

    def _value(self, month: Month, offset: int, decode: Callable[[Document], V]) -> V:
        place = (month.entry.file, offset)
        value = self._read.get(place)
        if value is None:
            try:
                value = decode(month.document(offset))
            except Unreadable as error:
                raise month.damaged() from error
            if len(self._read) >= _REMEMBERED:
                self._read = {}
            self._read[place] = value
        return cast("V", value)


def _key(document: Document) -> str:
    return text(document, "key")
