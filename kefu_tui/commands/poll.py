"""`kefu poll`: fetch what is new without a screen, once or until stopped."""

import asyncio
from argparse import Namespace
from functools import partial

from kefu_tui import as_json, wording
from kefu_tui.bootstrap import open_services
from kefu_tui.commands.context import Context, print_json, warn
from kefu_tui.domain.errors import N_, KefuError, NotAllowed
from kefu_tui.i18n import _, describe, ngettext
from kefu_tui.plain import one_line
from kefu_tui.services.bundle import Services
from kefu_tui.services.intake import PollOutcome


def poll(args: Namespace, context: Context) -> int:
    """Poll every account; the exit code is that of the first failure."""
    return asyncio.run(_poll(watch=args.watch, as_data=args.json, context=context))


async def _poll(*, watch: bool, as_data: bool, context: Context) -> int:
    settings = context.settings()
    async with open_services(context.paths, settings, context.environ) as services:
        warn(services.problems)
        if not services.accounts:
            raise NotAllowed(N_("there is no account to poll"))
        if watch:
            await _watch(services, as_data=as_data)
        outcomes = await services.intake.poll_all(partial(_tell, as_data=as_data))
        warn(map(wording.slow_rule, services.intake.slow_rules))
        await services.upkeep.once()
    return next((outcome.error.exit_code for outcome in outcomes if outcome.error), 0)


async def _watch(services: Services, *, as_data: bool) -> None:
    """Poll every account at its own interval, for ever; what brought nothing is not told."""
    named: set[str] = set()

    def tell(outcome: PollOutcome) -> None:
        slow = [name for name in services.intake.slow_rules if name not in named]
        named.update(slow)
        warn(map(wording.slow_rule, slow))
        if outcome.unfinished:
            return  # all of it is told at the end
        if outcome.arrived or outcome.updated or outcome.error:
            _tell(outcome, as_data=as_data)

    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(services.intake.watch(tell))
            tasks.create_task(services.upkeep.run())
    except ExceptionGroup as failures:
        raise _one_of(failures) from None


def _one_of(failures: ExceptionGroup[Exception]) -> Exception:
    """What ended the watch, out of the groups its tasks wrapped it in; the whole where nobody expects it."""
    expected = failures.subgroup((KefuError, BrokenPipeError))
    if expected is None:
        return failures
    first: Exception = expected
    while isinstance(first, ExceptionGroup):
        first = first.exceptions[0]
    return first


def _tell(outcome: PollOutcome, *, as_data: bool) -> None:
    if as_data:
        print_json(as_json.outcome(outcome), lines=True)
        return
    account = one_line(outcome.account)
    if outcome.error is not None:
        warn([f"{account}: {one_line(describe(outcome.error))}"])
    if outcome.error is None or outcome.arrived or outcome.updated:
        arrived, updated = len(outcome.arrived), len(outcome.updated)
        new = ngettext("{n} case with something new", "{n} cases with something new", arrived).format(
            n=arrived
        )
        changed = _("{n} changed").format(n=updated)
        print(f"{account}: {new}, {changed}", flush=True)
