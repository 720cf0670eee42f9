"""What every command starts from: where the files are, the settings, and how to print."""

import json
import os
import re
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from kefu_tui import i18n
from kefu_tui.domain.errors import N_, KefuError
from kefu_tui.paths import Paths, resolve
from kefu_tui.plain import visible

if TYPE_CHECKING:  # each is slow to import, and not every command needs it
    from rich.text import Text

    from kefu_tui.config import Settings
    from kefu_tui.ports import Json

UNSEEN_WIDTH = 280  # cells; a few lines' worth of a post is enough to know it by
_NOT_FOR_TERMINALS = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_ONE_LINE = {ascii_only: json.JSONEncoder(ensure_ascii=ascii_only) for ascii_only in (True, False)}


class UsageError(KefuError):
    """The command line asks for something that makes no sense."""

    exit_code = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One run of the program; `config_file` and `language` are set where the command line gave them."""

    environ: Mapping[str, str]
    config_file: Path | None = None
    language: str | None = None

    @property
    def paths(self) -> Paths:
        paths = resolve(self.environ)
        return replace(paths, config_file=self.config_file.absolute()) if self.config_file else paths

    def settings(self) -> "Settings":
        """The founder's settings, and their language spoken from now on; raises `ConfigError`."""
        from kefu_tui import config

        path = self.paths.config_file
        if self.config_file is None and not path.exists():
            raise UsageError(
                N_("there is no configuration yet: {path} (kefu demo needs none)"),
                path=path,
            )
        settings = config.load(path)
        self.speak(settings)
        return settings

    def settings_or_defaults(self) -> "Settings":
        """The same for commands that work without a configuration; one that is there must be sound."""
        if self.config_file is None and not self.paths.config_file.exists():
            from kefu_tui.config import Settings

            return Settings()
        return self.settings()

    def speak(self, settings: "Settings") -> None:
        """Use the configured language unless the command line chose one."""
        if self.language is None:
            i18n.install(settings.language, self.environ)


def is_interactive() -> bool:
    """Whether a person sits in front of both ends."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def print_lines(lines: Iterable["Text"], *, crop: bool = False) -> None:
    """Print styled lines, plain where nobody looks.

    `crop` cuts each to the terminal's width, or to `UNSEEN_WIDTH` where there is none. Raises
    `BrokenPipeError` when nobody reads on.
    """
    from rich.console import Console

    class Out(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # Rich would end the program here, with an exit code of its own

    console = Out(file=sys.stdout, highlight=False, markup=False, emoji=False, soft_wrap=True)
    width = console.width if console.is_terminal else UNSEEN_WIDTH
    for line in lines:
        if crop:
            line.truncate(width, overflow="ellipsis")
        console.print(line)


def print_json(value: "Json", *, lines: bool = False) -> None:
    """Print a JSON document, or with `lines` one on a line of its own.

    Characters that steer a terminal or reorder text are written as escapes.
    """
    if lines:
        sys.stdout.write(json_line(value))
        sys.stdout.flush()
    else:
        print(_tame(json.dumps(value, ensure_ascii=_is_narrow(), indent=2)))


def json_line(value: "Json") -> str:
    """A JSON document on a line of its own, line end included, with the escapes of `print_json`."""
    return _tame(_ONE_LINE[_is_narrow()].encode(value)) + "\n"


def _is_narrow() -> bool:
    """Whether standard output lacks characters: JSON has escapes for them, a question mark would be a lie."""
    return not (sys.stdout.encoding or "").lower().startswith("utf")


def _tame(text: str) -> str:
    return _NOT_FOR_TERMINALS.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def read_stdin() -> str:
    """Everything on standard input as UTF-8 text; raises `UsageError` when it is none."""
    return decoded(sys.stdin.buffer.read(), "-")


def decoded(content: bytes, origin: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(N_("{origin}: not UTF-8 text"), origin=origin) from None


def ask(question: str) -> bool:
    """Ask the person at the terminal; only a clear yes is one."""
    try:
        answer = input(f"{question} [y/N] ")
    except EOFError:
        return False
    return answer.strip().lower() in {"y", "yes", "是", "ｙ"}


def warn(lines: Iterable[str]) -> None:
    """Say on standard error what is not as it should be."""
    for line in lines:
        print(visible(line), file=sys.stderr)


def write_file(path: Path, content: str) -> None:
    """Write a file the founder asked for, whole or not at all; only they can read it. Raises `KefuError`."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(
            os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
        ) as out:
            out.write(content)
        scratch.replace(path)
    except OSError as error:
        with suppress(OSError):
            scratch.unlink(missing_ok=True)
        raise KefuError(N_("{path}: cannot be written: {reason}"), path=path, reason=error.strerror) from None


def check_year(day: date) -> None:
    """Raise `ValueError` for a year so far away that a time zone could push it off the calendar."""
    if not 1970 <= day.year <= 9000:
        raise ValueError("a year in which nobody keeps shop")


def read_moment(written: str, zone: tzinfo) -> datetime:
    """An ISO date or time, local where it says nothing else; raises `UsageError`."""
    try:
        moment = datetime.fromisoformat(written)
        check_year(moment)
    except ValueError:
        raise UsageError(
            N_("{written}: expected a date or time such as 2026-03-01 or 2026-03-01T09:00"), written=written
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
