"""The steps of undo and redo, one document each: a step is written once, however deep its stack."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from kefu_tui.domain.undo import UndoStep
from kefu_tui.storage.backend import Document
from kefu_tui.storage.codec.cases import decode_act, encode_act
from kefu_tui.storage.codec.fields import choice, each, moment, nested, text, whole, written_moment


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
    return {
        "stack": placed.stack.value,
        "number": placed.number,
        "verb": step.verb,
        "at": written_moment(step.at),
        "acts": [{"case_id": case_id, "act": encode_act(act)} for case_id, act in step.acts],
    }


def decode_stacked_step(document: Document) -> StackedStep:
    step = UndoStep(
        verb=text(document, "verb"),
        at=moment(document, "at"),
        acts=each(document, "acts", lambda one: (text(one, "case_id"), nested(one, "act", decode_act))),
    )
    return StackedStep(choice(document, "stack", Stack), whole(document, "number"), step)
