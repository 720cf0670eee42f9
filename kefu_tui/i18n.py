"""The founder's language: gettext catalogues, and the few formats that differ between languages.

Only the rooms that speak to people import this module: the desk and the commands. The inner rooms
raise errors whose template and parameters travel apart, and `describe` puts them into words.
How the catalogues are kept is told in `docs/translating.md`.
"""

import gettext
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from kefu_tui.domain.errors import N_ as N_
from kefu_tui.domain.errors import ConfigError, KefuError

LANGUAGES = ("zh_Hans", "en")
_DOMAIN = "kefu"
_LOCALE_DIR = Path(__file__).with_name("locale")


@dataclass(frozen=True, slots=True)
class _Catalogue:
    language: str
    translations: gettext.NullTranslations


_active = _Catalogue("en", gettext.NullTranslations())  # the message ids are English already


def install(language: str, environ: Mapping[str, str]) -> None:
    """Speak `language` from now on: one of `LANGUAGES`, or `auto` for what the locale wants."""
    global _active
    _active = _load(_preferred(environ) if language == "auto" else language)


@contextmanager
def using(language: str) -> Iterator[None]:
    """Speak one of `LANGUAGES` for a while."""
    global _active
    before = _active
    _active = _load(language)
    try:
        yield
    finally:
        _active = before


def language() -> str:
    """The language spoken now, one of `LANGUAGES`."""
    return _active.language


def _load(language: str) -> _Catalogue:
    return _Catalogue(language, gettext.translation(_DOMAIN, _LOCALE_DIR, languages=[language]))


def _preferred(environ: Mapping[str, str]) -> str:
    """The order of GNU gettext: `LANGUAGE` is a list of wishes, void in the C locale scripts ask for."""
    variables = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((environ[name] for name in variables if environ.get(name)), "")
    if locale.partition(".")[0] in {"C", "POSIX"}:
        return "en"
    for wish in (*environ.get("LANGUAGE", "").split(":"), locale):
        code = re.split(r"[_.@-]", wish.lower())[0]
        if code == "zh":
            return "zh_Hans"
        if code == "en":
            return "en"
    return "en"


def _(message: str) -> str:
    """The message in the language spoken now."""
    return _active.translations.gettext(message) if message else ""  # "" is the id of the header


def ngettext(singular: str, plural: str, n: int) -> str:
    """The form of the message for `n` things, not yet filled in."""
    return _active.translations.ngettext(singular, plural, n)


def describe(error: KefuError) -> str:
    """What happened, in the language spoken now; a `ConfigError` lists its problems, one a line.

    Parameters that are errors or durations are put into words as well; all others are data.
    """
    summary = _(error.template).format(**{name: _in_words(value) for name, value in error.params.items()})
    if isinstance(error, ConfigError):
        return "\n".join([summary, *(f"  {describe(problem)}" for problem in error.problems)])
    return summary


def _in_words(value: object) -> object:
    match value:
        case KefuError():
            return describe(value)
        case timedelta():
            return duration(value)
        case _other:
            return value


def duration(length: timedelta) -> str:
    """A length of time at a glance, rounded down to its two largest units: `45s`, `34m`, `2h10m`, `3d4h`."""
    seconds = int(abs(length).total_seconds())
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days:
        short = _("{days}d{hours}h") if hours % 24 else _("{days}d")
    elif hours:
        short = _("{hours}h{minutes}m") if minutes % 60 else _("{hours}h")
    elif minutes:
        short = _("{minutes}m")
    else:
        short = _("{seconds}s")
    sign = "-" if length < timedelta() and seconds else ""
    return sign + short.format(days=days, hours=hours % 24, minutes=minutes % 60, seconds=seconds % 60)
