import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from kefu_tui.domain.errors import KefuError, NotAllowed
from kefu_tui.domain.script import NewScript, RenderContext, Stage, render
from kefu_tui.domain.tone import score
from kefu_tui.domain.verdict import Language
from kefu_tui.i18n import using
from kefu_tui.nlp.folding import fold, script_characters
from kefu_tui.scripts.library import ScriptFiles
from kefu_tui.scripts.uses import UseCounts
from tests.builders import EPOCH

OWN = """
language = "zh-Hans"

[[script]]
id = "kettle-lid"
stage = "amends"
title = "换盖"
keywords = ["盖子"]
body = "{称呼|您}好，新盖{明天18点前}寄出。"
"""


def a_library(own_dir: Path | None = None) -> ScriptFiles:
    return ScriptFiles(own_dir, initials=lambda title: f"initials of {title}")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    (tmp_path / "own.toml").write_text(OWN, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("language", [Language.HANS, Language.HANT, Language.ENGLISH])
def test_every_language_has_at_least_two_starters_for_each_stage(language: Language):
    stages = Counter(script.stage for script in a_library().all() if script.language is language)

    assert all(stages[stage] >= 2 for stage in Stage)


def test_the_starters_are_sound_and_have_ids_of_their_own():
    library = a_library()

    assert library.problems() == []
    assert len({script.id for script in library.all()}) == len(library.all())


def test_a_starter_leaves_only_its_prompts_open():
    context = {"me": "阿岚", "order": "A1", "product": "壶"}
    for script in a_library().all():
        rendered = render(script.body, RenderContext(values=context, now=EPOCH, language=script.language))

        assert [field.name for field in rendered.open_fields if not field.is_prompt] == [], script.id


def test_the_founders_own_come_first(own: Path):
    script = a_library(own).all()[0]

    assert (script.id, script.title, script.language) == ("zh-Hans/kettle-lid", "换盖", Language.HANS)
    assert script.initials == "initials of 换盖"
    assert script.origin == f"{own / 'own.toml'}:4"


def test_an_own_script_takes_the_place_of_a_starter(own: Path):
    text = OWN.replace("kettle-lid", "stance-on-it")
    (own / "own.toml").write_text(text, encoding="utf-8")

    named = [script for script in a_library(own).all() if script.id == "zh-Hans/stance-on-it"]

    assert [script.title for script in named] == ["换盖"]


def test_without_a_language_the_body_tells(own: Path):
    text = OWN.replace('language = "zh-Hans"', "").replace("kettle-lid", "x")
    english = '[[script]]\nid = "x"\nstage = "thanks"\ntitle = "Ta"\nbody = "Thank you!"\n'
    (own / "own.toml").write_text(text + english, encoding="utf-8")

    assert [script.id for script in a_library(own).all()][:2] == ["zh-Hans/x", "en/x"]


def test_one_broken_script_is_a_line_and_the_others_still_load(own: Path):
    broken = (
        OWN
        + '\n[[script]]\nid = "b"\ntitle = "B"\nbody = "b"\nstage = "stnce"\n'
        + '\n[[script]]\nid = "c"\n'
    )
    (own / "own.toml").write_text(broken, encoding="utf-8")
    library = a_library(own)

    with using("en"):
        problems = library.problems()

    assert "zh-Hans/kettle-lid" in {script.id for script in library.all()}
    assert problems[0].startswith("own.toml:15: script[1].stage: ")
    assert "did you mean 'stance'" in problems[0]
    assert [problem.split(" ")[0] for problem in problems[1:]] == ["own.toml:17:"] * 3


def test_a_file_that_is_not_toml_does_not_hide_the_next(own: Path):
    (own / "aaa.toml").write_text("ok = 1\n[[script]\n", encoding="utf-8")
    (own / "bbb.toml").write_bytes(b"# \xff\xfe\n")
    library = a_library(own)

    with using("en"):
        problems = library.problems()

    assert [problem.rpartition(": ")[0].split(": ")[0] for problem in problems[:1]] == ["aaa.toml:2"]
    assert problems[1] == "bbb.toml:1: not UTF-8 text"
    assert library.all()[0].id == "zh-Hans/kettle-lid"


def test_a_broken_placeholder_is_refused_before_it_meets_a_customer(own: Path):
    (own / "own.toml").write_text(OWN.replace("{称呼|您}", "{称呼|您"), encoding="utf-8")
    library = a_library(own)

    with using("en"):
        problems = library.problems()

    assert problems == [
        "own.toml:9: script[0].body: a brace without its partner: a placeholder is broken",
    ]


def test_the_same_id_twice_is_told(own: Path):
    (own / "own.toml").write_text(OWN + OWN.partition("\n\n")[2], encoding="utf-8")

    with using("en"):
        problems = a_library(own).problems()

    assert problems == [f"own.toml:10: zh-Hans/kettle-lid already stands in {own / 'own.toml'}:4"]


def test_a_directory_that_is_not_there_is_no_problem(tmp_path: Path):
    library = a_library(tmp_path / "nowhere")

    assert library.problems() == []
    assert library.all()


def test_nothing_is_read_before_somebody_asks(own: Path):
    library = a_library(own)
    (own / "own.toml").unlink()

    assert "zh-Hans/kettle-lid" not in {script.id for script in library.all()}


class TestMarkdown:
    NOTE = """A note to myself, before the first heading.

# 换盖
stage: amends
keywords: 盖子，漏水

{称呼|您}好，新盖{明天18点前}寄出。
- 单号发您
## Thank you
stage: thanks
id: thx
language: en

Thanks, {name|friend}.
"""

    def test_a_heading_is_a_title_and_what_follows_the_keys_is_the_text(self, tmp_path: Path):
        (tmp_path / "mine.md").write_text(self.NOTE, encoding="utf-8")

        first, second = a_library(tmp_path).all()[:2]

        assert (first.title, first.stage, first.keywords) == ("换盖", Stage.AMENDS, ("盖子", "漏水"))
        assert first.body == "{称呼|您}好，新盖{明天18点前}寄出。\n- 单号发您"
        assert (first.id, first.origin) == ("zh-Hans/mine-换盖", f"{tmp_path / 'mine.md'}:3")
        assert (second.id, second.body) == ("en/thx", "Thanks, {name|friend}.")

    def test_what_is_wrong_is_told_with_file_and_line_and_the_others_load(self, tmp_path: Path):
        broken = self.NOTE.replace("stage: amends", "stage: amend").replace("language: en", "langage: en")
        (tmp_path / "mine.md").write_text(broken, encoding="utf-8")
        library = a_library(tmp_path)

        with using("en"):
            problems = library.problems()

        assert [problem.partition(" ")[0] for problem in problems] == ["mine.md:4:", "mine.md:12:"]
        assert "did you mean 'amends'" in problems[0]


class TestChanges:
    def test_a_file_that_changed_is_read_again(self, own: Path):
        library = a_library(own)
        assert library.all()[0].title == "换盖"

        (own / "own.toml").write_text(OWN.replace("换盖", "换一个新盖"), encoding="utf-8")

        assert library.all()[0].title == "换一个新盖"

    def test_a_new_file_is_found_and_one_that_went_is_forgotten(self, own: Path):
        library = a_library(own)
        count = len(library.all())
        (own / "more.md").write_text("# Hi\nstage: thanks\n\nThank you!\n", encoding="utf-8")
        assert len(library.all()) == count + 1
        (own / "own.toml").unlink()
        assert len(library.all()) == count

    def test_while_a_file_is_broken_what_it_held_stays_in_use(self, own: Path):
        library = a_library(own)
        assert library.all()[0].title == "换盖"

        (own / "own.toml").write_text(OWN + "[[script", encoding="utf-8")

        assert library.all()[0].title == "换盖"
        assert [problem.split(":")[0] for problem in library.problems()] == ["own.toml"]

    def test_nothing_is_read_twice_while_nothing_changes(self, own: Path):
        library = a_library(own)

        assert library.all() is library.all()


class TestAdding:
    NEW = NewScript(stage=Stage.ASK, title="问 批次", body='瓶底的"号码"是？\n发我。', language=Language.HANS)

    def test_a_script_is_there_at_once_and_after_a_restart(self, tmp_path: Path):
        library = ScriptFiles(tmp_path / "own", initials=lambda _title: "wpc")

        added = library.add(self.NEW)

        assert (added.id, added.title, added.body) == ("zh-Hans/ask-wpc", "问 批次", self.NEW.body)
        assert a_library(tmp_path / "own").all()[0].body == self.NEW.body
        assert (tmp_path / "own" / "saved.zh-Hans.toml").stat().st_mode & 0o777 == 0o600

    def test_the_same_title_twice_gets_another_id_and_comments_stay(self, tmp_path: Path):
        library = ScriptFiles(tmp_path, initials=lambda _title: "wpc")
        library.add(self.NEW)
        file = tmp_path / "saved.zh-Hans.toml"
        file.write_text("# mine\n" + file.read_text(encoding="utf-8"), encoding="utf-8")

        assert library.add(self.NEW).id == "zh-Hans/ask-wpc-2"
        assert file.read_text(encoding="utf-8").startswith("# mine\n")

    def test_a_broken_file_is_not_made_worse(self, tmp_path: Path):
        file = tmp_path / "saved.zh-Hans.toml"
        file.write_text("[[script", encoding="utf-8")

        with pytest.raises(KefuError, match="put this right first"):
            a_library(tmp_path).add(self.NEW)
        assert file.read_text(encoding="utf-8") == "[[script"

    @pytest.mark.parametrize("change", [{"title": " "}, {"body": ""}, {"body": "{称呼"}])
    def test_what_could_not_be_used_is_refused(self, tmp_path: Path, change: dict[str, str]):
        with pytest.raises(NotAllowed):
            a_library(tmp_path).add(replace(self.NEW, **change))
        assert list(tmp_path.iterdir()) == []

    def test_a_directory_that_cannot_be_written_is_told(self, tmp_path: Path):
        (tmp_path / "own").write_text("a file", encoding="utf-8")

        with pytest.raises(KefuError, match="own"):
            a_library(tmp_path / "own").add(self.NEW)

    def test_the_demo_has_no_files_of_its_own(self):
        with pytest.raises(NotAllowed):
            a_library(None).add(self.NEW)


class TestUses:
    def test_they_are_counted_across_a_restart(self, tmp_path: Path):
        file = tmp_path / "data" / "uses.json"
        UseCounts(file).note("zh-Hans/a")
        UseCounts(file).note("zh-Hans/a")

        assert UseCounts(file).counts() == {"zh-Hans/a": 2}

    @pytest.mark.parametrize("content", ["", "[1]", "{", '{"a": "x", "b": -1}'])
    def test_a_file_that_makes_no_sense_counts_from_zero(self, tmp_path: Path, content: str):
        file = tmp_path / "uses.json"
        file.write_text(content, encoding="utf-8")

        assert UseCounts(file).counts() == {}

    def test_a_disk_that_refuses_is_told_and_counts_nothing(self, tmp_path: Path):
        (tmp_path / "data").write_text("a file", encoding="utf-8")
        uses = UseCounts(tmp_path / "data" / "uses.json")

        with pytest.raises(KefuError):
            uses.note("a")
        assert uses.counts() == {}


def test_the_tone_check_has_no_word_against_a_starter():
    said = {script.id: score(script.body, fold) for script in a_library().all()}

    assert {name: found for name, found in said.items() if found[0] < 100} == {}


@pytest.mark.parametrize("language", [Language.HANS, Language.HANT, Language.ENGLISH])
def test_every_language_has_at_least_forty_starters_and_the_same_ones(language: Language):
    ids = {
        one: {script.id.partition("/")[2] for script in a_library().all() if script.language is one}
        for one in Language
    }

    assert len(ids[language]) >= 40
    assert ids[language] == ids[Language.HANS]


def test_traditional_scripts_are_written_for_taiwan_and_not_converted():
    bodies = "".join(
        script.title + script.body for script in a_library().all() if script.language is Language.HANT
    )

    only_simplified = script_characters()[1] - {"床"}  # written so in Taiwan, too
    assert set(bodies) & only_simplified == set()
    assert [word for word in ("私信", "快遞", "截屏", "視頻", "質量", "信息", "在線") if word in bodies] == []


def test_every_starter_names_a_next_step():
    dated = r"\{[^}?]*(?:前|内|內|in |by|tonight|tomorrow)[^}]*\}"
    told = r"找我|找\{我\}|喊\{我\}|当天|當天|告诉|告訴|三天|说一声|說一聲"
    english = "ask for|tell me|straight to|same day|just tell"
    named = re.compile(f"{dated}|{told}|{english}")
    without = [script.id for script in a_library().all() if not named.search(script.body)]

    assert without == []
