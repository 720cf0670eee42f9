"""`kefu backup`, `export`, `import` and `doctor --repair`, as they are typed."""

import csv
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kefu_tui.cli import main
from kefu_tui.ports import Changes
from kefu_tui.storage.desk_store import open_store
from tests.builders import a_case, a_mention

ROOT = Path(__file__).parents[1]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KEFU_HOME", str(tmp_path))
    (tmp_path / "config.toml").write_text('language = "en"\n', encoding="utf-8")
    return tmp_path


@pytest.fixture
async def store_file(home: Path) -> Path:
    path = home / "data" / "desk.json"
    store = open_store(path)
    mentions = [a_mention(f"=number {n}", id=f"p{n}") for n in range(5)]
    await store.update(lambda _: Changes(mentions=mentions, cases=[a_case([m]) for m in mentions]))
    await store.aclose()
    return path


def test_an_export_goes_out_and_comes_in_again(
    store_file: Path, home: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["export", str(home / "all.jsonl")]) == 0
    assert (home / "all.jsonl").stat().st_mode & 0o777 == 0o600
    assert main(["import", "--json", str(home / "all.jsonl")]) == 0
    assert json.loads(capsys.readouterr().out) == {"new": 0, "merged": 0, "known": 10, "skipped": 0}
    assert main(["export"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 11


def test_a_spreadsheet_gets_text_and_no_formulas(store_file: Path, home: Path):
    assert main(["export", str(home / "all.csv")]) == 0
    rows = list(csv.DictReader((home / "all.csv").read_text("utf-8").splitlines()))
    assert [row["text"] for row in rows] == [f"'=number {n}" for n in range(5)]
    assert {row["state"] for row in rows} == {"waiting_us"}


def test_parquet_has_a_row_for_each_mention(store_file: Path, home: Path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is an extra: pip install '.[parquet]'")
    assert main(["export", str(home / "all.parquet")]) == 0
    assert parquet.read_table(home / "all.parquet").num_rows == 5


def test_without_pyarrow_parquet_says_what_to_install(
    store_file: Path, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert main(["export", str(home / "all.parquet")]) == 2
    assert "kefu-tui[parquet]" in capsys.readouterr().err
    assert not (home / "all.parquet").exists()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["export", "all.xls"], 2), (["export", "--format", "parquet"], 2), (["import", "nowhere.jsonl"], 2)],
)
def test_what_makes_no_sense_is_said(store_file: Path, arguments: list[str], code: int):
    assert main(arguments) == code


@pytest.mark.parametrize("command", [["export"], ["backup"]])
def test_with_nothing_stored_there_is_nothing_to_take_out(home: Path, command: list[str]):
    assert main(command) == 5
    assert not (home / "data").exists()


def test_a_backup_is_made_listed_and_put_back(
    store_file: Path, home: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["backup", "--list"]) == 0
    assert "no backup yet" in capsys.readouterr().out
    assert main(["backup", "--json"]) == 0
    made = Path(json.loads(capsys.readouterr().out)["backup"])
    store_file.write_bytes(b"{ damaged")
    assert main(["doctor"]) == 3
    assert main(["backup", "--restore", made.name]) == 0
    capsys.readouterr()
    assert main(["doctor"]) == 0
    assert "5 mentions in 5 cases" in capsys.readouterr().out
    assert main(["backup", "--restore", "nowhere"]) == 3


def test_doctor_repairs_and_says_what_it_did(
    store_file: Path, home: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["doctor", "--repair"]) == 0
    assert "nothing was damaged" in capsys.readouterr().out
    store_file.write_bytes(store_file.read_bytes()[:200])
    assert main(["doctor", "--repair"]) == 0
    said = capsys.readouterr().out
    assert "is damaged: it is now desk.json.damaged-" in said
    assert "5 mentions in 5 cases" in said


def run_limited(
    home: Path, arguments: list[str], limit: Callable[[], None]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kefu_tui", *arguments],
        env={**os.environ, "KEFU_HOME": str(home), "PYTHONPATH": str(ROOT)},
        preexec_fn=limit,
        capture_output=True,
        text=True,
    )


def test_a_disk_that_fills_up_is_a_clear_line_and_loses_nothing(
    store_file: Path, home: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["export", str(home / "all.jsonl")]) == 0
    other = home / "other"

    def nearly_full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

    refused = run_limited(other, ["import", str(home / "all.jsonl")], nearly_full)

    assert refused.returncode == 3
    assert refused.stderr.startswith("kefu: ")
    assert "File too large" in refused.stderr
    assert "Traceback" not in refused.stderr
    done = run_limited(other, ["import", "--json", str(home / "all.jsonl")], lambda: None)
    counts = json.loads(done.stdout)
    assert counts["new"] + counts["known"] == 10
