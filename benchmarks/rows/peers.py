"""Other services that do what our refresh does, each in an environment of its own.

`make bench` installs them below `.cache/peers` from their own lock files.
"""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import jwt

from benchmarks.measuring.generator import exchange
from benchmarks.measuring.messages import Answer, request
from benchmarks.measuring.processes import ROOT, Server, serving
from benchmarks.measuring.rounds import Row
from link_dev.embedded.free_port import free_port

INSTALLED: Final = ROOT / ".cache" / "peers"
SOURCES: Final = ROOT / "benchmarks" / "peers"
# How many calls a slice has: each session's token is spent once in it.
SESSIONS: Final = 1_000


class PeerMissing(Exception):
    """A peer is not installed; the text says how to install it."""


def json_request(token: str) -> bytes:
    """Return the refresh of a service that takes JSON, as ours does."""
    return request("POST", "/refresh", body={"refresh_token": token})


def form_request(token: str) -> bytes:
    """Return the refresh of RFC 6749 section 6."""
    form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": "shop"}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return request("POST", "/token", headers, urlencode(form).encode())


@dataclass(frozen=True)
class Peer:
    """A service, the folder of its environment, a file in it, and what its refresh looks like.

    The command is given the port and the address of Redis.
    """

    name: str
    folder: str
    program: str
    command: Callable[[int, str], list[str]]
    refresh: Callable[[str], bytes]

    @property
    def row(self) -> str:
        """The name of its row."""
        return f"refresh of {self.name}"

    @property
    def installed(self) -> Path:
        """The folder of its environment."""
        return INSTALLED / self.folder

    @asynccontextmanager
    async def running(self, redis_url: str, folder: Path) -> AsyncIterator[Row]:
        """Run it and return its row; raises `PeerMissing`."""
        program = self.installed / self.program
        if not program.exists():
            raise PeerMissing(f"{self.name} is not installed: run `make bench`")
        port = free_port()
        async with serving(
            self.command(port, redis_url),
            port,
            output=folder / f"{self.folder}.log",
            env={"REDIS_URL": redis_url},
            health=(port, "/not-there"),
        ) as server:
            yield Row(self.row, server, SESSIONS, await self._calls(server))

    async def _calls(self, server: Server) -> "PeerRefreshes":
        seeding = request("POST", f"/seed?count={SESSIONS}", body={})
        (answer,) = await exchange(server.port, [seeding])
        return PeerRefreshes(self.refresh, answer.json()["refresh_tokens"])


@dataclass
class PeerRefreshes:
    """Sessions at a peer that each rotate their own token, once in a slice."""

    refresh: Callable[[str], bytes]
    tokens: list[str]

    async def prepare(self, count: int) -> list[bytes]:
        """Return one request of each session."""
        assert count == len(self.tokens)
        return [self.refresh(token) for token in self.tokens]

    def take(self, answers: Sequence[Answer]) -> None:
        """Check that each token was rotated and each access token signed with ES256."""
        grants: list[Any] = [answer.json() for answer in answers]
        for spent, grant in zip(self.tokens, grants, strict=True):
            assert grant["refresh_token"] != spent
            assert jwt.get_unverified_header(grant["access_token"])["alg"] == "ES256"
        self.tokens = [grant["refresh_token"] for grant in grants]


def _stock_parts(port: int, redis_url: str) -> list[str]:
    program = str(INSTALLED / "stock_parts" / "bin" / "python")
    return [program, str(SOURCES / "stock_parts" / "server.py"), str(port), redis_url]


def _fastapi(port: int, _redis_url: str) -> list[str]:
    program = str(INSTALLED / "fastapi" / "bin" / "uvicorn")
    folder = str(SOURCES / "fastapi")
    options = ["--loop", "uvloop", "--http", "httptools", "--port", str(port)]
    return [program, "--app-dir", folder, "server:app", *options]


def _oidc_provider(port: int, redis_url: str) -> list[str]:
    return ["node", str(INSTALLED / "oidc_provider" / "server.js"), str(port), redis_url]


PEERS: Final = (
    Peer("stock parts", "stock_parts", "bin/python", _stock_parts, json_request),
    Peer("oidc-provider", "oidc_provider", "node_modules", _oidc_provider, form_request),
    Peer("FastAPI", "fastapi", "bin/uvicorn", _fastapi, json_request),
)


@asynccontextmanager
async def running_peers(redis_url: str, folder: Path) -> AsyncIterator[list[Row]]:
    """Run every peer and return the rows; raises `PeerMissing`."""
    async with AsyncExitStack() as running:
        yield [await running.enter_async_context(peer.running(redis_url, folder)) for peer in PEERS]


def versions() -> list[str]:
    """Return the version of each package that makes a peer what it is."""
    found = [
        f"{name} {json.loads((at / name / 'package.json').read_text('utf-8'))['version']}"
        for at in [INSTALLED / "oidc_provider" / "node_modules"]
        for name in ("oidc-provider", "ioredis")
    ]
    lock = (SOURCES / "fastapi" / "requirements.lock").read_text("utf-8")
    pinned = dict(line.split()[0].split("==") for line in lock.splitlines() if "==" in line)
    return [*found, *(f"{name} {pinned[name]}" for name in ("fastapi", "uvicorn", "httptools"))]
