"""The feed as the desk reads it: summaries kept up to date with the store, views, counts, search."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kefu_tui.domain.case import Case, Noted, Outbound
from kefu_tui.domain.clocks import Due, Targets, clocks
from kefu_tui.domain.corrections import put_right
from kefu_tui.domain.errors import N_, NotFound
from kefu_tui.domain.feed import CaseSummary, View, in_view, ordered, summarise, views_of
from kefu_tui.domain.mention import Mention
from kefu_tui.domain.search import Query, Searchable, Term, parse_query
from kefu_tui.domain.triage import DEFAULT_WEIGHTS, Weights
from kefu_tui.ports import Classifier, Clock, Store
from kefu_tui.services.causes import Causes


@dataclass(frozen=True, slots=True)
class HeaderNumbers:
    """The figures of the header, for the local day.

    `answered` of `episodes` begun today; `within_10m`/`within_60m` of the answered; `oldest_wait` None
    when nobody waits; `ignored` counts cases with a public post past 24 hours without a word of ours; `lag`
    is the P90 of today's detection lag by account.
    """

    episodes: int
    answered: int
    median_first_response: timedelta | None
    within_10m: int
    within_60m: int
    waiting: int
    overdue: int
    oldest_wait: timedelta | None
    ignored: int = 0
    lag: Mapping[str, timedelta] = field(default_factory=dict)


class Feed:
    """Reads cases for the screen. Summaries are kept until their case or a mention of it changes."""

    def __init__(
        self,
        store: Store,
        classifier: Classifier,
        clock: Clock,
        targets: Targets,
        *,
        big: int,
        weights: Weights = DEFAULT_WEIGHTS,
        causes: Causes | None = None,
    ) -> None:
        self._store = store
        self._classifier = classifier
        self._clock = clock
        self._targets = targets
        self._big = big
        self._weights = weights
        self._causes = causes
        self._cache: dict[str, tuple[CaseSummary, tuple[Mention, ...]]] = {}
        self._found: dict[str, tuple[CaseSummary, Searchable]] = {}
        self._all: tuple[tuple[int, int], list[CaseSummary]] = ((-1, 0), [])  # the revision, its summaries

    def summary(self, case_id: str) -> CaseSummary:
        """The current summary of one case; raises `NotFound`."""
        case = self._store.case(case_id)
        if case is None or (summary := self._summary(case)) is None:
            raise NotFound(N_("this case does not exist any more"))
        return summary

    def summaries(self) -> list[CaseSummary]:
        """All cases, in no order."""
        revision = self._store.revision, self._causes.revision if self._causes else 0
        if self._all[0] != revision:
            found = map(self._summary, self._store.cases())
            self._all = revision, [summary for summary in found if summary is not None]
            self._forget_others()
        return list(self._all[1])

    def _forget_others(self) -> None:
        """Keep nothing of cases that are not at hand any more, once they are many."""
        if len(self._cache) > 2 * len(self._all[1]) + 100:
            at_hand = {summary.case.id for summary in self._all[1]}
            for held in (self._cache, self._found):
                for case_id in [case_id for case_id in held if case_id not in at_hand]:
                    del held[case_id]

    def _summary(self, case: Case) -> CaseSummary | None:
        """The summary of a case; None when not one of its mentions can be read."""
        known = self._cache.get(case.id)
        # values are frozen: the same objects mean nothing has changed
        if (
            known is not None
            and known[0].case is case
            and all(map(self._is_current, known[1]))
            and known[0].same_cause == self._same_cause(known[1])
        ):
            return known[0]
        mentions = self._stored(case)
        summary = self._summarised(case, mentions)
        if summary is not None:
            self._cache[case.id] = (summary, mentions)
        return summary

    def _summarised(self, case: Case, mentions: tuple[Mention, ...]) -> CaseSummary | None:
        if not mentions:
            return None
        by_key = {mention.key: mention for mention in mentions}
        return summarise(
            case, by_key, self._targets, weights=self._weights, same_cause=self._same_cause(mentions)
        )

    def _same_cause(self, mentions: Sequence[Mention]) -> int:
        """How many people complain of what this case is about, its own author included."""
        return self._causes.same_cause(m.key for m in mentions) if self._causes else 1

    def alike(self, case: Case) -> list[Mention]:
        """What others wrote who complain of the same: the first mention of each, the earliest first."""
        keys = [inbound.mention_key for inbound in case.inbounds]
        return self._causes.others(keys) if self._causes else []

    def _is_current(self, mention: Mention) -> bool:
        return self._store.mention(mention.key) is mention

    def clocks(self, summary: CaseSummary) -> list[Due]:
        """Every running clock of a case, the first to run out first."""
        if summary.is_noise:
            return []
        return clocks(summary.standing, summary.verdict.priority, self._targets)

    def mentions(self, case: Case) -> tuple[Mention, ...]:
        """What the customer wrote in this case, in the order we learned of it, with corrected verdicts."""
        return tuple(put_right(case, {mention.key: mention for mention in self._stored(case)}).values())

    def _stored(self, case: Case) -> tuple[Mention, ...]:
        found = (self._store.mention(inbound.mention_key) for inbound in case.inbounds)
        return tuple(mention for mention in found if mention is not None)

    def view(self, view: View, query: Query | None = None) -> list[CaseSummary]:
        """The cases of a view, most urgent first; with a query, of everything ever stored."""
        now = self._clock.now()
        if query is not None and query.terms:
            chosen = (s for s in self.summaries() if query.matches(s, self._searchable(s), now))
        else:
            chosen = (s for s in self.summaries() if in_view(s, view, now, big=self._big))
        return ordered(chosen, now)

    def found(self, query: Query) -> int:
        """How many cases a filter finds."""
        now = self._clock.now()
        return sum(query.matches(one, self._searchable(one), now) for one in self.summaries())

    def archived(self, query: Query, most: int | None = None) -> list[CaseSummary]:
        """What a filter finds in the archives, the latest first, `most` of it; reads files, so in a thread.

        Nothing of it is in `view`. An empty filter finds nothing: archives are for those who look.
        """
        if not query.terms or any(_is_of_what_waits(term) for term in query.terms):
            return []
        now = self._clock.now()
        words = [
            term.value
            for term in query.terms
            if term.value and not term.negated and term.operator in ("text", "from", "tag")
        ]
        found: list[CaseSummary] = []
        for case_id in self._store.find_archived(words):
            case = self._store.case(case_id)
            summary = None if case is None else self._summarised(case, self._stored(case))
            if summary is not None and query.matches(summary, self._read_searchable(summary), now):
                found.append(summary)
                if len(found) == most:
                    break
        return sorted(found, key=lambda summary: summary.last_activity, reverse=True)

    def archived_summaries(self, since: datetime) -> Iterator[CaseSummary]:
        """The archived cases in which anything happened since; reads files."""
        for case, mentions in self._store.archived_cases(since=since):
            summary = self._summarised(case, tuple(mentions))
            if summary is not None:
                yield summary

    def counts(self) -> dict[View, int]:
        """How many cases each view holds."""
        now = self._clock.now()
        counts = dict.fromkeys(View, 0)
        for summary in self.summaries():
            for view in views_of(summary, now, big=self._big):
                counts[view] += 1
        return counts

    def query(self, text: str) -> Query:
        """Read a filter; raises `QueryError`."""
        return parse_query(text, self._classifier.fold)

    def _searchable(self, summary: CaseSummary) -> Searchable:
        found = self._found.get(summary.case.id)
        if found is not None and found[0] is summary:
            return found[1]
        searchable = self._read_searchable(summary)
        self._found[summary.case.id] = (summary, searchable)
        return searchable

    def _read_searchable(self, summary: CaseSummary) -> Searchable:
        author = summary.lead.post.author
        names = f"{author.name} {author.handle}"
        texts = [names]
        for mention in self.mentions(summary.case):
            texts += [mention.post.content_warning, mention.post.text, *mention.earlier_texts]
        texts += [said.text for said in summary.case.events if isinstance(said, Outbound | Noted)]
        text = "\n".join(texts)
        fold, initials = self._classifier.fold, self._classifier.initials
        about = summary.verdict.category
        tags = "\n".join((about.value, about.name.lower(), *summary.tags))
        return Searchable(fold(text), initials(text), fold(names), fold(tags))

    def is_big(self, summary: CaseSummary) -> bool:
        return summary.is_big(self._big)

    def now(self) -> datetime:
        return self._clock.now()


def _is_of_what_waits(term: Term) -> bool:
    """Whether a part of a filter asks for what nothing settled can be."""
    return (
        term.operator == "is" and not term.negated and term.value not in ("", "closed", "no_reply", "noise")
    )


def neighbour(order: Sequence[str], case_id: str) -> str | None:
    """The row to go to when the founder is done with `case_id`: the next below, else the one above."""
    if case_id not in order:
        return order[0] if order else None
    place = order.index(case_id)
    if place + 1 < len(order):
        return order[place + 1]
    return order[place - 1] if place else None
