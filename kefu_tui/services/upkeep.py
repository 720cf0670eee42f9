"""What a store needs now and then: to be kept small, to let settled cases go, to be backed up."""

from datetime import timedelta

from kefu_tui.ports import Clock, Store

EVERY = timedelta(minutes=10)


class Upkeep:
    """Looks after the store beside everything else; to be run by whoever has it open for long."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def run(self) -> None:
        """Look after the store every ten minutes until cancelled. Raises `StoreError`."""
        while True:
            await self.once()
            await self._clock.sleep(EVERY)

    async def once(self) -> None:
        """Do what is due now. Raises `StoreError`; the store is as good as before."""
        await self._store.back_up_if_due(self._clock.now())
        await self._store.archive_settled(self._clock.now())
        await self._store.compact_if_needed()
