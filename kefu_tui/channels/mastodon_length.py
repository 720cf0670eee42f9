"""How Mastodon measures a post (its StatusLengthValidator): grapheme clusters, addresses at a flat rate."""

import re
from dataclasses import dataclass

_URL = re.compile(
    r"https?://(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?(?:[/?#](?:[!-~]*[\w/#=&+@~$-])?)?", re.IGNORECASE
)
_REMOTE_MENTION = re.compile(
    r"(?<![=/\w])(@[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?)@\w+(?:[.-]+\w+)*(?::\d+)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthRules:
    """An instance's own figures; the defaults are Mastodon's."""

    limit: int = 500
    per_url: int = 23

    def used(self, text: str, content_warning: str = "") -> int:
        """The length of a post: its warning as written, an address `per_url`, `@user@host` as `@user`."""
        counted = _URL.sub("x" * self.per_url, text)
        counted = _REMOTE_MENTION.sub(r"\1", counted)
        return clusters(content_warning + counted)


def clusters(text: str) -> int:
    """What a person calls characters: a family of four is one, not seven code points (UAX #29)."""
    if text.isascii():
        return len(text)
    import regex  # type: ignore[import-untyped]  # late: not needed before somebody writes

    return sum(1 for _ in regex.finditer(r"\X", text))
