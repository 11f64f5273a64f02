"""A reload of the shop's page keeps a customer who signed in by a code, where the shop wants it."""

from typing import Final
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Route, expect
from redis.asyncio import Redis

from tests.support.browser.reloads import (
    begun,
    keeping_business,
    kept_sign_in,
    reload,
    until_stored,
)
from tests.support.browser.saved_items import button
from tests.support.browser.sign_in import link_token, sign_in_by_code
from tests.support.browser.visitor import Visitor
from tests.support.clients.bridge_client import API

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.with_engines]

CONTACT: Final = "akosua.reload@example.com"
MASKED: Final = "a•••@example.com"
REFRESH: Final = f"{API}/refresh"
REFRESHED: Final = {"expires_in": 300}
_THROWS: Final = "Object.defineProperty(window, '{}', {{ get() {{ throw new DOMException(); }} }})"
MISSING: Final = {
    "sessionStorage": _THROWS.format("sessionStorage"),
    "IndexedDB": _THROWS.format("indexedDB"),
    "locks": "delete Navigator.prototype.locks",
    "room": "Storage.prototype.setItem = () => { throw new DOMException(); }",
    "its code": "",
}


@pytest_asyncio.fixture(loop_scope="session")
async def keeping(visitor: Visitor, redis: Redis) -> str:
    """A business that wants it, for the demo shop's page."""
    return await keeping_business(redis, visitor.origin("shop"))


async def test_a_reload_keeps_the_customer(visitor: Visitor, keeping: str) -> None:
    """By one refresh in place of `init`: the same session, key and proof of the contact."""
    shop = await kept_sign_in(visitor, keeping, CONTACT)
    before = (await visitor.servers.called("verify-otp"))[0]["claims"]

    assert "authenticated" == await reload(shop)

    await expect(shop.element().get_by_text(MASKED, exact=True)).to_be_visible()
    refreshes = await visitor.servers.called("refresh", 2)
    [after] = [one["claims"] for one in refreshes if one["claims"]["sid"] == before["sid"]]
    assert ["rotated"] * 2 == [one["outcome"] for one in refreshes]
    same = ("sub", "cnf", "amr", "auth_time", "client_id", "parent_origin", "scope")
    assert {name: before[name] for name in same} == {name: after[name] for name in same}
    assert 3 == len(visitor.servers.calls("init"))
    assert REFRESHED == await shop.command("refresh")


async def test_so_does_every_page_of_the_shop_that_has_an_element(
    visitor: Visitor, keeping: str
) -> None:
    """Also where another element was signed in: elements hand their sessions to each other."""
    shop = await kept_sign_in(visitor, keeping, CONTACT)
    assert "authenticated" == await reload(shop)
    await shop.open(f"/embed?business_id={keeping}&element=address&element=auth")

    await shop.hear("authenticated", 2)

    assert 1 == len(visitor.servers.calls("request-otp"))


async def test_a_shop_that_did_not_ask_for_it_forgets_and_stores_nothing(visitor: Visitor) -> None:
    shop = await visitor.shop("payment")
    await sign_in_by_code(shop, visitor.servers.stack, CONTACT)

    assert "guest" == await reload(shop)

    await until_stored(await shop.frame(), 0)
    assert [] == [one.url for one in visitor.requests if "kept.js" in one.url]


@pytest.mark.parametrize(
    "by", ["the customer", "the shop", "the page", "a page without elements", "a guest's page"]
)
async def test_a_sign_out_by_any_way_is_for_good(visitor: Visitor, keeping: str, by: str) -> None:
    """What the tab has stored is gone before the reload."""
    shop = await kept_sign_in(visitor, keeping, CONTACT)
    visitor.expect_error("401")  # a sign-out may cut a call of the hidden element off
    if by == "the customer":
        await button(shop.element(), "Sign out").click()
    elif by == "the shop":
        await shop.command("logout")
    elif by == "the page":
        await shop.page.evaluate("Link.logout()")
    else:
        guests = f"business_id={keeping}&element=address"
        await shop.open(f"/embed?{'mount=0' if by == 'a page without elements' else guests}")
        if by == "a guest's page":
            assert "guest" == await begun(shop)
        await shop.page.evaluate("(businessId) => Link.logout({ businessId })", keeping)
        await shop.open(f"/embed?business_id={keeping}&element=payment")
        assert "guest" == await begun(shop)
    await until_stored(await shop.frame(), 0)

    assert "guest" == await reload(shop)


async def test_a_sign_out_amid_an_outage_is_for_good_too(visitor: Visitor, keeping: str) -> None:
    """It is told that its session could not be ended; the key is gone all the same."""
    shop = await kept_sign_in(visitor, keeping, CONTACT)
    await shop.open("/embed?mount=0")
    visitor.servers.stack.faults.add(REFRESH, "unavailable", times=3)
    visitor.expect_error("503")
    leave = "(businessId) => Link.logout({ businessId }).then(() => '', ({ code }) => code)"

    assert "" != await shop.page.evaluate(leave, keeping)

    await shop.open(f"/embed?business_id={keeping}&element=payment")
    assert "guest" == await begun(shop)


async def test_a_sign_out_reaches_past_a_hidden_element_that_has_failed(
    visitor: Visitor, keeping: str
) -> None:
    """The page's elements are gone, so nothing else erases what the tab has stored."""
    visitor.expect_error("ERR_FAILED")
    shop = await visitor.shop("payment", business_id=keeping)
    await shop.hear("initialized")
    await visitor.context.route("**/bootstrap?*", lambda route: route.abort())
    await sign_in_by_code(shop, visitor.servers.stack, CONTACT)
    await until_stored(await shop.frame(), 1)
    await shop.until("document.querySelector('html > div > iframe:not([aria-busy])')")
    await shop.page.evaluate("handles[0].destroy()")
    leave = "(businessId) => Link.logout({ businessId }).then(() => '', ({ code }) => code)"

    assert "network" == await shop.page.evaluate(leave, keeping)
    await visitor.context.unroute_all()
    assert "" == await shop.page.evaluate(leave, keeping)

    await shop.open(f"/embed?business_id={keeping}&element=payment")
    assert "guest" == await begun(shop)
    await until_stored(await shop.frame(), 0)


@pytest.mark.parametrize("missing", ["its code", "the shop's wish"])
async def test_a_sign_out_at_a_page_that_keeps_nothing_forgets_what_one_before_has_kept(
    visitor: Visitor, keeping: str, missing: str
) -> None:
    """The code did not come to this page; or the shop took its wish back, and has it again."""
    shop = await kept_sign_in(visitor, keeping, CONTACT)
    if missing == "its code":
        visitor.expect_error("net::ERR")
        await visitor.context.route("**/frame/kept.js", lambda route: route.abort())
    else:
        await visitor.context.route("**/elements/payment?*", _without_the_wish)
    assert "guest" == await reload(shop)

    await shop.command("logout")

    await visitor.context.unroute_all()
    assert "guest" == await reload(shop)


async def test_a_sign_out_of_another_business_leaves_what_this_one_keeps(
    visitor: Visitor, redis: Redis, keeping: str
) -> None:
    """Though its own frames keep nothing, and the tab is the same."""
    shop = await kept_sign_in(visitor, keeping, CONTACT)
    another = await keeping_business(redis, visitor.origin("shop"))
    visitor.expect_error("net::ERR")
    await visitor.context.route("**/frame/kept.js", lambda route: route.abort())
    await shop.open(f"/embed?business_id={another}&element=payment")
    assert "guest" == await begun(shop)

    await shop.command("logout")

    await visitor.context.unroute_all()
    await shop.open(f"/embed?business_id={keeping}&element=payment")
    assert "authenticated" == await begun(shop)


async def _without_the_wish(route: Route) -> None:
    url = route.request.url
    host = urlsplit(url).netloc  # only the browser knows that `*.localhost` is this machine
    numeric = url.replace("link.localhost", "127.0.0.1", 1)
    answer = await route.fetch(url=numeric, headers={**route.request.headers, "Host": host})
    wish = '<meta name="reload" content="keep">'
    body = await answer.text()
    assert wish in body
    await route.fulfill(response=answer, body=body.replace(wish, ""))


async def test_a_session_that_has_ended_meanwhile_is_forgotten(
    visitor: Visitor, redis: Redis, keeping: str
) -> None:
    """The login was ended elsewhere; the element begins anew, and tells no failure."""
    visitor.expect_error(r"401 \(Unauthorized\) .*/refresh")
    shop = await kept_sign_in(visitor, keeping, CONTACT)
    async for key in redis.scan_iter("*:session:lses_*"):
        await redis.delete(key)

    assert "guest" == await reload(shop)

    await until_stored(await shop.frame(), 0)
    assert [] == await shop.told("error")


async def test_who_the_shop_vouches_for_takes_the_place_of_who_was_kept(
    visitor: Visitor, keeping: str
) -> None:
    """Their own customers, shops sign in at each page; another's wallet is not shown later."""
    shop = await kept_sign_in(visitor, keeping, CONTACT)
    token = await link_token(visitor.servers, "kwame.reload@example.com")
    await shop.open(f"/embed?business_id={keeping}&element=payment&link_token={token}")
    await expect(shop.element().get_by_text("k•••@example.com", exact=True)).to_be_visible()

    await shop.open(f"/embed?business_id={keeping}&element=payment")

    assert "guest" == await begun(shop)
    assert [] == visitor.servers.calls("refresh")


async def test_a_reload_amid_a_refresh_loses_nothing(visitor: Visitor, keeping: str) -> None:
    """The answer is lost with the page; the next document repeats the call with its key."""
    shop = await kept_sign_in(visitor, keeping, CONTACT)
    visitor.servers.stack.faults.add(REFRESH, "lose")
    visitor.expect_error("net::ERR")
    await shop.page.evaluate("void handles[0].refresh()")
    await visitor.servers.called("refresh")

    assert "authenticated" == await reload(shop)

    await shop.hear("authenticated")
    assert "replayed" in {one["outcome"] for one in visitor.servers.calls("refresh")}


async def test_an_outage_at_the_reload_signs_nobody_out(visitor: Visitor, keeping: str) -> None:
    shop = await kept_sign_in(visitor, keeping, CONTACT)
    visitor.servers.stack.faults.add(REFRESH, "unavailable", times=2)
    visitor.expect_error("503")

    assert "authenticated" == await reload(shop)


@pytest.mark.with_engines
@pytest.mark.parametrize("missing", list(MISSING))
async def test_without_a_store_a_reload_forgets_and_all_else_works(
    visitor: Visitor, keeping: str, missing: str
) -> None:
    if missing == "its code":
        visitor.expect_error("net::ERR")
        await visitor.context.route("**/frame/kept.js", lambda route: route.abort())
    await visitor.context.add_init_script(MISSING[missing])
    shop = await visitor.shop("payment", business_id=keeping)
    await sign_in_by_code(shop, visitor.servers.stack, CONTACT)

    assert "guest" == await reload(shop)
    assert [] == await shop.told("error")


@pytest.mark.with_engines
@pytest.mark.whole_browser
@pytest.mark.parametrize("later", ["refreshed it", "ended it", "left it"])
async def test_a_page_from_the_back_forward_cache_goes_on_with_what_became_of_the_session(
    visitor: Visitor, keeping: str, later: str
) -> None:
    """A page after it may have refreshed the session: its older token would end it for both."""
    shop = await kept_sign_in(visitor, keeping, CONTACT)
    visitor.expect_error("401")
    await shop.page.evaluate("window.isSame = true")
    shown = "mount=0" if later == "left it" else "element=payment&later=1"
    await shop.open(f"/embed?business_id={keeping}&{shown}")
    if later != "left it":
        await shop.hear("authenticated")
    if later == "ended it":
        await shop.page.evaluate("Link.logout()")

    await shop.page.go_back(wait_until="commit")

    await shop.until("window.isSame")
    begun_again = await shop.hear("initialized", 1 if later == "left it" else 2)
    assert {"left it": "guest", "refreshed it": "authenticated", "ended it": "guest"}[
        later
    ] == begun_again[-1].payload["state"]
    assert REFRESHED == await shop.command("refresh")
    assert {"rotated"} == {one["outcome"] for one in visitor.servers.calls("refresh")}
