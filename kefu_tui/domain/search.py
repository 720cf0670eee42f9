"""The filter language of `/`: words that must occur, words that must not, and a few operators.

`退款 -已退 is:waiting from:小林 in:mastodon age:>2h`: every part must hold. Words are substrings of the
folded text, so Chinese needs no word boundaries; a word of Latin letters also matches pinyin initials.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from kefu_tui.domain.episodes import WorkState
from kefu_tui.domain.errors import N_, KefuError
from kefu_tui.domain.feed import CaseSummary
from kefu_tui.domain.triage import FLAGGED_SAME

_ALIASES = {
    "is": "is",
    "状态": "is",
    "狀態": "is",
    "from": "from",
    "来自": "from",
    "來自": "from",
    "in": "in",
    "渠道": "in",
    "账号": "in",
    "帳號": "in",
    "age": "age",
    "等了": "age",
    "tag": "tag",
    "标签": "tag",
    "標籤": "tag",
}
_STATES = {
    "waiting": "waiting",
    "等我": "waiting",
    "them": "them",
    "等客户": "them",
    "等客戶": "them",
    "snoozed": "snoozed",
    "搁置": "snoozed",
    "擱置": "snoozed",
    "closed": "closed",
    "no_reply": "no_reply",
    "不回": "no_reply",
    "已结": "closed",
    "已結": "closed",
    "overdue": "overdue",
    "超时": "overdue",
    "超時": "overdue",
    "same": "same",
    "同类": "same",
    "同類": "same",
    "noise": "noise",
    "噪声": "noise",
    "噪聲": "noise",
}
_UNIT = {
    "m": "minutes",
    "分": "minutes",
    "分钟": "minutes",
    "分鐘": "minutes",
    "h": "hours",
    "时": "hours",
    "時": "hours",
    "小时": "hours",
    "小時": "hours",
    "d": "days",
    "天": "days",
}
_AGE = re.compile(rf"(?P<sign>[<>]?)(?P<amount>\d{{1,5}})(?P<unit>{'|'.join(_UNIT)})")
# what a Chinese input method sends for the signs of this language
_SIGNS = str.maketrans({"：": ":", "　": " ", "“": '"', "”": '"'})
_COMPARISONS = str.maketrans("＞》＜《", ">><<")
_WORD = re.compile(r'(?:[^\s"]|"[^"]*"?)+')


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnView:
    """A view of the founder's own: what `find` finds, under a `name`, and on a `key` where it has one."""

    name: str
    find: str
    key: str = ""


class QueryError(KefuError):
    """The filter cannot be understood."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Searchable:
    """What can be found of a case, folded: its texts and names, their pinyin initials, category and tags."""

    folded: str
    initials: str
    author: str
    tags: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """One part of a query; `negated` turns it around."""

    operator: str  # "text", "is", "from", "in", "age", "tag"
    value: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed filter; an empty one matches everything."""

    terms: tuple[Term, ...] = ()

    def matches(self, summary: CaseSummary, searchable: Searchable, now: datetime) -> bool:
        # a term whose value is still being typed hides nothing, negated or not
        return all(
            _holds(term, summary, searchable, now) != term.negated for term in self.terms if term.value
        )


def parse_query(text: str, fold: Callable[[str], str]) -> Query:
    """Read a filter; raises `QueryError` naming the part that makes no sense."""
    return Query(tuple(_term(word, fold) for word in _words(text)))


def _words(text: str) -> list[str]:
    """The parts of a filter: spaces part them except inside quotation marks; the last may be open."""
    return [word.replace('"', "") for word in _WORD.findall(text.translate(_SIGNS))]


def _term(word: str, fold: Callable[[str], str]) -> Term:
    negated = word[:1] in ("-", "－")
    if negated:
        word = word[1:]
    name, colon, value = word.partition(":")
    operator = _ALIASES.get(name.lower()) if colon else None
    if operator is None:
        return Term("text", fold(word), negated)
    if operator == "is" and value:
        if value.lower() not in _STATES:
            raise QueryError(
                N_("is:{value} is not known; try waiting, them, snoozed, closed, overdue, same, noise"),
                value=value,
            )
        return Term("is", _STATES[value.lower()], negated)
    if operator == "age" and value:
        bound = value.lower().translate(_COMPARISONS)
        if bound not in ("<", ">") and _AGE.fullmatch(bound) is None:
            raise QueryError(N_("age:{value} is not a time; try age:>2h or age:<30m"), value=value)
        return Term("age", bound.strip("<>") and bound, negated)
    return Term(operator, fold(value), negated)


def _holds(term: Term, summary: CaseSummary, searchable: Searchable, now: datetime) -> bool:
    match term.operator:
        case "is":
            return _is(term.value, summary, now)
        case "from":
            return term.value in searchable.author
        case "in":
            return term.value in summary.case.account.casefold()
        case "age":
            return _older(term.value, now - (summary.waiting_since or summary.last_activity))
        case "tag":
            return term.value in summary.verdict.category.value or term.value in searchable.tags
        case _:
            if term.value in searchable.folded:
                return True
            return len(term.value) > 1 and term.value.isascii() and term.value in searchable.initials


def _is(value: str, summary: CaseSummary, now: datetime) -> bool:
    state = summary.state(now)
    match value:
        case "waiting":
            return state is WorkState.WAITING_US and not summary.is_noise
        case "them":
            return state is WorkState.WAITING_THEM
        case "snoozed":
            return state is WorkState.SNOOZED
        case "closed":
            return state in (WorkState.CLOSED, WorkState.NO_REPLY)
        case "no_reply":
            return state is WorkState.NO_REPLY
        case "overdue":
            return state is WorkState.WAITING_US and summary.is_overdue(now)
        case "same":
            return summary.same_cause >= FLAGGED_SAME
        case _:
            return summary.is_noise


def _older(value: str, age: timedelta) -> bool:
    match = _AGE.fullmatch(value)
    if match is None:  # pragma: no cover - `parse_query` lets nothing else through
        return True
    bound = timedelta(**{_UNIT[match["unit"]]: int(match["amount"])})
    return age < bound if match["sign"] == "<" else age >= bound
