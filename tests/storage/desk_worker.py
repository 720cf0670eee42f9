"""Works at a desk's store for ever and prints the number of each acknowledged mention: `... PATH`.

Inserts one by one and in batches, compacts, lets cases go to the archives, lets some come back, migrates
nothing but backs up: whatever it does when it is killed, what it printed must be there afterwards, once.
"""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from kefu_tui.ports import Changes
from kefu_tui.storage.desk_store import open_store
from tests.builders import a_case, a_closing, a_mention, at

LATER = at(0) + timedelta(days=400)


async def work(path: Path) -> None:
    store = open_store(path)
    cases, mentions = store.archived
    number = len(list(store.mentions())) + mentions
    assert number == len(list(store.cases())) + cases
    later = LATER
    while True:
        for count in (1, 1, 5):
            made = [
                a_mention(f"number {n}", id=f"p{n}", posted_at=at(n % 50) + timedelta(days=31 * (n % 3)))
                for n in range(number + 1, number + count + 1)
            ]
            done = [
                a_case([one], then=[a_closing(id=one.key, at=one.post.posted_at + timedelta(minutes=9))])
                for one in made
            ]
            await store.update(lambda _, m=made, c=done: Changes(mentions=m, cases=c))
            number += count
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()
        later += timedelta(hours=2)
        match number % 4:
            case 0:
                await store.archive_settled(LATER)
            case 1:
                await store.back_up_if_due(later)
            case 2:
                store._compact()
            case _:
                back = store.case(f"case/shop:p{number // 2 + 1}")
                if back is not None:
                    changed = back.remembering("seen", str(number))
                    await store.update(lambda _, c=changed: Changes(cases=[c]))


if __name__ == "__main__":
    asyncio.run(work(Path(sys.argv[1])))
