"""`python -m kefu_tui`."""

from kefu_tui.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
