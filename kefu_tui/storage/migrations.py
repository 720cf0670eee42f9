"""The schema of the documents: its version lies in the store, and each newer version is one step.

To change the schema, add a `Step` to `STEPS` with the next version. A step reads raw documents, never
domain values: those may have moved on by the time it runs. Archives are not rewritten: their documents
are read by the codecs, which give a field that came later its default.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from kefu_tui.domain.errors import N_, StoreError
from kefu_tui.storage.backend import Backend, Batch, Document
from kefu_tui.storage.codec.fields import Unreadable, whole
from kefu_tui.storage.journaled.disk import Disk, refusals
from kefu_tui.storage.tables import CASES, MENTIONS, META, damaged

FIRST_VERSION = 1
_SCHEMA = "schema"


class Documents(Protocol):
    """The documents a step may read."""

    def documents(self, table: str, /) -> Mapping[str, Document]: ...


@dataclass(frozen=True, slots=True)
class Step:
    """One change of the schema: `name` says what changes, `change` gives the documents to write for it."""

    version: int
    name: str
    change: Callable[[Documents], Batch]


STEPS: tuple[Step, ...] = (
    # Nothing to rewrite; but a program that knows no archives would take archived cases for never heard of.
    Step(2, "settled cases may lie in archives", lambda _: {}),
)


def migrate(backend: Backend, path: Path, *, read_only: bool, steps: Sequence[Step] = STEPS) -> None:
    """Bring the store to the newest schema, step by step; a copy of the file is set aside first.

    Each step and its version number are written together, so a crash leaves the store at one version
    or the next. Raises `StoreError` for a store written by a newer program, and for an older one that
    is open for reading only.
    """
    newest = steps[-1].version if steps else FIRST_VERSION
    version = _version(backend, path)
    if version is None:
        if not read_only:
            backend.apply({META: {_SCHEMA: {"version": newest}}})
        return
    if version > newest:
        raise StoreError(
            N_(
                "{path} was written by a newer kefu (schema {version}, this one knows {newest}): upgrade kefu"
            ),
            path=str(path),
            version=version,
            newest=newest,
        )
    pending = [step for step in steps if step.version > version]
    if not pending:
        return
    if read_only:
        raise StoreError(
            N_("{path} was written by an older kefu: open the desk once, it brings the file up to date"),
            path=str(path),
        )
    backend.compact()
    _set_aside(path, path.with_name(f"{path.name}.before-v{pending[0].version}"))
    for step in pending:
        backend.apply({**step.change(backend), META: {_SCHEMA: {"version": step.version}}})


def _version(backend: Backend, path: Path) -> int | None:
    """The version of what is stored; None while nothing is."""
    schema = backend.documents(META).get(_SCHEMA)
    if schema is None:
        if backend.documents(MENTIONS.name) or backend.documents(CASES.name):
            raise StoreError(N_("{path} does not say which kefu wrote it: restore a backup"), path=str(path))
        return None
    try:
        return whole(schema, "version")
    except Unreadable as error:
        raise damaged(META, _SCHEMA, error.path) from None


def check_version(meta: Mapping[str, Document], path: Path, steps: Sequence[Step] | None = None) -> None:
    """Raise `StoreError` unless the documents of the table `META` say the newest schema, or nothing yet."""
    known = STEPS if steps is None else steps
    newest = known[-1].version if known else FIRST_VERSION
    schema = meta.get(_SCHEMA)
    version = newest if schema is None else schema.get("version")
    if version != newest:
        raise StoreError(
            N_(
                "{path} has the schema {version}, this kefu repairs {newest} only; open the desk once with it"
            ),
            path=str(path),
            version=version,
            newest=newest,
        )


def _set_aside(path: Path, copy: Path) -> None:
    """Copy a file whole: the name appears once the bytes are on the medium."""
    disk = Disk()
    unfinished = copy.with_name(f"{copy.name}.tmp")
    with refusals(copy):
        disk.unlink(unfinished)
        try:
            with path.open("rb") as source, disk.open(unfinished, "xb") as target:
                shutil.copyfileobj(source, target)
                disk.sync(target)
            disk.replace(unfinished, copy)
            disk.sync_directory(copy.parent)
        finally:
            disk.unlink(unfinished)
