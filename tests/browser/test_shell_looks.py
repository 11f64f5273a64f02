"""The card around every view: its outline and skeleton, the sign-in, the owner's line, its end."""

import asyncio
from typing import Final

import pytest
from playwright.async_api import Frame, Page, ViewportSize, expect

from link_dev.stack import Stack
from tests.support.browser.saved_items import button, radio_button, save_address
from tests.support.browser.shop import ShopPage
from tests.support.browser.sign_in import ask_for_code, code_for, enter_code, link_token
from tests.support.browser.visitor import Held, Visitor

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.with_engines]

WIDE: Final[ViewportSize] = {"width": 1280, "height": 800}
NARROW: Final[ViewportSize] = {"width": 320, "height": 640}
ELEMENTS: Final = ("auth", "address", "payment")
IFRAMES: Final = "#elements iframe"
MEASURE_PX: Final = 480
HALF_PX: Final = 120
_SHIFTS: Final = """
window.shifts = [];
new PerformanceObserver((list) => window.shifts.push(...list.getEntries()))
  .observe({ type: 'layout-shift', buffered: true });
"""
_SHIFTED: Final = "window.shifts.reduce((sum, { value }) => sum + value, 0)"
_SLOT: Final = """([width, minHeight]) => {
  Object.assign(document.querySelector('#elements').style, { display: 'block', width, minHeight });
}"""
_BELOW: Final = "document.querySelector('#elements').insertAdjacentText('afterend', 'Your order')"
# A paragraph without a role is read out as one, also if it is empty.
_EMPTY: Final = """[...document.querySelectorAll('p:not([role])')]
  .filter((p) => p.checkVisibility() && !p.textContent.trim()).map(({ id }) => id)"""
_BUSY: Final = """(button) => {
  const { content, animationName } = getComputedStyle(button, '::before');
  const { width, x, y } = button.getBoundingClientRect();
  return { text: button.textContent, ring: content !== 'none' && content, animationName,
    place: [width, x, y] };
}"""

_CARD: Final = """() => {
  const { backgroundColor, boxShadow, borderBottomLeftRadius } = getComputedStyle(document.body);
  return { ground: backgroundColor, line: boxShadow !== 'none', corner: borderBottomLeftRadius,
    bottom: document.body.getBoundingClientRect().bottom, slot: innerHeight };
}"""


# Where the skeleton of a list has its first row and the ring of its radio button.
_BARS: Final = """() => {
  const loading = document.querySelector('#wallet-loading');
  const of = (name, part) => parseFloat(getComputedStyle(loading, part)[name]);
  const { left, top } = loading.getBoundingClientRect();
  const row = top + of('borderTopWidth') + of('paddingTop') + of('marginTop', '::before');
  const line = of('borderTopWidth', '::before');
  const ring = getComputedStyle(loading, '::before').backgroundPosition.split(', ')[0].split(' ');
  return [left, row, ...ring.map((at, axis) => parseFloat(at) + line + [left, row][axis])];
}"""
_ROW: Final = """() => ['.item', '.item input'].flatMap((part) => {
  const { left, top } = document.querySelector(part).getBoundingClientRect();
  return [left, top];
})"""


async def shifted(shop: ShopPage) -> float:
    """Return how much moved in the shop's page and in the elements', two pictures later."""
    told = 0.0
    count = await shop.page.locator(IFRAMES).count()
    frames: list[Page | Frame] = [shop.page]
    frames += [await shop.frame(index) for index in range(count)]
    for frame in frames:
        await frame.evaluate("() => new Promise((r) => requestAnimationFrame(() => setTimeout(r)))")
        told += await frame.evaluate(_SHIFTED)
    return told


@pytest.mark.parametrize("elements", [ELEMENTS, ("address", "payment", "auth")], ids=str)
@pytest.mark.parametrize("width", ["320px", "380px", "640px"])
async def test_a_guests_elements_move_nothing_at_any_width(
    visitor: Visitor, width: str, elements: tuple[str, ...]
) -> None:
    """The SDK keeps the height of the first view, of the one that asks and of those beside it."""
    await visitor.context.add_init_script(_SHIFTS)
    shop = await visitor.shop()
    await shop.page.evaluate(_SLOT, [width, "0"])
    await shop.mount_all(*elements)
    await shop.page.evaluate(_BELOW)
    heights = await shop.hear("height_change", len(ELEMENTS))

    assert 0 == await shifted(shop)
    assert 1 == len([told for told in heights if told.payload["height"] > HALF_PX])


async def test_a_list_moves_nothing_in_a_slot_with_a_height(visitor: Visitor) -> None:
    """Outline, skeleton, loading, list: neither the shop's page nor the card's own parts move."""
    token = await link_token(visitor.servers, "shifts@example.com")
    await save_address(visitor.servers, token, "Home")
    await visitor.context.add_init_script(_SHIFTS)
    data = Held(asyncio.get_running_loop().create_future())
    await visitor.context.route("**/v1/link/data", data.keep, times=1)
    shop = await visitor.shop()
    await shop.page.evaluate(_SLOT, ["640px", "400px"])
    await shop.page.evaluate(_BELOW)
    await shop.mount("address", linkToken=token)
    await data.request()
    [loading] = await shop.hear("height_change")
    element = shop.element()
    await expect(element.locator("#wallet-loading")).to_have_css("overflow", "hidden")
    await expect(element.locator("#wallet-loading")).to_have_text("Loading…")  # for ears
    bars = await (await shop.frame()).evaluate(_BARS)
    await data.release()
    await radio_button(element, "Home").wait_for()

    assert bars == pytest.approx(await (await shop.frame()).evaluate(_ROW), abs=1.5)
    assert 0 == await shifted(shop)
    assert 208 == loading.payload["height"]  # that of the outline: the card does not shrink first


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_a_card_that_holds_less_fills_the_place_of_the_element(
    visitor: Visitor, size: ViewportSize
) -> None:
    """Without a session no height is told: there is no strip below the card, and nothing moves."""
    await visitor.context.add_init_script(_SHIFTS)
    await visitor.context.add_init_script("if (parent !== window) delete Crypto.prototype.subtle")
    shop = await visitor.shop()
    await shop.page.set_viewport_size(size)
    await shop.mount("auth")
    await shop.page.evaluate(_BELOW)
    await expect(shop.element().locator("[data-view=stopped]")).to_be_visible()
    card = await (await shop.frame()).evaluate(_CARD)

    assert card["slot"] == card["bottom"]
    assert ("rgb(255, 255, 255)", True, "12px") == (card["ground"], card["line"], card["corner"])
    assert 0 == await shifted(shop)


async def test_the_skeleton_has_the_shape_of_the_first_view(visitor: Visitor) -> None:
    """Its largest bar stands where the field comes; narrow, where field and button come."""
    session = await visitor.hold("init")
    shop = await visitor.shop("address")
    await session.request()
    frame = await shop.frame()
    bars = await frame.evaluate("""() => {
      const { backgroundPosition, paddingTop, borderTopWidth } = getComputedStyle(
        document.querySelector('main'));
      const tops = backgroundPosition.split(',').map((at) => parseFloat(at.trim().split(' ')[1]));
      return tops.map((top) => top + parseFloat(paddingTop) + parseFloat(borderTopWidth));
    }""")
    await session.release()
    await shop.hear("height_change")
    field = await frame.evaluate("document.querySelector('#contact').getBoundingClientRect().top")

    assert 5 == len(bars)
    assert field == pytest.approx(bars[3], abs=2)


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
async def test_a_button_at_work_says_so_in_its_place(
    visitor: Visitor, stack: Stack, size: ViewportSize
) -> None:
    """A ring and a word; neither width nor place changes; the ring stands still for who asks."""
    contact = f"busy{size['width']}@example.com"
    shop = await visitor.shop("address")
    await shop.page.set_viewport_size(size)
    element = shop.element()
    held = await visitor.hold("request-otp")
    await element.get_by_label("Phone number or e-mail").fill(contact)
    send = button(element, "Send code")
    idle = await send.evaluate(_BUSY)
    await element.get_by_label("Phone number or e-mail").press("Enter")
    await held.request()
    busy = await element.locator("#request-code").evaluate(_BUSY)
    await held.release()
    await expect(element.get_by_label("Code", exact=True)).to_be_visible()

    await element.get_by_label("Code", exact=True).fill(code_for(stack, contact))
    held = await visitor.hold("verify-otp")
    go_on = await button(element, "Continue").evaluate(_BUSY)
    await element.get_by_label("Code", exact=True).press("Enter")
    await held.request()
    checking = await element.locator("#verify-code").evaluate(_BUSY)
    await shop.page.emulate_media(reduced_motion="reduce")
    still = await element.locator("#verify-code").evaluate(_BUSY)
    await held.release()
    await shop.hear("authenticated")

    assert (False, "Sending…", '""') == (idle["ring"], busy["text"], busy["ring"])
    assert ("turn", "none") == (busy["animationName"], still["animationName"])
    assert idle["place"] == pytest.approx(busy["place"])
    assert ("Checking…", go_on["place"]) == (checking["text"], pytest.approx(checking["place"]))


async def test_at_wide_sizes_nothing_to_type_in_is_wider_than_a_line_of_text(
    visitor: Visitor,
) -> None:
    """Fields end where a line of text does; the code has room for its six digits, and no more."""
    shop = await visitor.shop("address")
    await shop.page.set_viewport_size(WIDE)
    element, frame = shop.element(), await shop.frame()
    await shop.hear("initialized")
    guest = await widest(frame, "#contact-form *")
    await ask_for_code(element, "wide@example.com")
    code = await widest(frame, "#code-form *")
    cells = await widest(frame, "#otp-code")

    assert (True, True) == (guest <= MEASURE_PX, code <= MEASURE_PX)
    assert 100 < cells < 150


async def widest(frame: Frame, selector: str) -> float:
    """Return how far right the shown parts reach, from where the card's content begins."""
    return float(
        await frame.evaluate(
            """(selector) => {
              const start = document.querySelector('header').getBoundingClientRect().left;
              const found = [...document.querySelectorAll(selector)];
              return Math.max(...found.map((part) => part.getBoundingClientRect().right - start));
            }""",
            selector,
        )
    )


async def test_whose_wallet_it_is_stands_on_little_room_and_a_failed_sign_out_beside_it(
    visitor: Visitor,
) -> None:
    """At 320 px a mailbox keeps to the card, its domain is the lesser part."""
    visitor.expect_error("status of 403")
    token = await link_token(visitor.servers, "ama.mensah@mail.a-company-in-accra.example.com")
    shop = await visitor.shop("auth", link_token=token)
    await shop.page.set_viewport_size(NARROW)
    element = shop.element()
    domain = element.locator("#owner span")
    await expect(domain).to_have_text("@mail.a-company-in-accra.example.com")
    await expect(domain).to_have_css("font-weight", "400")
    await visitor.context.route("**/elements/logout", lambda route: route.fulfill(status=403))
    await button(element, "Sign out").click()
    told = element.get_by_role("alert").filter(has_text="We could not sign you out")
    await expect(told).to_be_visible()

    owner, sign_out, problem = [
        await part.bounding_box()
        for part in (element.locator("#owner"), element.locator("#sign-out"), told)
    ]
    assert owner is not None
    assert sign_out is not None
    assert problem is not None
    assert owner["width"] <= NARROW["width"] - 2 * 17
    assert 0 <= problem["y"] - (sign_out["y"] + sign_out["height"]) + 12 < 12


async def test_every_view_has_a_heading_of_its_element_and_no_empty_paragraph(
    visitor: Visitor, stack: Stack
) -> None:
    """A screen reader hears three different names, and stops at no paragraph without a text."""
    contact = "paragraphs@example.com"
    shop = await visitor.shop("address")
    await shop.hear("initialized")
    element, frame = shop.element(), await shop.frame()
    empty = {"guest": await frame.evaluate(_EMPTY)}
    heading = element.get_by_role("heading", name="Link by Cimplify: your addresses")
    await expect(heading).to_be_visible()
    await ask_for_code(element, contact)
    empty["code"] = await frame.evaluate(_EMPTY)
    await enter_code(element, code_for(stack, contact))
    await button(element, "Add an address").wait_for()
    empty["wallet"] = await frame.evaluate(_EMPTY)
    await button(element, "Sign out").click()
    await button(element, "Sign in").wait_for()
    empty["ended"] = await frame.evaluate(_EMPTY)

    assert {} == {view: found for view, found in empty.items() if found}


async def test_a_list_of_countries_looks_like_the_fields_beside_it(visitor: Visitor) -> None:
    """Its height, ground and arrow are ours: engines draw others of their own."""
    token = await link_token(visitor.servers, "select@example.com")
    shop = await visitor.shop("address", link_token=token)
    await button(shop.element(), "Add an address").click()
    country, city = (shop.element().get_by_label(name, exact=True) for name in ("Country", "City"))
    await expect(country).to_have_css("appearance", "none")
    drawn = "(control) => [getComputedStyle(control).backgroundColor, control.offsetHeight]"

    assert await city.evaluate(drawn) == await country.evaluate(drawn)
    assert "gradient" in await country.evaluate("(c) => getComputedStyle(c).backgroundImage")
