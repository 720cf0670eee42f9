"""The configuration file, from TOML to frozen, typed settings.

The dataclasses below are the schema: types, defaults and bounds are said once, here, and
`kefu_tui.settings_reader` fills them. `config.example.toml` explains every key to the founder.
"""

import re
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import time, timedelta
from importlib.metadata import entry_points
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo, available_timezones

from kefu_tui.domain.errors import N_, ConfigError, KefuError, SecretError
from kefu_tui.domain.hours import Block
from kefu_tui.domain.rules import Rule
from kefu_tui.domain.search import OwnView, QueryError, parse_query
from kefu_tui.domain.verdict import Category, Priority
from kefu_tui.holiday_days import COUNTRIES
from kefu_tui.i18n import LANGUAGES
from kefu_tui.secrets import SecretRef
from kefu_tui.setting_values import (
    Hours as Night,
)
from kefu_tui.setting_values import (
    as_found,
    duration,
    flag,
    host_and_port,
    hours,
    mail_address,
    one_of,
    own_path,
    public_address,
    text,
    web_address,
    whole_number,
)
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

_weight = whole_number(least=0, most=3)
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
    night: Annotated[Night | None, hours] = None
    night_interval: Annotated[timedelta, duration(least="5s")] = timedelta(minutes=10)
    signature: Annotated[str, text] = ""
    public_replies_as: Annotated[str, one_of(("public", "unlisted", "followers"))] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginAccount(AccountSettings):
    """An account of a channel that another package brings; what it needs is for that package to say.

    `options` are handed on as they are, `secrets` once they were looked up.
    """

    options: Annotated[Mapping[str, object], mapping_of(as_found)] = field(
        default_factory=lambda: MappingProxyType({})
    )
    secrets: Annotated[Mapping[str, SecretRef], mapping_of(read_secret_ref)] = field(
        default_factory=lambda: MappingProxyType({})
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListeningAccount(AccountSettings):
    """An account of a platform that can be searched.

    `listen` searches for the names of the brand, `keywords` are searched for beside them.
    """

    listen: Annotated[bool, flag] = False
    keywords: Annotated[tuple[str, ...], list_of(text)] = ()
    listen_interval: Annotated[timedelta, duration(least="30s")] = timedelta(minutes=10)

    def words(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """What to search for; `names` are what customers call the brand."""
        return tuple(dict.fromkeys((*self.keywords, *(names if self.listen else ()))))


@dataclass(frozen=True, slots=True, kw_only=True)
class MastodonAccount(ListeningAccount):
    """An account on a server that speaks Mastodon's API."""

    channel = "mastodon"

    server: Annotated[str, web_address]
    token: Annotated[SecretRef, read_secret_ref]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlueskyAccount(ListeningAccount):
    """An account on Bluesky, or on another server of its network."""

    channel = "bluesky"

    handle: Annotated[str, text]
    password: Annotated[SecretRef, read_secret_ref]
    server: Annotated[str, web_address] = "https://bsky.social"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeiboAccount(AccountSettings):
    """An account on Weibo.

    `ip` is the address this machine is seen with, which Weibo wants beside each reply.
    """

    channel = "weibo"

    token: Annotated[SecretRef, read_secret_ref]
    ip: Annotated[str, public_address] = ""
    api: Annotated[str, web_address] = "https://api.weibo.com"
    reminder: Annotated[str, web_address] = "https://rm.api.weibo.com"
    interval: Annotated[timedelta, duration(least="30s")] = timedelta(minutes=4)
    daily_calls: Annotated[int, whole_number(least=10)] = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class XAccount(ListeningAccount):
    """An account on X; every post read and written there is paid for."""

    channel = "x"

    token: Annotated[SecretRef, read_secret_ref]
    api: Annotated[str, web_address] = "https://api.x.com"
    interval: Annotated[timedelta, duration(least="5s")] = timedelta(minutes=3)
    daily_budget: Annotated[int, whole_number(least=0)] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GithubAccount(AccountSettings):
    """An account on GitHub, with a classic token."""

    channel = "github"

    token: Annotated[SecretRef, read_secret_ref]
    api: Annotated[str, web_address] = "https://api.github.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramAccount(AccountSettings):
    """A bot on Telegram."""

    channel = "telegram"

    token: Annotated[SecretRef, read_secret_ref]
    api: Annotated[str, web_address] = "https://api.telegram.org"


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailAccount(AccountSettings):
    """A mailbox: read by IMAP, answered by SMTP, both with the same user and password.

    `imap` and `smtp` are `host` or `host:port`; `tls` is `on` (from the first byte), `starttls`, or `off` for
    a server on this machine.
    """

    channel = "email"

    address: Annotated[str, mail_address]
    imap: Annotated[str, host_and_port]
    smtp: Annotated[str, host_and_port]
    password: Annotated[SecretRef, read_secret_ref]
    user: Annotated[str, text] = ""
    folder: Annotated[str, text] = "INBOX"
    sent_folder: Annotated[str, text] = "Sent"
    tls: Annotated[str, one_of(("on", "starttls", "off"))] = "on"


@dataclass(frozen=True, slots=True, kw_only=True)
class HackerNewsAccount(ListeningAccount):
    """Hacker News, searched for our words; it cannot be answered from here."""

    channel = "hackernews"

    api: Annotated[str, web_address] = "https://hn.algolia.com"
    interval: Annotated[timedelta, duration(least="30s")] = timedelta(minutes=5)
    listen: Annotated[bool, flag] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class V2exAccount(AccountSettings):
    """The notifications of an account on V2EX; it cannot be answered from here."""

    channel = "v2ex"

    token: Annotated[SecretRef, read_secret_ref]
    api: Annotated[str, web_address] = "https://www.v2ex.com"
    interval: Annotated[timedelta, duration(least="30s")] = timedelta(minutes=3)


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
    {
        schema.channel: schema
        for schema in (
            WeiboAccount,
            MastodonAccount,
            BlueskyAccount,
            XAccount,
            GithubAccount,
            TelegramAccount,
            EmailAccount,
            HackerNewsAccount,
            V2exAccount,
            FeedAccount,
            ManualAccount,
        )
    }
)


def plugin_schemas() -> dict[str, type[AccountSettings]]:
    """The channels that other installed packages bring, by the entry points they declare."""
    names = {point.name for point in entry_points(group="kefu_tui.channels")} - CHANNELS.keys()
    return {
        name: dataclass(frozen=True, kw_only=True)(type(name, (PluginAccount,), {"channel": name}))
        for name in sorted(names)
    }


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
            known = CHANNELS if value["channel"] in CHANNELS else {**CHANNELS, **plugin_schemas()}
            schema = known[one_of(known)(value["channel"], place.child("channel"))]
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
    """The words customers use for the shop and what it sells; `contacts` of its own may stand in public."""

    names: Annotated[tuple[str, ...], list_of(text)] = ()
    products: Annotated[tuple[str, ...], list_of(text)] = ()
    contacts: Annotated[tuple[str, ...], list_of(text)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """How the desk looks and behaves; `scripts_dir` None is `Paths.scripts_dir`."""

    undo_window: Annotated[timedelta, duration(least="0s", most="60s")] = timedelta(seconds=10)
    theme: Annotated[str, text] = "kefu-dark"
    scripts_dir: Annotated[Path | None, own_path] = None


_BLOCK = re.compile(r"(?P<start>\d{1,2}:\d{2})\s*[-–~]\s*(?P<end>\d{1,2}:\d{2})")


def read_block(value: object, place: Place) -> Block:
    """Two times of day such as `22:30-08:00`; 24:00 is midnight."""
    written = text(value, place)
    if match := _BLOCK.fullmatch(written.strip()):
        try:
            start, end = (time.fromisoformat(_padded(match[name])) for name in ("start", "end"))
        except ValueError:
            pass
        else:
            if start != end or start == time(0):
                return Block(start, end)
    raise place.refuse(
        N_('{key}: expected two times of day such as "22:30-08:00", found {found}'), found=shown(value)
    )


def _padded(written: str) -> str:
    return "00:00" if written == "24:00" else written.rjust(5, "0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """When we are at the desk, and when only what is on fire may make a sound.

    `desk_free` and `quiet_free` are for weekends and holidays; None is as on other days. Make-up workdays
    are workdays.
    """

    desk: Annotated[tuple[Block, ...], one_or_more(read_block)] = ()
    desk_free: Annotated[tuple[Block, ...] | None, one_or_more(read_block)] = None
    quiet: Annotated[tuple[Block, ...], one_or_more(read_block)] = ()
    quiet_free: Annotated[tuple[Block, ...] | None, one_or_more(read_block)] = None
    holidays: Annotated[str, one_of(COUNTRIES)] = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """How long a customer may wait for a first or next response, by priority."""

    p0: Annotated[timedelta, duration(least="1s")] = timedelta(minutes=10)
    p1: Annotated[timedelta, duration(least="1s")] = timedelta(minutes=25)
    p2: Annotated[timedelta, duration(least="1s")] = timedelta(minutes=60)
    p3: Annotated[timedelta, duration(least="1s")] = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """From how many followers on an account counts as big, as huge; from how many reposts a post spreads."""

    big: Annotated[int, whole_number(least=1)] = 10_000
    huge: Annotated[int, whole_number(least=1)] = 100_000
    reposts: Annotated[int, whole_number(least=1)] = 100


def read_word_list(value: object, place: Place) -> tuple[str, ...]:
    """Words the founder adds, each of them text."""
    return list_of(text)(value, place)


def read_priority(value: object, place: Place) -> Priority:
    """`P0` to `P3`."""
    return Priority[one_of([priority.name for priority in Priority])(value, place)]


def read_category(value: object, place: Place) -> Category:
    """A category by the word of the codebook, or by its English name such as `quality`."""
    names = {category.name.lower(): category for category in Category}
    if isinstance(value, str) and value in names:
        return names[value]
    return Category(one_of([*Category])(value, place))


def read_pattern(value: object, place: Place) -> str:
    """A regular expression; the library that reads it is loaded for the first one."""
    pattern = text(value, place)
    from kefu_tui.nlp.patterns import BrokenPattern, check

    try:
        check(pattern)
    except BrokenPattern as error:
        if error.position is None:
            raise place.refuse(
                N_("{key}: not a regular expression: {reason}; found {found}"),
                reason=error.why,
                found=shown(pattern),
            ) from None
        raise place.refuse(
            N_("{key}: not a regular expression: {reason} at character {position} of {found}"),
            reason=error.why,
            position=error.position,
            found=shown(pattern),
        ) from None
    return pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How many classes each circumstance raises a grievance; see `domain.triage.Weights`."""

    reach: Annotated[int, _weight] = 1
    verified: Annotated[int, _weight] = 1
    vip: Annotated[int, _weight] = 1
    spread: Annotated[int, _weight] = 1
    relationship: Annotated[int, _weight] = 1
    repeat: Annotated[int, _weight] = 1
    same_cause: Annotated[int, _weight] = 1
    waiting: Annotated[int, _weight] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The founder's own words, by what they mean; see `domain.words.Words`."""

    harm: Annotated[tuple[str, ...], read_word_list] = ()
    threat: Annotated[tuple[str, ...], read_word_list] = ()
    money: Annotated[tuple[str, ...], read_word_list] = ()
    demand: Annotated[tuple[str, ...], read_word_list] = ()
    deceit: Annotated[tuple[str, ...], read_word_list] = ()
    anger: Annotated[tuple[str, ...], read_word_list] = ()
    dissatisfaction: Annotated[tuple[str, ...], read_word_list] = ()
    question: Annotated[tuple[str, ...], read_word_list] = ()
    suggestion: Annotated[tuple[str, ...], read_word_list] = ()
    contact: Annotated[tuple[str, ...], read_word_list] = ()
    press: Annotated[tuple[str, ...], read_word_list] = ()
    cooperation: Annotated[tuple[str, ...], read_word_list] = ()
    praise: Annotated[tuple[str, ...], read_word_list] = ()
    noise: Annotated[tuple[str, ...], read_word_list] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Triage:
    """What the founder adds to the judgement: customers and outlets by name, weights, words."""

    vips: Annotated[tuple[str, ...], list_of(text)] = ()
    media: Annotated[tuple[str, ...], list_of(text)] = ()
    weights: Weights = field(default_factory=Weights)
    words: Words = field(default_factory=Words)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSettings:
    """One `[[rule]]`: what to look for, and what to make of it; see `domain.rules.Rule`."""

    name: Annotated[str, text]
    keywords: Annotated[tuple[str, ...], list_of(text)] = ()
    pattern: Annotated[str, read_pattern] = ""
    authors: Annotated[tuple[str, ...], list_of(text)] = ()
    channels: Annotated[tuple[str, ...], list_of(text)] = ()
    categories: Annotated[tuple[Category, ...], list_of(read_category)] = ()
    priority: Annotated[Priority | None, read_priority] = None
    category: Annotated[Category | None, read_category] = None
    tag: Annotated[str, text] = ""
    noise: Annotated[bool | None, flag] = None


def read_rules(value: object, place: Place) -> tuple[Rule, ...]:
    """The `[[rule]]` tables, in the order in which they are asked."""
    if not isinstance(value, list):
        raise place.refuse(N_("{key}: write [[rule]], with two pairs of brackets, above each rule"))
    taken: dict[str, Place] = {}
    rules = []
    for index, item in enumerate(value):
        name = item.get("name") if isinstance(item, dict) else None
        here = place.item(index)
        if isinstance(name, str) and name.strip():  # a file of many rules is searched by name
            here = Place(f"{here.key} {shown(name)}", place.problems)
        with suppress(Unusable):
            rules.append(_read_rule(item, here))
        if isinstance(name, str) and taken.setdefault(name, place.item(index)).key != place.item(index).key:
            place.item(index).child("name").refuse(
                N_("{key}: {found} is already the name of {first}"), found=shown(name), first=taken[name].key
            )
    return tuple(rules)


def read_query(value: object, place: Place) -> str:
    """A filter as it is typed after `/`."""
    query = text(value, place)
    try:
        parse_query(query, str.casefold)
    except QueryError as error:
        raise place.refuse(N_("{key}: {problem}"), problem=error) from None
    return query


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewSettings:
    """One `[[view]]`: a filter with a name; see `domain.search.OwnView`."""

    name: Annotated[str, text]
    find: Annotated[str, read_query]
    key: Annotated[str, text] = ""


def read_views(value: object, place: Place) -> tuple[OwnView, ...]:
    """The `[[view]]` tables, in the order in which they are shown."""
    if not isinstance(value, list):
        raise place.refuse(N_("{key}: write [[view]], with two pairs of brackets, above each view"))
    taken: dict[str, Place] = {}
    views = []
    for index, item in enumerate(value):
        here = place.item(index)
        with suppress(Unusable):
            known = len(place.problems)
            view = read_table(ViewSettings, item, here)
            if len(place.problems) == known:
                views.append(OwnView(name=view.name, find=view.find, key=view.key))
        name = item.get("name") if isinstance(item, dict) else None
        if isinstance(name, str) and taken.setdefault(name, here).key != here.key:
            here.child("name").refuse(
                N_("{key}: {found} is already the name of {first}"), found=shown(name), first=taken[name].key
            )
    return tuple(views)


def _read_rule(value: object, place: Place) -> Rule:
    known = len(place.problems)
    settings = read_table(RuleSettings, value, place)
    rule = Rule(**{key: getattr(settings, entry.field) for key, entry in entries(RuleSettings).items()})
    if len(place.problems) > known:
        raise Unusable
    if not rule.asks:
        raise place.refuse(N_("{key}: asks nothing; give keywords, pattern, authors, channels or categories"))
    if not rule.gives:
        raise place.refuse(N_("{key}: does nothing; give priority, category, tag or noise"))
    if rule.noise and (rule.priority not in (None, Priority.P3)):
        raise place.refuse(N_("{key}: noise = true and a priority above P3 exclude each other"))
    return rule


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
    hours: Hours = field(default_factory=Hours)
    reach: Reach = field(default_factory=Reach)
    triage: Triage = field(default_factory=Triage)
    rules: Annotated[tuple[Rule, ...], read_rules] = field(default=(), metadata={"key": "rule"})
    views: Annotated[tuple[OwnView, ...], read_views] = field(default=(), metadata={"key": "view"})
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
