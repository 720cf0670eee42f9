"""Complaints of the same are alike in other words, another script or English; others are not."""

import pytest

from kefu_tui.domain.cause import ALIKE
from kefu_tui.nlp import topic_index as module
from kefu_tui.nlp.concepts import MOST_CHARACTERS, ConceptReader, own_words
from kefu_tui.nlp.topic_index import TopicIndex


@pytest.fixture
def index() -> TopicIndex:
    return TopicIndex(["小煎锅"])


def alike(index: TopicIndex, one: str, other: str) -> float:
    """How alike the second complaint is to the first."""
    index.add("one", one, one.split(), aggrieved=True)
    return index.add("other", other, other.split(), aggrieved=True).get("one", 0.0)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("烧水壶的盖子突然弹开，吓死人", "水一開壺蓋就飛起來打到油煙機"),
        ("水壶盖子会飞，谁敢用", "the lid of my kettle shot up and hit the ceiling"),
        ("快递在转运中心一动不动", "包裹卡在分拨三天没更新"),
        ("内胆掉漆，饭里有黑渣", "the nonstick coating of the inner pot is flaking"),
    ],
)
def test_the_same_in_other_words_is_alike(index: TopicIndex, one: str, other: str) -> None:
    assert alike(index, one, other) >= ALIKE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("加湿器漏水，桌子湿了", "加湿器噪音太大，睡不着"),
        ("加湿器漏水，桌子湿了", "保温杯漏水，书包湿了"),
        ("快递在转运中心一动不动", "快递员态度差，把门敲得震天响"),
        ("发错颜色了", "今天的晚霞绝了"),
    ],
)
def test_another_matter_of_the_same_goods_is_not(index: TopicIndex, one: str, other: str) -> None:
    assert alike(index, one, other) < ALIKE


def test_two_who_only_ask_are_less_alike_than_two_who_complain(index: TopicIndex) -> None:
    index.add("one", "水壶漏水正常吗", (), aggrieved=False)
    asking = index.add("two", "水壶会漏水吗", (), aggrieved=False)["one"]
    complaining = index.add("three", "水壶会漏水吗", (), aggrieved=True)["one"]
    assert asking < complaining


def test_without_words_likeness_is_judged_with_more_care(index: TopicIndex) -> None:
    index.add("one", "水壶漏水", [], aggrieved=True)
    with_words = index.add("two", "水壶漏水了", [], aggrieved=True)["one"]
    index.discard("two")
    assert index.add("two", "水壶漏水了", None, aggrieved=True)["one"] < with_words


def test_a_complaint_is_not_alike_to_itself_nor_to_one_forgotten(index: TopicIndex) -> None:
    index.add("one", "水壶漏水", (), aggrieved=True)
    assert not index.add("one", "水壶漏水", (), aggrieved=True)
    index.discard("one")
    index.discard("never held")
    assert index.features == 0
    assert not index.add("two", "水壶漏水", (), aggrieved=True)


@pytest.mark.parametrize(
    "text", ["", " ", "👍", "\ud800\udfff", "\x1b[2J", "https://a.example", "漏" * 100_000, "ab " * 40_000]
)
def test_garbage_is_held_and_alike_to_nothing_by_chance(index: TopicIndex, text: str) -> None:
    index.add("one", "水壶盖子弹开", (), aggrieved=True)
    found = index.add("two", text, (), aggrieved=True)
    assert found.get("one", 0.0) < ALIKE


def test_the_index_stays_under_its_bounds(index: TopicIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_HELD", 50)
    monkeypatch.setattr(module, "MOST_VISITED", 30)
    monkeypatch.setattr(module, "MOST_COMPARED", 5)
    for number in range(300):
        found = index.add(f"{number}", f"水壶漏水 w{number}", [f"w{number}"] * 500, aggrieved=True)
        assert len(found) <= 5
    assert len(index) == 50
    assert index.features <= 50 * (module.MOST_WORDS + module.MOST_PAIRS + 4)


class TestConcepts:
    def test_what_the_shop_sells_is_goods_of_its_own_and_of_its_kind(self) -> None:
        assert ConceptReader(["小煎锅"]).read("小煎锅掉漆").goods == {"小煎锅", "pot"}

    def test_a_latin_form_is_a_whole_word(self) -> None:
        assert "leak" in ConceptReader().read("it leaks").faults
        assert not ConceptReader().read("bleakly").faults

    @pytest.mark.parametrize(
        "text", ["没有异味", "不漏水", "not one crack", "no smell at all", "it doesn't leak"]
    )
    def test_a_fault_that_is_denied_is_none(self, text: str) -> None:
        assert not ConceptReader().read(text).faults

    def test_only_the_authors_own_words_count(self) -> None:
        text = "同感[doge] https://a.example/漏水 @漏水 //@别人: 我的水壶漏水"
        assert own_words(text).split() == ["同感"]
        assert len(own_words("字" * 100_000)) == MOST_CHARACTERS
