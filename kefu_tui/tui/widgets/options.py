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
