"""The demo: the services over an invented shop's day, with the morning already behind us."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import date, time, timedelta, tzinfo
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
from kefu_tui.ports import Clock
from kefu_tui.services.bundle import Services


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

    The store lies in a private directory that is removed afterwards, or in `keep`, which must not hold a
    store yet. Of the settings only how the desk looks and behaves is used.
    """
    played = PlayedDay(load_day(), on=on, zone=zone)
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
    async with AsyncExitStack() as closing:
        store = await open_desk_store(closing.enter_context(_directory(keep)) / "desk.json", durable=False)
        closing.push_async_callback(store.aclose)

        def services_by(clock: Clock, interval: timedelta) -> Services:
            services = assemble(
                store=store,
                channels={name: DemoChannel(account=name, played=played, clock=clock) for name in names},
                clock=clock,
                zone=zone,
                settings=settings,
                scripts_dir=None,
                intervals=dict.fromkeys(names, interval),
                new_id=lambda: f"demo-{next(ids):04}",
            )
            closing.push_async_callback(services.causes.aclose)
            title = shop.name if language().startswith("zh") else shop.name_en
            return replace(services, title=title, is_demo=True)

        stepped = SteppedClock(played.begins_at)
        past = services_by(stepped, POLL_EVERY)
        playback = Playback(played, past, stepped)
        if speed is None:
            await playback.run(played.ends_at)
            yield past
            return
        await playback.run(played.opens_at)
        if (begin := played.local(shop.sits_down_at if at is None else at)) > played.opens_at:
            playback.stop_answering()
            await playback.run(begin)
        interval = max(
            POLL_EVERY, timedelta(seconds=0.5) * speed
        )  # two polls a second are enough for the eye
        yield services_by(PacedClock(stepped.now(), speed), interval)


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
    if (keep / "desk.json").exists():
        raise NotAllowed(N_("{path} already holds a desk; name another directory"), path=keep)
    yield keep
