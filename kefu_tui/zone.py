"""The time zone of the system, with its rules and not only today's offset."""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

_LOCAL_ZONE = Path("/etc/localtime")


def system_zone(environ: Mapping[str, str], local_zone: Path = _LOCAL_ZONE) -> tzinfo:
    """The zone `TZ` names, else the system's own; where neither can be read, the offset of this moment."""
    if "TZ" in environ:
        try:
            return ZoneInfo(environ["TZ"].removeprefix(":") or "UTC")
        except (KeyError, ValueError, OSError):  # a POSIX rule such as CET-1CEST, or a path
            return _offset_now()
    try:
        with local_zone.open("rb") as file:
            return ZoneInfo.from_file(file, key="localtime")
    except (OSError, ValueError):
        return _offset_now()


def _offset_now() -> tzinfo:
    return datetime.now(UTC).astimezone().tzinfo or UTC
