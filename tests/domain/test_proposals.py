"""What two corrections have in common: the words of a rule."""

import pytest

from kefu_tui.domain.lessons import Target
from kefu_tui.domain.proposals import Basis, Proposal, Writer, shared_phrase, similar
from kefu_tui.domain.verdict import Category, Priority
from tests.builders import a_lesson, at


def best(text: str, *earlier: str, others: tuple[str, ...] = ()) -> str:
    return next(shared_phrase(text, earlier, others), "")


@pytest.mark.parametrize(
    ("one", "other", "phrase"),
    [
        ("保温杯的杯盖又裂了", "你们家杯盖是纸糊的？", "杯盖"),
        ("求一张优惠券", "优惠券怎么领", "优惠券"),
        ("the lid leaks again", "my lid leaks since monday", "leaks"),
        ("where is my warranty card", "lost the warranty card", "warranty card"),
        ("扫码领红包 https://a.example/x", "红包群 https://a.example/x", "红包"),
    ],
)
def test_the_words_both_texts_hold(one: str, other: str, phrase: str) -> None:
    assert best(one, other) == phrase


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("你们的东西真不错", "我的快递呢"),
        ("this is what they have", "have this"),
        ("abc", "abc"),
        ("😀😀", "😀😀"),
        ("@lin 看看", "@lin 在吗"),
        ("", ""),
    ],
)
def test_particles_and_small_words_are_nothing_in_common(one: str, other: str) -> None:
    assert best(one, other) == ""


def test_words_everybody_uses_are_passed_over() -> None:
    crowd = tuple(f"第{n}单，包装很好" for n in range(60))
    assert best("包装进水，杯盖裂", "杯盖裂，包装破", others=crowd) == "杯盖裂"


def test_the_longest_is_taken_and_of_equals_the_rarest() -> None:
    assert best("退货地址发一下", "要退货地址") == "退货地址"
    found = list(shared_phrase("杯盖和茶漏", ["茶漏歪，杯盖松"], ["杯盖好看"]))
    assert found == ["茶漏", "杯盖"]


def test_a_long_copy_is_told_by_a_part_of_it() -> None:
    copy = "诚招代理日入过千轻松创业" * 40
    assert 2 <= len(best(copy, copy)) <= 8


def test_similar_are_those_that_say_the_same_of_another_mention() -> None:
    new = a_lesson(mention_key="shop:p9", at=at(9))
    same = a_lesson(mention_key="shop:p1", at=at(1))
    newer = a_lesson(mention_key="shop:p2", at=at(2))
    lessons = [
        new,
        same,
        newer,
        a_lesson(mention_key="shop:p3", value="P0"),
        a_lesson(mention_key="shop:p4", target=Target.NOISE, value="true"),
    ]
    assert similar(new, lessons) == [newer, same]


LIN = Writer(account="shop", id="42", handle="lin@example.social")


def test_a_proposal_becomes_the_rule_asked_for() -> None:
    proposal = Proposal(target=Target.PRIORITY, value="P0", keyword="杯盖", writer=LIN)
    assert proposal.bases == (Basis.KEYWORD, Basis.AUTHOR)
    by_word, by_author = proposal.rule(Basis.KEYWORD, "w"), proposal.rule(Basis.AUTHOR, "a")
    assert (by_word.keywords, by_word.authors, by_word.priority) == (("杯盖",), (), Priority.P0)
    assert (by_author.keywords, by_author.authors, by_author.channels) == ((), ("42",), ("shop",))
    assert proposal.key(Basis.KEYWORD) != proposal.key(Basis.AUTHOR)


@pytest.mark.parametrize(("value", "noise"), [("true", True), ("false", False)])
def test_noise_and_category_have_their_own_place_in_a_rule(value: str, noise: bool) -> None:
    assert Proposal(target=Target.NOISE, value=value, keyword="红包").rule(Basis.KEYWORD, "n").noise is noise
    rule = Proposal(target=Target.CATEGORY, value="物流", keyword="快递").rule(Basis.KEYWORD, "c")
    assert (rule.category, rule.noise, rule.priority) == (Category.DELIVERY, None, None)
