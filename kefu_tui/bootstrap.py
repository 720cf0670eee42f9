"""The one place that knows every room: from settings to channels, store and services."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import fields, replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, cast

from kefu_tui.classification import classifier as classifier
from kefu_tui.clock import SystemClock
from kefu_tui.config import AccountSettings, Brand, Hours, ListeningAccount, PluginAccount, Settings
from kefu_tui.config import Targets as TargetSettings
from kefu_tui.domain.clocks import Targets
from kefu_tui.domain.errors import N_, KefuError
from kefu_tui.domain.hours import Block, QuietHours, Week, WorkingCalendar
from kefu_tui.domain.mention import Visibility
from kefu_tui.domain.rules import Rule
from kefu_tui.domain.triage import Policy, Reach, Weights
from kefu_tui.domain.verdict import Priority
from kefu_tui.domain.words import Words
from kefu_tui.holiday_days import calendar_days
from kefu_tui.i18n import describe
from kefu_tui.paths import Paths, make_directories
from kefu_tui.ports import Channel, Classifier, Clock, Json, Patterns, Scripts, ScriptUses, Store
from kefu_tui.secrets import SecretRef
from kefu_tui.secrets import resolve as resolve_secret
from kefu_tui.services.breaches import Breaches
from kefu_tui.services.bundle import Services
from kefu_tui.services.causes import Causes
from kefu_tui.services.consistency import Consistency
from kefu_tui.services.corrections import Corrections
from kefu_tui.services.desk import Desk
from kefu_tui.services.feed import Feed
from kefu_tui.services.intake import Intake
from kefu_tui.services.outbox import Outbox
from kefu_tui.services.reporting import Reporting
from kefu_tui.services.scripts import ScriptDesk
from kefu_tui.services.upkeep import Upkeep
from kefu_tui.zone import system_zone

_OF_EVERY_ACCOUNT = frozenset(field.name for field in fields(AccountSettings))


@asynccontextmanager
async def open_services(
    paths: Paths,
    settings: Settings,
    environ: Mapping[str, str],
    *,
    only_read: bool = False,
    connected: bool = True,
    taught: bool = True,
) -> AsyncIterator[Services]:
    """The services of the founder's own desk, closed again at the end.

    An account that cannot be used (its secret is missing) is a line in `problems`, not a failure. With
    `only_read` nothing is made or written, so it works beside a running desk and in a read-only home. Where
    nothing is polled or sent, the accounts need not be `connected`; who calls `corrections.learn` itself need
    not wait for what was learned to be `taught`. Raises `StoreError` when the directories
    or the store cannot be used.
    """
    if not only_read:
        make_directories(paths)
    store = await open_desk_store(paths.store_file, read_only=only_read)
    async with AsyncExitStack() as closing:
        closing.push_async_callback(store.aclose)
        clock = SystemClock()
        accounts = settings.accounts if connected else ()
        channels, problems = connect(
            accounts, clock, environ, names=settings.brand.names, sessions=paths.data_dir / "sessions"
        )
        for channel in channels.values():
            closing.push_async_callback(channel.aclose)
        services = assemble(
            store=store,
            channels=channels,
            clock=clock,
            zone=settings.timezone or system_zone(environ),
            settings=settings,
            scripts_dir=settings.desk.scripts_dir or paths.scripts_dir,
            script_uses_file=None if only_read else paths.script_uses_file,
            intervals={account.name: account.interval for account in settings.accounts},
            new_id=lambda: uuid.uuid4().hex,
        )
        closing.push_async_callback(services.causes.aclose)
        recovered = []
        if not only_read:
            if taught:
                await services.corrections.learn()
            recovered = await services.outbox.recover()
        yield replace(services, problems=tuple(problems), recovered=tuple(recovered))


async def open_desk_store(path: Path, *, read_only: bool = False, durable: bool = True) -> Store:
    """The store in a file, read in a thread because that may take a while; raises `StoreError`."""
    from kefu_tui.nlp.folding import fold, initials
    from kefu_tui.storage.desk_store import open_store

    def folding(text: str) -> str:
        """A text as words are searched for in it: folded, then its pinyin initials."""
        return f"{fold(text)}\x1f{initials(text)}"

    return await asyncio.to_thread(open_store, path, read_only=read_only, durable=durable, folding=folding)


def backups_directory(store_file: Path) -> Path:
    """Where the rolling backups of a store lie."""
    from kefu_tui.storage import backups

    return backups.backups_directory(store_file)


def list_backups(store_file: Path) -> list[tuple[Path, datetime]]:
    """The rolling backups of a store and when they were made, oldest first."""
    from kefu_tui.storage import backups

    return [(one.path, one.made_at) for one in backups.find(backups.backups_directory(store_file))]


def restore_backup(backup: Path, store_file: Path, now: datetime) -> Path | None:
    """Put a backup in the place of the store, which is moved to the directory returned."""
    from kefu_tui.storage import backups
    from kefu_tui.storage.journaled.disk import Disk

    return backups.restore(backup, store_file, now, Disk())


def repair_store(store_file: Path, now: datetime) -> Sequence[KefuError]:
    """Repair a store nobody has open; what was wrong and what was done. Raises `StoreError`."""
    from kefu_tui.storage.repair import repair

    return repair(store_file, now)


def export_documents(store: Store, now: datetime) -> Iterator[Mapping[str, Json]]:
    """Everything stored as documents that `read_export` understands, a header first."""
    from kefu_tui.storage import transfer

    return transfer.documents(store, now)


def export_rows(store: Store, now: datetime) -> Iterator[dict[str, Any]]:
    """Every mention stored as one flat row."""
    from kefu_tui.storage import transfer

    return transfer.rows(store, now)


def read_export(lines: Iterable[str], origin: str) -> Sequence[tuple[str, Any]]:
    """The values of an export; raises `StoreError` naming the line that is none."""
    from kefu_tui.storage import transfer

    return transfer.read(lines, origin)


async def merge_export(store: Store, values: Iterable[tuple[str, Any]]) -> dict[str, int]:
    """Merge the values of an export into the store; counts of what was new, merged, known and skipped."""
    from kefu_tui.storage import transfer

    done = await transfer.merge(store, values)
    return {"new": done.new, "merged": done.merged, "known": done.known, "skipped": done.skipped}


def connect(
    accounts: Iterable[AccountSettings],
    clock: Clock,
    environ: Mapping[str, str],
    *,
    names: tuple[str, ...] = (),
    sessions: Path | None = None,
) -> tuple[dict[str, Channel], list[str]]:
    """The channels of the accounts by name, and a line for each account that cannot be used.

    `names` are what customers call the brand, for accounts that listen; in the directory `sessions` platforms
    with sessions keep theirs. Nothing is sent yet; a platform's code is imported only here.
    """
    channels: dict[str, Channel] = {}
    problems: list[str] = []
    for account in accounts:
        try:
            channels[account.name] = connect_one(account, clock, environ, names=names, sessions=sessions)
        except KefuError as error:
            problems.append(f"{account.name}: {describe(error)}")
    return channels, problems


def connect_one(
    account: AccountSettings,
    clock: Clock,
    environ: Mapping[str, str],
    *,
    names: tuple[str, ...] = (),
    sessions: Path | None = None,
) -> Channel:
    """The channel of one account; raises `SecretError` when a secret of it cannot be had."""
    from kefu_tui.channels import registry

    own = {
        field.name: getattr(account, field.name)
        for field in fields(account)
        if field.name not in _OF_EVERY_ACCOUNT
    }
    if isinstance(account, ListeningAccount):
        del own["listen"]
        own["keywords"] = account.words(names)
    if isinstance(account, PluginAccount):
        own = {**account.options, **account.secrets}
    values = {
        name: resolve_secret(value, environ) if isinstance(value, SecretRef) else value
        for name, value in own.items()
    }
    if account.channel == "bluesky" and sessions is not None:
        values["session_file"] = sessions / f"{account.name}.json"
    adapter = cast("Callable[..., Channel]", registry.load(account.channel))
    try:
        return adapter(account=account.name, clock=clock, **values)
    except TypeError as error:
        if not isinstance(account, PluginAccount):
            raise
        raise KefuError(
            N_("the channel {channel} does not take these options: {reason}"),
            channel=account.channel,
            reason=error,
        ) from None


def causes(store: Store, reads: Classifier, clock: Clock, brand: Brand) -> Causes:
    """Who complains of the same; the process that tells words starts when the first complaint comes."""
    from kefu_tui.nlp.shingles import ShingleIndex
    from kefu_tui.nlp.topic_index import TopicIndex
    from kefu_tui.nlp.words import JiebaSegmenter

    names = (*brand.names, *brand.products)
    return Causes(
        store,
        ShingleIndex(),
        TopicIndex(brand.products),
        JiebaSegmenter(names),
        clock,
        fold=reads.fold,
        names=names,
    )


def scripts(directory: Path | None) -> Scripts:
    """The starter scripts and those in `directory`, read when first asked for."""
    from kefu_tui.scripts.library import ScriptFiles

    reads = classifier()
    return ScriptFiles(directory, reads.initials, language_of=lambda body: reads.classify(body).language)


def script_uses(file: Path | None) -> ScriptUses:
    """How often scripts were used, kept in a file, or with None for as long as the program runs."""
    from kefu_tui.scripts.uses import UseCounts

    return UseCounts(file)


def patterns() -> Patterns:
    """The regular expressions of rules; their library loads with the first."""
    from kefu_tui.nlp.patterns import TimedPatterns

    return TimedPatterns()


def policy(settings: Settings, fold: Callable[[str], str]) -> Policy:
    """What the founder has settled about triage, its words in the form texts are compared in."""
    triage = settings.triage
    return Policy(
        reach=Reach(**_values(settings.reach)),
        weights=Weights(**_values(triage.weights)),
        vips=triage.vips,
        outlets=triage.media,
        words=Words(**_values(triage.words)).folded(fold),
        rules=tuple(rule.folded(fold) for rule in settings.rules),
    )


def _values(settings: Any) -> dict[str, Any]:
    """The settings of one table by name, where the domain gives them the same names."""
    return {field.name: getattr(settings, field.name) for field in fields(settings)}


def assemble(
    *,
    store: Store,
    channels: Mapping[str, Channel],
    clock: Clock,
    zone: tzinfo,
    settings: Settings,
    scripts_dir: Path | None,
    intervals: Mapping[str, timedelta],
    new_id: Callable[[], str],
    script_uses_file: Path | None = None,
) -> Services:
    """The services over an open store; `intervals` says how often each account is polled by day."""
    nights = {a.name: (a.night, a.night_interval) for a in settings.accounts if a.night is not None}

    def interval(account: str, now: datetime) -> timedelta:
        if account in nights and nights[account][0].hold(now.astimezone(zone).time()):
            return nights[account][1]
        return intervals[account]

    reads = classifier()
    settled = policy(settings, reads.fold)
    alike = causes(store, reads, clock, settings.brand)
    feed = Feed(
        store,
        reads,
        clock,
        _targets(settings.targets),
        big=settings.reach.big,
        weights=settled.weights,
        causes=alike,
    )
    intake = Intake(
        store,
        list(channels.values()),
        reads,
        clock,
        settled,
        interval,
        patterns=patterns(),
        causes=alike,
    )

    def heed(stored: Sequence[Rule]) -> None:
        learned = (rule.folded(reads.fold) for rule in stored)
        intake.policy = replace(settled, rules=(*settled.rules, *learned))

    corrections = Corrections(store, feed, reads, clock, new_id, heed, alike.take_cases)
    return Services(
        store=store,
        intake=intake,
        outbox=Outbox(
            store,
            channels,
            clock,
            undo_window=settings.desk.undo_window,
            new_id=new_id,
            read_only=frozenset(account.name for account in settings.accounts if account.read_only),
            describe=describe,
        ),
        desk=Desk(
            store,
            clock,
            new_id,
            {name: channel.capabilities.public_replies_as for name, channel in channels.items()}
            | {a.name: Visibility(a.public_replies_as) for a in settings.accounts if a.public_replies_as},
            corrections.learn,
            signatures={a.name: a.signature for a in settings.accounts if a.signature},
        ),
        corrections=corrections,
        feed=feed,
        causes=alike,
        reporting=Reporting(store, feed, clock, zone, desk_hours(settings.hours, zone)),
        breaches=Breaches(store, feed, clock),
        scripts=ScriptDesk(
            scripts(scripts_dir),
            reads,
            me=settings.me.name,
            products=settings.brand.products,
            uses=script_uses(script_uses_file),
        ),
        consistency=Consistency(store, reads, clock, zone, settings.brand.contacts),
        quiet=quiet_hours(settings.hours, zone),
        upkeep=Upkeep(store, clock),
        clock=clock,
        zone=zone,
        channels=channels,
        accounts=tuple(channels),
        undo_window=settings.desk.undo_window,
        theme=settings.desk.theme,
        keymap=_keymap(settings),
        views=settings.views,
    )


def desk_hours(hours: Hours, zone: tzinfo) -> WorkingCalendar | None:
    """When the founder is at the desk; None where the settings do not say."""
    if not hours.desk and not hours.desk_free:
        return None
    return _calendar(hours.desk, hours.desk_free, hours.holidays, zone)


def quiet_hours(hours: Hours, zone: tzinfo) -> QuietHours:
    """When only P0 may make a sound; never where the settings name no block."""
    return QuietHours(calendar=_calendar(hours.quiet, hours.quiet_free, hours.holidays, zone))


def _calendar(
    worked: Sequence[Block], free: Sequence[Block] | None, holidays: str, zone: tzinfo
) -> WorkingCalendar:
    week = Week.of(worked, worked if free is None else free)
    return WorkingCalendar(week=week, zone=zone, day_of=calendar_days(holidays))


def _targets(settings: TargetSettings) -> Targets:
    return Targets(
        {
            Priority.P0: settings.p0,
            Priority.P1: settings.p1,
            Priority.P2: settings.p2,
            Priority.P3: settings.p3,
        }
    )


def _keymap(settings: Settings) -> Mapping[str, str]:
    return {action: ",".join(keys) for action, keys in settings.keys.items()}


def check_keys(settings: Settings, origin: str) -> None:
    """Raise the `ConfigError` with which the desk would refuse the founder's keys.

    To be asked before anything is opened; loads Textual.
    """
    from kefu_tui.tui.actions import checked_keymap

    checked_keymap(_keymap(settings), origin, settings.views)


async def run_desk(services: Services) -> int:
    """Show the desk on the screen; returns the exit code when it is left (128 + n when signal n ended it)."""
    from kefu_tui.tui.app import KefuApp

    app = KefuApp(services)
    await app.run_async()
    return app.return_code or 0
