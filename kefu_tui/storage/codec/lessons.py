"""What corrections taught, and what the founder said to the rules they proposed, as documents."""

from kefu_tui.domain.lessons import Lesson, Target
from kefu_tui.domain.proposals import Decision
from kefu_tui.domain.rules import Rule
from kefu_tui.domain.verdict import Category, Priority
from kefu_tui.storage.backend import Document
from kefu_tui.storage.codec.fields import (
    choice,
    flag,
    members,
    moment,
    nested,
    text,
    texts,
    written_moment,
)


def encode_lesson(lesson: Lesson) -> Document:
    return {
        "mention_key": lesson.mention_key,
        "text": lesson.text,
        "target": lesson.target.value,
        "value": lesson.value,
        "at": written_moment(lesson.at),
    }


def decode_lesson(document: Document) -> Lesson:
    return Lesson(
        mention_key=text(document, "mention_key"),
        text=text(document, "text"),
        target=choice(document, "target", Target),
        value=text(document, "value"),
        at=moment(document, "at"),
    )


def encode_decision(decision: Decision) -> Document:
    return {
        "key": decision.key,
        "rule": _encode_rule(decision.rule),
        "accepted": decision.accepted,
        "at": written_moment(decision.at),
    }


def decode_decision(document: Document) -> Decision:
    return Decision(
        key=text(document, "key"),
        rule=nested(document, "rule", _decode_rule),
        # no default: a rule that was refused must never begin to work
        accepted=flag(document, "accepted"),
        at=moment(document, "at"),
    )


def _encode_rule(rule: Rule) -> Document:
    return {
        "name": rule.name,
        "keywords": list(rule.keywords),
        "pattern": rule.pattern,
        "authors": list(rule.authors),
        "channels": list(rule.channels),
        "categories": [category.value for category in rule.categories],
        "priority": None if rule.priority is None else rule.priority.value,
        "category": None if rule.category is None else rule.category.value,
        "tag": rule.tag,
        "noise": rule.noise,
    }


def _decode_rule(document: Document) -> Rule:
    return Rule(
        name=text(document, "name"),
        keywords=texts(document, "keywords", ()),
        pattern=text(document, "pattern", ""),
        authors=texts(document, "authors", ()),
        channels=texts(document, "channels", ()),
        categories=members(document, "categories", Category, ()),
        priority=None if document.get("priority") is None else choice(document, "priority", Priority),
        category=None if document.get("category") is None else choice(document, "category", Category),
        tag=text(document, "tag", ""),
        noise=None if document.get("noise") is None else flag(document, "noise"),
    )
