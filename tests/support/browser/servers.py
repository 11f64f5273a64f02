"""The stack as browser tests use it: its recorded exchanges, and calls from outside a browser."""

import asyncio
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from aiohttp import ClientResponse, ClientSession, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult

from link_dev.harness.addresses import LOOPBACK
from link_dev.harness.trace import Entry
from link_dev.stack import Stack
from tests.support.clients.bridge_client import API
from tests.support.clients.whole_response import WholeResponse

DEADLINE_S: Final = 15.0


class LoopbackResolver(AbstractResolver):
    """Resolves every name to loopback: browsers resolve `*.localhost` so, Python does not."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the loopback address."""
        return [
            ResolveResult(
                hostname=host,
                host=LOOPBACK,
                port=port,
                family=socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        """Do nothing: the resolver holds no resources."""


def open_http() -> ClientSession:
    """Return a client that reaches every `*.localhost`."""
    return ClientSession(
        response_class=WholeResponse, connector=TCPConnector(resolver=LoopbackResolver())
    )


@dataclass(frozen=True)
class Servers:
    """The running stack, its trace since the test began, and an HTTP client."""

    stack: Stack
    http: ClientSession
    since: int

    @classmethod
    def watched(cls, stack: Stack, http: ClientSession) -> Self:
        """Start a test: ignore earlier exchanges and remove pending faults."""
        stack.faults.clear()
        entries = stack.trace.entries
        return cls(stack, http, entries[-1]["seq"] if entries else 0)

    def origin(self, name: str) -> str:
        """Return the origin of one of the hosts."""
        return self.stack.origin(name)

    def calls(self, route: str) -> list[Entry]:
        """Return the exchanges of one route of the bridge so far."""
        return [entry for entry in self._entries() if _is_call_of(entry, route)]

    def seen(self, method: str, path: str) -> list[Entry]:
        """Return the exchanges of one path so far, of the Link API for example."""
        return [one for one in self._entries() if (one["method"], one["path"]) == (method, path)]

    def documents(self) -> list[Entry]:
        """Return the exchanges in which a frame document was served so far."""
        return [entry for entry in self._entries() if entry["sec_fetch_dest"] == "iframe"]

    def exchanges(self, host: str) -> list[Entry]:
        """Return every exchange with one of the hosts so far, preflights too."""
        return [entry for entry in self._entries() if entry["host"] == host]

    async def called(self, route: str, times: int = 1) -> list[Entry]:
        """Wait until a route was called `times`, and return all calls of it."""
        async with asyncio.timeout(DEADLINE_S):
            async for _ in self.stack.trace.follow(self.since):
                if len(calls := self.calls(route)) >= times:
                    return calls
        raise AssertionError("the trace was closed")

    async def post(
        self, route: str, body: object, *, origin: str, headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Call the bridge with a forged `Origin`; return status and body."""
        sent = {"Origin": origin, **(headers or {})}
        url = f"{self.origin('link')}{API}/{route}"
        async with self.http.post(url, json=body, headers=sent) as response:
            return response.status, await _json(response)

    def _entries(self) -> list[Entry]:
        return [entry for entry in self.stack.trace.entries if entry["seq"] > self.since]


def _is_call_of(entry: Entry, route: str) -> bool:
    return (entry["method"], entry["path"]) == ("POST", f"{API}/{route}")


async def _json(response: ClientResponse) -> dict[str, Any]:
    body: dict[str, Any] = await response.json()
    return body
