"""Breaches: each clock that ran out on a message, recorded once, whatever happens to the case later."""

from dataclasses import dataclass

from kefu_tui.domain.clocks import Due
from kefu_tui.ports import Changes, Clock, Store, StoreView
from kefu_tui.services.feed import Feed


@dataclass(frozen=True, slots=True)
class Breach:
    """A clock that ran out: in which case, and which one when."""

    case_id: str
    due: Due

    @property
    def key(self) -> str:
        """The identity of the breach: one for each clock and message."""
        return f"{self.due.kind}/{self.due.mention_key}"


class Breaches:
    """Notices clocks that have run out; to be asked after polls and now and then."""

    def __init__(self, store: Store, feed: Feed, clock: Clock) -> None:
        self._store = store
        self._feed = feed
        self._clock = clock

    async def record(self) -> list[Breach]:
        """Record what has run out by now; returns only what had not been recorded before."""
        now = self._clock.now()
        late = [
            Breach(summary.case.id, due)
            for summary in self._feed.summaries()
            if summary.due is not None and summary.due.at <= now
            for due in self._feed.clocks(summary)
            if due.at <= now
        ]
        new: list[Breach] = []

        def change(view: StoreView) -> Changes | None:
            new.extend(breach for breach in late if not view.has_breach(breach.key))
            return Changes(breaches=[breach.key for breach in new]) if new else None

        await self._store.update(change)
        return new
