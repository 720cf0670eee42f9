import dataclasses
import re
import tomllib
from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from kefu_tui.config import (
    CHANNELS,
    AccountSettings,
    FeedAccount,
    ManualAccount,
    MastodonAccount,
    RuleSettings,
    Settings,
    Weights,
    Words,
    load,
    parse,
)
from kefu_tui.domain.errors import ConfigError, KefuError
from kefu_tui.domain.hours import Block
from kefu_tui.domain.rules import Rule
from kefu_tui.domain.triage import Weights as JudgesWeights
from kefu_tui.domain.verdict import Category, Priority
from kefu_tui.domain.words import Words as JudgesWords
from kefu_tui.secrets import SecretRef
from kefu_tui.setting_values import parse_duration
from kefu_tui.settings_reader import entries

EXAMPLE = Path(__file__).parents[1] / "config.example.toml"

MASTODON = """
[[account]]
name = "home"
channel = "mastodon"
server = "https://mastodon.example"
token = "env:KEFU_MASTODON_TOKEN"
"""

PLACES = ", ".join(CHANNELS)
CATEGORIES = ", ".join(Category)
RULE = """
[[rule]]
name = "召回"
"""


def problems_of(content: str) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        parse(content, "config.toml")
    return [str(problem) for problem in refused.value.problems]


def test_an_empty_file_is_all_defaults_and_no_account():
    settings = parse("", "config.toml")

    assert settings == Settings()
    assert settings.accounts == ()
    assert settings.timezone is None
    assert settings.desk.undo_window == timedelta(seconds=10)
    assert settings.targets.p3 == timedelta(days=1)


def test_every_value_arrives_with_its_type():
    settings = parse(
        """
        language = "zh_Hans"
        timezone = "Asia/Shanghai"
        [me]
        name = "阿岚"
        [brand]
        names = ["云雀杯", "雀杯"]
        products = ["保温杯"]
        [desk]
        undo_window = "0s"
        theme = "paper"
        scripts_dir = "/srv/scripts"
        [targets]
        p0 = "5m"
        p1 = "1h30m"
        [reach]
        big = 500
        huge = 9000
        reposts = 20
        [triage]
        vips = ["@aying"]
        media = ["新渡晚报"]
        [triage.weights]
        reach = 0
        same_cause = 3
        [triage.words]
        harm = ["炸釉"]
        [[rule]]
        name = "召回"
        keywords = ["壶盖"]
        pattern = '26-0[1-3]'
        authors = ["lin"]
        channels = ["phone"]
        categories = ["质量", "after_sales"]
        priority = "P1"
        category = "质量"
        tag = "盖"
        noise = false
        [keys]
        reply = "r"
        snooze = ["z", "f6"]
        """,
        "config.toml",
    )

    assert settings.language == "zh_Hans"
    assert settings.timezone == ZoneInfo("Asia/Shanghai")
    assert settings.me.name == "阿岚"
    assert settings.brand.names == ("云雀杯", "雀杯")
    assert settings.brand.products == ("保温杯",)
    assert settings.desk.undo_window == timedelta()
    assert settings.desk.theme == "paper"
    assert settings.desk.scripts_dir == Path("/srv/scripts")
    assert settings.targets.p0 == timedelta(minutes=5)
    assert settings.targets.p1 == timedelta(minutes=90)
    assert settings.targets.p2 == timedelta(hours=1)
    assert (settings.reach.big, settings.reach.huge, settings.reach.reposts) == (500, 9000, 20)
    assert (settings.triage.vips, settings.triage.media) == (("@aying",), ("新渡晚报",))
    assert settings.triage.weights == Weights(reach=0, same_cause=3)
    assert settings.triage.words == Words(harm=("炸釉",))
    assert settings.rules == (
        Rule(
            name="召回",
            keywords=("壶盖",),
            pattern="26-0[1-3]",
            authors=("lin",),
            channels=("phone",),
            categories=(Category.QUALITY, Category.AFTER_SALES),
            priority=Priority.P1,
            category=Category.QUALITY,
            tag="盖",
            noise=False,
        ),
    )
    assert settings.keys == {"reply": ("r",), "snooze": ("z", "f6")}


def test_each_channel_has_its_own_kind_of_account():
    settings = parse(
        MASTODON
        + """
        interval = "5s"
        read_only = true
        [[account]]
        name = "论坛-2.0"
        channel = "rss"
        url = "http://forum.example:8080/feed.xml"
        [[account]]
        name = "phone"
        channel = "manual"
        """,
        "config.toml",
    )

    assert settings.accounts == (
        MastodonAccount(
            name="home",
            server="https://mastodon.example",
            token=SecretRef("env", "KEFU_MASTODON_TOKEN"),
            interval=timedelta(seconds=5),
            read_only=True,
        ),
        FeedAccount(name="论坛-2.0", url="http://forum.example:8080/feed.xml"),
        ManualAccount(name="phone"),
    )
    assert [account.channel for account in settings.accounts] == ["mastodon", "rss", "manual"]


def test_ten_mistakes_are_ten_problems_in_the_order_of_the_file():
    content = """
        langauge = "en"
        timezone = "Asia/Shangai"
        [me]
        name = 7
        [brand]
        products = ["mug", false]
        [desk]
        undo_window = "2m"
        [reach]
        big = "many"
        [[account]]
        name = "home"
        channel = "mastodon"
        server = "mastodon.example"
        tokne = "env:KEFU_MASTODON_TOKEN"
        [[account]]
        name = "shop floor"
        channel = "manaul"
        """

    assert problems_of(content) == [
        "langauge: unknown key; did you mean 'language'?",
        "timezone: unknown time zone 'Asia/Shangai'; did you mean 'Asia/Shanghai'?",
        "me.name: expected text in quotes, found 7",
        "brand.products[1]: expected text in quotes, found false",
        "desk.undo_window: must be at most 60s, found '2m'",
        "reach.big: expected a whole number, found 'many'",
        "account[0].server: expected an address that starts with https:// or http://",
        "account[0].tokne: unknown key; did you mean 'token'?",
        f"account[1].channel: expected one of {PLACES}; found 'manaul', did you mean 'manual'?",
        "account[1].name: expected letters and digits, with - _ . between them; found 'shop floor'",
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('language = "zh"', "language: expected one of auto, zh_Hans, en; found 'zh'"),
        ('timezone = ""', "timezone: must not be empty"),
        (
            'timezone = "../../etc/passwd"',
            "timezone: unknown time zone '../../etc/passwd'; expected auto or a name such as Asia/Shanghai",
        ),
        ("desk = 1", "desk: expected a table, found 1"),
        ("[[desk]]", "desk: expected a table, found […]"),
        ("keys = []", "keys: expected a table, found […]"),
        ("keys = { reply = 1 }", "keys.reply: expected text in quotes, found 1"),
        ('keys = { reply = ["r", ""] }', "keys.reply[1]: must not be empty"),
        ('brand = { names = "mug" }', "brand.names: expected a list in brackets, found 'mug'"),
        ('me = { name = "a\\u001b[31mb" }', "me.name: must be one line without control characters"),
        (
            'desk = { scripts_dir = "mine" }',
            "desk.scripts_dir: expected a path that starts with / or ~, found 'mine'",
        ),
        (
            'desk = { scripts_dir = "~nobody-of-that-name/x" }',
            "desk.scripts_dir: no such home directory: '~nobody-of-that-name/x'",
        ),
        (
            "desk = { undo_window = 10 }",
            'desk.undo_window: expected a duration such as "90s", "10m", "24h" or "3d", found 10',
        ),
        (
            'desk = { undo_window = "ten" }',
            'desk.undo_window: expected a duration such as "90s", "10m", "24h" or "3d", found \'ten\'',
        ),
        ('desk = { undo_window = "-5s" }', "desk.undo_window: must be at least 0s, found '-5s'"),
        ('targets = { p0 = "0s" }', "targets.p0: must be at least 1s, found '0s'"),
        ("reach = { big = 0 }", "reach.big: must be at least 1, found 0"),
        ("reach = { big = true }", "reach.big: expected a whole number, found true"),
        ("reach = { big = 500000 }", "reach.huge: must be at least 500000, found 100000"),
        ("reach = { big = 2026-01-01 }", "reach.big: expected a whole number, found 2026-01-01"),
        ('"a\\u001b" = 1', "'a\\x1b': unknown key"),
        ("account = {}", "account: write [[account]], with two pairs of brackets, above each account"),
        ("account = [1]", "account[0]: expected a table, found 1"),
        ("triage = { vip = [] }", "triage.vip: unknown key; did you mean 'vips'?"),
        ('triage = { vips = "lin" }', "triage.vips: expected a list in brackets, found 'lin'"),
        ("triage = { weights = { reach = 4 } }", "triage.weights.reach: must be at most 3, found 4"),
        ("triage = { weights = { reach = -1 } }", "triage.weights.reach: must be at least 0, found -1"),
        (
            "triage = { weights = { repost = 1 } }",
            "triage.weights.repost: unknown key; did you mean 'repeat'?",
        ),
        ("triage = { words = { hram = [] } }", "triage.words.hram: unknown key; did you mean 'harm'?"),
        ('triage = { words = { harm = [""] } }', "triage.words.harm[0]: must not be empty"),
        ("view = {}", "view: write [[view]], with two pairs of brackets, above each view"),
        ('[[view]]\nname = "x"', "view[0].find: missing; it has no default"),
        (
            '[[view]]\nname = "x"\nfind = "is:lost"',
            "view[0].find: is:lost is not known; try waiting, them, snoozed, closed, overdue, same, noise",
        ),
        (
            '[[view]]\nname = "x"\nfind = "a"\n[[view]]\nname = "x"\nfind = "b"',
            "view[1].name: 'x' is already the name of view[0]",
        ),
        ("rule = {}", "rule: write [[rule]], with two pairs of brackets, above each rule"),
        ("rule = [1]", "rule[0]: expected a table, found 1"),
        ('[[rule]]\ntag = "x"\nkeywords = ["a"]', "rule[0].name: missing; it has no default"),
        (RULE + 'keyword = ["a"]', "rule[0] '召回'.keyword: unknown key; did you mean 'keywords'?"),
        (
            RULE + 'tag = "x"',
            "rule[0] '召回': asks nothing; give keywords, pattern, authors, channels or categories",
        ),
        (
            RULE + 'tag = "x"\nkeywords = []',
            "rule[0] '召回': asks nothing; give keywords, pattern, authors, channels or categories",
        ),
        (
            RULE + 'keywords = ["a"]',
            "rule[0] '召回': does nothing; give priority, category, tag or noise",
        ),
        (
            RULE + 'keywords = ["a"]\nnoise = true\npriority = "P1"',
            "rule[0] '召回': noise = true and a priority above P3 exclude each other",
        ),
        (
            RULE + 'tag = "x"\npattern = "(壶盖"',
            "rule[0] '召回'.pattern: not a regular expression: missing ) at character 4 of '(壶盖'",
        ),
        (
            RULE + f'tag = "x"\npattern = "{"(" * 400 + ")" * 400}"',
            f"rule[0] '召回'.pattern: not a regular expression: nested too deeply; found '{'(' * 38}…",
        ),
        (
            RULE + 'keywords = ["a"]\npriority = "p1"',
            "rule[0] '召回'.priority: expected one of P0, P1, P2, P3; found 'p1', did you mean 'P1'?",
        ),
        (
            RULE + 'tag = "x"\ncategory = "质量的"',
            f"rule[0] '召回'.category: expected one of {CATEGORIES}; found '质量的', did you mean '质量'?",
        ),
        (
            (RULE + 'tag = "x"\nkeywords = ["a"]') * 2,
            "rule[1].name: '召回' is already the name of rule[0]",
        ),
        (MASTODON + 'interval = "-1m"', "account[0].interval: must be at least 5s, found '-1m'"),
        (MASTODON + 'interval = "4s"', "account[0].interval: must be at least 5s, found '4s'"),
        (MASTODON + 'read_only = "no"', "account[0].read_only: expected true or false, found 'no'"),
        (MASTODON + MASTODON, "account[1].name: 'home' is already the name of account[0]"),
        (
            '[[account]]\nname = "x"',
            f"account[0].channel: missing; expected one of {PLACES}",
        ),
        (
            '[[account]]\nchannel = "manual"',
            "account[0].name: missing; it has no default",
        ),
        (
            '[[account]]\nname = "../up"\nchannel = "manual"',
            "account[0].name: expected letters and digits, with - _ . between them; found '../up'",
        ),
    ],
)
def test_a_bad_value_is_named_with_its_place_and_what_was_found(content: str, problem: str):
    assert problems_of(content) == [problem]


def test_every_problem_of_every_rule_is_told_at_once():
    content = """
        [[rule]]
        name = "a"
        pattern = "[a"
        priority = 1
        [[rule]]
        name = "b"
        keywords = ["x"]
        noise = "yes"
        """

    assert problems_of(content) == [
        "rule[0] 'a'.pattern: not a regular expression: unterminated character set at character 3 of '[a'",
        "rule[0] 'a'.priority: expected text in quotes, found 1",
        "rule[1] 'b'.noise: expected true or false, found 'yes'",
    ]


def test_a_misspelt_channel_key_is_found_though_the_channel_is_then_missing():
    assert problems_of('[[account]]\nname = "x"\nchanel = "rss"\nurl = "https://forum.example"') == [
        f"account[0].channel: missing; expected one of {PLACES}",
        "account[0].chanel: unknown key; did you mean 'channel'?",
    ]


@pytest.mark.parametrize(
    "address",
    [
        "ftp://forum.example/feed",
        "https://",
        "https://[::1/feed",
        "https://forum.example:port/feed",
        "https://forum.example/a feed",
        "javascript:alert(1)",
    ],
)
def test_only_a_web_address_is_an_address(address: str):
    assert problems_of(f'[[account]]\nname = "f"\nchannel = "rss"\nurl = "{address}"') == [
        "account[0].url: expected an address that starts with https:// or http://"
    ]


def test_an_address_with_a_password_is_refused_and_not_repeated():
    [problem] = problems_of(
        '[[account]]\nname = "f"\nchannel = "rss"\nurl = "https://lan:s3same@forum.example/feed"'
    )

    assert problem == "account[0].url: a user name or password must not be part of the address"


@pytest.mark.parametrize(
    "written", ['"s3same-open"', '"evn:s3same-open"', '"env:s3same-open"', "53537", '["s3same"]']
)
def test_a_secret_in_clear_is_refused_and_never_repeated(written: str):
    with pytest.raises(ConfigError) as refused:
        parse(MASTODON.replace('"env:KEFU_MASTODON_TOKEN"', written), "config.toml")

    [problem] = refused.value.problems
    assert str(problem).startswith("account[0].token: ")
    assert "env:NAME" in str(problem) or "environment variable" in str(problem)
    for said in (str(refused.value), repr(refused.value), repr(problem), repr(problem.params)):
        assert "s3same" not in said
        assert "53537" not in said


def test_text_that_is_not_toml_is_refused_with_its_line():
    assert problems_of('language = "en"\n\n[me\n') == [
        "line 3: this is not TOML: Expected ']' at the end of a table declaration"
    ]
    assert problems_of('language = "en"\nme = {') == [
        "line 2: this is not TOML: Invalid initial character for a key part"
    ]


def test_a_missing_file_points_to_init(tmp_path: Path):
    with pytest.raises(ConfigError) as refused:
        load(tmp_path / "config.toml")

    assert str(refused.value) == (
        f"{tmp_path / 'config.toml'}: 1 problem(s)\n  there is no such file; copy "
        "config.example.toml there to begin"
    )


def test_a_file_that_cannot_be_read_is_a_problem_not_a_crash(tmp_path: Path):
    with pytest.raises(ConfigError) as refused:
        load(tmp_path)

    assert str(refused.value.problems[0]) == "cannot be read: Is a directory"


def test_a_file_in_another_encoding_is_refused_with_its_line(tmp_path: Path):
    file = tmp_path / "config.toml"
    file.write_bytes('[me]\nname = "阿岚"\n'.encode("gb18030"))

    with pytest.raises(ConfigError) as refused:
        load(file)

    assert str(refused.value.problems[0]) == "line 2: not UTF-8 text"


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path: Path):
    file = tmp_path / "config.toml"
    file.write_bytes('[me]\r\nname = "阿岚"\r\n'.encode("utf-8-sig"))

    assert load(file).me.name == "阿岚"


def test_a_home_directory_is_meant_by_a_tilde(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", "/home/lan")

    settings = parse('desk = { scripts_dir = "~/words" }', "config.toml")

    assert settings.desk.scripts_dir == Path("/home/lan/words")


def test_settings_cannot_be_changed():
    settings = parse('keys = { reply = "r" }', "config.toml")

    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.language = "en"  # type: ignore[misc]
    with pytest.raises(TypeError):
        settings.keys["reply"] = ("x",)  # type: ignore[index]


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("90s", timedelta(seconds=90)),
        ("10m", timedelta(minutes=10)),
        ("24h", timedelta(days=1)),
        ("3d", timedelta(days=3)),
        ("1d2h3m4s", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ("-2h", timedelta(hours=-2)),
    ],
)
def test_durations_are_numbers_with_units(written: str, length: timedelta):
    assert parse_duration(written) == length


@pytest.mark.parametrize(
    "written", ["", "-", "5", "s", "5 s", "1m1h", "1.5h", "5S", "５s", "9" * 30 + "d", "5s\n"]
)
def test_what_is_no_duration_is_none(written: str):
    assert parse_duration(written) is None


def settings_or_problems(content: str) -> Settings | tuple[KefuError, ...]:
    try:
        return parse(content, "config.toml")
    except ConfigError as error:
        return error.problems


@examples(deadline=None)
@given(st.text())
def test_no_text_whatever_crashes_the_reader(content: str):
    assert settings_or_problems(content)


TOML_VALUES = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.text() | st.dates(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["name", "channel", "p0", "x"]), inner),
    max_leaves=6,
)


@examples(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from([*entries(Settings), "else"]), TOML_VALUES))
def test_no_value_whatever_crashes_the_reader(document: dict[str, object]):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tomllib, "loads", lambda _: document)
        assert settings_or_problems("")


def test_the_tables_of_triage_are_those_the_judge_knows_with_the_same_defaults():
    assert dataclasses.asdict(Weights()) == dataclasses.asdict(JudgesWeights())
    assert dataclasses.asdict(Words()) == dataclasses.asdict(JudgesWords())
    assert {field.name for field in dataclasses.fields(RuleSettings)} == {
        field.name for field in dataclasses.fields(Rule)
    }


def test_the_example_shows_exactly_the_defaults():
    assert parse(EXAMPLE.read_text("utf-8"), "config.example.toml") == Settings()


def test_the_example_is_still_valid_with_every_placeholder_switched_on():
    settings = parse(_switched_on(), "config.example.toml")

    assert {type(account) for account in settings.accounts} == set(CHANNELS.values())
    assert settings.me.name == "阿岚"


def test_the_example_has_every_key_there_is():
    document = tomllib.loads(_switched_on())

    assert _keys(Settings) <= _written(document)
    for channel, schema in CHANNELS.items():
        [account] = [account for account in document["account"] if account["channel"] == channel]
        own = entries(schema).keys() - entries(AccountSettings).keys()
        assert own <= account.keys()
    [rule] = document["rule"]
    assert rule.keys() == entries(RuleSettings).keys()
    explained = EXAMPLE.read_text("utf-8")
    for key in ("channel", *entries(AccountSettings), *entries(RuleSettings)):
        assert f"#   {key} " in explained


def _switched_on() -> str:
    return re.sub(r"^#(?=[^ #\n])", "", EXAMPLE.read_text("utf-8"), flags=re.MULTILINE)


def _keys(schema: type, prefix: str = "") -> set[str]:
    found = set()
    for key, entry in entries(schema).items():
        found.add(prefix + key)
        default = getattr(Settings(), entry.field, None)
        if not prefix and dataclasses.is_dataclass(default):
            found |= _keys(type(default), f"{key}.")
    if not prefix:
        found |= {f"triage.weights.{key}" for key in entries(Weights)}
        found |= {f"triage.words.{key}" for key in entries(Words)}
    return found


def _written(document: dict[str, object]) -> set[str]:
    found = set(document)
    for key, value in document.items():
        if isinstance(value, dict):
            found |= {f"{key}.{name}" for name in _written(value)}
    return found


class TestHours:
    def test_blocks_are_read_one_or_several_and_midnight_is_24(self):
        settings = parse(
            '[hours]\ndesk = ["09:00-12:00", "13:30-24:00"]\nquiet = "22:30-8:00"\nholidays = "CN"\n', "c"
        )

        hours = settings.hours
        assert hours.desk == (Block(time(9), time(12)), Block(time(13, 30), time(0)))
        assert hours.quiet == (Block(time(22, 30), time(8)),)
        assert (hours.quiet_free, hours.desk_free, hours.holidays) == (None, None, "CN")

    @pytest.mark.parametrize("written", ["nine to five", "25:00-26:00", "09:00-09:00", "9-17"])
    def test_what_is_no_block_is_refused_by_its_key(self, written: str):
        with pytest.raises(ConfigError, match=r"hours\.desk\[0\]: expected two times of day"):
            parse(f'[hours]\ndesk = ["{written}"]\n', "c")

    def test_a_country_nobody_keeps_a_calendar_of_is_refused(self):
        with pytest.raises(ConfigError, match=r"hours\.holidays: expected one of none, CN"):
            parse('[hours]\nholidays = "Atlantis"\n', "c")
