"""Fetches an issuer's JWK set over HTTP, for `remote_keys` (docs/protocol.md#jwks).

The set decides whom a service believes, so it comes from the configured URL and nowhere else: no
redirect is followed, and no proxy of the environment is asked.
"""

import re
import socket
from typing import Final

from aiohttp import (
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
    ThreadedResolver,
    hdrs,
)
from aiohttp.abc import ResolveResult

from link_kernel.errors import UpstreamUnavailable
from link_kernel.keys.jwks_cache import FetchedJwks

_LOOPBACK: Final = "127.0.0.1"


class LoopbackNames(ThreadedResolver):
    """The system's resolver, which is never asked for a name of this machine."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a name; raises `OSError` where there is none."""
        if not f".{host.lower().rstrip('.')}".endswith(".localhost"):
            return await super().resolve(host, port, family)
        found = ResolveResult(
            hostname=host,
            host=_LOOPBACK,
            port=port,
            family=socket.AF_INET,
            proto=0,
            flags=socket.AI_NUMERICHOST,
        )
        return [found]


MAX_BODY: Final = 64 * 1024
_TIMEOUT: Final = ClientTimeout(total=3, connect=1)
_OK: Final = 200
_MAX_AGE: Final = re.compile(r"(?:^|,)\s*max-age=(\d{1,9})\s*(?=,|$)", re.ASCII | re.IGNORECASE)
_SECONDS: Final = re.compile(r"\d{1,9}", re.ASCII)
_HEADERS: Final = {
    hdrs.ACCEPT: "application/jwk-set+json, application/json",
    hdrs.ACCEPT_ENCODING: "identity",
}


def open_jwks_client(timeout: ClientTimeout = _TIMEOUT) -> ClientSession:
    """Return a client that keeps no cookie, trusts no environment and unpacks nothing.

    Some minutes lie between two requests: no connection is kept for the next.
    """
    return ClientSession(
        connector=TCPConnector(resolver=LoopbackNames(), force_close=True),
        timeout=timeout,
        cookie_jar=DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
    )


class HttpJwksSource:
    """The JWK set at one URL."""

    def __init__(self, client: ClientSession, url: str) -> None:
        """Take a client of `open_jwks_client`, and the URL as the settings allow it."""
        self._client = client
        self._url = url

    async def fetch(self) -> FetchedJwks:
        """Return what is published now; raises `UpstreamUnavailable`, within 3 s."""
        try:
            async with self._client.get(
                self._url, headers=_HEADERS, allow_redirects=False
            ) as response:
                if response.status != _OK:
                    raise UpstreamUnavailable(f"status {response.status}")
                return FetchedJwks(await _body(response), _max_age_s(response))
        except (ClientError, TimeoutError, OSError) as error:
            raise UpstreamUnavailable(type(error).__name__) from error


async def _body(response: ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_BODY:
            raise UpstreamUnavailable("the answer is too large")
    return bytes(body)


def _max_age_s(response: ClientResponse) -> int | None:
    """Return how long the answer is still good (RFC 9111 section 4.2), if it says so at all."""
    found = _MAX_AGE.search(",".join(response.headers.getall(hdrs.CACHE_CONTROL, [])))
    if found is None:
        return None
    age = response.headers.get(hdrs.AGE, "")
    return int(found[1]) - (int(age) if _SECONDS.fullmatch(age) else 0)
