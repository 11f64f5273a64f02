"""Cache of businesses for five seconds, so that a request rarely asks Redis for one."""

from collections import OrderedDict
from typing import Final, TypeVar

from elements_bridge.businesses.backup.presence import CACHE_S, BusinessPresence
from elements_bridge.businesses.business import Business
from elements_bridge.businesses.store import RedisBusinesses
from link_kernel.clock import Clock

_CACHED_BUSINESSES: Final = 10_000
_CACHED_ABSENT: Final = 1_000

T = TypeVar("T")


class CachedBusinesses:
    """Cache of businesses, at most five seconds old; absent ids are cached too.

    Absent ids have a cache of their own, since anybody can make up ids: they evict no business.
    """

    def __init__(
        self, businesses: RedisBusinesses, presence: BusinessPresence, clock: Clock
    ) -> None:
        """Take the store to read, whether it holds any, and the clock for the age of entries."""
        self._businesses = businesses
        self._presence = presence
        self._clock = clock
        self._held: OrderedDict[str, tuple[float, Business]] = OrderedDict()
        self._absent: OrderedDict[str, float] = OrderedDict()

    def holds(self, business_id: str) -> bool:
        """Tell whether the business existed at its last look-up; no Redis call."""
        return business_id in self._held

    async def find(self, business_id: str) -> Business | None:
        """Return the business or `None`; raises `StoreUnavailable`, also where all are lost."""
        now = self._clock.monotonic_s()
        held = self._held.get(business_id)
        if held is not None and now < held[0] + CACHE_S:
            return held[1]
        absent_at = self._absent.get(business_id)
        if absent_at is not None and now < absent_at + CACHE_S:
            return None
        stored = await self._businesses.get(business_id)
        if stored is None:
            self._held.pop(business_id, None)
            await self._presence.require_any(business_id)
            _keep(self._absent, business_id, now, most=_CACHED_ABSENT)
            return None
        self._presence.note(business_id, stored.version)
        business = stored.as_business()
        self._absent.pop(business_id, None)
        _keep(self._held, business_id, (now, business), most=_CACHED_BUSINESSES)
        return business


def _keep(kept: OrderedDict[str, T], name: str, value: T, *, most: int) -> None:
    """Put a value into a cache of at most `most` entries; the oldest is evicted."""
    kept[name] = value
    kept.move_to_end(name)
    if len(kept) > most:
        kept.popitem(last=False)
