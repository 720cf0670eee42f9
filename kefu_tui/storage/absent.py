"""The backend of a store that is not there yet, for those who only read: empty, and it stays so."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from kefu_tui.domain.errors import N_, StoreError
from kefu_tui.storage.backend import Batch, Document


class AbsentStore:
    """No documents; nothing is made on disk."""

    needs_compaction = False

    def __init__(self, path: Path) -> None:
        self._path = path

    def documents(self, _table: str, /) -> Mapping[str, Document]:
        return {}

    def document(self, _table: str, key: str, /) -> Document:
        """There is none."""
        raise KeyError(key)

    def apply(self, _batch: Batch, /) -> None:
        """Always a `StoreError`."""
        raise StoreError(N_("{path} is open for reading only"), path=str(self._path))

    def compact(self) -> None:
        """There is nothing to write."""

    def compaction(self) -> Iterator[None]:
        """There is nothing to write."""
        return iter(())

    def frozen(self) -> tuple[Mapping[str, Mapping[str, Document]], int]:
        return {}, 0

    def close(self) -> None:
        """Nothing is held open."""
