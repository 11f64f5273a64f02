"""A shop that reloads its page as soon as it hears that its customer has signed in."""

from typing import Final

import pytest
from redis.asyncio import Redis

from tests.support.browser.reloads import begun, keeping_business
from tests.support.browser.sign_in import ask_for_code, code_for, enter_code
from tests.support.browser.visitor import Visitor

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.with_engines]

CONTACT: Final = "akosua.at.once@example.com"
# Each write waits for a thousand reads, which its transaction makes before.
_SLOW_STORE: Final = """
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = function (...given) {
    for (let times = 1_000; times > 0; times -= 1) this.count();
    return put.apply(this, given);
  };
"""
_RELOADS_AT_ONCE: Final = "() => void handles[0].on('authenticated', () => location.reload())"


async def test_finds_its_customer_signed_in(visitor: Visitor, redis: Redis) -> None:
    """However long this browser takes to store it."""
    await visitor.context.add_init_script(_SLOW_STORE)
    business_id = await keeping_business(redis, visitor.origin("shop"))
    shop = await visitor.shop("payment", business_id=business_id)
    await ask_for_code(shop.element(), CONTACT)
    await shop.page.evaluate(_RELOADS_AT_ONCE)

    async with shop.page.expect_navigation():
        await enter_code(shop.element(), code_for(visitor.servers.stack, CONTACT))

    assert "authenticated" == await begun(shop)
