"""The table of weights: it adds up what it should, and a file that cannot be trusted is refused."""

import json
import random
from math import sqrt

import pytest

from kefu_tui.nlp.weights import FORMAT, Question, Weights, WeightsError, dump, load

QUESTIONS = [
    Question(name=name, bias=0.1 * place, gram_scale=0.01, token_scale=0.02)
    for place, name in enumerate(("noise", "question", "tone/one/neg", "tone/one/pos", "threat"))
]
GRAMS = [f"g{number}" for number in range(700)]


def a_column(seed: int) -> list[int]:
    rng = random.Random(seed)
    return [rng.randint(-127, 127) for _ in GRAMS]


COLUMNS = [a_column(seed) for seed in range(len(QUESTIONS))]


def a_file() -> bytes:
    return dump(QUESTIONS, GRAMS, bytes(weight + 128 for column in COLUMNS for weight in column), kind="han")


@pytest.fixture(scope="module")
def weights() -> Weights:
    return load(a_file(), "weights.bin")


@pytest.mark.parametrize("count", [0, 1, 2, 255, 256, 257, 700])
def test_an_answer_is_the_sum_over_the_root_of_how_many_there_are(weights: Weights, count: int) -> None:
    answers = weights.answers(set(GRAMS[:count]), GRAMS[3:6])
    for place, question in enumerate(QUESTIONS):
        spelled = sum(COLUMNS[place][:count]) / sqrt(count or 1)
        named = sum(COLUMNS[place][3:6])
        assert answers[place] == pytest.approx(question.bias + 0.01 * spelled + 0.02 * named)


def test_what_is_not_in_the_table_says_nothing(weights: Weights) -> None:
    assert weights.answers({"unknown"}, ["unknown"]) == pytest.approx([q.bias for q in QUESTIONS])


def test_the_second_questions_hear_the_first(weights: Weights) -> None:
    answers = weights.answers(set(), [])
    before = list(answers)
    weights.add_heard(answers, GRAMS[:2])
    assert answers[:4] == before[:4]
    assert answers[4] == pytest.approx(before[4] + 0.02 * sum(COLUMNS[4][:2]))


def test_contributions_are_the_weights_of_what_is_there(weights: Weights) -> None:
    contributions = weights.contributions("question", {"g5", "g9", "unknown"})
    said = {gram: weight for weight, gram in contributions}
    assert said == {"g5": COLUMNS[1][5], "g9": COLUMNS[1][9]}


def test_the_same_table_is_written_as_the_same_bytes() -> None:
    assert a_file() == a_file()


def test_an_empty_table_answers_its_biases() -> None:
    empty = load(dump(QUESTIONS, [], b"", kind="han"), "x")
    assert empty.answers({"g1"}, []) == pytest.approx([q.bias for q in QUESTIONS])


@pytest.mark.parametrize("length", [0, 5, 20, 120, -200, -1])
def test_a_file_cut_anywhere_is_refused(length: int) -> None:
    with pytest.raises(WeightsError, match=r"weights\.bin"):
        load(a_file()[:length], "weights.bin")


def test_a_file_of_another_version_says_so() -> None:
    with pytest.raises(WeightsError, match="another version"):
        load(b"kefu-weights 9\n" + a_file()[len(FORMAT) :], "weights.bin")


def test_a_file_that_was_altered_is_refused() -> None:
    content = a_file()
    header, packed = content[len(FORMAT) :].split(b"\n", 1)
    changed = json.loads(header) | {"crc32": 1}
    with pytest.raises(WeightsError, match="damaged"):
        load(FORMAT + json.dumps(changed).encode() + b"\n" + packed, "weights.bin")


@pytest.mark.parametrize("header", [b"[]", b"{}", b'{"questions": 3}', b"null", b"{", b"\xff"])
def test_a_header_that_is_none_is_refused(header: bytes) -> None:
    packed = a_file()[len(FORMAT) :].split(b"\n", 1)[1]
    with pytest.raises(WeightsError):
        load(FORMAT + header + b"\n" + packed, "weights.bin")
