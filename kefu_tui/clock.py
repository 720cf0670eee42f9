"""The clocks the program runs by: the machine's, and one that runs faster for the demo."""

import asyncio
from datetime import UTC, datetime, timedelta
from time import monotonic


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, duration: timedelta) -> None:
        await asyncio.sleep(max(duration.total_seconds(), 0))

    def from_now(self, real: timedelta) -> datetime:
        return self.now() + real


class PacedClock:
    """A clock that starts at `start` and runs `speed` times as fast as life.

    It stands on the monotonic clock, so a change of the machine's time does not disturb a demo.
    """

    def __init__(self, start: datetime, speed: float) -> None:
        self._start = start
        self._speed = speed
        self._began = monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=(monotonic() - self._began) * self._speed)

    async def sleep(self, duration: timedelta) -> None:
        await asyncio.sleep(max(duration.total_seconds(), 0) / self._speed)

    def from_now(self, real: timedelta) -> datetime:
        return self.now() + real * self._speed


class SteppedClock:
    """A clock that stands still until it is moved: for playing a day to its end without waiting."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def move_to(self, moment: datetime) -> None:
        """Move forward; a moment in the past leaves the clock where it is."""
        self._now = max(self._now, moment)

    async def sleep(self, duration: timedelta) -> None:
        self._now += max(duration, timedelta(0))

    def from_now(self, real: timedelta) -> datetime:
        return self._now + real
