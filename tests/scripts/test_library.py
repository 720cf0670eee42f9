from collections import Counter
from pathlib import Path

import pytest

from kefu_tui.domain.script import RenderContext, Stage, render
from kefu_tui.domain.verdict import Language
from kefu_tui.i18n import using
from kefu_tui.scripts.library import ScriptFiles
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
