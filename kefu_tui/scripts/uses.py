"""How often each script was inserted, in a small file of its own beside the store.

Counting is a convenience: a file that cannot be read counts from zero, and is replaced at the next use.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from kefu_tui.scripts.library import replace_file


class UseCounts:
    """Counts in a JSON file; None keeps them in memory only."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._counts: dict[str, int] | None = None

    def counts(self) -> Mapping[str, int]:
        if self._counts is None:
            self._counts = self._stored()
        return self._counts

    def note(self, script_id: str) -> None:
        """One more use, on disk when it returns; raises `KefuError` when the disk refuses."""
        counts = {**self.counts(), script_id: self.counts().get(script_id, 0) + 1}
        if self._path is not None:
            replace_file(self._path, json.dumps(counts, ensure_ascii=False, indent=0))
        self._counts = counts

    def _stored(self) -> dict[str, int]:
        if self._path is None:
            return {}
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        if not isinstance(found, dict):
            return {}
        return {key: count for key, count in found.items() if isinstance(count, int) and count > 0}
