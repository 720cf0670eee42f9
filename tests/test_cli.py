"""The command line: as a program of its own where the process matters, in this process elsewhere."""

import asyncio
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rich.cells import cell_len

from kefu_tui import bootstrap
from kefu_tui.case_ids import CaseIds
from kefu_tui.cli import main
from kefu_tui.config import Settings, load
from kefu_tui.demo import open_demo
from kefu_tui.domain.errors import NotFound, OutcomeUnknown, Refused
from kefu_tui.domain.lessons import Target
from kefu_tui.domain.mention import Mention
from kefu_tui.domain.outbox import OutboxState
from kefu_tui.domain.verdict import Category
from kefu_tui.i18n import using
from kefu_tui.paths import resolve
from kefu_tui.ports import Changes
from kefu_tui.storage.desk_store import open_store
from tests.builders import a_case, a_mention, a_verdict, an_author
from tests.fakes import FakeChannel, FakeClock

CONFIG = """
language = "en"
timezone = "Asia/Shanghai"

[me]
name = "阿岚"

[[account]]
name = "微博"
channel = "manual"

[[account]]
name = "Mastodon"
channel = "manual"

[[account]]
name = "Bluesky"
channel = "manual"
"""


@pytest.fixture(autouse=True)
def language_stays() -> Iterator[None]:
    with using("en"):
        yield


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of a demo's evening, to be copied by each test that needs one."""
    directory = tmp_path_factory.mktemp("played") / "kept"

    async def play() -> None:
        zone = ZoneInfo("Asia/Shanghai")
        async with open_demo(on=date(2026, 3, 2), zone=zone, speed=None, settings=Settings(), keep=directory):
            pass

    asyncio.run(play())
    return directory / "desk.json"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty installation, in use by this process and by those it starts."""
    home = tmp_path / "home"
    monkeypatch.setenv("KEFU_HOME", str(home))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("LANGUAGE", raising=False)
    return home


@pytest.fixture
def desk(home: Path, played: Path) -> Path:
    """An installation with a configuration and a day's cases."""
    (home / "data").mkdir(parents=True, mode=0o700)
    (home / "config.toml").write_text(CONFIG, encoding="utf-8")
    (home / "data" / "desk.json").write_bytes(played.read_bytes())
    (home / "data" / "desk.json").chmod(0o600)
    return home


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> FakeChannel:
    """Stands in for every configured account."""
    channel = FakeChannel(clock=FakeClock(), account="微博")

    def connect(*_: object, **__: object) -> tuple[dict[str, FakeChannel], list[str]]:
        return {channel.account: channel}, []

    monkeypatch.setattr(bootstrap, "connect", connect)
    return channel


def run(*arguments: str, **options: Any) -> "subprocess.CompletedProcess[str]":
    """The program as a process of its own, without a terminal."""
    environ = {**os.environ, **options.pop("environ", {})}
    return subprocess.run(
        [sys.executable, "-m", "kefu_tui", *arguments],
        capture_output=True,
        env=environ,
        encoding="utf-8",
        stdin=options.pop("stdin", subprocess.DEVNULL),
        timeout=60,
        **options,
    )


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 0
    return capsys.readouterr().out


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads(said(capsys, "list", "--json", *arguments))["cases"]
    return cases


def waiting_on_weibo(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    return next(case for case in listed(capsys) if case["account"] == "微博")


# --- the program as a process ---------------------------------------------------------------------


def test_the_demo_without_a_terminal_prints_the_day_and_ends(home: Path):
    done = run("demo", "--date", "2026-03-02", environ={"TZ": "Asia/Shanghai"})

    assert (done.returncode, done.stderr) == (0, "")
    assert "Tingfei Kettleworks" in done.stdout
    assert "Response report  2026-03-02" in done.stdout
    assert "nobody ignored" in done.stdout
    assert not home.exists()


def test_the_demo_speaks_chinese(home: Path):
    done = run("demo", "--date", "2026-03-02", "--lang", "zh_Hans")

    assert done.returncode == 0
    assert "听沸铁作" in done.stdout
    assert "大V" in done.stdout


def test_a_row_says_how_many_complain_of_the_same_and_in_which_cases(
    desk: Path, capsys: pytest.CaptureFixture[str]
):
    fresh = [
        a_mention(
            text,
            id=f"new{number}",
            account="微博",
            author=an_author(f"new{number}", name=name),
            posted_at=datetime.now(UTC),
            verdict=a_verdict(category=Category.QUALITY),
        )
        for number, (text, name) in enumerate(
            [("煎锅掉漆了", "甲"), ("鍋子的塗層剝落", "乙"), ("快递丢了", "丙")]
        )
    ]
    store = open_store(desk / "data" / "desk.json")

    async def keep() -> None:
        await store.update(lambda _: Changes(mentions=fresh, cases=[a_case([one]) for one in fresh]))
        await store.aclose()

    asyncio.run(keep())
    first, second, other = (json.loads(said(capsys, "show", one.case_id, "--json")) for one in fresh)

    assert (first["same_cause"], first["same_cause_cases"]) == (2, [second["id"]])
    assert (second["same_cause"], second["same_cause_cases"]) == (2, [first["id"]])
    assert (other["same_cause"], other["same_cause_cases"]) == (1, [])
    assert [row["same_cause"] for row in listed(capsys, "--view", "all") if row["id"] == first["id"]] == [2]
    assert "same cause ×2: 乙" in said(capsys, "show", fresh[0].case_id)


def test_the_demo_as_json_is_the_same_every_time(home: Path):
    arguments = ("demo", "--date", "2026-03-02", "--json")
    first, second = (run(*arguments, environ={"TZ": "Asia/Shanghai"}) for _ in range(2))
    day = json.loads(first.stdout)

    assert first.stdout == second.stdout
    assert day["report"]["mentions"] >= 60
    assert len(day["feed"]["cases"]) == day["feed"]["counts"]["all"]


def test_a_terminal_of_another_time_is_no_reason_to_fail(home: Path):
    environ = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

    done = run("demo", "--date", "2026-03-02", "--lang", "zh_Hans", environ=environ)

    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert "??" in done.stdout


def test_a_reader_that_has_seen_enough_is_no_error(home: Path):
    command = f"{sys.executable} -m kefu_tui demo --date 2026-03-02 --json"
    done = subprocess.run(
        ["bash", "-c", f"{command} | head -c 10; exit ${{PIPESTATUS[0]}}"],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )

    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize("arguments", [("list",), ("report", "--define"), ("paths",), ()])
def test_output_that_nobody_reads_is_told_by_the_exit_code(desk: Path, arguments: tuple[str, ...]):
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "kefu_tui", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=writer,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            timeout=60,
        )
    finally:
        os.close(writer)

    assert (done.returncode, done.stderr) == (141, "")


def test_a_watch_that_nobody_reads_ends_like_any_other_command(home: Path):
    home.mkdir()
    unreachable = '[[account]]\nname = "forum"\nchannel = "rss"\nurl = "http://127.0.0.1:9/feed"\n'
    (home / "config.toml").write_text(unreachable, encoding="utf-8")
    reader, writer = os.pipe()
    os.close(reader)
    try:
        program = [sys.executable, "-m", "kefu_tui", "poll", "--watch", "--json"]
        done = subprocess.run(program, stdout=writer, stderr=subprocess.PIPE, encoding="utf-8", timeout=60)
    finally:
        os.close(writer)

    assert (done.returncode, done.stderr) == (141, "")


def test_a_data_directory_that_cannot_be_used_is_exit_code_three(
    home: Path, capsys: pytest.CaptureFixture[str]
):
    home.mkdir()
    (home / "config.toml").write_text(CONFIG, encoding="utf-8")
    (home / "data").write_text("not a directory")

    assert main(["poll"]) == 3
    assert str(home / "data") in capsys.readouterr().err


def test_an_interrupted_watch_ends_quietly(home: Path):
    home.mkdir()
    unreachable = '[[account]]\nname = "forum"\nchannel = "rss"\nurl = "http://127.0.0.1:9/feed"\n'
    (home / "config.toml").write_text(unreachable, encoding="utf-8")
    program = [sys.executable, "-m", "kefu_tui", "poll", "--watch"]
    # a test run in the background ignores interrupts, and its children would inherit that
    heed = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        watching = subprocess.Popen(program, stderr=subprocess.PIPE, encoding="utf-8")
    finally:
        signal.signal(signal.SIGINT, heed)
    with watching:
        assert watching.stderr is not None
        first = watching.stderr.readline()
        watching.send_signal(signal.SIGINT)
        rest = watching.stderr.read()

    assert first.startswith("forum: ")
    assert (watching.returncode, rest) == (130, "")


def test_a_second_desk_says_who_holds_the_store(desk: Path):
    store = open_store(desk / "data" / "desk.json")
    try:
        done = run("done", "abc")
        reading = run("list")
    finally:
        asyncio.run(store.aclose())

    assert done.returncode == 3
    assert str(os.getpid()) in done.stderr
    assert reading.returncode == 0


# --- without a configuration ----------------------------------------------------------------------


def test_without_a_configuration_the_way_out_is_told(home: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["list"]) == 2

    error = capsys.readouterr().err
    assert str(home / "config.toml") in error
    assert "kefu demo" in error


def test_a_broken_configuration_is_every_problem_and_no_traceback(
    home: Path, capsys: pytest.CaptureFixture[str]
):
    home.mkdir()
    (home / "config.toml").write_text('langage = "en"\n[desk]\nundo_window = "5"\n', encoding="utf-8")

    assert main(["poll"]) == 2

    error = capsys.readouterr().err
    assert "langage" in error
    assert "desk.undo_window" in error


def test_another_configuration_can_be_named_before_and_after_the_command(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    other = tmp_path / "other.toml"
    other.write_text(CONFIG, encoding="utf-8")

    assert str(other) in said(capsys, "--config", str(other), "paths")
    assert str(other) in said(capsys, "paths", "--config", str(other))


def test_the_paths_are_printed_and_nothing_is_made(home: Path, capsys: pytest.CaptureFixture[str]):
    paths = json.loads(said(capsys, "paths", "--json"))

    assert paths["store_file"] == str(home / "data" / "desk.json")
    assert not home.exists()


def test_doctor_without_a_configuration_says_so(home: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["doctor"]) == 2
    assert "✗ configuration" in capsys.readouterr().out


# --- reading ---------------------------------------------------------------------------------------


def test_the_desk_without_a_terminal_is_the_feed_and_the_report(desk: Path):
    done = run()

    assert done.returncode == 0
    assert "Waiting" in done.stdout
    assert "Response report" in done.stdout


def test_the_list_names_cases_so_that_show_finds_them(desk: Path, capsys: pytest.CaptureFixture[str]):
    case = listed(capsys)[0]

    shown = said(capsys, "show", case["id"])

    assert case["id"] in said(capsys, "list")
    assert shown.startswith(case["id"])
    author = case["lead"]["author"]
    assert f"@{author['handle']} · {author['followers']} followers" in shown
    assert json.loads(said(capsys, "show", case["case"], "--json"))["case"] == case["case"]


def test_where_nobody_looks_a_long_post_is_cut_in_the_list_and_whole_in_its_case(
    desk: Path, capsys: pytest.CaptureFixture[str]
):
    async def paste() -> None:
        settings = load(desk / "config.toml")
        async with bootstrap.open_services(resolve(os.environ), settings, os.environ) as services:
            await services.intake.take_by_hand("微博", author="话多", text="壶" * 10_000)

    asyncio.run(paste())

    line = next(line for line in said(capsys, "list", "壶壶壶壶").splitlines() if "壶壶" in line)
    [case] = listed(capsys, "壶壶壶壶")
    assert cell_len(line) <= 280
    assert line.endswith("…")
    assert "壶" * 10_000 in said(capsys, "show", case["id"])


def test_a_view_and_a_filter_choose(desk: Path, capsys: pytest.CaptureFixture[str]):
    assert {case["state"] for case in listed(capsys, "--view", "waiting_them")} == {"waiting_them"}
    assert {case["account"] for case in listed(capsys, "in:mastodon")} == {"Mastodon"}
    assert "Nothing here" in said(capsys, "list", "nobody wrote this")


def test_a_filter_that_makes_no_sense_is_a_clear_line(desk: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["list", "is:odd"]) == 2
    assert "is:odd" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["zzzzzz", "", "case/nobody"])
def test_a_case_nobody_knows_is_a_clear_line(desk: Path, capsys: pytest.CaptureFixture[str], name: str):
    assert main(["show", name]) == 5
    assert "kefu list" in capsys.readouterr().err


def test_what_customers_write_is_never_markup(desk: Path, capsys: pytest.CaptureFixture[str]):
    assert "[/] [@click=app.quit]Add to cart[/] [red]¥459[/red]" in said(capsys, "list", "@click")


def test_the_report_covers_what_was_asked_for(desk: Path, capsys: pytest.CaptureFixture[str]):
    report = json.loads(said(capsys, "report", "--since", "2026-03-02", "--json"))

    assert report["since"] == "2026-03-01T16:00:00+00:00"
    assert report["mentions"] >= 60
    assert json.loads(said(capsys, "report", "--json"))["mentions"] == 0
    assert report["resolution"] == {"count": 0, "median_seconds": None, "p90_seconds": None}
    assert "closed in the period" in report["definitions"]["resolution"]
    printed = said(capsys, "report", "--since", "2026-03-02")
    assert "detection lag" in printed
    assert "resolution" in printed


def test_every_figure_can_say_how_it_is_defined(home: Path, capsys: pytest.CaptureFixture[str]):
    assert "First response  from the customer's post" in said(capsys, "report", "--define")


@pytest.mark.parametrize(
    ("form", "begins"),
    [
        ("csv", "section,group,figure,value\n"),
        ("markdown", "# Response report\n"),
        ("html", "<!doctype html>\n"),
        ("json", "{\n"),
        ("text", "Response report"),
    ],
)
def test_the_report_is_printed_or_written_in_every_form(
    desk: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path, form: str, begins: str
):
    arguments = ["report", "--since", "2026-03-02", "--format", form]
    printed = said(capsys, *arguments)
    assert printed.startswith(begins)

    file = tmp_path / "report"
    assert "Written: " in said(capsys, *arguments, "--out", str(file))
    assert file.read_text(encoding="utf-8").startswith(begins)
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_report_since_the_quiet_hours_is_the_digest_on_return(
    desk: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["report", "--since", "quiet"]) == 2
    assert "[hours] quiet" in capsys.readouterr().err

    config = desk / "config.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text + '\n[hours]\nquiet = ["00:00-24:00"]\n', encoding="utf-8")
    since = json.loads(said(capsys, "report", "--since", "quiet", "--json"))["since"]
    assert since < datetime.now(UTC).isoformat()


def test_a_report_that_cannot_be_written_is_told(
    desk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["report", "--format", "csv", "--out", str(tmp_path / "no" / "such")]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_a_date_that_is_none_is_a_clear_line(desk: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["report", "--since", "yesterday"]) == 2
    assert "yesterday" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["list"], ["report"], ["paths"], ["doctor"], ["list", "壶"], ["train", "--learned"]]
)
def test_who_only_reads_makes_nothing(home: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]):
    home.mkdir()
    (home / "config.toml").write_text(CONFIG, encoding="utf-8")

    said(capsys, *arguments)

    assert [path.name for path in home.iterdir()] == ["config.toml"]


def test_a_store_that_was_never_closed_is_read_from_its_journal(
    home: Path, capsys: pytest.CaptureFixture[str]
):
    (home / "data").mkdir(parents=True, mode=0o700)
    (home / "config.toml").write_text(CONFIG, encoding="utf-8")
    store = open_store(home / "data" / "desk.json")
    try:
        asyncio.run(store.update(lambda _: Changes(mentions=[a_mention()], cases=[a_case()])))
        before = sorted(path.name for path in (home / "data").iterdir())

        assert [case["case"] for case in listed(capsys)] == [a_case().id]
        assert "1 mentions in 1 cases" in said(capsys, "doctor")
        assert sorted(path.name for path in (home / "data").iterdir()) == before
    finally:
        asyncio.run(store.aclose())


def test_doctor_looks_at_everything(desk: Path, capsys: pytest.CaptureFixture[str]):
    findings = json.loads(said(capsys, "doctor", "--json"))

    assert [finding["what"] for finding in findings][-3:] == ["微博", "Mastodon", "Bluesky"]
    assert all("last polled" in finding["words"] for finding in findings[-3:])


def test_doctor_sees_keys_and_a_theme_the_desk_does_not_know(home: Path, capsys: pytest.CaptureFixture[str]):
    home.mkdir()
    wrong = '[desk]\ntheme = "kefu-drak"\n[keys]\nrepli = "r"\nreply = "z"\nsnooze = ["z", "f6"]\n'
    (home / "config.toml").write_text(f'language = "en"\n{wrong}', encoding="utf-8")

    assert main(["doctor"]) == 2

    found = [line for line in capsys.readouterr().out.splitlines() if line.startswith("✗")]
    assert len(found) == 3
    assert "keys.repli: no such action" in found[0]
    assert "z is bound to both" in found[1]
    assert "kefu-drak" in found[2]
    assert "kefu-dark" in found[2]


def filled(home: Path, mentions: list[Mention]) -> None:
    """Give an installation these mentions, each in a case of its own."""
    (home / "data").mkdir(mode=0o700)
    store = open_store(home / "data" / "desk.json")
    cases = [a_case([mention]) for mention in mentions]
    asyncio.run(store.update(lambda _: Changes(mentions=mentions, cases=cases)))
    asyncio.run(store.aclose())


def with_rules(home: Path, rules: str) -> None:
    config = home / "config.toml"
    config.write_text(config.read_text(encoding="utf-8") + rules, encoding="utf-8")


def test_doctor_sees_a_rule_for_a_place_that_is_not_there(desk: Path, capsys: pytest.CaptureFixture[str]):
    with_rules(
        desk,
        """
[[rule]]
name = "all of these"
channels = ["微博", "mastodon", "rss", "MANUAL"]
tag = "x"
[[rule]]
name = "typo"
channels = ["webo"]
tag = "x"
""",
    )

    assert main(["doctor"]) == 2

    found = [line for line in capsys.readouterr().out.splitlines() if line.startswith("✗")]
    assert found == ["✗ rules: “typo”: there is no account or kind of place webo"]


def test_doctor_names_a_rule_whose_pattern_would_run_for_seconds_on_what_customers_wrote(
    home: Path, capsys: pytest.CaptureFixture[str]
):
    home.mkdir()
    (home / "config.toml").write_text(CONFIG, encoding="utf-8")
    with_rules(
        home,
        """
[[rule]]
name = "endless"
pattern = "(a+)+$"
noise = true
[[rule]]
name = "sound"
pattern = "lid|盖"
tag = "lid"
""",
    )
    hostile = [a_mention("a" * 3_900 + "!" * 96_100, id=f"p{n}", account="微博") for n in range(4)]
    filled(home, hostile)

    assert main(["doctor"]) == 2

    found = [line for line in capsys.readouterr().out.splitlines() if line.startswith("✗")]
    assert found == ["✗ rules: rule “endless” is switched off: its pattern takes too long"]


def test_a_broken_pattern_is_refused_when_the_configuration_is_read(
    desk: Path, capsys: pytest.CaptureFixture[str]
):
    with_rules(desk, '[[rule]]\nname = "盖"\npattern = \'(lid|盖\'\ntag = "x"\n')

    assert main(["list"]) == 2

    assert "rule[0] '盖'.pattern: not a regular expression: missing ) at character 7" in (
        capsys.readouterr().err
    )


def test_a_tag_is_shown_and_found(desk: Path, capsys: pytest.CaptureFixture[str]):
    shown = said(capsys, "list", "tag:壶盖")

    assert len(listed(capsys, "tag:壶盖")) > 5
    assert all("壶盖" in case["tags"] for case in listed(capsys, "tag:壶盖"))
    assert "#壶盖" in shown
    assert "rule “壶盖弹开”" in shown


def test_keys_the_desk_cannot_use_are_refused_before_anything_is_opened(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    home.mkdir()
    (home / "config.toml").write_text('language = "en"\n[keys]\nrepli = "r"\n', encoding="utf-8")
    monkeypatch.setattr("kefu_tui.commands.desk.is_interactive", lambda: True)

    assert main([]) == 2

    error = capsys.readouterr().err
    assert str(home / "config.toml") in error
    assert "keys.repli" in error
    assert [path.name for path in home.iterdir()] == ["config.toml"]


def test_doctor_sees_a_store_others_can_read(desk: Path, capsys: pytest.CaptureFixture[str]):
    (desk / "data" / "desk.json").chmod(0o644)

    assert main(["doctor"]) == 3
    assert "644" in capsys.readouterr().out


# --- acting ----------------------------------------------------------------------------------------


def test_done_closes_and_a_reason_says_why_nobody_answers(desk: Path, capsys: pytest.CaptureFixture[str]):
    first, second = listed(capsys)[:2]

    assert said(capsys, "done", first["id"]) == "1 case closed\n"
    said(capsys, "done", second["id"], "--no-reply", "spam")

    states = {case["case"]: case["state"] for case in listed(capsys, "--view", "all")}
    assert (states[first["case"]], states[second["case"]]) == ("closed", "no_reply")


# --- corrections -----------------------------------------------------------------------------------


def correct(home: Path, case_id: str, target: Target, value: str) -> None:
    """Put a case right, as its key does at the desk."""

    async def put_right() -> None:
        paths, settings = resolve({"KEFU_HOME": str(home)}), load(home / "config.toml")
        async with bootstrap.open_services(paths, settings, {}, connected=False) as services:
            await services.corrections.correct([case_id], target, value)

    asyncio.run(put_right())


def test_a_correction_is_in_every_telling_of_its_case(desk: Path, capsys: pytest.CaptureFixture[str]):
    last = listed(capsys)[-1]
    correct(desk, last["case"], Target.PRIORITY, "P0")
    correct(desk, last["case"], Target.CATEGORY, "合作")

    case = json.loads(said(capsys, "show", last["id"], "--json"))
    assert (case["priority"], case["category"]) == ("P0", "合作")
    assert {r["evidence"] for r in case["reasons"] if r["kind"] == "corrected"} == {"priority", "category"}
    shown = said(capsys, "show", last["id"])
    assert f"priority set by hand: P0 (was {last['priority']})" in shown
    assert "category set by hand: Cooperation" in shown
    assert last["case"] in [found["case"] for found in listed(capsys, "tag:合作")]


def test_what_corrections_taught_is_printed_and_given_as_json(desk: Path, capsys: pytest.CaptureFixture[str]):
    assert said(capsys, "train", "--learned").startswith("Nothing yet.")
    case = listed(capsys)[0]
    correct(desk, case["case"], Target.SENTIMENT, "pos")

    shown = said(capsys, "train", "--learned")
    assert "1 lesson, newest first" in shown
    assert "mood pleased  " in shown
    [lesson] = json.loads(said(capsys, "train", "--learned", "--json"))["lessons"]
    assert (lesson["target"], lesson["value"]) == ("sentiment", "pos")


def test_forgetting_asks_and_yes_does_it_without(
    desk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    assert said(capsys, "train", "--forget") == "There is nothing to forget.\n"
    case = listed(capsys)[0]
    correct(desk, case["case"], Target.PRIORITY, "P3")

    monkeypatch.setattr("sys.stdin", io.StringIO("no\n"))
    assert main(["train", "--forget"]) == 6
    assert "--yes" in capsys.readouterr().err
    assert len(json.loads(said(capsys, "train", "--learned", "--json"))["lessons"]) == 1

    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert "Forget 1 lesson and 0 rules?" in said(capsys, "train", "--forget")
    assert said(capsys, "train", "--forget", "--yes") == "There is nothing to forget.\n"
    assert json.loads(said(capsys, "show", case["id"], "--json"))["priority"] == "P3"


@pytest.mark.parametrize(
    "arguments", [["--forget", "--json"], ["--learned", "--yes"], ["--learned", "--forget"], []]
)
def test_options_of_train_that_make_no_sense_together_are_refused(
    desk: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
):
    try:
        code = main(["train", *arguments])
    except SystemExit as left:  # argparse's own way out
        code = int(str(left.code))
    assert code == 2
    assert capsys.readouterr().err


def test_a_dry_run_shows_the_reply_and_sends_nothing(
    desk: Path, platform: FakeChannel, capsys: pytest.CaptureFixture[str]
):
    case = waiting_on_weibo(capsys)
    before = json.loads(said(capsys, "show", case["id"], "--json"))["outbox"]

    shown = said(capsys, "reply", case["id"], "--text", "马上查，您稍等", "--dry-run")

    assert "马上查，您稍等" in shown
    assert case["lead"]["text"].split("\n")[0] in shown
    assert platform.attempts == []
    assert json.loads(said(capsys, "show", case["id"], "--json"))["outbox"] == before


def test_an_agreed_reply_goes_out_and_the_case_waits_for_the_customer(
    desk: Path, platform: FakeChannel, capsys: pytest.CaptureFixture[str]
):
    case = waiting_on_weibo(capsys)

    shown = said(capsys, "reply", case["id"], "--text", "在查了", "--yes")

    assert "Sent: https://example.social/r1" in shown
    assert [request.text for request, _ in platform.attempts] == ["在查了"]
    assert json.loads(said(capsys, "show", case["id"], "--json"))["state"] == "waiting_them"


def test_a_reply_is_not_sent_while_nobody_agrees(
    desk: Path, platform: FakeChannel, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    case = waiting_on_weibo(capsys)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))

    assert main(["reply", case["id"], "--text", "在查了"]) == 6

    assert "--yes" in capsys.readouterr().err
    assert platform.attempts == []


def test_a_script_is_filled_in_for_the_customer(
    desk: Path, platform: FakeChannel, capsys: pytest.CaptureFixture[str]
):
    case = next(case for case in listed(capsys) if case["account"] == "微博" and case["lang"] == "zh-Hans")

    said(capsys, "reply", case["id"], "--script", "stance-on-it", "--yes")

    text = platform.attempts[0][0].text
    assert "我是店主阿岚" in text
    assert case["lead"]["author"]["name"] in text


def test_a_script_with_an_open_prompt_is_not_sent(
    desk: Path, platform: FakeChannel, capsys: pytest.CaptureFixture[str]
):
    case = waiting_on_weibo(capsys)

    assert main(["reply", case["id"], "--script", "zh-Hans/stance-still-checking", "--yes"]) == 6
    assert "已核实的事实" in capsys.readouterr().err
    assert platform.attempts == []


def test_what_sounds_wrong_is_told_and_private_data_in_public_has_to_be_confirmed(
    desk: Path, platform: FakeChannel, capsys: pytest.CaptureFixture[str]
):
    case = waiting_on_weibo(capsys)
    words = "我们高度重视，打13812345678找我，今晚退款。"

    assert main(["reply", case["id"], "--text", words, "--yes"]) == 6
    told = capsys.readouterr().err
    assert "office talk“高度重视”" in told
    assert "--private-ok" in told
    assert platform.attempts == []

    assert main(["reply", case["id"], "--text", words, "--yes", "--private-ok"]) == 0
    assert len(platform.attempts) == 1


def test_a_script_nobody_wrote_is_a_clear_line(desk: Path, capsys: pytest.CaptureFixture[str]):
    case = waiting_on_weibo(capsys)

    assert main(["reply", case["id"], "--script", "nope", "--yes"]) == 5
    assert "nope" in capsys.readouterr().err


def test_a_reply_without_words_needs_a_draft(desk: Path, capsys: pytest.CaptureFixture[str]):
    case = waiting_on_weibo(capsys)

    assert main(["reply", case["id"], "--yes"]) == 6
    assert "no draft" in capsys.readouterr().err


def test_a_refused_reply_keeps_its_words(
    desk: Path, platform: FakeChannel, capsys: pytest.CaptureFixture[str]
):
    platform.will_fail_reply(Refused("the post is gone"))
    case = waiting_on_weibo(capsys)

    assert main(["reply", case["id"], "--text", "在查了", "--yes"]) == 4

    assert "the post is gone" in capsys.readouterr().err
    shown = json.loads(said(capsys, "show", case["id"], "--json"))
    assert (shown["draft"], shown["outbox"][-1]["state"]) == ("在查了", "failed")


def test_a_reply_of_unknown_fate_is_never_called_sent(
    desk: Path, platform: FakeChannel, capsys: pytest.CaptureFixture[str]
):
    platform.will_fail_reply(OutcomeUnknown("the line was cut"))
    case = waiting_on_weibo(capsys)

    assert main(["reply", case["id"], "--text", "在查了", "--yes"]) == 4

    assert "not known whether the reply stands" in capsys.readouterr().err
    assert json.loads(said(capsys, "show", case["id"], "--json"))["outbox"][-1]["state"] == "unknown"
    assert "?To be checked" in said(capsys, "show", case["id"])


def test_a_place_without_an_interface_is_answered_by_hand(
    desk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    case = waiting_on_weibo(capsys)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))

    assert "by hand" in said(capsys, "reply", case["id"], "--text", "在查了", "--yes")

    shown = json.loads(said(capsys, "show", case["id"], "--json"))
    assert shown["outbox"][-1]["state"] == OutboxState.TO_CONFIRM.value
    assert shown["state"] == "waiting_us"


def test_poll_tells_of_each_account_and_fails_with_the_first_failure(
    desk: Path, platform: FakeChannel, capsys: pytest.CaptureFixture[str]
):
    platform.account = "微博二号"
    platform.will_fail_poll(Refused("come back later"))

    assert main(["poll", "--json"]) == 4
    assert main(["poll"]) == 0

    outcome, told = capsys.readouterr().out.splitlines()
    assert json.loads(outcome)["error"] == "come back later"
    assert told == "微博二号: 0 cases with something new, 0 changed"


def test_poll_without_an_account_says_so(home: Path, capsys: pytest.CaptureFixture[str]):
    home.mkdir()
    (home / "config.toml").write_text("", encoding="utf-8")

    assert main(["poll"]) == 6
    assert "no account" in capsys.readouterr().err


# --- tools -----------------------------------------------------------------------------------------


def test_own_scripts_are_listed_and_checked(home: Path, capsys: pytest.CaptureFixture[str]):
    (home / "scripts").mkdir(parents=True)
    own = home / "scripts" / "own.toml"
    own.write_text(
        '[[script]]\nid = "lid"\nstage = "amends"\ntitle = "换盖"\nbody = "给您换"\n', encoding="utf-8"
    )

    assert said(capsys, "scripts").startswith("zh-Hans/lid  [Amends]  换盖\n")
    assert said(capsys, "scripts", "check") == "127 scripts can be used; no problem\n"
    assert json.loads(said(capsys, "scripts", "list", "--json"))[0]["id"] == "zh-Hans/lid"

    assert said(capsys, "scripts", "list", "lid", "换").startswith("zh-Hans/lid")
    assert said(capsys, "scripts", "list", "没有这个") == "No script matches.\n"

    own.write_text('[[script]]\nid = "lid"\n', encoding="utf-8")
    assert main(["scripts", "check"]) == 2
    assert "own.toml:1: " in capsys.readouterr().err


def test_a_script_is_added_from_the_command_line(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    added = said(
        capsys, "scripts", "add", "--title", "换盖", "--stage", "amends", "--text", "新盖{今晚前}寄您。"
    )
    assert "saved.zh-Hans.toml:3" in added
    assert said(capsys, "scripts").startswith("zh-Hans/amends-hg  [Amends]  换盖\n    新盖{今晚前}寄您。\n")

    monkeypatch.setattr(
        "sys.stdin", io.TextIOWrapper(io.BytesIO(b"We value your business."), encoding="utf-8")
    )
    told = said(capsys, "scripts", "add", "--title", "Hm", "--stage", "thanks", "--text", "-")
    assert "office talk" in told

    assert main(["scripts", "add", "--title", "x", "--stage", "ask", "--text", "{broken"]) == 6
    assert main(["scripts", "add", "--text", "x"]) == 2
    capsys.readouterr()
    checked = json.loads(said(capsys, "scripts", "check", "--json"))
    assert (checked["scripts"], checked["problems"]) == (128, [])
    assert {finding["fault"] for finding in checked["tone"]} == {"office"}


def test_help_tells_the_exit_codes(home: Path, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as end:
        main(["--help"])

    assert end.value.code == 0
    assert "130  interrupted" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["demo", "--speed", "0"], ["demo", "--speed", "x"], ["nonsense"]])
def test_a_wrong_command_line_is_exit_code_two(home: Path, arguments: list[str]):
    with pytest.raises(SystemExit) as end:
        main(arguments)

    assert end.value.code == 2


@pytest.mark.parametrize("speed", ["0", "-1", "x", "nan", "3601"])
def test_a_speed_that_is_none_is_told_in_the_language_spoken(
    home: Path, capsys: pytest.CaptureFixture[str], speed: str
):
    with pytest.raises(SystemExit):
        main(["demo", f"--speed={speed}"])

    assert f"{speed}: expected a number above 0, 3600 at most" in capsys.readouterr().err


@pytest.mark.parametrize("at", ["99", "teatime"])
def test_a_time_of_no_day_is_refused_also_where_nobody_looks(
    home: Path, capsys: pytest.CaptureFixture[str], at: str
):
    assert main(["demo", "--at", at, "--json"]) == 2
    assert at in capsys.readouterr().err


@pytest.mark.parametrize("day", ["30 Feb", "2026-02-30", "0001-01-01", "9999-12-31"])
def test_a_demo_of_no_day_is_a_clear_line(home: Path, capsys: pytest.CaptureFixture[str], day: str):
    assert main(["demo", "--date", day]) == 2
    assert day in capsys.readouterr().err


def test_an_error_never_steers_a_terminal(desk: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["show", "\x1b[2J"]) == 5
    assert "\x1b" not in capsys.readouterr().err


# --- short names -----------------------------------------------------------------------------------


def test_a_short_name_is_found_whole_or_in_part():
    ids = CaseIds(f"case/{n}" for n in range(50))

    for n in range(50):
        assert ids.find(ids.short(f"case/{n}")) == f"case/{n}"
    assert ids.find(ids.short("case/7").upper()) == "case/7"
    assert ids.find("case/7") == "case/7"


def test_a_name_that_could_be_several_is_refused():
    ids = CaseIds(f"case/{n}" for n in range(50))

    with pytest.raises(NotFound, match="could be"):
        ids.find(ids.short("case/7")[0])


def test_no_case_has_no_name():
    with pytest.raises(NotFound):
        CaseIds([]).find("a")
