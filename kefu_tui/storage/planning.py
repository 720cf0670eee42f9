"""From the changes an act asks for to what has to be written."""

from collections.abc import Sequence
from dataclasses import replace

from kefu_tui.domain.lessons import Lesson
from kefu_tui.domain.outbox import Draft
from kefu_tui.domain.proposals import Decision
from kefu_tui.domain.undo import UndoStep
from kefu_tui.ports import Changes
from kefu_tui.storage.archive.archives import Returned
from kefu_tui.storage.archive.moving import breach_keys
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
    delta = Delta(
        mentions=differing(MENTIONS.by_key(changes.mentions), view.mention),
        cases=differing(CASES.by_key(changes.cases), view.case),
        outbox=differing(OUTBOX.by_key(changes.outbox), view.outbox_item),
        drafts=differing(forgotten | DRAFTS.by_key(changes.drafts), view.draft),
        accounts=differing(_accounts(changes, view), view.account),
        steps=_steps(Stack.UNDO, changes.undo, view) | _steps(Stack.REDO, changes.redo, view),
        breaches={key: True for key in changes.breaches if not view.has_breach(key)},
        lessons=differing(unlearned | LESSONS.by_key(changes.lessons), view.lesson),
        decisions=differing(undecided | RULES.by_key(changes.decisions), view.decision),
    )
    return _with_what_comes_back(delta, view)


def _with_what_comes_back(delta: Delta, view: DeskView) -> Delta:
    """Take whole cases out of the archives where a change touches one of them."""
    touched = [*delta.cases, *(one.case_id for one in delta.mentions.values() if one is not None)]
    back = {case_id: month for case_id in touched if (month := view.archived_in(case_id)) is not None}
    if not back:
        return delta
    cases, mentions = dict(delta.cases), dict(delta.mentions)
    breaches = dict(delta.breaches)
    returned: dict[str, Returned | None] = {}
    for case_id, month in back.items():
        if (case := view.case(case_id)) is None:  # pragma: no cover - it was found a moment ago
            continue
        cases.setdefault(case_id, case)
        found = [view.mention(inbound.mention_key) for inbound in case.inbounds]
        held = [mention for mention in found if mention is not None]
        for mention in held:
            mentions.setdefault(mention.key, mention)
        breaches |= {key: True for key in breach_keys(case) if view.has_breach(key)}
        returned[case_id] = Returned(month, len(held))
    return replace(delta, cases=cases, mentions=mentions, breaches=breaches, returned=returned)


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
