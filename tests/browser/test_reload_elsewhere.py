"""What a tab keeps for a reload, when something happens in another tab or at another site."""

from typing import Final

import pytest
from redis.asyncio import Redis

from tests.browser.test_reload_refused import ANOTHER_PAGE
from tests.support.browser.reloads import begun, keeping_business, kept_sign_in, reload
from tests.support.browser.saved_items import button
from tests.support.browser.sign_in import sign_in_by_code
from tests.support.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

CONTACT: Final = "adwoa.elsewhere@example.com"


async def test_a_sign_out_in_one_tab_erases_what_others_keep(
    visitor: Visitor, redis: Redis
) -> None:
    """Of another customer too, whose session lasts as long as the page that has it."""
    keeping = await keeping_business(redis, visitor.origin("shop"))
    one = await kept_sign_in(visitor, keeping, CONTACT)
    other = await visitor.shop("payment", business_id=keeping)
    await sign_in_by_code(other, visitor.servers.stack, "yaw.elsewhere@example.com")
    await (await other.frame()).wait_for_function("() => sessionStorage.length === 2")
    visitor.expect_error("401")  # a sign-out may cut a call of the hidden element off
    await button(one.element(), "Sign out").click()
    await one.hear("logout_complete")

    assert {"expires_in": 300} == await other.command("refresh")
    assert "guest" == await reload(other)
    assert "guest" == await reload(one)


async def test_a_listed_page_of_another_site_gets_nothing(visitor: Visitor, redis: Redis) -> None:
    """Though of the same business and in the same tab: browsers part what frames store by site."""
    shop_origin = visitor.origin("shop")
    elsewhere = shop_origin.replace("//shop.", "//elsewhere.")
    business_id = await keeping_business(redis, shop_origin, elsewhere)
    shop = await kept_sign_in(visitor, business_id, CONTACT)
    await visitor.serve(f"{elsewhere}/", ANOTHER_PAGE.format(visitor.origin("link"), business_id))
    await shop.page.goto(f"{elsewhere}/")
    await shop.until("window.begun")

    assert "guest" == await shop.page.evaluate("window.begun")
    assert [] == visitor.servers.calls("refresh")
    assert 0 == await (await shop.frame()).evaluate("sessionStorage.length")
    await shop.open(f"/embed?business_id={business_id}&element=payment")
    assert "authenticated" == await begun(shop)
