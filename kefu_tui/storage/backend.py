"""What the desk's store needs from the engine below it: tables of documents, changed all or nothing."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol, TypeAlias

Document: TypeAlias = dict[str, Any]
Batch: TypeAlias = Mapping[str, Mapping[str, Document | None]]


class Backend(Protocol):
    """Tables of JSON documents by string key. Raises `StoreError`s."""

    def documents(self, table: str, /) -> Mapping[str, Document]:
        """The documents of a table, which may be empty; not to be changed by the reader."""
        ...

    def document(self, table: str, key: str, /) -> Document:
        """One document for one look: who keeps what was read keeps it in a form of its own."""
        ...

    def apply(self, batch: Batch, /) -> None:
        """Put the documents by table and key, or remove them where given None: durable, all or nothing."""
        ...

    @property
    def needs_compaction(self) -> bool: ...

    def compact(self) -> None: ...

    def compaction(self) -> Iterator[None]:
        """Compact in slices, between which the caller may let others work."""
        ...

    def frozen(self) -> tuple[Mapping[str, Mapping[str, Document]], int]:
        """All documents by table and number as they are now, and the number of the last change in them."""
        ...

    def close(self) -> None: ...
