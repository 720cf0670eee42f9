"""Undo of triage, in words: what one key press did, so that one key press can take it back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from kefu_tui.domain.case import Act, Corrected, Tagged
from kefu_tui.domain.lessons import Lesson
from kefu_tui.domain.proposals import Decision

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Swap(Generic[T]):
    """A value that took the place of another, under one key; None where there was, or is, none."""

    key: str
    before: T | None
    after: T | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoStep:
    """One step: the acts taken on their cases, at one moment, with the lessons and the rules they changed.

    `verb` is the action's id (`close`, `snooze` …), put in words by the desk. Nothing that left the
    machine is ever part of a step.
    """

    verb: str
    at: datetime
    acts: tuple[tuple[str, Act], ...] = ()  # (case id, act)
    lessons: tuple[Swap[Lesson], ...] = ()
    decisions: tuple[Swap[Decision], ...] = ()

    @property
    def count(self) -> int:
        """How many things the step is about: cases, else rules, else lessons."""
        return len(self.acts) or len(self.decisions) or len(self.lessons)

    @property
    def detail(self) -> str:
        """What the words of the step need beyond the verb: a correction's value, a tag, a rule's name."""
        for _, act in self.acts:
            if isinstance(act, Tagged):
                return act.tag
            return act.value if isinstance(act, Corrected) else ""
        for swap in self.decisions:
            decision = swap.after or swap.before
            return decision.rule.name if decision else ""
        return ""


UNDO_DEPTH = 50
