"""`kefu triage`: one answer for each line, in order, as the lines come in."""

import json
import os
import select
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kefu_tui.cli import main
from kefu_tui.commands.text_rows import LONGEST_LINE, rows
from kefu_tui.domain.verdict import (
    Aspect,
    Category,
    Language,
    Priority,
    Reason,
    ReasonKind,
    Sentiment,
    Signal,
    TextVerdict,
)
from kefu_tui.i18n import using
from kefu_tui.verdict_json import verdict_json
from kefu_tui.verdict_output import verdict_lines

THREAT = "明天不退款我就打12315投诉你们"
PRAISE = "很好用，谢谢"
PATIENCE = 60  # seconds after which a test gives up, never a measure of anything
PROGRAM = [sys.executable, "-m", "kefu_tui", "triage"]

A_VERDICT = TextVerdict(
    priority=Priority.P1,
    category=Category.DELIVERY,
    sentiment=Sentiment.NEGATIVE,
    sentiment_score=-0.5,
    signals=frozenset({Signal.COMPLAINT, Signal.CONTACT}),
    score=0.6,
    language=Language.HANT,
    reasons=(
        Reason(ReasonKind.DEMAND, "還沒到", 2),
        Reason(ReasonKind.HARM, "[red]\x1b[2J", 1),
        Reason(ReasonKind.SETTLED, "", -1),
        Reason(ReasonKind.CONTACT, "回電"),
    ),
    aspects=frozenset({Aspect.SERVICE, Aspect.DELIVERY}),
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """No configuration, and English spoken."""
    home = tmp_path / "home"
    monkeypatch.setenv("KEFU_HOME", str(home))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("LANGUAGE", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    with using("en"):
        yield home


def judged(content: str | bytes, *arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """The program given `content` on its standard input."""
    given = content if isinstance(content, bytes) else content.encode()
    done = subprocess.run(
        [*PROGRAM, "-", *arguments],
        input=given,
        capture_output=True,
        env={**os.environ, **environ},
        timeout=PATIENCE,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def answers(done: "subprocess.CompletedProcess[str]") -> list[dict[str, Any]]:
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


# --- the answers -----------------------------------------------------------------------------------


def test_lines_and_objects_are_judged_in_their_order():
    done = judged("\n".join([THREAT, json.dumps({"text": PRAISE, "likes": 3}), THREAT]))

    assert done.returncode == 0
    assert [answer["sentiment"] for answer in answers(done)] == ["neg", "pos", "neg"]


def test_an_answer_has_exactly_these_names():
    [answer] = answers(judged(json.dumps({"text": THREAT, "source": "weibo"})))

    names = "sentiment sentiment_score category aspects signals priority score lang reasons"
    assert list(answer) == names.split()
    assert sorted(answer["signals"]) == sorted(Signal)
    assert {type(value) for value in answer["signals"].values()} == {bool}
    assert answer["signals"]["threat"] is True
    assert set(answer["reasons"][0]) == {"kind", "evidence", "steps"}
    assert -1 <= answer["sentiment_score"] <= 1
    assert 0 <= answer["score"] <= 1


def test_a_verdict_is_told_in_the_codebooks_names():
    told = verdict_json(A_VERDICT)

    assert told["aspects"] == ["服务", "物流"]
    assert [name for name, holds in told["signals"].items() if holds] == ["complaint", "contact"]
    assert (told["priority"], told["category"], told["lang"]) == ("P1", "物流", "zh-Hant")
    assert told["reasons"][2] == {"kind": "settled", "evidence": "", "steps": -1}


@pytest.mark.parametrize("given", [7, "a-7", None, ["x", 1.5]])
def test_an_id_is_handed_through(given: object):
    [answer] = answers(judged(json.dumps({"id": given, "text": "hi"})))

    assert answer["id"] == given


def test_line_n_of_the_output_is_about_line_n_of_the_input():
    lines = [
        THREAT.encode(),
        b"",
        b"{not json",
        b"\xff\xfe",
        b'{"id": 4, "text": 4}',
        b'{"id": 5}',
        b'{"text": NaN}',
        b'{"id": 1e999, "text": "hi"}',
        b'{"text": ' + b"9" * 5000 + b"}",
        b'{"text": ' + b"[" * 100_000,
        b"[" * 100_000,
        PRAISE.encode(),
    ]
    done = judged(b"\r\n".join(lines))
    told = answers(done)

    assert done.returncode == 1
    assert len(told) == len(lines)
    assert {answer["line"]: answer["error"] for answer in told if "error" in answer} == {
        3: "broken JSON at character 2",
        4: "not UTF-8 text",
        5: "the text is not a string",
        6: "the object has no text",
        7: "JSON with a number or a depth that cannot be read",
        8: "JSON with a number or a depth that cannot be read",
        9: "JSON with a number or a depth that cannot be read",
        10: "JSON with a number or a depth that cannot be read",
    }
    assert told[4]["id"] == 4
    assert (told[0]["sentiment"], told[-1]["sentiment"]) == ("neg", "pos")


def test_an_empty_line_is_the_empty_text():
    first, second = answers(judged('\n{"text": ""}\n'))

    assert first == second
    assert (first["priority"], first["reasons"]) == ("P3", [])


def test_nothing_asked_is_nothing_answered():
    done = judged("")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_half_a_character_pair_is_text_like_any_other():
    done = judged(r'{"id": "\ud800", "text": "\ud800 ' + THREAT + '"}')
    [answer] = answers(done)

    assert done.returncode == 0
    assert (answer["id"], answer["priority"]) == ("\ud800", "P0")


def test_what_windows_writes_is_read():
    [first, second] = answers(judged(b"\xef\xbb\xbf" + b'{"text": "hi"}\r\nhi\r\n'))

    assert first == second


def test_an_answer_never_steers_a_terminal():
    done = judged(json.dumps({"id": "\u202e\u009b2J\x1b", "text": "hi"}))

    assert not {"\u202e", "\u009b", "\x1b"} & set(done.stdout)
    assert answers(done)[0]["id"] == "\u202e\u009b2J\x1b"


def test_a_terminal_of_another_time_gets_escapes_not_question_marks():
    done = judged(THREAT, LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")

    assert answers(done)[0]["category"] in ("投诉", "售后退换")


def test_a_file_is_read_like_a_pipe(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "texts"
    file.write_text(f"{THREAT}\n{PRAISE}\n", encoding="utf-8")

    assert main(["triage", str(file)]) == 0

    assert capsys.readouterr().out == judged(file.read_bytes()).stdout


@pytest.mark.parametrize("file", ["/nowhere/at/all", "/"])
def test_a_file_that_cannot_be_read_is_a_clear_line(capsys: pytest.CaptureFixture[str], file: str):
    assert main(["triage", file]) == 2
    assert capsys.readouterr().err.startswith(f"kefu: {file}: ")


# --- as the lines come in --------------------------------------------------------------------------


def _start(*arguments: str) -> "subprocess.Popen[bytes]":
    # a test run in the background ignores interrupts, and its children would inherit that
    heed = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(
            [*PROGRAM, "-", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    finally:
        signal.signal(signal.SIGINT, heed)


def _answer(program: "subprocess.Popen[bytes]", line: str) -> bytes:
    """Send one line, and have the answer before anything else is sent."""
    assert program.stdin is not None
    assert program.stdout is not None
    program.stdin.write(f"{line}\n".encode())
    program.stdin.flush()
    assert select.select([program.stdout], [], [], PATIENCE)[0], "no answer before the next line"
    return program.stdout.readline()


@pytest.mark.parametrize("arguments", [(), ("--explain",)])
def test_a_line_is_answered_before_the_next_is_sent(arguments: tuple[str, ...]):
    with _start(*arguments) as program:
        first, second = _answer(program, THREAT), b""
        if not arguments:
            second = _answer(program, PRAISE)
        program.communicate(timeout=PATIENCE)

    assert b"P0" in first
    assert arguments or json.loads(second)["sentiment"] == "pos"
    assert program.returncode == 0


def test_an_interrupt_ends_quietly_with_what_was_answered():
    with _start() as program:
        answer = _answer(program, THREAT)
        program.send_signal(signal.SIGINT)
        rest = program.communicate(timeout=PATIENCE)

    assert json.loads(answer)["priority"] == "P0"
    assert (program.returncode, rest) == (130, (b"", b""))


@pytest.mark.parametrize("arguments", ["", "--explain"])
def test_a_reader_that_has_seen_enough_ends_it_quietly(tmp_path: Path, arguments: str):
    file = tmp_path / "texts"
    file.write_text(f"{THREAT}\n" * 3000, encoding="utf-8")
    command = f"{sys.executable} -m kefu_tui triage {file} {arguments}"
    done = subprocess.run(
        ["bash", "-c", f"{command} | head -c 10; exit ${{PIPESTATUS[0]}}"],
        capture_output=True,
        timeout=PATIENCE,
    )

    assert (done.returncode, done.stderr) == (141, b"")


def test_a_line_of_fifty_megabytes_is_passed_over_in_little_memory():
    def chunks() -> Iterator[bytes]:
        yield b"before\n"
        yield from (b"x" * 65_536 for _ in range(800))
        yield b"\nafter"

    tracemalloc.start()
    try:
        found = list(rows(chunks()))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert [(row.number, row.text) for row in found] == [(1, "before"), (2, ""), (3, "after")]
    assert str(found[1].problem) == "the line is longer than 1 MB"
    assert peak < 5 * LONGEST_LINE


def test_many_lines_take_no_more_memory_than_few():
    def peak(chunks: int) -> int:
        tracemalloc.start()
        try:
            for _row in rows(b'{"text": "hello"}\n' * 100 for _ in range(chunks)):
                pass
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(2)  # whatever is set up once
    assert peak(200) < 2 * peak(2) + 10_000


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_lines_are_the_same_however_the_bytes_arrive(size: int):
    content = '\ufeff{"text": "壶盖"}\r\n\n你好\n{"text": 1}\n尾'.encode()

    found = rows(content[at : at + size] for at in range(0, len(content), size))

    assert [row.text for row in found] == ["壶盖", "", "你好", "", "尾"]


@pytest.mark.parametrize(("extra", "too_long"), [(0, False), (1, True)])
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_the_longest_line_is_exactly_a_megabyte(extra: int, too_long: bool, end: bytes):
    [row] = rows([b"x" * (LONGEST_LINE + extra) + end])

    assert (row.problem is not None) == too_long


def test_a_pipe_that_was_set_not_to_wait_is_waited_for():
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    with subprocess.Popen([*PROGRAM, "-"], stdin=reader, stdout=subprocess.PIPE) as program:
        os.close(reader)
        os.write(writer, f"{THREAT}\n".encode())
        assert program.stdout is not None
        first = program.stdout.readline()
        os.write(writer, f"{PRAISE}\n".encode())
        os.close(writer)
        second = program.stdout.readline()

    assert [json.loads(line)["sentiment"] for line in (first, second)] == ["neg", "pos"]


def test_a_standard_input_that_is_closed_is_a_clear_line():
    done = subprocess.run(
        ["bash", "-c", f"{' '.join(PROGRAM)} - <&-"], capture_output=True, encoding="utf-8", timeout=PATIENCE
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("kefu: -: ")


# --- in words --------------------------------------------------------------------------------------


def explained(text: str = "  包裹\n還沒到 [red]\x1b[2J") -> list[str]:
    return [line.plain for line in verdict_lines(3, text, A_VERDICT)]


def test_a_verdict_is_explained_with_what_adds_up_to_it():
    assert explained() == [
        "   3  P1  Delivery · displeased (-0.50) · Traditional Chinese · service · delivery",
        "     包裹 還沒到 [red]␛[2J",
        "       +2  “還沒到” demands",
        "       +1  “[red]␛[2J” harm",
        "       -1  already settled",
        "        ·  “回電” wants to be contacted",
        "     P3 +2 +1 -1 = P1",
        "",
    ]


def test_the_explanation_speaks_chinese():
    with using("zh_Hans"):
        heading, _text, *reasons = explained()

    assert heading == "   3  P1  物流 · 不满 (-0.50) · 繁体中文 · 服务 · 物流"
    assert "本人威胁" not in "".join(reasons)
    assert any("“還沒到”" in reason and "要求" in reason for reason in reasons)


@pytest.mark.parametrize(("language", "word"), [("en", "threatens in person"), ("zh_Hans", "本人威胁")])
def test_where_nobody_looks_an_explanation_is_plain_and_cut(language: str, word: str):
    done = judged(f"{THREAT}{'。嗯' * 5000}\x1b[2J\n{{\n", "--explain", "--lang", language)

    assert done.returncode == 1
    assert "\x1b" not in done.stdout
    assert word in done.stdout
    assert max(len(line) for line in done.stdout.splitlines()) <= 280


def test_a_terminal_gets_colours():
    done = judged(THREAT, "--explain", FORCE_COLOR="1", TERM="xterm")

    assert "\x1b[" in done.stdout


def test_an_explanation_speaks_the_configured_language(home: Path, capsys: pytest.CaptureFixture[str]):
    home.mkdir()
    (home / "config.toml").write_text('language = "zh_Hans"\n', encoding="utf-8")

    assert "· 不满 (" in judged(THREAT, "--explain").stdout


def test_the_help_shows_an_example_and_the_exit_codes(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as end:
        main(["triage", "--help"])

    told = capsys.readouterr().out
    assert end.value.code == 0
    assert "| kefu triage -" in told
    assert "1  some lines could not be read" in told
