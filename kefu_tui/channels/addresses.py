"""What may be shown of a URL, and where a token must not be sent."""

from ipaddress import ip_address
from urllib.parse import urlsplit, urlunsplit


def host_of(url: str) -> str:
    """Host and port of a URL, without the user, the password and the path it may carry."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    return f"{host}:{port}" if port else host


def shown(url: str) -> str:
    """A URL without what it may carry in secret: user, password, query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "?"
    return urlunsplit((parts.scheme, host_of(url), parts.path, "", ""))


def is_in_the_clear(url: str) -> bool:
    """Whether what is sent there can be read on the way: plain http to a host far away."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme != "http" or host == "localhost" or host.endswith((".localhost", ".onion", ".local")):
        return False
    try:
        return not ip_address(host).is_private
    except ValueError:
        return True
