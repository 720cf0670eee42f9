"""Plays the demo's day through the real services, as if somebody had sat at the desk since the morning."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from math import ceil

from kefu_tui.channels.demo import PlayedDay
from kefu_tui.channels.demo_day import Answer
from kefu_tui.clock import SteppedClock
from kefu_tui.services.bundle import Services

POLL_EVERY = timedelta(seconds=30)
_BETWEEN_ACCOUNTS = timedelta(seconds=7)  # accounts are polled one after another, as they would be


class Playback:
    """The day up to a moment: polls that would have found something, and the founder's own answers.

    A poll that brings nothing changes no case, so only the others are made: each at the tick of its
    account's half-minute rhythm that follows the news. The clocks come out as if all had been made.
    """

    def __init__(self, played: PlayedDay, services: Services, clock: SteppedClock) -> None:
        self._played = played
        self._services = services
        self._clock = clock
        self._polled = dict.fromkeys(services.accounts, played.begins_at)
        self._answers = sorted(played.day.answer, key=self._answered_at)

    def stop_answering(self) -> None:
        """From here on the founder is away: customers write and nobody answers."""
        self._answers.clear()

    async def run(self, until: datetime) -> None:
        """Play everything that happens before `until`, and leave the clock there."""
        while True:
            moments = [moment for moment in self._moments() if moment[0] < until]
            if not moments:
                break
            at, account = min(moments, key=lambda moment: (moment[0], moment[1] or ""))
            self._clock.move_to(at)
            if account is None:
                await self._answer(self._answers.pop(0))
            else:
                await self._poll(account)
        self._clock.move_to(until)
        for account in self._services.accounts:
            await self._poll(account)

    def _moments(self) -> Iterator[tuple[datetime, str | None]]:
        """The next poll of each account that has news coming, and (None) the next answer."""
        for place, account in enumerate(self._services.accounts):
            news = self._played.next_news_at(account, self._polled[account])
            if news is not None:
                yield self._tick_after(news, place), account
        if self._answers:
            yield self._answered_at(self._answers[0]), None

    def _tick_after(self, news: datetime, place: int) -> datetime:
        start = self._played.begins_at + _BETWEEN_ACCOUNTS * place
        return start + ceil((news - start) / POLL_EVERY) * POLL_EVERY

    def _answered_at(self, answer: Answer) -> datetime:
        return self._played.moment(answer.at, f"answer to {answer.to}")

    async def _poll(self, account: str) -> None:
        outcome = await self._services.intake.poll(account)
        if outcome.error is not None:
            raise outcome.error
        self._polled[account] = self._clock.now()

    async def _answer(self, answer: Answer) -> None:
        account = self._played.account_of(answer.to)
        case_id = self._services.store.case_id_of_post(account, answer.to)
        if case_id is None:
            return  # gone before anybody saw it
        request = self._services.desk.request(case_id, answer.text)
        item = await self._services.outbox.approve(request)
        await self._services.outbox.deliver(item.id)
