"""What tables are made on: a memory to read and one door, `commit`, through which it changes."""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import RLock
from typing import Any

from tinydb.storages import Storage

from kefu_tui.storage.journaled.draft import Draft
from kefu_tui.storage.journaled.memory import KEY, KeyedView, Memory
from kefu_tui.storage.journaled.records import Operation, Row

META = "_meta"
"""The table of a snapshot that is the store's own; nobody else may use its name."""

Changes = Mapping[str, Mapping[str, Mapping[str, object] | None]]
"""Documents to set (or None: to remove) by key, by table."""


class TableSource(Storage):
    """A TinyDB storage whose tables are read and changed one by one, not as a whole."""

    def __init__(self, memory: Memory, lock: RLock) -> None:
        self.memory = memory
        self.lock = lock

    @abstractmethod
    def check_writable(self) -> None:
        """Raise if nothing may be written now; called with the lock held."""

    @abstractmethod
    def commit(self, operations: Sequence[Operation]) -> None:
        """Make a batch last, then bring it into memory, all of it or nothing; the lock is held."""

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the writers' lock, having made sure that writing is possible."""
        with self.lock:
            self.check_writable()
            yield

    def read(self) -> dict[str, dict[str, Row]]:
        """Return everything as a copy; tables read the memory itself and never ask for this."""
        with self.lock:
            return self.memory.detached()

    def write(self, data: Mapping[str, Mapping[Any, Mapping[str, Any]]]) -> None:
        """Make `data` the whole content, as one batch of what differs."""
        with self.writing():
            operations: list[Operation] = [(name, None) for name in self.memory.tables if name not in data]
            for table, rows in data.items():
                draft = Draft(self.memory.rows(table))
                wanted = {int(doc_id): dict(row) for doc_id, row in rows.items()}
                for doc_id in [doc_id for doc_id in draft if doc_id not in wanted]:
                    del draft[doc_id]
                draft.update(wanted)
                operations += draft.operations(table, create=table not in self.memory.tables)
            self._submit(operations)

    def change(self, table: str, updater: Callable[[Any], None]) -> None:
        """Run a TinyDB updater over a draft of a table and commit what it changed."""
        with self.writing():
            draft = Draft(self.memory.rows(table))
            updater(draft)
            self._submit(draft.operations(table, create=table not in self.memory.tables))

    def drop(self, table: str) -> None:
        """Remove a table with its documents; one that does not exist is fine."""
        with self.writing():
            if table in self.memory.tables:
                self.commit([(table, None)])

    def apply(self, changes: Changes) -> None:
        """Set and remove keyed documents of several tables as one batch.

        Raises `ValueError` for a document whose own `key` field says something else.
        """
        with self.writing():
            operations = self.keyed(changes, {})
            if operations:
                self.commit(operations)

    def keyed(self, changes: Changes, given: dict[tuple[str, str], str | None]) -> list[Operation]:
        """Return the operations that `changes` come to; the lock is held.

        `given` are the ids (None: removed) of batches that will be committed before this one; what this one
        gives is added to it.
        """
        operations: list[Operation] = []
        taken: dict[tuple[str, str], str | None] = {}
        for table, documents in changes.items():
            check_name(table)
            ids = self.memory.index(table).ids
            rows: dict[str, Mapping[str, object] | None] = {}
            for key, document in documents.items():
                held = given[table, key] if (table, key) in given else ids.get(key)
                if document is not None:
                    if document.get(KEY, key) != key:
                        raise ValueError(f"The document for {key!r} says its key is {document[KEY]!r}")
                    held = held or str(self.memory.next_id(table))
                    rows[held] = {**document, KEY: key}
                    taken[table, key] = held
                elif held is not None:
                    rows[held] = None
                    taken[table, key] = None
            if rows:
                operations.append((table, rows))
        given.update(taken)
        return operations

    def documents(self, table: str) -> KeyedView:
        """Return the keyed documents of a table; the view stays live."""
        index = self.memory.existing_index(table)
        if index is None:
            with self.lock:
                index = self.memory.index(table)
        return KeyedView(self.memory, table, index)

    def next_id(self, table: str) -> int:
        """Take the next free document id of a table."""
        with self.lock:
            return self.memory.next_id(table)

    def _submit(self, operations: Sequence[Operation]) -> None:
        for table, _ in operations:
            check_name(table)
        self.memory.check_keys(operations)
        if operations:
            self.commit(operations)


def check_name(table: str) -> None:
    """Raise `ValueError` for the one table name that is taken."""
    if table == META:
        raise ValueError(f"The table {META!r} belongs to the store itself")
