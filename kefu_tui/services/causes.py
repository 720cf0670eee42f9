"""Same cause: which mentions of the last days complain of the same, and which are one text copied around.

Copies are found at once; topics once a segmenter, which works outside our process, has told the words.
Nothing of it is stored: what the store holds of the last days is read again after a start, a slice at a
time. Only that a text is copied spam is written, as part of its verdict.
"""

import asyncio
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from kefu_tui.domain.cause import Copied, Groups, are_spam, demoted, is_aggrieved, may_complain
from kefu_tui.domain.corrections import put_right
from kefu_tui.domain.mention import Mention
from kefu_tui.domain.verdict import Category
from kefu_tui.ports import Changes, Clock, Copies, Segmenter, Store, StoreView, Topics

WINDOW = timedelta(hours=48)
MOST_LIVE = 5000  # mentions watched at a time
SLICE = 20  # mentions looked at before others get their turn
SKIPPED = 2000  # stored mentions passed over before others get theirs
BATCH = 32  # texts the segmenter is asked about at once

_LINK = re.compile(r"https?://|www\.|\w\.(?:com|cn|net|top|xyz|shop|example)/", re.IGNORECASE)
_HANDLE = re.compile(r"@[\w.\-]+")


class Causes:
    """The mentions of the last days in their groups. Everything runs on the event loop, in short steps.

    Two mentions posted more than `window` apart are of different causes, unless others lie between them.
    `names` are the words for the shop and its goods: a copied text without any of them is not about us.
    """

    def __init__(
        self,
        store: Store,
        copies: Copies,
        topics: Topics,
        segmenter: Segmenter,
        clock: Clock,
        *,
        fold: Callable[[str], str],
        names: Iterable[str] = (),
        window: timedelta = WINDOW,
    ) -> None:
        self._store = store
        self._copies = copies
        self._topics = topics
        self._segmenter = segmenter
        self._clock = clock
        self._fold = fold
        self._names = tuple(filter(None, (fold(name).strip() for name in names)))
        self._window = window
        self._live: dict[str, Mention] = {}  # the first to be forgotten first
        self._complaints = Groups()
        self._copied = Groups()
        self._wordless: dict[str, Mention] = {}  # complaints whose words nobody has told yet
        self._begun = False
        self._turn = asyncio.Lock()
        self._news = asyncio.Event()
        self._changed: dict[str, None] = {}  # ids of the cases to tell about
        self.revision = 0

    def __len__(self) -> int:
        """How many mentions are watched."""
        return len(self._live)

    def cause_of(self, key: str) -> int | None:
        """The number of a mention's cause while the program runs, None for one that complains of nothing."""
        return self._complaints.group_of(key)

    def members(self, key: str) -> Sequence[str]:
        """The mentions of the same cause as this one, itself included, the earliest first."""
        return self._complaints.members(key)

    def same_cause(self, keys: Iterable[str]) -> int:
        """How many people complain of what one of these mentions complains of; 1 is nobody else."""
        return max(map(self._complaints.people, keys), default=1)

    def others(self, keys: Sequence[str]) -> list[Mention]:
        """Who else complains of it: the first mention of each other person, the earliest first."""
        found: dict[str, Mention] = {}
        for member in dict.fromkeys(member for key in keys for member in self.members(key)):
            if (mention := self._live.get(member)) is not None:
                found.setdefault(mention.person_key, mention)
        own = {mention.person_key for key in keys if (mention := self._live.get(key)) is not None}
        return [mention for person, mention in found.items() if person not in own]

    async def take(self, mentions: Iterable[Mention]) -> None:
        """Look at stored mentions that are new, or whose words or verdict are.

        Writes what turns out to be copied spam; raises `StoreError` when that fails.
        """
        async with self._turn:
            await self._begin()
            for place, mention in enumerate(mentions, 1):
                self._look_at(mention)
                await self._demote_copies(mention.key)
                if place % SLICE == 0:
                    await asyncio.sleep(0)
        self._news.set()

    async def take_cases(self, case_ids: Iterable[str]) -> None:
        """Look again at everything in these cases: the founder has put right what was thought of them."""
        cases = [case for case_id in case_ids if (case := self._store.case(case_id)) is not None]
        found = [self._store.mention(inbound.mention_key) for case in cases for inbound in case.inbounds]
        await self.take(mention for mention in found if mention is not None)

    async def settle(self) -> None:
        """Look at everything stored of the last days, and wait until its topics are known."""
        async with self._turn:
            await self._begin()
            while self._wordless:
                await self._group_some()

    async def run(self, notify: Callable[[frozenset[str]], None]) -> None:
        """Keep up with the words until cancelled; `notify` hears the ids of the cases that changed."""
        async with self._turn:
            await self._begin()
        while True:
            self._news.clear()
            while self._wordless:
                async with self._turn:
                    await self._group_some()
                self._tell(notify)
            self._tell(notify)
            await self._news.wait()

    async def aclose(self) -> None:
        await self._segmenter.aclose()

    def _tell(self, notify: Callable[[frozenset[str]], None]) -> None:
        changed, self._changed = frozenset(self._changed), {}
        if changed:
            notify(changed)

    async def _begin(self) -> None:
        """Look at what the store holds of the last days, once."""
        if self._begun:
            return
        now, recent = self._clock.now(), []
        for place, mention in enumerate(self._store.mentions(), 1):
            if now - mention.first_seen_at <= self._kept:
                recent.append(mention)
            if place % SKIPPED == 0:
                await asyncio.sleep(0)
        recent.sort(key=lambda mention: (mention.first_seen_at, mention.post.posted_at, mention.key))
        for place, mention in enumerate(recent[-MOST_LIVE:], 1):
            self._look_at(mention)
            if place % SLICE == 0:
                await asyncio.sleep(0)
        self._begun = True

    @property
    def _kept(self) -> timedelta:
        """How long a mention is watched after we first saw it: two of a cause may lie a window apart."""
        return 2 * self._window

    def _look_at(self, stored: Mention) -> None:
        case = self._store.case(stored.case_id)
        mention = stored if case is None else put_right(case, {stored.key: stored})[stored.key]
        known = self._live.get(mention.key)
        if known is not None and known.post.text == mention.post.text and known.verdict == mention.verdict:
            return
        self._forget(mention.key)
        self._forget_old()
        self._live[mention.key] = mention
        copies = self._near(mention, self._copies.add(mention.key, mention.post.text))
        self._copied.add(mention.key, mention.person_key, copies)
        if not self._may_complain(mention):
            return
        self._complaints.add(mention.key, mention.person_key, copies)
        if len(members := self._complaints.members(mention.key)) > 1:
            self._note(members)
        self._wordless[mention.key] = mention

    def _near(self, mention: Mention, keys: Iterable[str]) -> list[str]:
        """Those of the keys whose mention was posted within the window of this one, before or after."""
        near = []
        for key in keys:
            other = self._live.get(key)
            if other is not None and abs(other.post.posted_at - mention.post.posted_at) <= self._window:
                near.append(key)
        return near

    def _may_complain(self, mention: Mention) -> bool:
        if not may_complain(mention.verdict, names_fault=True):
            return False
        # the words are looked at last: most mentions are decided without them
        return is_aggrieved(mention.verdict) or self._topics.names_fault(mention.post.text)

    async def _group_some(self) -> None:
        """Let the segmenter tell the words of the complaints that have waited longest, and group those."""
        batch = [*self._wordless.values()][:BATCH]
        words = await self._segmenter.words([mention.post.text for mention in batch])
        for place, mention in enumerate(batch):
            if self._wordless.get(mention.key) is not mention:
                continue  # amended or forgotten meanwhile
            del self._wordless[mention.key]
            likeness = self._topics.add(
                mention.key,
                mention.post.text,
                None if words is None else words[place],
                aggrieved=is_aggrieved(mention.verdict),
            )
            near = self._near(mention, likeness)
            if self._complaints.judge(mention.key, {key: likeness[key] for key in near}):
                self._note(self._complaints.members(mention.key))
            await asyncio.sleep(0)

    def _note(self, keys: Iterable[str]) -> None:
        """Remember that the cases of these mentions look different now."""
        for key in keys:
            if (mention := self._live.get(key)) is not None:
                self._changed[mention.case_id] = None
        self.revision += 1

    def _forget_old(self) -> None:
        now = self._clock.now()
        while self._live:
            key, eldest = next(iter(self._live.items()))
            if len(self._live) < MOST_LIVE and now - eldest.first_seen_at <= self._kept:
                break
            self._forget(key)

    def _forget(self, key: str) -> None:
        if key not in self._live:
            return
        left = self._complaints.members(key)
        for held in (self._copies, self._topics, self._copied, self._complaints):
            held.discard(key)
        self._wordless.pop(key, None)
        if len(left) > 1:
            self._note(left)
        del self._live[key]

    async def _demote_copies(self, key: str) -> None:
        """Where a text turns out to be spam that is copied around, write so in the verdict of each copy."""
        members = [self._live[member] for member in self._copied.members(key) if member in self._live]
        if not are_spam([self._as_copied(mention) for mention in members]):
            return
        people = len({mention.person_key for mention in members})
        written: list[Mention] = []

        def change(view: StoreView) -> Changes | None:
            stored = (view.mention(mention.key) for mention in members)
            open_ones = [m for m in stored if m is not None and m.verdict.category is not Category.NOISE]
            written[:] = [replace(m, verdict=demoted(m.verdict, people)) for m in open_ones]
            return Changes(mentions=written) if written else None

        await self._store.update(change)
        for mention in written:
            self._forget_complaint(mention)

    def _forget_complaint(self, mention: Mention) -> None:
        """An advertisement is nobody's complaint; that it is a copy stays known."""
        self._note(self._complaints.members(mention.key))
        self._live[mention.key] = mention
        self._wordless.pop(mention.key, None)
        self._topics.discard(mention.key)
        self._complaints.discard(mention.key)

    def _as_copied(self, mention: Mention) -> Copied:
        text = mention.post.text
        folded = self._fold(_HANDLE.sub(" ", text))
        return Copied(
            person=mention.person_key,
            verdict=mention.verdict,
            has_link=_LINK.search(text) is not None,
            names_us=any(name in folded for name in self._names),
        )
