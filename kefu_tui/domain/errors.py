"""The one tree of expected failures: each says in words what happened and what to do.

An error carries a message template and its parameters apart, so that the outer rooms can show it in
the founder's language (`kefu_tui.i18n.describe`) while `str(error)` stays plain English for logs.
Anything that is not a `KefuError` is a bug and must crash loudly.
"""

from datetime import timedelta


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "translate this later"
    """Mark a message template for the catalogues without translating it here."""
    return message


class KefuError(Exception):
    """An expected failure.

    `template` is a `str.format` message in English, also the gettext id; `params` fill it and are
    data, never markup.
    """

    exit_code = 1

    def __init__(self, template: str, **params: object) -> None:
        super().__init__(template, params)
        self.template = template
        self.params = params

    def __str__(self) -> str:
        return self.template.format(**self.params)


class ConfigError(KefuError):
    """The configuration file cannot be used; `problems` lists every reason found, in file order."""

    exit_code = 2

    def __init__(self, path: str, problems: tuple["KefuError", ...]) -> None:
        super().__init__(N_("{path}: {count} problem(s)"), path=path, count=len(problems))
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *(f"  {problem}" for problem in self.problems)])


class SecretError(KefuError):
    """A secret could not be read, or lies where others can read it."""

    exit_code = 2


class StoreError(KefuError):
    """The store refused: nothing of the request was written."""

    exit_code = 3


class StoreLocked(StoreError):
    """Another process holds the store."""


class ChannelError(KefuError):
    """A platform did not do what was asked; the base of every failure a channel may raise."""

    exit_code = 4


class AuthError(ChannelError):
    """The token is refused: pause the account and ask the founder, never retry."""


class RateLimited(ChannelError):
    """The platform asks for patience; `retry_after` is its own figure where it gave one."""

    def __init__(self, template: str, *, retry_after: timedelta | None, **params: object) -> None:
        super().__init__(template, **params)
        self.retry_after = retry_after


class Unavailable(ChannelError):
    """The platform could not be reached or answered with its own failure: try again later.

    `retry_after` is the platform's own figure where it gave one.
    """

    def __init__(self, template: str, *, retry_after: timedelta | None = None, **params: object) -> None:
        super().__init__(template, **params)
        self.retry_after = retry_after


class BadAnswer(ChannelError):
    """The platform answered something this channel cannot read."""


class Refused(ChannelError):
    """The platform understood and said no (too long, gone, forbidden): repeating cannot help."""


class OutcomeUnknown(ChannelError):
    """The request may or may not have taken effect: look first, never resend blindly."""


class NotFound(KefuError):
    """The founder named something that does not exist."""

    exit_code = 5


class NotAllowed(KefuError):
    """The desk will not do this now, and says why."""

    exit_code = 6
