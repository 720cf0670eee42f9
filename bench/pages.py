"""Puts the tables a benchmark has made into docs/performance.md, between the marks that carry its name."""

import os
import platform
import re
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"


def put(name: str, content: str) -> None:
    """Replace what stands between `<!-- NAME: begin -->` and its end; raises `ValueError` without marks."""
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    where = f"{os.cpu_count()} processors, {platform.system()}, Python {platform.python_version()}, {day}"
    block = f"<!-- {name}: begin -->\n*{where}*\n\n{content}\n<!-- {name}: end -->"
    page = PAGE.read_text("utf-8")
    marks = re.compile(rf"<!-- {name}: begin -->.*?<!-- {name}: end -->", re.DOTALL)
    if marks.search(page) is None:
        raise ValueError(f"docs/performance.md has no marks for {name}")
    PAGE.write_text(marks.sub(lambda _: block, page), "utf-8")
