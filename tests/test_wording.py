from collections.abc import Iterator
from enum import Enum
from typing import Any

import pytest

from kefu_tui import wording
from kefu_tui.domain.case import WorkState
from kefu_tui.domain.clocks import DEFINITIONS
from kefu_tui.domain.feed import View
from kefu_tui.domain.lessons import Target
from kefu_tui.domain.mention import Kind, Verified, Visibility
from kefu_tui.domain.outbox import OutboxState
from kefu_tui.domain.relationship import Relationship
from kefu_tui.domain.script import Stage
from kefu_tui.domain.verdict import Aspect, Category, Language, Reason, ReasonKind, Sentiment
from kefu_tui.i18n import LANGUAGES, using
from kefu_tui.services.desk import snooze_choices
from tests.builders import EPOCH, a_verdict

SPOKEN: dict[type[Enum], Any] = {
    Category: wording.category,
    WorkState: wording.state,
    View: wording.view,
    Stage: wording.stage,
    Sentiment: wording.sentiment,
    Aspect: wording.aspect,
    Language: wording.text_language,
    OutboxState: wording.outbox_state,
    Visibility: wording.visibility,
    Kind: wording.kind,
    Verified: wording.verified,
    Relationship: wording.relationship,
}


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with using("en"):
        yield


@pytest.mark.parametrize("spoken", LANGUAGES)
@pytest.mark.parametrize("enum", SPOKEN)
def test_every_value_has_words_of_its_own(enum: type[Enum], spoken: str):
    with using(spoken):
        words = [SPOKEN[enum](value) for value in enum]

    assert all(words)
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("evidence", ["", "退款", "82"])
@pytest.mark.parametrize("kind", ReasonKind)
def test_every_reason_can_be_said(kind: ReasonKind, evidence: str):
    assert wording.reason(Reason(kind, evidence))


def test_every_preset_and_every_figure_has_words():
    assert all(wording.snooze_choice(choice.id) for choice in snooze_choices(EPOCH))
    for name in DEFINITIONS:
        assert wording.figure(name)
        assert wording.definition(name)


@pytest.mark.parametrize(
    ("count", "english", "chinese"),
    [
        (0, "0", "0"),
        (1234, "1234", "1234"),
        (9999, "9999", "9999"),
        (10_000, "10k", "1万"),
        (12_900, "12k", "1.2万"),
        (820_000, "820k", "82万"),
        (1_250_000, "1.2M", "125万"),
        (123_000_000, "123M", "1.2亿"),
    ],
)
def test_followers_are_told_at_a_glance(count: int, english: str, chinese: str):
    assert wording.followers(count) == english
    with using("zh_Hans"):
        assert wording.followers(count) == chinese


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (Reason(ReasonKind.REACH, "820000"), "big account, 820k followers"),
        (Reason(ReasonKind.WAITING, "34"), "waited 34m"),
        (Reason(ReasonKind.REPEAT, "3"), "wrote 3 times"),
        (Reason(ReasonKind.VERIFIED, "media"), "media"),
        (Reason(ReasonKind.THREAT, "12315"), "“12315” threatens in person"),
        (Reason(ReasonKind.NOISE), "noise"),
        (Reason(ReasonKind.CORRECTED, "priority"), "priority set by hand"),
        (Reason(ReasonKind.CORRECTED, "sentiment"), "mood set by hand"),
        (Reason(ReasonKind.SPREAD, "640"), "reposted ×640"),
        (Reason(ReasonKind.RELATIONSHIP, "at_risk"), "customer at risk"),
        (Reason(ReasonKind.VIP), "VIP"),
        (Reason(ReasonKind.OUTLET), "media account"),
        (Reason(ReasonKind.RULE, "recall"), "rule “recall”"),
    ],
)
def test_a_reason_shows_its_evidence(reason: Reason, words: str):
    assert wording.reason(reason) == words


def test_the_ladder_is_told_in_the_products_five_words():
    with using("zh_Hans"):
        words = [wording.reason(Reason(ReasonKind.RELATIONSHIP, rung.value)) for rung in Relationship]

    assert words == ["潜在客户", "新客户", "老客户", "忠实客户", "危险客户"]


def test_tags_and_rule_names_are_text_from_outside():
    assert wording.tags(["召回", "a\x1b[31m"]) == "#召回 #a␛[31m"
    assert "\x1b" not in wording.slow_rule("a\x1b[31m")


def test_evidence_is_text_from_outside():
    assert wording.reason(Reason(ReasonKind.ANGER, "{n}\x1b[31m\n怒")) == "“{n}␛[31m 怒” angry"


def test_the_verdict_line_begins_with_what_moved_it_most_and_says_nothing_twice():
    verdict = a_verdict(
        reasons=(
            Reason(ReasonKind.QUESTION, "吗"),
            Reason(ReasonKind.REACH, "820000", steps=1),
            Reason(ReasonKind.HARM, "烫伤", steps=3),
            Reason(ReasonKind.QUESTION, "吗"),
        )
    )

    line = wording.verdict_line(verdict, extra=[Reason(ReasonKind.WAITING, "34", steps=1)])

    assert line == "“烫伤” harm · big account, 820k followers · “吗” asks · waited 34m"


@pytest.mark.parametrize("verb", ["close", "no_reply", "reopen", "snooze", "wake", "something_else"])
def test_an_undo_says_what_it_took_back(verb: str):
    assert wording.undone(verb, 12) == f"Undone: {wording.done(verb, 12)}"
    assert wording.redone(verb, 1) == f"Redone: {wording.done(verb, 1)}"


@pytest.mark.parametrize(
    ("verb", "count", "detail", "words"),
    [
        ("correct_priority", 1, "P1", "priority of 1 case set to P1"),
        ("correct_category", 2, "物流", "category of 2 cases set to Delivery"),
        ("correct_sentiment", 1, "neg", "mood of 1 case set to displeased"),
        ("correct_noise", 1, "true", "1 case put with the noise"),
        ("correct_noise", 3, "false", "3 cases taken out of the noise"),
        ("add_rule", 1, "“{n}” → P1", "rule made: “{n}” → P1"),
    ],
)
def test_a_correction_is_told_with_its_value(verb: str, count: int, detail: str, words: str):
    assert wording.done(verb, count, detail) == words
    assert wording.undone(verb, count, detail) == f"Undone: {words}"


def test_a_correction_in_the_thread_says_what_stood_there_before():
    assert wording.correction(Target.NOISE, "true", "false") == "put with the noise by hand"
    assert wording.correction(Target.PRIORITY, "P1", "P1") == "priority set by hand: P1"


def test_one_case_is_not_cases():
    assert wording.done("close", 1) == "1 case closed"
    assert wording.done("close", 12) == "12 cases closed"
