"""A shop that pins the SDK by its hash (SRI): it works, and a single changed byte is refused."""

import re
from typing import Final

import pytest
from playwright.async_api import Page, expect

from elements_bridge.http.sdk_releases import SdkRelease, load_sdk_releases
from elements_bridge.http.static_files import static_root
from tests.support.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

PINNED: Final = load_sdk_releases(static_root())[0]
NONCE: Final = "bm9uY2U"
SHOP: Final = f"""<!doctype html><html lang=en><title>A shop</title><link rel=icon href=data:,>
%s
<body><main id=elements></main>
<script type=module nonce={NONCE}>
window.outcome = import('%s').then(({{ Link }}) => {{
  const handle = Link.mount({{ businessId: 'bus_demo', element: 'payment', target: '#elements' }});
  return handle.ready.then(({{ state }}) => state);
}}).catch((error) => error.name);
</script>"""


def lines(visitor: Visitor, release: SdkRelease = PINNED) -> list[str]:
    """Return what `elements-bridge sdk` prints for the stack's own origin."""
    return list(release.html(visitor.origin("link")))


async def open_shop(visitor: Visitor, head: list[str], module: str, policy: str = "") -> Page:
    """Open a shop's page with these lines in its head, which imports `module`."""
    headers = {"Content-Security-Policy": policy} if policy else {}
    return await visitor.page_at("shop", SHOP % ("\n".join(head), module), headers)


async def test_a_shop_with_the_lines_works_under_a_strict_policy(visitor: Visitor) -> None:
    """The first line holds the hash of the import map; the CSP needs nothing else."""
    link = visitor.origin("link")
    head = lines(visitor)
    found = re.search(r"script-src (\S+ 'sha256-\S+') -->", head[0])
    assert found
    policy = (
        f"default-src 'none'; img-src data:; style-src 'none'; frame-src {link}; "
        f"connect-src {link}; script-src {found[1]} 'nonce-{NONCE}'"
    )

    page = await open_shop(visitor, head, "cimplify-link", policy)

    assert "guest" == await page.evaluate("window.outcome")
    await expect(page.frame_locator("iframe").locator("[data-view=guest]")).to_be_visible()
    assert [] == visitor.console
    modules = {request.url for request in visitor.requests if request.resource_type == "script"}
    by_shop = {url for url in modules if "/elements/sdk/" in url}
    assert {f"{link}{PINNED.entry}"} == by_shop  # it imports nothing that the hash does not cover


@pytest.mark.parametrize("kept", ["all", "import map", "preload"])
async def test_one_byte_changed_is_refused(visitor: Visitor, kept: str) -> None:
    """By the import map alone, and by the preload alone, which older browsers go by."""
    visitor.expect_error("integrity|Failed to load")
    head = {
        "all": lines(visitor),
        "import map": lines(visitor)[:2],
        "preload": lines(visitor)[2:],
    }[kept]
    link = visitor.origin("link")

    await visitor.change(PINNED.entry, lambda _headers, text: text + " ")
    page = await open_shop(visitor, head, link + PINNED.entry)

    assert "TypeError" == await page.evaluate("window.outcome")
    assert 0 == await page.locator("iframe").count()
    await visitor.said(f"integrity' attribute for resource '{link}{PINNED.entry}'")


async def test_without_the_lines_the_same_change_would_run(visitor: Visitor) -> None:
    """So the hash is the reason why a changed byte is refused."""
    await visitor.change(PINNED.entry, lambda _headers, text: text + " ")
    page = await open_shop(visitor, [], visitor.origin("link") + PINNED.entry)
    assert "guest" == await page.evaluate("window.outcome")
