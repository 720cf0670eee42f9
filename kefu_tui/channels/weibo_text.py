"""How Weibo counts a text, and how its own texts and addresses are read (as measured on recorded posts)."""

import re
from math import ceil

MOST = 140  # 汉字
_URL = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_BASE62 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SHORT_LINK = re.compile(r"https?://t\.cn/\w+", re.IGNORECASE)
_OWN_SITE = re.compile(r"https?://(?:[\w-]+\.)*weibo\.(?:com|cn)(?:[/?#]|$)", re.IGNORECASE)
_LONGEST_OWN = 41
_LONGEST_LINK = 140  # bytes of an address that count as 20; what is beyond counts on
_CUT = re.compile(r"\s*\.{3}全文[：:]\s*https?://m\.weibo\.cn/\S+\s*$")


def used(text: str) -> int:
    """The length in 汉字, half ones rounded up: ASCII counts half, everything else whole, an address ten."""
    units = sum(_units_of_link(link) for link in _URL.findall(text))
    units += sum(_units(character) for character in _URL.sub("", text))
    return ceil(units / 2)


def _units(character: str) -> int:
    if ord(character) < 128:
        return 1
    return 2 if ord(character) < 0x10000 else 4  # counted there in UTF-16 units


def _units_of_link(link: str) -> int:
    if _SHORT_LINK.fullmatch(link) or (_OWN_SITE.match(link) and len(link) <= _LONGEST_OWN):
        return len(link)
    return 20 + max(0, len(link) - _LONGEST_LINK)


def plain(text: str) -> str:
    """A text as a reader sees it; Weibo ends many with a space of no width."""
    return text.rstrip("\u200b \n")


def is_cut(text: str) -> bool:
    """Whether this is only the beginning of a long post."""
    return bool(_CUT.search(plain(text)))


def without_notice(text: str) -> str:
    """The words of a cut post, the notice at its end as an ellipsis."""
    return _CUT.sub("…", plain(text))


def own_words(text: str) -> str:
    """What the author of a repost wrote, without the chain of `//@name:` behind it."""
    return re.split(r"\s*//\s*@", text, maxsplit=1)[0].strip()


def same(one: str, other: str) -> bool:
    """Whether two comments say the same, whatever Weibo put before it or made of links and spaces."""
    return _essence(one) == _essence(other)


def _essence(text: str) -> str:
    text = re.sub(r"^回复\s*@[^:：]+[:：]", "", plain(text).strip())
    return "".join(c for c in _URL.sub("", text) if not c.isspace() and c != "\u200b")


def address(user_id: str, mid: str) -> str:
    """The address of a post: its number in groups of seven digits from the right, each in base 62."""
    digits = [mid[max(0, end - 7) : end] for end in range(len(mid), 0, -7)][::-1]
    parts = [_base62(int(group)) for group in digits]
    return f"https://weibo.com/{user_id}/{parts[0]}" + "".join(part.rjust(4, "0") for part in parts[1:])


def _base62(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = _BASE62[rest] + digits
    return digits or "0"
