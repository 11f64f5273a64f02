"""HTTP client that fetches an issuer's JWK set for `keys.jwks_cache` (docs/protocol.md#jwks).

The set decides which tokens a service accepts, so it is fetched from the configured URL only: no
redirect is followed, and no proxy of the environment is used.
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
from link_kernel.tracing.upstream import traced_calls

_LOOPBACK: Final = "127.0.0.1"


class LoopbackNames(ThreadedResolver):
    """A DNS resolver that resolves `localhost` and `*.localhost` itself, to 127.0.0.1."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a name; raises `OSError` if there is none."""
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
    """Return a client without cookies, proxies of the environment, and decompression.

    It keeps no connection alive, because requests are minutes apart.
    """
    return ClientSession(
        connector=TCPConnector(resolver=LoopbackNames(), force_close=True),
        timeout=timeout,
        cookie_jar=DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        trace_configs=traced_calls("jwks"),
    )


class HttpJwksSource:
    """Fetches the JWK set at one URL."""

    def __init__(self, client: ClientSession, url: str) -> None:
        """Take a client of `open_jwks_client` and the URL of the settings."""
        self._client = client
        self._url = url

    async def fetch(self) -> FetchedJwks:
        """Return the published set; raises `UpstreamUnavailable`, after 3 s at the latest."""
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
    """Return the remaining freshness in seconds (RFC 9111 section 4.2), `None` if not stated."""
    max_age = _MAX_AGE.search(",".join(response.headers.getall(hdrs.CACHE_CONTROL, [])))
    if max_age is None:
        return None
    age = response.headers.get(hdrs.AGE, "")
    return int(max_age[1]) - (int(age) if _SECONDS.fullmatch(age) else 0)
