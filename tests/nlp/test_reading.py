import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu_tui.nlp.reading import HEAD, TAIL, read


@pytest.mark.parametrize(
    ("text", "kept", "gone"),
    [
        ("@kefu_shop 退款呢", "退款呢", "kefu_shop"),
        ("@某某旗舰店 退款呢", "退款呢", "旗舰店"),
        ("看 https://shop.example/refund?x=1 退货", "退货", "shop.example"),
        ("<p>退货</p>&nbsp;谢谢", "退货", "<p>"),
        ("来了 //@路人甲:我要投诉你们", "来了", "投诉"),
        ("Nice “@shop: please DM me your number” thanks", "thanks", "dm me"),
        ("不错。酒店反馈2020年3月4日：感谢您的入住", "不错", "感谢"),
        ("mail me at someone@shop.example", "someone@shop.example", "\0"),
    ],
)
def test_only_the_authors_own_words_are_read(text: str, kept: str, gone: str) -> None:
    told = read(text).text
    assert kept in told
    assert gone not in told


def test_a_handle_without_an_end_does_not_swallow_the_sentence() -> None:
    assert "起火" in read("@某某公司的充电宝起火了").text


def test_a_repost_without_own_words_is_read_as_it_stands() -> None:
    assert "好用" in read("//@路人甲:这个真好用").text


def test_evidence_is_cut_from_the_original_writing() -> None:
    text = "我要ＴＵＩ\u200b款，請\u202e回覆"
    reading = read(text)
    start = reading.text.index("tui")
    assert reading.evidence((start, start + 4)) == "ＴＵＩ\u200b款"


def test_of_a_long_text_the_start_and_the_end_are_read() -> None:
    text = "开头" + "中" * 9_000 + "结尾"
    reading = read(text)
    assert reading.text.startswith("开头")
    assert reading.text.endswith("结尾")
    assert len(reading.text) == HEAD + TAIL + 1
    end = len(reading.text)
    assert reading.evidence((end - 2, end)) == "结尾"


@pytest.mark.parametrize(
    ("text", "found", "shown"),
    [
        ("盖子会飞，等个说法，先不付了", "说法", "等个说法"),
        ("但係張單一早掉咗。壺底刻字算唔算數？", "单一", "但係張單一早掉咗"),
        ("第一只蛋就转圈圈，一点没粘", "第一只蛋", "第一只蛋"),
        ("like that. I'd like a replacement, please", "replacement", "I'd like a replacement"),
        (
            "Great, another update that breaks everything",
            "another update that break",
            "another update that breaks",
        ),
        ("🚀 Boost your store 10x! Real followers", "your", "🚀 Boost your store 10x"),
        ("每天像在给自己浇花[允悲] @听沸铁作", "[允悲]", "每天像在给自己浇花[允悲]"),
        ("垃圾", "垃圾", "垃圾"),
    ],
)
def test_evidence_too_short_to_tell_anything_is_shown_with_its_clause(
    text: str, found: str, shown: str
) -> None:
    reading = read(text)
    start = reading.text.index(found.lower())
    assert reading.evidence(reading.telling((start, start + len(found)))) == shown


@given(st.text(max_size=300), st.integers(0, 300), st.integers(1, 40))
def test_the_clause_shown_holds_what_was_found_and_is_bounded(text: str, start: int, length: int) -> None:
    reading = read(text)
    span = (min(start, len(reading.text)), min(start + length, len(reading.text)))
    first, last = reading.telling(span)
    assert first <= span[0] <= span[1] <= last
    assert last - first <= max(45, span[1] - span[0])
