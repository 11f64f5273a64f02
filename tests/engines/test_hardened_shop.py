"""A shop with the strictest headers of the guide: CSP, Trusted Types, cross-origin isolation."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Final

import pytest
import pytest_asyncio

from link_dev.harness.addresses import Ports
from link_dev.stack import Plan, Stack, open_stack
from tests.support.browser.hardened import COEP, NONCE, documented_headers
from tests.support.browser.saved_items import save_wallet
from tests.support.browser.servers import Servers, open_http
from tests.support.browser.sign_in import link_token
from tests.support.engines.own_shop import OwnShop, Page, open_shop, sign_in
from tests.support.engines.running import running_engine
from tests.support.engines.webdriver import WebDriver
from tests.support.installing.engines import ENGINES, EngineName

pytestmark = pytest.mark.asyncio(loop_scope="session")

CUSTOMER: Final = "customer@hardened.example"
SHOP: Final = f"""<!doctype html><html lang=en><title>A shop</title><main id=elements></main>
<style nonce={NONCE}>main {{ color: green; }}</style>
<script nonce={NONCE}>
window.reports = [];
window.told = [];
document.addEventListener('securitypolicyviolation', ({{ effectiveDirective, blockedURI }}) => {{
  window.reports.push(`${{effectiveDirective}} ${{blockedURI}}`);
}});
window.mount = ({{ mount }}) => {{
  for (const element of ['payment', 'auth']) {{
    const handle = mount({{ businessId: 'BUSINESS', element, target: '#elements' }});
    for (const type of ['initialized', 'authenticated', 'selected', 'error']) {{
      handle.on(type, ({{ code = type }}) => window.told.push(`${{element}} ${{code}}`));
    }}
    window[element] = handle;
  }}
}};
</script>
<script nonce={NONCE} LOAD</script>
<script>window.told.push('unsafe');</script>"""
SDK: Final = "import('LINK/elements/sdk/v1.js').then(({ Link }) => window.mount(Link))"
EMBEDDERS: Final = ("require-corp", "credentialless")
LOADS: Final = {
    "classic": f">{SDK}",
    "module": f"type=module>{SDK}",
    "npm": "type=module>import { loadLink } from '/loader.js';"
    "loadLink({ origin: 'LINK' }).then(window.mount)",
}
TOLD: Final = """
  const [name] = given;
  while (!window.told.includes(name)) await new Promise((resolve) => setTimeout(resolve, 20));
"""
MARKUP: Final = """
  try {
    document.querySelector('#elements').innerHTML = '<b>markup</b>';
    return 'done';
  } catch (error) {
    return error.name;
  }
"""
SEEN: Final = "return { reports: window.reports, isIsolated: window.crossOriginIsolated }"
WITHOUT_NONCE: Final = "script-src-elem inline"
# WebKitGTK ignores the header otherwise, and the shop sells as well.
ISOLATES: Final[Mapping[str, frozenset[EngineName]]] = {
    "require-corp": frozenset({"chromium", "firefox", "webkit"}),
    "credentialless": frozenset({"chromium", "firefox"}),
}


@dataclass(frozen=True)
class Shopping:
    """A browser, and a shop that has the headers of the guide, by embedder policy."""

    engine: EngineName
    driver: WebDriver
    stack: Stack
    shop: OwnShop

    async def load(self, path: str) -> None:
        """Open a page, and wait until both of its elements are there."""
        await self.driver.open(f"{self.shop.origin}{path}")
        for element in ("payment", "auth"):
            await self.driver.wait(TOLD, f"{element} initialized")

    async def choose(self) -> None:
        """Sign in by a code in the element that asks, which signs in the other; choose a wallet."""
        await sign_in(self.engine, self.driver, self.stack, CUSTOMER, element=1)
        await self.driver.wait(TOLD, "auth authenticated")
        await self.driver.frame("#elements iframe", 0)
        await (await self.driver.find("button", "Use this wallet")).click()
        await self.driver.top()
        await self.driver.wait(TOLD, "payment selected")


@pytest_asyncio.fixture(
    scope="module",
    loop_scope="session",
    params=[pytest.param(one, marks=pytest.mark.xdist_group(f"{one} shop")) for one in ENGINES],
)
async def shopping(request: pytest.FixtureRequest) -> AsyncIterator[Shopping]:
    """A customer with a saved wallet, in one of the engines."""
    engine: EngineName = request.param
    async with open_stack(Plan(ports=Ports.free())) as stack, open_http() as http:
        headers = documented_headers(stack.origin("link"))
        pages = {
            f"/{embedder}/{load}": Page(SHOP.replace("LOAD", code), headers | {COEP: embedder})
            for embedder in EMBEDDERS
            for load, code in LOADS.items()
        }
        servers = Servers.watched(stack, http)
        await save_wallet(servers, await link_token(servers, CUSTOMER))
        async with (
            open_shop(stack, pages) as shop,
            running_engine(engine, "default") as driver,
        ):
            yield Shopping(engine, driver, stack, shop)


@pytest.mark.parametrize("embedder", EMBEDDERS)
async def test_a_hardened_shop_sells(shopping: Shopping, embedder: str) -> None:
    """Loaded in each way; the one report is of the page's own script that has no nonce."""
    driver = shopping.driver
    for load in LOADS:
        await shopping.load(f"/{embedder}/{load}")
    await shopping.choose()
    await driver.wait("await window.payment.refresh()")

    isolates = shopping.engine in ISOLATES[embedder]
    assert {"reports": [WITHOUT_NONCE], "isIsolated": isolates} == await driver.run(SEEN)
    assert "unsafe" not in await driver.run("return window.told")


async def test_the_policy_of_a_hardened_shop_is_held(shopping: Shopping) -> None:
    """So what sells under it needs no exception."""
    await shopping.load("/require-corp/npm")

    assert "TypeError" == await shopping.driver.run(MARKUP)
