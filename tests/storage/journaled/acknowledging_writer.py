"""Commits batches for ever and prints the number of each once it is durable: `... PATH COMPACT_BYTES`.

A second thread compacts whenever the journal asks for it.
"""

import sys
from pathlib import Path
from threading import Thread

from kefu_tui.storage.journaled.database import JournaledDB


def compact_for_ever(db: JournaledDB) -> None:
    while True:
        if db.needs_compaction:
            db.compact()


db = JournaledDB(Path(sys.argv[1]), compact_after_bytes=int(sys.argv[2]))
sys.setswitchinterval(1e-4)
Thread(target=compact_for_ever, args=(db,), daemon=True).start()
number = len(db.table("events"))
while True:
    number += 1
    with db.batch() as batch:
        batch.table("events").insert({"number": number, "text": "客" * (number % 700)})
        batch.apply({"cursor": {"at": {"number": number}}, "open": {str(number): {}, str(number - 3): None}})
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()
