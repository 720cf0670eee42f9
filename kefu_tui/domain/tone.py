"""The tone check: reads a reply before it leaves and says, in its own words, what will sound wrong.

Deterministic and offline: phrases, and a few questions any customer would ask of a reply: does it say what
is done about it, and does it answer what I asked? It warns and proposes; only private data on its way into
public has to be confirmed.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from kefu_tui.domain.script import open_fields
from kefu_tui.domain.tone_phrases import (
    A_STEP,
    ANSWER_FIRST,
    ANSWERS,
    APOLOGY,
    ASKS,
    BY_DM,
    CONCRETE,
    FIX,
    GREETING,
    HARMLESS,
    OWN_WORDS,
    PHRASES,
    QUESTION,
    Better,
    Fault,
    Phrase,
)
from kefu_tui.domain.verdict import Language

SAME_TODAY = 3
_LONGEST_GREETING = 60
_ENOUGH = 20  # numbers that look private: whoever writes more of them has been told
_LONGEST_READ = 1_500  # characters: phrases are looked for no further; private data is, to the end
_CLAUSE = re.compile(r"[^,。!?;:~…\n、.]+[?]?")
_SENTENCE = re.compile(r"[^。!?\n;]+[。!?\n;]*")
_HAN = re.compile(r"[\u3400-\u9fff]")
_SHOWN = 24


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that will sound wrong: which, the words that triggered it and where they stand.

    `start` and `end` are character offsets into the reply, both 0 where the whole text is meant; `words` is
    then what the finding is about (the customer's question). `better` is a proposal in the reply's language.
    """

    fault: Fault
    words: str
    better: str
    start: int = 0
    end: int = 0

    @property
    def blocks(self) -> bool:
        """Whether the founder has to confirm it before the reply may leave."""
        return self.fault is Fault.PRIVATE


@dataclass(frozen=True, slots=True)
class Sent:
    """A reply that went out before: its words, to whom, and when (aware)."""

    text: str
    person_key: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a reply is read against.

    `asked` is what the customer wrote and nobody has answered, `aggrieved` whether something went wrong for
    them: then a reply that says nothing to be done will not do. `is_public` says whether anyone can read the
    reply. `sent` are our earlier replies, `since` the beginning of the local day. `language` is the reply's
    own where it is known, else guessed from the characters.
    """

    asked: Sequence[str] = ()
    aggrieved: bool = False
    is_public: bool = False
    person_key: str = ""
    sent: Sequence[Sent] = ()
    since: datetime | None = None
    language: Language | None = None
    own_numbers: Sequence[str] = ()


ALONE = Surroundings()


def check(reply: str, fold: Callable[[str], str], around: Surroundings = ALONE) -> tuple[Finding, ...]:
    """What will sound wrong in a reply, the worst first; empty where nothing does.

    `fold` gives the form texts are compared in and keeps the length, so that a finding can be cut out.
    """
    text = reply[:_LONGEST_READ]
    folded = fold(text)
    if not folded.strip():
        return ()
    language = around.language or (Language.HANS if _HAN.search(text) else Language.ENGLISH)
    found = [*_spoken(text, folded, language)]
    if around.is_public:
        found += _private(reply, fold(reply), language, around.own_numbers)
    faults = {finding.fault for finding in found}
    if not faults & {Fault.THREAT, Fault.QUARREL, Fault.BRUSH_OFF}:
        found += _empty_apology(text, folded, language)
    faults = {finding.fault for finding in found}
    if not faults:
        found += _unanswered(folded, [fold(asked[:_LONGEST_READ]) for asked in around.asked], language)
    if around.aggrieved and not found and not _says_something(folded) and not any(open_fields(text)):
        found.append(Finding(Fault.NO_STEP, _short(text), A_STEP.in_language(language)))
    found += _verbatim(text, around, language)
    order = list(Fault)
    return tuple(sorted(found, key=lambda finding: (order.index(finding.fault), finding.start)))


def _spoken(text: str, folded: str, language: Language) -> Iterator[Finding]:
    """The phrases of the table; a weak one counts beside another, or where nothing concrete is said."""
    harmless = [match.span() for match in HARMLESS.finditer(folded)]
    hits: list[tuple[Finding, bool]] = []
    for phrase, start, end in _hits(folded):
        if phrase.fault is Fault.THREAT and any(a < end and start < b for a, b in harmless):
            continue
        hits.append((_finding(phrase.fault, text, start, end, phrase.better, language), phrase.weak))
    told = any(not weak for _, weak in hits) or sum(weak for _, weak in hits) > 1
    concrete = _says_something(folded)
    seen: set[tuple[Fault, str]] = set()
    for finding, weak in hits:
        key = (finding.fault, finding.better)
        if (weak and concrete and not told) or key in seen:
            continue
        seen.add(key)
        yield finding


def _hits(folded: str) -> Iterator[tuple[Phrase, int, int]]:
    """Where the phrases stand, phrase by phrase; each sentence is read once as long as it stays as it is."""
    found = [
        (number, at + start, at + end)
        for at, sentence in _sentences(folded)
        for number, start, end in _in_sentence(sentence)
    ]
    for number, start, end in sorted(found):
        yield PHRASES[number], start, end


def _sentences(folded: str) -> Iterator[tuple[int, str]]:
    for match in _SENTENCE.finditer(folded):
        yield match.start(), match[0]


@lru_cache(maxsize=2048)
def _in_sentence(sentence: str) -> tuple[tuple[int, int, int], ...]:
    return tuple(
        (number, *match.span())
        for number, phrase in enumerate(PHRASES)
        for match in phrase.pattern.finditer(sentence)
    )


@lru_cache(maxsize=2048)
def _is_concrete(clause: str) -> bool:
    """Whether a clause says something beyond greeting, apology and good intentions."""
    bare = clause.strip()
    if len(bare) <= _LONGEST_GREETING and (GREETING.search(bare) or APOLOGY.fullmatch(bare)):
        return False
    return CONCRETE.search(clause) is not None


def _finding(fault: Fault, text: str, start: int, end: int, better: Better, language: Language) -> Finding:
    words = " ".join(text[start:end].strip(" ,，。!！~\n").split())
    return Finding(fault, words, better.in_language(language), start, end)


def _clauses(folded: str) -> list[re.Match[str]]:
    return list(_CLAUSE.finditer(folded))


def clause_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The whole clause that holds a part of a text, without the sentence marks around it."""
    marks = ",，。!！?？;；:：~…\n、"
    while start > 0 and text[start - 1] not in marks and not text[:start].endswith(". "):
        start -= 1
    while (
        end < len(text)
        and text[end] not in marks
        and not (text[end] == "." and text[end + 1 : end + 2] != ".")
    ):
        end += 1
    return start, end


def _says_something(folded: str) -> bool:
    """Whether anything is left once greetings, apologies and good intentions are taken away."""
    return any(_is_concrete(clause[0]) for clause in _clauses(folded))


def _empty_apology(text: str, folded: str, language: Language) -> Iterator[Finding]:
    apology = APOLOGY.search(folded)
    if apology is not None and not _says_something(folded) and not any(open_fields(text)):
        yield _finding(Fault.EMPTY_APOLOGY, text, *apology.span(), FIX, language)


def _unanswered(folded: str, asked: Sequence[str], language: Language) -> Iterator[Finding]:
    for question in asked:
        for clause in re.findall(r"[^,。!?;\n.]+[?]?", question):
            if QUESTION.search(clause) and not _answers(folded, clause):
                yield Finding(Fault.UNANSWERED, _short(clause), ANSWER_FIRST.in_language(language))
                return


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _SHOWN * 2 else words[: _SHOWN * 2 - 1] + "…"


def _answers(folded: str, question: str) -> bool:
    """Whether the reply could be an answer: it takes up the question's words, or says what was asked for.

    Generous, because a warning that is wrong teaches the founder to overlook the right ones.
    """
    said = ",".join(clause[0] for clause in _clauses(folded) if not GREETING.search(clause[0].strip()))
    if ANSWERS.search(said) or "?" in said:
        return True
    for kind, needs in ASKS:
        if kind.search(question):
            return bool(needs.search(said))
    return bool(_topics(question) & _topics(said)) or len(said) > _SHOWN


def _topics(folded: str) -> set[str]:
    """The pairs of characters, or the longer words, that two texts about the same share."""
    han = "".join(_HAN.findall(folded))
    return {han[i : i + 2] for i in range(len(han) - 1)} | set(re.findall(r"[a-z]{4,}", folded))


_PHONE = re.compile(
    r"(?<![\d.])(?:\+?\d{1,3}[- ]?)?(?:1[3-9]\d[- ]?\d{4}[- ]?\d{4}|09\d{2}[- ]?\d{3}[- ]?\d{3})(?!\d)"
)
_CARD = re.compile(r"(?<!\d)(?:\d{17}[\dx]|\d{4}[- ]?\d{4}[- ]?\d{4}[- ]?\d{4}(?:[- ]?\d{3})?)(?!\d)")
_ORDER = re.compile(
    r"(?:单号|订单(?:号|编号)?|运单(?:号)?|order (?:number|no\.?|#)?|tracking (?:number|no\.?)?|#)"
    r"\s*(?:是|为|:|is)?\s*"
    r"(?P<number>[a-z]{0,4}[- ]?\d[\da-z-]{5,23})"
)
_MAIL = re.compile(r"(?<![a-z0-9.+_-])[a-z0-9.+_-]{2,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}")
_ADDRESS = re.compile(
    r"[\u4e00-\u9fff]{2,8}(?:路|街|巷|弄|小区)[\u4e00-\u9fff]{0,6}\d{1,5}(?:号|弄|栋|幢|巷)(?:[\d\u4e00-\u9fff]{0,8}(?:室|单元|楼))?"
)


def _private(text: str, folded: str, language: Language, own_numbers: Sequence[str]) -> Iterator[Finding]:
    """Numbers and addresses that belong to one person, on their way to everybody.

    What the founder has written down as the shop's own (`own_numbers`) may stand anywhere.
    """
    own = {re.sub(r"\D", "", number) for number in own_numbers}
    taken: list[tuple[int, int]] = []
    for pattern in (_CARD, _PHONE, _ORDER, _MAIL, _ADDRESS):
        for match in pattern.finditer(folded):
            start, end = match.span("number") if "number" in pattern.groupindex else match.span()
            if any(a < end and start < b for a, b in taken):
                continue
            if re.sub(r"\D", "", folded[start:end]) in own - {""} or folded[start:end] in own_numbers:
                continue
            if len(taken) == _ENOUGH:
                return
            taken.append((start, end))
            yield _finding(Fault.PRIVATE, text, start, end, BY_DM, language)


def _verbatim(text: str, around: Surroundings, language: Language) -> Iterator[Finding]:
    """The same words again: to the same person, or for the third time today."""
    words = squeezed(text)
    if len(words) < 8:
        return
    same = [sent for sent in around.sent if squeezed(sent.text) == words]
    today = sum(around.since is not None and sent.at >= around.since for sent in same)
    again = any(sent.person_key == around.person_key for sent in same)
    if again or today + 1 >= SAME_TODAY:
        yield Finding(Fault.VERBATIM, f"×{max(today, 1) + 1}", OWN_WORDS.in_language(language))


def squeezed(text: str) -> str:
    """The words of a text without spaces and punctuation: what makes two replies the same."""
    return "".join(character for character in text if character.isalnum())


_COST = {
    Fault.THREAT: 60,
    Fault.PRIVATE: 40,
    Fault.QUARREL: 45,
    Fault.BRUSH_OFF: 35,
    Fault.OFFICE: 20,
    Fault.EMPTY_APOLOGY: 30,
    Fault.UNANSWERED: 20,
    Fault.NO_STEP: 20,
    Fault.VERBATIM: 10,
}
_NEXT_STEP_COST = 20
_LONG_FROM = {True: 160, False: 420}  # characters of Chinese, of another language
_LONG_COST = 10
_ADDRESSES_SOMEONE = re.compile(r"您|你|称呼|妳|\byou|\bname\b")
_COLD_COST = 10


def score(body: str, fold: Callable[[str], str]) -> tuple[int, tuple[Finding, ...]]:
    """How well a script sounds, 100 at best, 0 at worst, with what was found in it.

    Beyond the findings a script loses when it names no next step, is long, or speaks to nobody.
    """
    findings = check(body, fold)
    folded = fold(body)
    cost = sum(_COST[finding.fault] for finding in findings)
    if not _says_something(folded):
        cost += _NEXT_STEP_COST
    if len(body) > _LONG_FROM[bool(_HAN.search(body))]:
        cost += _LONG_COST
    if not _ADDRESSES_SOMEONE.search(folded):
        cost += _COLD_COST
    return max(100 - cost, 0), findings
