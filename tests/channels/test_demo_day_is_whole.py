"""Do the demo's day and the starter scripts hold together? Nothing else reads them as strictly."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from difflib import SequenceMatcher
from importlib.resources import files
from itertools import combinations
from typing import Any

import pytest

from kefu_tui.domain.script import RenderContext, Stage, broken_braces, render
from kefu_tui.domain.verdict import Category, Language

Row = Mapping[str, Any]
Day = Mapping[str, Any]  # tables of rows, and the one table `shop`

SCRIPT_LANGUAGES = {"zh_Hans": Language.HANS, "zh_Hant": Language.HANT, "en": Language.ENGLISH}
LONGEST_BODY = {"zh_Hans": 120, "zh_Hant": 120, "en": 280}
KINDS = {"mention", "comment", "reply", "quote", "repost", "direct"}
POST_FIELDS = {
    "id", "by", "at", "text", "kind", "visibility", "in_reply_to", "cause", "expect", "category",
    "amended_at", "amended_text", "deleted_at", "reposts",
}  # fmt: skip
OFFICIALESE = (
    "亲，",
    "亲爱的",
    "敬请谅解",
    "高度重视",
    "给您带来不便",
    "敬請見諒",
    "高度重視",
    "造成您的不便",
)
ONLY_TRADITIONAL = re.compile("[這個們說壺蓋還沒嗎請麼係嘅喺過兩單關樣]")
HAN = re.compile("[一-鿿]")


def toml(package: str, name: str) -> dict[str, Any]:
    return tomllib.loads(files(package).joinpath(name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def day() -> dict[str, Any]:
    return toml("kefu_tui.channels", "demo_day.toml")


@pytest.fixture(scope="module")
def posts(day: Day) -> dict[str, Row]:
    return {post["id"]: post for post in day["post"]}


@pytest.fixture(scope="module")
def people(day: Day) -> dict[str, Row]:
    return {person["id"]: person for person in day["person"]}


@pytest.fixture(params=SCRIPT_LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def scripts(language: str) -> list[Row]:
    rows: list[Row] = toml("kefu_tui.scripts", f"{language}.toml")["script"]
    return rows


def minute(at: str) -> int:
    """Minutes since midnight; the day's hours are written `HH:MM`."""
    assert re.fullmatch(r"\d\d:[0-5]\d", at), at
    return int(at[:2]) * 60 + int(at[3:])


def tongue(text: str) -> str:
    if ONLY_TRADITIONAL.search(text):
        return "zh-Hant"
    return "zh-Hans" if HAN.search(text) else "en"


def in_order(moments: Iterable[int]) -> bool:
    listed = list(moments)
    return listed == sorted(listed)


def opening(day: Day) -> int:
    return minute(day["shop"]["opens_at"])


def test_the_day_is_big_enough_to_try_everything_on(day: Day, posts: Mapping[str, Row]) -> None:
    opens = opening(day)
    before = [post for post in day["post"] if minute(post["at"]) < opens]
    assert 64 <= len(posts) <= 75
    assert 26 <= len(before) <= 30
    assert len({post["by"] for post in day["post"]}) >= 38
    assert len(day["account"]) == 3


def test_ids_are_used_once(day: Day) -> None:
    for table in ("post", "person"):
        ids = [row["id"] for row in day[table]]
        assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z0-9-]+", row["id"]) for row in day["person"])


def test_every_reference_finds_its_row(day: Day, posts: Mapping[str, Row], people: Mapping[str, Row]) -> None:
    accounts = {account["name"] for account in day["account"]}
    assert {person["account"] for person in people.values()} == accounts
    assert {post["by"] for post in day["post"]} == set(people)
    assert {row["to"] for table in ("answer", "reaction") for row in day[table]} <= set(posts)


def test_a_follow_up_comes_from_the_same_person_and_later(posts: Mapping[str, Row]) -> None:
    follow_ups = [post for post in posts.values() if "in_reply_to" in post]
    assert follow_ups
    for post in follow_ups:
        earlier = posts[post["in_reply_to"]]
        assert earlier["by"] == post["by"]
        assert minute(earlier["at"]) < minute(post["at"])


def test_posts_use_only_the_words_of_the_schema(posts: Mapping[str, Row]) -> None:
    for post in posts.values():
        assert set(post) <= POST_FIELDS, post["id"]
        assert post["kind"] in KINDS
        assert (post["kind"] == "direct") == (post["visibility"] == "direct")
        assert post["visibility"] in {"public", "direct"}
        assert post["expect"] in {"P0", "P1", "P2", "P3"}
        assert Category(post["category"])
        assert post["text"].strip()


def test_people_use_only_the_words_of_the_schema(people: Mapping[str, Row]) -> None:
    for person in people.values():
        assert set(person) == {"id", "name", "handle", "account", "followers", "verified"}
        assert person["verified"] in {"none", "person", "organisation", "media", "government"}
        assert person["followers"] >= 0
    assert "" in {person["name"] for person in people.values()}
    assert any("\u200d" in person["name"] for person in people.values())
    assert any(p["followers"] == 820_000 and p["verified"] == "person" for p in people.values())
    assert any(p["verified"] == "media" for p in people.values())


def test_the_day_is_told_in_its_order(day: Day) -> None:
    assert in_order(minute(post["at"]) for post in day["post"])
    assert in_order(minute(answer["at"]) for answer in day["answer"])
    assert all(8 * 60 <= minute(row["at"]) <= 23 * 60 + 50 for row in day["post"] + day["answer"])


def test_a_change_follows_the_post_it_changes(posts: Mapping[str, Row]) -> None:
    for post in posts.values():
        assert ("amended_at" in post) == ("amended_text" in post)
        moments = [minute(post[key]) for key in ("at", "amended_at", "deleted_at") if key in post]
        assert moments == sorted(set(moments)), post["id"]


def test_an_answer_comes_once_after_its_post_while_it_stands(day: Day, posts: Mapping[str, Row]) -> None:
    assert len({answer["to"] for answer in day["answer"]}) == len(day["answer"])
    for answer in day["answer"]:
        post = posts[answer["to"]]
        assert minute(post["at"]) < minute(answer["at"]) < minute(post.get("deleted_at", "23:59"))


def test_an_answer_fits_its_account_and_speaks_the_customers_language(
    day: Day, posts: Mapping[str, Row], people: Mapping[str, Row]
) -> None:
    limits = {account["name"]: account["length_limit"] for account in day["account"]}
    for answer in day["answer"]:
        post = posts[answer["to"]]
        assert len(answer["text"]) <= limits[people[post["by"]]["account"]], answer["to"]
        assert tongue(answer["text"]) == tongue(post["text"]), answer["to"]
        assert not any(phrase in answer["text"] for phrase in OFFICIALESE)


def test_a_customer_reacts_once_and_in_one_way(day: Day) -> None:
    assert len(day["reaction"]) >= 8
    assert len({row["to"] for row in day["reaction"]}) == len(day["reaction"])
    for row in day["reaction"]:
        assert len({"text", "amended_text", "deleted"} & set(row)) == 1
        assert set(row) <= {"to", "after_minutes", "text", "amended_text", "deleted"}
        assert row["after_minutes"] > 0
        assert row.get("deleted", True) is True
    for change in ("text", "amended_text", "deleted"):
        assert any(change in row for row in day["reaction"])


def test_a_post_is_not_changed_by_the_hour_and_by_an_answer_too(day: Day, posts: Mapping[str, Row]) -> None:
    for row in day["reaction"]:
        assert not {"amended_at", "deleted_at"} & set(posts[row["to"]])


def test_the_day_speaks_three_languages(posts: Mapping[str, Row]) -> None:
    spoken = [tongue(post["text"]) for post in posts.values()]
    assert spoken.count("zh-Hant") >= 12
    assert spoken.count("en") >= 12
    assert spoken.count("zh-Hans") >= 24


def test_one_cause_hits_five_customers_in_all_three(posts: Mapping[str, Row]) -> None:
    hit: defaultdict[str, set[str]] = defaultdict(set)
    lid = [post for post in posts.values() if post.get("cause") == "kettle-lid"]
    for post in lid:
        hit[tongue(post["text"])].add(post["by"])
    assert set(hit) == {"zh-Hans", "zh-Hant", "en"}
    assert len(set().union(*hit.values())) >= 5
    assert any(post["expect"] == "P0" and "水泡" in post["text"] for post in lid)
    assert any(post["expect"] == "P0" and "12315" in post["text"] for post in lid)


def test_an_urgent_post_is_overdue_when_the_desk_opens(day: Day, posts: Mapping[str, Row]) -> None:
    opens = opening(day)
    answered = {answer["to"] for answer in day["answer"] if minute(answer["at"]) < opens}
    waiting = [post for key, post in posts.items() if key not in answered and minute(post["at"]) < opens]
    assert any(post["expect"] == "P1" and opens - minute(post["at"]) > 25 for post in waiting)
    assert 2 <= sum(post["category"] != Category.NOISE for post in waiting) <= 6


def test_the_day_holds_texts_that_break_careless_programs(posts: Mapping[str, Row]) -> None:
    texts = [post["text"] for post in posts.values()]
    assert any("[/]" in text and "[@click=app.quit]" in text and "[red]" in text for text in texts)
    assert any(850 <= len(text) <= 1000 for text in texts)
    assert any("👨‍👩‍👧‍👦" in text and "🏾" in text for text in texts)
    assert any(re.fullmatch(r"@\S+ \?\?\?", text) for text in texts)
    assert any("报警" in post["text"] and post["expect"] == "P3" for post in posts.values())
    assert any("曝光" in post["text"] and post["expect"] in {"P2", "P3"} for post in posts.values())


def test_advertisers_copy_each_other(posts: Mapping[str, Row]) -> None:
    spam = [post["text"] for post in posts.values() if post["category"] == Category.NOISE]
    assert len(spam) >= 5
    copies = [pair for pair in combinations(spam, 2) if SequenceMatcher(None, *pair).ratio() > 0.7]
    assert len(copies) >= 2


def test_the_starter_scripts_are_the_same_ones_in_every_language() -> None:
    listed = [[(row["id"], row["stage"], row["tone"]) for row in scripts(name)] for name in SCRIPT_LANGUAGES]
    assert all(rows == listed[0] for rows in listed)
    assert len({script_id for script_id, *_ in listed[0]}) == len(listed[0])


def test_every_stage_has_two_scripts(language: str) -> None:
    stages = [row["stage"] for row in scripts(language)]
    assert all(stages.count(stage) >= 2 for stage in Stage)
    assert in_order(list(Stage).index(Stage(stage)) for stage in stages)


def test_starter_scripts_are_short_and_no_officialese(language: str) -> None:
    for row in scripts(language):
        fields = {"id", "stage", "title", "keywords", "tone", "body"}
        assert set(row) == (fields if language == "en" else fields | {"initials"}), row["id"]
        assert row["tone"] in {"warm", "plain", "formal"}
        assert row["keywords"]
        assert len(row["body"]) <= LONGEST_BODY[language], row["id"]
        assert not any(phrase in row["body"] for phrase in OFFICIALESE)
        if language != "en":
            assert re.fullmatch(r"[a-z]+", row["initials"])
            assert len(row["initials"]) == len(row["title"]), row["id"]


def test_a_starter_script_leaves_only_its_prompts_open(language: str) -> None:
    # knowing nobody but ourselves: the hardest customer to write to
    nobody = RenderContext(
        values={"me": "阿棠"},
        now=datetime(2026, 7, 2, 20, 30, tzinfo=UTC),
        language=SCRIPT_LANGUAGES[language],
    )
    ready = set()
    for row in scripts(language):
        rendered = render(row["body"], nobody)
        assert all(field.is_prompt for field in rendered.open_fields), row["id"]
        assert not broken_braces(rendered.text)
        if not rendered.open_fields:
            ready.add(row["stage"])
    assert ready == set(Stage)
