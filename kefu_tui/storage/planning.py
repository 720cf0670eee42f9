"""From the changes an act asks for to what has to be written."""

from collections.abc import Sequence
from dataclasses import replace

from kefu_tui.domain.lessons import Lesson
from kefu_tui.domain.outbox import Draft
from kefu_tui.domain.proposals import Decision
from kefu_tui.domain.undo import UndoStep
from kefu_tui.ports import Changes
from kefu_tui.storage.codec.accounts import AccountRecord, plain_cursor
from kefu_tui.storage.codec.undo import Stack, StackedStep, restacked
from kefu_tui.storage.delta import Delta, differing
from kefu_tui.storage.desk_view import DeskView
from kefu_tui.storage.tables import ACCOUNTS, CASES, DRAFTS, LESSONS, MENTIONS, OUTBOX, RULES


def delta_of(changes: Changes, view: DeskView) -> Delta:
    """What `changes` alter in `view`. What is both forgotten and given is kept as given."""
    forgotten: dict[str, Draft | None] = dict.fromkeys(changes.forget_drafts)
    unlearned: dict[str, Lesson | None] = dict.fromkeys(changes.forget_lessons)
    undecided: dict[str, Decision | None] = dict.fromkeys(changes.forget_decisions)
    return Delta(
        mentions=differing(MENTIONS.by_key(changes.mentions), view.mention),
        cases=differing(CASES.by_key(changes.cases), view.case),
        outbox=differing(OUTBOX.by_key(changes.outbox), view.outbox_item),
        drafts=differing(forgotten | DRAFTS.by_key(changes.drafts), view.draft),
        accounts=differing(_accounts(changes, view), view.account),
        steps=_steps(Stack.UNDO, changes.undo, view) | _steps(Stack.REDO, changes.redo, view),
        breaches=tuple(key for key in dict.fromkeys(changes.breaches) if not view.has_breach(key)),
        lessons=differing(unlearned | LESSONS.by_key(changes.lessons), view.lesson),
        decisions=differing(undecided | RULES.by_key(changes.decisions), view.decision),
    )


def _accounts(changes: Changes, view: DeskView) -> dict[str, AccountRecord]:
    records: dict[str, AccountRecord] = {}

    def record(account: str) -> AccountRecord:
        return records.get(account) or view.account(account)

    for account, cursor in changes.cursors.items():
        records[account] = replace(record(account), cursor=plain_cursor(cursor))
    for health in changes.health:
        records[health.account] = replace(record(health.account), health=health)
    for account, gaps in changes.gaps.items():
        records[account] = replace(record(account), gaps=tuple(gaps))
    return ACCOUNTS.by_key(records.values())


def _steps(stack: Stack, steps: Sequence[UndoStep] | None, view: DeskView) -> dict[str, StackedStep | None]:
    if steps is None:
        return {}
    old = {placed.key: placed for placed in view.stacked(stack)}
    new = {placed.key: placed for placed in restacked(stack, list(old.values()), steps)}
    gone: dict[str, StackedStep | None] = dict.fromkeys(old.keys() - new.keys())
    return gone | {key: placed for key, placed in new.items() if key not in old}
