"""`kefu scripts`: which scripts there are, whether the founder's own files are sound, and a new one."""

from argparse import Namespace
from collections.abc import Mapping

from kefu_tui import bootstrap, tone_wording, wording
from kefu_tui.classification import classifier
from kefu_tui.commands.context import Context, UsageError, print_json, read_stdin, warn
from kefu_tui.domain.errors import N_
from kefu_tui.domain.script import NewScript, Script, Stage
from kefu_tui.domain.tone import Finding, score
from kefu_tui.domain.verdict import Language
from kefu_tui.i18n import _, ngettext
from kefu_tui.plain import one_line, visible
from kefu_tui.ports import Classifier, Json, Scripts


def scripts(args: Namespace, context: Context) -> int:
    """List the scripts, check the files they stand in, or add one."""
    settings = context.settings_or_defaults()
    library = bootstrap.scripts(settings.desk.scripts_dir or context.paths.scripts_dir)
    if args.action == "check":
        return _check(library, as_data=args.json)
    if args.action == "add":
        return _add(args, library)
    uses = bootstrap.script_uses(context.paths.script_uses_file).counts()
    return _list(library, uses, args.words, as_data=args.json)


def _list(library: Scripts, uses: Mapping[str, int], words: list[str], *, as_data: bool) -> int:
    reads = classifier()
    found = [script for script in library.all() if _matches(script, words, reads)]
    if as_data:
        print_json([_as_json(script, uses.get(script.id, 0), reads) for script in found])
    else:
        for script in found:
            points, _findings = score(script.body, reads.fold)
            used = f"  ×{uses[script.id]}" if script.id in uses else ""
            tone = "" if points == 100 else "  " + _("tone {score} of 100").format(score=points)
            heading = f"{one_line(script.id)}  [{wording.stage(script.stage)}]  {one_line(script.title)}"
            print(heading + used + tone)
            print("    " + visible(script.body).replace("\n", "\n    "))
        if not found:
            print(_("No script matches."))
    warn(library.problems())
    return 0


def _matches(script: Script, words: list[str], reads: Classifier) -> bool:
    """Whether every word stands somewhere in the script, its stage, or its pinyin initials."""
    hay = [script.id, script.title, script.body, *script.keywords, wording.stage(script.stage)]
    text = reads.fold("\n".join([*hay, script.initials, script.stage.value]))
    return all(reads.fold(word) in text for word in words)


def _as_json(script: Script, uses: int, reads: Classifier) -> dict[str, Json]:
    points, findings = score(script.body, reads.fold)
    return {
        "id": script.id,
        "stage": script.stage.value,
        "title": script.title,
        "body": script.body,
        "language": script.language.value,
        "keywords": list(script.keywords),
        "tone": script.tone,
        "origin": script.origin,
        "uses": uses,
        "score": points,
        "findings": [_finding_json(finding) for finding in findings],
    }


def _finding_json(finding: Finding) -> dict[str, Json]:
    return {"fault": finding.fault.value, "words": finding.words, "better": finding.better}


def _check(library: Scripts, *, as_data: bool) -> int:
    """What cannot be used is an error; how a script sounds is only advice."""
    reads = classifier()
    problems = library.problems()
    advice = [(script, finding) for script in library.all() for finding in score(script.body, reads.fold)[1]]
    code = UsageError.exit_code if problems else 0
    if as_data:
        told: list[Json] = [
            {"origin": script.origin, "id": script.id, **_finding_json(finding)} for script, finding in advice
        ]
        print_json({"scripts": len(library.all()), "problems": list(problems), "tone": told})
        return code
    warn(problems)
    for script, finding in advice:
        place = script.origin.rpartition("/")[2]
        print(f"{one_line(place)}: {tone_wording.finding(finding)}  → {one_line(finding.better)}")
    found = len(library.all())
    print(ngettext("{n} script can be used", "{n} scripts can be used", found).format(n=found), end="; ")
    print(
        ngettext("{n} problem", "{n} problems", len(problems)).format(n=len(problems))
        if problems
        else _("no problem")
    )
    return code


def _add(args: Namespace, library: Scripts) -> int:
    """Write a new script into the founder's own files; its text comes from --text or standard input."""
    if not args.title or not args.stage:
        raise UsageError(N_("kefu scripts add needs --title and --stage, and a text: --text, or - for stdin"))
    body = read_stdin() if args.text in (None, "-") else args.text
    reads = classifier()
    language = reads.classify(body).language
    added = library.add(
        NewScript(
            stage=Stage(args.stage),
            title=args.title,
            body=body,
            language=Language.HANS if language is Language.OTHER else language,
        )
    )
    print(_("Script kept: {place}").format(place=one_line(added.origin)))
    for finding in score(added.body, reads.fold)[1]:
        print(f"△ {tone_wording.finding(finding)}  → {one_line(finding.better)}")
    return 0
