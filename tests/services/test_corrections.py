"""Corrections as the desk makes them: durable at once, taught, undone in one step, offered as a rule."""

import asyncio
from itertools import count

import pytest

from kefu_tui.domain.clocks import Targets
from kefu_tui.domain.errors import NotAllowed, NotFound, StoreError
from kefu_tui.domain.feed import View
from kefu_tui.domain.lessons import Target
from kefu_tui.domain.mention import Mention
from kefu_tui.domain.proposals import Basis
from kefu_tui.domain.rules import Rule
from kefu_tui.domain.triage import DEFAULT_POLICY
from kefu_tui.domain.verdict import Category, Priority, Sentiment, Verdict
from kefu_tui.ports import Changes
from kefu_tui.services import corrections as service
from kefu_tui.services.corrections import Corrections
from kefu_tui.services.desk import Desk, Taken
from kefu_tui.services.feed import Feed
from kefu_tui.services.intake import Intake
from tests.builders import (
    ACCOUNT,
    a_case,
    a_lesson,
    a_mention,
    a_post,
    a_text_verdict,
    a_verdict,
    an_author,
    an_inbound,
    an_outbound,
    at,
    minutes,
)
from tests.fakes import FakeChannel, FakeClassifier, FakeClock, MemoryBackend, memory_store

LIN = a_mention("杯盖又裂了", id="lin")
WANG = a_mention("你家杯盖是纸做的", id="wang", author=an_author("wang"))
ZHAO = a_mention("求优惠券", id="zhao", author=an_author("zhao"))
EVERYBODY = (LIN, WANG, ZHAO)


class Shop:
    """One process at the desk, over a backend that outlives it."""

    def __init__(self, backend: MemoryBackend, clock: FakeClock) -> None:
        self.backend, self.clock = backend, clock
        self.store = memory_store(backend)
        self.classifier = FakeClassifier()
        self.feed = Feed(self.store, self.classifier, clock, Targets(), big=10_000)
        ids = count(len(backend.batches))

        def new_id() -> str:
            return f"a{next(ids)}"

        self.heeded: list[list[Rule]] = []
        self.corrections = Corrections(
            self.store,
            self.feed,
            self.classifier,
            clock,
            new_id,
            lambda rules: self.heeded.append(list(rules)),
        )
        self.desk = Desk(self.store, clock, new_id, learn=self.corrections.learn)

    def restarted(self) -> "Shop":
        return Shop(self.backend, self.clock)

    def verdict(self, mention: Mention = LIN) -> Verdict:
        return self.feed.summary(mention.case_id).verdict

    async def correct(self, mention: Mention, target: Target, value: str) -> Taken:
        self.clock.advance(minutes(1))
        return await self.corrections.correct([mention.case_id], target, value)

    async def arrive(self, *mentions: Mention) -> None:
        await self.store.update(lambda _: Changes(mentions=mentions, cases=[a_case([m]) for m in mentions]))

    @property
    def taught(self) -> list[tuple[str, str]]:
        return [(lesson.mention_key, lesson.value) for lesson in self.classifier.lessons]


@pytest.fixture
async def shop() -> Shop:
    shop = Shop(MemoryBackend(), FakeClock(at(10)))
    await shop.arrive(*EVERYBODY)
    return shop


class TestCorrecting:
    async def test_it_holds_at_once_and_after_a_restart(self, shop: Shop) -> None:
        assert await shop.correct(LIN, Target.PRIORITY, "P0") == Taken("correct_priority", 1, "P0")
        assert shop.verdict().priority is Priority.P0
        assert shop.restarted().verdict().priority is Priority.P0

    async def test_it_comes_first_in_the_feed(self, shop: Shop) -> None:
        await shop.correct(ZHAO, Target.PRIORITY, "P0")
        assert shop.feed.view(View.WAITING)[0].case.id == ZHAO.case_id

    async def test_case_lesson_and_undo_are_one_write(self, shop: Shop) -> None:
        before = len(shop.backend.batches)
        await shop.correct(LIN, Target.PRIORITY, "P0")
        [batch] = shop.backend.batches[before:]
        assert {"cases", "lessons", "undo"} <= batch.keys()

    async def test_when_the_disk_refuses_nothing_is_corrected_and_nothing_learned(self, shop: Shop) -> None:
        shop.backend.failures.append(StoreError("full"))
        with pytest.raises(StoreError):
            await shop.correct(LIN, Target.PRIORITY, "P0")
        assert shop.verdict().priority is Priority.P2
        assert shop.taught == []
        assert await shop.desk.undo() is None

    async def test_several_cases_are_one_step(self, shop: Shop) -> None:
        ids = [mention.case_id for mention in EVERYBODY]
        taken = await shop.corrections.correct([*ids, ids[0]], Target.SENTIMENT, "neg")
        assert taken == Taken("correct_sentiment", 3, "neg")
        assert await shop.desk.undo() == taken
        assert list(shop.store.lessons()) == []

    async def test_what_is_so_already_is_no_act(self, shop: Shop) -> None:
        assert (await shop.correct(LIN, Target.CATEGORY, Category.QUESTION)).cases == 0
        assert (await shop.correct(LIN, Target.PRIORITY, "P0")).cases == 1
        assert (await shop.correct(LIN, Target.PRIORITY, "P0")).cases == 0
        assert len(shop.store.undo_stack()) == 1

    async def test_what_the_row_says_already_is_not_put_upon_the_messages_beneath_it(
        self, shop: Shop
    ) -> None:
        bump = a_mention(
            "？？？",
            id="lin-2",
            posted_at=at(8),
            verdict=a_verdict(Priority.P3, sentiment=Sentiment.POSITIVE),
        )
        case = shop.store.case(LIN.case_id)
        assert case is not None
        grown = case.with_event(an_inbound(bump))
        await shop.store.update(lambda _: Changes(mentions=[bump], cases=[grown]))
        assert (await shop.correct(LIN, Target.SENTIMENT, "neu")).cases == 0
        assert shop.taught == []

    @pytest.mark.parametrize(
        ("target", "value"), [(Target.CATEGORY, "complaints"), (Target.PRIORITY, "P9"), (Target.NOISE, "")]
    )
    async def test_a_value_nobody_knows_is_refused(self, shop: Shop, target: Target, value: str) -> None:
        with pytest.raises(NotAllowed):
            await shop.correct(LIN, target, value)
        assert list(shop.store.lessons()) == []

    async def test_a_case_nobody_knows_stops_the_whole_act(self, shop: Shop) -> None:
        with pytest.raises(NotFound):
            await shop.corrections.correct([LIN.case_id, "case/none"], Target.PRIORITY, "P0")
        assert shop.verdict().priority is Priority.P2

    async def test_what_came_in_unseen_is_not_meant(self, shop: Shop) -> None:
        later = a_mention("快递员受伤了", id="lin-2", posted_at=at(12), verdict=a_verdict(Priority.P1))
        case = shop.store.case(LIN.case_id)
        assert case is not None
        grown = case.with_event(an_inbound(later))
        await shop.store.update(lambda _: Changes(mentions=[later], cases=[grown]))
        await shop.corrections.correct([LIN.case_id], Target.PRIORITY, "P3", as_of=at(10))
        assert shop.verdict().priority is Priority.P1

    async def test_a_message_after_the_correction_is_judged_on_its_own(self, shop: Shop) -> None:
        await shop.correct(LIN, Target.PRIORITY, "P3")
        later = a_mention("还不处理我就曝光", id="lin-2", posted_at=at(12), verdict=a_verdict(Priority.P0))
        case = shop.store.case(LIN.case_id)
        assert case is not None
        grown = case.with_event(an_inbound(later))
        await shop.store.update(lambda _: Changes(mentions=[later], cases=[grown]))
        assert shop.verdict().priority is Priority.P0

    async def test_an_answered_case_is_corrected_in_what_we_answered(self, shop: Shop) -> None:
        case = shop.store.case(LIN.case_id)
        assert case is not None
        answered = case.with_event(an_outbound([LIN]))
        await shop.store.update(lambda _: Changes(cases=[answered]))
        await shop.correct(LIN, Target.CATEGORY, Category.DELIVERY)
        assert shop.verdict().category is Category.DELIVERY

    async def test_an_edit_of_the_post_keeps_the_correction(self) -> None:
        clock = FakeClock(at(0))
        shop = Shop(MemoryBackend(), clock)
        channel = FakeChannel(clock)
        intake = Intake(shop.store, [channel], shop.classifier, clock, DEFAULT_POLICY, {ACCOUNT: minutes(1)})
        await intake.poll(ACCOUNT)
        channel.will_tell(a_post("杯盖裂了", id="e1"), at=at(0))
        await intake.poll(ACCOUNT)
        mention = shop.store.mention(f"{ACCOUNT}:e1")
        assert mention is not None
        await shop.correct(mention, Target.PRIORITY, "P0")

        shop.classifier.default = a_text_verdict(Priority.P3, category=Category.PRAISE)
        channel.will_tell(a_post("杯盖换新了，谢谢", id="e1", edited_at=at(2)), at=clock.now())
        await intake.poll(ACCOUNT)

        assert shop.verdict(mention).priority is Priority.P0
        assert shop.verdict(mention).category is Category.PRAISE


class TestNoise:
    async def test_by_hand_a_case_goes_to_the_noise_and_comes_back_with_its_real_wait(
        self, shop: Shop
    ) -> None:
        await shop.correct(LIN, Target.NOISE, "true")
        assert [one.case.id for one in shop.feed.view(View.NOISE)] == [LIN.case_id]
        assert LIN.case_id not in [one.case.id for one in shop.feed.view(View.WAITING)]

        await shop.correct(LIN, Target.NOISE, "false")
        back = shop.feed.summary(LIN.case_id)
        assert not back.is_noise
        assert back.waiting_since == LIN.post.posted_at
        assert back.due is not None

    async def test_the_category_noise_is_the_same_as_noise(self, shop: Shop) -> None:
        assert (await shop.correct(LIN, Target.CATEGORY, Category.NOISE)).verb == "correct_noise"
        assert [(one.target, one.value) for one in shop.store.lessons()] == [(Target.NOISE, "true")]

    async def test_a_category_says_that_it_is_no_noise(self, shop: Shop) -> None:
        await shop.correct(LIN, Target.NOISE, "true")
        await shop.correct(LIN, Target.CATEGORY, Category.COMPLAINT)
        assert shop.verdict().category is Category.COMPLAINT
        taught = {(one.target, one.value) for one in shop.store.lessons()}
        assert taught == {(Target.NOISE, "false"), (Target.CATEGORY, "投诉")}

    async def test_noise_takes_back_the_category_that_was_taught(self, shop: Shop) -> None:
        await shop.correct(LIN, Target.CATEGORY, Category.COMPLAINT)
        await shop.correct(LIN, Target.NOISE, "true")
        assert {one.target for one in shop.store.lessons()} == {Target.NOISE}
        await shop.desk.undo()
        assert {one.target for one in shop.store.lessons()} == {Target.CATEGORY}


class TestLessons:
    async def test_each_correction_is_taught_at_once_the_newest_value_of_a_mention(self, shop: Shop) -> None:
        await shop.correct(LIN, Target.PRIORITY, "P0")
        await shop.correct(WANG, Target.PRIORITY, "P1")
        await shop.correct(LIN, Target.PRIORITY, "P3")
        assert shop.taught == [(WANG.key, "P1"), (LIN.key, "P3")]
        assert shop.classifier.lessons[-1].text == LIN.post.text

    async def test_a_start_teaches_what_was_learned_before(self, shop: Shop) -> None:
        await shop.correct(LIN, Target.PRIORITY, "P0")
        again = shop.restarted()
        await again.corrections.learn()
        assert again.taught == [(LIN.key, "P0")]

    async def test_undo_takes_the_lesson_back_and_redo_gives_it_again(self, shop: Shop) -> None:
        await shop.correct(LIN, Target.PRIORITY, "P0")
        await shop.correct(LIN, Target.PRIORITY, "P3")
        assert await shop.desk.undo() == Taken("correct_priority", 1, "P3")
        assert shop.taught == [(LIN.key, "P0")]
        assert shop.verdict().priority is Priority.P0
        again = shop.restarted()
        assert await again.desk.undo() == Taken("correct_priority", 1, "P0")
        assert again.taught == []
        assert again.verdict().priority is Priority.P2
        await again.desk.redo()
        await again.desk.redo()
        assert again.taught == [(LIN.key, "P3")]
        assert again.verdict().priority is Priority.P3

    async def test_of_a_case_with_several_messages_the_one_judged_teaches(self, shop: Shop) -> None:
        bump = a_mention("在吗", id="lin-2", posted_at=at(8), verdict=a_verdict(Priority.P3))
        case = shop.store.case(LIN.case_id)
        assert case is not None
        grown = case.with_event(an_inbound(bump))
        await shop.store.update(lambda _: Changes(mentions=[bump], cases=[grown]))
        await shop.correct(LIN, Target.PRIORITY, "P0")
        assert shop.taught == [(LIN.key, "P0")]

    async def test_only_the_newest_lessons_are_taught(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(service, "TAUGHT", 3)
        old = [a_lesson(mention_key=f"shop:old{n}", at=at(n)) for n in range(5)]
        await shop.store.update(lambda _: Changes(lessons=old))
        await shop.corrections.learn()
        assert [key for key, _ in shop.taught] == ["shop:old2", "shop:old3", "shop:old4"]

    async def test_teaching_does_not_hold_up_the_event_loop(self, shop: Shop) -> None:
        seen: list[bool] = []

        def teach(_lessons: object) -> None:
            try:
                asyncio.get_running_loop()
            except RuntimeError:
                seen.append(True)

        shop.classifier.teach = teach  # type: ignore[method-assign]
        await shop.correct(LIN, Target.PRIORITY, "P0")
        assert seen == [True], "no loop runs in the thread that is taught in"

    async def test_forgetting_keeps_the_corrections_and_is_one_step_of_undo(self, shop: Shop) -> None:
        await shop.correct(LIN, Target.PRIORITY, "P0")
        await shop.correct(WANG, Target.PRIORITY, "P0")
        assert (await shop.corrections.forget_all()).verb == "forget"
        assert shop.taught == []
        assert shop.verdict().priority is Priority.P0
        await shop.desk.undo()
        assert len(shop.taught) == 2

    async def test_with_nothing_learned_there_is_nothing_to_forget(self, shop: Shop) -> None:
        assert await shop.corrections.forget_all() == Taken("forget", 0)
        assert list(shop.store.undo_stack()) == []


NAMES = {Basis.KEYWORD: "“杯盖” → P0", Basis.AUTHOR: "@lin → P0"}


class TestProposals:
    async def test_the_first_correction_offers_nothing(self, shop: Shop) -> None:
        await shop.correct(LIN, Target.PRIORITY, "P0")
        assert await shop.corrections.proposal(LIN.case_id, Target.PRIORITY) is None

    async def test_the_second_of_the_same_words_offers_a_rule(self, shop: Shop) -> None:
        await shop.correct(LIN, Target.PRIORITY, "P0")
        await shop.correct(WANG, Target.PRIORITY, "P0")
        proposal = await shop.corrections.proposal(WANG.case_id, Target.PRIORITY)
        assert proposal is not None
        assert (proposal.keyword, proposal.writer) == ("杯盖", None)

    async def test_the_second_of_the_same_author_offers_a_rule_by_author(self, shop: Shop) -> None:
        again = a_mention("今天天气", id="zhao-2", author=an_author("zhao"))
        await shop.arrive(again)
        await shop.correct(ZHAO, Target.NOISE, "true")
        await shop.correct(again, Target.NOISE, "true")
        proposal = await shop.corrections.proposal(again.case_id, Target.NOISE)
        assert proposal is not None
        assert proposal.keyword == ""
        assert proposal.writer is not None
        assert proposal.writer.id == "zhao"

    async def test_another_value_or_another_target_is_not_similar(self, shop: Shop) -> None:
        await shop.correct(LIN, Target.PRIORITY, "P0")
        await shop.correct(WANG, Target.PRIORITY, "P1")
        assert await shop.corrections.proposal(WANG.case_id, Target.PRIORITY) is None
        await shop.correct(WANG, Target.CATEGORY, Category.QUALITY)
        assert await shop.corrections.proposal(WANG.case_id, Target.CATEGORY) is None

    async def test_words_that_many_others_use_are_not_offered(self, shop: Shop) -> None:
        crowd = [a_mention("杯盖好看", id=f"c{n}", author=an_author(f"c{n}")) for n in range(5)]
        await shop.arrive(*crowd)
        await shop.correct(LIN, Target.PRIORITY, "P0")
        await shop.correct(WANG, Target.PRIORITY, "P0")
        assert await shop.corrections.proposal(WANG.case_id, Target.PRIORITY) is None

    async def test_a_mood_is_never_a_rule(self, shop: Shop) -> None:
        await shop.correct(LIN, Target.SENTIMENT, "neg")
        await shop.correct(WANG, Target.SENTIMENT, "neg")
        assert await shop.corrections.proposal(WANG.case_id, Target.SENTIMENT) is None

    async def _twice(self, shop: Shop):  # type: ignore[no-untyped-def]
        await shop.correct(LIN, Target.PRIORITY, "P0")
        await shop.correct(WANG, Target.PRIORITY, "P0")
        proposal = await shop.corrections.proposal(WANG.case_id, Target.PRIORITY)
        assert proposal is not None
        return proposal

    async def test_an_accepted_rule_is_in_force_and_survives_a_restart(self, shop: Shop) -> None:
        proposal = await self._twice(shop)
        taken = await shop.corrections.accept(proposal, Basis.KEYWORD, NAMES[Basis.KEYWORD])
        assert taken == Taken("add_rule", 1, NAMES[Basis.KEYWORD])
        [rule] = shop.restarted().corrections.rules()
        assert (rule.name, rule.keywords, rule.priority) == ("“杯盖” → P0", ("杯盖",), Priority.P0)
        assert shop.heeded[-1] == [rule]
        assert await shop.corrections.proposal(WANG.case_id, Target.PRIORITY) is None

    async def test_a_rule_is_undone_redone_and_deleted(self, shop: Shop) -> None:
        proposal = await self._twice(shop)
        await shop.corrections.accept(proposal, Basis.KEYWORD, "r")
        assert await shop.desk.undo() == Taken("add_rule", 1, "r")
        assert shop.corrections.rules() == []
        assert shop.heeded[-1] == []
        await shop.desk.redo()
        [decision] = shop.corrections.decisions()
        assert await shop.corrections.forget_rule(decision.key) == Taken("forget_rule", 1, "r")
        assert shop.corrections.rules() == []
        await shop.desk.undo()
        assert [rule.name for rule in shop.corrections.rules()] == ["r"]

    async def test_a_rule_nobody_knows_cannot_be_deleted(self, shop: Shop) -> None:
        with pytest.raises(NotFound):
            await shop.corrections.forget_rule("priority=P0/keyword=无")

    async def test_what_was_refused_for_good_is_not_asked_again_also_after_a_restart(
        self, shop: Shop
    ) -> None:
        proposal = await self._twice(shop)
        names = {basis: NAMES[basis] for basis in proposal.bases}
        assert (await shop.corrections.refuse(proposal, names)).verb == "refuse_rule"
        assert shop.corrections.rules() == []
        again = shop.restarted()
        assert await again.corrections.proposal(WANG.case_id, Target.PRIORITY) is None
        await again.desk.undo()
        assert await again.corrections.proposal(WANG.case_id, Target.PRIORITY) is not None

    async def test_forgetting_everything_forgets_rules_and_refusals(self, shop: Shop) -> None:
        proposal = await self._twice(shop)
        await shop.corrections.accept(proposal, Basis.KEYWORD, "r")
        await shop.corrections.forget_all()
        assert shop.corrections.decisions() == []
        await shop.desk.undo()
        assert [rule.name for rule in shop.corrections.rules()] == ["r"]
