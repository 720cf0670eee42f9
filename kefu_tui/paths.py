"""Where `kefu` keeps its files: decided in one place, and nothing is made until it is asked for."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kefu_tui.domain.errors import N_, KefuError, StoreError


@dataclass(frozen=True, slots=True)
class Paths:
    """Every file and directory of one installation, all absolute."""

    config_file: Path
    scripts_dir: Path
    data_dir: Path
    store_file: Path
    state_dir: Path
    log_file: Path

    @property
    def script_uses_file(self) -> Path:
        """How often each script was used: beside the store, and no loss without it."""
        return self.data_dir / "script-uses.json"


def resolve(environ: Mapping[str, str]) -> Paths:
    """The paths in force: under `KEFU_HOME` where that is set, else where the system keeps such files.

    `environ` is asked for `KEFU_HOME` only; `XDG_CONFIG_HOME` and its like are platformdirs' business,
    which reads the environment of the process.
    """
    if home := environ.get("KEFU_HOME"):
        try:
            root = Path(home).expanduser().absolute()
        except RuntimeError:  # ~somebody who has no home here
            raise KefuError(N_("KEFU_HOME: no such home directory: {path}"), path=home) from None
        return _under(config=root, data=root / "data", state=root / "state")

    from platformdirs import PlatformDirs  # here because most commands run with it, but `--help` need not

    system = PlatformDirs("kefu", appauthor=False)
    return _under(config=system.user_config_path, data=system.user_data_path, state=system.user_state_path)


def _under(*, config: Path, data: Path, state: Path) -> Paths:
    return Paths(
        config_file=config / "config.toml",
        scripts_dir=config / "scripts",
        data_dir=data,
        store_file=data / "desk.json",
        state_dir=state,
        log_file=state / "kefu.log",
    )


def make_directories(paths: Paths) -> None:
    """Make the directories for configuration, data and state, open to their owner only (0700).

    A directory that is already there keeps its mode. Raises `StoreError` when one cannot be made, or
    when data or state could not be written into it.
    """
    for directory in (paths.config_file.parent, paths.data_dir, paths.state_dir):
        try:
            _make_private(directory)
        except OSError as error:
            raise StoreError(
                N_("{path}: cannot make this directory: {reason}; KEFU_HOME can name another place"),
                path=directory,
                reason=error.strerror,
            ) from error
    for directory in (paths.data_dir, paths.state_dir):
        if not os.access(directory, os.W_OK | os.X_OK):
            raise StoreError(
                N_("{path}: this directory is read-only; KEFU_HOME can name another place"), path=directory
            )


def _make_private(directory: Path) -> None:
    # mkdir(parents=True) would give the mode to the last directory only.
    for missing in reversed([path for path in (directory, *directory.parents) if not path.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)
    directory.mkdir(exist_ok=True)  # a file of that name is refused
