"""Which classifier reads the texts: apart from `bootstrap`, so that judging texts starts without the rest."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kefu_tui.ports import Classifier


def classifier() -> "Classifier":
    """The classifier in use; its lexicon loads with the first text."""
    from kefu_tui.nlp.classifier import TextClassifier

    return TextClassifier()
