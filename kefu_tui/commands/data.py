"""`kefu backup`, `kefu export`, `kefu import`: what is stored, taken out and brought in."""

import asyncio
import csv
import os
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from kefu_tui import bootstrap
from kefu_tui.clock import SystemClock
from kefu_tui.commands.context import Context, UsageError, decoded, json_line, print_json, read_stdin
from kefu_tui.domain.errors import N_, NotFound, StoreError
from kefu_tui.i18n import _, ngettext
from kefu_tui.paths import make_directories
from kefu_tui.plain import one_line
from kefu_tui.ports import Store

_COLUMNS = (
    "case", "mention", "account", "kind", "visibility", "author", "handle", "followers", "posted_at",
    "first_seen_at", "text", "url", "priority", "category", "sentiment", "tags", "state",
    "answered_at", "answer",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def backup(args: Namespace, context: Context) -> int:
    """Make a backup, list them, or put one in the place of the store."""
    if args.list:
        return _list(args, context)
    if args.restore is not None:
        return _restore(args.restore, context)
    directory = Path(args.to).absolute() if args.to else None
    made = asyncio.run(_back_up(directory, context))
    if args.json:
        print_json({"backup": str(made)})
    else:
        print(one_line(str(made)))
    return 0


async def _back_up(directory: Path | None, context: Context) -> Path:
    store_file = _store_file(context)
    store = await bootstrap.open_desk_store(store_file, read_only=True)
    try:
        return await store.back_up(directory or bootstrap.backups_directory(store_file), SystemClock().now())
    finally:
        await store.aclose()


def _store_file(context: Context) -> Path:
    path = context.paths.store_file
    if not path.exists():
        raise NotFound(N_("there is nothing to read yet: {path}"), path=path)
    return path


def _list(args: Namespace, context: Context) -> int:
    made = bootstrap.list_backups(context.paths.store_file)
    if args.json:
        print_json([{"name": path.name, "path": str(path), "made_at": at.isoformat()} for path, at in made])
    elif not made:
        print(_("There is no backup yet; the desk makes one every hour something changes."))
    else:
        for path, _made_at in made:
            print(one_line(path.name))
    return 0


def _restore(typed: str, context: Context) -> int:
    made = {path.name: path for path, _ in bootstrap.list_backups(context.paths.store_file)}
    path = made.get(typed) or Path(typed).absolute()
    former = bootstrap.restore_backup(path, context.paths.store_file, SystemClock().now())
    print(_("Restored from {path}.").format(path=one_line(str(path))))
    if former is not None:
        print(_("What was there before is now in {path}.").format(path=one_line(str(former))))
    return 0


def export(args: Namespace, context: Context) -> int:
    """Write everything stored as JSONL, CSV or Parquet."""
    target = None if args.file in (None, "-") else Path(args.file)
    written = args.format or (target.suffix[1:].lower() if target is not None else "jsonl")
    if written not in ("jsonl", "csv", "parquet"):
        raise UsageError(N_("{name}: say --format jsonl, csv or parquet"), name=str(args.file))
    if written == "parquet" and target is None:
        raise UsageError(N_("Parquet is no text: name a file"))
    count = asyncio.run(_export(target, written, context))
    if target is not None:
        words = ngettext("{n} record written to {path}", "{n} records written to {path}", count)
        print(words.format(n=count, path=one_line(str(target))), file=sys.stderr)
    return 0


async def _export(target: Path | None, written: str, context: Context) -> int:
    store = await bootstrap.open_desk_store(_store_file(context), read_only=True)
    try:
        if written == "parquet":
            return _write_parquet(store, target) if target is not None else 0
        with _out(target) as file:
            return _write_csv(store, file) if written == "csv" else _write_jsonl(store, file)
    finally:
        await store.aclose()


@contextmanager
def _out(target: Path | None) -> Iterator[IO[str]]:
    """Standard output, or a file for its owner's eyes that has its name once it is complete."""
    if target is None:
        yield sys.stdout
        return
    unfinished = target.with_name(f"{target.name}.unfinished")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogatepass", newline="") as file:
            yield file
        unfinished.replace(target)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise StoreError(
            N_("{path}: not written ({reason})"), path=target, reason=error.strerror or str(error)
        ) from error
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def _write_jsonl(store: Store, file: IO[str]) -> int:
    count = 0
    for count, document in enumerate(bootstrap.export_documents(store, SystemClock().now())):  # noqa: B007
        file.write(json_line(document))
    return count


def _write_csv(store: Store, file: IO[str]) -> int:
    rows = csv.DictWriter(file, _COLUMNS)
    rows.writeheader()
    count = 0
    for count, row in enumerate(bootstrap.export_rows(store, SystemClock().now()), 1):  # noqa: B007
        rows.writerow({name: _cell(value) for name, value in row.items()})
    return count


def _cell(value: object) -> object:
    """A value as a spreadsheet shows it: what would be run as a formula is text."""
    if isinstance(value, str):
        value = value.encode("utf-8", "replace").decode()
        return f"'{value}" if value.startswith(_FORMULA) else value
    return value


def _write_parquet(store: Store, target: Path) -> int:
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError:
        raise UsageError(N_("Parquet needs pyarrow: pip install 'kefu-tui[parquet]'")) from None
    rows: list[dict[str, Any]] = [
        {
            name: value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
            for name, value in row.items()
        }
        for row in bootstrap.export_rows(store, SystemClock().now())
    ]
    schema = arrow.schema(
        [(name, arrow.int64() if name == "followers" else arrow.string()) for name in _COLUMNS]
    )
    with _out(target):  # the name is only taken by what is complete
        unfinished = target.with_name(f"{target.name}.unfinished")
        parquet.write_table(arrow.Table.from_pylist(rows, schema=schema), unfinished)
    return len(rows)


def import_(args: Namespace, context: Context) -> int:
    """Merge what `kefu export` has written into the store."""
    values = bootstrap.read_export(_lines_of(args.file), args.file)
    return asyncio.run(_import(values, as_data=args.json, context=context))


def _lines_of(name: str) -> list[str]:
    if name == "-":
        return read_stdin().split("\n")
    try:
        content = Path(name).read_bytes()
    except OSError as error:
        raise UsageError(N_("{path}: {reason}"), path=name, reason=error.strerror) from None
    return decoded(content, name).split("\n")


async def _import(values: Sequence[tuple[str, Any]], *, as_data: bool, context: Context) -> int:
    make_directories(context.paths)
    store = await bootstrap.open_desk_store(context.paths.store_file)
    try:
        done = await bootstrap.merge_export(store, values)
    finally:
        await store.aclose()
    if as_data:
        print_json(done)
    else:
        words = _("{new} new, {merged} merged, {known} known already, {skipped} still to be sent left out")
        print(words.format(**done))
    return 0
