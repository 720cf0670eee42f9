"""The steps of undo and redo, one document each: a step is written once, however deep its stack."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from kefu_tui.domain.undo import Swap, UndoStep
from kefu_tui.storage.backend import Document
from kefu_tui.storage.codec.cases import decode_act, encode_act
from kefu_tui.storage.codec.fields import (
    choice,
    each,
    moment,
    nested,
    optional_nested,
    text,
    whole,
    written_moment,
)
from kefu_tui.storage.codec.lessons import decode_decision, decode_lesson, encode_decision, encode_lesson

T = TypeVar("T")


class Stack(StrEnum):
    UNDO = "undo"
    REDO = "redo"


@dataclass(frozen=True, slots=True)
class StackedStep:
    """A step and its place: numbers grow from the bottom of a stack to its top."""

    stack: Stack
    number: int
    step: UndoStep

    @property
    def key(self) -> str:
        return f"{self.stack}/{self.number}"


def restacked(stack: Stack, old: Sequence[StackedStep], new: Sequence[UndoStep]) -> tuple[StackedStep, ...]:
    """The steps of `new` in their places: those that `old` holds too keep theirs, the rest come on top."""
    kept = max((_shared(old[start:], new) for start in range(len(old) + 1)), key=len)
    top = max((placed.number for placed in old), default=0)
    added = (StackedStep(stack, top + i, step) for i, step in enumerate(new[len(kept) :], start=1))
    return (*kept, *added)


def _shared(old: Sequence[StackedStep], new: Sequence[UndoStep]) -> Sequence[StackedStep]:
    count = 0
    for placed, step in zip(old, new, strict=False):
        if placed.step is not step and placed.step != step:
            break
        count += 1
    return old[:count]


def encode_stacked_step(placed: StackedStep) -> Document:
    step = placed.step
    document: Document = {
        "stack": placed.stack.value,
        "number": placed.number,
        "verb": step.verb,
        "at": written_moment(step.at),
        "acts": [{"case_id": case_id, "act": encode_act(act)} for case_id, act in step.acts],
    }
    if step.lessons:
        document["lessons"] = [_encode_swap(swap, encode_lesson) for swap in step.lessons]
    if step.decisions:
        document["decisions"] = [_encode_swap(swap, encode_decision) for swap in step.decisions]
    return document


def decode_stacked_step(document: Document) -> StackedStep:
    step = UndoStep(
        verb=text(document, "verb"),
        at=moment(document, "at"),
        acts=each(document, "acts", lambda one: (text(one, "case_id"), nested(one, "act", decode_act))),
        lessons=each(document, "lessons", lambda one: _decode_swap(one, decode_lesson), ()),
        decisions=each(document, "decisions", lambda one: _decode_swap(one, decode_decision), ()),
    )
    return StackedStep(choice(document, "stack", Stack), whole(document, "number"), step)


def _encode_swap(swap: Swap[T], encode: Callable[[T], Document]) -> Document:
    return {
        "key": swap.key,
        "before": None if swap.before is None else encode(swap.before),
        "after": None if swap.after is None else encode(swap.after),
    }


def _decode_swap(document: Document, decode: Callable[[Document], T]) -> Swap[T]:
    before, after = (optional_nested(document, name, decode) for name in ("before", "after"))
    return Swap(text(document, "key"), before, after)
