"""Secrets by reference: the configuration says where a token lies, never what it is.

`env:NAME` is a variable of the environment, `file:PATH` a file only its owner can read,
`keyring:SERVICE/USER` an entry of the system's keyring (the optional extra `keyring`). No message,
log line or repr made here contains a secret.
"""

import os
import re
import shlex
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kefu_tui.domain.errors import N_, SecretError

_LONGEST = 8192  # bytes; no platform's token comes near, and a wrong path should not fill the memory
_ENVIRONMENT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class SecretRef:
    """Where a secret lies: `scheme` is `env`, `file` or `keyring`, `name` what that scheme calls it."""

    scheme: str
    name: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.name}"

    @classmethod
    def parse(cls, written: str) -> "SecretRef":
        """Read `env:NAME`, `file:PATH` or `keyring:SERVICE/USER`.

        Raises `SecretError` for anything else. What was written is not quoted, because text without
        a known scheme is most likely the secret itself.
        """
        scheme, colon, name = written.partition(":")
        if not colon or scheme not in _SCHEMES or not name.isprintable():
            raise SecretError(
                N_(
                    "a secret must not stand here in clear; put it into the environment, a file of mode "
                    "600 or the keyring, and write env:NAME, file:PATH or keyring:SERVICE/USER"
                )
            )
        if scheme == "env" and not _ENVIRONMENT_NAME.fullmatch(name):
            raise SecretError(
                N_("after env: comes the name of an environment variable: letters, digits and _")
            )
        if scheme == "file" and not name.startswith(("/", "~")):
            raise SecretError(N_("after file: comes a path that starts with / or ~"))
        if scheme == "keyring" and not all(name.rpartition("/")[::2]):
            raise SecretError(N_("after keyring: comes the service and the user, as in SERVICE/USER"))
        return cls(scheme, name)


def resolve(ref: SecretRef, environ: Mapping[str, str]) -> str:
    """The secret itself: one line, without the newline at its end.

    Raises `SecretError` when it is missing, empty, open to others, or holds characters no token has.
    """
    secret = _SCHEMES[ref.scheme](ref, environ).rstrip("\r\n")
    if not secret:
        raise SecretError(N_("{ref}: is empty"), ref=ref)
    if not secret.isprintable():
        raise SecretError(N_("{ref}: holds line breaks or other characters that no secret has"), ref=ref)
    return secret


def _from_environment(ref: SecretRef, environ: Mapping[str, str]) -> str:
    try:
        return environ[ref.name]
    except KeyError:
        raise SecretError(N_("{ref}: this environment variable is not set"), ref=ref) from None


def _from_file(ref: SecretRef, _environ: Mapping[str, str]) -> str:
    try:
        content = _read_private(Path(ref.name).expanduser(), ref)
    except RuntimeError:  # ~somebody who has no home here
        raise SecretError(N_("{ref}: there is no such home directory"), ref=ref) from None
    except OSError as error:
        raise SecretError(N_("{ref}: cannot be read: {reason}"), ref=ref, reason=error.strerror) from None
    if len(content) > _LONGEST:
        raise SecretError(N_("{ref}: is too long to be a secret"), ref=ref)
    try:
        return content.decode()
    except UnicodeDecodeError:
        problem = SecretError(N_("{ref}: is not UTF-8 text"), ref=ref)
    raise problem  # outside the handler: the decoding error carries the content


def _read_private(path: Path, ref: SecretRef) -> bytes:
    # The checks look at the opened file, not at the path, which could be exchanged in between;
    # without O_NONBLOCK a named pipe would hold the program up for ever.
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise SecretError(N_("{ref}: is not a regular file"), ref=ref)
        if found.st_uid != os.geteuid():
            raise SecretError(N_("{ref}: belongs to another user; it must be your own file"), ref=ref)
        if stat.S_IMODE(found.st_mode) not in {0o600, 0o400}:
            raise SecretError(
                N_("{ref}: mode {mode:03o} is too open for a secret; run: chmod 600 {path}"),
                ref=ref,
                mode=stat.S_IMODE(found.st_mode),
                path=shlex.quote(str(path)),
            )
        return file.read(_LONGEST + 1)


def _from_keyring(ref: SecretRef, _environ: Mapping[str, str]) -> str:
    try:
        import keyring
        import keyring.errors
    except ImportError:
        raise SecretError(
            N_("{ref}: the keyring needs an extra package; run: pip install 'kefu-tui[keyring]'"), ref=ref
        ) from None
    service, _, user = ref.name.rpartition("/")
    try:
        secret: str | None = keyring.get_password(service, user)
    except keyring.errors.KeyringError as error:
        raise SecretError(
            N_("{ref}: the keyring does not answer ({reason})"), ref=ref, reason=type(error).__name__
        ) from None
    if secret is None:
        raise SecretError(
            N_("{ref}: not in the keyring; store it with: keyring set {service} {user}"),
            ref=ref,
            service=shlex.quote(service),
            user=shlex.quote(user),
        )
    return secret


_SCHEMES: dict[str, Callable[[SecretRef, Mapping[str, str]], str]] = {
    "env": _from_environment,
    "file": _from_file,
    "keyring": _from_keyring,
}
