"""Walks to the ends of an element: sign-outs, refusals, no service, and a browser too old."""

from playwright.async_api import expect

from tests.support.browser.servers import DEADLINE_S
from tests.support.browser.shop import ShopPage
from tests.support.browser.sign_in import link_token
from tests.support.screens.walker import Walker, said


async def ends(walker: Walker) -> None:
    """A session, and the ways out of it."""
    visitor = walker.visitor
    visitor.expect_error("status of 4")
    token = await link_token(visitor.servers, "yaw.screens@example.com")
    shop = await visitor.shop("auth", link_token=token)
    element = shop.element()
    await walker.sees(element, "authenticated")
    await walker.look("signed-in", shop)
    await visitor.context.set_offline(True)
    visitor.expect_error("ERR_INTERNET_DISCONNECTED")
    await element.locator("#sign-out").click()
    await said(element.get_by_role("alert").filter(visible=True, has_text=" ").first)
    await visitor.context.set_offline(False)
    await walker.look("sign-out-failed", shop)
    await element.locator("#sign-out").click()
    await walker.sees(element, "stopped")
    await walker.look("signed-out", shop)

    await shop.open(f"/embed?element=auth&link_token={token}")
    await walker.sees(element, "authenticated")
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{visitor.origin('api')}/v1/link/auth/logout"
    async with visitor.http.post(url, json={}, headers=headers) as response:
        assert response.status == 200, await response.text()
    await shop.command("refresh")
    await walker.sees(element, "stopped")
    await walker.look("session-ended", shop)


async def not_allowed(walker: Walker) -> None:
    """A page outside the list, in a browser without `frame-ancestors`: others show nothing."""
    visitor = walker.visitor
    visitor.expect_error("status of 403")
    await visitor.take_clock()
    await visitor.without_frame_ancestors()
    shop = await visitor.shop("auth", host="evil")
    await shop.failure()
    await _until_stopped(walker, shop)
    await walker.look("not-allowed", shop)


async def outage(walker: Walker) -> None:
    """No call of the frame is answered."""
    await walker.visitor.take_clock()
    await walker.lose("**/elements/init*")
    shop = await walker.visitor.shop("auth")
    await _until_stopped(walker, shop)
    await walker.look("outage", shop)


async def offline(walker: Walker) -> None:
    """The connection is lost between the document and the session."""
    visitor = walker.visitor
    visitor.expect_error("ERR_INTERNET_DISCONNECTED")
    await visitor.take_clock()
    held = await visitor.hold("init")
    shop = await visitor.shop("auth")
    await held.request()
    await visitor.context.set_offline(True)
    await held.release()
    await _until_stopped(walker, shop)
    await walker.look("offline", shop)


async def unsupported(walker: Walker) -> None:
    """The frame lacks what every newer browser has."""
    await walker.visitor.context.add_init_script(
        "if (parent !== window) delete Crypto.prototype.subtle"
    )
    shop = await walker.visitor.shop("auth")
    await walker.sees(shop.element(), "stopped")
    await walker.look("unsupported", shop)


async def _until_stopped(walker: Walker, shop: ShopPage) -> None:
    """Let the time of all tries pass, beyond the words of what takes long."""
    stopped = shop.element().locator("html:not([data-state=slow]) [data-view=stopped]")
    for _ in range(int(DEADLINE_S)):
        if await stopped.is_visible():
            return
        await walker.visitor.wait(5_000)
    await expect(stopped).to_be_visible()
