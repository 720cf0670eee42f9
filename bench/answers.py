"""How long the composer takes to find earlier answers to texts alike: `python bench/answers.py [N …]`.

N answers (1,000, 10,000 and 100,000 when none is named) to invented questions; the index is built once as
the desk does, then asked 200 times. The baseline compares each question with every answer by the same
features and the same weights, which is what an index saves. Both run on one thread, in one run.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import sqrt
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kefu_tui.domain.answers import ALIKE, Answer, AnswerIndex, _Weights, features
from kefu_tui.nlp.folding import fold


def _words(written: str) -> list[str]:
    return written.split()


_GOODS = _words("壶盖 锅底 把手 茶壶 水壶 铁壶 锅盖 滤网 底座 电源线 杯子 托盘 密封圈 lid kettle handle")
_FAULTS = _words("漏水 掉漆 生锈 裂了 弹开 烫手 异味 不发货 没收到 发错 少一个 断电 leaks cracked missing")
_ASKS = _words("怎么办 能换吗 能退吗 什么时候发 多少钱 还有货吗 谁管 怎么联系 refund please")
_FILLER = _words(
    "昨天 上周 已经 第二次 朋友送的 刚拆开 用了三天 半年 夜里 早上 孩子 老人 客厅 厨房 单位 老家"
)


def question(rng: random.Random) -> str:
    return "".join(
        [*rng.choices(_FILLER, k=3), rng.choice(_GOODS), rng.choice(_FAULTS), "，", rng.choice(_ASKS)]
    )


def filled(count: int, rng: random.Random) -> AnswerIndex:
    index = AnswerIndex()
    for number in range(count):
        asked = question(rng)
        at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
        answer = Answer(f"c{number}", f"r{number}", asked, f"答复{number}", "lin", "home", at)
        index.add(answer, features(fold(asked)))
    return index


def every_one(index: AnswerIndex, parts: frozenset[str]) -> list[str]:
    """The baseline: the same likeness, of every answer held."""
    weights = _Weights(index._holders, len(index))
    own = weights.of(parts)
    scored = [
        (weights.of(parts & theirs) / sqrt(own * weights.of(theirs)), answer)
        for answer, theirs in index._answers.values()
    ]
    found = sorted((answer.at, answer.reply_id) for likeness, answer in scored if likeness >= ALIKE)
    return [reply_id for _, reply_id in found[-3:]]


def timed(ask: Callable[[frozenset[str]], object], asked: list[frozenset[str]]) -> float:
    """The 95th percentile in milliseconds."""
    took = []
    for parts in asked:
        began = time.perf_counter()
        ask(parts)
        took.append(time.perf_counter() - began)
    return sorted(took)[int(len(took) * 0.95)] * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("counts", nargs="*", type=int, default=[1_000, 10_000, 100_000])
    args = parser.parse_args()
    print(f"{'answers':>9}{'built s':>9}{'index p95 ms':>14}{'every one p95 ms':>18}{'ratio':>8}")
    for count in args.counts:
        rng = random.Random(1)
        began = time.perf_counter()
        index = filled(count, rng)
        built = time.perf_counter() - began
        asked = [features(fold(question(rng))) for _ in range(200)]
        ours = timed(lambda parts, index=index: index.similar(parts, not_case=""), asked)
        few = asked[: max(4, 20_000 // count)]
        theirs = timed(lambda parts, index=index: every_one(index, parts), few)
        print(f"{count:>9}{built:>9.2f}{ours:>14.2f}{theirs:>18.2f}{theirs / ours:>8.0f}")


if __name__ == "__main__":
    main()
