"""The founder puts the program right: at once in the case, as a lesson for later, and perhaps as a rule."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from kefu_tui.domain.case import Case, Corrected
from kefu_tui.domain.corrections import check_value, says
from kefu_tui.domain.errors import N_, NotFound
from kefu_tui.domain.feed import CaseSummary, meant_by
from kefu_tui.domain.lessons import NO, YES, Learned, Lesson, Target, lesson_key
from kefu_tui.domain.mention import Mention
from kefu_tui.domain.proposals import (
    Basis,
    Decision,
    Proposal,
    Writer,
    can_be_ruled,
    shared_phrase,
    similar,
)
from kefu_tui.domain.rules import Rule
from kefu_tui.domain.undo import UNDO_DEPTH, Swap, UndoStep
from kefu_tui.domain.verdict import Category
from kefu_tui.ports import Changes, Classifier, Clock, Store, StoreView
from kefu_tui.services.desk import Taken, swaps_of
from kefu_tui.services.feed import Feed

TAUGHT = 1_000
"""Of how many lessons, the newest, the classifier learns."""

COMPARED = 200
"""With how many earlier lessons a new one is compared."""

HEARD = 5_000
"""In how many stored texts, the newest, a phrase is looked for before it is called somebody's own."""


class Corrections:
    """Corrects verdicts, keeps what that teaches, and proposes rules.

    Every act is durable when it returns, one step of undo, and has been taught. `heed` is given the stored
    rules when they are first read and whenever they have changed, `regroup` the ids of the cases that are
    judged differently now.
    """

    def __init__(
        self,
        store: Store,
        feed: Feed,
        classifier: Classifier,
        clock: Clock,
        new_id: Callable[[], str],
        heed: Callable[[Sequence[Rule]], None] = lambda _rules: None,
        regroup: Callable[[Sequence[str]], Awaitable[None]] | None = None,
    ) -> None:
        self._store = store
        self._feed = feed
        self._classifier = classifier
        self._clock = clock
        self._new_id = new_id
        self._heed = heed
        self._regroup = regroup
        self._learning = asyncio.Lock()
        self._taught: tuple[Lesson, ...] = ()
        self._heeded: tuple[Rule, ...] | None = None

    async def correct(
        self, case_ids: Sequence[str], target: Target, value: str, *, as_of: datetime | None = None
    ) -> Taken:
        """Put the cases' verdicts right; at once the desk shows and orders them so.

        A priority, a category and a mood are said of what waits (where nothing waits, of what we answered
        last), noise of everything in the case; never of what came in after `as_of`. A case that is so already
        is left alone, but the priority it happens to have can be chosen: it then no longer rises. One mention
        teaches, the one whose verdict stood for the case. Raises `NotAllowed` for a value the target cannot
        have, `NotFound`.
        """
        check_value(target, value)
        if target is Target.CATEGORY and value == Category.NOISE:
            target, value = Target.NOISE, YES
        now = self._clock.now()
        chosen = tuple(dict.fromkeys(case_ids))
        step: list[UndoStep] = []

        def change(view: StoreView) -> Changes | None:
            cases: list[Case] = []
            acts: list[tuple[str, Corrected]] = []
            swaps: dict[str, Swap[Lesson]] = {}
            for case_id in chosen:
                summary = self._feed.summary(case_id)
                meant = self._meant(summary, target, value, as_of)
                if not meant:
                    continue
                act = Corrected(
                    id=self._new_id(),
                    at=now,
                    mention_keys=tuple(mention.key for mention in meant),
                    target=target,
                    value=value,
                    previous=shown(summary, target, now),
                )
                cases.append(summary.case.with_event(act))
                acts.append((case_id, act))
                teacher = _teacher(summary, meant)
                for key, lesson in _lessons(teacher, target, value, now).items():
                    before = view.lesson(key)
                    if before != lesson:
                        swaps[key] = Swap(key, before, lesson)
            if not acts:
                return None
            step.append(
                UndoStep(verb=f"correct_{target}", at=now, acts=tuple(acts), lessons=tuple(swaps.values()))
            )
            return _changes(view, step[0], cases)

        await self._store.update(change)
        await self.learn([case_id for case_id, _ in step[0].acts] if step else ())
        return Taken(f"correct_{target}", len(step[0].acts) if step else 0, value)

    def _meant(
        self, summary: CaseSummary, target: Target, value: str, as_of: datetime | None
    ) -> list[Mention]:
        """The mentions this correction would change; none where the case is shown so already."""
        if target is not Target.PRIORITY and shown(summary, target, self._clock.now()) == value:
            return []
        mentions = {mention.key: mention for mention in self._feed.mentions(summary.case)}
        meant = list(mentions.values()) if target is Target.NOISE else meant_by(summary, mentions)
        seen = [mention for mention in meant if as_of is None or mention.first_seen_at <= as_of]
        return [mention for mention in seen if not _is_so(summary.case, mention, target, value)]

    async def learn(self, changed: Sequence[str] = ()) -> None:
        """Teach the classifier all lessons, in a thread, and hand on the rules, where either has changed.

        `changed` are the ids of cases whose corrections are others now.
        """
        async with self._learning:
            newest = sorted(self._store.lessons(), key=lambda one: (one.at, one.key))[-TAUGHT:]
            lessons = tuple(newest)
            if lessons != self._taught:
                await asyncio.to_thread(self._classifier.teach, lessons)
                self._taught = lessons
        rules = tuple(self.rules())
        if rules != self._heeded:
            self._heeded = rules
            self._heed(rules)
        if changed and self._regroup is not None:
            await self._regroup(changed)

    def lessons(self) -> list[Lesson]:
        """What was taught, newest first."""
        return sorted(self._store.lessons(), key=lambda one: (one.at, one.key), reverse=True)

    def learned(self) -> Sequence[Learned]:
        """What the classifier has taken from the lessons, the loudest first."""
        return self._classifier.learned()

    def rules(self) -> list[Rule]:
        """The rules in force that came of corrections, the oldest first."""
        return [decision.rule for decision in self.decisions() if decision.accepted]

    def decisions(self) -> list[Decision]:
        """Every proposed rule that was taken or refused for good, the oldest first."""
        return list(self._store.decisions())

    async def forget_all(self) -> Taken:
        """Forget every lesson, rule and refusal. The corrections in the cases stay as they are."""
        return await self._swap("forget", lambda _: True)

    async def forget_rule(self, key: str) -> Taken:
        """Forget one rule, or that it was refused, by its decision's key; raises `NotFound`."""
        return await self._swap("forget_rule", lambda found: found == key)

    async def _swap(self, verb: str, goes: Callable[[str], bool]) -> Taken:
        now = self._clock.now()
        taken: list[Taken] = []

        def change(view: StoreView) -> Changes | None:
            lessons = tuple(Swap(one.key, one, None) for one in view.lessons()) if verb == "forget" else ()
            decisions = tuple(Swap(one.key, one, None) for one in view.decisions() if goes(one.key))
            if not (lessons or decisions):
                return None
            step = UndoStep(verb=verb, at=now, lessons=lessons, decisions=decisions)
            taken.append(Taken(verb, step.count, step.detail))
            return _changes(view, step)

        await self._store.update(change)
        await self.learn()
        if not taken and verb == "forget_rule":
            raise NotFound(N_("this rule does not exist any more"))
        return taken[0] if taken else Taken(verb, 0)

    async def proposal(self, case_id: str, target: Target) -> Proposal | None:
        """A rule the last correction of this case suggests: it is the second of its kind, or a later one.

        None where it is the first, where a rule cannot say such a thing, or where every rule it suggests has
        been taken or refused before.
        """
        if not can_be_ruled(target):
            return None
        lesson = self._lesson_of(case_id, target)
        if lesson is None or not (earlier := similar(lesson, self._store.lessons())[:COMPARED]):
            return None
        writer = self._writer(lesson)
        same_writer = writer is not None and any(self._writer(one) == writer for one in earlier)
        alike = {lesson.mention_key, *(one.mention_key for one in earlier)}
        heard = [mention for mention in list(self._store.mentions())[-HEARD:] if mention.key not in alike]
        phrases = await asyncio.to_thread(self._phrases, lesson, earlier, heard)
        known = {decision.key for decision in self._store.decisions()}

        def is_new(proposal: Proposal, basis: Basis) -> bool:
            return proposal.key(basis) not in known

        by_word = (Proposal(target=target, value=lesson.value, keyword=phrase) for phrase in phrases)
        keyword = next((one.keyword for one in by_word if is_new(one, Basis.KEYWORD)), "")
        by_writer = Proposal(target=target, value=lesson.value, writer=writer if same_writer else None)
        if by_writer.writer is not None and not is_new(by_writer, Basis.AUTHOR):
            by_writer = Proposal(target=target, value=lesson.value)
        if not (keyword or by_writer.writer):
            return None
        return Proposal(target=target, value=lesson.value, keyword=keyword, writer=by_writer.writer)

    def _phrases(self, lesson: Lesson, earlier: list[Lesson], heard: list[Mention]) -> list[str]:
        fold = self._classifier.fold
        others = [fold(mention.post.words) for mention in heard]
        return list(shared_phrase(fold(lesson.text), (fold(one.text) for one in earlier), others))

    def _lesson_of(self, case_id: str, target: Target) -> Lesson | None:
        case = self._store.case(case_id)
        if case is None:
            return None
        found = (self._store.lesson(lesson_key(i.mention_key, target)) for i in case.inbounds)
        return max((one for one in found if one is not None), key=lambda one: one.at, default=None)

    def _writer(self, lesson: Lesson) -> Writer | None:
        """Who wrote the text of a lesson; None once the mention is no longer stored."""
        mention = self._store.mention(lesson.mention_key)
        if mention is None:
            return None
        author = mention.post.author
        return Writer(account=mention.account, id=author.id, handle=author.handle or author.id)

    async def accept(self, proposal: Proposal, basis: Basis, name: str) -> Taken:
        """Make the proposal a rule, told by this name from now on."""
        return await self._decide("add_rule", proposal, {basis: name}, accepted=True)

    async def refuse(self, proposal: Proposal, names: Mapping[Basis, str]) -> Taken:
        """Never propose these rules again; they are told by the names among what was refused."""
        return await self._decide("refuse_rule", proposal, names, accepted=False)

    async def _decide(
        self, verb: str, proposal: Proposal, names: Mapping[Basis, str], *, accepted: bool
    ) -> Taken:
        now = self._clock.now()
        decisions = [
            Decision(key=proposal.key(basis), rule=proposal.rule(basis, name), accepted=accepted, at=now)
            for basis, name in names.items()
        ]
        taken: list[Taken] = []

        def change(view: StoreView) -> Changes | None:
            swaps = tuple(Swap(one.key, view.decision(one.key), one) for one in decisions)
            step = UndoStep(verb=verb, at=now, decisions=swaps)
            taken.append(Taken(verb, step.count, step.detail))
            return _changes(view, step)

        await self._store.update(change)
        await self.learn()
        return taken[0]


def shown(summary: CaseSummary, target: Target, now: datetime) -> str:
    """What the desk shows of a case's target at this moment, as a correction writes it."""
    verdict = summary.verdict
    match target:
        case Target.PRIORITY:
            return summary.priority(now)[0].name
        case Target.CATEGORY:
            return verdict.category.value
        case Target.SENTIMENT:
            return verdict.sentiment.value
        case Target.NOISE:
            return YES if summary.is_noise else NO


def _is_so(case: Case, mention: Mention, target: Target, value: str) -> bool:
    """Whether the mention, corrected already, needs no word more."""
    match target:
        case Target.PRIORITY:
            return says(case.corrections, mention.key, target) == value
        case Target.CATEGORY:
            return mention.verdict.category.value == value
        case Target.SENTIMENT:
            return mention.verdict.sentiment.value == value
        case Target.NOISE:
            return (mention.verdict.category is Category.NOISE) == (value == YES)


def _teacher(summary: CaseSummary, meant: Collection[Mention]) -> Mention:
    """The mention whose text the correction teaches: the one judged, else the most urgent of those meant."""
    return next(
        (mention for mention in meant if mention.key == summary.judged.key),
        min(meant, key=lambda mention: (mention.verdict.priority, -mention.verdict.score)),
    )


def _lessons(mention: Mention, target: Target, value: str, now: datetime) -> dict[str, Lesson | None]:
    """What a correction teaches by key; None where it contradicts what was taught before.

    A category also says whether a text is noise, and noise has no other category.
    """

    def lesson(of: Target, says_it: str) -> tuple[str, Lesson]:
        one = Lesson(mention_key=mention.key, text=mention.post.words, target=of, value=says_it, at=now)
        return one.key, one

    taught: dict[str, Lesson | None] = dict([lesson(target, value)])
    if target is Target.CATEGORY and mention.verdict.category is Category.NOISE:
        taught.update([lesson(Target.NOISE, NO)])
    if target is Target.NOISE and value == YES:
        taught[lesson_key(mention.key, Target.CATEGORY)] = None
    return taught


def _changes(view: StoreView, step: UndoStep, cases: Sequence[Case] = ()) -> Changes:
    """What one step writes, all or nothing."""
    undo = (*view.undo_stack(), step)[-UNDO_DEPTH:]
    return replace(swaps_of(step), cases=cases, undo=undo, redo=())
