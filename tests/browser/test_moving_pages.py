"""Pages that render anew, move an element or copy themselves, as shops' plugins and builders do."""

from typing import Final

import pytest
from playwright.async_api import CDPSession, expect

from link_dev.stack import Stack
from tests.support.browser.shop import ShopPage
from tests.support.browser.sign_in import link_token, sign_in_by_code
from tests.support.browser.visitor import READY_DEADLINE_MS, Visitor

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.with_engines]

CONTACT: Final = "edem@example.com"
MASKED: Final = "e•••@example.com"
PAST_EVERY_DEADLINE_MS: Final = 70_000
RENDER: Final = """() => {
  document.querySelector('#elements').outerHTML = '<main id="elements"></main>';
}"""
NEW_BODY: Final = """() => {
  const body = document.createElement('body');
  body.innerHTML = '<main id="elements"></main>';
  document.body.replaceWith(body);
}"""
MOVE: Final = """() => {
  const place = document.body.appendChild(document.createElement('section'));
  place.append(document.querySelector('#elements'));
}"""
HIDDEN: Final = "document.querySelectorAll('html > div > iframe').length"
# Counts what a page still holds: timers of over a second, ports, observers.
COUNT: Final = """
window.held = { timers: new Set(), ports: new Set(), observers: new Set() };
const { setTimeout, clearTimeout } = window;
window.setTimeout = (task, ms, ...rest) => {
  const id = setTimeout(() => { held.timers.delete(id); task(); }, ms, ...rest);
  held.timers.add(id);
  return id;
};
window.clearTimeout = (id) => { held.timers.delete(id); clearTimeout(id); };
window.MessageChannel = class extends MessageChannel {
  constructor() { super(); held.ports.add(this.port1); }
};
const { close } = MessagePort.prototype;
MessagePort.prototype.close = function () { held.ports.delete(this); close.call(this); };
const { observe, disconnect } = MutationObserver.prototype;
MutationObserver.prototype.observe = function (...all) {
  held.observers.add(this);
  observe.apply(this, all);
};
MutationObserver.prototype.disconnect = function () {
  held.observers.delete(this);
  disconnect.call(this);
};
"""
MOUNT_AND_RENDER: Final = """async ([times, render]) => {
  const until = [
    () => {},
    () => new Promise((loaded) => {
      document.querySelector('iframe').addEventListener('load', loaded);
    }),
    (handle) => handle.ready,
  ];
  const options = { businessId: 'bus_demo', element: 'auth', target: '#elements' };
  for (let at = 0; at < times; at += 1) {
    const handle = window.Link.mount(options);
    handle.on('error', (payload) => window.events.push({ index: at, type: 'error', payload }));
    await until[at % until.length](handle);
    eval(render)();
    await Promise.resolve();
    if (handle.state !== 'destroyed') throw new Error(handle.state);
  }
}"""
HELD: Final = "Object.fromEntries(Object.entries(held).map(([name, { size }]) => [name, size]))"


async def kept(visitor: Visitor, shop: ShopPage) -> None:
    """Wait until the hidden element has the customer's session, its second one."""
    await shop.until(f"{HIDDEN} === 1")
    await visitor.servers.called("init", 3)
    visitor.expect_error(r"401 \(Unauthorized\) .*/v1/link/data")  # a sign-out may cut its read off


async def kept_customer(visitor: Visitor, stack: Stack) -> ShopPage:
    """Open a shop whose customer has signed in by a code, and is kept signed in."""
    shop = await visitor.shop("payment")
    await sign_in_by_code(shop, stack, CONTACT)
    await kept(visitor, shop)
    return shop


@pytest.mark.parametrize("render", [RENDER, NEW_BODY], ids=["its container", "the whole page"])
async def test_an_element_that_was_rendered_away_says_destroyed_and_no_more(
    visitor: Visitor, render: str
) -> None:
    await visitor.take_clock()
    shop = await visitor.shop("payment")
    await shop.hear("initialized")

    await shop.page.evaluate(render)
    await visitor.wait(PAST_EVERY_DEADLINE_MS)

    assert "destroyed" == await shop.state()
    assert {"code": "destroyed"} == await shop.command("refresh")
    assert [] == await shop.told("error")
    await shop.mount("payment")
    await shop.hear("initialized", 2)


@pytest.mark.parametrize("render", [RENDER, NEW_BODY], ids=["its container", "the whole page"])
async def test_a_customer_stays_signed_in_when_the_page_renders_anew(
    visitor: Visitor, stack: Stack, render: str
) -> None:
    shop = await kept_customer(visitor, stack)

    await shop.page.evaluate(render)
    await shop.mount("payment")

    await shop.hear("authenticated", 2)
    assert ["destroyed", "authenticated"] == [await shop.state(0), await shop.state(1)]
    await expect(shop.element().get_by_text(MASKED, exact=True)).to_be_visible()
    assert 1 == await shop.page.evaluate(HIDDEN)


@pytest.mark.parametrize("by", ["the shop", "the customer"])
async def test_who_signed_out_is_not_signed_in_again(
    visitor: Visitor, stack: Stack, by: str
) -> None:
    """The hidden element goes, and its session is revoked too."""
    shop = await kept_customer(visitor, stack)

    if by == "the shop":
        await shop.command("logout")
    else:
        await shop.element().get_by_role("button", name="Sign out").click()
    await shop.hear("logout_complete")
    await shop.until(f"{HIDDEN} === 0")
    revoked = [call["revoked"] for call in visitor.servers.calls("logout")]
    assert 2 == sum(revoked)

    await shop.page.evaluate(RENDER)
    await shop.mount("payment")
    await shop.hear("initialized", 2)
    await expect(shop.element().locator("[data-view=guest]")).to_be_visible()
    assert "guest" == await shop.state(1)


async def test_a_page_without_elements_keeps_its_customer_for_five_minutes(
    visitor: Visitor, stack: Stack
) -> None:
    await visitor.take_clock()
    shop = await kept_customer(visitor, stack)
    await shop.page.evaluate("handles[0].destroy()")
    await visitor.wait(299_000)
    assert 1 == await shop.page.evaluate(HIDDEN)
    await visitor.wait(2_000)
    await shop.until(f"{HIDDEN} === 0")


async def test_a_customer_of_the_shops_own_login_needs_no_hidden_element(visitor: Visitor) -> None:
    shop = await visitor.shop("payment", link_token=await link_token(visitor.servers, CONTACT))
    await shop.hear("authenticated")
    assert 0 == await shop.page.evaluate(HIDDEN)


async def test_a_move_is_told_as_what_it_is(visitor: Visitor, stack: Stack) -> None:
    """The browser loads a moved iframe anew: the choice made in it is over, the sign-in is not."""
    shop = await kept_customer(visitor, stack)

    await shop.page.evaluate(MOVE)

    await shop.hear("authenticated", 2)
    beside = {"height_change", "ready", "step"}
    kinds = [event.type for event in await shop.told() if event.type not in beside]
    first, second = ["initialized", "authenticated"], ["error", "initialized", "authenticated"]
    assert [*first, *second] == kinds
    told = (await shop.failure())["code"], (await shop.failure())["retryable"]
    assert ("moved", True) == told


async def test_a_moved_element_that_cannot_load_is_noticed(visitor: Visitor) -> None:
    visitor.expect_error("ERR_CONNECTION_FAILED")
    await visitor.take_clock()
    shop = await visitor.shop("payment")
    await shop.hear("initialized")
    link = visitor.origin("link")
    await visitor.context.route(
        lambda url: url.startswith(link), lambda route: route.abort("connectionfailed")
    )

    await shop.page.evaluate(MOVE)
    await visitor.wait(READY_DEADLINE_MS)

    await shop.hear("error", 2)
    codes = [event.payload["code"] for event in await shop.told("error")]
    assert ["moved", "network"] == codes


async def test_a_copy_of_an_element_says_something_true(visitor: Visitor) -> None:
    """As of a page that a library restores from its copy; the original knows nothing of it."""
    await visitor.take_clock()
    shop = await visitor.shop("payment")
    await shop.hear("initialized")
    await shop.page.evaluate(
        "document.body.append(document.querySelector('#elements').cloneNode(true))"
    )
    copy = shop.page.locator("#elements").nth(1).frame_locator("iframe")
    await expect(copy.locator("main")).to_be_attached()
    await visitor.wait(21_000)

    await expect(copy.locator("#stopped-text")).to_contain_text("is not connected to this shop")
    assert ["guest"] == [await shop.state()]
    assert [] == await shop.told("error")


async def test_an_element_takes_the_place_of_a_copy(visitor: Visitor) -> None:
    shop = await visitor.shop("payment")
    await shop.hear("initialized")
    await shop.page.evaluate(
        """() => {
          const place = document.querySelector('#elements');
          place.replaceWith(place.cloneNode(true));
        }"""
    )
    await shop.mount("payment")
    await shop.mount("auth")
    await shop.hear("initialized", 3)
    assert 2 == await shop.page.locator("#elements iframe").count()


@pytest.mark.with_engines
@pytest.mark.whole_browser
async def test_a_hundred_mounts_and_renders_leave_nothing(visitor: Visitor) -> None:
    """Counted by the page for timers, ports and observers, by the browser for listeners."""
    await visitor.context.add_init_script(COUNT)
    shop = await visitor.shop()
    devtools = await visitor.context.new_cdp_session(shop.page)
    await mount_and_render(shop, 5)
    before = await held(shop, devtools)

    await mount_and_render(shop, 100)

    assert before == await held(shop, devtools)
    assert 0 == before["timers"] == before["ports"]
    assert [] == await shop.told("error")


@pytest.mark.with_engines
@pytest.mark.whole_browser
async def test_renders_of_a_signed_in_page_leave_the_hidden_element_and_its_sign_out_nothing(
    visitor: Visitor, stack: Stack
) -> None:
    await visitor.context.add_init_script(COUNT)
    shop = await visitor.shop()
    devtools = await visitor.context.new_cdp_session(shop.page)
    await shop.mount("payment")
    await sign_in_by_code(shop, stack, CONTACT)
    await kept(visitor, shop)
    await shop.page.evaluate("handles[0].destroy()")
    await mount_and_render(shop, 3)
    before = await held(shop, devtools)

    await mount_and_render(shop, 30)

    assert before == await held(shop, devtools)
    assert 1 == await shop.page.evaluate(HIDDEN)
    await shop.page.evaluate("Link.logout()")
    after = await held(shop, devtools)
    freed = {kind: before[kind] - after[kind] for kind in ("timers", "ports", "observers")}
    assert {"timers": 1, "ports": 1, "observers": 1} == freed  # the driver has an observer too
    assert 0 == after["timers"] == after["ports"]
    assert after["listeners"] < before["listeners"]
    assert 0 == await shop.page.evaluate(HIDDEN)


async def mount_and_render(shop: ShopPage, times: int) -> None:
    """Mount as often, and render anew: at once, in the middle of the handshake, or after it."""
    await shop.page.evaluate(MOUNT_AND_RENDER, [times, RENDER])


async def held(shop: ShopPage, devtools: CDPSession) -> dict[str, int]:
    """Return what the page holds, after everything free was collected."""
    await devtools.send("HeapProfiler.collectGarbage")
    counters = await devtools.send("Memory.getDOMCounters")
    counted: dict[str, int] = await shop.page.evaluate(HELD)
    return counted | {"listeners": int(counters["jsEventListeners"])}
