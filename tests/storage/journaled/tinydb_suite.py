"""A pytest plugin for TinyDB's own tests: wherever they make a `TinyDB`, they get a `JournaledDB`.

Loaded with `-p tinydb_suite` by `test_tinydb_suite.py`; it stands in for the suite's own conftest.
"""

import sys
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

import pytest
from tinydb import JSONStorage
from tinydb.middlewares import CachingMiddleware
from tinydb.storages import MemoryStorage

from kefu_tui.storage.journaled.database import JournaledDB

_numbers = count()
_home = Path(mkdtemp(prefix="kefu-tinydb-suite-"))


class Journaled(JournaledDB):
    """Takes what `TinyDB` takes; what only shapes the file (indentation, encoding) is ignored."""

    def __init__(self, path=None, *, storage=None, **_shape) -> None:
        assert storage in (None, MemoryStorage, JSONStorage), "a storage of its own is not ours to test"
        super().__init__(
            path if path is not None else _home / f"{next(_numbers)}.json", compact_after_bytes=1000
        )


@pytest.fixture(params=["journal", "compacted"])
def db(request, tmp_path):
    with Journaled(tmp_path / "test.db") as db:
        db.drop_tables()
        db.insert_multiple({"int": 1, "char": letter} for letter in "abc")
        if request.param == "compacted":
            db.compact()
        yield db


@pytest.fixture
def storage():
    return CachingMiddleware(MemoryStorage)()


def pytest_collection_modifyitems(items) -> None:
    for module in {item.module for item in items}:
        if hasattr(module, "TinyDB"):
            module.TinyDB = Journaled
    assert "tinydb" in sys.modules
