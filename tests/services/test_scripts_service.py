"""The script picker: the likeliest next word first, rendered for the customer in front of us."""

from collections.abc import Sequence
from datetime import datetime

import pytest

from kefu_tui.domain.case import Case, Closed
from kefu_tui.domain.mention import Mention
from kefu_tui.domain.script import NewScript, Script, Stage, broken_braces
from kefu_tui.domain.verdict import Category, Language
from kefu_tui.scripts.uses import UseCounts
from kefu_tui.services.scripts import ScriptDesk, salutation
from tests.builders import a_case, a_mention, a_verdict, an_author, an_inbound, an_outbound, at
from tests.fakes import FakeClassifier

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=at(0).tzinfo)


def a_script(name: str, stage: Stage = Stage.STANCE, **fields: object) -> Script:
    defaults: dict[str, object] = {
        "id": name,
        "stage": stage,
        "title": name,
        "body": f"{name}的正文",
        "language": Language.HANS,
    }
    return Script(**defaults | fields)  # type: ignore[arg-type]


STANCE = a_script("表态", initials="bt")
ORDER = a_script("要单号", Stage.ORDER_NUMBER, initials="ydh", keywords=("快递", "发货"))
PROGRESS = a_script("进展", Stage.PROGRESS, initials="jz", body="还在跟进，{明天18点前}给您消息")
THANKS = a_script("感谢", Stage.THANKS, initials="gx")
ENGLISH = a_script("Stance", body="So sorry, {name|there}", language=Language.ENGLISH)


class Shelf:
    def __init__(self, *scripts: Script) -> None:
        self.scripts = scripts

    def all(self) -> Sequence[Script]:
        return self.scripts

    def add(self, new: NewScript) -> Script:
        raise NotImplementedError

    def problems(self) -> Sequence[str]:
        return ["own.toml:3: title is missing"]


@pytest.fixture
def desk() -> ScriptDesk:
    shelf = Shelf(THANKS, PROGRESS, ENGLISH, ORDER, STANCE)
    return ScriptDesk(shelf, FakeClassifier(), me="小店", products=("手冲壶",))


def a_customer(category: Category = Category.COMPLAINT, **fields: object) -> Mention:
    language = fields.pop("language", Language.HANS)
    return a_mention(verdict=a_verdict(category=category, language=language), **fields)


def titles(desk: ScriptDesk, typed: str, lead: Mention, case: Case | None = None) -> list[str]:
    return [script.title for script in desk.find(typed, case or a_case([lead]), lead)]


class TestFinding:
    @pytest.mark.parametrize(
        ("category", "first"),
        [
            (Category.COMPLAINT, "表态"),
            (Category.DELIVERY, "要单号"),
            (Category.PRAISE, "感谢"),
            (Category.PRESS, "表态"),
        ],
    )
    def test_with_nothing_typed_the_likeliest_next_word_comes_first(
        self, desk: ScriptDesk, category: Category, first: str
    ) -> None:
        assert titles(desk, "", a_customer(category))[0] == first

    def test_once_we_have_spoken_it_is_progress(self, desk: ScriptDesk) -> None:
        lead = a_customer()
        assert titles(desk, "", lead, a_case([lead], then=[an_outbound([lead])]))[0] == "进展"

    def test_a_customer_who_comes_back_after_the_close_is_at_the_beginning_again(
        self, desk: ScriptDesk
    ) -> None:
        lead = a_customer()
        again = a_customer(id="p2", posted_at=at(90))
        case = a_case([lead], then=[an_outbound([lead]), Closed(id="c", at=at(20)), an_inbound(again)])
        assert titles(desk, "", again, case)[0] == "表态"

    def test_scripts_in_the_customers_language_come_first_and_others_follow(self, desk: ScriptDesk) -> None:
        english = a_customer(language=Language.ENGLISH)
        assert titles(desk, "", english)[0] == "Stance"
        assert titles(desk, "", a_customer())[-1] == "Stance"
        assert titles(desk, "", a_customer(language=Language.OTHER))[-1] == "Stance"

    @pytest.mark.parametrize(
        ("typed", "first"),
        [
            ("要单", "要单号"),
            ("ydh", "要单号"),
            ("dh", "要单号"),
            ("发货", "要单号"),
            ("跟进", "进展"),
            (" 感谢 ", "感谢"),
            ("STAN", "Stance"),
        ],
    )
    def test_it_matches_title_initials_keywords_and_body(
        self, desk: ScriptDesk, typed: str, first: str
    ) -> None:
        assert (
            titles(
                desk, typed, a_customer(language=Language.ENGLISH if first == "Stance" else Language.HANS)
            )[0]
            == first
        )

    def test_a_title_beats_a_keyword_and_a_keyword_the_body(self) -> None:
        in_body = a_script("甲", body="说到快递")
        in_keyword = a_script("乙", keywords=("快递",))
        in_title = a_script("快递慢")
        desk = ScriptDesk(Shelf(in_body, in_keyword, in_title), FakeClassifier(), me="小店", products=())
        assert titles(desk, "快递", a_customer()) == ["快递慢", "乙", "甲"]

    @pytest.mark.parametrize(
        ("typed", "found"),
        [
            ("要号", ["要单号"]),  # letters apart
            ("yh", ["要单号"]),  # initials apart
            ("单 快递", ["要单号"]),  # words apart: each must be found
            ("快递 跟进", []),
            ("表态", ["表态", "Stance"]),  # the stage, in whatever language the script is
            ("dm", []),
        ],
    )
    def test_letters_and_words_may_stand_apart(self, desk: ScriptDesk, typed: str, found: list[str]) -> None:
        assert titles(desk, typed, a_customer()) == found

    async def test_among_equals_the_one_used_most_comes_first(self) -> None:
        uses = UseCounts(None)
        shelf = Shelf(a_script("甲"), a_script("乙"), ORDER)
        desk = ScriptDesk(shelf, FakeClassifier(), me="小店", products=(), uses=uses)
        assert titles(desk, "", a_customer())[:2] == ["甲", "乙"]
        await desk.note_use("乙")
        assert titles(desk, "", a_customer())[:2] == ["乙", "甲"]
        await desk.note_use("要单号")
        await desk.note_use("要单号")
        assert titles(desk, "", a_customer())[0] == "乙", "the stage comes before the use"

    def test_what_matches_nothing_finds_nothing(self, desk: ScriptDesk) -> None:
        assert titles(desk, "没有这个", a_customer()) == []

    def test_problems_of_the_files_are_passed_on(self, desk: ScriptDesk) -> None:
        assert list(desk.problems()) == ["own.toml:3: title is missing"]


class TestRendering:
    def render(self, desk: ScriptDesk, body: str, lead: Mention, case: Case | None = None) -> str:
        return desk.render(a_script("x", body=body), case or a_case([lead]), lead, NOW).text

    def test_it_knows_the_customer_us_and_the_product(self, desk: ScriptDesk) -> None:
        lead = a_customer(text="手冲壶漏水")
        found = self.render(desk, "{称呼}您好，我是{我}，关于{商品}", lead)
        assert found == "林小满您好，我是小店，关于手冲壶"

    def test_an_author_without_a_name_gets_the_fallback(self, desk: ScriptDesk) -> None:
        lead = a_customer(author=an_author("u1", name=""))
        assert self.render(desk, "{称呼|您}好", lead) == "您好"

    def test_what_a_prompt_asked_for_fills_it_the_next_time_under_any_of_its_names(
        self, desk: ScriptDesk
    ) -> None:
        lead = a_customer()
        case = a_case([lead]).remembering("订单号", "1024")
        assert self.render(desk, "单号{单号}，{?order number}", lead, case) == "单号1024，1024"

    def test_dates_are_written_for_the_founders_own_day(self, desk: ScriptDesk) -> None:
        lead = a_customer()
        assert desk.render(PROGRESS, a_case([lead]), lead, NOW).text == "还在跟进，3月3日18点前给您消息"


class TestTemplates:
    def template(self, desk: ScriptDesk, text: str, **memory: str) -> str:
        lead = a_customer(text="手冲壶漏水")
        case = a_case([lead])
        for name, value in memory.items():
            case = case.remembering(name, value)
        return desk.as_template(text, case, lead)

    def test_what_belongs_to_this_customer_and_to_us_becomes_fields_again(self, desk: ScriptDesk) -> None:
        text = "林小满，我是小店，手冲壶的单号A1024查到了。"
        assert (
            self.template(desk, text, 订单号="A1024")
            == "{称呼|您好}，我是{我}，{商品|东西}的单号{?订单号}查到了。"
        )

    def test_what_was_remembered_by_another_name_keeps_it(self, desk: ScriptDesk) -> None:
        assert self.template(desk, "顺丰今晚到。", 快递="顺丰") == "{?快递}今晚到。"

    def test_a_number_within_a_longer_one_is_not_it(self, desk: ScriptDesk) -> None:
        assert self.template(desk, "尾号A10245", 订单号="A1024") == "尾号A10245"

    def test_braces_of_the_reply_make_no_field(self, desk: ScriptDesk) -> None:
        assert broken_braces(self.template(desk, "好{的")) == ()

    def test_the_script_gives_the_reply_back(self, desk: ScriptDesk) -> None:
        lead = a_customer(text="手冲壶漏水")
        body = self.template(desk, "林小满，我是小店，手冲壶今晚寄。")
        assert desk.render_text(body, a_case([lead]), lead, NOW).text == "林小满，我是小店，手冲壶今晚寄。"


class TestSalutation:
    @pytest.mark.parametrize("name", ["林小满", "欧阳", "Anna Maria", "小林🌸"])
    def test_a_name_is_used_as_it_is(self, name: str) -> None:
        assert salutation(an_author(name=name)) == name

    @pytest.mark.parametrize(
        "name", ["", "  ", "12345", "🌸🌸", "一" * 25, "找@老王 买", "来看http://x.cn", "www.shop.example"]
    )
    def test_what_is_no_name_is_not_said(self, name: str) -> None:
        assert salutation(an_author(name=name)) == ""

    def test_characters_that_turn_the_text_around_never_get_into_our_reply(self) -> None:
        assert salutation(an_author(name="林\u202e小\u200b满\n")) == "林小满"
