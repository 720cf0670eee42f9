"""`kefu demo`: an invented shop's day, to be worked through by hand or printed as a whole."""

import asyncio
from argparse import Namespace
from datetime import UTC, date, datetime, time, tzinfo
from pathlib import Path

from kefu_tui import as_json
from kefu_tui.bootstrap import check_keys, run_desk
from kefu_tui.commands.context import Context, UsageError, check_year, is_interactive, print_json, warn
from kefu_tui.commands.feed import feed_json, print_feed_and_report
from kefu_tui.config import Settings
from kefu_tui.demo import open_demo
from kefu_tui.domain.errors import N_
from kefu_tui.domain.feed import View
from kefu_tui.i18n import describe
from kefu_tui.plain import one_line
from kefu_tui.zone import system_zone


def demo(args: Namespace, context: Context) -> int:
    """Open the desk in the evening of the demo's day; where nobody looks, play it all and print the result.

    A configuration is used only when the command line names one, and only for how the desk looks.
    """
    settings = context.settings() if context.config_file else Settings()
    zone = settings.timezone or system_zone(context.environ)
    on = _day(args.date, zone)
    keep = Path(args.keep).expanduser().absolute() if args.keep else None
    at = _time(args.at)
    if is_interactive() and not args.json:
        check_keys(settings, str(context.paths.config_file))
        return asyncio.run(_work_through(on, zone, args.speed, settings, keep, at))
    return asyncio.run(_print(on, zone, settings, keep, as_data=args.json))


def _day(written: str | None, zone: tzinfo) -> date:
    if written is None:
        return datetime.now(UTC).astimezone(zone).date()
    try:
        on = date.fromisoformat(written)
        check_year(on)
    except ValueError:
        raise UsageError(N_("{written}: expected a date such as 2026-03-01"), written=written) from None
    return on


def _time(written: str | None) -> time | None:
    try:
        return None if written is None else time.fromisoformat(written)
    except ValueError:
        raise UsageError(N_("{written}: expected a time such as 21:45"), written=written) from None


async def _work_through(
    on: date, zone: tzinfo, speed: float, settings: Settings, keep: Path | None, at: time | None
) -> int:
    async with open_demo(on=on, zone=zone, speed=speed, settings=settings, keep=keep, at=at) as services:
        return await run_desk(services)


async def _print(on: date, zone: tzinfo, settings: Settings, keep: Path | None, *, as_data: bool) -> int:
    async with open_demo(on=on, zone=zone, speed=None, settings=settings, keep=keep) as services:
        await services.causes.settle()
        if as_data:
            report = as_json.report(services.reporting.report())
            print_json({"shop": services.title, "feed": feed_json(services, View.ALL), "report": report})
        else:
            print_feed_and_report(services, View.ALL)
        warn(one_line(describe(problem)) for problem in services.intake.reading_problems)
    return 0
