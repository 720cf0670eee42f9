"""What the documents say is what is there."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest

from bench import tone, triage
from bench.readers import PEERS
from docs.tables import with_tables
from kefu_tui.cli import build_parser
from kefu_tui.domain.script import Stage
from kefu_tui.domain.verdict import Aspect
from kefu_tui.scripts.library import ScriptFiles
from kefu_tui.tui.actions import LIST_ACTIONS
from kefu_tui.verdict_json import verdict_json
from tests.builders import a_verdict

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TRIAGE = (ROOT / "docs" / "triage.md").read_text(encoding="utf-8")


def test_the_readmes_keys_and_commands_are_the_programs() -> None:
    assert with_tables(README) == README, "run: python docs/tables.py"


@pytest.mark.parametrize("name", ["demo", "test"])
def test_the_readme_has_one_command_for_the_demo_and_one_for_the_tests(name: str) -> None:
    assert len(re.findall(rf"<!-- {name} command -->\n```sh\n[^\n]+\n```", README)) == 1


def test_every_file_the_readme_links_to_is_there() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_each_action_has_an_id_of_its_own_and_no_key_twice() -> None:
    ids = [action.id for action in LIST_ACTIONS]
    keys = [key for action in LIST_ACTIONS for key in action.keys]
    assert len(set(ids)) == len(ids)
    assert len(set(keys)) == len(keys)
    assert "d" not in keys, "d stays unbound in lists"


# --- the page on triage ----------------------------------------------------------------------------


def shell_lines(document: str) -> list[list[str]]:
    """The commands of a document's shell blocks, cut into words, without comments."""
    blocks = re.findall(r"```sh\n(.*?)```", document, re.DOTALL)
    return [shlex.split(line, comments=True) for block in blocks for line in block.splitlines()]


def test_the_shell_lines_of_the_page_on_triage_are_understood() -> None:
    programs = {"kefu": build_parser(), "bench/triage.py": triage.arguments()}
    called = [
        (parser, line[line.index(name) + 1 :])
        for line in shell_lines(TRIAGE)
        for name, parser in programs.items()
        if name in line
    ]

    assert len(called) >= 6
    for parser, arguments in called:
        parser.parse_args(arguments)  # ends the program, and so the test, where it does not know a word


def test_every_command_the_page_on_triage_names_is_there() -> None:
    named = re.findall(r"`kefu (\w+)", TRIAGE)

    assert "triage" in named
    assert set(named) <= set(re.findall(r"\| `kefu (\w+)` \|", README))


def test_every_field_of_a_verdict_is_explained() -> None:
    told = verdict_json(a_verdict())

    for name in (*told, *told["signals"], *(aspect.value for aspect in Aspect)):
        assert name in TRIAGE


def test_the_places_the_benchmark_writes_are_there() -> None:
    assert "words" in triage.with_region(TRIAGE, "table", "words")
    assert "words" in triage.with_region(README, "triage", "words")


def test_the_group_the_page_installs_has_every_peer() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]

    assert {one.partition("==")[0] for one in groups["bench"]} == {peer.package for peer in PEERS}


# --- the page on replying --------------------------------------------------------------------------


def test_the_scripts_of_the_page_on_replying_can_be_used_as_they_stand(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "replying.md").read_text(encoding="utf-8")
    for kind, suffix in (("toml", "toml"), ("markdown", "md")):
        [block] = re.findall(rf"```{kind}\n(.*?)```", page, re.DOTALL)
        (tmp_path / f"own.{suffix}").write_text(block, encoding="utf-8")
    library = ScriptFiles(tmp_path, initials=lambda _title: "", starters=())

    assert library.problems() == []
    assert [script.title for script in library.all()] == ["A new lid", "换盖"]


def test_the_page_on_replying_names_every_stage() -> None:
    page = (ROOT / "docs" / "replying.md").read_text(encoding="utf-8")

    assert [stage for stage in Stage if f"`{stage.value}`" not in page] == []


def test_the_figures_of_the_tone_check_on_the_page_are_those_it_reaches() -> None:
    page = (ROOT / "docs" / "replying.md").read_text(encoding="utf-8")
    for name in tone.SETS:
        for language in ("zh", "en"):
            part = [row for row in tone.rows(name) if row["lang"] == language]
            found = tone.figures(tone.ours, part)
            shown = [f"{found[figure]:.3f}".removeprefix("0") for figure in ("precision", "recall")]
            assert f"| {len(part)} | {shown[0]} | {shown[1]} |" in page, (name, language)
