"""Real servers of the Mastodon API on loopback, each with a brand and a fan of it.

A server is a process of its own with its data in a directory of its own, so a worker of a parallel run has
its own, it can be killed and started again, and nothing is left when the run ends: on Linux the kernel
kills it with the run, however that ends.
"""

import contextlib
import ctypes
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx

HERE = Path(__file__).parent
PATIENCE = 30.0  # seconds until a server that does not come up, or a post that does not arrive, is a failure
_CROWD = 40  # posts at once: snac delivers to itself over HTTP and trips over more
_ATTEMPTS = 3  # another process may take a port between our finding and using it


class ServerDidNotStart(Exception):
    """The process ended or stayed silent; the message holds the end of its log."""


class MastodonServer:
    """A server: `url`, and the tokens of the accounts `brand` and `fan`.

    What the fan posts is there when the method returns, so a test need not wait for delivery.
    """

    name: str
    brand_token: str
    fan_token: str

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._log = directory / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Prepare the data and start on a free port; raises `ServerDidNotStart`."""
        for attempts_left in reversed(range(_ATTEMPTS)):
            self.port = free_port()
            self._prepare()
            try:
                self.restart()
                break
            except ServerDidNotStart:
                if not attempts_left:
                    raise

    def restart(self) -> None:
        """Start again where it stopped: same port, same data, same tokens."""
        self.kill()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command(),
                cwd=self._directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent if sys.platform == "linux" else None,
            )
        self._wait_until_up()

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def mention(self, text: str, *, visibility: str = "public", content_warning: str = "") -> str:
        """The fan posts `@brand text`; gives the id of the post once the brand has been notified of it."""
        return self.mentions([text], visibility=visibility, content_warning=content_warning)[0]

    def mentions(
        self, texts: list[str], *, visibility: str = "public", content_warning: str = ""
    ) -> list[str]:
        """Several posts of the fan, one after another; returns when the brand is notified of all of them."""
        ids: list[str] = []
        for start in range(0, len(texts), _CROWD):
            crowd = []
            for text in texts[start : start + _CROWD]:
                form = {"status": f"@brand {text}", "visibility": visibility}
                if content_warning:
                    form["spoiler_text"] = content_warning
                crowd.append(str(self.as_fan("POST", "/api/v1/statuses", data=form)["id"]))
            self._wait_until_notified(crowd)
            ids += crowd
        return ids

    def context(self, post_id: str) -> dict[str, Any]:
        """The thread around a post as the brand sees it: `ancestors` and `descendants`."""
        context: dict[str, Any] = self.as_brand("GET", f"/api/v1/statuses/{post_id}/context")
        return context

    def replies(self, post_id: str) -> list[dict[str, Any]]:
        """What the brand has published below a post."""
        own_id = self.as_brand("GET", "/api/v1/accounts/verify_credentials")["id"]
        return [
            status
            for status in self.context(post_id)["descendants"]
            if status["account"]["id"] == own_id and status["in_reply_to_id"] == post_id
        ]

    def delete(self, post_id: str) -> None:
        """The fan deletes a post."""
        self.as_fan("DELETE", f"/api/v1/statuses/{post_id}")

    def as_fan(self, method: str, path: str, **options: Any) -> Any:
        return self._call(self.fan_token, method, path, **options)

    def as_brand(self, method: str, path: str, **options: Any) -> Any:
        return self._call(self.brand_token, method, path, **options)

    def _call(self, token: str, method: str, path: str, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        response = httpx.request(
            method, f"{self.url}{path}", headers=headers, timeout=PATIENCE, trust_env=False, **options
        )
        response.raise_for_status()
        return response.json() if response.content else None

    def _wait_until_notified(self, post_ids: list[str]) -> None:
        def all_listed() -> bool:
            newest = self.as_brand("GET", f"/api/v1/notifications?limit={2 * _CROWD}")
            return set(post_ids) <= {entry["status"]["id"] for entry in newest if entry.get("status")}

        until(all_listed, f"{self.name} did not deliver the mentions", self._end_of_log)

    def _wait_until_up(self) -> None:
        def up() -> bool:
            if self._process is None or self._process.poll() is not None:
                raise ServerDidNotStart(f"{self.name} ended: {self._end_of_log()}")
            with contextlib.suppress(httpx.HTTPError):
                return httpx.get(f"{self.url}/api/v1/instance", trust_env=False).is_success
            return False

        try:
            until(up, f"{self.name} does not answer", self._end_of_log)
        except TimeoutError as error:
            raise ServerDidNotStart(str(error)) from None

    def _end_of_log(self) -> str:
        return self._log.read_text("utf-8", "replace")[-2000:]

    def _prepare(self) -> None:
        raise NotImplementedError

    def _command(self) -> list[str]:
        raise NotImplementedError


class MastodonMock(MastodonServer):
    """mastodon_mock: a stateful double of a current Mastodon."""

    name = "mastodon_mock"
    brand_token = "brand_token"
    fan_token = "fan_token"

    def _prepare(self) -> None:
        settings = (HERE / "mastodon_mock.toml").read_text("utf-8")
        database = json.dumps(str(self._directory / "mock.sqlite"))
        (self._directory / "mock.toml").write_text(f"{settings}\n[database]\npath = {database}\n", "utf-8")

    def _command(self) -> list[str]:
        run = [sys.executable, "-m", "mastodon_mock", "serve", "--config", "mock.toml"]
        return [*run, "--host", "127.0.0.1", "--port", str(self.port), "--log-level", "warning"]

    def add_fault(self, path: str, effect: dict[str, Any], *, method: str = "GET", count: int = 1) -> None:
        """Misbehave on the next `count` requests to `path`: an effect of its fault injection."""
        rule = {"match": {"methods": [method], "path": path}, "effect": effect, "count": count}
        self.as_brand("POST", "/api/v1/_mock/faults", json=rule)

    def clear_faults(self) -> None:
        self.as_brand("DELETE", "/api/v1/_mock/faults")

    def revoke(self, token: str) -> None:
        """Make a token invalid, as its owner would on the server's web page."""
        self.as_brand("POST", "/oauth/revoke", data={"token": token})


class Snac(MastodonServer):
    """snac: a thin ActivityPub server whose Mastodon API has its own ideas.

    It ignores `types[]`, answers `min_id` with the newest page, lists no more than its 64 newest
    notifications, calls a direct post `private`, knows neither `Link` nor rate limits nor idempotency keys,
    answers 401 without a body and closes connections unannounced. It delivers every few seconds only.
    """

    name = "snac2"

    def __init__(self, directory: Path, program: Path) -> None:
        super().__init__(directory)
        self._program = str(program)

    def start(self) -> None:
        super().start()
        self.brand_token = self._sign_in("brand")
        self.fan_token = self._sign_in("fan")

    def _prepare(self) -> None:
        self._data = self._directory / f"data-{self.port}"
        self._passwords: dict[str, str] = {}
        self._snac("init", answers=f"127.0.0.1\n{self.port}\n127.0.0.1:{self.port}\n\n\n")
        settings = self._data / "server.json"
        # it delivers to itself over HTTP: it must not run out of threads, nor give up on itself for minutes
        patient = {"num_threads": 128, "queue_timeout": 30, "queue_timeout_2": 30, "queue_retry_minutes": 0}
        plain = {"protocol": "http", "disable_email_notifications": True}
        settings.write_text(json.dumps(json.loads(settings.read_text("utf-8")) | plain | patient), "utf-8")
        for user in ("brand", "fan"):
            self._snac("adduser", user)
            said = self._snac("resetpwd", user)
            self._passwords[user] = said.split()[-1]

    def _snac(self, command: str, *arguments: str, answers: str = "") -> str:
        done = subprocess.run(
            [self._program, command, str(self._data), *arguments],
            input=answers,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        if done.returncode:
            raise ServerDidNotStart(f"snac {command}: {done.stdout}{done.stderr}")
        return done.stdout

    def _command(self) -> list[str]:
        return [self._program, "httpd", str(self._data)]

    def _sign_in(self, user: str) -> str:
        form = {"login": user, "passwd": self._passwords[user]}
        response = httpx.post(
            f"{self.url}/oauth/x-snac-get-token", data=form, timeout=PATIENCE, trust_env=False
        )
        token = response.text.strip()
        if not re.fullmatch(r"[0-9a-f]+", token):
            raise ServerDidNotStart(f"snac gave {user} no token: {token[:80]}")
        return token


@contextlib.contextmanager
def running(server: MastodonServer) -> Iterator[MastodonServer]:
    """Start the server and end it whatever happens."""
    try:
        server.start()
        yield server
    finally:
        server.kill()


def until(
    condition: Callable[[], bool],
    complaint: str,
    more: Callable[[], str] = str,
    *,
    patience: float = PATIENCE,
) -> None:
    """Wait until something is so; raises `TimeoutError` with what was hoped for."""
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{complaint}: {more()}")
        time.sleep(0.02)  # between two looks at another process


def free_port() -> int:
    """A port of loopback that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def die_with_parent() -> None:
    """Ask the kernel to kill this child when the test run ends, even by kill -9 (Linux: PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() == 1:  # it ended before we asked
        os._exit(1)
