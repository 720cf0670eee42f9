"""Servers for the integration tests, one of each kind per worker, started when a test first asks.

`mastodon_mock`, `snac2` and `mastodon_server` (each of them in turn) give a running
`tests.integration.mastodon_servers.MastodonServer`. Tests share it, so a test takes its position with a
first poll before it makes the fan write. A server that cannot be had skips its tests, but fails them where
`CI` is set: there nobody would notice.
"""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn, TypeVar

import pytest

from tests.integration.bluesky_network import BlueskyNetwork
from tests.integration.mastodon_servers import MastodonMock, MastodonServer, ServerDidNotStart, Snac, running

_S = TypeVar("_S", bound=MastodonServer)
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "kefu-tests"
INSTALL_BLUESKY = Path(__file__).parents[2] / ".ci" / "install-bluesky"
INSTALL_SNAC = Path(__file__).parents[2] / ".ci" / "install-snac2"


@pytest.fixture(scope="session")
def mastodon_mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MastodonMock]:
    server = MastodonMock(tmp_path_factory.mktemp("mastodon_mock"))
    yield from _started(server)


@pytest.fixture(scope="session")
def snac2(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snac]:
    server = Snac(tmp_path_factory.mktemp("snac2"), _snac_program())
    yield from _started(server)


@pytest.fixture(scope="session")
def bluesky() -> Iterator[BlueskyNetwork]:
    """A Bluesky network, put into the cache when it is missing: minutes the first time, seconds later."""
    network = BlueskyNetwork(_installed("bluesky", INSTALL_BLUESKY, "ready-0.3.215"))
    try:
        network.start()
        yield network
    except ServerDidNotStart as error:
        _unavailable(str(error))
    finally:
        network.stop()


@pytest.fixture(params=["mastodon_mock", "snac2"])
def mastodon_server(request: pytest.FixtureRequest) -> MastodonServer:
    server: MastodonServer = request.getfixturevalue(request.param)
    return server


def _started(server: _S) -> Iterator[_S]:
    try:
        with running(server):
            yield server
    except ServerDidNotStart as error:
        _unavailable(str(error))


def _snac_program() -> Path:
    """snac from the cache, put there when missing; else one that is installed."""
    program = shutil.which("snac")
    cached = CACHE / "snac2" / "usr" / "bin" / "snac"
    if program and not cached.exists():
        return Path(program)
    return _installed("snac2", INSTALL_SNAC, "usr/bin/snac") / "usr" / "bin" / "snac"


def _installed(name: str, script: Path, proof: str) -> Path:
    """The directory of a server in the cache; `script` puts it there unless the file `proof` is in it."""
    directory = CACHE / name
    if not (directory / proof).exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with (CACHE / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # the other workers wait for one download
            if not (directory / proof).exists():
                done = subprocess.run([script, directory], capture_output=True, text=True, check=False)
                if done.returncode:
                    _unavailable(done.stderr.strip()[-500:])
    return directory


def _unavailable(reason: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
