"""Each module in a fresh interpreter: which libraries does importing it, or asking for help, pull in?"""

import subprocess
import sys
from pathlib import Path

import pytest

import kefu_tui

PACKAGE = Path(kefu_tui.__file__).parent
HEAVY = {"textual", "rich", "httpx", "tinydb", "jieba", "platformdirs", "feedparser", "keyring"}
INNER = sorted(
    f"kefu_tui.{room}.{path.stem}"
    for room in ("domain", "services")
    for path in (PACKAGE / room).glob("*.py")
    if path.stem != "__init__"
)


def heavy_after(code: str) -> set[str]:
    """The heavy libraries loaded once `code` has run."""
    report = f"{code}\nimport sys\nprint('\\n' + ' '.join(sys.modules))"
    run = subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True)
    return HEAVY & {name.partition(".")[0] for name in run.stdout.splitlines()[-1].split()}


def test_domain_ports_and_services_know_no_library():
    imports = "\n".join(f"import {module}" for module in [*INNER, "kefu_tui.ports"])

    assert heavy_after(imports) == set()


@pytest.mark.parametrize(
    "module", ["kefu_tui.bootstrap", "kefu_tui.cli", "kefu_tui.wording", "kefu_tui.demo"]
)
def test_nothing_heavy_is_imported_before_it_is_needed(module: str):
    assert heavy_after(f"import {module}") == set()


@pytest.mark.parametrize(
    ("rule", "is_loaded"),
    [("keywords = ['a']", False), ("pattern = 'a'", True)],
)
def test_reading_a_configuration_loads_the_pattern_library_only_for_a_pattern(rule: str, is_loaded: bool):
    content = f"[[rule]]\nname = 'r'\ntag = 't'\n{rule}"
    code = f"from kefu_tui.config import parse\nparse({content!r}, 'config.toml')"
    run = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint('regex' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert run.stdout.strip() == str(is_loaded)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["report", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]):
    code = f"""
from kefu_tui.cli import main
try:
    main({arguments!r})
except SystemExit as end:
    assert end.code == 0
"""
    assert heavy_after(code) == set()


@pytest.mark.parametrize("arguments", [["triage", "-"], ["triage", __file__]])
def test_judging_texts_loads_nothing_heavy_and_no_service(arguments: list[str]):
    code = f"""
import sys
from kefu_tui.cli import main
main({arguments!r})
unneeded = ("asyncio", "kefu_tui.services", "kefu_tui.storage", "kefu_tui.config")
assert not [name for name in sys.modules if name.startswith(unneeded)]
"""
    assert heavy_after(code) == set()
