"""The founder's own rules: what to look for in a mention, and what to make of it.

A rule comes from the configuration or from a correction made twice. It can demote, never drop.
"""

from dataclasses import dataclass

from kefu_tui.domain.verdict import Category, Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """If everything that is asked for holds, everything that is given happens.

    Asked for: one of `keywords` (folded substrings), the regular expression `pattern`, one of `authors`
    (handles without @ or ids), `channels` (account names or platforms), `categories`. What is empty asks
    nothing; a rule that asks nothing never fires. Given: a `priority` to take, a `category`, a `tag`,
    `noise` True or False. `name` is shown as the reason.
    """

    name: str
    keywords: tuple[str, ...] = ()
    pattern: str = ""
    authors: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    categories: tuple[Category, ...] = ()
    priority: Priority | None = None
    category: Category | None = None
    tag: str = ""
    noise: bool | None = None
