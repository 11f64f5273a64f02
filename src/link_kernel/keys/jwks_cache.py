"""Cache of the issuer's public keys at a resource server (docs/protocol.md#jwks).

Clients cannot cause requests to the issuer at will: there is one request at a time, one in 30 s
after a success and one in 2 s after a failure, even for tokens with invented `kid`s. An issuer that
is down logs nobody out: the last keys continue to verify tokens, and a token with an unknown key is
answered with 502, not with 401.
"""

import asyncio
import logging
import math
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Literal, Protocol, Self

from link_kernel.clock import Clock
from link_kernel.errors import UpstreamUnavailable
from link_kernel.keys.jwks import JwksError, PublicKeys, read_key_set

DEFAULT_FRESH_S: Final = 300
LEAST_FRESH_S: Final = 60
MOST_FRESH_S: Final = 3600
REVALIDATING_S: Final = 60  # stale-while-revalidate: no request waits for the fetch in this time
TRUSTED_S: Final = 12 * 3600  # stale-if-error: the oldest set that is used while the issuer is down
COOLDOWN_S: Final = 30
PAUSE_S: Final = 2

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FetchedJwks:
    """A response of the issuer: the document, and its remaining `max-age` in seconds, if any."""

    unverified_body: bytes
    max_age_s: int | None


class JwksSource(Protocol):
    """Fetches the issuer's JWK set; see `web.jwks_client`."""

    async def fetch(self) -> FetchedJwks:
        """Return the published set, within a few seconds; raises `UpstreamUnavailable`."""
        ...


@dataclass(frozen=True, slots=True)
class _CachedKeys:
    """The keys of one fetch; times in seconds of the monotonic clock."""

    keys: PublicKeys
    fetched_at_s: float
    fresh_until_s: float


class JwksCache:
    """The issuer's keys, fetched lazily and cached; a context manager that ends a running fetch.

    As long as the keys are unchanged, the same mapping object is returned, so a verifier built from
    it may be reused for as long as the cache returns that object.
    """

    def __init__(self, source: JwksSource, clock: Clock, *, setting: str = "jwks_url") -> None:
        """Take the source of the keys, and the setting that has its URL; nothing is fetched yet."""
        self._source = source
        self._clock = clock
        self._setting = setting
        self._cached: _CachedKeys | None = None
        self._is_failing = False
        self._next_fetch_s = clock.monotonic_s()
        self._fetching: asyncio.Task[None] | None = None
        self._is_closed = False

    async def __aenter__(self) -> Self:
        """Return the cache itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Cancel a running fetch; no new one is started."""
        self._is_closed = self._is_failing = True
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.wait({self._fetching})

    async def keys_for(self, unverified_kid: str) -> PublicKeys:
        """Return the keys by which to verify a token with this `kid`.

        If the mapping lacks the `kid`, the issuer has no such key. Raises `UpstreamUnavailable` if
        the keys are needed from the issuer and it does not answer.
        """
        need = self._need(unverified_kid)
        if need != "nothing" and self._may_fetch():
            fetching = self._fetch_once()
            if need == "at once":
                # Unlike `await fetching`, this does not cancel the fetch together with its caller.
                await asyncio.wait({fetching})
        cached = self._trusted()
        if cached is None or (self._is_failing and unverified_kid not in cached.keys):
            wait_s = max(1, math.ceil(self._next_fetch_s - self._clock.monotonic_s()))
            raise UpstreamUnavailable("the issuer's keys", retry_after_s=wait_s)
        return cached.keys

    def _need(self, unverified_kid: str) -> Literal["nothing", "soon", "at once"]:
        """Tell whether a fetch is needed, and whether this call has to wait for it."""
        cached, now_s = self._trusted(), self._clock.monotonic_s()
        if cached is None or unverified_kid not in cached.keys:
            return "at once"
        if now_s < cached.fresh_until_s:
            return "nothing"
        # A set this old may hold withdrawn keys. But no call waits for an issuer known to be down.
        waits = now_s >= cached.fresh_until_s + REVALIDATING_S and not self._is_failing
        return "at once" if waits else "soon"

    def _trusted(self) -> _CachedKeys | None:
        """Return the cached keys, `None` if they are too old to be used at all."""
        cached = self._cached
        if cached is None or self._clock.monotonic_s() >= cached.fetched_at_s + TRUSTED_S:
            return None
        return cached

    def _may_fetch(self) -> bool:
        if self._is_closed:
            return False
        return self._is_fetching() or self._clock.monotonic_s() >= self._next_fetch_s

    def _is_fetching(self) -> bool:
        return self._fetching is not None and not self._fetching.done()

    def _fetch_once(self) -> asyncio.Task[None]:
        """Return the running fetch, or start one."""
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(self._fetch())
        return self._fetching

    async def _fetch(self) -> None:
        fetched_at_s = self._clock.monotonic_s()
        try:
            response = await self._source.fetch()
            keys = read_key_set(response.unverified_body)
        except (UpstreamUnavailable, JwksError) as error:
            self._fail(str(error))
        except Exception as error:  # noqa: BLE001  # a bug in a source must log nobody out either
            self._fail(type(error).__name__)
        else:
            self._store(keys, fetched_at_s, response.max_age_s)

    def _store(self, keys: PublicKeys, fetched_at_s: float, max_age_s: int | None) -> None:
        if self._cached is not None and self._cached.keys == keys:
            keys = self._cached.keys
        else:
            _log.info("remote_keys_changed", extra={"count": len(keys)})
        fresh_s = DEFAULT_FRESH_S if max_age_s is None else max_age_s
        fresh_s = min(max(fresh_s, LEAST_FRESH_S), MOST_FRESH_S)
        self._cached = _CachedKeys(keys, fetched_at_s, fetched_at_s + fresh_s)
        self._is_failing = False
        self._next_fetch_s = self._clock.monotonic_s() + COOLDOWN_S

    def _fail(self, reason: str) -> None:
        _log.warning("remote_keys_not_fetched", extra={"setting": self._setting, "reason": reason})
        self._is_failing = True
        self._next_fetch_s = self._clock.monotonic_s() + PAUSE_S
