"""Scripts as files: the starters that ship with the program, and the founder's own beside them.

A TOML file holds `[[script]]` tables with `id`, `stage`, `title` and `body`, and where wanted `keywords`,
`initials` and `tone`. `language = "zh-Hans"` on top names the language of all of them. A Markdown
file is read by `markdown.py`. Files are read again when they change; while one cannot be read at all, what it
held before stays in use.
"""

import itertools
import json
import os
import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from kefu_tui.domain.errors import N_, KefuError, NotAllowed
from kefu_tui.domain.script import NewScript, Script, Stage, broken_braces
from kefu_tui.domain.verdict import Language
from kefu_tui.i18n import describe
from kefu_tui.scripts import markdown
from kefu_tui.setting_values import one_of, text
from kefu_tui.settings_reader import Place, Reader, Unusable, list_of, read_table, shown

STARTERS = (
    (Path(__file__).with_name("zh_Hans.toml"), Language.HANS),
    (Path(__file__).with_name("zh_Hant.toml"), Language.HANT),
    (Path(__file__).with_name("en.toml"), Language.ENGLISH),
)
_TABLE = re.compile(r"\s*\[\[\s*script\s*\]\]")
_TOML_LINE = re.compile(r" \(at line (\d+), column \d+\)$")
_PLACE = re.compile(r"script\[(?P<index>\d+)\](?:\.(?P<key>\w+))?")
_SUFFIXES = frozenset({".toml", ".md"})
_HAN = re.compile(r"[\u3400-\u9fff]")


def read_stage(value: object, place: Place) -> Stage:
    return Stage(one_of(list(Stage))(value, place))


def read_language(value: object, place: Place) -> Language:
    return Language(one_of([Language.HANS, Language.HANT, Language.ENGLISH])(value, place))


def read_body(value: object, place: Place) -> str:
    """The words of a script; a brace without its partner is refused here rather than at the send."""
    if not isinstance(value, str) or not value.strip():
        raise place.refuse(N_("{key}: expected text in quotes, found {found}"), found=shown(value))
    if broken_braces(value):
        raise place.refuse(N_("{key}: a brace without its partner: a placeholder is broken"))
    return value.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One `[[script]]` table."""

    id: Annotated[str, text]
    stage: Annotated[Stage, read_stage]
    title: Annotated[str, text]
    body: Annotated[str, read_body]
    keywords: Annotated[tuple[str, ...], list_of(text)] = ()
    initials: Annotated[str, text] = ""
    tone: Annotated[str, text] = "warm"


def _entries() -> Reader[tuple["_Entry | None", ...]]:
    """The tables in their order, None where one cannot be used, so that an index still finds its line."""

    def read_one(value: object, place: Place) -> _Entry | None:
        try:
            return read_table(_Entry, value, place)
        except Unusable:
            return None

    return list_of(read_one)


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A whole file."""

    language: Annotated[Language | None, read_language] = None
    script: Annotated[tuple[_Entry | None, ...], _entries()] = ()


@dataclass(frozen=True, slots=True)
class _Problem:
    file: Path
    line: int
    error: KefuError


_Stamp = tuple[tuple[Path, int, int], ...]  # path, time of change in ns, size


@dataclass(frozen=True, slots=True)
class _Shelf:
    """What was read: the scripts, the problems, and the state of the files it was read from."""

    stamp: _Stamp
    scripts: tuple[Script, ...]
    problems: tuple[_Problem, ...]


class ScriptFiles:
    """The scripts of the given files, read when they are asked for and have changed.

    The founder's own come first, and one with the id and language of a starter takes its place.
    `initials` gives the pinyin initials of a title whose file does not, `language_of` the language of a body
    whose file does not name it.
    """

    def __init__(
        self,
        own_dir: Path | None,
        initials: Callable[[str], str],
        starters: Sequence[tuple[Path, Language]] = STARTERS,
        language_of: Callable[[str], Language] | None = None,
    ) -> None:
        self._own_dir = own_dir
        self._initials = initials
        self._starters = starters
        self._language_of = language_of or _guessed_language
        self._shelf: _Shelf | None = None
        self._shipped: tuple[list[Script], list[_Problem]] | None = None
        self._last_good: dict[Path, list[Script]] = {}

    def all(self) -> Sequence[Script]:
        return self._read().scripts

    def problems(self) -> Sequence[str]:
        return [f"{p.file.name}:{p.line}: {describe(p.error)}" for p in self._read().problems]

    def add(self, new: NewScript) -> Script:
        """Append a script to `saved.<language>.toml` in the founder's directory, which is made if need be."""
        if self._own_dir is None:
            raise NotAllowed(N_("there is no directory for scripts of your own here"))
        path = self._own_dir / f"saved.{new.language.value}.toml"
        try:
            before = path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            before = f'language = "{new.language.value}"\n'
        except (OSError, UnicodeDecodeError) as error:
            raise KefuError(N_("{path}: cannot be read: {reason}"), path=path, reason=str(error)) from None
        try:
            taken = {one.get("id") for one in tomllib.loads(before).get("script", ())}
        except (tomllib.TOMLDecodeError, AttributeError) as error:
            raise KefuError(N_("{path}: put this right first: {reason}"), path=path, reason=error) from None
        if broken_braces(new.body) or not new.body.strip() or not new.title.strip():
            raise NotAllowed(N_("a script needs a title and a text whose braces are whole"))
        own_id = _free_id(new, self._initials(new.title), taken)
        entry = "".join(
            f"{key} = {_quoted(value)}\n"
            for key, value in (
                ("id", own_id),
                ("stage", new.stage.value),
                ("title", " ".join(new.title.split())),
                ("body", new.body.strip()),
            )
        )
        replace_file(path, f"{before.rstrip()}\n\n[[script]]\n{entry}")
        wanted = f"{new.language.value}/{own_id}"
        return next(script for script in self.all() if script.id == wanted)

    def _read(self) -> _Shelf:
        paths = self._own_files()
        stamp = tuple(_stamp(path) for path in paths)
        if self._shelf is not None and self._shelf.stamp == stamp:
            return self._shelf
        scripts: dict[str, Script] = {}
        problems: list[_Problem] = []
        for path in paths:
            for script in self._own_scripts(path, problems):
                if script.id in scripts:
                    first = scripts[script.id].origin
                    error = KefuError(N_("{id} already stands in {first}"), id=script.id, first=first)
                    problems.append(_Problem(path, int(script.origin.rpartition(":")[2]), error))
                scripts.setdefault(script.id, script)
        shipped, of_shipped = self._starters_read()
        problems += of_shipped
        for script in shipped:
            scripts.setdefault(script.id, script)
        self._shelf = _Shelf(stamp, tuple(scripts.values()), tuple(problems))
        return self._shelf

    def _starters_read(self) -> tuple[list[Script], list[_Problem]]:
        """The shipped ones do not change while the program runs."""
        if self._shipped is None:
            problems: list[_Problem] = []
            found = [
                script
                for path, language in self._starters
                for script in self._scripts_of(path, language, problems)
            ]
            self._shipped = found, problems
        return self._shipped

    def _own_scripts(self, path: Path, problems: list[_Problem]) -> list[Script]:
        before = len(problems)
        found = list(self._scripts_of(path, None, problems))
        if not found and len(problems) > before:  # half saved, or broken a moment ago
            return self._last_good.get(path, [])
        self._last_good[path] = found
        return found

    def _own_files(self) -> list[Path]:
        if self._own_dir is None:
            return []
        try:
            return sorted(
                path
                for path in self._own_dir.iterdir()
                if path.suffix.lower() in _SUFFIXES and not path.name.startswith(".")
            )
        except OSError:  # not there yet
            return []

    def _scripts_of(
        self, path: Path, language: Language | None, problems: list[_Problem]
    ) -> Iterator[Script]:
        """The usable scripts of one file; what is wrong with the others is added to `problems`."""
        try:
            content = path.read_bytes().decode("utf-8-sig")
            if path.suffix.lower() == ".md":
                yield from self._from_markdown(path, content, problems)
                return
            document = tomllib.loads(content)
        except OSError as error:
            problems.append(
                _Problem(path, 1, KefuError(N_("cannot be read: {reason}"), reason=error.strerror))
            )
            return
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            problems.append(_Problem(path, line, KefuError(N_("not UTF-8 text"))))
            return
        except tomllib.TOMLDecodeError as error:
            problems.append(_syntax_problem(path, content, str(error)))
            return
        errors: list[KefuError] = []
        file = read_table(_File, document, Place("", errors))
        lines = _Lines(content)
        problems += [_Problem(path, lines.of(str(error.params.get("key", ""))), error) for error in errors]
        for index, entry in enumerate(file.script):
            if entry is not None:
                spoken = language or file.language or self._spoken(entry.body)
                yield self._script(entry, spoken, f"{path}:{lines.of(f'script[{index}]')}")

    def _from_markdown(self, path: Path, content: str, problems: list[_Problem]) -> Iterator[Script]:
        for section in markdown.sections(content):
            errors: list[KefuError] = []
            table = {key: value for key, (value, _line) in section.fields.items()}
            named = table.pop("language", None)
            lines = {key: line for key, (_value, line) in section.fields.items()}
            place = Place("", errors)
            language = None
            entry = None
            with suppress(Unusable):
                if named is not None:
                    language = read_language(named, place.child("language"))
                entry = read_table(
                    _Entry, {"id": markdown.slug(path.stem, section), **table, **section.said}, place
                )
            for error in errors:
                line = lines.get(str(error.params.get("key", "")).partition("[")[0], section.line)
                problems.append(_Problem(path, line, error))
            if entry is not None and not errors:
                yield self._script(entry, language or self._spoken(entry.body), f"{path}:{section.line}")

    def _spoken(self, body: str) -> Language:
        """The language of a body; where nobody can tell it is told by its characters."""
        language = self._language_of(body)
        return _guessed_language(body) if language is Language.OTHER else language

    def _script(self, entry: _Entry, language: Language, origin: str) -> Script:
        return Script(
            id=f"{language.value}/{entry.id}",
            stage=entry.stage,
            title=entry.title,
            body=entry.body,
            language=language,
            keywords=entry.keywords,
            initials=entry.initials or self._initials(entry.title),
            tone=entry.tone,
            origin=origin,
        )


def _free_id(new: NewScript, initials: str, taken: Collection[object]) -> str:
    words = initials or "-".join(re.findall(r"[a-z0-9]+", new.title.lower())) or "script"
    name = f"{new.stage.value}-{words}"[:40]
    numbered = (f"{name}-{number}" for number in itertools.count(2))
    return next(one for one in itertools.chain([name], numbered) if one not in taken)


def _quoted(value: str) -> str:
    """A TOML basic string; JSON's escapes are a part of TOML's, but DEL has to be escaped as well."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")


def replace_file(path: Path, content: str) -> None:
    """Put a new file in the place of the old one, whole and on disk, or change nothing."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(
            os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
    except OSError as error:
        with suppress(OSError):
            scratch.unlink(missing_ok=True)
        raise KefuError(N_("{path}: cannot be written: {reason}"), path=path, reason=error.strerror) from None


def _stamp(path: Path) -> tuple[Path, int, int]:
    try:
        state = path.stat()
    except OSError:  # gone between the listing and now
        return path, 0, 0
    return path, state.st_mtime_ns, state.st_size


def _guessed_language(body: str) -> Language:
    return Language.HANS if _HAN.search(body) else Language.ENGLISH


def _syntax_problem(path: Path, content: str, message: str) -> _Problem:
    position = _TOML_LINE.search(message)
    line = int(position[1]) if position else content.count("\n") + 1
    return _Problem(
        path, line, KefuError(N_("this is not TOML: {reason}"), reason=_TOML_LINE.sub("", message))
    )


class _Lines:
    """Where in a file things stand; `tomllib` does not tell."""

    def __init__(self, content: str) -> None:
        self._lines = content.split("\n")
        self._tables = [number for number, line in enumerate(self._lines) if _TABLE.match(line)]

    def of(self, key: str) -> int:
        """The line, from 1, of `script[2].stage` or `language`; its table's where that is not written."""
        place = _PLACE.match(key)
        if place is None:
            return self._key_line(key, 0, len(self._lines)) + 1
        if int(place["index"]) >= len(self._tables):  # written inline: script = [{…}]
            return 1
        index = int(place["index"])
        start = self._tables[index]
        end = self._tables[index + 1] if index + 1 < len(self._tables) else len(self._lines)
        return (self._key_line(place["key"], start, end) if place["key"] else start) + 1

    def _key_line(self, key: str, start: int, end: int) -> int:
        pattern = re.compile(rf"\s*['\"]?{re.escape(key)}['\"]?\s*=")
        return next((n for n in range(start, end) if pattern.match(self._lines[n])), start)
