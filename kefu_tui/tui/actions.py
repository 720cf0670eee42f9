"""The one table of keys: bindings, footer, help, palette and README are all read from it.

A Chinese input method sends full-width characters, so every key that is a character has its full-width twin.
Labels are message ids; they are put in the founder's language when they are shown.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from textual.binding import Binding

from kefu_tui.domain.errors import N_, ConfigError, KefuError
from kefu_tui.domain.feed import View
from kefu_tui.domain.search import OwnView

KEY_NAMES = {
    "/": "slash",
    ";": "semicolon",
    "?": "question_mark",
    ":": "colon",
    "'": "apostrophe",
    "#": "number_sign",
    "*": "asterisk",
}


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a key does.

    `keys` are as a person types them. `footer` is the place among the footer's keys, None for none.
    `group` is the heading in the help, `short` the label where a line is all there is.
    """

    id: str
    keys: tuple[str, ...]
    label: str
    group: str
    footer: int | None = None
    palette: bool = True
    short: str = ""

    @property
    def shown_key(self) -> str:
        """The key as the footer and the help show it."""
        return self.keys[0]


MOVE = N_("Move")
ANSWER = N_("Answer")
TRIAGE = N_("Triage")
LOOK = N_("Look")
COMPOSE = N_("While writing")

LIST_ACTIONS: tuple[Action, ...] = (
    Action("down", ("j", "down"), N_("Next row"), MOVE, palette=False),
    Action("up", ("k", "up"), N_("Previous row"), MOVE, palette=False),
    Action("first", ("g", "home"), N_("First row"), MOVE, palette=False),
    Action("last", ("G", "end"), N_("Last row"), MOVE, palette=False),
    Action("half_down", ("ctrl+d", "pagedown"), N_("Half a page down"), MOVE, palette=False),
    Action("half_up", ("ctrl+u", "pageup"), N_("Half a page up"), MOVE, palette=False),
    Action("open", ("enter",), N_("Open"), MOVE),
    Action("back", ("escape",), N_("Back; never loses anything"), MOVE, palette=False),
    Action("most_overdue", ("'",), N_("Jump to the most overdue"), MOVE),
    Action("reply", ("r",), N_("Reply"), ANSWER, footer=1),
    Action("script", ("s", ";"), N_("Reply with a script"), ANSWER, footer=3, short=N_("Script")),
    Action("keep_as_script", ("S",), N_("Turn our last reply into a script"), ANSWER),
    Action("add_by_hand", ("n",), N_("Paste a mention by hand"), ANSWER),
    Action("outbox", ("O",), N_("Replies that need a look"), ANSWER),
    Action("mark", ("space",), N_("Mark, and next"), TRIAGE, palette=False),
    Action("mark_all", ("V",), N_("Mark all in the list, or none"), TRIAGE),
    Action("priority", ("p",), N_("Set the priority"), TRIAGE, footer=7, short=N_("Priority")),
    Action("category", ("c",), N_("Set the category"), TRIAGE),
    Action("mood", ("m",), N_("Set the mood"), TRIAGE),
    Action("noise", ("x",), N_("Into the noise, or out of it"), TRIAGE),
    Action("tag", ("t",), N_("Put a tag on, or take it off"), TRIAGE),
    Action("star", ("*",), N_("Put a star on, or take it off"), TRIAGE),
    Action("note", ("A",), N_("Write a note to yourself"), TRIAGE),
    Action("close", ("e",), N_("Close and next"), TRIAGE, footer=4, short=N_("Close")),
    Action("reopen", ("E",), N_("Reopen"), TRIAGE),
    Action("snooze", ("z",), N_("Snooze"), TRIAGE, footer=5),
    Action("hold", ("Z",), N_("Snooze and hold, also when the customer writes"), TRIAGE),
    Action(
        "undo", ("u",), N_("Undo; takes a reply back while it is held"), TRIAGE, footer=6, short=N_("Undo")
    ),
    Action("redo", ("U",), N_("Redo"), TRIAGE),
    Action("filter", ("/",), N_("Search everything"), LOOK),
    Action("report", ("#",), N_("Numbers: the response report"), LOOK),
    Action("lessons", ("L",), N_("What your corrections taught"), LOOK),
    Action("browse", ("o",), N_("Open in the browser"), LOOK),
    Action("copy_text", ("y",), N_("Copy the text"), LOOK),
    Action("copy_link", ("Y",), N_("Copy the link"), LOOK),
    Action("refresh", ("R",), N_("Poll now"), LOOK),
    Action("help", ("?",), N_("Help"), LOOK, footer=8),
    Action("palette", (":", "ctrl+p"), N_("All commands"), LOOK, palette=False),
    Action("quit", ("q",), N_("Quit"), LOOK),
)

COMPOSER_ACTIONS: tuple[Action, ...] = (
    Action("review", ("ctrl+j", "alt+enter"), N_("Review and send"), COMPOSE, footer=1, palette=False),
    Action(
        "insert_script",
        ("ctrl+o",),
        N_("Insert a script (or ; at the start of a line)"),
        COMPOSE,
        footer=2,
        palette=False,
        short=N_("Script"),
    ),
    Action(
        "next_field",
        ("tab",),
        N_("Next field to fill in"),
        COMPOSE,
        footer=3,
        palette=False,
        short=N_("Next field"),
    ),
    Action("editor", ("ctrl+e",), N_("Write it in your own editor"), COMPOSE, palette=False),
    Action("better", ("ctrl+t",), N_("Take the better wording"), COMPOSE, palette=False),
    Action("save_as_script", ("ctrl+g",), N_("Turn this reply into a script"), COMPOSE, palette=False),
    Action("leave", ("escape",), N_("Leave; the draft is kept"), COMPOSE, footer=4, palette=False),
)

VIEW_ACTIONS: tuple[tuple[View, str], ...] = tuple((view, view.key) for view in View)


def bindings(actions: Iterable[Action], *, priority: bool = False) -> list[Binding]:
    """The Textual bindings of some actions, full-width twins included; each carries the action's id."""
    return [
        Binding(_keys(action.keys), action.id, action.label, id=action.id, show=False, priority=priority)
        for action in actions
    ]


def view_bindings() -> list[Binding]:
    return [
        Binding(with_twins(key), f"view('{view.value}')", view.value, id=f"view_{view.value}", show=False)
        for view, key in VIEW_ACTIONS
    ]


def _keys(keys: Sequence[str]) -> str:
    twins = [twin for key in keys for twin in full_width(key)]
    return ",".join([*(KEY_NAMES.get(key, key) for key in keys), *(_named(twin) for twin in twins)])


def full_width(key: str) -> list[str]:
    """What a Chinese input method sends for a key: its full-width form, letters and digits too.

    The apostrophe comes as the quotation mark it would open or close.
    """
    if len(key) != 1 or not "!" <= key <= "~":
        return []
    return [chr(ord(key) + 0xFEE0), *("‘’" if key == "'" else "")]


def with_twins(*keys: str) -> str:
    """Keys as Textual binds them, full-width twins included."""
    return _keys(keys)


def _named(character: str) -> str:
    from textual.keys import _character_to_key  # the only way to name a key that is also a separator

    return _character_to_key(character)


def footer_keys(
    actions: Iterable[Action], keymap: Mapping[str, str], *, groups: Collection[str] = ()
) -> list[tuple[str, str]]:
    """`(key, label)` of the footer, in order; the keymap's keys where the founder chose others.

    With `groups` only those of these headings.
    """
    actions = [action for action in actions if not groups or action.group in groups]
    shown = sorted((a for a in actions if a.footer is not None), key=lambda a: a.footer or 0)
    return [(keymap.get(a.id, a.shown_key).split(",")[0], a.short or a.label) for a in shown]


def own_view_bindings(views: Sequence[OwnView]) -> list[Binding]:
    """The keys of the founder's own views, by their places among them."""
    return [
        Binding(_keys([view.key]), f"own_view({place})", view.name, id=f"own_view_{place}", show=False)
        for place, view in enumerate(views)
        if view.key
    ]


def checked_keymap(keymap: Mapping[str, str], origin: str, views: Sequence[OwnView] = ()) -> dict[str, str]:
    """The founder's keys, ready for Textual; raises `ConfigError` naming every unknown id and conflict.

    Also those of their own `views`, which take no key of an action's.
    """
    known = {action.id: action for action in LIST_ACTIONS}
    problems: list[KefuError] = []
    for action_id in keymap:
        if action_id not in known:
            nearest = get_close_matches(action_id, known, n=1)
            hint = nearest[0] if nearest else "reply"
            problems.append(
                KefuError(N_("keys.{id}: no such action; did you mean {hint}?"), id=action_id, hint=hint)
            )
    taken: dict[str, str] = {key: f"view_{view.value}" for view, key in VIEW_ACTIONS}
    for action in LIST_ACTIONS:
        own = keymap.get(action.id)
        for key in own.split(",") if own else action.keys:
            key = key.strip()
            if key in taken and (own or taken[key] in keymap):
                problems.append(
                    KefuError(
                        N_("keys: {key} is bound to both {first} and {second}"),
                        key=key,
                        first=taken[key],
                        second=action.id,
                    )
                )
            taken[key] = action.id
    for view in views:
        if view.key in taken:
            problems.append(
                KefuError(
                    N_("keys: {key} is bound to both {first} and {second}"),
                    key=view.key,
                    first=taken[view.key],
                    second=view.name,
                )
            )
        elif view.key:
            taken[view.key] = view.name
    if problems:
        raise ConfigError(origin, tuple(problems))
    return {action_id: _keys([key.strip() for key in keys.split(",")]) for action_id, keys in keymap.items()}
