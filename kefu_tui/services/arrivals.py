"""From posts to cases: which case a post belongs to, what is new in it, and what has to be written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice

from kefu_tui.domain.case import Case, Inbound, Withdrawn, case_id_for
from kefu_tui.domain.mention import Mention, Post, Sighting, is_growing, mention_key, seen
from kefu_tui.domain.relationship import history, rung
from kefu_tui.domain.rules import Said
from kefu_tui.domain.triage import Circumstances, Policy, judge
from kefu_tui.domain.verdict import TextVerdict, Verdict
from kefu_tui.ports import AccountHealth, Changes, Cursor, Gap, StoreView

GAPS_KEPT = 100  # of an account: enough to tell its last weeks, and never more to rewrite with each new one
CASES_REMEMBERED = 50  # of a person: a feed's one author may have thousands
HEALTH_EVERY = timedelta(minutes=5)  # where nothing comes, how old the stored last good poll may be


@dataclass(frozen=True, slots=True)
class ReadPost:
    """A post with what its words alone say, and the text as rules look at it."""

    post: Post
    text: TextVerdict
    said: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a page comes from: the account, its platform, and when which post was last read again."""

    account: str
    platform: str = ""
    looked_at: Mapping[str, datetime] = field(default_factory=dict)


class Arrivals:
    """One page of an account on its way into the store: the new values it makes.

    `arrived` holds the ids of cases with something new, `updated` of cases changed in place.
    """

    def __init__(self, view: StoreView, source: Source, now: datetime, policy: Policy) -> None:
        self._view = view
        self._source = source
        self._account = source.account
        self._now = now
        self._policy = policy
        self._cases: dict[str, Case] = {}
        self._mentions: dict[str, Mention] = {}
        self.arrived: dict[str, None] = {}
        self.updated: dict[str, None] = {}

    def take(self, read: ReadPost) -> None:
        """Keep a post: a new one, or the newer wording or wider spread of a known one."""
        post = read.post
        key = mention_key(self._account, post.id)
        known = self._mention(key)
        if known is not None:
            self._amend(known, read)
            return
        # an author's clock that runs ahead must not start our clocks in the future
        if not post.is_dated or post.posted_at > self._now:
            post = replace(post, posted_at=self._now, is_dated=False)
        case = self._case_for(post)
        sightings = seen((), post.reposts, self._now)
        self._mentions[key] = Mention(
            account=self._account,
            post=post,
            first_seen_at=self._now,
            verdict=self._judged(read, case, len(case.unanswered) + 1, sightings),
            case_id=case.id,
            sightings=sightings,
        )
        inbound = Inbound(
            mention_key=key,
            post_id=post.id,
            at=post.posted_at,
            seen_at=self._now,
            is_dated=post.is_dated,
        )
        self._cases[case.id] = case.with_event(inbound)
        self.arrived[case.id] = None

    def _amend(self, known: Mention, read: ReadPost) -> None:
        post = read.post
        sightings = seen(
            known.sightings, post.reposts, self._now, looked_at=self._source.looked_at.get(post.id)
        )
        is_edit = known.post.text != post.text or known.post.edited_at != post.edited_at
        if not is_edit and sightings == known.sightings:
            return
        case = self._case(known.case_id)
        waiting = [inbound.mention_key for inbound in case.unanswered]
        contacts = waiting.index(known.key) + 1 if known.key in waiting else 1
        verdict = self._judged(read, case, contacts, sightings)
        self._mentions[known.key] = replace(known.amended(post, verdict), sightings=sightings)
        self.updated[known.case_id] = None

    def _judged(self, read: ReadPost, case: Case, contacts: int, sightings: tuple[Sighting, ...]) -> Verdict:
        """The verdict on a post of this case, with everything that is known around it."""
        earlier = (other for other in self._cases_of(case.person_key) if other.id != case.id)
        past = history(islice(earlier, CASES_REMEMBERED), self._mention, self._now)
        circumstances = Circumstances(
            author=read.post.author,
            contacts=contacts,
            relationship=rung(past, read.text),
            reposts=sightings[-1].reposts if sightings else None,
            is_growing=is_growing(sightings),
            said=read.said,
            account=self._account,
            platform=self._source.platform,
        )
        return judge(read.text, circumstances, self._policy)

    def withdraw(self, post_id: str) -> None:
        """Mark a mention as deleted by its author; it stays readable, its clock ends."""
        key = mention_key(self._account, post_id)
        known = self._mention(key)
        if known is None or known.deleted_at is not None:
            return
        self._mentions[key] = replace(known, deleted_at=self._now)
        case = self._case(known.case_id)
        self._cases[case.id] = case.with_event(Withdrawn(mention_key=key, at=self._now))
        self.updated[case.id] = None

    @property
    def mentions(self) -> Iterable[Mention]:
        """What is new or different, as it is to be written."""
        return self._mentions.values()

    def changes(self, cursor: Cursor | None, gap: Gap | None) -> Changes | None:
        """What to write, `cursor` None when this was no poll; None when there is nothing to write."""
        health = self._view.health(self._account)
        moved = cursor is not None and cursor != self._view.cursor(self._account)
        if not (self._mentions or moved or gap or (cursor is not None and self._is_stale(health))):
            return None
        connected = health.connected_at if health else None
        return Changes(
            mentions=self._mentions.values(),
            cases=self._cases.values(),
            cursors={} if cursor is None else {self._account: cursor},
            health=[]
            if cursor is None
            else [
                AccountHealth(
                    account=self._account, last_success_at=self._now, connected_at=connected or self._now
                )
            ],
            gaps={self._account: (*self._view.gaps(self._account), gap)[-GAPS_KEPT:]} if gap else {},
        )

    def _is_stale(self, health: AccountHealth | None) -> bool:
        """Whether the stored word that the account is well is too old to leave it at that."""
        last = health.last_success_at if health else None
        return last is None or self._now - last >= HEALTH_EVERY

    def _case_for(self, post: Post) -> Case:
        """The case a new post belongs to: the same person in the same thread, else a case of its own."""
        person_key = f"{self._account}:{post.author.id}"
        if post.in_reply_to is not None:
            answered = self._view.case_id_of_post(self._account, post.in_reply_to)
            if answered is not None and self._case(answered).person_key == person_key:
                return self._case(answered)
        roots = _roots(post)
        for case in self._cases_of(person_key):
            for inbound in case.inbounds:
                mention = self._mention(inbound.mention_key)
                if mention is not None and roots & _roots(mention.post):
                    return case
        case_id = case_id_for(mention_key(self._account, post.id))
        return Case(id=case_id, account=self._account, person_key=person_key)

    def _cases_of(self, person_key: str) -> Iterable[Case]:
        """The person's cases, the ones of this page and the latest first."""
        here = [case.id for case in self._cases.values() if case.person_key == person_key]
        known = self._view.case_ids_of_person(person_key)
        return map(self._case, dict.fromkeys([*reversed(here), *reversed(known)]))

    def _case(self, case_id: str) -> Case:
        case = self._cases.get(case_id) or self._view.case(case_id)
        if case is None:  # pragma: no cover - a mention without its case means a broken store
            raise AssertionError(f"mention of an unknown case {case_id!r}")
        return case

    def _mention(self, key: str) -> Mention | None:
        return self._mentions.get(key) or self._view.mention(key)


def _roots(post: Post) -> set[str]:
    """What marks the post's thread: two posts that share one stand in the same."""
    return {root for root in (post.id, post.thread_id, post.in_reply_to) if root is not None}


def in_thread_order(posts: Sequence[Post]) -> list[Post]:
    """The posts of a page by post time, but never an answer before what it answers.

    Platforms tell news newest first, date them to the second, and do not always agree on the time.
    """
    by_id = {post.id: post for post in posts}
    ordered: dict[str, Post] = {}
    for post in sorted(by_id.values(), key=lambda post: post.posted_at):
        line = [post]
        while (parent := by_id.get(line[-1].in_reply_to or "")) is not None and parent not in line:
            line.append(parent)
        for one in reversed(line):
            ordered.setdefault(one.id, one)
    return list(ordered.values())
