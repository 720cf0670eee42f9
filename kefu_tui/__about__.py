"""The version, read by the build and by `kefu --version`."""

__version__ = "0.1.0"
