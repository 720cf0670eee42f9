import os
import sys
from pathlib import Path

import pytest

from kefu_tui.domain.errors import SecretError
from kefu_tui.secrets import SecretRef, resolve


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    file = tmp_path / "token"
    file.write_text("s3same\n")
    file.chmod(0o600)
    return file


class FakeKeyring:
    """What `import keyring` gives, with one entry, or with a back end that is locked."""

    def __init__(self, *, locked: bool = False) -> None:
        self.errors = self
        self.locked = locked

    class KeyringError(Exception):
        pass

    def get_password(self, service: str, user: str) -> str | None:
        if self.locked:
            raise self.KeyringError("s3same is what it would have said")
        return {("kefu/shop", "lan"): "s3same"}.get((service, user))


def use_keyring(monkeypatch: pytest.MonkeyPatch, keyring: object) -> None:
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    monkeypatch.setitem(sys.modules, "keyring.errors", keyring)


@pytest.mark.parametrize(
    "written", ["env:KEFU_TOKEN", "file:~/token", "file:/etc/token", "keyring:kefu/lan", "keyring:a/b/lan"]
)
def test_a_reference_reads_back_as_it_was_written(written: str):
    assert str(SecretRef.parse(written)) == written


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("s3same", "in clear"),
        ("", "in clear"),
        ("s3same:x", "in clear"),
        ("ENV:s3same", "in clear"),
        ("env:", "environment variable"),
        ("env:s3same-and-more", "environment variable"),
        ("file:s3same", "starts with / or ~"),
        ("file:/s3same\0", "in clear"),
        ("keyring:s3same", "SERVICE/USER"),
        ("keyring:/s3same", "SERVICE/USER"),
        ("keyring:s3same/", "SERVICE/USER"),
    ],
)
def test_what_is_no_reference_is_refused_without_being_repeated(written: str, hint: str):
    with pytest.raises(SecretError) as refused:
        SecretRef.parse(written)

    assert hint in str(refused.value)
    assert "s3same" not in repr(refused.value)


def test_a_secret_comes_from_the_environment():
    assert resolve(SecretRef("env", "KEFU_TOKEN"), {"KEFU_TOKEN": "s3same"}) == "s3same"


def test_a_missing_variable_is_named():
    with pytest.raises(SecretError, match="env:KEFU_TOKEN: this environment variable is not set"):
        resolve(SecretRef("env", "KEFU_TOKEN"), {})


@pytest.mark.parametrize("value", ["", "\n", "\r\n"])
def test_an_empty_secret_is_refused(value: str):
    with pytest.raises(SecretError, match="env:T: is empty"):
        resolve(SecretRef("env", "T"), {"T": value})


@pytest.mark.parametrize(
    "value", ["s3same\nsecond", "s3\x1bsame", "\ufeffs3same", "s3same\x00", "s3\u202esame"]
)
def test_characters_no_token_has_are_refused_and_not_repeated(value: str):
    with pytest.raises(SecretError) as refused:
        resolve(SecretRef("env", "T"), {"T": value})

    assert "same" not in repr(refused.value)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_secret_comes_from_a_private_file_without_its_last_newline(secret_file: Path, mode: int):
    secret_file.chmod(mode)

    assert resolve(SecretRef("file", str(secret_file)), {}) == "s3same"


def test_a_tilde_is_the_home_directory(secret_file: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(secret_file.parent))

    assert resolve(SecretRef("file", "~/token"), {}) == "s3same"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o700])
def test_a_file_others_could_open_is_refused_with_the_command_that_helps(secret_file: Path, mode: int):
    spaced = secret_file.with_name("my token")
    secret_file.rename(spaced)
    spaced.chmod(mode)

    with pytest.raises(SecretError) as refused:
        resolve(SecretRef("file", str(spaced)), {})

    assert f"mode {mode:o} " in str(refused.value)
    assert f"chmod 600 '{spaced}'" in str(refused.value)
    assert "s3same" not in repr(refused.value)


def test_a_file_of_another_user_is_refused(secret_file: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("kefu_tui.secrets.os.geteuid", lambda: secret_file.stat().st_uid + 1)

    with pytest.raises(SecretError, match="belongs to another user"):
        resolve(SecretRef("file", str(secret_file)), {})


def test_a_missing_file_is_a_clear_error(tmp_path: Path):
    with pytest.raises(SecretError, match="cannot be read: No such file or directory"):
        resolve(SecretRef("file", str(tmp_path / "none")), {})


def test_a_home_nobody_has_is_a_clear_error():
    with pytest.raises(SecretError, match="no such home directory"):
        resolve(SecretRef("file", "~nobody-of-that-name/token"), {})


def test_a_directory_is_not_a_secret(tmp_path: Path):
    with pytest.raises(SecretError, match="cannot be read: Is a directory"):
        resolve(SecretRef("file", str(tmp_path)), {})


def test_a_named_pipe_is_refused_at_once(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe", 0o600)

    with pytest.raises(SecretError, match="is not a regular file"):
        resolve(SecretRef("file", str(tmp_path / "pipe")), {})


def test_a_large_file_is_not_a_secret(secret_file: Path):
    secret_file.write_text("s" * 10_000)

    with pytest.raises(SecretError, match="too long"):
        resolve(SecretRef("file", str(secret_file)), {})


def test_bytes_that_are_no_text_are_refused_and_not_carried_along(secret_file: Path):
    secret_file.write_bytes(b"s3same\xff")

    with pytest.raises(SecretError, match="is not UTF-8 text") as refused:
        resolve(SecretRef("file", str(secret_file)), {})

    assert refused.value.__context__ is None


def test_a_secret_comes_from_the_keyring(monkeypatch: pytest.MonkeyPatch):
    use_keyring(monkeypatch, FakeKeyring())

    assert resolve(SecretRef.parse("keyring:kefu/shop/lan"), {}) == "s3same"


def test_an_entry_the_keyring_does_not_have_says_how_to_store_it(monkeypatch: pytest.MonkeyPatch):
    use_keyring(monkeypatch, FakeKeyring())

    with pytest.raises(SecretError, match=r"keyring set 'my shop' lan$"):
        resolve(SecretRef.parse("keyring:my shop/lan"), {})


def test_a_keyring_that_fails_is_a_clear_error_without_its_words(monkeypatch: pytest.MonkeyPatch):
    use_keyring(monkeypatch, FakeKeyring(locked=True))

    with pytest.raises(SecretError, match=r"does not answer \(KeyringError\)") as refused:
        resolve(SecretRef.parse("keyring:kefu/shop/lan"), {})

    assert "s3same" not in str(refused.value)


def test_a_missing_keyring_package_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch):
    use_keyring(monkeypatch, None)

    with pytest.raises(SecretError, match=r"pip install 'kefu-tui\[keyring\]'"):
        resolve(SecretRef.parse("keyring:kefu/lan"), {})
