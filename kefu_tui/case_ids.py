"""Short names for cases, to be read off a list and typed: the first characters of a hash of the id."""

from collections.abc import Iterable
from hashlib import sha256

from kefu_tui.domain.errors import N_, NotFound
from kefu_tui.ports import StoreView

_SHORTEST = 6


class CaseIds:
    """The short names of the given cases: as long as they must be to differ, six characters at least.

    A name stays the same as long as the case exists, though more cases may ask for more of its characters.
    """

    def __init__(self, case_ids: Iterable[str]) -> None:
        self._ids = {sha256(case_id.encode()).hexdigest(): case_id for case_id in case_ids}
        self._length = next(
            n for n in range(_SHORTEST, 65) if len({digest[:n] for digest in self._ids}) == len(self._ids)
        )

    def short(self, case_id: str) -> str:
        return sha256(case_id.encode()).hexdigest()[: self._length]

    def find(self, typed: str) -> str:
        """The id of the case meant by a short name, any beginning of one, or the whole id.

        Raises `NotFound` when it is none, or could be several.
        """
        typed = typed.strip()
        if typed in self._ids.values():
            return typed
        found = [
            case_id for digest, case_id in self._ids.items() if typed and digest.startswith(typed.lower())
        ]
        if not found:
            raise NotFound(N_("no case is called {typed}; kefu list shows their names"), typed=typed)
        if len(found) > 1:
            raise NotFound(
                N_("{typed} could be {count} cases; type more of the name"), typed=typed, count=len(found)
            )
        return found[0]


def case_ids(store: StoreView) -> CaseIds:
    """The short names of everything stored."""
    at_hand = (case.id for case in store.cases())
    return CaseIds([*at_hand, *store.find_archived([])])
