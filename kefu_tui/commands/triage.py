"""`kefu triage`: the verdict on texts from a file, one JSON object a line; needs no account."""

import json
import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from kefu_tui import as_json
from kefu_tui.bootstrap import classifier
from kefu_tui.commands.context import Context, UsageError, decoded, print_json
from kefu_tui.domain.errors import N_
from kefu_tui.ports import Json


def triage(args: Namespace, _context: Context) -> int:
    """Judge every line: a JSON object's `text`, or the line itself; its `id` is handed through."""
    reads = classifier()
    for given_id, text in _texts(_lines(args.file)):
        verdict = as_json.verdict(reads.classify(text))
        print_json(verdict if given_id is None else {"id": given_id, **verdict}, lines=True)
    return 0


def _lines(file: str) -> Iterator[str]:
    if file == "-":
        for line in sys.stdin.buffer:
            yield decoded(line, "-")
        return
    try:
        with Path(file).open("rb") as lines:
            for line in lines:
                yield decoded(line, file)
    except OSError as error:
        raise UsageError(N_("{path}: {reason}"), path=file, reason=error.strerror) from None


def _texts(lines: Iterator[str]) -> Iterator[tuple[Json, str]]:
    for line in lines:
        if not line.strip():
            continue
        row = _object(line)
        if row is None:
            yield None, line.rstrip("\r\n")
        else:
            yield row.get("id"), str(row["text"])


def _object(line: str) -> dict[str, Json] | None:
    """The line as a JSON object that holds a text; None for a line that is itself the text."""
    if not line.lstrip().startswith("{"):
        return None
    try:
        row = json.loads(line)
    except (json.JSONDecodeError, RecursionError):
        return None
    return row if isinstance(row, dict) and isinstance(row.get("text"), str) else None
