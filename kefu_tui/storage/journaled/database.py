"""TinyDB whose writes cost one line and one fsync, whatever the size of the store."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from tinydb import TinyDB

from kefu_tui.storage.journaled.batch import Batch
from kefu_tui.storage.journaled.disk import Disk
from kefu_tui.storage.journaled.source import Changes
from kefu_tui.storage.journaled.storage import JournaledStorage
from kefu_tui.storage.journaled.table import JournaledTable


class JournaledDB(TinyDB):
    """A TinyDB that keeps its tables in memory and a journal beside its file.

    A changing call returns once its change is on the medium; if it raises `StoreError`, nothing of it
    was kept. One process writes (a second gets `StoreLocked`), any number may read with `read_only`:
    they see what was committed when they opened. Closing leaves a file that stock `TinyDB(path)` opens.

    Threads: writes (`apply`, `batch`, changing table methods, `compact`) may come from any thread and
    wait for each other; reads may come from any thread and wait for nobody. A reader may see some
    documents of a batch a moment before the others, never half a document.
    """

    # TinyDB's own classes are all its annotations allow here, its documentation invites these.
    table_class = JournaledTable  # type: ignore[assignment]
    default_storage_class = JournaledStorage  # type: ignore[assignment]
    _storage: JournaledStorage

    def __init__(
        self,
        path: str | Path,
        *,
        read_only: bool = False,
        compact_after_bytes: int = 4 * 1024 * 1024,
        disk: Disk | None = None,
    ) -> None:
        """Open or create a store, replaying what a crash left in the journal.

        `disk` stands in for the operating system in tests. Raises `StoreLocked` if another process
        writes the store, `StoreError` if it is damaged, cannot be read, or `read_only` and missing.
        """
        super().__init__(path, read_only=read_only, compact_after_bytes=compact_after_bytes, disk=disk)

    def apply(self, changes: Changes) -> None:
        """Set documents by table and key, or remove them (None), as one line and one fsync.

        Threads that call it at the same time share an fsync; each has its own line and its own failure.
        A document is replaced whole; its `key` field is filled in. Removing a key that is not there is
        fine. Raises `StoreError`, and `ValueError` or `TypeError` for what JSON cannot hold.
        """
        self._storage.apply(changes)

    def documents(self, table: str) -> Mapping[str, dict[str, Any]]:
        """Return a live view of a table's documents by key.

        The documents are the store's own: a change goes through `apply`, never through the view. From
        the first call on the table refuses a second document with the same key.
        """
        return self._storage.documents(table)

    def document(self, table: str, key: str) -> dict[str, Any]:
        """Return one keyed document for one look; raises `KeyError`.

        Unlike through `documents` it is not kept in memory as it was read: who decodes it into something
        else does not pay for both.
        """
        return self._storage.documents(table).once(key)

    def batch(self) -> AbstractContextManager[Batch]:
        """Make several table operations one: `with db.batch() as batch: batch.table("cases").insert(…)`.

        They become durable together when the block ends; an exception drops them all. Nobody else sees
        them before. Other writers wait for the block, so never await anything in it.
        """
        return self._storage.batch()

    @property
    def needs_compaction(self) -> bool:
        """Whether the journal has grown past `compact_after_bytes`."""
        return self._storage.needs_compaction

    def compact(self) -> None:
        """Bring the journal into the snapshot; safe in a worker thread, writers hardly notice.

        Raises `StoreError`; the journal then stays and nothing is lost.
        """
        for _ in self.compaction():
            pass

    def compaction(self) -> Iterator[None]:
        """Compact in slices of about 64 KiB, so that a caller may pause in between.

        Writers wait only while it begins. Dropped half-way it leaves the store as it was.
        """
        return self._storage.compaction()

    def frozen(self) -> tuple[Mapping[str, Mapping[str, dict[str, Any]]], int]:
        """Return the documents of all tables by id as they are now, and the number of the last batch in them.

        A reader may walk them for as long as it likes; they are the store's own and not to be changed.
        """
        return self._storage.frozen()

    def tables(self) -> set[str]:
        return set(self._storage.memory.tables)

    def drop_table(self, name: str) -> None:
        self._tables.pop(name, None)
        self._storage.drop(name)
