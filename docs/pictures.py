"""Makes the pictures of the README from the running program: `python docs/pictures.py`.

The demo's evening stands still at a fixed moment, keys are pressed as a founder would, and the screen is
exported. Rich measures the width of a text in characters, so wide characters would be squeezed in a
browser: the widths are put right in cells.
"""

import asyncio
import html
import itertools
import re
from datetime import date, time
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.cells import cell_len

from kefu_tui import i18n
from kefu_tui.config import Settings
from kefu_tui.demo import open_demo
from kefu_tui.tui.app import KefuApp

PICTURES = Path(__file__).with_name("pictures")
DAY = date(2026, 11, 21)
ZONE = ZoneInfo("Asia/Shanghai")
_TEXT = re.compile(
    r'<text(?P<before>[^>]*? )x="(?P<x>[^"]*)"(?P<y>[^>]*?) textLength="[^"]*"(?P<after>[^>]*)>'
    r"(?P<text>[^<]*)</text>"
)
CELL = 12.2  # the width of a cell in Rich's SVG, in its units
FONTS = "Fira Code, Sarasa Mono SC, Noto Sans Mono CJK SC, PingFang SC, Microsoft YaHei, monospace"


async def picture(name: str, *, language: str, theme: str, size: tuple[int, int], keys: list[str]) -> None:
    with i18n.using(language):
        sat_down = open_demo(on=DAY, zone=ZONE, speed=1, settings=Settings(), at=time(21, 8))
        async with sat_down as services:
            app = KefuApp(services)
            async with app.run_test(size=size) as pilot:
                app.theme = theme
                await pilot.pause(0.5)
                for key in keys:
                    await pilot.press(key)
                    await pilot.pause(0.2)
                svg = app.export_screenshot(title="kefu")
    PICTURES.mkdir(exist_ok=True)
    (PICTURES / f"{name}.svg").write_text(_in_cells(svg), encoding="utf-8")


def _in_cells(svg: str) -> str:
    """The SVG with every run of narrow or wide characters put at its own cell."""

    def placed(match: re.Match[str]) -> str:
        left = float(match["x"])
        runs: list[str] = []
        text = html.unescape(match["text"])
        for _wide, characters in itertools.groupby(text, lambda character: cell_len(character) == 2):
            run = "".join(characters)
            width = cell_len(run) * CELL
            place = f'x="{left:.1f}"{match["y"]} textLength="{width:.1f}" lengthAdjust="spacingAndGlyphs"'
            runs.append(f"<text{match['before']}{place}{match['after']}>{html.escape(run)}</text>")
            left += width
        return "".join(runs)

    svg = _TEXT.sub(placed, svg)
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)  # nothing is fetched from elsewhere
    return svg.replace("font-family: Fira Code", f"font-family: {FONTS}")


async def main() -> None:
    reply = ["r", "semicolon", "enter"]
    await picture("desk", language="zh_Hans", theme="kefu-dark", size=(150, 38), keys=["j", "j", *reply])


if __name__ == "__main__":
    asyncio.run(main())
