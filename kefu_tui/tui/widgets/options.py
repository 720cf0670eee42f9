"""A list of options driven by keys that belong to its screen."""

from textual.widgets import OptionList


class Options(OptionList):
    """An option list whose cursor the screen moves."""

    def move(self, rows: int) -> None:
        """Move the cursor one row down (positive) or up (negative), around the ends."""
        if rows > 0:
            self.action_cursor_down()
        else:
            self.action_cursor_up()

    def page(self, pages: int) -> None:
        """Move the cursor one page down (positive) or up (negative)."""
        if pages > 0:
            self.action_page_down()  # type: ignore[no-untyped-call]  # Textual gives it no types
        else:
            self.action_page_up()  # type: ignore[no-untyped-call]
