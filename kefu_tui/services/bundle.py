"""Everything a screen or a command needs, built once by `bootstrap` and handed on as one value."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta, tzinfo

from kefu_tui.domain.hours import QuietHours
from kefu_tui.domain.outbox import OutboxItem
from kefu_tui.domain.search import OwnView
from kefu_tui.ports import Channel, Clock, Store
from kefu_tui.services.breaches import Breaches
from kefu_tui.services.causes import Causes
from kefu_tui.services.consistency import Consistency
from kefu_tui.services.corrections import Corrections
from kefu_tui.services.desk import Desk
from kefu_tui.services.feed import Feed
from kefu_tui.services.intake import Intake
from kefu_tui.services.outbox import Outbox
from kefu_tui.services.reporting import Reporting
from kefu_tui.services.scripts import ScriptDesk
from kefu_tui.services.upkeep import Upkeep


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The services over one open store, and the settings the desk reads.

    `channels` and `accounts` (in the configuration's order) hold only accounts that can be used;
    `problems` says in the founder's language why others cannot. `recovered` are replies that had not left
    when the program last stopped. `keymap` maps an action's id to its keys, joined by commas; `views` are
    the founder's own. `title` is the shop's name in the demo, else empty.
    """

    store: Store
    intake: Intake
    outbox: Outbox
    desk: Desk
    corrections: Corrections
    feed: Feed
    causes: Causes
    reporting: Reporting
    breaches: Breaches
    scripts: ScriptDesk
    consistency: Consistency
    quiet: QuietHours
    upkeep: Upkeep
    clock: Clock
    zone: tzinfo
    channels: Mapping[str, Channel]
    accounts: tuple[str, ...]
    undo_window: timedelta
    theme: str
    keymap: Mapping[str, str]
    views: tuple[OwnView, ...] = ()
    problems: tuple[str, ...] = ()
    recovered: tuple[OutboxItem, ...] = ()
    title: str = ""
    is_demo: bool = False
