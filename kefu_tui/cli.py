"""The command line: what each command takes, and one way out for every expected failure.

Nothing heavy is imported here, so that `--help` answers at once; a command's module is loaded when it runs.
"""

import os
import sys
from argparse import (
    SUPPRESS,
    ArgumentError,
    ArgumentParser,
    ArgumentTypeError,
    Namespace,
    RawDescriptionHelpFormatter,
)
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from kefu_tui import i18n
from kefu_tui.__about__ import __version__
from kefu_tui.domain.errors import KefuError
from kefu_tui.i18n import _, describe
from kefu_tui.plain import visible

if TYPE_CHECKING:
    from argparse import _SubParsersAction

PROGRAM = "kefu"
FASTEST = 3600  # minutes of the demo's day in one minute
INTERRUPTED = 130
PIPE_CLOSED = 141  # what a shell reports for a program that SIGPIPE has ended
_TRIAGE_EXAMPLE = """\
  $ echo '{"id": 7, "text": "Box came empty. Refund me."}' | kefu triage -
  {"id": 7, "sentiment": "neg", …, "priority": "P1", …, "reasons": [{"kind": "demand", …}]}"""
_VIEWS = (
    "waiting", "due_soon", "big", "risky", "snoozed", "waiting_them", "praise", "closed", "all", "noise",
)  # fmt: skip
_STAGES = (
    "stance", "calm", "ask", "order_number", "to_dm", "apology", "progress", "amends", "follow_up", "thanks",
)  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    _tolerate_narrow_terminals()
    chosen = _chosen_language(arguments)
    i18n.install(chosen or "auto", os.environ)
    args = build_parser().parse_args(arguments)
    try:
        code = _run(args, chosen)
        sys.stdout.flush()
    except KefuError as error:
        print(visible(f"{PROGRAM}: {describe(error)}"), file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            _drop_output()
        return INTERRUPTED
    except BrokenPipeError:
        _drop_output()
        return PIPE_CLOSED
    return code


def _drop_output() -> None:
    """What is still buffered would fail again when the interpreter flushes at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(args: Namespace, language: str | None) -> int:
    from kefu_tui.commands.context import Context

    context = Context(
        environ=os.environ, config_file=Path(args.config) if args.config else None, language=language
    )
    module, _colon, name = str(args.run).partition(":")
    command = getattr(import_module(f"kefu_tui.commands.{module}"), name)
    code: int = command(args, context)
    return code


def _tolerate_narrow_terminals() -> None:
    """A character the terminal's encoding lacks becomes a question mark, not the end of the program."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _chosen_language(arguments: Sequence[str]) -> str | None:
    """What `--lang` says, read before the rest because the help itself is in that language."""
    first = ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    first.add_argument("--lang", choices=i18n.LANGUAGES)
    try:
        lang: str | None = first.parse_known_args(arguments)[0].lang
    except ArgumentError:  # the real parser says what is wrong
        return None
    return lang


def build_parser() -> ArgumentParser:
    """The whole command line, in the language spoken now."""
    parser = ArgumentParser(
        prog=PROGRAM,
        description=_(
            "A terminal desk for answering your own customers. Without a command it opens the desk."
        ),
        epilog=_exit_codes(),
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    _common(parser)
    parser.set_defaults(run="desk:desk", config=None, lang=None)
    commands = parser.add_subparsers(title=_("commands"), metavar="COMMAND")
    _add_demo(commands)
    _add_poll(commands)
    _add_reading(commands)
    _add_acting(commands)
    _add_tools(commands)
    _add_data(commands)
    return parser


def _exit_codes(own: Mapping[int, str] | None = None) -> str:
    """Every exit code in words, or those of a command that has its own."""
    every = {
        0: _("done"),
        1: _("failed"),
        2: _("the command line, the configuration or a secret is wrong"),
        3: _("the store cannot be used"),
        4: _("a platform did not do what was asked"),
        5: _("there is no such thing"),
        6: _("refused, with the reason"),
    }
    ends = {INTERRUPTED: _("interrupted"), PIPE_CLOSED: _("nobody reads the output any more")}
    codes = {**(own or every), **ends}
    lines = "\n".join(f"  {code:>3}  {words}" for code, words in codes.items())
    return _("exit codes:") + f"\n{lines}"


def _command(
    commands: "_SubParsersAction[ArgumentParser]", name: str, run: str, words: str, *, more: str = ""
) -> ArgumentParser:
    parser = commands.add_parser(
        name, help=words, description=words, epilog=more, formatter_class=RawDescriptionHelpFormatter
    )
    _common(parser)
    parser.set_defaults(run=run)
    return parser


def _common(parser: ArgumentParser) -> None:
    """The options that may stand before and after the command; only one that is given sets anything."""
    parser.add_argument("--config", metavar="FILE", default=SUPPRESS, help=_("the configuration file to use"))
    parser.add_argument("--lang", choices=i18n.LANGUAGES, default=SUPPRESS, help=_("the language to speak"))


def _json(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help=_("print JSON"))


def _speed(written: str) -> float:
    try:
        speed = float(written)
    except ValueError:
        speed = 0
    if not 0 < speed <= FASTEST:  # neither is what is not a number
        raise ArgumentTypeError(
            _("{written}: expected a number above 0, {fastest} at most").format(
                written=visible(written), fastest=FASTEST
            )
        )
    return speed


def _add_demo(commands: "_SubParsersAction[ArgumentParser]") -> None:
    words = _("an invented shop's day to try everything on; needs no account; printed where nobody looks")
    demo = _command(commands, "demo", "demo:demo", words)
    demo.add_argument(
        "--speed", type=_speed, default=10, metavar="N", help=_("minutes of the day in one minute (10)")
    )
    demo.add_argument("--date", metavar="DAY", help=_("the day to play, as 2026-03-01 (today)"))
    demo.add_argument(
        "--at",
        metavar="TIME",
        help=_("sit down at this time: 20:30 for a quiet beginning (21:05, amid a storm)"),
    )
    demo.add_argument("--keep", metavar="DIR", help=_("keep the demo's store in this directory"))
    _json(demo)


def _add_poll(commands: "_SubParsersAction[ArgumentParser]") -> None:
    poll = _command(commands, "poll", "poll:poll", _("fetch what is new"))
    how = poll.add_mutually_exclusive_group()
    how.add_argument("--once", action="store_true", help=_("every account once, then stop (the default)"))
    how.add_argument("--watch", action="store_true", help=_("go on until interrupted"))
    _json(poll)


def _add_reading(commands: "_SubParsersAction[ArgumentParser]") -> None:
    listing = _command(commands, "list", "feed:list_cases", _("print the cases of a view, most urgent first"))
    listing.add_argument("--view", choices=_VIEWS, default="waiting", help=_("which view (waiting)"))
    listing.add_argument(
        "filter",
        nargs="*",
        metavar="FILTER",
        help=_("search everything stored instead, as / does at the desk"),
    )
    _json(listing)
    show = _command(commands, "show", "feed:show", _("print one case from its beginning"))
    show.add_argument("case", metavar="CASE", help=_("its name in the list"))
    _json(show)
    report = _command(commands, "report", "feed:report", _("how long customers waited"))
    report.add_argument("period", nargs="?", choices=("today", "week", "month"), default="today")
    report.add_argument(
        "--since",
        metavar="WHEN",
        help=_("from this date or time on, or quiet: since your last quiet hours began"),
    )
    report.add_argument(
        "--format",
        choices=("text", "json", "csv", "markdown", "html"),
        default="text",
        help=_("how to print it (text)"),
    )
    report.add_argument("--out", metavar="FILE", help=_("write it to this file"))
    report.add_argument("--define", action="store_true", help=_("say how each figure is computed"))
    _json(report)


def _add_acting(commands: "_SubParsersAction[ArgumentParser]") -> None:
    reply = _command(commands, "reply", "reply:reply", _("answer a case; without a text its draft is sent"))
    reply.add_argument("case", metavar="CASE", help=_("its name in the list"))
    words = reply.add_mutually_exclusive_group()
    words.add_argument("--text", metavar="TEXT", help=_("what to say; - reads it from standard input"))
    words.add_argument("--script", metavar="ID", help=_("a script, filled in for this customer"))
    reply.add_argument("--yes", action="store_true", help=_("send without asking"))
    reply.add_argument(
        "--private-ok",
        action="store_true",
        help=_("what looks private (a telephone or order number) may be read by everybody"),
    )
    reply.add_argument("--dry-run", action="store_true", help=_("only show what would be sent"))
    done = _command(commands, "done", "feed:done", _("close cases"))
    done.add_argument("case", nargs="+", metavar="CASE", help=_("its name in the list"))
    done.add_argument("--no-reply", metavar="REASON", help=_("without a reply, and why"))


def _triage_lines() -> str:
    """How input and output of `kefu triage` belong together, with an example."""
    words = _(
        "Line n of the output judges line n of the input. A line that begins with a brace is a JSON object\n"
        "with a text, and its id is handed through; every other line is itself the text, an empty line the\n"
        "empty text. For a line that cannot be read stands an object with error and line; the rest goes on."
    )
    alone = _(
        "Only the words count here, as the program ships: who wrote them, and the words, rules and lessons\n"
        "of a configuration or a store, take part in the desk."
    )
    return "\n\n".join([words, alone, _("example:") + f"\n{_TRIAGE_EXAMPLE}"])


def _add_tools(commands: "_SubParsersAction[ArgumentParser]") -> None:
    triage = _command(
        commands,
        "triage",
        "triage:triage",
        _("judge texts, one a line, as JSON"),
        more="\n\n".join(
            [
                _triage_lines(),
                _exit_codes(
                    {
                        0: _("every line was judged"),
                        1: _("some lines could not be read"),
                        2: _("the file cannot be read"),
                    }
                ),
            ]
        ),
    )
    triage.add_argument(
        "file", metavar="FILE", help=_("lines of text or JSON objects with a text; - is standard input")
    )
    triage.add_argument(
        "--explain", action="store_true", help=_("say it in words: the reasons, and what each adds")
    )
    train = _command(
        commands,
        "train",
        "train:train",
        _("what your corrections taught, and how to forget it; or learn new weights from labelled texts"),
        more=_(
            "With FILEs the weights of the triage are learned anew from JSONL with texts and labels, and"
            " written to the directory of --out; needs scikit-learn. docs/triage.md tells the labels."
        ),
    )
    train.add_argument("files", nargs="*", metavar="FILE", help=_("labelled texts to learn new weights from"))
    train.add_argument("--out", metavar="DIR", help=_("the directory new weights are written to"))
    train.add_argument("--leave-out", metavar="FILE", help=_("texts not to learn from, as JSONL"))
    what = train.add_mutually_exclusive_group()
    what.add_argument("--learned", action="store_true", help=_("print lessons, learned words and rules"))
    what.add_argument("--forget", action="store_true", help=_("forget all of it, after asking"))
    train.add_argument("--yes", action="store_true", help=_("forget without asking"))
    _json(train)
    scripts = _command(
        commands, "scripts", "scripts:scripts", _("list the scripts, check your own files, or add one")
    )
    scripts.add_argument("action", nargs="?", choices=("list", "check", "add"), default="list")
    scripts.add_argument("words", nargs="*", metavar="WORD", help=_("only scripts that hold these words"))
    scripts.add_argument("--title", metavar="TITLE", help=_("the title of the script to add"))
    scripts.add_argument("--stage", choices=_STAGES, help=_("the stage of the script to add"))
    scripts.add_argument("--text", metavar="TEXT", help=_("its text; - reads it from standard input"))
    _json(scripts)
    paths = _command(commands, "paths", "system:paths", _("where the files of this installation lie"))
    _json(paths)
    doctor = _command(commands, "doctor", "system:doctor", _("look whether everything is as it should be"))
    doctor.add_argument(
        "--repair",
        action="store_true",
        help=_("make a damaged store whole again; what cannot be read is set aside, never removed"),
    )
    _json(doctor)


def _add_data(commands: "_SubParsersAction[ArgumentParser]") -> None:
    backup = _command(commands, "backup", "data:backup", _("make a backup of everything stored"))
    what = backup.add_mutually_exclusive_group()
    what.add_argument("--to", metavar="DIR", help=_("the directory to make it in (beside the store)"))
    what.add_argument("--list", action="store_true", help=_("list the backups the desk has made"))
    what.add_argument(
        "--restore", metavar="BACKUP", help=_("put one in the place of the store, which is moved aside")
    )
    _json(backup)
    export = _command(commands, "export", "data:export", _("write everything stored to a file"))
    export.add_argument("file", nargs="?", metavar="FILE", help=_("where to; standard output without one"))
    export.add_argument(
        "--format",
        choices=("jsonl", "csv", "parquet"),
        help=_("jsonl can be imported again; csv and parquet have a row for each mention"),
    )
    bring = _command(
        commands, "import", "data:import_", _("merge an export into the store; nothing is doubled or lost")
    )
    bring.add_argument("file", metavar="FILE", help=_("what kefu export wrote as jsonl; - is standard input"))
    _json(bring)
