"""The script of the demo: one invented shop's day, read strictly from `demo_day.toml`."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from functools import partial
from pathlib import Path
from typing import Annotated

from kefu_tui.domain.errors import N_, ConfigError, KefuError
from kefu_tui.domain.mention import Kind, Verified, Visibility
from kefu_tui.domain.verdict import Category, Priority
from kefu_tui.setting_values import flag, one_of, text, whole_number
from kefu_tui.settings_reader import Place, Reader, Unusable, list_of, read_table, shown

DAY_FILE = Path(__file__).with_name("demo_day.toml")
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


def read_time(value: object, place: Place) -> time:
    """A local time of day, `"20:30"`."""
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise place.refuse(N_('{key}: expected a time such as "20:30", found {found}'), found=shown(value))
    return time(int(match[1]), int(match[2]))


def read_words(value: object, place: Place) -> str:
    """Text of any number of lines that says something."""
    if not isinstance(value, str) or not value.strip():
        raise place.refuse(N_("{key}: expected text in quotes, found {found}"), found=shown(value))
    return value


def read_name(value: object, place: Place) -> str:
    """A display name; empty for somebody who has none."""
    return "" if value == "" else text(value, place)


def read_kind(value: object, place: Place) -> Kind:
    return Kind(one_of(list(Kind))(value, place))


def read_visibility(value: object, place: Place) -> Visibility:
    return Visibility(one_of(list(Visibility))(value, place))


def read_verified(value: object, place: Place) -> Verified:
    return Verified(one_of(list(Verified))(value, place))


def read_priority(value: object, place: Place) -> Priority:
    return Priority[one_of([priority.name for priority in Priority])(value, place)]


def read_category(value: object, place: Place) -> Category:
    return Category(one_of(list(Category))(value, place))


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """Whose day it is; `founder` signs the scripts.

    Away since `opens_at`, they come to the desk at `sits_down_at`: that is where the interactive demo begins.
    """

    name: Annotated[str, text]
    name_en: Annotated[str, text]
    opens_at: Annotated[time, read_time]
    sits_down_at: Annotated[time, read_time]
    founder: Annotated[str, text] = ""
    products: Annotated[tuple[str, ...], list_of(text)] = ()
    vips: Annotated[tuple[str, ...], list_of(text)] = ()
    media: Annotated[tuple[str, ...], list_of(text)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DayAccount:
    """One account of the shop; with `counts_halves` two ASCII characters count as one, the Weibo way."""

    name: Annotated[str, text]
    handle: Annotated[str, text]
    length_limit: Annotated[int, whole_number(least=1)]
    counts_halves: Annotated[bool, flag] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPerson:
    """Somebody who writes to one of the accounts."""

    id: Annotated[str, text]
    name: Annotated[str, read_name]
    handle: Annotated[str, text]
    account: Annotated[str, text]
    followers: Annotated[int, whole_number(least=0)]
    verified: Annotated[Verified, read_verified]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPost:
    """One post. `expect` and `category` are a careful reader's, for tests; nothing is judged by them.

    `cause` names what several customers complain about alike.
    """

    id: Annotated[str, text]
    by: Annotated[str, text]
    at: Annotated[time, read_time]
    text: Annotated[str, read_words]
    kind: Annotated[Kind, read_kind]
    visibility: Annotated[Visibility, read_visibility]
    expect: Annotated[Priority, read_priority]
    category: Annotated[Category, read_category]
    in_reply_to: Annotated[str | None, text] = None
    cause: Annotated[str | None, text] = None
    amended_at: Annotated[time | None, read_time] = None
    amended_text: Annotated[str | None, read_words] = None
    deleted_at: Annotated[time | None, read_time] = None
    reposts: Annotated[int | None, whole_number(least=0)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How often a post has been reposted by a later hour."""

    of: Annotated[str, text]
    at: Annotated[time, read_time]
    reposts: Annotated[int, whole_number(least=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRule:
    """A rule of the shop: words that give a tag, and a priority where it names one."""

    name: Annotated[str, text]
    keywords: Annotated[tuple[str, ...], list_of(text)]
    tag: Annotated[str, text]
    priority: Annotated[Priority | None, read_priority] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the founder answered to a post, where nobody sits at the keyboard."""

    to: Annotated[str, text]
    at: Annotated[time, read_time]
    text: Annotated[str, read_words]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """What the author of a post does some time after any reply to it: writes back, amends or deletes."""

    to: Annotated[str, text]
    after_minutes: Annotated[int, whole_number(least=1)]
    text: Annotated[str | None, read_words] = None
    amended_text: Annotated[str | None, read_words] = None
    deleted: Annotated[bool, flag] = False


def _tables(schema: type) -> Reader[tuple[object, ...]]:
    return list_of(partial(read_table, schema))


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoDay:
    """The whole day. Posts and answers stand in the order of their times, whatever the file's order."""

    shop: Shop
    account: Annotated[tuple[DayAccount, ...], _tables(DayAccount)]
    person: Annotated[tuple[DayPerson, ...], _tables(DayPerson)]
    post: Annotated[tuple[DayPost, ...], _tables(DayPost)]
    answer: Annotated[tuple[Answer, ...], _tables(Answer)] = ()
    reaction: Annotated[tuple[Reaction, ...], _tables(Reaction)] = ()
    spread: Annotated[tuple[Spread, ...], _tables(Spread)] = ()
    rule: Annotated[tuple[DayRule, ...], _tables(DayRule)] = ()


def load_day(path: Path = DAY_FILE) -> DemoDay:
    """Read the day; raises `ConfigError` with every problem of the file."""
    return parse_day(path.read_text(encoding="utf-8"), path.name)


def parse_day(content: str, origin: str) -> DemoDay:
    """Read the day from TOML text; raises `ConfigError` with every problem found."""
    try:
        document = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        problem = KefuError(N_("this is not TOML: {reason}"), reason=error)
        raise ConfigError(origin, (problem,)) from None
    problems: list[KefuError] = []
    root = Place("", problems)
    try:
        day = read_table(DemoDay, document, root)
        if not problems:
            _check(day, root)
    except Unusable:
        raise ConfigError(origin, tuple(problems)) from None
    if problems:
        raise ConfigError(origin, tuple(problems))
    return day


def _check(day: DemoDay, root: Place) -> None:
    """Does everything that is named exist, once, and happen after what it refers to?"""
    _after(day.shop.sits_down_at, day.shop.opens_at, root.child("shop").child("sits_down_at"))
    accounts = _unique((a.name for a in day.account), root.child("account"))
    people = _unique((p.id for p in day.person), root.child("person"))
    posts = _unique((p.id for p in day.post), root.child("post"))
    at = {post.id: post.at for post in day.post}
    for index, person in enumerate(day.person):
        _known(person.account, accounts, root.child("person").item(index).child("account"))
    for index, post in enumerate(day.post):
        place = root.child("post").item(index)
        _known(post.by, people, place.child("by"))
        if post.in_reply_to is not None:
            _known(post.in_reply_to, posts, place.child("in_reply_to"))
        if (post.amended_at is None) is not (post.amended_text is None):
            place.refuse(N_("{key}: amended_at and amended_text go together"))
        for later in (post.amended_at, post.deleted_at):
            _after(later, post.at, place)
    for index, answer in enumerate(day.answer):
        place = root.child("answer").item(index)
        _known(answer.to, posts, place.child("to"))
        _after(answer.at, at.get(answer.to), place)
    for index, reaction in enumerate(day.reaction):
        place = root.child("reaction").item(index)
        _known(reaction.to, posts, place.child("to"))
        if sum((reaction.text is not None, reaction.amended_text is not None, reaction.deleted)) != 1:
            place.refuse(N_("{key}: exactly one of text, amended_text and deleted"))

    for index, spread in enumerate(day.spread):
        place = root.child("spread").item(index)
        _known(spread.of, posts, place.child("of"))
        _after(spread.at, at.get(spread.of), place)


def _unique(names: Iterable[str], place: Place) -> set[str]:
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            place.item(index).refuse(N_("{key}: {found} is there twice"), found=shown(name))
        seen.add(name)
    return seen


def _known(name: str, names: set[str], place: Place) -> None:
    if name not in names:
        place.refuse(N_("{key}: {found} is not defined"), found=shown(name))


def _after(later: time | None, earlier: time | None, place: Place) -> None:
    if later is not None and earlier is not None and later <= earlier:
        place.refuse(N_("{key}: happens before what it refers to"))
