"""`kefu triage`: the verdict on texts from a file or a pipe, one for each line; needs no account."""

import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import FileIO
from select import select

from kefu_tui.classification import classifier
from kefu_tui.commands.context import Context, UsageError, json_line, print_lines, warn
from kefu_tui.commands.text_rows import Row, rows
from kefu_tui.domain.errors import N_
from kefu_tui.domain.verdict import TextVerdict
from kefu_tui.i18n import describe
from kefu_tui.plain import one_line
from kefu_tui.verdict_json import verdict_json

UNREADABLE = 1
_STDIN = 0
_CHUNK = 1 << 16


def triage(args: Namespace, context: Context) -> int:
    """Judge every line; one that cannot be read is an error in its place and makes the exit code 1."""
    if args.explain:
        context.settings_or_defaults()  # for its language
    reads = classifier()
    classify = reads.classify
    show = _explain if args.explain else _print
    unreadable = 0
    for row in rows(_chunks(args.file)):
        unreadable += row.problem is not None
        show(row, classify)
    warn(one_line(describe(problem)) for problem in reads.problems())
    return UNREADABLE if unreadable else 0


def _chunks(name: str) -> Iterator[bytes]:
    """What the file or pipe holds, as it comes; whatever was printed is out before the next wait."""
    with _reading(name):
        source = FileIO(_STDIN, closefd=False) if name == "-" else FileIO(name)
    with source:
        while True:
            sys.stdout.flush()
            with _reading(name):
                chunk = source.read(_CHUNK)
            if chunk is None:  # whoever shares this pipe has set it not to wait
                select([source], [], [])
            elif chunk:
                yield chunk
            else:
                return


@contextmanager
def _reading(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(N_("{path}: {reason}"), path=name, reason=error.strerror) from None


def _print(row: Row, classify: Callable[[str], TextVerdict]) -> None:
    if row.problem is None:
        answer = {**row.handed_on, **verdict_json(classify(row.text))}
    else:
        answer = {**row.handed_on, "error": str(row.problem), "line": row.number}
    sys.stdout.write(json_line(answer))


def _explain(row: Row, classify: Callable[[str], TextVerdict]) -> None:
    from kefu_tui import verdict_output

    if row.problem is None:
        lines = verdict_output.verdict_lines(row.number, row.text, classify(row.text))
    else:
        lines = verdict_output.problem_lines(row.number, row.problem)
    print_lines(lines, crop=True)
