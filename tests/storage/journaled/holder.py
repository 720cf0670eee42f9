"""Holds a store open for writing until it is killed or its input ends: `holder.py PATH`."""

import sys
from pathlib import Path

from kefu_tui.storage.journaled.database import JournaledDB

with JournaledDB(Path(sys.argv[1])) as db:
    db.apply({"cases": {"held": {}}})
    print("holding", flush=True)
    sys.stdin.read()
