"""Where the archives of a store lie."""

from pathlib import Path


def archive_directory(store: Path) -> Path:
    """The directory of a store's archives: beside it, so that both move together."""
    store = store.resolve()
    return store.with_name(f"{store.stem}.archive")
