"""A shop whose page keeps its customers at a reload, and what its frames have stored for that."""

from typing import Final

from playwright.async_api import Frame
from redis.asyncio import Redis

from elements_bridge.businesses.store import RedisBusinesses, StoredBusiness
from link_kernel.ids import new_id
from tests.support.browser.shop import DEADLINE_MS, ShopPage
from tests.support.browser.sign_in import sign_in_by_code
from tests.support.browser.visitor import Visitor

_COUNTED: Final = """async (wanted) => {
  const request = (asked) => new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  const count = async () => {
    const databases = await indexedDB.databases();
    if (!databases.some(({ name }) => name === 'cimplify.link')) return 0;
    const database = await request(indexedDB.open('cimplify.link'));
    const keys = await request(database.transaction('keys').objectStore('keys').count());
    database.close();
    return keys;
  };
  const stored = [sessionStorage.length, await count()].join();
  return wanted.includes(stored);
}"""
_LOOK_MS: Final = 20


async def keeping_business(redis: Redis, *origins: str) -> str:
    """Add a business that wants a reload to keep its customers; return its id.

    It stays: pages of it that are still open go on calling.
    """
    business_id = new_id("bus")
    business = StoredBusiness(business_id, "Shop", "enabled", "test", origins, reload="keep")
    await RedisBusinesses(redis).put(business)
    return business_id


async def kept_sign_in(visitor: Visitor, business_id: str, contact: str) -> ShopPage:
    """Sign a customer in on a page with an element for payment, until a reload would keep them."""
    shop = await visitor.shop("payment", business_id=business_id)
    await sign_in_by_code(shop, visitor.servers.stack, contact)
    await visitor.servers.called("init", 3)  # the page's hidden element has a session too
    await until_stored(await shop.frame(), 2)
    return shop


async def until_stored(frame: Frame, sessions: int) -> None:
    """Wait until the frames of this page have stored so many sessions, each with its key."""
    wanted = [f"{sessions},{sessions}"]
    await frame.wait_for_function(_COUNTED, arg=wanted, timeout=DEADLINE_MS, polling=_LOOK_MS)


async def reload(shop: ShopPage) -> str:
    """Reload the shop's page; return the state in which its first element begins."""
    await shop.page.reload()
    return await begun(shop)


async def begun(shop: ShopPage) -> str:
    """Wait for the first element to begin; return its state."""
    return str((await shop.hear("initialized"))[0].payload["state"])
