"""TinyDB's own tests, from its source distribution, run against the journal."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path

import pytest

import kefu_tui

ROOT = Path(kefu_tui.__file__).parents[1]

EXCLUDED = {
    "test_middlewares.py::test_caching_read": "is about CachingMiddleware over memory",
    "test_middlewares.py::test_caching_json_write": "is about CachingMiddleware over JSONStorage",
    "test_storages.py::test_json_kwargs": "compares the file byte by byte with indented JSON",
    "test_storages.py::test_json_read": "opens in mode r; ours is told read_only",
    "test_storages.py::test_json_invalid_directory": "expects a missing directory to be refused",
    "test_storages.py::test_read_once": "counts the reads of a storage of its own",
    "test_storages.py::test_custom_with_exception": "is about a storage of its own",
    "test_storages.py::test_yaml": "is about a storage of its own",
    "test_tables.py::test_table_repr": "expects the name of stock's class in the repr",
    "test_tinydb.py::test_repr": "expects the name of stock's class in the repr",
    "test_tinydb.py::test_storage_closed_once": "is about a storage of its own",
    "test_tinydb.py::test_empty_write": "is about a middleware over memory",
    "test_tinydb.py::test_access_storage": "asks for the class MemoryStorage",
    "test_tinydb.py::test_storage_access": "asks for the class MemoryStorage",
}
"""What is not asked of the journal, and why: all of it is about the file's shape or about another class."""


@pytest.mark.soak
def test_tinydbs_own_tests_pass_wherever_they_are_not_about_the_files_shape(tmp_path):
    download = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:"]
    fetched = subprocess.run(
        [*download, f"tinydb=={version('tinydb')}", "-d", str(tmp_path)], capture_output=True, text=True
    )
    if fetched.returncode:
        pytest.skip(f"TinyDB's source cannot be had here: {fetched.stderr.strip()[-300:]}")
    (archive,) = tmp_path.glob("tinydb-*.tar.gz")
    with tarfile.open(archive) as source:
        source.extractall(tmp_path / "source", filter="data")
    suite = tmp_path / "suite"
    suite.mkdir()
    for file in (tmp_path / "source").glob("*/tests/test_*.py"):
        shutil.copy(file, suite)

    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "tinydb_suite",
        "-p",
        "no:randomly",
        "--rootdir",
        ".",
    ]
    run = subprocess.run(
        [*command, "-p", "no:cacheprovider", *(f"--deselect={name}" for name in EXCLUDED)],
        cwd=suite,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(Path(__file__).parent)])},
        capture_output=True,
        text=True,
    )

    assert run.returncode == 0, run.stdout[-3000:]
    passed = re.search(r"(\d+) passed, (\d+) deselected", run.stdout)
    assert passed is not None
    assert int(passed[1]) > 180
    assert int(passed[2]) >= len(EXCLUDED)
    print(f"TinyDB's own tests: {passed[0]}")
