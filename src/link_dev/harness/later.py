"""Lets time pass in Redis, whose clock cannot be set.

Going forward by a minute is the same as everything stored having happened a minute earlier.
"""

from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Final, cast

from aiohttp import web
from pydantic import Field
from redis.asyncio import Redis

from elements_bridge.keyring import KeyringFile
from link_api.auth.codes import redis_keys
from link_api.auth.codes.service import contact_mac
from link_dev.harness.outbox import Outbox
from link_dev.harness.whose import OfBusiness
from link_kernel.keys.keyring_file import read_keyring, secret_ring
from link_kernel.redis.any_client import primaries_of
from link_kernel.redis.connection import connect
from link_kernel.redis.keys import PREFIX
from link_kernel.web.request import read_body

_OF_CODES: Final = f"{PREFIX}{{*}}:otp-*"
_MINUTE_MS: Final = 60_000
# In one trip, so that a test of many steps takes little real time. The lists are those of limits:
# instants of calls, newest first, in seconds.
_AGE: Final = """
local ms = tonumber(ARGV[1])
for _, key in ipairs(redis.call('KEYS', ARGV[2])) do
  local kind, left = redis.call('TYPE', key).ok, redis.call('PTTL', key)
  if left >= 0 and left <= ms then
    redis.call('DEL', key)
    left = -1
  elseif kind == 'hash' then
    local flat = redis.call('HGETALL', key)
    for i = 1, #flat, 2 do
      if string.sub(flat[i], -3) == '_at' and flat[i + 1] ~= '' then
        redis.call('HINCRBY', key, flat[i], -ms)
      end
    end
  elseif kind == 'zset' then
    for _, member in ipairs(redis.call('ZRANGE', key, 0, -1)) do
      redis.call('ZINCRBY', key, -ms, member)
    end
  elseif kind == 'list' then
    for i, at in ipairs(redis.call('LRANGE', key, 0, -1)) do
      redis.call('LSET', key, i - 1, string.format('%.6f', tonumber(at) - ms / 1000))
    end
  end
  if left >= 0 then
    redis.call('PEXPIRE', key, left - ms)
  end
end
"""


async def let_pass(redis: Redis, milliseconds: int, *, keys: str = "*") -> None:
    """Age what is stored under `keys`, a glob: TTLs, `*_at` fields, scores, times of calls."""
    for primary in await primaries_of(redis):
        await cast("Awaitable[object]", primary.eval(_AGE, 0, str(milliseconds), keys))


class LaterOrder(OfBusiness):
    """How many minutes pass for one-time codes: a contact's, else a business's, else all."""

    minutes: int = Field(ge=1, le=60)
    contact: str | None = Field(None, max_length=254)


@dataclass(frozen=True, slots=True)
class Later:
    """Lets minutes pass for the codes of one stack, which a person would have to wait for."""

    redis_url: str
    keyring: str = field(repr=False)
    outbox: Outbox

    async def pass_minutes(self, request: web.Request) -> web.Response:
        """`POST /dev/later`: codes, their messages and their waits are so much older."""
        order = await read_body(request, LaterOrder)
        async with connect(self.redis_url) as redis:
            for keys in self._of(order):
                await let_pass(redis, order.minutes * _MINUTE_MS, keys=keys)
        return web.json_response({"minutes": order.minutes})

    def _of(self, order: LaterOrder) -> set[str]:
        """Return the keys of the codes that an order names.

        What counts for many, such as a network's contacts, is nobody's own and stays as it is.
        """
        if order.contact:
            asked = self.outbox.asked_by(order.contact)
        elif order.business_id:
            asked = self.outbox.asked_in(order.business_id)
        else:
            return {_OF_CODES}
        secrets = secret_ring(read_keyring(self.keyring, KeyringFile).secrets)
        return {
            key
            for contact, binding in asked
            for named_by in secrets.naming
            for key in redis_keys.of_contact(contact_mac(secrets, named_by, contact), binding.text)
        }
