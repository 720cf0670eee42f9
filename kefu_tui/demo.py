"""The demo: the services over an invented shop's day, with the morning already behind us."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from kefu_tui.bootstrap import assemble, open_desk_store
from kefu_tui.channels.demo import DemoChannel, PlayedDay
from kefu_tui.channels.demo_day import load_day
from kefu_tui.clock import PacedClock, SteppedClock
from kefu_tui.config import Brand, Me, Settings, Triage
from kefu_tui.domain.errors import N_, KefuError, NotAllowed
from kefu_tui.domain.rules import Rule
from kefu_tui.i18n import language
from kefu_tui.playback import POLL_EVERY, Playback
from kefu_tui.ports import Clock, Store
from kefu_tui.services.bundle import Services

_STORE = "desk.json"


@asynccontextmanager
async def open_demo(
    *,
    on: date,
    zone: tzinfo,
    speed: float | None,
    settings: Settings,
    keep: Path | None = None,
    at: time | None = None,
) -> AsyncIterator[Services]:
    """The services of the demo; needs no account, no configuration and no network.

    With a `speed` the evening lies ahead: the clock stands at `at`, else where the shop's founder sits down,
    everything earlier has happened, unanswered since the opening hour, and time runs `speed` times as fast
    as life. Without one the whole day has been played and the clock stands at its end.

    The store lies in a private directory that is removed afterwards, or in `keep`. One that was kept before
    is opened where it was left, with a `speed` only; what customers would have said to earlier answers is
    not played any more. Of the settings only how the desk looks and behaves is used.
    """
    kept = keep is not None and (keep / _STORE).exists()
    if kept and speed is None:
        raise NotAllowed(
            N_("{path} already holds a desk: open it in a terminal, or name another directory"), path=keep
        )
    async with AsyncExitStack() as closing:
        store = await open_desk_store(closing.enter_context(_directory(keep)) / _STORE, durable=kept)
        closing.push_async_callback(store.aclose)
        left_at = _left_at(store)
        begun = on if left_at is None else left_at.astimezone(zone).date()
        services = await _open(
            store,
            PlayedDay(load_day(), on=begun, zone=zone),
            zone,
            speed,
            settings,
            at=at,
            left_at=left_at,
            closing=closing,
        )
        if kept:
            await services.corrections.learn()
            services = replace(services, recovered=tuple(await services.outbox.recover()))
        yield services


async def _open(
    store: Store,
    played: PlayedDay,
    zone: tzinfo,
    speed: float | None,
    settings: Settings,
    *,
    at: time | None,
    left_at: datetime | None,
    closing: AsyncExitStack,
) -> Services:
    shop = played.day.shop
    settings = replace(
        settings,
        me=Me(name=shop.founder or shop.name),
        brand=Brand(names=(shop.name, shop.name_en), products=shop.products),
        accounts=(),
        triage=Triage(vips=shop.vips, media=shop.media),
        rules=tuple(
            Rule(name=rule.name, keywords=rule.keywords, tag=rule.tag, priority=rule.priority)
            for rule in played.day.rule
        ),
    )
    names = [account.name for account in played.day.account]
    ids = count(1)
    mark = "demo" if left_at is None else f"demo-{int(left_at.timestamp())}"  # ids of before stay taken

    def services_by(clock: Clock, interval: timedelta) -> Services:
        services = assemble(
            store=store,
            channels={name: DemoChannel(account=name, played=played, clock=clock) for name in names},
            clock=clock,
            zone=zone,
            settings=settings,
            scripts_dir=None,
            intervals=dict.fromkeys(names, interval),
            new_id=lambda: f"{mark}-{next(ids):04}",
        )
        closing.push_async_callback(services.causes.aclose)
        title = shop.name if language().startswith("zh") else shop.name_en
        return replace(services, title=title, is_demo=True)

    stepped = SteppedClock(played.begins_at if left_at is None else left_at)
    if left_at is None:
        past = services_by(stepped, POLL_EVERY)
        playback = Playback(played, past, stepped)
        if speed is None:
            await playback.run(played.ends_at)
            return past
        await playback.run(played.opens_at)
        if (begin := played.local(shop.sits_down_at if at is None else at)) > played.opens_at:
            playback.stop_answering()
            await playback.run(begin)
    pace = speed or 1.0
    interval = max(POLL_EVERY, timedelta(seconds=0.5) * pace)  # two polls a second are enough for the eye
    return services_by(PacedClock(stepped.now(), pace), interval)


def _left_at(store: Store) -> datetime | None:
    """The last moment anything was known to happen in a kept store; None for a new one."""
    known = [mention.first_seen_at for mention in store.mentions()]
    known += [event.at for case in store.cases() for event in case.events]
    return max(known, default=None)


@contextmanager
def _directory(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with TemporaryDirectory(prefix="kefu-demo-") as made:  # mode 0700
            yield Path(made)
        return
    try:
        keep.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise KefuError(
            N_("{path}: cannot make this directory: {reason}"), path=keep, reason=error.strerror
        ) from error
    yield keep
