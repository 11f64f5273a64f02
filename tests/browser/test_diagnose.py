"""Diagnosis of a blank frame: the message on the console, and the page `/diagnose`."""

import pytest
from playwright.async_api import Page, Route, expect

from tests.support.browser.visitor import CSP, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_console_of_a_page_that_is_not_listed_says_why(visitor: Visitor) -> None:
    """The SDK waits for `ready` in vain and asks a test deployment once."""
    visitor.expect_error("frame-ancestors")
    await visitor.take_clock()
    await visitor.count_loads()
    shop = await visitor.shop("payment", host="evil")
    await shop.until("window.loadedFrames === 1")

    await visitor.pass_blocked_deadline(shop.page)

    assert "embed_blocked" == (await shop.failure())["code"]
    await visitor.said("Cimplify Link: the payment element is not shown. No entry")
    assert 1 == len(visitor.asked("diagnose"))
    assert [] == visitor.asked("bootstrap")


async def test_a_page_that_works_asks_for_no_diagnosis(visitor: Visitor) -> None:
    """The console stays empty too."""
    shop = await visitor.shop("payment")
    await shop.hear("initialized")
    assert [] == visitor.asked("diagnose")
    assert [] == visitor.console


async def open_page(visitor: Visitor, host: str, query: str = "", *, width: int = 1280) -> Page:
    """Open `/diagnose` on a host."""
    page = await visitor.context.new_page()
    await page.set_viewport_size({"width": width, "height": 800})
    await page.goto(f"{visitor.origin(host)}/diagnose{query}")
    return page


async def failed(page: Page) -> list[str | None]:
    """Return the names of the checks that failed."""
    lines = await page.locator("#found .fail").all()
    return [await line.get_attribute("data-check") for line in lines]


async def test_the_page_of_the_shop_says_that_all_is_well(visitor: Visitor) -> None:
    """A person presses the button; nothing violates the page's CSP."""
    page = await open_page(visitor, "shop")
    await page.get_by_role("button", name="Check").click()
    await expect(page.locator("#outcome")).to_have_attribute("data-state", "pass")
    assert [] == await failed(page)
    assert [] == visitor.console


async def test_the_page_of_another_host_says_what_is_wrong(visitor: Visitor) -> None:
    """An address is an answer: evil is not listed, and a typed parent is looked at too."""
    page = await open_page(visitor, "evil", "?business_id=bus_demo")
    await expect(page.locator("#outcome")).to_have_attribute("data-state", "fail")
    assert ["origin_listed"] == await failed(page)

    await page.locator("#parent").fill("null")
    await page.locator("#parent").press("Enter")
    sandboxed = page.locator("[data-check=parent_origin]")
    await expect(sandboxed).to_contain_text("sandbox")

    secure = visitor.origin("shop").replace("http:", "https:")
    page = await open_page(visitor, "shop", f"?business_id=bus_demo&parent_origin={secure}")
    await expect(page.locator("#outcome")).to_have_attribute("data-state", "fail")
    assert ["parent_origin", "parent_origin_listed"] == await failed(page)
    assert [] == visitor.console


async def test_a_refusal_is_shown_as_such(visitor: Visitor) -> None:
    """The business id is unknown."""
    page = await open_page(visitor, "other", "?business_id=bus_nobody")
    await expect(page.locator("[data-check=business_known]")).to_contain_text("business_id")
    assert ["business_known"] == await failed(page)


async def test_a_policy_without_the_elements_origin_is_named(visitor: Visitor) -> None:
    """The page's own CSP stops the call: the cause is its directive, and what to add."""
    visitor.expect_error("Content Security Policy")

    def narrow(headers: dict[str, str], text: str) -> str:
        before, found, _ = headers[CSP].partition("connect-src")
        assert found
        headers[CSP] = f"{before}connect-src 'self'"
        return text

    await visitor.change("/diagnose", narrow)
    page = await open_page(visitor, "shop", "?business_id=bus_demo")

    await expect(page.locator("[data-check=page_csp]")).to_contain_text(
        f"lacks connect-src {visitor.origin('link')} (merchant_csp): add it"
    )
    assert ["page_csp"] == await failed(page)


async def test_a_page_that_is_not_secure_is_told_first(visitor: Visitor) -> None:
    """The bridge admits the origin; only the page knows that nothing can start in it."""
    insecure = "Object.defineProperty(window, 'isSecureContext', { value: false })"
    await visitor.context.add_init_script(insecure)
    page = await open_page(visitor, "shop", "?business_id=bus_demo")

    await expect(page.locator("[data-check=secure_context]")).to_contain_text("over https")
    assert ["secure_context"] == await failed(page)


async def test_a_service_that_cannot_be_reached_is_told_with_what_to_look_at(
    visitor: Visitor,
) -> None:
    """A network or an extension stops the call."""
    visitor.expect_error("ERR_BLOCKED_BY_CLIENT")
    await visitor.context.route("**/diagnose?*", block_calls)
    page = await open_page(visitor, "shop", "?business_id=bus_demo")

    await expect(page.locator("[data-check=no_answer]")).to_contain_text("no extension")
    assert ["no_answer"] == await failed(page)


async def block_calls(route: Route) -> None:
    """Let pages come, and no call."""
    if route.request.is_navigation_request():
        await route.continue_()
    else:
        await route.abort("blockedbyclient")


async def test_the_page_tells_what_each_code_of_a_blank_element_asks_for(visitor: Visitor) -> None:
    """What stops an element in the shop's own page alone; each has a thing to do."""
    page = await open_page(visitor, "shop")
    causes = page.locator(".causes")
    told = await causes.locator("dt").all_inner_texts()
    assert {"merchant_csp", "embed_blocked", "insecure_context", "no event at all"} <= {*told}
    assert len(told) == await causes.locator("dd").count()
    for directive in ("script-src", "frame-src", "connect-src"):
        await expect(causes).to_contain_text(directive)


async def test_the_page_fits_a_phone(visitor: Visitor) -> None:
    """At a width of 360 px nothing overflows."""
    page = await open_page(visitor, "evil", "?business_id=bus_demo", width=360)
    await expect(page.locator("#outcome")).to_have_attribute("data-state", "fail")
    over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert 0 == await page.evaluate(over)
