"""`kefu paths` and `kefu doctor`: where things are, and whether they are as they should be."""

import asyncio
import os
import stat
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from kefu_tui import bootstrap, wording
from kefu_tui.clock import SystemClock
from kefu_tui.commands.context import Context, print_json
from kefu_tui.config import CHANNELS, Settings
from kefu_tui.domain.errors import ConfigError, KefuError, SecretError, StoreError
from kefu_tui.domain.mention import Mention
from kefu_tui.domain.rules import patterns_of, said
from kefu_tui.i18n import _, describe, duration, ngettext
from kefu_tui.plain import one_line
from kefu_tui.ports import StoreView


def paths(args: Namespace, context: Context) -> int:
    """Print where the configuration, the scripts and the data of this installation lie."""
    found = {name: str(path) for name, path in asdict(context.paths).items()}
    if args.json:
        print_json(found)
    else:
        for name, path in found.items():
            print(f"{name:<12} {one_line(path)}")
    return 0


TEXTS_TRIED = 500
"""On how many of the latest mentions the doctor tries the patterns of rules."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `exit_code` is 0 where it is as it should be."""

    what: str
    words: str
    exit_code: int = 0


def doctor(args: Namespace, context: Context) -> int:
    """Look at the configuration, the secrets, the files and each account's last poll; change nothing.

    Asked to repair, make the store whole again first.
    """
    findings = _repair(context) if args.repair else []
    findings += asyncio.run(_examine(context))
    if args.json:
        print_json(
            [
                {"what": f.what, "ok": f.exit_code == 0, "words": f.words, "exit_code": f.exit_code}
                for f in findings
            ]
        )
    else:
        for finding in findings:
            mark = "✗" if finding.exit_code else "✓"
            print(f"{mark} {one_line(finding.what)}: {finding.words}")
    return next((finding.exit_code for finding in findings if finding.exit_code), 0)


def _repair(context: Context) -> list[Finding]:
    """Make the store whole as far as its files allow, and say what was done."""
    path = context.paths.store_file
    if not path.parent.exists():
        return [Finding(_("repair"), _("nothing has been polled yet"))]
    try:
        done = bootstrap.repair_store(path, SystemClock().now())
    except KefuError as error:
        return [Finding(_("repair"), describe(error), error.exit_code)]
    if not done:
        return [Finding(_("repair"), _("nothing was damaged"))]
    return [Finding(_("repair"), one_line(describe(one))) for one in done]


async def _examine(context: Context) -> list[Finding]:
    findings: list[Finding] = []
    settings = _config(context, findings)
    findings += _files(context)
    findings += _triage()
    if settings is None:
        return findings
    findings += _desk(context, settings)
    findings += _rules(settings)
    channels, problems = bootstrap.connect(settings.accounts, SystemClock(), context.environ)
    for channel in channels.values():
        await channel.aclose()
    findings += [Finding(_("account"), one_line(problem), SecretError.exit_code) for problem in problems]
    if context.paths.store_file.exists():
        findings += await _store(context, settings)
    else:
        findings.append(Finding(_("store"), _("nothing has been polled yet")))
    library = bootstrap.scripts(settings.desk.scripts_dir or context.paths.scripts_dir)
    findings += [
        Finding(_("scripts"), one_line(problem), ConfigError.exit_code) for problem in library.problems()
    ]
    return findings


def _config(context: Context, findings: list[Finding]) -> Settings | None:
    try:
        settings = context.settings()
    except KefuError as error:
        findings.append(Finding(_("configuration"), describe(error), error.exit_code))
        return None
    accounts = len(settings.accounts)
    words = ngettext("{n} account", "{n} accounts", accounts).format(n=accounts)
    findings.append(Finding(_("configuration"), f"{context.paths.config_file}, {words}"))
    return settings


def _desk(context: Context, settings: Settings) -> Iterator[Finding]:
    """What of the settings would the desk on the screen not understand?"""
    from kefu_tui.tui.theme import known_themes

    try:
        bootstrap.check_keys(settings, str(context.paths.config_file))
    except ConfigError as error:
        for problem in error.problems:
            yield Finding(_("keys"), one_line(describe(problem)), ConfigError.exit_code)
    if settings.desk.theme not in known_themes():
        words = _("there is no theme {name}; known are {themes}").format(
            name=one_line(settings.desk.theme), themes=", ".join(known_themes())
        )
        yield Finding(_("theme"), words, ConfigError.exit_code)


def _rules(settings: Settings) -> Iterator[Finding]:
    """Do the rules name places that are there? One that does not can never fire."""
    places = {name.casefold() for name in CHANNELS}
    places |= {account.name.casefold() for account in settings.accounts}
    if settings.rules:
        rules = len(settings.rules)
        yield Finding(_("rules"), ngettext("{n} rule", "{n} rules", rules).format(n=rules))
    for rule in settings.rules:
        for channel in rule.channels:
            if channel.casefold() not in places:
                words = _("“{name}”: there is no account or kind of place {channel}").format(
                    name=one_line(rule.name), channel=one_line(channel)
                )
                yield Finding(_("rules"), words, ConfigError.exit_code)


def _triage() -> Iterator[Finding]:
    """Can the words and weights of the triage be read? Without weights the rules judge alone, and worse."""
    reads = bootstrap.classifier()
    try:
        for text in ("你好，请问几点开门", "Hello, when do you open"):
            reads.classify(text)
        problems = reads.problems()
    except KefuError as error:
        problems = (error,)
    for problem in problems:
        yield Finding(_("triage"), one_line(describe(problem)), problem.exit_code)


def _slow_rules(mentions: Sequence[Mention], settings: Settings) -> list[Finding]:
    """Which patterns take too long on what customers have written lately?"""
    patterns, fold = bootstrap.patterns(), bootstrap.classifier().fold
    asked = frozenset(patterns_of(settings.rules))
    for mention in mentions[-TEXTS_TRIED:] if asked else ():
        patterns.found(asked, said(mention.post.words, fold).folded)
    off = patterns.switched_off()
    return [
        Finding(_("rules"), wording.slow_rule(rule.name), ConfigError.exit_code)
        for rule in settings.rules
        if rule.pattern in off
    ]


def _files(context: Context) -> Iterator[Finding]:
    """Can others read what only the founder should?"""
    for path in (context.paths.data_dir, context.paths.store_file):
        if path.exists():
            mode = stat.S_IMODE(path.stat().st_mode)
            if mode & 0o077:
                words = _("mode {mode} is open to others; run: chmod go= {path}").format(
                    mode=f"{mode:03o}", path=path
                )
                yield Finding(str(path), words, StoreError.exit_code)
            elif not os.access(path, os.W_OK):
                yield Finding(str(path), _("cannot be written"), StoreError.exit_code)


async def _store(context: Context, settings: Settings) -> list[Finding]:
    path = context.paths.store_file
    try:
        store = await bootstrap.open_desk_store(path, read_only=True)
    except KefuError as error:
        return [Finding(_("store"), describe(error), error.exit_code)]
    try:
        await asyncio.to_thread(store.read_all)
        cases, mentions = store.archived
        words = _("{mentions} mentions in {cases} cases").format(
            mentions=len(list(store.mentions())) + mentions, cases=len(list(store.cases())) + cases
        )
        return [
            Finding(_("store"), f"{path}, {words}"),
            *_polls(store, settings),
            *(await asyncio.to_thread(_slow_rules, list(store.mentions()), settings)),
        ]
    except KefuError as error:
        return [Finding(_("store"), describe(error), error.exit_code)]
    finally:
        await store.aclose()


def _polls(store: StoreView, settings: Settings) -> Iterator[Finding]:
    now = SystemClock().now()
    for account in settings.accounts:
        health = store.health(account.name)
        if health is None or health.last_success_at is None:
            yield Finding(account.name, _("never polled"))
            continue
        ago = duration(now - health.last_success_at)
        words = _("last polled {ago} ago").format(ago=ago)
        gaps = len(store.gaps(account.name))
        if gaps:
            words += ", " + ngettext("{n} gap", "{n} gaps", gaps).format(n=gaps)
        yield Finding(account.name, words)
