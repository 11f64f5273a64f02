"""Wrong use of the SDK: `mount` says which mistake it is, and what to do."""

from typing import Final

import pytest
from playwright.async_api import Route

from tests.support.browser.visitor import READY_DEADLINE_MS, SDK_PATH, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGE: Final = """
const page = document.querySelector('#elements');
const shadow = page.appendChild(document.createElement('p')).attachShadow({ mode: 'open' });
shadow.innerHTML = '<div id="inside"></div><p></p>';
shadow.lastChild.attachShadow({ mode: 'open' }).innerHTML = '<div id="deep-inside"></div>';
const other = page.appendChild(document.createElement('iframe')).contentDocument;
const template = document.createElement('template');
template.innerHTML = '<div></div>';
const svg = page.appendChild(document.createElementNS('http://www.w3.org/2000/svg', 'svg'));
const found = [page];
const $ = Object.assign(Object.create({ jquery: '3.7.1' }), { 0: page, length: 1 });
const mount = (target) => window.Link.mount({ businessId: 'bus_demo', element: 'auth', target });
const said = (task) => {
  try {
    task();
    return 'mounted';
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
};
"""
TARGETS: Final = {
    "mount(undefined)": "target is undefined: mount once the element is in the page",
    "mount(document.getElementById('nowhere'))": "target is null: mount once the element",
    "mount('#nowhere')": 'nothing matches "#nowhere": mount once the element is in the page',
    "mount('#inside')": '"#inside" is in a shadow root, where no selector reaches: pass',
    "mount('#deep-inside')": '"#deep-inside" is in a shadow root, where no selector reaches: pass',
    "mount('#1')": '"#1" is no selector: pass the element',
    "mount('')": '"" is no selector: pass the element',
    "mount($)": "target is a list, as of jQuery: pass target[0]",
    "mount(document.querySelectorAll('#elements'))": "target is a list, as of jQuery",
    "mount(found)": "target is a list, as of jQuery",
    "mount({ current: page })": "target is [object Object]: pass target.current",
    "mount({})": "target is [object Object]: pass an element",
    "mount(() => page)": "target is [object Function]: pass an element",
    "mount(5)": "target is [object Number]: pass an element",
    "mount(Object.create(null))": "target is [object Object]: pass an element",
    "mount(document.createTextNode('Link'))": "target is [object Text]: pass an element",
    "mount([])": "target is [object Array]: pass an element",
    "mount(document)": "target is [object HTMLDocument]: pass an element",
    "mount(other.body)": "target is in another document",
    "mount(template.content.firstChild)": "target is in another document",
    "mount(document.createElement('div'))": "target is not in the page: append it, then mount",
    "mount(svg)": "target is <svg>: pass a <div>",
    "window.Link.mount()": "businessId is your bus_… id",
    "window.Link.mount({ businessId: 'bus_demo', element: 'card' })": "element is auth, address or",
    "window.Link.mount({ businessId: 'bus_demo', element: 'auth', target: page, linkToken: 5 })": (
        "linkToken is a string or a function"
    ),
}
IMPORT: Final = """(address) => import(address).then(({ Link }) => {
  const target = document.querySelector('#elements');
  try {
    Link.mount({ businessId: 'bus_demo', element: 'auth', target });
    return 'mounted';
  } catch (error) {
    return error.message;
  }
})"""
COPY: Final = "Link: this is a copy of the SDK: import https://link.cimplify.io/elements/sdk/v1.js"


async def test_mount_says_what_is_wrong(visitor: Visitor) -> None:
    shop = await visitor.shop()
    uses = ", ".join(f"said(() => {use})" for use in TARGETS)
    said = await shop.page.evaluate(f"() => {{ {PAGE} return [{uses}]; }}")
    wrong = [
        (use, message)
        for (use, words), message in zip(TARGETS.items(), said, strict=True)
        if not message.startswith(f"TypeError: Link: {words}")
    ]
    assert [] == wrong
    assert 0 == await shop.page.locator("#elements iframe[title^=Cimplify]").count()


async def test_a_node_inside_a_shadow_root_is_right(visitor: Visitor) -> None:
    shop = await visitor.shop()
    state = await shop.page.evaluate(
        f"() => {{ {PAGE} return mount(shadow.firstChild).ready.then(({{ state }}) => state); }}"
    )
    assert "guest" == state


@pytest.mark.parametrize("how", ["a copy", "a copy at our own path", "a module of a bundle"])
async def test_a_copied_or_bundled_sdk_says_so(visitor: Visitor, how: str) -> None:
    """It would frame the shop itself, and blame the allow-list."""
    shop = await visitor.shop()
    own = visitor.origin("shop")
    if how == "a module of a bundle":  # a bundler that writes no modules leaves no `import.meta`
        address = f"{own}/bundle.js"
    else:
        address = own + ("/js/link.js" if how == "a copy" else SDK_PATH)
    async with visitor.http.get(visitor.origin("link") + SDK_PATH) as response:
        sdk = await response.text()
    bundled = sdk.replace("import.meta.url", "({}).url")
    assert bundled != sdk
    text = bundled if how == "a module of a bundle" else sdk
    await visitor.serve(address, text, {"Content-Type": "text/javascript"})

    assert COPY == await shop.page.evaluate(IMPORT, address)
    assert 0 == await shop.page.locator("iframe").count()


async def test_a_copy_on_another_host_of_the_shop_is_named_on_the_console(visitor: Visitor) -> None:
    """Nothing tells it from us before it has no document for the frame."""
    visitor.expect_error("404")
    await visitor.take_clock()
    await visitor.count_loads()
    mirror = "http://cdn.localhost"
    async with visitor.http.get(visitor.origin("link") + SDK_PATH) as response:
        sdk = await response.text()

    async def answer(route: Route) -> None:
        is_sdk = route.request.url == mirror + SDK_PATH
        await route.fulfill(
            status=200 if is_sdk else 404,
            headers={"Access-Control-Allow-Origin": "*"},
            content_type="text/javascript" if is_sdk else "text/html",
            body=sdk if is_sdk else "<h1>Not Found</h1>",
        )

    await visitor.context.route(f"{mirror}/**", answer)
    page = await visitor.page_at(
        "shop", "<!doctype html><link rel=icon href=data:,><p id=elements>"
    )
    assert "mounted" == await page.evaluate(IMPORT, mirror + SDK_PATH)
    await page.wait_for_function("() => window.loadedFrames === 1")

    await visitor.wait(READY_DEADLINE_MS // 2)

    await visitor.said(COPY)
