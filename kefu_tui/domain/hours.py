"""Working hours and quiet hours: who is woken when, and how long a customer waited within our hours.

Calendar time stays the truth of every clock; what is told here is a second, labelled figure, and whether an
alarm may ring. Wall-clock times are those of one IANA zone, so that a block from 9:00 to 18:00 is as long as
the day of a change to summer time makes it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from kefu_tui.domain.verdict import Priority

MIDNIGHT = time(0)
_LONGEST_LOOKED = 4000  # days: an interval of ten years is a broken clock, not a wait


class DayKind(StrEnum):
    """What a date is to those who work."""

    WORKDAY = "workday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKE_UP = "make_up"  # a weekend day worked for a holiday (调休)


@dataclass(frozen=True, slots=True)
class Day:
    """A date, what it is, and the name of the holiday it belongs to (empty for none).

    `is_settled` says whether the authority has announced that year's days; before that a day is only what
    the weekday makes it.
    """

    date: date
    kind: DayKind
    name: str = ""
    is_settled: bool = True

    @property
    def is_worked(self) -> bool:
        return self.kind in (DayKind.WORKDAY, DayKind.MAKE_UP)


def weekdays_only(day: date) -> Day:
    """The calendar of those who observe no holidays."""
    return Day(day, DayKind.WEEKEND if day.weekday() >= 5 else DayKind.WORKDAY)


@dataclass(frozen=True, slots=True, order=True)
class Block:
    """From one wall-clock time to another; one that ends at or before its start ends on the next day."""

    start: time
    end: time

    @property
    def crosses_midnight(self) -> bool:
        return self.end <= self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """The blocks of each kind of day; a kind that is not named has none."""

    blocks: Mapping[DayKind, Sequence[Block]]

    @staticmethod
    def of(worked: Sequence[Block], free: Sequence[Block] = ()) -> "Week":
        """The same blocks on every worked day, and others on every free one."""
        return Week(
            blocks={
                DayKind.WORKDAY: worked,
                DayKind.MAKE_UP: worked,
                DayKind.WEEKEND: free,
                DayKind.HOLIDAY: free,
            }
        )


Stretch = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingCalendar:
    """When we are at the desk: blocks by kind of day, in one zone, over a calendar of days."""

    week: Week
    zone: tzinfo
    day_of: Callable[[date], Day] = field(default=weekdays_only)

    def stretches(self, start: datetime, end: datetime) -> Iterator[Stretch]:
        """The stretches of our hours within `[start, end)`, in UTC, none touching another."""
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        if start >= end:
            return
        first, last = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        current: Stretch | None = None
        day = first - timedelta(days=1)  # a block of yesterday may reach into today
        for _ in range(_LONGEST_LOOKED):
            if day > last:
                break
            for block in sorted(self.week.blocks.get(self.day_of(day).kind, ())):
                found = self._within(day, block, start, end)
                if found is None:
                    continue
                if current is not None and found[0] <= current[1]:
                    current = current[0], max(current[1], found[1])
                    continue
                if current is not None:
                    yield current
                current = found
            day += timedelta(days=1)
        if current is not None:
            yield current

    def _within(self, day: date, block: Block, start: datetime, end: datetime) -> Stretch | None:
        opens = self._moment(day, block.start)
        closes = self._moment(day + timedelta(days=1) if block.crosses_midnight else day, block.end)
        found = max(opens, start), min(closes, end)
        return found if found[0] < found[1] else None

    def _moment(self, day: date, at: time) -> datetime:
        """A wall-clock time of the zone; one that summer time skips is when the clock moved on."""
        local = datetime.combine(day, at, tzinfo=self.zone)
        return local.astimezone(UTC)

    def is_open(self, at: datetime) -> bool:
        """Whether a moment lies within our hours."""
        return any(True for _ in self.stretches(at, at + timedelta(microseconds=1)))

    def worked(self, start: datetime, end: datetime) -> timedelta:
        """How much of `[start, end)` lies within our hours."""
        return sum((until - since for since, until in self.stretches(start, end)), timedelta(0))

    def waited(self, start: datetime, end: datetime) -> timedelta:
        """A wait as our hours count it.

        Asked and answered in one stretch outside our hours it counts in full: nobody was asleep.
        """
        inside = self.worked(start, end)
        return inside or max(end - start, timedelta(0))

    def due(self, start: datetime, target: timedelta) -> datetime | None:
        """When so much of our hours has passed since `start`; None where we are never at the desk again."""
        left = target
        for since, until in self.stretches(start, start + timedelta(days=400)):
            if until - since >= left:
                return since + left
            left -= until - since
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietHours:
    """When only what is on fire may make a sound."""

    calendar: WorkingCalendar
    lets_through: Priority = Priority.P0

    def is_quiet(self, at: datetime) -> bool:
        return self.calendar.is_open(at)

    def may_ring(self, priority: Priority, at: datetime) -> bool:
        """Whether an alarm of this priority may be heard at this moment."""
        return priority <= self.lets_through or not self.is_quiet(at)

    def ends_after(self, at: datetime) -> datetime | None:
        """When the quiet stretch that holds this moment ends; None where none does."""
        for since, until in self.calendar.stretches(at, at + timedelta(days=40)):
            return until if since <= at.astimezone(UTC) else None
        return None

    def began_before(self, at: datetime) -> datetime | None:
        """When the last quiet stretch before this moment began: what the digest on return goes back to."""
        last = None
        for since, _until in self.calendar.stretches(at - timedelta(days=8), at):
            last = since
        return last


def never_quiet(zone: tzinfo) -> QuietHours:
    """Quiet hours of those who want to hear everything."""
    return QuietHours(calendar=WorkingCalendar(week=Week(blocks={}), zone=zone))
