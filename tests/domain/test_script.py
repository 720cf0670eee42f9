"""Scripts are rendered for one customer, and what nobody filled in blocks the send."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu_tui.domain.script import (
    RenderContext,
    broken_braces,
    canonical,
    open_fields,
    prompt_answers,
    render,
)
from kefu_tui.domain.verdict import Language
from kefu_tui.domain.written_date import written_date

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 2, 17, 0, tzinfo=SHANGHAI)


def rendered(body: str, language: Language = Language.HANS, **values: str) -> str:
    return render(body, RenderContext(values=values, now=NOW, language=language)).text


def left_open(text: str) -> list[str]:
    return [field.name for field in open_fields(text)]


class TestPlaceholders:
    @pytest.mark.parametrize("body", ["{称呼}您好", "{稱呼}您好", "{name}您好", "{ NAME }您好"])
    def test_they_are_filled_under_any_of_their_names(self, body: str) -> None:
        assert rendered(body, name="林小满") == "林小满您好"

    def test_a_name_is_never_cut(self) -> None:
        assert rendered("{称呼}", name="欧阳小满") == "欧阳小满"

    def test_what_is_unknown_takes_its_fallback(self) -> None:
        assert rendered("{称呼|您}好") == "您好"
        assert rendered("{称呼|}好") == "好"

    @pytest.mark.parametrize("unknown", ["", "  "])
    def test_an_empty_value_is_unknown(self, unknown: str) -> None:
        assert rendered("{称呼|您}好", name=unknown) == "您好"

    def test_what_nobody_can_fill_stays_open_and_can_be_seen(self) -> None:
        found = render("{单号}的{商品}", RenderContext(values={}, now=NOW))
        assert found.text == "{单号}的{商品}"
        assert [field.name for field in found.open_fields] == ["单号", "商品"]

    def test_a_customer_named_like_a_field_puts_no_field_into_our_reply(self) -> None:
        found = rendered("{称呼}您好，我是{我}", name="{我}", me="小店")
        assert left_open(found) == []
        assert broken_braces(found) == ()
        assert found == "｛我｝您好，我是小店"

    @given(st.text(max_size=30))
    def test_whatever_a_customer_is_called_the_text_holds_no_open_field(self, name: str) -> None:
        found = rendered("{称呼|您}好", name=name)
        assert left_open(found) == []
        assert broken_braces(found) == ()


class TestPrompts:
    def test_a_prompt_waits_for_the_founder(self) -> None:
        found = render("麻烦给一下{?订单号}", RenderContext(values={}, now=NOW))
        [field] = found.open_fields
        assert (field.name, field.is_prompt) == ("订单号", True)
        assert found.text[field.start : field.end] == "{?订单号}"

    def test_what_it_asked_for_before_fills_it(self) -> None:
        assert rendered("单号{?订单号}", order="1024") == "单号1024"

    def test_the_full_width_question_mark_of_an_input_method_works(self) -> None:
        assert [f.is_prompt for f in open_fields("{？订单号}")] == [True]

    def test_the_answer_is_found_by_the_words_around_it(self) -> None:
        assert prompt_answers("您的单号{?订单号}，已查", "您的单号1024，已查到") == {"订单号": "1024"}

    def test_two_prompts_close_together_are_both_found(self) -> None:
        template = "单号{?订单号}，电话{?电话}"
        assert prompt_answers(template, "单号1024，电话555") == {"订单号": "1024", "电话": "555"}

    def test_at_the_edge_of_the_text_the_edge_is_the_surrounding(self) -> None:
        assert prompt_answers("{?订单号}，已查", "1024，已查") == {"订单号": "1024"}
        assert prompt_answers("单号{?订单号}", "单号1024") == {"订单号": "1024"}

    def test_where_the_surroundings_were_rewritten_nothing_is_guessed(self) -> None:
        assert prompt_answers("您的单号{?订单号}，已查", "已经帮您查了1024") == {}

    def test_where_two_prompts_touch_nothing_is_guessed(self) -> None:
        assert prompt_answers("{?省}{?市}。", "浙江杭州。") == {}

    def test_a_prompt_left_open_teaches_nothing(self) -> None:
        assert prompt_answers("单号{?订单号}。", "单号{?订单号}。") == {}


class TestBlocking:
    """Invariant 20: a broken template blocks the send."""

    @pytest.mark.parametrize("text", ["{称呼}好", "{?订单号}", "{称呼|您}好", "好{x}"])
    def test_an_open_field_is_found(self, text: str) -> None:
        assert left_open(text)

    @pytest.mark.parametrize("text", ["{称呼好", "称呼}好", "{}", "{{称呼}", "{称\n呼}"])
    def test_a_brace_that_belongs_to_no_field_is_found(self, text: str) -> None:
        assert broken_braces(text)

    def test_an_ordinary_text_is_whole(self) -> None:
        assert left_open("好的，今天发！") == []
        assert broken_braces("好的，今天发！") == ()

    @given(st.text("{}|?a称\n", max_size=12))
    def test_no_ascii_brace_ever_passes_unnoticed(self, text: str) -> None:
        noticed = bool(left_open(text)) or bool(broken_braces(text))
        assert noticed == ("{" in text or "}" in text)


class TestDates:
    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("今天", "3月2日"),
            ("明天18点前", "3月3日18点前"),
            ("明日9时30分之前", "3月3日9点30分前"),
            ("后天", "3月4日"),
            ("今晚", "3月2日22点"),
            ("今晚8点前", "3月2日20点前"),
            ("今晚12点", "3月3日0点"),
            ("2小时内", "3月2日19点前"),
            ("30分钟之内", "3月2日17点30分前"),
            ("3天内", "3月5日17点前"),
        ],
    )
    def test_chinese_ones_are_written_out(self, name: str, text: str) -> None:
        assert rendered(f"{{{name}}}") == text

    def test_traditional_text_uses_its_own_characters(self) -> None:
        assert rendered("{明天18點前}", Language.HANT) == "3月3日18點前"

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("tomorrow", "3 March"),
            ("tomorrow 18:00", "18:00 on 3 March"),
            ("Tonight 8", "20:00 on 2 March"),
            ("tonight", "22:00 on 2 March"),
            ("within 2 hours", "19:00 on 2 March"),
        ],
    )
    def test_english_ones_too(self, name: str, text: str) -> None:
        assert rendered(f"{{{name}}}", Language.ENGLISH) == text

    def test_a_moment_already_past_cannot_be_promised_and_stays_open(self) -> None:
        assert left_open(rendered("{今天16点前}给您答复")) == ["今天16点前"]

    @pytest.mark.parametrize("name", ["明天25点前", "明天18点61分", "昨天", "tomorrow 24:00"])
    def test_what_is_no_date_stays_open(self, name: str) -> None:
        assert left_open(rendered(f"{{{name}}}")) == [name]

    def test_the_year_turns(self) -> None:
        assert written_date("明天", datetime(2026, 12, 31, 9, tzinfo=UTC), Language.HANS) == "1月1日"

    def test_two_hours_are_two_hours_across_the_change_to_summer_time(self) -> None:
        before = datetime(2026, 3, 29, 1, 30, tzinfo=ZoneInfo("Europe/Berlin"))
        assert written_date("within 2 hours", before, Language.ENGLISH) == "4:30 on 29 March"


def test_a_placeholder_has_one_name_across_languages() -> None:
    assert {canonical(name) for name in ("订单号", "單號", "Order Number")} == {"order"}
