"""Words come from a process beside ours; it may be missing, die or hang, and nobody waits for ever."""

import asyncio
import os
import signal
import sys

import pytest

from kefu_tui.nlp import words as module
from kefu_tui.nlp.words import MOST_DEATHS, JiebaSegmenter, content_words

FAITHFUL = """
import json, sys
for line in sys.stdin.buffer:
    asked = json.loads(line)
    answer = json.dumps({"words": [text.split() for text in asked["texts"]]})
    sys.stdout.buffer.write(answer.encode() + b"\\n"); sys.stdout.buffer.flush()
"""


def stands_in(code: str) -> JiebaSegmenter:
    """A segmenter whose process runs this code instead of jieba's."""
    return JiebaSegmenter(start=[sys.executable, "-c", code])


async def test_jieba_cuts_the_words_of_a_complaint_and_knows_the_shops_own() -> None:
    segmenter = JiebaSegmenter(["听沸铁壶"])
    try:
        told = await segmenter.words(
            ["听沸铁壶的快递在转运中心", "the lid is LOOSE", "", "\ud800 盖子", "漏" * 100_000]
        )
    finally:
        await segmenter.aclose()
    assert told is not None
    assert {"听沸铁壶", "快递"} <= set(told[0])
    assert told[1:3] == [["lid", "loose"], []]
    assert "盖子" in told[3]
    assert "jieba" not in sys.modules


async def test_nothing_is_started_before_somebody_asks() -> None:
    segmenter = stands_in(FAITHFUL)
    assert segmenter.pid is None
    assert await segmenter.words([]) == []
    assert segmenter.pid is None


async def test_a_process_that_is_killed_is_started_again() -> None:
    segmenter = stands_in(FAITHFUL)
    assert await segmenter.words(["壶盖 弹开"]) == [["壶盖", "弹开"]]
    first = segmenter.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert await segmenter.words(["快递 丢了"]) == [["快递", "丢了"]]
    assert segmenter.pid not in (None, first)
    await segmenter.aclose()


async def test_a_process_killed_in_the_middle_of_an_answer_is_asked_again() -> None:
    half = """
import os, sys
sys.stdin.readline()
sys.stdout.write('{"wor')
sys.stdout.flush()
os.kill(os.getpid(), 9)
"""
    segmenter = stands_in(half)
    assert await segmenter.words(["壶盖"]) is None
    assert segmenter.gave_up


@pytest.mark.parametrize(
    "code",
    [
        "import nobody_has_this_module",
        "import sys; sys.stdin.readline(); print('not json', flush=True); sys.stdin.readline()",
        "import sys; sys.stdin.readline(); print('[]', flush=True); sys.stdin.readline()",
        "import sys; sys.stdin.readline(); print('{\"words\": []}', flush=True); sys.stdin.readline()",
    ],
)
async def test_one_that_keeps_failing_is_given_up_and_not_started_again(code: str) -> None:
    segmenter = stands_in(code)
    assert await segmenter.words(["壶盖"]) is None
    assert segmenter.gave_up
    assert await segmenter.words(["快递"]) is None
    assert segmenter.pid is None


async def test_a_command_that_is_not_there_is_given_up() -> None:
    segmenter = JiebaSegmenter(start=["/nonexistent/kefu-segmenter"])
    assert await segmenter.words(["壶盖"]) is None


async def test_one_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.05)
    segmenter = stands_in("import sys\nfor line in sys.stdin: pass")
    assert await segmenter.words(["壶盖"]) is None
    assert segmenter.pid is None


async def test_a_question_that_is_given_up_leaves_no_answer_for_the_next() -> None:
    segmenter = stands_in(FAITHFUL)
    await segmenter.words(["先 问"])
    asking = asyncio.ensure_future(segmenter.words(["第一 个"]))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await segmenter.words(["第二 个月饼"]) == [["第二", "个月饼"]]
    await segmenter.aclose()


async def test_many_texts_go_in_several_questions_and_come_back_in_order() -> None:
    segmenter = stands_in(FAITHFUL)
    texts = [f"编号{number}" for number in range(3 * module.MOST_TEXTS + 1)]
    assert await segmenter.words(texts) == [[text] for text in texts]
    await segmenter.aclose()
    assert segmenter.pid is None


def test_words_that_say_nothing_are_dropped() -> None:
    assert content_words(["我们", "的", "壶盖", "壶盖", "the", "lid", "!!", " ", "7", "\ud800"]) == [
        "壶盖",
        "lid",
    ]


def test_a_few_deaths_are_forgiven() -> None:
    assert MOST_DEATHS > 1
