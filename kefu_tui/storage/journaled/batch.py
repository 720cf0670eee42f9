"""Several table operations that reach the disk as one line, or not at all."""

from collections.abc import Sequence
from threading import RLock

from kefu_tui.storage.journaled import records
from kefu_tui.storage.journaled.memory import Memory
from kefu_tui.storage.journaled.records import Operation
from kefu_tui.storage.journaled.source import TableSource
from kefu_tui.storage.journaled.table import JournaledTable


class Batch(TableSource):
    """A private copy of the tables; what happens in it is seen by its own tables only.

    Use `table` as on the database, and `apply` and `documents` for keyed documents.
    """

    def __init__(self, memory: Memory, lock: RLock) -> None:
        super().__init__(memory.copy(), lock)
        self.operations: list[Operation] = []
        self._tables: dict[str, JournaledTable] = {}
        self._open = True

    def table(self, name: str) -> JournaledTable:
        """Return a table whose changes become part of the batch."""
        if name not in self._tables:
            self._tables[name] = JournaledTable(self, name)
        return self._tables[name]

    def check_writable(self) -> None:
        if not self._open:
            raise RuntimeError("This batch has ended: open a new one")

    def commit(self, operations: Sequence[Operation]) -> None:
        # There and back, so that reads inside the batch see what reads after it will.
        record = records.decode(records.encode(0, operations))
        self.memory.fold(record.operations)
        self.operations += record.operations

    def close(self) -> None:
        """End the batch; its tables stay readable."""
        self._open = False
