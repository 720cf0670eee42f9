"""A desk that writes until it is killed: each line it prints is a mention it was told is on disk.

Run as `python -m tests.storage.writer PATH`. It compacts often, so that kills hit compactions too.
"""

import asyncio
import sys
from pathlib import Path

from kefu_tui.ports import Changes
from kefu_tui.storage.desk_store import DeskStore
from kefu_tui.storage.journaled.database import JournaledDB
from kefu_tui.storage.migrations import migrate
from tests.builders import a_case, a_mention


async def write_on(path: Path) -> None:
    db = JournaledDB(path, compact_after_bytes=20_000)
    migrate(db, path, read_only=False)
    store = DeskStore(db)
    number = len(store.mentions())
    while True:
        number += 1
        sys.stdout.write(await _receive(store, number) + "\n")
        sys.stdout.flush()
        await store.compact_if_needed()


async def _receive(store: DeskStore, number: int) -> str:
    mention = a_mention(f"第{number}条", id=f"p{number}")
    cursors = {mention.account: {"since": number}}
    await store.update(lambda _: Changes(mentions=[mention], cases=[a_case([mention])], cursors=cursors))
    return mention.key


if __name__ == "__main__":
    asyncio.run(write_on(Path(sys.argv[1])))
