"""While a reply is written: what others were told who wrote alike, and how the reply sounds."""

import pytest

from kefu_tui.domain.mention import Mention
from kefu_tui.domain.tone_phrases import Fault
from kefu_tui.domain.verdict import Category
from kefu_tui.nlp.folding import fold
from kefu_tui.ports import Changes
from kefu_tui.services.consistency import Consistency
from kefu_tui.services.desk import Desk
from kefu_tui.storage.desk_store import DeskStore
from tests.builders import a_case, a_mention, a_verdict, an_author, an_outbound, at
from tests.fakes import FakeClassifier, FakeClock, memory_store


class Reader(FakeClassifier):
    """Folds as the program does."""

    def fold(self, text: str) -> str:
        return fold(text)


@pytest.fixture
def store() -> DeskStore:
    return memory_store()


@pytest.fixture
def consistency(store: DeskStore) -> Consistency:
    return Consistency(store, Reader(), FakeClock(at(60)), at(0).tzinfo, ("13800000000",))  # type: ignore[arg-type]


async def keep(store: DeskStore, text: str, name: str, reply: str = "", minute: int = 0) -> Mention:
    """A customer's text in a case of its own, answered where a reply is given."""
    lead = a_mention(
        text=text,
        id=f"p-{name}",
        author=an_author(name),
        posted_at=at(minute),
        case_id=f"case/{name}",
        verdict=a_verdict(category=Category.QUESTION),
    )
    then = [an_outbound([lead], id=f"r-{name}", text=reply, at=at(minute + 1))] if reply else []
    case = a_case([lead], id=f"case/{name}", then=then)
    await store.update(lambda _view: Changes(cases=[case], mentions=[lead]))
    return lead


async def test_the_last_answers_to_texts_alike_come_with_the_latest_first(
    store: DeskStore, consistency: Consistency
) -> None:
    await keep(store, "壶盖漏水怎么办", "a", "换新盖，今天寄。", 1)
    await keep(store, "我的壶盖也漏水了", "b", "换新盖，明天寄。", 2)
    await keep(store, "周末发货吗", "c", "发的。", 3)
    await keep(store, "壶盖一直漏水，怎么处理", "now", minute=4)
    found = await consistency.similar("case/now")
    assert [one.answer.text for one in found] == ["换新盖，明天寄。", "换新盖，今天寄。"]


async def test_the_case_itself_is_not_another_customer(store: DeskStore, consistency: Consistency) -> None:
    await keep(store, "壶盖漏水怎么办", "a", "换新盖。")
    assert await consistency.similar("case/a") == []


async def test_what_was_answered_meanwhile_is_known_the_next_time(
    store: DeskStore, consistency: Consistency
) -> None:
    await keep(store, "壶盖漏水怎么办", "now")
    assert await consistency.similar("case/now") == []
    await keep(store, "壶盖漏水了怎么办呢", "a", "换新盖。", 1)
    assert [one.answer.handle for one in await consistency.similar("case/now")] == ["a@example.social"]


async def test_an_empty_desk_and_a_case_that_is_gone_have_nothing(consistency: Consistency) -> None:
    assert await consistency.similar("case/nobody") == []


async def test_the_findings_know_the_question_the_audience_and_what_was_said(
    store: DeskStore, consistency: Consistency
) -> None:
    await keep(store, "周末发货吗？", "a", "我在的，周末也给您发，下单当天走。", 1)
    await keep(store, "周末发货吗？", "b", "我在的，周末也给您发，下单当天走。", 2)
    await keep(store, "你们周末发货吗？", "now", minute=3)
    await consistency.prepare()
    desk = Desk(store, FakeClock(at(60)), lambda: "id")

    def faults(text: str) -> list[Fault]:
        return [f.fault for f in consistency.findings(desk.request("case/now", text))]

    assert faults("谢谢支持！") == [Fault.UNANSWERED]
    assert faults("我在的，周末也给您发，下单当天走。") == [Fault.VERBATIM]
    assert faults("发的，打13912345678催我。") == [Fault.PRIVATE]
    assert faults("发的，打13800000000催我。") == []
    assert faults("") == []
