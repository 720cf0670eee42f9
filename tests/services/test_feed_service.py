"""The feed reads each revision of the store once, and finds whatever was ever stored."""

import pytest

from kefu_tui.domain.case import Closed, Outbound
from kefu_tui.domain.clocks import Targets
from kefu_tui.domain.errors import NotFound
from kefu_tui.domain.feed import View
from kefu_tui.domain.mention import Mention
from kefu_tui.domain.search import QueryError
from kefu_tui.domain.triage import Weights
from kefu_tui.domain.verdict import Category, Priority
from kefu_tui.ports import Changes
from kefu_tui.services.feed import Feed, neighbour
from tests.builders import a_case, a_mention, a_verdict, an_author, an_outbound, at
from tests.fakes import FakeClassifier, FakeClock, memory_store

LATE = a_mention("包裹没到", id="late")
URGENT = a_mention(
    "漏电！", id="urgent", author=an_author("wang"), posted_at=at(95), verdict=a_verdict(Priority.P0)
)
NOISE = a_mention("免费抽奖", id="ad", author=an_author("bot"), verdict=a_verdict(category=Category.NOISE))


class Shop:
    def __init__(self) -> None:
        self.store = memory_store()
        self.clock = FakeClock(at(100))
        self.classifier = FakeClassifier()
        self.feed = Feed(self.store, self.classifier, self.clock, Targets(), big=10_000)

    async def has(self, *mentions: Mention, then: tuple[Closed | Outbound, ...] = ()) -> None:
        cases = [a_case([mention], then=then) for mention in mentions]
        await self.store.update(lambda _: Changes(mentions=mentions, cases=cases))

    def shows(self, view: View = View.WAITING, query: str = "") -> list[str]:
        return [row.lead.post.id for row in self.feed.view(view, self.feed.query(query))]


@pytest.fixture
async def shop() -> Shop:
    shop = Shop()
    await shop.has(LATE, URGENT, NOISE)
    return shop


async def test_a_view_shows_its_cases_most_urgent_first(shop: Shop) -> None:
    assert shop.shows() == ["late", "urgent"]
    assert shop.shows(View.NOISE) == ["ad"]


async def test_the_counts_are_those_of_the_views(shop: Shop) -> None:
    await shop.has(a_mention(id="done", author=an_author("li")), then=(Closed(id="c", at=at(1)),))
    counts = shop.feed.counts()
    assert counts == {view: len(shop.feed.view(view)) for view in View}
    assert (counts[View.WAITING], counts[View.ALL], counts[View.CLOSED]) == (2, 4, 1)


async def test_a_tag_is_found_as_the_category_is_folded_and_in_either_language(shop: Shop) -> None:
    tagged = a_mention(id="tagged", author=an_author("li"), verdict=a_verdict(tags=("Recall", "壶盖")))
    await shop.has(tagged)
    for query in ("tag:recall", "tag:RECALL", "标签:壶", "-tag:recall tag:recall -is:noise tag:壶盖"):
        assert shop.shows(query=query) == (["tagged"] if not query.startswith("-") else []), query
    assert set(shop.shows(query="tag:咨询")) == {"late", "urgent", "tagged"}
    assert shop.shows(query="tag:noise") == ["ad"]
    assert shop.shows(query="recall") == []  # a tag is not what somebody wrote


async def test_the_weights_of_the_founder_reach_the_rows(shop: Shop) -> None:
    shop.feed = Feed(
        shop.store, shop.classifier, shop.clock, Targets(), big=10_000, weights=Weights(waiting=0)
    )
    shop.clock.jump(at(9_000))
    assert shop.feed.summary(LATE.case_id).priority(shop.clock.now())[0] is Priority.P2


async def test_a_row_changes_when_its_case_does(shop: Shop) -> None:
    before = shop.feed.summary(LATE.case_id)
    await shop.has(LATE, then=(an_outbound([LATE]),))
    assert shop.feed.summary(LATE.case_id) != before
    assert shop.shows(View.WAITING_THEM) == ["late"]


async def test_a_row_changes_when_only_a_mention_of_it_does(shop: Shop) -> None:
    shop.shows()
    amended = LATE.amended(LATE.post, a_verdict(Priority.P0))
    await shop.store.update(lambda _: Changes(mentions=[amended]))
    assert shop.feed.summary(LATE.case_id).verdict.priority is Priority.P0
    assert [row.verdict.priority for row in shop.feed.view(View.WAITING)] == [Priority.P0] * 2


async def test_rows_nothing_happened_to_are_the_same_objects(shop: Shop) -> None:
    before = {row.case.id: row for row in shop.feed.summaries()}
    await shop.has(URGENT, then=(an_outbound([URGENT]),))
    after = {row.case.id: row for row in shop.feed.summaries()}
    assert after[LATE.case_id] is before[LATE.case_id]
    assert after[URGENT.case_id] is not before[URGENT.case_id]


async def test_time_alone_moves_a_case_into_due_soon(shop: Shop) -> None:
    fresh = a_mention(id="fresh", author=an_author("zhao"), posted_at=at(100))
    await shop.has(fresh)
    assert "fresh" not in shop.shows(View.DUE_SOON)
    shop.clock.jump(at(150))
    assert "fresh" in shop.shows(View.DUE_SOON)


async def test_a_case_nobody_knows_is_not_found(shop: Shop) -> None:
    with pytest.raises(NotFound):
        shop.feed.summary("case/none")


async def test_a_case_whose_mentions_cannot_be_read_does_not_take_the_others_with_it(shop: Shop) -> None:
    lost = a_mention(id="lost")
    await shop.store.update(lambda _: Changes(cases=[a_case([lost])]))
    assert shop.shows() == ["late", "urgent"]
    with pytest.raises(NotFound):
        shop.feed.summary(lost.case_id)


class TestSearch:
    async def test_it_looks_through_everything_ever_stored_whatever_the_view(self, shop: Shop) -> None:
        await shop.has(a_mention("壶盖", id="done", author=an_author("li")), then=(Closed(id="c", at=at(1)),))
        assert shop.shows(View.WAITING, "壶盖") == ["done"]
        assert shop.shows(View.PRAISE, "抽奖") == ["ad"]

    async def test_it_finds_what_we_answered_and_what_stood_there_before_an_edit(self, shop: Shop) -> None:
        await shop.has(LATE, then=(an_outbound([LATE], text="已补发"),))
        assert shop.shows(query="补发") == ["late"]
        edited = a_mention("好了", id="late", earlier_texts=("气死我了",))
        await shop.store.update(lambda _: Changes(mentions=[edited]))
        assert shop.shows(query="气死") == ["late"]

    async def test_it_finds_people_by_name_and_handle(self, shop: Shop) -> None:
        assert shop.shows(query="from:wang@") == ["urgent"]

    async def test_it_finds_by_pinyin_initials(self, shop: Shop) -> None:
        shop.classifier.initials = lambda text: "bgmd" if "包裹没到" in text else ""  # type: ignore[method-assign]
        assert shop.shows(query="gm") == ["late"]

    async def test_a_text_is_folded_once_while_nothing_happens_to_it(self, shop: Shop) -> None:
        folded: list[str] = []

        def fold(text: str) -> str:
            folded.append(text)
            return text.lower()

        shop.classifier.fold = fold  # type: ignore[method-assign]
        shop.shows(query="包裹")
        folded.clear()
        shop.shows(query="包裹没")
        assert folded == ["包裹没"]

    async def test_nonsense_is_said_to_be_nonsense(self, shop: Shop) -> None:
        with pytest.raises(QueryError):
            shop.feed.query("is:whatever")


class TestNeighbour:
    def test_after_a_row_comes_the_one_below(self) -> None:
        assert neighbour(["a", "b", "c"], "b") == "c"

    def test_after_the_last_the_one_above(self) -> None:
        assert neighbour(["a", "b", "c"], "c") == "b"

    def test_after_the_only_one_nothing(self) -> None:
        assert neighbour(["a"], "a") is None

    def test_of_a_row_no_longer_there_the_first(self) -> None:
        assert neighbour(["a", "b"], "gone") == "a"
        assert neighbour([], "gone") is None
