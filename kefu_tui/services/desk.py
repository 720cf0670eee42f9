"""What the founder does at the desk besides sending: drafts, close, reopen, snooze, and taking it back."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from kefu_tui.domain.case import Act, Case, Closed, Noted, Reopened, Snoozed, Tagged, Woken, WorkState
from kefu_tui.domain.errors import N_, NotAllowed, NotFound
from kefu_tui.domain.mention import Mention, Visibility
from kefu_tui.domain.outbox import Draft, ReplyRequest
from kefu_tui.domain.undo import UNDO_DEPTH, UndoStep
from kefu_tui.ports import Changes, Clock, Store, StoreView

LONGEST_TAG, LONGEST_NOTE = 24, 4_000  # characters


@dataclass(frozen=True, slots=True)
class Taken:
    """What a key press did, for the line that says so: the action's id and how many cases it touched.

    `detail` is what the words need beyond that: the value of a correction, the name of a rule. Where no case
    is touched, `cases` counts the rules or lessons.
    """

    verb: str
    cases: int
    detail: str = ""


class Desk:
    """The founder's acts on cases. Every act is durable when it returns, and one step of undo."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        new_id: Callable[[], str],
        public_replies_as: Mapping[str, Visibility] | None = None,
        learn: Callable[[Sequence[str]], Awaitable[None]] | None = None,
        *,
        signatures: Mapping[str, str] | None = None,
    ) -> None:
        self._store = store
        self._public_replies_as = public_replies_as or {}  # by account
        self._signatures = signatures or {}  # by account
        self._clock = clock
        self._new_id = new_id
        self._learn = learn  # to be told once lessons or rules were taken back, or given again

    async def close(self, case_ids: Sequence[str], *, without_reply_because: str | None = None) -> Taken:
        """Close the cases. Newer words of the customer revive them.

        A reason not to reply is booked where somebody waits for one; a case that we have answered, or
        whose posts are all deleted, is closed like any other.
        """
        reason = without_reply_because

        def act(case: Case, now: datetime) -> Act | None:
            if case.state(now) in (WorkState.CLOSED, WorkState.NO_REPLY):
                return None
            if reason is None or not case.unanswered:
                return Closed(id=self._new_id(), at=now)
            return Closed(id=self._new_id(), at=now, reason=reason, without_reply=True)

        return await self._act("no_reply" if reason is not None else "close", case_ids, act)

    async def reopen(self, case_ids: Sequence[str]) -> Taken:
        """Open closed cases again: a new episode, the old figures stay."""

        def act(case: Case, now: datetime) -> Act | None:
            if case.state(now) not in (WorkState.CLOSED, WorkState.NO_REPLY):
                return None
            return Reopened(id=self._new_id(), at=now)

        return await self._act("reopen", case_ids, act)

    async def snooze(self, case_ids: Sequence[str], until: datetime, *, hold: bool = False) -> Taken:
        """Put the cases aside until a moment in the future; no clock stops."""
        if until <= self._clock.now():
            raise NotAllowed(N_("that moment has already passed"))

        def act(case: Case, now: datetime) -> Act | None:
            if case.state(now) in (WorkState.CLOSED, WorkState.NO_REPLY):
                return None
            return Snoozed(id=self._new_id(), at=now, until=until, hold=hold)

        return await self._act("snooze", case_ids, act)

    async def wake(self, case_ids: Sequence[str]) -> Taken:
        """Take snoozed cases back before their time."""

        def act(case: Case, now: datetime) -> Act | None:
            if case.state(now) is not WorkState.SNOOZED:
                return None
            return Woken(id=self._new_id(), at=now)

        return await self._act("wake", case_ids, act)

    async def tag(self, case_ids: Sequence[str], tag: str, *, on: bool = True) -> Taken:
        """Put a tag on the cases, or take it off; raises `NotAllowed` for one that cannot be searched for.

        A case that is tagged so already is left alone. `summary.tags` also holds what rules have given, so
        taking a tag off is written down even where the founder never put it on.
        """
        tag = tag.strip().lstrip("#")
        if not tag or len(tag) > LONGEST_TAG or any(char.isspace() or char in '":' for char in tag):
            raise NotAllowed(
                N_("a tag is one word of at most {n} characters, without quotation marks and colons"),
                n=LONGEST_TAG,
            )

        def act(case: Case, now: datetime) -> Act | None:
            held = [m for i in case.inbounds if (m := self._store.mention(i.mention_key)) is not None]
            tags = case.tags(given for mention in held for given in mention.verdict.tags)
            return None if (tag in tags) is on else Tagged(id=self._new_id(), at=now, tag=tag, on=on)

        return await self._act("tag" if on else "untag", case_ids, act, detail=tag)

    async def note(self, case_ids: Sequence[str], text: str) -> Taken:
        """Write something down about the cases; raises `NotAllowed` when there is nothing, or too much."""
        text = text.strip()
        if not text or len(text) > LONGEST_NOTE:
            raise NotAllowed(N_("a note has between 1 and {n} characters"), n=LONGEST_NOTE)

        def act(_case: Case, now: datetime) -> Act:
            return Noted(id=self._new_id(), at=now, text=text)

        return await self._act("note", case_ids, act)

    async def _act(
        self,
        verb: str,
        case_ids: Sequence[str],
        act: Callable[[Case, datetime], Act | None],
        *,
        detail: str = "",
    ) -> Taken:
        now = self._clock.now()
        done = verb
        acts: list[tuple[str, Act]] = []
        chosen = tuple(dict.fromkeys(case_ids))  # bound now: what a poll brings meanwhile is not meant

        def change(view: StoreView) -> Changes | None:
            nonlocal done
            cases = []
            for case_id in chosen:
                case = _case(view, case_id)
                if (event := act(case, now)) is not None:
                    cases.append(case.with_event(event))
                    acts.append((case_id, event))
            if not acts:
                return None
            done = _done(verb, acts)
            step = UndoStep(verb=done, at=now, acts=tuple(acts))
            return Changes(cases=cases, undo=(*view.undo_stack(), step)[-UNDO_DEPTH:], redo=())

        await self._store.update(change)
        return Taken(done, len(acts), detail)

    async def undo(self) -> Taken | None:
        """Take the last step back; None when there is none. What left the machine is never part of it."""
        taken: list[Taken] = []
        touched: list[str] = []

        def change(view: StoreView) -> Changes | None:
            if not (stack := view.undo_stack()):
                return None
            step = stack[-1]
            cases = [_case(view, case_id).without_act(act.id) for case_id, act in step.acts]
            taken.append(Taken(step.verb, step.count, step.detail))
            touched.extend(case_id for case_id, _ in step.acts)
            swapped = swaps_of(step, back=True)
            return replace(swapped, cases=cases, undo=stack[:-1], redo=(*view.redo_stack(), step))

        await self._store.update(change)
        await self._relearn(touched)
        return taken[0] if taken else None

    async def redo(self) -> Taken | None:
        """Do again what was undone last; None when there is nothing."""
        taken: list[Taken] = []
        touched: list[str] = []

        def change(view: StoreView) -> Changes | None:
            if not (stack := view.redo_stack()):
                return None
            step = stack[-1]
            cases = [_case(view, case_id).with_act_again(act) for case_id, act in step.acts]
            taken.append(Taken(step.verb, step.count, step.detail))
            touched.extend(case_id for case_id, _ in step.acts)
            undo = (*view.undo_stack(), step)[-UNDO_DEPTH:]
            return replace(swaps_of(step), cases=cases, undo=undo, redo=stack[:-1])

        await self._store.update(change)
        await self._relearn(touched)
        return taken[0] if taken else None

    async def _relearn(self, case_ids: Sequence[str]) -> None:
        if self._learn is not None:
            await self._learn(case_ids)

    async def save_draft(self, case_id: str, text: str) -> None:
        """Keep the text being written; an emptied one is forgotten. Raises `NotFound` without its case."""
        now = self._clock.now()

        def change(view: StoreView) -> Changes | None:
            known = view.draft(case_id)
            if not text.strip():
                return Changes(forget_drafts=[case_id]) if known else None
            _case(view, case_id)
            if known is not None and known.text == text:
                return None
            return Changes(drafts=[Draft(case_id=case_id, text=text, saved_at=now)])

        await self._store.update(change)

    def request(self, case_id: str, text: str) -> ReplyRequest:
        """The reply this text would be: bound to the case's account, target and visibility.

        The target is the newest post that waits, else the customer's last; the visibility is never wider
        than that post's.
        """
        case = _case(self._store, case_id)
        target = self.target(case)
        return ReplyRequest(
            case_id=case_id,
            account=case.account,
            target=target.post.id,
            target_handle=target.post.author.handle,
            target_url=target.post.url,
            visibility=self._visibility(target),
            text=self._signed(case.account, text.strip()),
            answers=tuple(inbound.mention_key for inbound in case.unanswered),
            content_warning=target.post.content_warning,
            language=target.post.language,
        )

    def _signed(self, account: str, text: str) -> str:
        """The text with the account's signature below it, unless it ends so already."""
        signature = self._signatures.get(account, "")
        return text if not text or text.endswith(signature) else f"{text}\n{signature}"

    def _visibility(self, target: Mention) -> Visibility:
        """How wide the reply will be: as the target, or narrower where the account's platform likes it so."""
        if target.post.visibility is Visibility.PUBLIC:
            return self._public_replies_as.get(target.account, Visibility.PUBLIC)
        return target.post.visibility

    def target(self, case: Case) -> Mention:
        """The mention a reply to this case answers; a deleted one only when nothing else is left."""
        found = [self._store.mention(i.mention_key) for i in case.unanswered or case.inbounds]
        mentions = [mention for mention in found if mention is not None]
        if not mentions:
            raise NotFound(N_("this case holds nothing to answer"))
        standing = [mention for mention in mentions if mention.deleted_at is None]
        return max(standing or mentions, key=lambda mention: mention.post.posted_at)


def swaps_of(step: UndoStep, *, back: bool = False) -> Changes:
    """The lessons and rules a step writes when it is taken, or `back` when it is taken back."""
    lessons = [swap.before if back else swap.after for swap in step.lessons]
    decisions = [swap.before if back else swap.after for swap in step.decisions]
    return Changes(
        lessons=[lesson for lesson in lessons if lesson is not None],
        forget_lessons=[swap.key for swap in step.lessons],
        decisions=[decision for decision in decisions if decision is not None],
        forget_decisions=[swap.key for swap in step.decisions],
    )


def _done(verb: str, acts: Sequence[tuple[str, Act]]) -> str:
    """The verb of what was done: nobody was left without a reply where everybody had one."""
    if verb == "no_reply" and not any(isinstance(act, Closed) and act.without_reply for _, act in acts):
        return "close"
    return verb


def _case(view: StoreView, case_id: str) -> Case:
    case = view.case(case_id)
    if case is None:
        raise NotFound(N_("this case does not exist any more"))
    return case


@dataclass(frozen=True, slots=True)
class SnoozeChoice:
    """A preset of `z`: its id, put in words by the desk, and when it ends (local, aware)."""

    id: str
    until: datetime


def snooze_choices(now: datetime) -> list[SnoozeChoice]:
    """The presets offered at a local moment; those that would already be over are left out.

    In the small hours 明早 is the morning of the same date.
    """
    evening = now.replace(hour=20, minute=0, second=0, microsecond=0)
    morning = now.replace(hour=9, minute=0, second=0, microsecond=0)
    monday = morning + timedelta(days=7 - now.weekday())
    choices = [
        SnoozeChoice("1h", (now.astimezone(UTC) + timedelta(hours=1)).astimezone(now.tzinfo)),
        SnoozeChoice("tonight", evening),
        SnoozeChoice("tomorrow", morning + timedelta(days=now.hour >= 4)),
        SnoozeChoice("monday", monday),
        SnoozeChoice("3d", now + timedelta(days=3)),
    ]
    return [choice for choice in choices if choice.until > now + timedelta(minutes=1)]
