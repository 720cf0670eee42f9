"""The findings of the tone check in the founder's language."""

from collections.abc import Mapping

from kefu_tui.domain.tone import Finding
from kefu_tui.domain.tone_phrases import Fault
from kefu_tui.i18n import N_, _
from kefu_tui.plain import one_line

_FAULTS: Mapping[Fault, str] = {
    Fault.THREAT: N_("sounds like a threat"),  # 威胁
    Fault.PRIVATE: N_("private data in public"),  # 隐私
    Fault.QUARREL: N_("sounds like a quarrel"),  # 像在吵架
    Fault.BRUSH_OFF: N_("passes the customer on"),  # 推诿
    Fault.OFFICE: N_("office talk"),  # 官腔
    Fault.EMPTY_APOLOGY: N_("an apology without a remedy or a time"),
    Fault.UNANSWERED: N_("leaves a question open"),
    Fault.NO_STEP: N_("says nothing that will be done"),
    Fault.VERBATIM: N_("the same words again"),
}


def fault(value: Fault) -> str:
    """What is wrong, in a few words."""
    return _(_FAULTS[value])


def finding(value: Finding) -> str:
    """What is wrong and the words that show it, on one line."""
    words = one_line(value.words)
    return f"{fault(value.fault)}“{words}”" if words else fault(value.fault)
