import re
import tomllib
from collections.abc import Iterator
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kefu_tui.nlp.folding import fold, read_data
from kefu_tui.nlp.lexicon import Lexicon, near_pieces


def _tagged(table: dict[str, Any], prefix: str) -> Iterator[tuple[dict[str, Any], str]]:
    yield table, prefix.removeprefix(".")
    for name, inner in table.items():
        if isinstance(inner, dict):
            yield from _tagged(inner, f"{prefix}.{name}")
    for family in table.get("also", ()):
        yield family, prefix.removeprefix(".")


LEXICON = Lexicon(
    {
        "zh": {
            "part": {
                "body": {"words": "手腕"},
                "authority": {"words": "消协"},
                "towards": {"words": "去, 找"},
            },
            "sign": {"injury": {"words": "肿"}},
            "threat": {"outside": {"pairs": ["part.towards > part.authority 6"]}},
            "harm": {
                "accident": {"words": "爆炸", "rules": ["电池…着火"], "also": [{"words": "爆裂"}]},
                "body": {"pairs": ["part.body & sign.injury 8"], "rules": ["吃完…(吐了)"], "near": "吐"},
            },
            "decoy": {"words": "可爱到爆炸", "rules": ["电影里…着火"]},
            "mood": {"good": {"weight": 1.0, "words": "好, 好用"}, "plain": {"words": "好像"}},
        },
        "en": {"money": {"theft": {"words": "stole, rob*, took my money"}}},
    }
)


def found(text: str, tag: str) -> list[str]:
    return [text[start:end] for start, end in LEXICON.scan(text)[tag]]


def test_the_longest_word_wins() -> None:
    assert found("真好用", "mood.good") == ["好用"]


def test_a_harmless_phrase_swallows_the_word_in_it() -> None:
    assert found("好像不对", "mood.good") == []
    assert found("可爱到爆炸", "harm.accident") == []
    assert found("爆炸", "harm.accident") == ["爆炸"]


def test_a_gap_stays_within_its_sentence() -> None:
    assert found("电池昨晚突然着火", "harm.accident") == ["电池昨晚突然着火"]
    assert found("电池。着火", "harm.accident") == []


def test_two_words_close_together_make_an_alarm() -> None:
    assert found("手腕那里肿得厉害", "harm.body") == ["肿"]
    assert found("手腕酸。肿", "harm.body") == []
    assert found("手腕这里昨天晚上开始有一点肿", "harm.body") == []


def test_an_ordered_pair_is_one_way_only() -> None:
    assert found("去找消协", "threat.outside") == ["消协"]
    assert found("消协去了", "threat.outside") == []


def test_a_pair_says_how_it_is_ordered_and_how_far_it_reaches() -> None:
    with pytest.raises(ValueError, match="first > second reach"):
        Lexicon({"zh": {"harm": {"pairs": ["part.body sign.injury"]}}})


def test_a_further_family_of_a_tag_is_found_as_the_tag() -> None:
    assert found("屏幕爆裂", "harm.accident") == ["爆裂"]


def test_a_rule_with_a_group_finds_the_group() -> None:
    assert found("吃完当晚吐了", "harm.body") == ["吐了"]


def test_an_alarm_inside_a_decoy_is_left_out() -> None:
    assert found("电影里电池着火", "harm.accident") == []


def test_english_words_are_whole_words() -> None:
    assert found("they stole it", "money.theft") == ["stole"]
    assert found("she wore stoles", "money.theft") == []
    assert found("we were robbed, they took my money", "money.theft") == ["robbed", "took my money"]
    assert found("a probe", "money.theft") == []


def test_the_shipped_words_are_in_folded_form() -> None:
    for name in ("lexicon.zh.toml", "lexicon.en.toml"):
        for table, _ in _tagged(tomllib.loads(read_data(name)), ""):
            words = str(table.get("words", ""))
            assert fold(words) == words


NEAR = [
    (tag, rule, str(table["near"]))
    for script in ("zh", "en")
    for table, tag in _tagged(tomllib.loads(read_data(f"lexicon.{script}.toml")), "")
    if "near" in table and "rules" in table
    for rule in cast("list[str]", table["rules"])
]


@pytest.mark.parametrize(("tag", "rule", "near"), NEAR, ids=[tag for tag, _, _ in NEAR])
# ten of each of some hundred rules; of what a rule's look-behind forbids many tries are thrown away
@settings(max_examples=10, suppress_health_check=[HealthCheck.filter_too_much])
@given(data=st.data())
def test_no_rule_can_hold_where_it_is_not_tried(tag: str, rule: str, near: str, data: st.DataObject) -> None:
    match = data.draw(st.from_regex(re.sub("[…‥]", ".{0,6}?", rule), fullmatch=True))
    assert any(piece in match for piece in near_pieces(near))
