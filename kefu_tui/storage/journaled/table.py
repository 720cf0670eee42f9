"""TinyDB's table over memory: the same methods, each changing call one durable batch."""

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import Any, cast

from tinydb.queries import QueryLike
from tinydb.table import Document, Table

from kefu_tui.storage.journaled.memory import View
from kefu_tui.storage.journaled.records import detached
from kefu_tui.storage.journaled.source import TableSource, check_name


class JournaledTable(Table):
    """A table whose reads cost no parsing and whose writes cost one line.

    Beyond TinyDB's promises, a document handed out belongs to the caller down to its last list, and
    an update that raises half-way leaves nothing behind.
    """

    def __init__(
        self,
        storage: TableSource,
        name: str,
        cache_size: int = Table.default_query_cache_capacity,
        persist_empty: bool = False,
    ) -> None:
        check_name(name)
        self._source = storage
        self._cached_version = -1
        super().__init__(storage, name, cache_size, persist_empty)

    def __iter__(self) -> Iterator[Document]:
        return map(self._own, super().__iter__())

    def search(self, cond: QueryLike) -> list[Document]:
        # The version is read first: a result found while another thread writes is cached as old.
        version = self._source.memory.version
        if version != self._cached_version:
            self.clear_cache()
            self._cached_version = version
        return [self._own(document) for document in super().search(cond)]

    def get(self, *args: Any, **kwargs: Any) -> Any:
        found = super().get(*args, **kwargs)
        if isinstance(found, list):
            return [self._own(document) for document in found]
        return None if found is None else self._own(found)

    def update(
        self,
        fields: Mapping[str, Any] | Callable[[MutableMapping[str, Any]], None],
        cond: QueryLike | None = None,
        doc_ids: Iterable[int] | None = None,
    ) -> list[int]:
        with self._source.writing():
            if doc_ids is None and cond is not None:
                doc_ids = self._matching(cond)
            return super().update(fields, doc_ids=doc_ids)

    def upsert(self, document: Mapping[str, Any], cond: QueryLike | None = None) -> list[int]:
        with self._source.writing():
            return super().upsert(document, cond)

    def remove(self, cond: QueryLike | None = None, doc_ids: Iterable[int] | None = None) -> list[int]:
        with self._source.writing():
            if doc_ids is None and cond is not None:
                doc_ids = self._matching(cond)
            return super().remove(doc_ids=doc_ids)

    def _matching(self, cond: QueryLike) -> list[int]:
        # Found here, a document that does not match is never copied into a draft.
        return [int(doc_id) for doc_id, row in self._source.memory.rows(self.name).items() if cond(row)]

    def _own(self, document: Document) -> Document:
        return self.document_class(detached(document), document.doc_id)

    def _get_next_id(self) -> int:
        return self._source.next_id(self.name)

    def _read_table(self) -> dict[str, Mapping[str, Any]]:
        # TinyDB only ever looks things up in it and walks it, both of which a view does.
        return cast(dict[str, Mapping[str, Any]], View(self._source.memory.rows(self.name)))

    def _update_table(self, updater: Callable[[dict[int, Mapping[str, Any]]], None]) -> None:
        self._source.change(self.name, updater)
        self.clear_cache()
