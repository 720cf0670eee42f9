"""How X counts a post (docs.x.com, counting characters): weighted, of 280."""

import re
import unicodedata

MOST = 280
LINK = 23
_URL = re.compile(r"https?://[^\s，。！？；：、（）【】「」]+", re.IGNORECASE)
_NARROW = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))
_LEADING = re.compile(r"^(?:@\w{1,15}\s+)+")


def used(text: str) -> int:
    """Latin and the like count 1, everything else 2, an emoji 2 however it is made, a link 23."""
    import regex  # type: ignore[import-untyped]  # late: not needed before somebody writes

    text = unicodedata.normalize("NFC", text)
    rest = _URL.sub("", text)
    clusters = regex.findall(r"\X", rest)
    return LINK * len(_URL.findall(text)) + sum(_weight(cluster) for cluster in clusters)


def _weight(cluster: str) -> int:
    if len(cluster) > 1 and any(ord(c) >= 0x1F000 or c == "\ufe0f" for c in cluster):
        return 2
    return sum(1 if any(low <= ord(c) <= high for low, high in _NARROW) else 2 for c in cluster)


def has_link(text: str) -> bool:
    return bool(_URL.search(text))


def same(one: str, other: str) -> bool:
    """Whether two posts say the same: X puts handles before a reply, shortens links, escapes signs."""
    return _essence(one) == _essence(other)


def _essence(text: str) -> str:
    for name, sign in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(name, sign)
    return "".join(_URL.sub("", _LEADING.sub("", unicodedata.normalize("NFC", text.strip()))).split())
