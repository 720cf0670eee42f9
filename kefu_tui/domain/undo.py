"""Undo of triage, in words: which acts one key press took, so that one key press can take them back."""

from dataclasses import dataclass
from datetime import datetime

from kefu_tui.domain.case import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoStep:
    """One step: the acts taken on their cases, at one moment.

    `verb` is the action's id (`close`, `snooze` …), put in words by the desk. Nothing that left the
    machine is ever part of a step.
    """

    verb: str
    at: datetime
    acts: tuple[tuple[str, Act], ...]  # (case id, act)


UNDO_DEPTH = 50
