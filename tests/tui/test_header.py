"""The line of the accounts names the rules that are not tried any more."""

from kefu_tui.domain.rules import Rule
from kefu_tui.domain.triage import Policy
from kefu_tui.nlp.patterns import TimedPatterns
from kefu_tui.tui.widgets.header import AccountsLine
from tests.tui.conftest import Sit

ENDLESS = Rule(name="endless [red]", pattern="(a+)+$", tag="a")


async def test_a_rule_that_was_switched_off_is_named_at_the_desk(sit: Sit) -> None:
    async with sit() as seat:
        patterns = TimedPatterns(time_limit=0.3)
        for _ in range(3):
            patterns.found({ENDLESS.pattern}, "a" * 3_900 + "!")
        intake = seat.desk.services.intake
        intake.policy = Policy(rules=(ENDLESS,))
        intake._patterns = patterns
        seat.desk.show_status()
        line = seat.desk.query_one(AccountsLine).render().plain
        assert "rule “endless [red]” is switched off: its pattern takes too long" in line
