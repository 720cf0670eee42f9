import errno
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from kefu_tui.domain.errors import KefuError, StoreError
from kefu_tui.paths import Paths, make_directories, resolve


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_kefu_home_holds_everything(tmp_path: Path):
    assert resolve({"KEFU_HOME": str(tmp_path)}) == Paths(
        config_file=tmp_path / "config.toml",
        scripts_dir=tmp_path / "scripts",
        data_dir=tmp_path / "data",
        store_file=tmp_path / "data/desk.json",
        state_dir=tmp_path / "state",
        log_file=tmp_path / "state/kefu.log",
    )


def test_kefu_home_is_absolute_however_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/lan")

    assert resolve({"KEFU_HOME": "desk"}).data_dir == tmp_path / "desk/data"
    assert resolve({"KEFU_HOME": "~/desk"}).data_dir == Path("/home/lan/desk/data")


def test_a_home_nobody_has_is_refused():
    with pytest.raises(KefuError, match="KEFU_HOME: no such home directory"):
        resolve({"KEFU_HOME": "~nobody-of-that-name/desk"})


@pytest.mark.parametrize("environ", [{}, {"KEFU_HOME": ""}])
def test_without_kefu_home_the_system_decides(environ: dict[str, str]):
    from platformdirs import user_config_path, user_data_path, user_state_path

    paths = resolve(environ)

    assert paths.config_file == user_config_path("kefu", appauthor=False) / "config.toml"
    assert paths.store_file == user_data_path("kefu", appauthor=False) / "desk.json"
    assert paths.log_file == user_state_path("kefu", appauthor=False) / "kefu.log"


def test_resolving_makes_nothing(tmp_path: Path):
    resolve({"KEFU_HOME": str(tmp_path / "desk")})

    assert list(tmp_path.iterdir()) == []


def test_directories_are_open_to_their_owner_only(tmp_path: Path):
    paths = resolve({"KEFU_HOME": str(tmp_path / "above/desk")})

    make_directories(paths)
    make_directories(paths)  # a second start finds them there

    for directory in (tmp_path / "above", tmp_path / "above/desk", paths.data_dir, paths.state_dir):
        assert mode_of(directory) == 0o700


def test_a_directory_that_is_there_keeps_its_mode(tmp_path: Path):
    tmp_path.chmod(0o755)

    make_directories(resolve({"KEFU_HOME": str(tmp_path)}))

    assert mode_of(tmp_path) == 0o755


def test_a_file_in_the_way_is_a_clear_error(tmp_path: Path):
    (tmp_path / "data").write_text("not a directory")

    with pytest.raises(StoreError, match=r"data: cannot make this directory: File exists; KEFU_HOME"):
        make_directories(resolve({"KEFU_HOME": str(tmp_path)}))


def test_a_read_only_disk_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(path: Path, *args: object, **kwargs: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)

    with pytest.raises(StoreError, match="cannot make this directory: Read-only file system"):
        make_directories(resolve({"KEFU_HOME": str(tmp_path / "desk")}))


def test_a_data_directory_that_cannot_be_written_is_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    paths = resolve({"KEFU_HOME": str(tmp_path)})
    make_directories(paths)
    # Not by chmod: the superuser may write anywhere, and tests run as the superuser in some places.
    monkeypatch.setattr("kefu_tui.paths.os.access", lambda path, _mode: path != paths.data_dir)

    with pytest.raises(StoreError, match="data: this directory is read-only"):
        make_directories(paths)


def test_importing_does_not_load_platformdirs():
    code = "import sys, kefu_tui.paths; sys.exit('platformdirs' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
