"""Text from outside, made safe and measurable for a terminal.

What a person meant to be read stays; what only a machine reads goes, by three rules:

- Control characters, the escape that begins a terminal sequence among them, are made visible (`␛[2J`):
  somebody put them there, and the founder should see it. Those without a picture become `�`, as do
  lone surrogates and noncharacters.
- What is invisible by design is dropped: bidirectional overrides, isolates and marks, zero-width spaces and
  joiners, variation selectors, skin tones, tags, soft hyphens, byte order marks. They reorder or hide text or
  make a terminal count other widths than it draws; without them the same words stand as they were typed.
- Every kind of line break becomes a newline, a tab becomes a space, and a pile of combining marks is cut
  to what languages use, because it would be drawn over the neighbouring rows.
"""

import re

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_LINE_BREAKS = "\x0b\x0c\r\x85\u2028\u2029"
_CONTROLS = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
_NOT_CHARACTERS = "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U0001f3fb-\U0001f3ff\U000e0000-\U000e0fff"
)
_UNSAFE = re.compile(f"\r\n|[\t{_LINE_BREAKS}{_CONTROLS}{_NOT_CHARACTERS}{_INVISIBLE}]")
_INVISIBLE_ONE = re.compile(f"[{_INVISIBLE}]")
_COMBINING = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_PILE = re.compile(f"([{_COMBINING}]{{3}})[{_COMBINING}]+")


def visible(text: str) -> str:
    """The text as it may reach a terminal; newlines are its only control characters."""
    if text.isascii() and text.isprintable():
        return text
    return _PILE.sub(r"\1", _UNSAFE.sub(_shown, text))


def one_line(text: str) -> str:
    """The text as `visible` gives it, on one line with single spaces."""
    return " ".join(visible(text).split())


def _shown(match: re.Match[str]) -> str:
    found = match[0]
    if found == "\t":
        return " "
    if found == "\r\n" or found in _LINE_BREAKS:
        return "\n"
    if _INVISIBLE_ONE.fullmatch(found):
        return ""
    code = ord(found)
    if code < 0x20:
        return chr(0x2400 + code)  # the control pictures: ␀ … ␛ … ␟
    return "\N{SYMBOL FOR DELETE}" if code == 0x7F else _REPLACEMENT
