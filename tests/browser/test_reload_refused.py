"""Nobody else gets the session that a tab keeps for a reload of its shop's page."""

import re
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Error
from redis.asyncio import Redis

from tests.browser.conftest import open_visitor
from tests.support.browser.reloads import begun, keeping_business, kept_sign_in, reload
from tests.support.browser.shop import ShopPage
from tests.support.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

CONTACT: Final = "efua.reload@example.com"
ANOTHER_PAGE: Final = """<!doctype html><title>A page beside the shop</title>
<link rel=icon href=data:,><main id=elements></main><script type=module>
const {{ Link }} = await import('{0}/elements/sdk/v1.js');
const handle = Link.mount({{ businessId: '{1}', element: 'payment', target: '#elements' }});
handle.on('initialized', ({{ state }}) => {{ window.begun = state; }});
</script>"""
FORGE_AN_INIT: Final = """([link, businessId]) => {
  const iframe = document.createElement('iframe');
  const query = new URLSearchParams({ business_id: businessId, parent_origin: origin, v: '1' });
  iframe.src = `${link}/elements/payment?${query}`;
  addEventListener('message', ({ data }) => {
    if (data.type !== 'ready') return;
    const { port2 } = new MessageChannel();
    const [code_challenge, bootstrap_token] = ['A'.repeat(43), `elb_${'a'.repeat(40)}`];
    const init = { ns: 'cimplify.link', v: 1, type: 'init', code_challenge, bootstrap_token };
    iframe.contentWindow.postMessage({ ...init, options: {}, guest: true }, link, [port2]);
    window.forged = true;
  });
  document.querySelector('#elements').append(iframe);
}"""
EXPORT_THE_KEY: Final = """async () => {
  const done = (asked) => new Promise((resolve) => { asked.onsuccess = resolve; });
  const opening = indexedDB.open('cimplify.link');
  await done(opening);
  const asked = opening.result.transaction('keys').objectStore('keys').getAll();
  await done(asked);
  opening.result.close();
  await crypto.subtle.exportKey('jwk', asked.result[0].proofKey.privateKey);
}"""


@pytest_asyncio.fixture(loop_scope="session")
async def keeping(visitor: Visitor, redis: Redis) -> str:
    """A business that keeps its customers, for the demo shop's page."""
    return await keeping_business(redis, visitor.origin("shop"))


async def copied_tab(visitor: Visitor, shop: ShopPage) -> ShopPage:
    """Open the shop's page in a tab that begins with a copy of what this one has stored."""
    async with visitor.context.expect_page() as copying:
        await shop.page.evaluate("() => void window.open(location.href)")
    copy = ShopPage(await copying.value, shop.origin)
    await copy.until("window.embedded")
    return copy


async def test_another_business_of_the_same_page_gets_nothing(
    visitor: Visitor, redis: Redis, keeping: str
) -> None:
    shop = await kept_sign_in(visitor, keeping, CONTACT)
    another = await keeping_business(redis, visitor.origin("shop"))
    await shop.open(f"/embed?business_id={another}&element=payment")
    assert "guest" == await begun(shop)

    assert [] == visitor.servers.calls("refresh")
    await shop.open(f"/embed?business_id={keeping}&element=payment")
    assert "authenticated" == await begun(shop)


async def test_another_origin_of_the_same_site_gets_nothing(visitor: Visitor, redis: Redis) -> None:
    """Though listed: browsers part what frames store by the shop's site, not by its origin."""
    shop_origin = visitor.origin("shop")
    beside = shop_origin.replace("//shop.", "//blog.shop.")
    business_id = await keeping_business(redis, shop_origin, beside)
    shop = await kept_sign_in(visitor, business_id, CONTACT)
    await visitor.serve(f"{beside}/", ANOTHER_PAGE.format(visitor.origin("link"), business_id))
    await shop.page.goto(f"{beside}/")
    await shop.until("window.begun")

    assert "guest" == await shop.page.evaluate("window.begun")
    assert [] == visitor.servers.calls("refresh")
    assert 2 == await (await shop.frame()).evaluate("sessionStorage.length")


async def test_a_page_without_a_valid_init_gets_no_call_made(
    visitor: Visitor, keeping: str
) -> None:
    """Nor can a listed page look into what its frames have stored."""
    shop = await kept_sign_in(visitor, keeping, CONTACT)
    await shop.open("/embed?mount=0")
    before = len(visitor.requests)
    async with shop.page.expect_request(re.compile(r"/frame/kept\.js$")) as loading:
        await shop.page.evaluate(FORGE_AN_INIT, [visitor.origin("link"), keeping])
    await shop.until("window.forged")

    await (await loading.value).response()
    await (await shop.frame()).evaluate("() => new Promise((resolve) => setTimeout(resolve))")
    assert [] == [one.url for one in visitor.requests[before:] if "/v1/" in one.url]
    with pytest.raises(Error, match="SecurityError"):
        await shop.page.evaluate("frames[0].sessionStorage.length")


async def test_a_second_tab_is_signed_in_by_nothing_and_ends_nothing(
    visitor: Visitor, keeping: str
) -> None:
    """Neither a new one, nor one that the browser gave a copy of what this tab has stored."""
    shop = await kept_sign_in(visitor, keeping, CONTACT)
    copy = await copied_tab(visitor, shop)
    new = ShopPage(await visitor.context.new_page(), shop.origin)
    await new.page.goto(shop.page.url)
    await new.until("window.embedded")

    assert ["guest", "guest"] == [await begun(tab) for tab in (copy, new)]
    assert 2 == await (await copy.frame()).evaluate("sessionStorage.length")
    assert [] == visitor.servers.calls("refresh")
    assert {"expires_in": 300} == await shop.command("refresh")
    assert "authenticated" == await reload(shop)


async def test_the_copy_of_a_tab_that_went_on_without_it_is_thrown_away(
    visitor: Visitor, keeping: str
) -> None:
    """Its token was spent since: to spend it again would look like a theft."""
    shop = await kept_sign_in(visitor, keeping, CONTACT)
    copy = await copied_tab(visitor, shop)
    assert "guest" == await begun(copy)
    assert "authenticated" == await reload(shop)
    await visitor.servers.called("refresh", 2)
    await shop.page.close()

    assert "guest" == await reload(copy)

    assert ["rotated"] * 2 == [one["outcome"] for one in visitor.servers.calls("refresh")]
    left = await (await copy.frame()).evaluate("Object.keys(sessionStorage).join()")
    assert "payment" not in left


async def test_a_copied_token_is_of_no_use_without_its_key(
    visitor: Visitor, keeping: str, fitting_browser: Browser
) -> None:
    """No call is made with it, its owner is not disturbed, and the key cannot be taken along."""
    shop = await kept_sign_in(visitor, keeping, CONTACT)
    frame = await shop.frame()
    copied = await frame.evaluate("({ ...sessionStorage })")
    with pytest.raises(Error, match="not extractable"):
        await frame.evaluate(EXPORT_THE_KEY)
    async with open_visitor(fitting_browser, visitor.servers, visitor.clock) as another:
        thief = await another.shop("payment", business_id=keeping)
        assert "guest" == await begun(thief)
        put = "(copied) => void Object.assign(sessionStorage, copied)"
        await (await thief.frame()).evaluate(put, copied)

        assert "guest" == await reload(thief)

    assert [] == visitor.servers.calls("refresh")
    assert "authenticated" == await reload(shop)
