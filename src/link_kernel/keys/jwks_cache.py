"""The issuer's public keys, as a resource server holds them (docs/protocol.md#jwks).

What is asked of the issuer does not depend on who calls: one request at a time, one in 30 s after a
good answer and one in 2 s after a bad one, whatever `kid`s are made up. And an issuer that is away
logs nobody out: the last keys go on verifying, and what they cannot tell is no 401.
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
REVALIDATING_S: Final = 60  # past its age a set serves so long without anybody waiting
TRUSTED_S: Final = 12 * 3600  # so old may a set become while the issuer is away
COOLDOWN_S: Final = 30
PAUSE_S: Final = 2

_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FetchedJwks:
    """An answer of the issuer: the document, and for how many seconds it says to be good."""

    unverified_body: bytes
    max_age_s: int | None


class JwksSource(Protocol):
    """Where the issuer publishes its keys; see `web.jwks_client`."""

    async def fetch(self) -> FetchedJwks:
        """Return what is published now, within some seconds; raises `UpstreamUnavailable`."""
        ...


@dataclass(frozen=True, slots=True)
class _Held:
    keys: PublicKeys
    asked_at_s: float
    fresh_until_s: float


class JwksCache:
    """The issuer's keys, fetched at the first need and kept; a context manager that ends fetching.

    The same keys are always the same mapping, and other keys another, so whatever was made of one
    mapping holds for as long as it is the one that is returned.
    """

    def __init__(self, source: JwksSource, clock: Clock) -> None:
        """Take where the keys are published; nothing is fetched yet."""
        self._source = source
        self._clock = clock
        self._held: _Held | None = None
        self._is_failing = False
        self._next_ask_s = clock.monotonic_s()
        self._asking: asyncio.Task[None] | None = None
        self._is_closed = False

    async def __aenter__(self) -> Self:
        """Begin."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the fetch that may be under way; none begins any more."""
        self._is_closed = self._is_failing = True
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait({self._asking})

    async def keys_for(self, unverified_kid: str) -> PublicKeys:
        """Return the keys to judge a token by that names this one.

        A `kid` missing there is none of the issuer's. Raises `UpstreamUnavailable` where only the
        issuer could tell and does not answer.
        """
        need = self._need(unverified_kid)
        if need != "nothing" and self._may_ask():
            asking = self._ask_once()
            if need == "at once":
                # Unlike `await asking`, this leaves the fetch alone when its caller goes away.
                await asyncio.wait({asking})
        held = self._trusted()
        if held is None or (self._is_failing and unverified_kid not in held.keys):
            wait_s = max(1, math.ceil(self._next_ask_s - self._clock.monotonic_s()))
            raise UpstreamUnavailable("the issuer's keys", retry_after_s=wait_s)
        return held.keys

    def _need(self, unverified_kid: str) -> Literal["nothing", "soon", "at once"]:
        held, now_s = self._trusted(), self._clock.monotonic_s()
        if held is None or unverified_kid not in held.keys:
            return "at once"
        if now_s < held.fresh_until_s:
            return "nothing"
        # A set this old may hold keys long withdrawn. But an issuer known to be away delays nobody.
        waits = now_s >= held.fresh_until_s + REVALIDATING_S and not self._is_failing
        return "at once" if waits else "soon"

    def _trusted(self) -> _Held | None:
        held = self._held
        if held is None or self._clock.monotonic_s() >= held.asked_at_s + TRUSTED_S:
            return None
        return held

    def _may_ask(self) -> bool:
        if self._is_closed:
            return False
        return self._is_asking() or self._clock.monotonic_s() >= self._next_ask_s

    def _is_asking(self) -> bool:
        return self._asking is not None and not self._asking.done()

    def _ask_once(self) -> asyncio.Task[None]:
        """Return the fetch under way, or begin one."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        return self._asking

    async def _ask(self) -> None:
        asked_at_s = self._clock.monotonic_s()
        try:
            answer = await self._source.fetch()
            keys = read_key_set(answer.unverified_body)
        except (UpstreamUnavailable, JwksError) as error:
            self._fail(str(error))
        except Exception as error:  # noqa: BLE001  # a source's fault must log nobody out either
            self._fail(type(error).__name__)
        else:
            self._take(keys, asked_at_s, answer.max_age_s)

    def _take(self, keys: PublicKeys, asked_at_s: float, max_age_s: int | None) -> None:
        if self._held is not None and self._held.keys == keys:
            keys = self._held.keys
        else:
            _log.info("remote_keys_changed", extra={"count": len(keys)})
        fresh_s = DEFAULT_FRESH_S if max_age_s is None else max_age_s
        fresh_s = min(max(fresh_s, LEAST_FRESH_S), MOST_FRESH_S)
        self._held = _Held(keys, asked_at_s, asked_at_s + fresh_s)
        self._is_failing = False
        self._next_ask_s = self._clock.monotonic_s() + COOLDOWN_S

    def _fail(self, reason: str) -> None:
        _log.warning("remote_keys_not_fetched", extra={"reason": reason})
        self._is_failing = True
        self._next_ask_s = self._clock.monotonic_s() + PAUSE_S
