"""`kefu reply`: answer one case from the command line, through the same outbox as the desk."""

import asyncio
import sys
from argparse import Namespace

from kefu_tui import tone_wording
from kefu_tui.bootstrap import open_services
from kefu_tui.case_ids import case_ids
from kefu_tui.commands.context import Context, ask, print_lines, read_stdin, warn
from kefu_tui.domain.errors import N_, KefuError, NotAllowed
from kefu_tui.domain.outbox import OutboxItem, OutboxState
from kefu_tui.i18n import _, describe
from kefu_tui.plain import one_line
from kefu_tui.services.bundle import Services


def reply(args: Namespace, context: Context) -> int:
    """Show the reply as it would be sent, then send it once the founder has said yes."""
    return asyncio.run(_reply(args, context))


async def _reply(args: Namespace, context: Context) -> int:
    from kefu_tui.case_output import review_lines

    settings = context.settings()
    async with open_services(context.paths, settings, context.environ, only_read=args.dry_run) as services:
        case_id = case_ids(services.store).find(args.case)
        text, template = _text(args, services, case_id)
        request = services.desk.request(case_id, text)
        services.outbox.check(request)
        channel = services.channels[request.account]
        target = services.desk.target(services.feed.summary(case_id).case)
        print_lines(review_lines(request, target, channel.length(request)))
        await services.consistency.prepare()
        findings = services.consistency.findings(request)
        warn(f"△ {tone_wording.finding(finding)}  → {one_line(finding.better)}" for finding in findings)
        if args.dry_run:
            return 0
        if any(finding.blocks for finding in findings) and not args.private_ok:
            raise NotAllowed(N_("not sent: private data would stand in public; --private-ok confirms it"))
        if not args.yes and not _agreed():
            return NotAllowed.exit_code
        item = await services.outbox.approve(request, template=template)
        return await _delivered(services, await services.outbox.deliver(item.id))


def _text(args: Namespace, services: Services, case_id: str) -> tuple[str, str | None]:
    """The words to send and, where they came from a script, that script as rendered."""
    if args.text is not None:
        return read_stdin() if args.text == "-" else args.text, None
    summary = services.feed.summary(case_id)
    if args.script is not None:
        now = services.feed.now().astimezone(services.zone)
        script = services.scripts.named(args.script, summary.lead)
        rendered = services.scripts.render(script, summary.case, summary.lead, now).text
        return rendered, rendered
    draft = services.store.draft(case_id)
    if draft is None:
        raise NotAllowed(N_("nothing to send: this case has no draft; give --text or --script"))
    return draft.text, None


def _agreed() -> bool:
    if not sys.stdin.isatty():
        raise NotAllowed(N_("not sent: nobody is there to agree; --yes agrees beforehand"))
    return ask(_("Send this reply?"))


async def _delivered(services: Services, item: OutboxItem) -> int:
    """Say what became of the reply; the exit code says it too."""
    match item.state:
        case OutboxState.SENT:
            url = item.receipt.url if item.receipt else None
            print(_("Sent.") if url is None else _("Sent: {url}").format(url=one_line(url)))
            return 0
        case OutboxState.TO_CONFIRM:
            return await _confirmed(services, item)
        case OutboxState.UNKNOWN:
            problem = KefuError(
                N_("it is not known whether the reply stands; kefu looks for it when it runs next")
            )
            warn([one_line(item.problem), describe(problem)])
        case _:
            warn([one_line(item.problem)])
    return 4


async def _confirmed(services: Services, item: OutboxItem) -> int:
    """A reply the founder posts by hand: the clock stops when they say that it stands."""
    print(_("This account is answered by hand: post the text above yourself."))
    if item.request.target_url:
        print(one_line(item.request.target_url))
    if sys.stdin.isatty() and ask(_("Does it stand there now?")):
        await services.outbox.confirm(item.id)
        return 0
    print(_("Not confirmed yet; the desk will ask again."))
    return 0
