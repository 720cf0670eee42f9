"""Whatever arrives, and whatever has become of the weights: a sane verdict, and a clear word."""

from pathlib import Path

import pytest

from kefu_tui.domain.verdict import Category, Language, Priority, ReasonKind, Sentiment, Signal
from kefu_tui.nlp.classifier import DATA, TextClassifier, read_weights
from kefu_tui.nlp.features import Script
from kefu_tui.nlp.weights import Weights, WeightsError

WORDLESS = [
    "",
    " ",
    "\n\n",
    "…",
    "123 456",
    "https://a.example/b?c=d",
    "@someone",
    "\ufeff\u200b",
]
EMOJI = [("😡😡😡", Sentiment.NEGATIVE), ("👍👍", Sentiment.POSITIVE), ("🫖", Sentiment.NEUTRAL)]


@pytest.fixture(scope="module")
def classifier() -> TextClassifier:
    return TextClassifier()


@pytest.mark.parametrize("text", WORDLESS)
def test_a_text_without_a_word_is_nothing_to_answer(classifier: TextClassifier, text: str) -> None:
    verdict = classifier.classify(text)
    assert (verdict.priority, verdict.language) == (Priority.P3, Language.OTHER)
    assert not verdict.signals - {Signal.NOISE, Signal.QUESTION}


@pytest.mark.parametrize(("text", "tone"), EMOJI)
def test_emoji_alone_say_how_somebody_feels(classifier: TextClassifier, text: str, tone: Sentiment) -> None:
    assert classifier.classify(text).sentiment is tone


@pytest.mark.parametrize(
    "text",
    [
        "吃坏肚子了" * 20_000,
        "a" * 100_000,
        "！" * 100_000,
        "@a " * 30_000,
        "(((((" * 20_000,
        "再不退款我就打12315 " * 8_000,
        "\ud800坏了\udfff",
        "退\x00款\u202e吧",
        "\x1b[31m",
    ],
    ids=["harm", "letters", "marks", "handles", "brackets", "threats", "surrogates", "controls", "escape"],
)
def test_what_is_too_long_or_broken_still_gets_a_verdict(classifier: TextClassifier, text: str) -> None:
    verdict = classifier.classify(text)
    assert sum(reason.steps for reason in verdict.reasons) == Priority.P3 - verdict.priority
    assert -1 <= verdict.sentiment_score <= 1
    assert 0 <= verdict.score <= 1
    assert all(len(reason.evidence) <= 60 for reason in verdict.reasons)


def test_harm_at_the_end_of_a_very_long_text_is_found(classifier: TextClassifier) -> None:
    text = "今天去了趟邮局，路上有人修路。" * 9_000 + "吃了你们的蛋糕，全家上吐下泻，正在医院输液。"
    verdict = classifier.classify(text)
    assert (verdict.priority, Signal.SAFETY in verdict.signals) == (Priority.P0, True)


class TestWeightsThatCannotBeRead:
    """The rules judge alone, and it is said once for each table, when a text has asked for it."""

    def judged(self, directory: Path) -> TextClassifier:
        classifier = TextClassifier(weights=lambda script: read_weights(script, directory))
        harmed = classifier.classify("吃了你们的蛋糕，全家上吐下泻")
        assert (harmed.priority, harmed.reasons[0].kind) == (Priority.P0, ReasonKind.HARM)
        assert classifier.classify("味道很好，还会再来").category is Category.PRAISE
        assert classifier.classify("I will report you to the FTC").priority is Priority.P0
        return classifier

    def test_missing(self, tmp_path: Path) -> None:
        problems = self.judged(tmp_path).problems()
        assert [type(problem) for problem in problems] == [WeightsError, WeightsError]
        assert "weights.han.bin" in str(problems[0])

    @pytest.mark.parametrize("length", [0, 10, 1_000, 100_000])
    def test_cut(self, tmp_path: Path, length: int) -> None:
        for script in Script:
            name = f"weights.{script}.bin"
            (tmp_path / name).write_bytes((DATA / name).read_bytes()[:length])
        assert len(self.judged(tmp_path).problems()) == 2

    def test_of_another_version(self, tmp_path: Path) -> None:
        for script in Script:
            (tmp_path / f"weights.{script}.bin").write_bytes(b"kefu-weights 2\nanything")
        assert all("another version" in str(problem) for problem in self.judged(tmp_path).problems())

    def test_a_directory_in_the_place_of_the_file(self, tmp_path: Path) -> None:
        for script in Script:
            (tmp_path / f"weights.{script}.bin").mkdir()
        assert len(self.judged(tmp_path).problems()) == 2

    def test_one_that_is_sound_is_used_beside_one_that_is_not(self) -> None:
        def weights(script: Script) -> Weights:
            return read_weights(script if script is Script.HAN else Script.LATIN, DATA / "..")

        classifier = TextClassifier(weights=weights)
        classifier.classify("你好")
        assert len(classifier.problems()) == 1
        classifier.classify("你好")
        assert len(classifier.problems()) == 1
