"""Ours and its peers, each run in a process of its own: `python bench/readers.py NAME WORK OUT [IN]`.

WORK is `start` (until the first verdict), `memory` (after the first verdict and after 10,000 texts) or `read`
(answer the texts of the JSON file IN, within its budget). The result is one JSON object in the file OUT: some
peers talk on standard output.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

MANY = 10_000
FIRST = "你好,请问我的退款 where is it"
_SETTLE = 1.0  # seconds of processor time a speed is measured over, at least
_TURN = 200  # texts

Read = Callable[[str], Any]
Told = Callable[[Any], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Reader:
    """A program that reads texts.

    `load` imports it and returns what is timed, and what puts the result of that into an answer. `chinese`
    says what it was made for, None for both; `rule` how its figure becomes a class.
    """

    name: str
    package: str
    chinese: bool | None
    rule: str
    load: Callable[[], tuple[Read, Told]]


def _ours() -> tuple[Read, Told]:
    from kefu_tui.classification import classifier

    def told(verdict: Any) -> Mapping[str, Any]:
        from kefu_tui.verdict_json import verdict_json

        return verdict_json(verdict)

    return classifier().classify, told


def signed(score: float, dead: float) -> Mapping[str, Any]:
    """A score around 0 as an answer: negative up to `-dead`, positive from `dead` on, 0 itself neutral."""
    sentiment = "neu" if abs(score) < dead or not score else "neg" if score < 0 else "pos"
    return {"sentiment": sentiment, "sentiment_score": score}


def likely(chance: float) -> Mapping[str, Any]:
    """The chance that a text is positive as an answer: below .4 negative, above .6 positive."""
    sentiment = "neg" if chance < 0.4 else "pos" if chance > 0.6 else "neu"
    return {"sentiment": sentiment, "sentiment_score": 2 * chance - 1}


def _snownlp() -> tuple[Read, Told]:
    from snownlp import SnowNLP

    return lambda text: SnowNLP(text).sentiments, likely


def _jionlp() -> tuple[Read, Told]:
    import jionlp

    return jionlp.sentiment.LexiconSentiment(), likely


def _pysenti() -> tuple[Read, Told]:
    import pysenti

    return pysenti.classify, lambda result: signed(result["score"], 0)


def _bixin() -> tuple[Read, Told]:
    from bixin import predict

    return predict, lambda score: signed(score, 0)


def _vader() -> tuple[Read, Told]:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer().polarity_scores, lambda result: signed(result["compound"], 0.05)


OURS = Reader("kefu", "kefu-tui", None, "its own three classes", _ours)
PEERS = (
    Reader("SnowNLP", "snownlp", True, "`sentiments` below .4 negative, above .6 positive", _snownlp),
    Reader("jionlp", "jionlp", True, "`LexiconSentiment` below .4 negative, above .6 positive", _jionlp),
    Reader("pysenti", "pysenti", True, "the sign of `classify`'s score, 0 neutral", _pysenti),
    Reader("bixin", "bixin", True, "the sign of `predict`, 0 neutral", _bixin),
    Reader("VADER", "vaderSentiment", False, "`compound` from ±.05 on", _vader),
)
NEUTRAL = {"sentiment": "neu", "sentiment_score": 0.0}


def start(reader: Reader) -> dict[str, Any]:
    """Seconds from before the import to the first verdict, told of a fresh process."""
    began = time.perf_counter()
    read, _told = reader.load()
    read(FIRST)
    return {"seconds": time.perf_counter() - began}


def memory(reader: Reader, texts: Sequence[str], budget: float) -> dict[str, Any]:
    """Megabytes this process has grown by; `texts` are read in rounds, `MANY` or for `budget` seconds."""
    before = _resident_mb()
    read, _told = reader.load()
    _tried(read, FIRST)
    first = _resident_mb() - before
    until, count = time.monotonic() + budget, 0
    while count < MANY and time.monotonic() < until:
        _tried(read, texts[count % len(texts)])
        count += 1
    return {"first_mb": first, "many_mb": _resident_mb() - before, "texts": count}


def _resident_mb() -> float:
    """What the process holds now; where the system does not tell, the most it has held."""
    pages = Path("/proc/self/statm")
    if pages.exists():
        import resource

        return int(pages.read_text().split()[1]) * resource.getpagesize() / 1e6
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)


def answer(reader: Reader, texts_by_task: Mapping[str, Sequence[str]], budget: float) -> dict[str, Any]:
    """The answers to each task's texts, and the processor time they took.

    A task gets an even share of what is left of the budget, and answers its first texts within that. A text a
    reader breaks on is answered with neutral, and counted.
    """
    read, told = reader.load()
    _tried(read, FIRST)
    until = time.monotonic() + budget
    found: dict[str, Any] = {}
    for left, (task, texts) in zip(range(len(texts_by_task), 0, -1), texts_by_task.items(), strict=True):
        share = time.monotonic() + (until - time.monotonic()) / left
        raw, began = [], time.process_time()
        for text in texts:
            raw.append(_tried(read, text))
            if time.monotonic() > share:
                break
        seconds = time.process_time() - began
        found[task] = {
            "seconds": seconds,
            "answers": [NEUTRAL if isinstance(one, Broke) else told(one) for one in raw],
            "broke": sum(isinstance(one, Broke) for one in raw),
        }
    return found


@dataclass(frozen=True, slots=True)
class Broke:
    """A text on which a reader raised."""


def _tried(read: Read, text: str) -> Any:
    try:
        return read(text)
    except Exception:  # whatever a peer raises, the others go on
        return Broke()


def speed(reader: Reader, texts: Sequence[str], seconds: float = _SETTLE) -> dict[str, Any]:
    """Texts a second of processor time: of the reader, and with author, reach and history judged on top."""
    from kefu_tui.domain.mention import Author
    from kefu_tui.domain.triage import Circumstances, judge

    read, _told = reader.load()
    author = Author(id="1", handle="somebody", name="Somebody", followers=82_000)
    circumstances = Circumstances(author=author, contacts=3)
    works: dict[str, Read] = {
        "classify": read,
        "judge": lambda text: judge(read(text), circumstances),
    }
    read(FIRST)
    spent, done = dict.fromkeys(works, 0.0), dict.fromkeys(works, 0)
    while min(spent.values()) < seconds:
        for at in range(0, len(texts), _TURN):  # in turns, so that a busy machine is as hard on both
            for name, work in works.items():
                began = time.process_time()
                for text in texts[at : at + _TURN]:
                    work(text)
                spent[name] += time.process_time() - began
                done[name] += len(texts[at : at + _TURN])
    return {name: done[name] / spent[name] for name in works}


def main(name: str, work: str, out: str, given: str | None = None) -> None:
    reader = next(one for one in (OURS, *PEERS) if one.name == name)
    task = json.loads(Path(given).read_text(encoding="utf-8")) if given else {}
    result: dict[str, Any]
    try:
        match work:
            case "start":
                result = start(reader)
            case "memory":
                result = memory(reader, task["texts"], task["budget"])
            case "speed":
                result = speed(reader, task["texts"])
            case _:
                result = answer(reader, task["tasks"], task["budget"])
    except ImportError as error:
        result = {"missing": str(error)}
    Path(out).write_text(json.dumps(result), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
