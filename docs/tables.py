"""Writes the README's tables of keys and commands from the program: `python docs/tables.py`.

A test compares the two, so that what is documented is what is there.
"""

import re
from argparse import ArgumentParser, _SubParsersAction
from pathlib import Path

from kefu_tui import i18n
from kefu_tui.cli import build_parser
from kefu_tui.domain.feed import View
from kefu_tui.tui.actions import COMPOSER_ACTIONS, LIST_ACTIONS
from kefu_tui.wording import view

README = Path(__file__).parents[1] / "README.md"


def keys() -> str:
    """The table of keys, with the id each is remapped by."""
    rows = ["| key | does | id |", "|---|---|---|"]
    for action in (*LIST_ACTIONS, *COMPOSER_ACTIONS):
        shown = " ".join(f"`{key}`" for key in action.keys)
        rows.append(f"| {shown} | {action.label} | `{action.id}` |")
    views = ", ".join(f"`{one.key}` {view(one)}" for one in View)
    return "\n".join(rows) + f"\n\nViews: {views}."


def commands() -> str:
    """The table of commands with what each does."""
    rows = ["| command | does |", "|---|---|"]
    for name, words in _commands(build_parser()).items():
        rows.append(f"| `kefu {name}` | {words} |")
    return "\n".join(rows)


def _commands(parser: ArgumentParser) -> dict[str, str]:
    [subparsers] = [action for action in parser._actions if isinstance(action, _SubParsersAction)]
    return {choice.dest: choice.help or "" for choice in subparsers._choices_actions}


def with_tables(readme: str) -> str:
    """The README with both tables as the program has them."""
    with i18n.using("en"):
        for name, table in (("keys", keys()), ("commands", commands())):
            place = re.compile(f"(<!-- {name}: begin -->\n).*?(<!-- {name}: end -->)", re.DOTALL)
            readme, found = place.subn(lambda match, table=table: f"{match[1]}{table}\n{match[2]}", readme)
            if found != 1:
                raise SystemExit(f"README.md has {found} places for the {name}")
    return readme


if __name__ == "__main__":
    README.write_text(with_tables(README.read_text(encoding="utf-8")), encoding="utf-8")
