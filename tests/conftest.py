"""What every test can count on."""

import os

from hypothesis import settings

# No deadlines: how long one example takes says more about the machine than about the code.
# The fast profile tries the same examples every time, so that a red run can be had again; the thorough one
# (HYPOTHESIS_PROFILE=thorough) looks for new ones.
settings.register_profile("fast", max_examples=20, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=300, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))
