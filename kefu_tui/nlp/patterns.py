"""The founder's regular expressions: compiled late, bounded in time, switched off when they run away.

The library is `regex`, because `re` cannot be stopped: a pattern such as `(a+)+$` would hold the desk for
hours on a text that a customer may send at any time.
"""

import threading
import warnings
from collections.abc import Collection, Iterator
from typing import Any

from kefu_tui.nlp.folding import fold

TIME_LIMIT = 0.02
"""Seconds one pattern may take on one text."""

STRIKES = 3
"""After how many texts that took too long a pattern is not tried any more."""

LONGEST = 1_000  # characters of a pattern: what is longer is a mistake, and slow to compile


class BrokenPattern(Exception):
    """A pattern that cannot be compiled: why, in the library's English, and at which character from 1."""

    def __init__(self, why: str, position: int | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.position = position


def check(pattern: str) -> None:
    """Raise `BrokenPattern` for one that could never be used; loads the library."""
    _compiled(pattern)


class TimedPatterns:
    """Looks for patterns in folded texts; constructing costs nothing.

    Letter case does not matter, and Chinese in a pattern is folded as the texts are.
    """

    def __init__(self, time_limit: float = TIME_LIMIT) -> None:
        self._time_limit = time_limit
        self._compiled: dict[str, Any] = {}
        self._late: dict[str, int] = {}
        self._lock = threading.Lock()

    def found(self, patterns: Collection[str], text: str) -> frozenset[str]:
        """Which of the patterns are found in a folded text; a broken one never is."""
        return frozenset(self._those_in(patterns, text))

    def switched_off(self) -> Collection[str]:
        """The patterns that are not tried any more."""
        return frozenset(pattern for pattern, times in self._late.items() if times >= STRIKES)

    def _those_in(self, patterns: Collection[str], text: str) -> Iterator[str]:
        for pattern in patterns:
            if self._late.get(pattern, 0) >= STRIKES:
                continue
            try:
                if self._search(pattern, text):
                    yield pattern
            except TimeoutError:
                # no fault of a busy machine: a search that ends at once never looks at the time
                with self._lock:
                    self._late[pattern] = self._late.get(pattern, 0) + 1
            except (BrokenPattern, MemoryError, RecursionError):
                self._late[pattern] = STRIKES

    def _search(self, pattern: str, text: str) -> bool:
        compiled = self._compiled.get(pattern)
        if compiled is None:
            compiled = self._compiled[pattern] = _compiled(pattern)
        # concurrent: the event loop goes on while this thread searches
        return compiled.search(text, timeout=self._time_limit, concurrent=True) is not None


def _compiled(pattern: str) -> Any:
    import regex  # type: ignore[import-untyped]  # late: most founders have no rule with a pattern

    if len(pattern) > LONGEST:
        raise BrokenPattern(f"longer than {LONGEST} characters", LONGEST)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return regex.compile(_folded(pattern), regex.IGNORECASE)
    except regex.error as error:
        raise BrokenPattern(str(error.msg), None if error.pos is None else error.pos + 1) from None
    except RecursionError:
        raise BrokenPattern("nested too deeply") from None
    except (ValueError, OverflowError, MemoryError) as error:
        raise BrokenPattern(str(error) or type(error).__name__) from None


def _folded(pattern: str) -> str:
    """The pattern with its Chinese folded, character for character; nothing that has a meaning of its own."""
    return "".join(fold(char) if not char.isascii() and char.isalnum() else char for char in pattern)
