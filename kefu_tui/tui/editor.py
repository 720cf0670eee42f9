"""The founder's own editor, for a text that wants more room than the composer has."""

import asyncio
import os
import shlex
import shutil
import tempfile
from pathlib import Path

from textual.app import App, SuspendNotSupported

from kefu_tui.domain.errors import N_, KefuError

_FALLBACKS = ("sensible-editor", "nano", "vi")


def editor_command() -> list[str]:
    """What `$VISUAL`, else `$EDITOR` names, cut into words; else the first of the usual ones that is there.

    Raises `KefuError` when there is none.
    """
    for name in ("VISUAL", "EDITOR"):
        if written := os.environ.get(name, "").strip():
            try:
                return shlex.split(written)
            except ValueError:
                raise KefuError(N_("{name} cannot be read: {value}"), name=name, value=written) from None
    for candidate in _FALLBACKS:
        if shutil.which(candidate):
            return [candidate]
    raise KefuError(N_("no editor: set EDITOR to the one you like"))


async def edit_text(app: App[None], text: str) -> str | None:
    """The text as the editor leaves it; None where it left it alone. Raises `KefuError` when it fails.

    The desk goes on polling and sending meanwhile and draws nothing; the file is only the founder's to read.
    """
    command = editor_command()
    with tempfile.TemporaryDirectory(prefix="kefu-") as directory:  # mode 0700
        file = Path(directory) / "reply.md"
        await asyncio.to_thread(file.write_text, text, encoding="utf-8")
        try:
            code = await _run(app, [*command, str(file)])
        except SuspendNotSupported:
            raise KefuError(N_("this terminal cannot be lent to an editor")) from None
        except OSError as error:
            raise KefuError(
                N_("{command} cannot be started: {reason}"), command=command[0], reason=error.strerror
            ) from None
        if code != 0:
            raise KefuError(
                N_("{command} ended with code {code}; the text is as it was"), command=command[0], code=code
            )
        try:
            written = await asyncio.to_thread(file.read_text, encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise KefuError(N_("what the editor left is no text; the text is as it was")) from None
    written = written.removesuffix("\n") if not text.endswith("\n") else written
    return None if written == text else written


async def _run(app: App[None], command: list[str]) -> int:
    """Lend the terminal to a command; its exit code. Whatever happens, the terminal is taken back.

    Textual takes it back only where nothing is raised meanwhile, so what is raised is kept until then.
    """
    code, failure = 0, None
    with app.suspend(), app.batch_update():
        try:
            process = await asyncio.create_subprocess_exec(*command)
            code = await process.wait()
        except (OSError, asyncio.CancelledError) as error:
            failure = error
    if failure is not None:
        raise failure
    return code
