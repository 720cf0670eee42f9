"""What the documents say is what is there."""

import re
from pathlib import Path

import pytest

from docs.tables import with_tables
from kefu_tui.tui.actions import LIST_ACTIONS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


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
