"""`kefu train`: what the founder's corrections taught, printed or forgotten; or new weights from files."""

import asyncio
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from kefu_tui import as_json, wording
from kefu_tui.bootstrap import open_services
from kefu_tui.commands.context import Context, UsageError, ask, print_json, warn
from kefu_tui.domain.errors import N_, NotAllowed
from kefu_tui.domain.lessons import Target
from kefu_tui.i18n import _, ngettext
from kefu_tui.plain import one_line
from kefu_tui.services.corrections import Corrections


def train(args: Namespace, context: Context) -> int:
    """Learn from files, print what the corrections taught, or forget it.

    Raises `NotAllowed` where nobody agrees to forget, `UsageError` for files that teach nothing.
    """
    if args.files:
        return _from_files(args)
    if args.out or args.leave_out:
        raise UsageError(N_("--out and --leave-out go with files to learn from"))
    if not (args.learned or args.forget):
        raise UsageError(N_("say what to do: --learned, --forget, or files to learn from"))
    if args.forget:
        if args.json:
            raise UsageError(N_("--json goes with --learned"))
        return asyncio.run(_forget(context, is_agreed=args.yes))
    if args.yes:
        raise UsageError(N_("--yes goes with --forget"))
    return asyncio.run(_learned(context, as_data=args.json))


def _from_files(args: Namespace) -> int:
    if args.learned or args.forget or args.yes or args.json:
        raise UsageError(N_("files to learn from go with --out and --leave-out only"))
    if not args.out:
        raise UsageError(N_("--out is missing: the directory the new weights are written to"))
    try:
        from kefu_tui.nlp.train import texts_of, train
    except ImportError:
        raise UsageError(N_("learning needs scikit-learn: pip install scikit-learn")) from None
    try:
        left_out = frozenset(texts_of(Path(args.leave_out))) if args.leave_out else frozenset()
        out = Path(args.out)
        out.mkdir(parents=True, exist_ok=True)
        written = train(map(Path, args.files), out, left_out, lambda line: warn([line]))
    except OSError as error:
        raise UsageError(
            N_("{path}: {reason}"), path=error.filename or args.out, reason=error.strerror or str(error)
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(N_("these files cannot be learned from: {reason}"), reason=str(error)) from None
    for path in written:
        print(path)
    return 0


async def _learned(context: Context, *, as_data: bool) -> int:
    settings = context.settings()
    async with open_services(
        context.paths, settings, context.environ, only_read=True, connected=False
    ) as services:
        corrections = services.corrections
        await corrections.learn()
        if as_data:
            print_json(
                {
                    "lessons": [as_json.lesson(lesson) for lesson in corrections.lessons()],
                    "learned": [as_json.learned(one) for one in corrections.learned()],
                    "rules": [as_json.decision(decision) for decision in corrections.decisions()],
                }
            )
            return 0
        for line in _lines(corrections):
            print(line)
    return 0


def _lines(corrections: Corrections) -> Iterator[str]:
    lessons, decisions, learned = corrections.lessons(), corrections.decisions(), corrections.learned()
    if not (lessons or decisions):
        yield _("Nothing yet. At the desk p, c, m and x put a case right; kefu learns from it.")
        return
    if decisions:
        yield ngettext("{n} rule", "{n} rules", len(decisions)).format(n=len(decisions))
    for decision in decisions:
        state = "" if decision.accepted else "  " + _("never propose this")
        yield f"    {one_line(decision.rule.name)}{state}"
    if lessons:
        words = ngettext("{n} lesson, newest first", "{n} lessons, newest first", len(lessons))
        yield words.format(n=len(lessons))
    for lesson in lessons:
        yield f"    {_what(lesson.target, lesson.value)}  {one_line(lesson.text)}"
    if learned:
        yield _("Words that now speak for something, the loudest first")
    for one in learned:
        yield f"    {one.weight:+.2f}  {one_line(one.words)} → {_what(one.target, one.value)}"


def _what(target: Target, value: str) -> str:
    words = wording.corrected_value(target, value)
    return words if target is Target.NOISE else f"{wording.target(target)} {words}"


async def _forget(context: Context, *, is_agreed: bool) -> int:
    settings = context.settings()
    async with open_services(context.paths, settings, context.environ, connected=False) as services:
        corrections = services.corrections
        lessons, decisions = corrections.lessons(), corrections.decisions()
        if not (lessons or decisions):
            print(_("There is nothing to forget."))
            return 0
        n_lessons = ngettext("{n} lesson", "{n} lessons", len(lessons)).format(n=len(lessons))
        n_rules = ngettext("{n} rule", "{n} rules", len(decisions)).format(n=len(decisions))
        question = _("Forget {lessons} and {rules}?").format(lessons=n_lessons, rules=n_rules)
        if not (is_agreed or ask(question)):
            raise NotAllowed(N_("nothing was forgotten; --yes does it without asking"))
        taken = await corrections.forget_all()
    print(wording.done(taken.verb, taken.cases, taken.detail))
    return 0
