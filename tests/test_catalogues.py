"""Are the catalogues complete, sound and compiled? What to do when not: docs/translating.md."""

import ast
import io
import string
from collections.abc import Sequence
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

import kefu_tui
from kefu_tui.i18n import LANGUAGES

PACKAGE = Path(kefu_tui.__file__).parent
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}

Forms = tuple[str, ...]  # one text, or its singular and plural


def forms(text: str | Sequence[str]) -> Forms:
    return (text,) if isinstance(text, str) else tuple(text)


@pytest.fixture(scope="module")
def said() -> dict[Forms, str]:
    """Every message of the program and where it stands first."""
    found: dict[Forms, str] = {}
    for file, line, message, *_ in extract_from_dir(PACKAGE, [("**.py", "python")], keywords=KEYWORDS):
        found.setdefault(forms(message), f"{file}:{line}")
    return found


def source_of(language: str) -> Path:
    return PACKAGE / "locale" / language / "LC_MESSAGES" / "kefu.po"


def catalogue(language: str) -> Catalog:
    with source_of(language).open("rb") as file:
        return read_po(file, locale=language)


def messages(catalog: Catalog) -> dict[Forms, Forms]:
    """Without the header, which names the version of the tool that wrote it."""
    return {forms(message.id): forms(message.string) for message in catalog if message.id}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_the_messages_of_the_program_are_found(said: dict[Forms, str]):
    assert ("{path}: {count} problem(s)",) in said
    assert ("{hours}h{minutes}m",) in said


def test_no_message_is_said_inside_an_f_string_where_it_would_not_be_collected():
    inside = [
        f"{path.name}:{call.lineno}"
        for path in PACKAGE.rglob("*.py")
        for text in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in KEYWORDS
        if isinstance(call.args[0], ast.Constant)
    ]
    assert inside == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_is_in_every_catalogue(language: str, said: dict[Forms, str]):
    known = messages(catalogue(language))

    missing = {message: place for message, place in said.items() if message not in known}
    assert missing == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_catalogue_keeps_what_is_no_longer_said(language: str, said: dict[Forms, str]):
    assert messages(catalogue(language)).keys() - said.keys() == set()


def test_every_message_is_translated_into_chinese():
    untranslated = [
        text for text, translation in messages(catalogue("zh_Hans")).items() if not all(translation)
    ]

    assert untranslated == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_to_be_checked(language: str):
    catalog = catalogue(language)

    assert not catalog.fuzzy
    assert [message.id for message in catalog if message.fuzzy and message.id] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_fills_the_same_placeholders(language: str):
    def differs(message: Message) -> bool:
        asked = set().union(*map(placeholders, forms(message.id)))
        return any(placeholders(form) != asked for form in forms(message.string) if form)

    assert [message.id for message in catalogue(language) if message.id and differs(message)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_that_of_its_source(language: str):
    fresh = io.BytesIO()
    write_mo(fresh, catalogue(language))
    fresh.seek(0)

    with source_of(language).with_suffix(".mo").open("rb") as committed:
        assert messages(read_mo(committed)) == messages(read_mo(fresh))
