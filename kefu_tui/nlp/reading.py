"""A text as the rules read it: folded, freed of what is not the author's words, and cut to a bound."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from kefu_tui.nlp.folding import fold
from kefu_tui.nlp.lexicon import Span

HEAD, TAIL = 2_000, 500
"""How many characters of a long text are read: whatever is urgent is said at the start or at the end."""

_LONGEST_EVIDENCE = 40
_SAMPLE = 300
_WINDOW = 90
# Zero-width, bidi and control characters hide words from a reader as well as from the rules.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_MARKUP = re.compile(r"</?[a-z][^<>\n]{0,200}>|&(?:[a-z]{2,6}|#\d{1,6});")
_URL = re.compile(r"(?:https?:/{0,2}|www\.)[\w./?=&%#~:+-]{1,400}", re.ASCII)
# A Latin handle ends with its letters; a Chinese one only where a blank or a mark ends it, because
# 「@某公司充电宝起火了」 must not lose its fire.
_HANDLE = re.compile(
    r"(?<![a-z0-9])@([a-z0-9_][a-z0-9_.-]{0,40}(?:@[a-z0-9.-]{1,60})?|[\w·-]{2,20}(?=[\s:,@]|//))"
)
_CALLED_LAST = re.compile(r"(?<![a-z0-9])@([\w·-]{2,20})$")
_HASHTAG = re.compile(r"#([^\s#]{1,30})#?")
_QUOTED = re.compile(
    r"//\s{0,3}@.{0,2500}|[“\"]\s{0,3}@\w{1,30}:.{0,400}?(?:[”\"]|$)"
    r"|(?:宾馆|酒店|商家|店家|掌柜|卖家|官方|饭店|餐厅)的?(?:反馈|回复|回应)"
    r"[\d年月日 :]{1,16}:.{0,600}?(?:补充点评|$)",
    re.DOTALL,
)
_SENTENCE_END = re.compile(r"[。!?;\n]+|\.(?=\s|$)|\.{2,}|…+|~+")
_OWN_WORDS = re.compile(r"\w")
_ENOUGH_OWN_WORDS = 2
_CLAUSE_END = re.compile(r"[,。!?;:\n…~“”\"「」【】《》()]|\.(?=\s|$)|\s{2,}|//|@")
_TELLING, _TELLING_LATIN = 14, 36  # characters of a clause shown to a person
_HAN = re.compile("[\u3400-\u9fff]")
_WORD_OR_CHARACTER = re.compile(r"[a-z0-9'’]+|[^\W_]")
_ENOUGH, _ENOUGH_LATIN = 4, 3  # characters or words that tell a reader something without their clause
_IN_A_WORD = re.compile(r"[a-z0-9'’]{2}")
_LAST_WORDS = re.compile(r"((?:[\w'’-]{1,20} ){0,5}[\w'’-]{1,20})[^\w。!;\n]*$")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the rules see: `text` folded and blanked, and the way back to the original.

    `handles` and `hashtags` are folded, with their spans in `text`. Handles are blanked out there, but for
    a Chinese one at the very end, where nothing tells a name from a sentence; hashtags often carry half
    of the sentence and stay.
    """

    original: str
    text: str
    places: Sequence[int]
    handles: tuple[tuple[str, Span], ...]
    hashtags: tuple[tuple[str, Span], ...]
    ends: tuple[int, ...]
    links: int

    def evidence(self, span: Span) -> str:
        """The author's own words at `span`, cut from the original; a Latin word is never cut in two."""
        start, end = span
        if start == end:
            return ""
        while start > 0 and _IN_A_WORD.fullmatch(self.text, start - 1, start + 1):
            start -= 1
        while end < len(self.text) and _IN_A_WORD.fullmatch(self.text, end - 1, end + 1):
            end += 1
        first, last = self.places[start], self.places[end - 1]
        return self.original[first : min(last + 1, first + _LONGEST_EVIDENCE)].strip()

    def last_words(self, span: Span) -> Span:
        """`span`, or if it is a mere mark or particle, the few words before it in the clause with it.

        A question mark alone tells a reader nothing, unless nothing but marks stands before it.
        """
        if len(_OWN_WORDS.findall(self.text, *span)) > 1:
            return span
        clause = _LAST_WORDS.search(self.text, max(0, span[0] - _WINDOW), span[1])
        return clause.span(1) if clause else span

    def telling(self, span: Span) -> Span:
        """`span`, or if it is too short to tell a reader anything, its clause or the part around it."""
        said = self.text[span[0] : span[1]]
        enough = _ENOUGH if _HAN.search(said) else _ENOUGH_LATIN
        if not said:
            return span
        return span if len(_WORD_OR_CHARACTER.findall(said)) >= enough else self._part_of_clause(span)

    def clause(self, span: Span) -> Span:
        """The clause around `span`, as far as `_WINDOW` characters to each side."""
        text = self.text
        first = max(0, span[0] - _WINDOW)
        first = max((mark.end() for mark in _CLAUSE_END.finditer(text, first, span[0])), default=first)
        end = _CLAUSE_END.search(text, span[1], span[1] + _WINDOW)
        return first, end.start() if end else min(len(text), span[1] + _WINDOW)

    def _part_of_clause(self, span: Span) -> Span:
        """The clause around `span`; of a long one a stretch with `span` in it, Latin words left whole."""
        text = self.text
        first, last = self.clause(span)
        most = _TELLING if _HAN.search(text, first, last) else _TELLING_LATIN
        if last - first > most + most // 4:  # a little more is better than a sentence cut short
            first = max(first, min(span[0], span[1] - most // 2, last - most))
            last = max(span[1], first + most)
        while 0 < first < span[0] and _IN_A_WORD.fullmatch(text, first - 1, first + 1):
            first += 1
        while span[1] < last < len(text) and _IN_A_WORD.fullmatch(text, last - 1, last + 1):
            last -= 1
        return first, last

    def unfolded(self) -> str:
        """The start of what was read in the author's own script, without handles and links."""
        if not (self.links or self.handles):
            return self.original[:_SAMPLE]
        pairs = zip(self.text[:_SAMPLE], self.places, strict=False)
        return "".join([" " if char == " " else self.original[at] for char, at in pairs])

    def sentence(self, span: Span, *, before: int = 0, after: int = 0) -> Span:
        """The sentence around `span`, with as many sentences `before` and `after` it as asked for.

        Text without full stops is cut at `_WINDOW` characters to each side.
        """
        at = bisect_right(self.ends, span[0])
        first = at - 1 - before
        last = bisect_right(self.ends, max(span[0], span[1] - 1)) + after
        start = self.ends[first] if first >= 0 else 0
        end = self.ends[last] if last < len(self.ends) else len(self.text)
        return max(start, span[0] - _WINDOW), min(end, span[1] + _WINDOW)

    def around(self, span: Span, *, before: int = 0, after: int = 0) -> str:
        start, end = self.sentence(span, before=before, after=after)
        return self.text[start:end]


def read(original: str) -> Reading:
    """`original` prepared for the rules; of a long text only the head and the tail."""
    text, places = original, range(len(original))
    kept: Sequence[int] = places
    if len(original) > HEAD + TAIL:
        text = f"{original[:HEAD]}\n{original[-TAIL:]}"
        kept = [*places[:HEAD], HEAD - 1, *places[-TAIL:]]
    if _INVISIBLE.search(text):
        visible = [at for at, char in enumerate(text) if not _INVISIBLE.match(char)]
        text = "".join(text[at] for at in visible)
        kept = [kept[at] for at in visible]
    text = fold(text)
    # most texts hold none of these signs: looking for one character costs less than trying a rule
    if "<" in text or "&" in text:
        text = _MARKUP.sub(_blank, text)
    links = 0
    if "http" in text or "www." in text:
        text, links = _URL.subn(_blank, text)
    called: list[re.Match[str]] = []
    if "@" in text or ":" in text:
        own = _QUOTED.sub(_blank, text)
        if own != text and len(_OWN_WORDS.findall(_HANDLE.sub("", own))) >= _ENOUGH_OWN_WORDS:
            text = own
        called = [*_HANDLE.finditer(text), *_CALLED_LAST.finditer(text)]
    handles = tuple((match[1], match.span()) for match in called)
    hashtags = tuple((match[1], match.span()) for match in _HASHTAG.finditer(text)) if "#" in text else ()
    if called:
        text = _HANDLE.sub(_blank, text)
    ends = tuple(match.end() for match in _SENTENCE_END.finditer(text))
    return Reading(original, text, kept, handles, hashtags, ends, links)


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])
