"""Working hours and quiet hours: several blocks, holidays with make-up workdays, summer time."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kefu_tui.domain.hours import (
    Block,
    DayKind,
    QuietHours,
    Week,
    WorkingCalendar,
    never_quiet,
    weekdays_only,
)
from kefu_tui.domain.verdict import Priority
from kefu_tui.holiday_days import COUNTRIES, calendar_days

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
MORNING, AFTERNOON = Block(time(9), time(12)), Block(time(13, 30), time(18))
NIGHT = Block(time(22, 30), time(8))
HOUR = timedelta(hours=1)
MOMENTS = st.integers(0, 730 * 1440).map(lambda n: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=n))


def local(day: int, hour: int, minute: int = 0, month: int = 3, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=zone)  # 2 March 2026 is a Monday


def desk(**fields: object) -> WorkingCalendar:
    defaults: dict[str, object] = {"week": Week.of([MORNING, AFTERNOON]), "zone": SHANGHAI}
    return WorkingCalendar(**defaults | fields)  # type: ignore[arg-type]


class TestHoursArithmetic:
    def test_a_wait_over_lunch_leaves_lunch_out(self) -> None:
        assert desk().worked(local(2, 11), local(2, 14)) == timedelta(hours=1, minutes=30)

    def test_a_wait_that_begins_outside_counts_from_the_opening(self) -> None:
        assert desk().worked(local(2, 7), local(2, 10)) == HOUR

    def test_a_weekend_counts_nothing(self) -> None:
        assert desk().worked(local(6, 17), local(9, 10)) == 2 * HOUR

    def test_answered_in_the_same_stretch_outside_our_hours_counts_in_full(self) -> None:
        assert desk().waited(local(2, 23), local(2, 23, 20)) == timedelta(minutes=20)
        assert desk().waited(local(2, 23), local(3, 9, 5)) == timedelta(minutes=5)

    def test_no_time_at_all_and_time_that_runs_backwards_are_nothing(self) -> None:
        assert desk().worked(local(2, 10), local(2, 10)) == timedelta(0)
        assert desk().waited(local(2, 12), local(2, 10)) == timedelta(0)

    def test_blocks_that_touch_or_overlap_count_once(self) -> None:
        week = Week.of([Block(time(9), time(12)), Block(time(12), time(14)), Block(time(13), time(15))])
        calendar = desk(week=week)
        assert list(calendar.stretches(local(2, 0), local(2, 23))) == [
            (local(2, 9).astimezone(UTC), local(2, 15).astimezone(UTC))
        ]

    def test_a_block_over_midnight_belongs_to_the_day_it_begins_on(self) -> None:
        night = desk(week=Week.of([NIGHT]))
        assert night.is_open(local(2, 23))
        assert night.is_open(local(3, 7, 59))
        assert not night.is_open(local(3, 8))
        assert night.is_open(local(7, 3)), "Friday's night reaches into Saturday"
        assert not night.is_open(local(7, 23)), "Saturday has none of its own"

    def test_a_whole_day_is_from_midnight_to_midnight(self) -> None:
        always = desk(week=Week.of([Block(time(0), time(0))], [Block(time(0), time(0))]))
        assert always.worked(local(2, 5), local(5, 5)) == timedelta(days=3)

    def test_a_target_is_due_when_so_much_of_our_hours_has_passed(self) -> None:
        assert desk().due(local(2, 17, 30), HOUR) == local(3, 9, 30)
        assert desk().due(local(6, 17, 30), HOUR) == local(9, 9, 30)

    def test_where_nobody_ever_sits_nothing_is_due(self) -> None:
        assert desk(week=Week.of([])).due(local(2, 9), HOUR) is None


class TestSummerTime:
    """In Berlin the night of 29 March 2026 has no 2:30, and that of 25 October has it twice."""

    def test_a_night_that_loses_an_hour_is_an_hour_shorter(self) -> None:
        night = desk(week=Week.of([NIGHT], [NIGHT]), zone=BERLIN)
        assert night.worked(local(28, 12, zone=BERLIN), local(29, 12, zone=BERLIN)) == timedelta(hours=8.5)

    def test_one_that_gains_an_hour_is_an_hour_longer(self) -> None:
        night = desk(week=Week.of([NIGHT], [NIGHT]), zone=BERLIN)
        begin, end = local(24, 12, month=10, zone=BERLIN), local(25, 12, month=10, zone=BERLIN)
        assert night.worked(begin, end) == timedelta(hours=10.5)


class TestChineseHolidays:
    @pytest.fixture
    def calendar(self) -> WorkingCalendar:
        return desk(day_of=calendar_days("CN"))

    @pytest.mark.parametrize(
        ("day", "kind"),
        [
            (date(2026, 2, 17), DayKind.HOLIDAY),  # Spring Festival
            (date(2026, 2, 14), DayKind.MAKE_UP),  # a Saturday worked for it
            (date(2026, 2, 28), DayKind.MAKE_UP),
            (date(2025, 10, 11), DayKind.MAKE_UP),
            (date(2026, 3, 7), DayKind.WEEKEND),
            (date(2026, 3, 2), DayKind.WORKDAY),
        ],
    )
    def test_days_are_what_the_state_council_announced(self, day: date, kind: DayKind) -> None:
        assert calendar_days("CN")(day).kind is kind

    def test_a_holiday_counts_nothing_and_a_make_up_saturday_counts(self, calendar: WorkingCalendar) -> None:
        assert calendar.worked(local(17, 0, month=2), local(18, 0, month=2)) == timedelta(0)
        assert calendar.worked(local(28, 0, month=2), local(28, 23, month=2)) == timedelta(hours=7.5)

    def test_a_year_nobody_has_announced_says_so(self) -> None:
        assert calendar_days("CN")(date(2026, 3, 2)).is_settled
        assert not calendar_days("CN")(date(2090, 3, 2)).is_settled

    @pytest.mark.parametrize("country", COUNTRIES)
    def test_every_country_that_can_be_named_is_known(self, country: str) -> None:
        days = [calendar_days(country)(date(2026, 1, 1) + timedelta(days=n)) for n in range(365)]
        assert any(day.kind is DayKind.HOLIDAY and day.name for day in days) is (country != "none")


class TestQuietHours:
    QUIET = QuietHours(calendar=WorkingCalendar(week=Week.of([NIGHT], [NIGHT]), zone=SHANGHAI))

    @pytest.mark.parametrize(
        ("hour", "priority", "rings"),
        [
            (23, Priority.P0, True),
            (23, Priority.P1, False),
            (3, Priority.P3, False),
            (9, Priority.P3, True),
        ],
    )
    def test_only_p0_gets_through(self, hour: int, priority: Priority, rings: bool) -> None:
        assert self.QUIET.may_ring(priority, local(2, hour)) is rings

    def test_when_they_end_and_where_the_digest_begins(self) -> None:
        assert self.QUIET.ends_after(local(2, 23)) == local(3, 8)
        assert self.QUIET.ends_after(local(2, 12)) is None
        assert self.QUIET.began_before(local(3, 9)) == local(2, 22, 30)

    def test_without_blocks_everything_is_heard(self) -> None:
        quiet = never_quiet(UTC)
        assert quiet.may_ring(Priority.P3, local(2, 3))
        assert quiet.began_before(local(2, 3)) is None


@given(
    MOMENTS,
    st.lists(st.timedeltas(timedelta(0), timedelta(days=9)), min_size=2, max_size=2),
    st.sampled_from([SHANGHAI, BERLIN, ZoneInfo("America/New_York")]),
)
def test_a_wait_is_the_sum_of_its_parts_and_never_longer_than_calendar_time(
    start: datetime, parts: list[timedelta], zone: ZoneInfo
) -> None:
    calendar = WorkingCalendar(week=Week.of([MORNING, AFTERNOON], [NIGHT]), zone=zone, day_of=weekdays_only)
    middle, end = start + parts[0], start + parts[0] + parts[1]
    whole = calendar.worked(start, end)
    assert whole == calendar.worked(start, middle) + calendar.worked(middle, end)
    assert timedelta(0) <= whole <= end - start
