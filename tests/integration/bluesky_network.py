"""A Bluesky network on loopback: directory, data server and app view, with a brand and a fan of it."""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from tests.integration.mastodon_servers import (
    PATIENCE,
    ServerDidNotStart,
    die_with_parent,
    free_port,
    until,
)

HERE = Path(__file__).parent / "bluesky"
SLOW_START = 120.0  # seconds: the app view migrates its database
BEFORE_NEXT_HOP = 3.0  # seconds until the app view has indexed a post so that a reply to it counts


class BlueskyNetwork:
    """A running network with the accounts `brand.test` and `fan.test`.

    What the fan posts is there when the method returns. `password` is an app password of the brand's.
    """

    name = "bluesky"

    def __init__(self, installed: Path) -> None:
        self._installed = installed
        words = dict(
            line.split("=", 1) for line in (installed / "environment").read_text("utf-8").splitlines()
        )
        self._path, self._libraries = words["PATH"], words["LD_LIBRARY_PATH"]
        self._postgres, self._redis = Path(words["POSTGRES"]), words["REDIS"]
        # postgres refuses to run as root and then needs a directory another user can enter
        self._user = "nobody" if os.geteuid() == 0 else None
        self._directory = Path(tempfile.mkdtemp(prefix="kefu-bluesky-"))
        self._log = self._directory / "network.log"
        self._processes: list[subprocess.Popen[bytes]] = []
        self._tokens: dict[str, str] = {}
        self.dids: dict[str, str] = {}
        self.url = ""
        self.password = ""
        self.handle = "brand.test"

    def start(self) -> None:
        """Start everything on free ports; raises `ServerDidNotStart`."""
        database = self._start_postgres()
        cache = free_port()
        quiet = ["--port", str(cache), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._run([self._redis, *quiet], libraries=True)
        ports = [free_port() for _ in range(4)]
        self.url = f"http://localhost:{ports[1]}"
        environ = {
            "KEFU_NETWORK": str(self._installed),
            "DB_POSTGRES_URL": f"postgresql://kefu@127.0.0.1:{database}/postgres",
            "DB_POSTGRES_SCHEMA": "bsky",
            "REDIS_HOST": f"127.0.0.1:{cache}",
            "LOG_ENABLED": "0",
            "PATH": self._path,
        }
        program = ["node", "--require", str(HERE / "loopback.cjs"), str(HERE / "network.mjs")]
        self._run([*program, *map(str, ports)], environ=environ)
        self._wait(lambda: "the network is up" in self._log.read_text("utf-8", "replace"), SLOW_START)
        for name in ("brand", "fan"):
            self._sign_up(name)
        made = self._call("brand", "com.atproto.server.createAppPassword", json={"name": "kefu"})
        self.password = made["password"]

    def stop(self) -> None:
        for process in reversed(self._processes):
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            process.wait()
        shutil.rmtree(self._directory, ignore_errors=True)

    def mention(self, text: str, *, created_at: datetime | None = None) -> str:
        """The fan posts `@brand.test text`; gives the URI once the brand has been notified of it."""
        return self.mentions([text], created_at=created_at)[0]

    def mentions(self, texts: list[str], *, created_at: datetime | None = None) -> list[str]:
        uris = [self._mention(text, created_at or datetime.now(UTC)) for text in texts]
        until(lambda: set(uris) <= set(self._listed()), "a mention did not arrive", self._end_of_log)
        return uris

    def settle(self) -> None:
        """Wait until what was just posted can be replied to: replies that are too quick are lost."""
        time.sleep(BEFORE_NEXT_HOP)

    def delete(self, uri: str) -> None:
        """The fan deletes a post; returns when it is gone from the app view."""
        key = uri.rpartition("/")[2]
        body = {"repo": self.dids["fan"], "collection": "app.bsky.feed.post", "rkey": key}
        self._call("fan", "com.atproto.repo.deleteRecord", json=body)

        def gone() -> bool:
            found: list[Any] = self._call("brand", "app.bsky.feed.getPosts", params={"uris": uri})["posts"]
            return not found

        until(gone, "a deleted post is still there", self._end_of_log)

    def replies(self, uri: str) -> list[dict[str, Any]]:
        """The brand's own records that answer a post, as its server holds them."""
        listed = self._call(
            "brand",
            "com.atproto.repo.listRecords",
            params={"repo": self.dids["brand"], "collection": "app.bsky.feed.post", "limit": 100},
        )
        return [
            record
            for record in listed["records"]
            if record["value"].get("reply", {}).get("parent", {}).get("uri") == uri
        ]

    def thread(self, uri: str) -> list[dict[str, Any]]:
        """The replies below a post as the app view shows them to the fan."""
        found = self._call("fan", "app.bsky.feed.getPostThread", params={"uri": uri})
        shown: list[dict[str, Any]] = found["thread"].get("replies", [])
        return shown

    def _mention(self, text: str, at: datetime) -> str:
        words = f"@{self.handle} {text}"
        feature = {"$type": "app.bsky.richtext.facet#mention", "did": self.dids["brand"]}
        record = {
            "$type": "app.bsky.feed.post",
            "text": words,
            "createdAt": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "langs": ["zh"],
            "facets": [{"index": {"byteStart": 0, "byteEnd": len(self.handle) + 1}, "features": [feature]}],
        }
        body = {"repo": self.dids["fan"], "collection": "app.bsky.feed.post", "record": record}
        uri: str = self._call("fan", "com.atproto.repo.createRecord", json=body)["uri"]
        return uri

    def _listed(self) -> list[str]:
        listed = self._call("brand", "app.bsky.notification.listNotifications", params={"limit": 100})
        return [entry["uri"] for entry in listed["notifications"]]

    def _sign_up(self, name: str) -> None:
        body = {"handle": f"{name}.test", "email": f"{name}@mail.test", "password": f"{name}-pw"}
        made = self._call("", "com.atproto.server.createAccount", json=body)
        self.dids[name], self._tokens[name] = made["did"], made["accessJwt"]

    def _call(self, who: str, method: str, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self._tokens[who]}"} if who else {}
        response = httpx.request(
            "POST" if "json" in options else "GET",
            f"{self.url}/xrpc/{method}",
            headers=headers,
            timeout=PATIENCE,
            trust_env=False,
            **options,
        )
        response.raise_for_status()
        return response.json() if response.content else None

    def _start_postgres(self) -> int:
        data, port = self._directory / "postgres", free_port()
        data.mkdir()
        if self._user:
            self._directory.chmod(0o755)
            shutil.chown(data, self._user)
        make = [
            self._postgres / "initdb",
            "-D",
            data,
            "-U",
            "kefu",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
        ]
        done = subprocess.run(make, capture_output=True, text=True, check=False, **self._as_user())
        if done.returncode:
            raise ServerDidNotStart(f"initdb: {done.stderr}")
        options = {"port": port, "listen_addresses": "127.0.0.1", "max_connections": 200, "fsync": "off"}
        settings = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        self._run(
            [self._postgres / "postgres", "-D", data, "-k", data, *settings], libraries=True, as_user=True
        )

        def up() -> bool:
            ask = [self._postgres / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
            return subprocess.run(ask, check=False).returncode == 0

        self._wait(up, PATIENCE)
        return port

    def _as_user(self) -> dict[str, Any]:
        return {"user": self._user, "extra_groups": []} if self._user else {}

    def _run(
        self,
        command: list[Any],
        *,
        environ: dict[str, str] | None = None,
        libraries: bool = False,
        as_user: bool = False,
    ) -> None:
        own = {"LD_LIBRARY_PATH": self._libraries} if libraries and self._libraries else {}
        with self._log.open("ab") as log:
            self._processes.append(
                subprocess.Popen(
                    command,
                    cwd=self._directory,
                    env=os.environ | own | (environ or {}),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    preexec_fn=die_with_parent if sys.platform == "linux" else None,
                    **(self._as_user() if as_user else {}),
                )
            )

    def _wait(self, condition: Any, patience: float) -> None:
        def met() -> bool:
            if any(process.poll() is not None for process in self._processes):
                raise ServerDidNotStart(f"bluesky: a part ended: {self._end_of_log()}")
            return bool(condition())

        try:
            until(met, "bluesky does not come up", self._end_of_log, patience=patience)
        except TimeoutError as error:
            raise ServerDidNotStart(str(error)) from None

    def _end_of_log(self) -> str:
        return re.sub(r"\s+", " ", self._log.read_text("utf-8", "replace")[-2000:])
