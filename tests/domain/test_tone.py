"""The tone check says in words what will sound wrong, and leaves a shopkeeper's plain words alone."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu_tui.domain.tone import ALONE, Finding, Sent, Surroundings, check, clause_around, score
from kefu_tui.domain.tone_phrases import Fault
from kefu_tui.domain.verdict import Language
from kefu_tui.nlp.folding import fold
from tests.builders import at

PUBLIC = Surroundings(is_public=True)


def faults(reply: str, around: Surroundings = ALONE) -> list[Fault]:
    return [finding.fault for finding in check(reply, fold, around)]


def only(reply: str, around: Surroundings = ALONE) -> Finding:
    [finding] = check(reply, fold, around)
    return finding


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        ("我们高度重视您的意见，会给您答复。", Fault.OFFICE),
        ("我們高度重視您的意見，會給您答覆。", Fault.OFFICE),
        ("We apologise for any inconvenience, a new one ships today.", Fault.OFFICE),
        ("快递的事请找快递公司。", Fault.BRUSH_OFF),
        ("That's not our responsibility.", Fault.BRUSH_OFF),
        ("真的很抱歉。", Fault.EMPTY_APOLOGY),
        ("We're so sorry!", Fault.EMPTY_APOLOGY),
        ("再乱说就等着收律师函。", Fault.THREAT),
        ("Delete this post immediately or we will sue.", Fault.THREAT),
        ("别人都没问题，就你有问题。", Fault.QUARREL),
        ("You must be using it wrong.", Fault.QUARREL),
    ],
)
def test_what_sounds_wrong_is_named(reply: str, fault: Fault) -> None:
    assert fault in faults(reply)


@pytest.mark.parametrize(
    "reply",
    [
        "对不起，是我漏看。新的今晚寄，单号发您。",
        "Sorry, I missed this. A new one ships tonight.",
        "您要起诉是您的权利，我不拦；钱今天先退给您。",
        "律师问过了，他也说该我赔。发票发我，明天到账。",
        "不用删，您说得对。我改好再来告诉您。",
        "谢谢您的支持，蓝色那款周三上。",
        "",
        "   ",
    ],
)
def test_plain_words_are_left_alone(reply: str) -> None:
    assert faults(reply) == []


def test_a_finding_shows_the_words_and_proposes_others_in_the_replys_language() -> None:
    reply = "您好，我們高度重視這件事，明天退款給您。"
    found = only(reply, Surroundings(language=Language.HANT))
    assert (found.words, reply[found.start : found.end]) == ("高度重視", "高度重視")
    assert "這件事我來處理" in found.better
    assert check("Your case has been forwarded.", fold)[0].better.isascii()


def test_a_polite_phrase_alone_is_no_office_talk_but_two_are() -> None:
    assert faults("请耐心等一下，我十分钟后给您打电话。") == []
    assert Fault.OFFICE in faults("感谢您的理解，请您耐心等待。")


class TestQuestions:
    def test_one_left_open_is_told_in_the_customers_words(self) -> None:
        found = only("谢谢您的喜欢。", Surroundings(asked=["这个锅电磁炉能用吗？"]))
        assert (found.fault, found.words) == (Fault.UNANSWERED, "这个锅电磁炉能用吗?")

    @pytest.mark.parametrize(
        "reply",
        [
            "能用的。",
            "电磁炉放心。",
            "还没查到，下午两点告诉您。",
            "您是哪款锅？我对一下。",
        ],
    )
    def test_an_answer_an_honest_not_yet_and_a_question_back_are_answers(self, reply: str) -> None:
        assert faults(reply, Surroundings(asked=["这个锅电磁炉能用吗？"])) == []

    def test_when_wants_a_time_and_how_much_a_number(self) -> None:
        when = Surroundings(asked=["什么时候发货？"])
        assert faults("好嘞亲爱的。", when) == [Fault.UNANSWERED]
        assert faults("明天上午。", when) == []

    def test_hello_is_no_question(self) -> None:
        assert faults("我是店主，您说。", Surroundings(asked=["在吗？"])) == []


def test_a_customer_something_went_wrong_for_is_told_what_will_be_done() -> None:
    aggrieved = Surroundings(asked=["壶又漏了"], aggrieved=True)
    assert faults("祝您天天开心。", aggrieved) == [Fault.NO_STEP]
    assert faults("我今晚寄个新的给您。", aggrieved) == []
    assert faults("我来办{?什么}。", aggrieved) == []


class TestPrivateData:
    @pytest.mark.parametrize(
        ("reply", "words"),
        [
            ("您打13812345678找我。", "13812345678"),
            ("您的電話 0912-345-678 對嗎", "0912-345-678"),
            ("单号SF1234567890已发出", "SF1234567890"),
            ("Order number A-1029384 is packed", "A-1029384"),
            ("身份证11010119900307123X", "11010119900307123X"),
            ("发到 lin@example.com 了", "lin@example.com"),
            ("寄到中山路 不对，是文三路138号", "文三路138号"),
        ],
    )
    def test_it_blocks_in_public_and_is_nobodys_business_in_private(self, reply: str, words: str) -> None:
        found = [f for f in check(reply, fold, PUBLIC) if f.fault is Fault.PRIVATE]
        assert [f.blocks for f in found] == [True]
        assert words in found[0].words
        assert Fault.PRIVATE not in faults(reply)

    def test_the_shops_own_number_may_stand_in_public(self) -> None:
        around = Surroundings(is_public=True, own_numbers=["138-1234-5678"])
        assert faults("您打13812345678找我。", around) == []

    @pytest.mark.parametrize("reply", ["退您128元", "2026年3月2日18点前", "容量1500ml，24厘米", "已退8折"])
    def test_prices_dates_and_sizes_are_not_private(self, reply: str) -> None:
        assert Fault.PRIVATE not in faults(reply, PUBLIC)

    def test_nothing_else_blocks(self) -> None:
        assert not any(f.blocks for f in check("再乱说就等着收律师函。", fold, PUBLIC))


class TestTheSameWordsAgain:
    REPLY = "看到了，这事我来管，今晚回您。"

    def test_to_the_same_person_is_told(self) -> None:
        sent = [Sent("看到了,这事我来管，今晚回您", "home:lin", at(0) - timedelta(days=3))]
        around = Surroundings(person_key="home:lin", sent=sent, since=at(0))
        assert faults(self.REPLY, around) == [Fault.VERBATIM]

    def test_the_third_time_today_is_told_and_the_second_is_not(self) -> None:
        one = Sent(self.REPLY, "home:a", at(1))
        two = Sent(self.REPLY, "home:b", at(2))
        assert faults(self.REPLY, Surroundings(person_key="home:c", sent=[one], since=at(0))) == []
        assert faults(self.REPLY, Surroundings(person_key="home:c", sent=[one, two], since=at(0))) == [
            Fault.VERBATIM
        ]

    def test_yesterdays_do_not_count(self) -> None:
        sent = [Sent(self.REPLY, f"home:{n}", at(0) - timedelta(days=1)) for n in range(5)]
        assert faults(self.REPLY, Surroundings(person_key="home:c", sent=sent, since=at(0))) == []


def test_the_clause_around_some_words_is_what_is_replaced() -> None:
    text = "您好，我们高度重视您的问题。明天退。"
    start = text.index("高度")
    assert text[slice(*clause_around(text, start, start + 4))] == "我们高度重视您的问题"


class TestScore:
    def test_a_warm_script_with_a_next_step_has_all_points(self) -> None:
        assert score("{称呼|您}好，新的{明天18点前}寄出，单号发您。", fold) == (100, ())

    def test_office_talk_costs_and_is_told_why(self) -> None:
        points, findings = score("尊敬的客户，我们高度重视您的反馈。", fold)
        assert points < 60
        assert {finding.fault for finding in findings} == {Fault.OFFICE}

    def test_one_that_names_no_step_loses_points(self) -> None:
        assert score("您好呀。", fold)[0] < 100


@given(st.text(max_size=200))
def test_whatever_is_written_it_answers_and_findings_lie_within_the_text(text: str) -> None:
    for finding in check(text, fold, PUBLIC):
        assert 0 <= finding.start <= finding.end <= len(text)


def test_private_data_is_found_to_the_end_of_a_long_text() -> None:
    assert Fault.PRIVATE in faults("好。" * 5_000 + "打13812345678", PUBLIC)


def test_a_megabyte_is_read_no_further_than_a_reply_is_long() -> None:
    assert check("高度重视" * 300_000, fold)
