"""What every test can count on."""

import os

from hypothesis import settings

# No deadlines: how long one example takes says more about the machine than about the code.
settings.register_profile("fast", max_examples=30, deadline=None)
settings.register_profile("thorough", max_examples=300, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))
