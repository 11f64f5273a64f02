"""The store of businesses in Redis (`docs/session-store.md`)."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeVar, cast

from redis.asyncio import Redis

from elements_bridge.businesses.allow_list import AllowList
from elements_bridge.businesses.business import Business
from elements_bridge.businesses.numbering import NUMBERING
from link_kernel.redis import keys as redis_keys
from link_kernel.redis.any_client import execute_together, primaries_of
from link_kernel.redis.connection import store_failures
from link_kernel.redis.scripts import LuaScripts
from link_kernel.sessions.records import Mode

# A store of a million sessions is scanned in a thousand round trips and not in a hundred thousand.
_SCANNED_AT_ONCE: Final = 1_000
_PIPELINED: Final = 200  # businesses read or written in one round trip

_log: Final = logging.getLogger(__name__)

DpopPolicy = Literal["preferred", "required"]
ReloadPolicy = Literal["forget", "keep"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StoredBusiness:
    """A business as stored in its hash; `version` counts its changes, 0 before the first write.

    `country` is empty and `reload` is `forget` in what an older release wrote. `is_malformed` tells
    that another program wrote a hash that cannot be read: it is disabled until a write corrects it.
    """

    id: str
    name: str
    state: Literal["enabled", "disabled"]
    mode: Mode
    origins: tuple[str, ...]
    version: int = 0
    dpop: DpopPolicy = "preferred"
    country: str = ""
    reload: ReloadPolicy = "forget"
    is_malformed: bool = False

    def as_business(self) -> Business:
        """Return the business with its allow-list parsed."""
        allow_list = AllowList(self.origins, mode=self.mode)
        return Business(
            id=self.id,
            name=self.name,
            enabled=self.state == "enabled",
            mode=self.mode,
            allow_list=allow_list,
            requires_dpop=self.dpop == "required",
            country=self.country,
            keeps_reload=self.reload == "keep",
        )


class RedisBusinesses:
    """Reads and writes businesses; each call is one round trip or one transaction."""

    def __init__(self, redis: Redis) -> None:
        """Take the shared Redis."""
        self._redis = redis
        self._scripts = LuaScripts(redis, "elements_bridge.businesses")

    async def get(self, business_id: str) -> StoredBusiness | None:
        """Return the stored business; raises `StoreUnavailable`."""
        with store_failures():
            fields = await self._redis.hgetall(redis_keys.business(business_id))
        return _stored(business_id, cast("dict[str, str]", fields)) if fields else None

    async def put(self, business: StoredBusiness) -> bool:
        """Write all fields with optimistic locking; `False` if the stored version is another.

        Raises `StoreUnavailable`.
        """
        reply = await self._scripts.run(
            "put_business",
            [redis_keys.business(business.id)],
            [
                business.version,
                business.name,
                business.state,
                business.mode,
                json.dumps(business.origins),
                business.dpop,
                business.country,
                business.reload,
            ],
        )
        return reply[0] == "written"

    async def all(self) -> list[StoredBusiness]:
        """Return every business, by id; raises `StoreUnavailable`."""
        found: list[StoredBusiness | None] = []
        for part in _parts(sorted({each async for each in self.ids()})):
            found += await asyncio.gather(*map(self.get, part))
        return [business for business in found if business is not None]

    async def ids(self) -> AsyncGenerator[str]:
        """Yield the id of every business, perhaps twice; raises `StoreUnavailable`.

        It goes through all keys of the store, sessions included, so no request waits for it.
        """
        with store_failures():
            for primary in await primaries_of(self._redis):
                scan = primary.scan_iter(redis_keys.BUSINESS_PATTERN, count=_SCANNED_AT_ONCE)
                async for key in scan:
                    yield str(key).removeprefix(redis_keys.business(""))

    async def any_id(self) -> str | None:
        """Return the id of some business, `None` if there is none; as slow as `ids`."""
        async with contextlib.aclosing(self.ids()) as ids:
            async for business_id in ids:
                return business_id
        return None

    async def first_of(self, business_ids: Sequence[str]) -> str | None:
        """Return the first of these that exists, if any does; one round trip."""
        missing = set(await self.missing_of(business_ids))
        return next((each for each in business_ids if each not in missing), None)

    async def missing_of(self, business_ids: Sequence[str]) -> list[str]:
        """Return those of these that are not in the store; a round trip for some hundreds."""
        missing: list[str] = []
        for part in _parts(business_ids):
            asking = [("EXISTS", redis_keys.business(each)) for each in part]
            with store_failures():
                found = await execute_together(self._redis, *asking)
            missing += [each for each, is_there in zip(part, found, strict=True) if not is_there]
        return missing

    async def put_all(self, businesses: Sequence[StoredBusiness]) -> frozenset[str]:
        """Write businesses as `put` does; return the ids of those that another writer changed.

        Raises `StoreUnavailable`; some may be written then.
        """
        changed: set[str] = set()
        for part in _parts(businesses):
            written = await asyncio.gather(*map(self.put, part))
            changed |= {each.id for each, done in zip(part, written, strict=True) if not done}
        return frozenset(changed)


def _parts(whole: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield parts that fit into one round trip."""
    for start in range(0, len(whole), _PIPELINED):
        yield whole[start : start + _PIPELINED]


def _stored(business_id: str, fields: dict[str, str]) -> StoredBusiness:
    state: Literal["enabled", "disabled"] = (
        "enabled" if fields.get("state") == "enabled" else "disabled"
    )
    mode: Mode = "test" if fields.get("mode") == "test" else "live"
    dpop: DpopPolicy = "required" if fields.get("dpop") == "required" else "preferred"
    reload: ReloadPolicy = "keep" if fields.get("reload") == "keep" else "forget"
    name, country = fields.get("name", ""), fields.get("country", "")
    version = fields.get("version", "0")
    number = int(version) if version.isdecimal() else 0
    try:
        origins = tuple(str(entry) for entry in json.loads(fields.get("origins", "[]")))
    except (ValueError, TypeError):
        origins = None
    if origins is None or not version.isdecimal():
        # Another program wrote a malformed hash: the business is disabled until it is corrected.
        _log.error("business_malformed", extra={"business_id": business_id})
        return StoredBusiness(business_id, name, "disabled", mode, (), number, is_malformed=True)
    known = country if country in NUMBERING else ""
    return StoredBusiness(business_id, name, state, mode, origins, number, dpop, known, reload)
