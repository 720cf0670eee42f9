"""Walking a Mastodon notifications list upwards so that nothing is missed, on servers that make it hard."""

from dataclasses import dataclass
from datetime import datetime

from kefu_tui.channels.answer import Answer
from kefu_tui.channels.http import Http

PAGE = 40  # every server grants this much
DEEPEST_WALK = 2000  # entries fetched in one go from a server that cannot page upwards


@dataclass(frozen=True, slots=True)
class Notification:
    """An entry of the list; `status` is null for a follow, say."""

    id: str
    type: str
    at: datetime
    status: Answer


@dataclass(frozen=True, slots=True)
class News:
    """What stands above a position: oldest part first where there is more; not `whole` when some is lost."""

    entries: tuple[Notification, ...]
    whole: bool = True


class NotificationList:
    """The mentions in an account's list of notifications.

    Ids are compared as `(length, text)`: they are numbers told as text at Mastodon, equally long ULIDs at
    GoToSocial. Addresses are built here: snac sends no `Link`, and others get it wrong.
    """

    def __init__(self, http: Http) -> None:
        self._http = http

    async def newest(self) -> Notification | None:
        return max(await self._page(limit=1), key=age, default=None)

    async def above(self, floor: str | None) -> News:
        """Entries above `floor`, no page left out below them; with None everything the server still lists."""
        page = await self._page(min_id=floor)
        fresh = [entry for entry in page if _is_above(entry, floor)]
        if not fresh or len(fresh) < len(page):  # the page reaches down to what is known
            return News(tuple(fresh))
        missed, whole = await self._missed(floor, min(fresh, key=age))
        return News((*fresh, *missed), whole)

    async def _missed(self, floor: str | None, lowest: Notification) -> tuple[list[Notification], bool]:
        """What lies between the floor and the lowest entry of a page, and whether that is all of it.

        Mastodon answers `min_id` with the page directly above it, so one small look below finds nothing new.
        Others (snac) answer with the newest page; from there the walk goes down until something known
        shows up. snac lists no more than its 64 newest: where the walk ends before, something is lost.
        """
        missed: list[Notification] = []
        limit = 1
        while len(missed) < DEEPEST_WALK:
            below = [
                entry for entry in await self._page(max_id=lowest.id, limit=limit) if age(entry) < age(lowest)
            ]
            fresh = [entry for entry in below if _is_above(entry, floor)]
            missed += fresh
            if len(fresh) < len(below):
                return missed, True
            if not below:
                return missed, floor is None or not missed
            lowest, limit = min(below, key=age), PAGE
        return missed, False

    async def _page(
        self, *, min_id: str | None = None, max_id: str | None = None, limit: int = PAGE
    ) -> list[Notification]:
        # filtered ones are only hidden on the web page, and hiding is not for the platform to decide
        params: dict[str, str | int] = {"types[]": "mention", "limit": limit, "include_filtered": "true"}
        if min_id is not None:
            params["min_id"] = min_id
        if max_id is not None:
            params["max_id"] = max_id
        answer = await self._http.get_json("/api/v1/notifications", params, token_refused=(401, 403))
        return [
            Notification(
                entry.at("id").name(),
                entry.at("type").text(),
                entry.at("created_at").instant(),
                entry.at("status"),
            )
            for entry in answer.items()
        ]


def age(entry: Notification) -> tuple[int, str]:
    """Sorts entries oldest first."""
    return _order(entry.id)


def _is_above(entry: Notification, floor: str | None) -> bool:
    return floor is None or age(entry) > _order(floor)


def _order(notification_id: str) -> tuple[int, str]:
    return len(notification_id), notification_id
