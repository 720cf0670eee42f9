"""What the services need from the outside, as protocols; the outer rooms provide them."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable

from kefu_tui.domain.case import Case
from kefu_tui.domain.errors import KefuError
from kefu_tui.domain.lessons import Learned, Lesson
from kefu_tui.domain.mention import Mention, Post, Visibility
from kefu_tui.domain.outbox import Draft, OutboxItem, ReplyReceipt, ReplyRequest
from kefu_tui.domain.proposals import Decision
from kefu_tui.domain.script import NewScript, Script
from kefu_tui.domain.undo import UndoStep
from kefu_tui.domain.verdict import TextVerdict

Json: TypeAlias = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"] | None
Cursor: TypeAlias = Mapping[str, Json]


class Clock(Protocol):
    """Where every reading of the time comes from."""

    def now(self) -> datetime:
        """The time, aware UTC."""
        ...

    async def sleep(self, duration: timedelta) -> None:
        """Wait until this clock has advanced by `duration`."""
        ...

    def from_now(self, real: timedelta) -> datetime:
        """When this clock will stand, `real` time of the person at the keyboard from now.

        The undo window is a promise to a person, so it is measured in real time; on an ordinary clock
        this is `now() + real`.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a channel can do; what is missing is greyed in the desk.

    `by_hand` marks a channel without an API: the reply is copied, the founder posts and confirms it.
    `idempotent` says the platform itself refuses a double for the same outbox id. `public_replies_as` is
    how a public post is answered: narrower than public where that is the platform's good manners.
    `length_rule`, `cost` and `limits` are messages for people: what a reply is measured in, what the platform
    charges, how much it grants; empty where there is nothing to say.
    """

    reply: bool
    by_hand: bool = False
    idempotent: bool = False
    edit_watch: bool = False
    direct: bool = False  # private messages reach us and can be answered
    listen: bool = False  # words can be searched for
    public_replies_as: Visibility = Visibility.PUBLIC
    length_rule: str = ""
    cost: str = ""
    limits: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """How many requests are left, of how many, and when they are counted anew (aware UTC)."""

    left: int
    limit: int | None = None
    resets_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFacts:
    """What the platform has said about an account of ours so far; None where it has said nothing.

    `identity` is our name there, `scopes` what the token may do, `skew` how far the platform's clock is ahead
    of ours. `cost_today` is in US dollars, since midnight UTC and since this program started.
    """

    identity: str | None = None
    scopes: tuple[str, ...] | None = None
    expires_at: datetime | None = None
    quota: Quota | None = None
    skew: timedelta | None = None
    cost_today: float | None = None


@dataclass(frozen=True, slots=True)
class TextLength:
    """A text measured by the platform's own rule: `used` of `limit` in its own unit."""

    used: int
    limit: int

    @property
    def fits(self) -> bool:
        return self.used <= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A stretch of time in which posts may have been missed, and why (a message for people)."""

    since: datetime
    until: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One answer to a poll: posts new or edited, post ids deleted, and the cursor to store with them.

    `more` asks to be polled again at once with the new cursor. `notices` are lasting warnings about the
    account for the founder (a filter that hides mentions, say).
    """

    cursor: Cursor
    posts: tuple[Post, ...] = ()
    deleted: tuple[str, ...] = ()
    more: bool = False
    gap: Gap | None = None
    notices: tuple[str, ...] = ()


class Channel(Protocol):
    """One account of ours on one platform. Raises only `ChannelError`s."""

    @property
    def account(self) -> str:
        """The account's name from the configuration."""
        ...

    @property
    def platform(self) -> str:
        """The adapter's name: `mastodon`, `rss`, `manual`, `demo` …"""
        ...

    @property
    def capabilities(self) -> Capabilities: ...

    async def poll(self, cursor: Cursor | None) -> Batch:
        """What came after `cursor`. With None (the first run) only the position is taken, no history."""
        ...

    async def reread(self, post_ids: Sequence[str]) -> Batch:
        """The given posts as they stand now: edited ones in `posts`, vanished ones in `deleted`.

        The cursor of the answer is empty and not to be stored. Only called with `edit_watch`.
        """
        ...

    async def reply(self, request: ReplyRequest, idempotency_key: str) -> ReplyReceipt:
        """Publish exactly what was approved; never resends by itself.

        Raises `OutcomeUnknown` when it may or may not stand.
        """
        ...

    async def find_reply(self, request: ReplyRequest, idempotency_key: str) -> ReplyReceipt | None:
        """Look whether the reply stands on the platform; None when it surely does not."""
        ...

    def length(self, request: ReplyRequest) -> TextLength:
        """The request's text measured by the platform's own rule, with what the platform adds to it."""
        ...

    def facts(self) -> AccountFacts:
        """What is known of the account without asking."""
        ...

    async def check(self) -> AccountFacts:
        """Ask the platform who we are and how we stand; takes nothing in and sends nothing out."""
        ...

    async def aclose(self) -> None: ...


@runtime_checkable
class Pushing(Protocol):
    """A channel whose platform says by itself that there is something new."""

    async def news(self, cursor: Cursor | None) -> None:
        """Return when there may be something above `cursor`, or when the platform ends the wait.

        Takes nothing in. Raises only `ChannelError`s; may be cancelled at any time.
        """
        ...


class Classifier(Protocol):
    """Reads a text: offline, deterministic, within a millisecond."""

    def classify(self, text: str) -> TextVerdict: ...

    def teach(self, lessons: Sequence[Lesson]) -> None:
        """Learn from exactly these lessons; what earlier ones taught is forgotten.

        The same lessons in the same order always teach the same. It may take a tenth of a second, so it is
        called in a thread; `classify` may run meanwhile and knows either what was known or what is.
        """
        ...

    def learned(self) -> Sequence[Learned]:
        """What the lessons taught, the loudest first."""
        ...

    def problems(self) -> Sequence[KefuError]:
        """Why it reads texts less well than it could; known once a text has been read."""
        ...

    def fold(self, text: str) -> str:
        """The text as search compares it: Simplified, half-width, lower case."""
        ...

    def initials(self, text: str) -> str:
        """The pinyin initials of the Chinese characters in `text`, lower case; everything else is dropped."""
        ...


class Patterns(Protocol):
    """The regular expressions of rules, kept from running away; safe to ask from any thread."""

    def found(self, patterns: Collection[str], text: str) -> frozenset[str]:
        """Which of the patterns are found in a folded text.

        One that takes too long counts as not found; one that does so again and again is not tried any more.
        """
        ...

    def switched_off(self) -> Collection[str]:
        """The patterns that are not tried any more."""
        ...


class Segmenter(Protocol):
    """Cuts texts into words, off the event loop; starts at the first need."""

    async def words(self, texts: Sequence[str]) -> Sequence[Sequence[str]] | None:
        """The content words of each text, in its order; None when nobody can tell them (any more)."""
        ...

    async def aclose(self) -> None: ...


class Copies(Protocol):
    """Finds near-copies among the texts it holds; bounded, within a millisecond."""

    def add(self, key: str, text: str) -> Sequence[str]:
        """Hold a text under its key; the keys of those already held that it is a near-copy of."""
        ...

    def discard(self, key: str) -> None: ...

    def __len__(self) -> int: ...


class Topics(Protocol):
    """Finds complaints about the same among those it holds; bounded, within a millisecond."""

    def names_fault(self, text: str) -> bool:
        """Whether a text says what is wrong with something, in whatever mood."""
        ...

    def add(
        self, key: str, text: str, words: Sequence[str] | None, *, aggrieved: bool
    ) -> Mapping[str, float]:
        """Hold a complaint; how alike those already held are, 0 to 1, the ones that are at all.

        `words` are the text's content words, None where nobody can tell them; `aggrieved` says whether the
        author complains, beyond naming a fault.
        """
        ...

    def discard(self, key: str) -> None: ...

    def __len__(self) -> int: ...


class Scripts(Protocol):
    """The founder's reusable replies."""

    def all(self) -> Sequence[Script]: ...

    def problems(self) -> Sequence[str]:
        """What could not be read in the script files: one line each, with file and line."""
        ...

    def add(self, new: NewScript) -> Script:
        """Write a script into the founder's own files; durable when it returns. Raises `KefuError`."""
        ...


class ScriptUses(Protocol):
    """How often each script was inserted."""

    def counts(self) -> Mapping[str, int]: ...

    def note(self, script_id: str) -> None:
        """One more use; durable when it returns. Raises `KefuError` when it cannot be written."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountHealth:
    """How the polling of one account stands."""

    account: str
    last_success_at: datetime | None = None
    connected_at: datetime | None = None  # the first successful poll: watched from here on


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What one act writes, all or nothing: whole new values, keyed by themselves.

    `forget_drafts` are case ids, `forget_lessons` and `forget_decisions` keys. `undo` and `redo` replace the
    stored stacks where given.
    """

    mentions: Iterable[Mention] = ()
    cases: Iterable[Case] = ()
    outbox: Iterable[OutboxItem] = ()
    drafts: Iterable[Draft] = ()
    forget_drafts: Iterable[str] = ()
    cursors: Mapping[str, Cursor] = field(default_factory=dict)
    health: Iterable[AccountHealth] = ()
    gaps: Mapping[str, Sequence[Gap]] = field(default_factory=dict)
    undo: Sequence[UndoStep] | None = None
    redo: Sequence[UndoStep] | None = None
    breaches: Iterable[str] = ()
    lessons: Iterable[Lesson] = ()
    forget_lessons: Iterable[str] = ()
    decisions: Iterable[Decision] = ()
    forget_decisions: Iterable[str] = ()


class StoreView(Protocol):
    """Everything stored, read from memory; values are frozen, so a reader may keep them."""

    def case(self, case_id: str) -> Case | None: ...

    def cases(self) -> Iterable[Case]: ...

    def mention(self, key: str) -> Mention | None: ...

    def mentions(self) -> Iterable[Mention]: ...

    def case_id_of_post(self, account: str, post_id: str) -> str | None:
        """The case that holds this platform post, be it the customer's or our reply."""
        ...

    def case_ids_of_person(self, person_key: str) -> Sequence[str]: ...

    @property
    def archived(self) -> tuple[int, int]:
        """How many cases and mentions lie in the archives: `cases` and `mentions` do not tell them."""
        ...

    def archived_cases(self, *, since: datetime | None = None) -> Iterator[tuple[Case, Sequence[Mention]]]:
        """Archived cases with their mentions, the newest month first; all in which anything happened `since`.

        Read from disk one after another, so walk it in a thread.
        """
        ...

    def find_archived(self, words: Sequence[str]) -> Iterator[str]:
        """The ids of archived cases whose folded texts may hold every one of `words`, the newest month first.

        Whoever reads the case decides; searched through on disk, so ask in a thread.
        """
        ...

    def cursor(self, account: str) -> Cursor | None: ...

    def health(self, account: str) -> AccountHealth | None: ...

    def gaps(self, account: str) -> Sequence[Gap]: ...

    def outbox_item(self, item_id: str) -> OutboxItem | None: ...

    def outbox(self) -> Iterable[OutboxItem]: ...

    def draft(self, case_id: str) -> Draft | None: ...

    def has_breach(self, key: str) -> bool:
        """Whether this breach has been recorded before."""
        ...

    def lesson(self, key: str) -> Lesson | None: ...

    def lessons(self) -> Iterable[Lesson]:
        """What corrections taught, in no order; kept when their cases are gone."""
        ...

    def decision(self, key: str) -> Decision | None: ...

    def decisions(self) -> Iterable[Decision]:
        """What the founder said to rules that were proposed, the oldest first."""
        ...

    def undo_stack(self) -> Sequence[UndoStep]: ...

    def redo_stack(self) -> Sequence[UndoStep]: ...


class Store(StoreView, Protocol):
    """The one place everything is kept. One writer process; raises `StoreError`."""

    async def update(self, change: Callable[[StoreView], Changes | None]) -> None:
        """Run `change` on the current state and make its result durable before returning.

        Updates run one after another: `change` sees everything acknowledged before. It must be quick
        and free of side effects; None writes nothing. When the disk refuses, nothing has changed.
        """
        ...

    @property
    def revision(self) -> int:
        """Grows with every update; a reader that keeps derived values compares it."""
        ...

    def read_all(self) -> None:
        """Look at every value at hand, which otherwise happens one by one when it is asked for."""
        ...

    async def compact_if_needed(self) -> None: ...

    async def archive_settled(self, now: datetime) -> int:
        """Move cases long settled into the archives, from where they come back when anything touches them.

        Returns how many went; takes a while, and nobody waits for it.
        """
        ...

    async def back_up_if_due(self, now: datetime) -> Path | None:
        """Make a rolling backup where the last is an hour old and something has changed; where it lies."""
        ...

    async def back_up(self, directory: Path, now: datetime) -> Path:
        """Make a backup in a directory of the founder's choice; where it lies."""
        ...

    async def aclose(self) -> None: ...
