"""The two themes of the desk. A priority has one colour everywhere, dark and light."""

from textual.theme import BUILTIN_THEMES, Theme

DARK = Theme(
    name="kefu-dark",
    primary="#e0a458",  # lamp light: the desk is used at night
    secondary="#7f9bb3",
    accent="#e0a458",
    foreground="#d8d4cc",
    background="#14161a",
    surface="#191c21",
    panel="#22262d",
    success="#8fb573",
    warning="#e0a458",
    error="#e5625e",
    dark=True,
    variables={
        "p0": "#e5484d",
        "p1": "#e8863b",
        "p2": "#c9a94b",
        "p3": "#5f6b7a",
        "on-p": "#14161a",
        "muted": "#7d8590",
        "faint": "#565d68",
        "ours": "#8fb573",
        "private": "#b48ead",
        "cursor": "#2c323c",
        "cursor-blurred": "#22262d",
        "block-cursor-background": "#e0a458",
        "block-cursor-foreground": "#14161a",
        "input-selection-background": "#e0a458 35%",
        "scrollbar": "#333943",
        "scrollbar-background": "#14161a",
        "scrollbar-corner-color": "#14161a",
    },
)

LIGHT = Theme(
    name="kefu-light",
    primary="#9a5b13",
    secondary="#4a6780",
    accent="#9a5b13",
    foreground="#2b2a27",
    background="#faf8f4",
    surface="#f3f0ea",
    panel="#e9e4da",
    success="#4f7a35",
    warning="#9a5b13",
    error="#b3261e",
    dark=False,
    variables={
        "p0": "#c62828",
        "p1": "#c2570c",
        "p2": "#8a6d00",
        "p3": "#7b8490",
        "on-p": "#ffffff",
        "muted": "#6b6860",
        "faint": "#a09b90",
        "ours": "#3f6b2a",
        "private": "#7b3f8c",
        "cursor": "#e3dac8",
        "cursor-blurred": "#ece7dd",
        "block-cursor-background": "#9a5b13",
        "block-cursor-foreground": "#ffffff",
        "input-selection-background": "#9a5b13 25%",
        "scrollbar": "#d5cec0",
        "scrollbar-background": "#faf8f4",
        "scrollbar-corner-color": "#faf8f4",
    },
)

THEMES = (DARK, LIGHT)


# On a terminal of sixteen colours the same roles in the terminal's own ones.
_SIXTEEN = {
    "p0": "ansi_bright_red",
    "p1": "ansi_red",
    "p2": "ansi_yellow",
    "p3": "ansi_bright_black",
    "on-p": "ansi_black",
    "muted": "ansi_bright_black",
    "faint": "ansi_bright_black",
    "ours": "ansi_green",
    "private": "ansi_magenta",
    "cursor": "ansi_blue",
    "cursor-blurred": "ansi_blue",
}


def variable_defaults(theme: Theme) -> dict[str, str]:
    """Our own colour names for themes that do not know them."""
    own = dict((DARK if theme.dark else LIGHT).variables)
    if theme.ansi:
        own |= _SIXTEEN
    return own


def known_themes() -> tuple[str, ...]:
    """The names a configuration may ask for: ours first, then Textual's."""
    return (*(theme.name for theme in THEMES), *BUILTIN_THEMES)
