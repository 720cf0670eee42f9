"""The words of a text, told by jieba in a process beside ours.

jieba is never imported here: a segmenter that works in our process would hold up the keys (see
`kefu_tui.nlp.word_process`). The process starts at the first need, is started again when it dies or hangs,
and is given up when it keeps dying: then nobody can tell words, and whoever asked goes on without.
"""

import asyncio
import json
import re
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache

from kefu_tui.nlp.concepts import MOST_CHARACTERS, own_words
from kefu_tui.nlp.folding import fold, read_data

MOST_TEXTS = 64
"""How many texts are sent at once; whoever has more waits for the answer in between."""

MOST_DEATHS = 3  # in a row
PATIENCE = 20.0  # seconds for one answer, the loading of the dictionary included
_LONGEST_LINE = 1 << 22
_CONTENT = re.compile(r"[a-z][a-z'-]+|.*[\u3400-\u9fff].*")


class JiebaSegmenter:
    """Cuts texts into content words; `known` are words of the shop's own it would not find by itself.

    `start` is the command of the process, for tests.
    """

    def __init__(self, known: Iterable[str] = (), start: Sequence[str] = ()) -> None:
        self._known = sorted({folded for word in known if (folded := fold(word).strip())})
        self._start = tuple(start) or (sys.executable, "-P", "-m", "kefu_tui.nlp.word_process")
        self._process: asyncio.subprocess.Process | None = None
        self._deaths = 0
        self._turn = asyncio.Lock()

    @property
    def gave_up(self) -> bool:
        """Whether the process has died so often that it is not started again."""
        return self._deaths >= MOST_DEATHS

    @property
    def pid(self) -> int | None:
        """The process at work, None when there is none."""
        return self._process.pid if self._process else None

    async def words(self, texts: Sequence[str]) -> Sequence[Sequence[str]] | None:
        """The content words of each text, in its order; None when nobody can tell them any more."""
        told: list[Sequence[str]] = []
        async with self._turn:  # one question at a time: the pipe never holds more than one answer
            for begin in range(0, len(texts), MOST_TEXTS):
                answer = await self._ask([own_words(text) for text in texts[begin : begin + MOST_TEXTS]])
                if answer is None:
                    return None
                told += answer
        return told

    async def _ask(self, texts: Sequence[str]) -> list[Sequence[str]] | None:
        while not self.gave_up:
            try:
                async with asyncio.timeout(PATIENCE):
                    answer = await self._exchange(texts)
            except (OSError, ValueError, TimeoutError):
                self._deaths += 1
                await self._end()
            except asyncio.CancelledError:
                await self._end()  # its answer would be taken for that of the next question
                raise
            else:
                self._deaths = 0
                return answer
        return None

    async def _exchange(self, texts: Sequence[str]) -> list[Sequence[str]]:
        """One question and its answer; raises `OSError` or `ValueError` when the process is no good."""
        asked: dict[str, Sequence[str]] = {"texts": texts}
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                *self._start,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=_LONGEST_LINE,
                start_new_session=True,  # ctrl+c at the terminal is ours to answer, not its
            )
            asked["learn"] = self._known
        pipe, back = self._process.stdin, self._process.stdout
        if pipe is None or back is None:  # pragma: no cover - asked for above
            raise OSError("a process without pipes")
        pipe.write(json.dumps(asked).encode("ascii") + b"\n")
        await pipe.drain()
        answer = json.loads(await back.readline())
        words = answer["words"] if isinstance(answer, dict) else ()
        if len(words) != len(texts):
            raise ValueError("an answer to another question")
        return [content_words(cut) for cut in words]

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()

    async def aclose(self) -> None:
        """End the process; a later question would start it again."""
        await self._end()


def content_words(cut: Iterable[str]) -> list[str]:
    """The words that say something, each once: two Chinese characters or more, or a Latin word."""
    stop = _stop_words()
    told = dict.fromkeys(
        word
        for word in cut
        if 1 < len(word) <= MOST_CHARACTERS and word not in stop and _CONTENT.fullmatch(word)
    )
    return [*told]


@cache
def _stop_words() -> frozenset[str]:
    """Words everybody uses, whatever they complain of."""
    return frozenset(read_data("stopwords.txt").split())
