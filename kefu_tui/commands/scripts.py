"""`kefu scripts`: which scripts there are, and whether the founder's own files are sound."""

from argparse import Namespace

from kefu_tui import bootstrap, wording
from kefu_tui.commands.context import Context, UsageError, print_json, warn
from kefu_tui.domain.script import Script
from kefu_tui.i18n import _, ngettext
from kefu_tui.plain import one_line, visible
from kefu_tui.ports import Scripts


def scripts(args: Namespace, context: Context) -> int:
    """List the scripts, or check the files they stand in."""
    settings = context.settings_or_defaults()
    library = bootstrap.scripts(settings.desk.scripts_dir or context.paths.scripts_dir)
    return _check(library) if args.action == "check" else _list(library, as_data=args.json)


def _list(library: Scripts, *, as_data: bool) -> int:
    if as_data:
        print_json([_as_json(script) for script in library.all()])
    else:
        for script in library.all():
            print(f"{one_line(script.id)}  [{wording.stage(script.stage)}]  {one_line(script.title)}")
            print("    " + visible(script.body).replace("\n", "\n    "))
    warn(library.problems())
    return 0


def _as_json(script: Script) -> dict[str, str | list[str]]:
    return {
        "id": script.id,
        "stage": script.stage.value,
        "title": script.title,
        "body": script.body,
        "language": script.language.value,
        "keywords": list(script.keywords),
        "tone": script.tone,
        "origin": script.origin,
    }


def _check(library: Scripts) -> int:
    problems = library.problems()
    warn(problems)
    found = len(library.all())
    print(ngettext("{n} script can be used", "{n} scripts can be used", found).format(n=found), end="; ")
    print(
        ngettext("{n} problem", "{n} problems", len(problems)).format(n=len(problems))
        if problems
        else _("no problem")
    )
    return UsageError.exit_code if problems else 0
