"""Near-copies are found whatever was changed around the edges; what merely says the same is none."""

import pytest

from kefu_tui.nlp import shingles as module
from kefu_tui.nlp.shingles import SKETCH, ShingleIndex, shingles

AD = "同款铁壶平替戳我主页，厂家直发只要一半价，今晚前100名送茶漏！"


@pytest.fixture
def index() -> ShingleIndex:
    return ShingleIndex()


@pytest.mark.parametrize(
    "copy",
    [
        AD,
        "同款铁壶平替戳我主页,厂家直发只要一半价,今晚前300名送茶漏~~~",
        "同款鐵壺平替戳我主頁，廠家直發只要一半價，今晚前50名送茶漏",
        AD + " https://shop.example/x @somebody",
        "家人们别慌，" + AD,
    ],
)
def test_a_copy_with_other_figures_script_or_link_is_a_copy(index: ShingleIndex, copy: str) -> None:
    assert not index.add("first", AD)
    assert list(index.add("second", copy)) == ["first"]


def test_the_same_complaint_in_other_words_is_no_copy(index: ShingleIndex) -> None:
    index.add("first", "吹风机吹着吹着突然冒火花，吓得我直接扔地上了")
    assert not index.add("second", "刚才吹头发，出风口里面一闪一闪的有火光，这还能用吗？？")


@pytest.mark.parametrize(
    "text", ["", "谢谢", "在吗？？？？", "👍👍👍👍👍👍👍👍👍👍👍👍", "https://a.example/very/long/link"]
)
def test_what_is_too_short_is_a_copy_of_nothing(index: ShingleIndex, text: str) -> None:
    index.add("first", text)
    assert not index.add("second", text)
    assert len(index) == 0


def test_a_long_copy_is_found_as_a_part_of_a_longer_text(index: ShingleIndex) -> None:
    index.add("first", AD)
    assert index.add("second", AD + "另外店里还有茶盘茶宠茶刀茶针可以搭配购买，欢迎来问")


@pytest.mark.parametrize(
    "text", ["\ud83d\ude00\ud800" * 40 + AD, "\x00\x1b[31m" * 30 + AD, "a" * 100_000, "字" * 100_000]
)
def test_garbage_is_read_like_any_text(index: ShingleIndex, text: str) -> None:
    index.add("first", text)
    assert len(shingles(text)) <= module.MOST_SHINGLES


def test_a_text_that_is_forgotten_is_not_found(index: ShingleIndex) -> None:
    index.add("first", AD)
    index.discard("first")
    index.discard("never held")
    assert not index.add("second", AD)
    assert index.hashes <= SKETCH


def test_the_index_stays_under_its_bounds(index: ShingleIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_HELD", 20)
    monkeypatch.setattr(module, "MOST_BEHIND_ONE", 5)
    for number in range(200):
        index.add(f"copy {number}", AD)
        index.add(
            f"own {number}", "".join(chr(0x4E00 + (number * 97 + at * 31) % 20_000) for at in range(40))
        )
    assert len(index) == 20
    assert index.hashes <= 20 * SKETCH
    assert 1 <= len(index.add("last", AD)) <= 5 * SKETCH
