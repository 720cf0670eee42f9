"""Taking replies out while nobody watches: waiting, sending, looking for lost ones, again and again."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import chain, repeat
from typing import Protocol

from kefu_tui.domain.errors import KefuError
from kefu_tui.domain.outbox import OutboxItem, OutboxState
from kefu_tui.ports import Clock

LOOK_AGAIN_AFTER = (timedelta(seconds=2), timedelta(seconds=10), timedelta(seconds=30))
LOOK_ON_EVERY = timedelta(minutes=5)  # while the platform, or the disk, cannot be asked


class _Outbox(Protocol):
    def item(self, item_id: str) -> OutboxItem: ...

    def is_unknown(self, item: OutboxItem) -> bool: ...

    async def deliver(self, item_id: str) -> OutboxItem: ...

    async def reconcile(self, item_id: str, *, final: bool) -> OutboxItem: ...


class Dispatch:
    """Carries single items to an end; tells `notify` of every item that moved or met a problem."""

    def __init__(
        self,
        outbox: _Outbox,
        clock: Clock,
        describe: Callable[[KefuError], str],
        notify: Callable[[OutboxItem], None],
    ) -> None:
        self._outbox = outbox
        self._clock = clock
        self._describe = describe
        self._notify = notify

    async def send(self, item_id: str) -> None:
        """Send an item when its undo window ends; while the disk refuses the intent, try again."""
        await self._clock.sleep(self._outbox.item(item_id).release_at - self._clock.now())
        for pause in _pauses():
            if self._outbox.item(item_id).state is not OutboxState.HELD:
                return None  # recalled meanwhile
            try:
                self._notify(await self._outbox.deliver(item_id))
            except KefuError as error:
                self._tell(item_id, error)
            item = self._outbox.item(item_id)
            if self._outbox.is_unknown(item):
                return await self.look(item_id)
            if item.state is not OutboxState.HELD:
                return None
            await self._clock.sleep(pause)
        return None

    async def look(self, item_id: str) -> None:
        """Look for an item of unknown fate until the platform shows it, or has often said it is not there."""
        misses = 0
        for pause in _pauses():
            await self._clock.sleep(pause)
            try:
                item = await self._outbox.reconcile(item_id, final=misses + 1 >= len(LOOK_AGAIN_AFTER))
                misses += 1
            except KefuError as error:
                self._tell(item_id, error)
                continue
            if not self._outbox.is_unknown(item):
                self._notify(item)
                return

    def _tell(self, item_id: str, error: KefuError) -> None:
        self._notify(replace(self._outbox.item(item_id), problem=self._describe(error)))


def _pauses() -> Iterator[timedelta]:
    return chain(LOOK_AGAIN_AFTER, repeat(LOOK_ON_EVERY))
