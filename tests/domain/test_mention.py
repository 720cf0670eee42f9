"""What is remembered of a post's spread: few counts, none lower than the one before, growth told honestly."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from kefu_tui.domain.mention import (
    GROWS_WITHIN,
    SIGHTINGS_APART,
    SIGHTINGS_KEPT,
    Sighting,
    is_growing,
    seen,
)
from tests.builders import a_mention, a_post, at


def looked(*counts: tuple[float, int | None]) -> tuple[Sighting, ...]:
    """The sightings after looking at these minutes."""
    sightings: tuple[Sighting, ...] = ()
    for minute, count in counts:
        sightings = seen(sightings, count, at(minute))
    return sightings


def test_only_a_higher_count_is_news() -> None:
    assert looked((0, 5), (10, 5), (20, 3), (30, None)) == (Sighting(at(0), 5),)
    assert looked((0, None)) == ()


def test_three_times_as_many_within_half_an_hour_is_growth() -> None:
    assert is_growing(looked((0, 10), (30, 30)))
    assert not is_growing(looked((0, 10), (30, 29)))
    assert not is_growing(looked((0, 10), (31, 90)))


def test_a_first_look_and_a_handful_are_no_growth() -> None:
    assert not is_growing(())
    assert not is_growing(looked((0, 900)))
    assert not is_growing(looked((0, 1), (5, 9)))
    assert is_growing(looked((0, 0), (5, 10)))


def test_growth_after_a_long_quiet_is_told_where_somebody_had_looked() -> None:
    quiet = looked((0, 10))
    assert is_growing(seen(quiet, 40, at(120), looked_at=at(115)))
    assert not is_growing(seen(quiet, 40, at(120), looked_at=at(80)))
    assert not is_growing(seen(quiet, 40, at(120)))


def test_a_storm_does_not_lose_the_half_hour() -> None:
    storm = looked(*((minute / 2, minute + 1) for minute in range(200)))
    assert len(storm) == SIGHTINGS_KEPT
    assert storm[-1].at - storm[0].at >= GROWS_WITHIN


@given(st.lists(st.tuples(st.integers(0, 40), st.none() | st.integers(0, 500)), max_size=40))
def test_what_is_kept_is_little_in_order_and_the_last_is_the_highest(
    looks: list[tuple[int, int | None]],
) -> None:
    minute, sightings = 0, ()
    for wait, count in looks:
        minute += wait
        sightings = seen(sightings, count, at(minute), looked_at=at(minute - wait / 2))
    assert len(sightings) <= SIGHTINGS_KEPT
    counts = [sighting.reposts for sighting in sightings]
    assert counts == sorted(counts)
    assert (counts or [None])[-1] == max((count for _, count in looks if count is not None), default=None)
    gaps = [later.at - one.at for one, later in pairwise(sightings[:-1])]
    assert all(gap >= SIGHTINGS_APART for gap in gaps)


def test_a_mention_tells_its_highest_count() -> None:
    assert a_mention().reposts is None
    assert a_mention(reposts=4).reposts == 4
    assert a_mention(post=a_post(reposts=4), sightings=looked((0, 9))).reposts == 9
