"""The founder's own rules: what to look for in a mention, and what to make of it.

A rule comes from the configuration or from a correction made twice. It can demote, never drop.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from kefu_tui.domain.mention import Author
from kefu_tui.domain.verdict import Category, Priority

MOST_READ = 4_000
"""How many characters of a text rules look at: what is meant is said long before."""


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

    @property
    def asks(self) -> bool:
        """Whether there is anything it looks for."""
        return any((self.keywords, self.pattern, self.authors, self.channels, self.categories))

    @property
    def gives(self) -> bool:
        """Whether anything happens when it fires."""
        given = (self.priority, self.category, self.noise)
        return bool(self.tag) or any(value is not None for value in given)

    def folded(self, fold: Callable[[str], str]) -> "Rule":
        """The rule with its keywords in the form texts are compared in."""
        return replace(self, keywords=tuple(map(fold, self.keywords)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A text as rules and words see it: the start of it, the same folded character for character.

    `patterns` are the regular expressions of rules that were found in the folded text.
    """

    text: str = ""
    folded: str = ""
    patterns: frozenset[str] = frozenset()


def said(text: str, fold: Callable[[str], str]) -> Said:
    """What rules see of a text, before any pattern was looked for; `fold` keeps the length."""
    start = text[:MOST_READ]
    return Said(text=start, folded=fold(start))


def handle_key(handle: str) -> str:
    """A handle as it is compared: without the @ before it, whatever the case."""
    return handle.strip().removeprefix("@").casefold()


def is_one_of(author: Author, handles: Collection[str]) -> bool:
    """Whether an author is named in a list of handles or ids."""
    if not handles:
        return False
    own = {handle_key(author.handle), handle_key(author.id)} - {""}
    return any(handle_key(handle) in own for handle in handles)


def fires(rule: Rule, said: Said, author: Author, places: Collection[str], category: Category) -> bool:
    """Whether a rule's every question is answered with yes.

    Its keywords are folded already; `places` are the account and its platform in lower case.
    """
    return (
        (not rule.keywords or any(word and word in said.folded for word in rule.keywords))
        and (not rule.pattern or rule.pattern in said.patterns)
        and (not rule.categories or category in rule.categories)
        and (not rule.channels or any(channel.casefold() in places for channel in rule.channels))
        and (not rule.authors or is_one_of(author, rule.authors))
        and rule.asks
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What the rules that fired make of a mention, in the order of the file.

    `noise` is what the last rule that spoke of it said, None where none did.
    """

    fired: tuple[Rule, ...]
    category: Category
    noise: bool | None
    tags: tuple[str, ...]


def apply(
    rules: Iterable[Rule], said: Said, author: Author, *, account: str, platform: str, category: Category
) -> Effect:
    """Ask every rule once, in order; a later one sees the category an earlier one gave."""
    fired: list[Rule] = []
    places = (account.casefold(), platform.casefold())
    for rule in rules:
        if fires(rule, said, author, places, category):
            fired.append(rule)
            category = rule.category or category
    spoke = [rule.noise for rule in fired if rule.noise is not None]
    return Effect(
        fired=tuple(fired),
        category=category,
        noise=spoke[-1] if spoke else None,
        tags=tuple(dict.fromkeys(rule.tag for rule in fired if rule.tag)),
    )


def patterns_of(rules: Iterable[Rule]) -> Iterator[str]:
    """The regular expressions the rules ask for."""
    return (rule.pattern for rule in rules if rule.pattern)
