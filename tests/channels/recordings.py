"""Answers of real servers, replayed."""

import json
from pathlib import Path
from typing import Any

import httpx

RECORDED = Path(__file__).parent.parent / "recorded" / "mastodon"


def recorded(name: str) -> Any:
    """The body of a recording, by `server/name`."""
    return _read(name)["body"]


def replayed(name: str) -> httpx.Response:
    """A recording as the response it was."""
    recording = _read(name)
    return httpx.Response(
        recording["_status"], headers=recording["_headers"], content=_content(recording["body"])
    )


def _read(name: str) -> dict[str, Any]:
    recording: dict[str, Any] = json.loads((RECORDED / f"{name}.json").read_text("utf-8"))
    return recording


def _content(body: Any) -> bytes:
    return b"" if body == "" else json.dumps(body).encode()
