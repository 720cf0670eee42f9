"""`kefu list`, `kefu show`, `kefu report`, `kefu done`: the desk, and its work without a screen."""

import asyncio
import json
import sys
from argparse import Namespace
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from kefu_tui import as_json
from kefu_tui.bootstrap import open_services
from kefu_tui.case_ids import case_ids
from kefu_tui.commands.context import (
    Context,
    UsageError,
    print_json,
    print_lines,
    read_moment,
    warn,
    write_file,
)
from kefu_tui.domain.errors import N_
from kefu_tui.domain.feed import CaseSummary, View
from kefu_tui.domain.report import ResponseReport
from kefu_tui.i18n import _
from kefu_tui.plain import one_line
from kefu_tui.services.bundle import Services
from kefu_tui.services.reporting import Period


async def print_desk(context: Context) -> int:
    """Print the feed and today's report."""
    async with reading(context) as services:
        await services.causes.settle()
        print_feed_and_report(services, View.WAITING)
    return 0


@asynccontextmanager
async def reading(context: Context) -> AsyncIterator[Services]:
    """The services over a store that may be in use by a running desk; nothing is written or sent."""
    settings = context.settings()
    async with open_services(
        context.paths, settings, context.environ, only_read=True, connected=False
    ) as services:
        yield services


def print_feed_and_report(services: Services, view: View) -> None:
    from kefu_tui import output

    if services.title:
        print(services.title, end="\n\n")
    print_lines(output.feed_lines(services, view, services.feed.view(view)), crop=True)
    print()
    print_lines(output.report_lines(services.reporting.report(), services.zone))


def feed_json(services: Services, view: View, query: str = "") -> as_json.Object:
    now = services.feed.now()
    ids = case_ids(services.store)
    found = _found(services, view, query)
    return {
        "now": as_json.time(now),
        "view": None if query else view.value,
        "counts": {name.value: count for name, count in services.feed.counts().items()},
        "cases": [as_json.summary(one, now, ids, services.feed.alike(one.case)) for one in found],
    }


def _found(services: Services, view: View, query: str) -> list[CaseSummary]:
    """The cases of a view, or what a filter finds among everything stored: what is at hand comes first."""
    if not query:
        return services.feed.view(view)
    parsed = services.feed.query(query)
    return [*services.feed.view(view, parsed), *services.feed.archived(parsed)]


def list_cases(args: Namespace, context: Context) -> int:
    """Print a view, or what a filter finds among everything stored."""
    return asyncio.run(_list(View(args.view), " ".join(args.filter), as_data=args.json, context=context))


async def _list(view: View, query: str, *, as_data: bool, context: Context) -> int:
    async with reading(context) as services:
        await services.causes.settle()
        if as_data:
            print_json(feed_json(services, view, query))
            return 0
        from kefu_tui import output

        found = _found(services, view, query)
        print_lines(output.feed_lines(services, None if query else view, found), crop=True)
    return 0


def show(args: Namespace, context: Context) -> int:
    """Print one case: everything written in it, what became of it, and why it stands where it stands."""
    return asyncio.run(_show(args.case, as_data=args.json, context=context))


async def _show(typed: str, *, as_data: bool, context: Context) -> int:
    async with reading(context) as services:
        await services.causes.settle()
        ids = case_ids(services.store)
        summary = services.feed.summary(ids.find(typed))
        if as_data:
            print_json(case_json(services, summary.case.id))
            return 0
        from kefu_tui import case_output

        print_lines(case_output.case_lines(services, summary, ids))
    return 0


def case_json(services: Services, case_id: str) -> as_json.Object:
    summary = services.feed.summary(case_id)
    draft = services.store.draft(case_id)
    items = [item for item in services.store.outbox() if item.request.case_id == case_id]
    return {
        **as_json.summary(
            summary, services.feed.now(), case_ids(services.store), services.feed.alike(summary.case)
        ),
        "mentions": [as_json.mention(mention) for mention in services.feed.mentions(summary.case)],
        "replies": as_json.replies(summary.case),
        "outbox": [as_json.outbox_item(item) for item in items],
        "draft": draft.text if draft else None,
        "memory": dict(summary.case.memory),
    }


def done(args: Namespace, context: Context) -> int:
    """Close cases, as `e` does at the desk; `u` there takes it back."""
    return asyncio.run(_done(args.case, args.no_reply, context))


async def _done(typed: Sequence[str], reason: str | None, context: Context) -> int:
    from kefu_tui import wording

    settings = context.settings()
    async with open_services(context.paths, settings, context.environ, connected=False) as services:
        ids = case_ids(services.store)
        found = list(dict.fromkeys(ids.find(one) for one in typed))
        taken = await services.desk.close(found, without_reply_because=reason)
    print(wording.done(taken.verb, taken.cases))
    return 0


def report(args: Namespace, context: Context) -> int:
    """Print the response report of a period, or how its figures are computed."""
    if args.define:
        from kefu_tui import output

        print_lines(output.definition_lines())
        return 0
    form = "json" if args.json else args.format
    return asyncio.run(_report(Period(args.period), args.since, form, args.out, context))


async def _report(period: Period, since: str | None, form: str, out: str | None, context: Context) -> int:
    async with reading(context) as services:
        begin = _begin(since, services) if since else None
        found = services.reporting.report(period, since=begin)
        before = services.reporting.before(found)
        if out is None and form == "json":
            print_json(as_json.report(found, before))
        elif out is None and form == "text":
            from kefu_tui import output

            print_lines(output.report_lines(found, services.zone, before))
        elif out is None:
            sys.stdout.write(_report_text(form, found, before, services))
        else:
            write_file(Path(out), _report_text(form, found, before, services))
            print(_("Written: {path}").format(path=one_line(out)))
        warn(services.problems)
    return 0


def _begin(since: str, services: Services) -> datetime:
    """The moment a report begins at: a date or time, or `quiet` for the last quiet hours."""
    if since != "quiet":
        return read_moment(since, services.zone)
    began = services.quiet.began_before(services.clock.now())
    if began is None:
        raise UsageError(N_("there were no quiet hours: set [hours] quiet in the configuration"))
    return began.astimezone(services.zone)


def _report_text(form: str, found: ResponseReport, before: ResponseReport, services: Services) -> str:
    """The report in one of the forms a file may have."""
    match form:
        case "json":
            return json.dumps(as_json.report(found, before), ensure_ascii=False, indent=2) + "\n"
        case "csv":
            from kefu_tui.reports.tables import csv_text

            return csv_text(found, before)
        case "markdown":
            from kefu_tui.reports.tables import markdown_text

            return markdown_text(found, before, services.zone)
        case "html":
            from kefu_tui.reports.html import page

            return page(found, before, services.zone, services.title)
        case _text:
            from kefu_tui import output

            return "\n".join(line.plain for line in output.report_lines(found, services.zone, before)) + "\n"
