"""The configuration file, from TOML to frozen, typed settings.

The dataclasses below are the schema: types, defaults and bounds are said once, here, and
`kefu_tui.settings_reader` fills them. `config.example.toml` explains every key to the founder.
"""

import re
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo, available_timezones

from kefu_tui.domain.errors import N_, ConfigError, KefuError, SecretError
from kefu_tui.i18n import LANGUAGES
from kefu_tui.secrets import SecretRef
from kefu_tui.setting_values import duration, flag, one_of, own_path, text, web_address, whole_number
from kefu_tui.settings_reader import (
    Place,
    Unusable,
    entries,
    list_of,
    mapping_of,
    nearest,
    one_or_more,
    read_table,
    shown,
)

_ACCOUNT_NAME = re.compile(r"\w[\w.-]*")
_TOML_POSITION = re.compile(r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")


def read_zone(value: object, place: Place) -> ZoneInfo | None:
    """An IANA time zone; `auto` is None, the zone of the system."""
    name = text(value, place)
    if name == "auto":
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; not a name; a directory such as "Asia"
        pass
    if meant := nearest(name, available_timezones()):
        raise place.refuse(
            N_("{key}: unknown time zone {found}; did you mean '{meant}'?"), found=shown(name), meant=meant
        )
    raise place.refuse(
        N_("{key}: unknown time zone {found}; expected auto or a name such as Asia/Shanghai"),
        found=shown(name),
    )


def read_account_name(value: object, place: Place) -> str:
    """A name that can be part of a mention's key and of a command line."""
    name = text(value, place)
    if not _ACCOUNT_NAME.fullmatch(name):
        raise place.refuse(
            N_("{key}: expected letters and digits, with - _ . between them; found {found}"),
            found=shown(name),
        )
    return name


def read_secret_ref(value: object, place: Place) -> SecretRef:
    """A reference to a secret; what was found is never quoted, it may be the secret."""
    if not isinstance(value, str):
        raise place.refuse(N_('{key}: expected a reference to a secret in quotes, such as "env:NAME"'))
    try:
        return SecretRef.parse(value)
    except SecretError as error:
        raise place.refuse(N_("{key}: {problem}"), problem=error) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSettings:
    """What every account has, whatever its channel."""

    channel: ClassVar[str]

    name: Annotated[str, read_account_name]
    interval: Annotated[timedelta, duration(least="5s")] = timedelta(seconds=60)
    read_only: Annotated[bool, flag] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MastodonAccount(AccountSettings):
    """An account on a server that speaks Mastodon's API."""

    channel = "mastodon"

    server: Annotated[str, web_address]
    token: Annotated[SecretRef, read_secret_ref]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedAccount(AccountSettings):
    """An RSS or Atom feed that speaks about us."""

    channel = "rss"

    url: Annotated[str, web_address]


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualAccount(AccountSettings):
    """A place without an API: mentions are entered by hand, replies are copied."""

    channel = "manual"


CHANNELS: Mapping[str, type[AccountSettings]] = MappingProxyType(
    {schema.channel: schema for schema in (MastodonAccount, FeedAccount, ManualAccount)}
)


def read_accounts(value: object, place: Place) -> tuple[AccountSettings, ...]:
    """The `[[account]]` tables, each by the schema of its channel."""
    if not isinstance(value, list):
        raise place.refuse(N_("{key}: write [[account]], with two pairs of brackets, above each account"))
    taken: dict[str, Place] = {}
    accounts = []
    for index, item in enumerate(value):
        here = place.item(index)
        with suppress(Unusable):
            accounts.append(_read_account(item, here))
        name = item.get("name") if isinstance(item, dict) else None
        if isinstance(name, str) and (first := taken.setdefault(name, here)) is not here:
            here.child("name").refuse(
                N_("{key}: {found} is already the name of {first}"), found=shown(name), first=first.key
            )
    return tuple(accounts)


def _read_account(value: object, place: Place) -> AccountSettings:
    if not isinstance(value, dict):
        raise place.refuse(N_("{key}: expected a table, found {found}"), found=shown(value))
    schema = None
    if "channel" in value:
        with suppress(Unusable):
            schema = CHANNELS[one_of(CHANNELS)(value["channel"], place.child("channel"))]
    else:
        place.child("channel").refuse(
            N_("{key}: missing; expected one of {choices}"), choices=", ".join(CHANNELS)
        )
    if schema is not None:
        return read_table(schema, value, place, known={"channel"})
    # Without its channel an account still shows what is wrong with the keys all accounts have.
    of_any_channel = {key for candidate in CHANNELS.values() for key in entries(candidate)}
    read_table(AccountSettings, value, place, known={"channel"} | of_any_channel)
    raise Unusable


@dataclass(frozen=True, slots=True, kw_only=True)
class Me:
    """The founder: `name` fills the placeholder {我} of scripts, which blocks the send while it is empty."""

    name: Annotated[str, text] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """The words customers use for the shop and what it sells."""

    names: Annotated[tuple[str, ...], list_of(text)] = ()
    products: Annotated[tuple[str, ...], list_of(text)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """How the desk looks and behaves; `scripts_dir` None is `Paths.scripts_dir`."""

    undo_window: Annotated[timedelta, duration(least="0s", most="60s")] = timedelta(seconds=10)
    theme: Annotated[str, text] = "kefu-dark"
    scripts_dir: Annotated[Path | None, own_path] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """How long a customer may wait for a first or next response, by priority."""

    p0: Annotated[timedelta, duration(least="1s")] = timedelta(minutes=10)
    p1: Annotated[timedelta, duration(least="1s")] = timedelta(minutes=25)
    p2: Annotated[timedelta, duration(least="1s")] = timedelta(minutes=60)
    p3: Annotated[timedelta, duration(least="1s")] = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """From how many followers on an account counts as big, and as huge."""

    big: Annotated[int, whole_number(least=1)] = 10_000
    huge: Annotated[int, whole_number(least=1)] = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole file.

    `keys` maps an action's id to its keys. Which actions and themes exist is the desk's to check.
    """

    language: Annotated[str, one_of(("auto", *LANGUAGES))] = "auto"
    timezone: Annotated[ZoneInfo | None, read_zone] = None
    me: Me = field(default_factory=Me)
    brand: Brand = field(default_factory=Brand)
    desk: Desk = field(default_factory=Desk)
    targets: Targets = field(default_factory=Targets)
    reach: Reach = field(default_factory=Reach)
    keys: Annotated[Mapping[str, tuple[str, ...]], mapping_of(one_or_more(text))] = field(
        default_factory=lambda: MappingProxyType({})
    )
    accounts: Annotated[tuple[AccountSettings, ...], read_accounts] = field(
        default=(), metadata={"key": "account"}
    )


def load(path: Path) -> Settings:
    """Read the settings from a file; raises `ConfigError` when it is not there or cannot be used."""
    try:
        content = path.read_bytes().decode("utf-8-sig")  # some editors leave a byte order mark
    except FileNotFoundError:
        problem = KefuError(N_("there is no such file; copy config.example.toml there to begin"))
    except OSError as error:
        problem = KefuError(N_("cannot be read: {reason}"), reason=error.strerror)
    except UnicodeDecodeError as error:
        problem = KefuError(
            N_("line {line}: not UTF-8 text"), line=error.object.count(b"\n", 0, error.start) + 1
        )
    else:
        return parse(content, str(path))
    raise ConfigError(str(path), (problem,))


def parse(content: str, origin: str) -> Settings:
    """Read the settings from TOML text; raises `ConfigError` with every problem found.

    `origin` names the text in messages. An empty text is valid: all defaults, and no account.
    """
    try:
        document = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(origin, (_syntax_problem(str(error), content),)) from None
    problems: list[KefuError] = []
    root = Place("", problems)
    settings = read_table(Settings, document, root)
    if settings.reach.huge < settings.reach.big:
        root.child("reach").child("huge").refuse(
            N_("{key}: must be at least {least}, found {found}"),
            least=settings.reach.big,
            found=settings.reach.huge,
        )
    if problems:
        raise ConfigError(origin, tuple(problems))
    return settings


def _syntax_problem(message: str, content: str) -> KefuError:
    """The one problem of a text that is not TOML; `tomllib` puts the position into its message."""
    position = _TOML_POSITION.search(message)
    line = position["line"] if position else None
    return KefuError(
        N_("line {line}: this is not TOML: {reason}"),
        line=int(line) if line else content.count("\n") + 1,
        reason=_TOML_POSITION.sub("", message),
    )
