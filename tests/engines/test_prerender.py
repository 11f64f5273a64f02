"""A shop's page that the browser renders before anybody asks for it (Chromium's speculation rules).

Firefox and WebKitGTK render no page beforehand.
"""

from typing import Final

import pytest

from link_dev.harness.addresses import Ports
from link_dev.stack import Plan, open_stack
from tests.support.browser.servers import Servers, open_http
from tests.support.engines.own_shop import Page, open_shop, sign_in
from tests.support.engines.running import running_engine

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("prerender")]

CUSTOMER: Final = "customer@prerender.example"
SDK: Final = "/elements/sdk/v1.js"
START: Final = """<!doctype html><link rel=icon href=data:,><a href=/checkout>To the checkout</a>
<script type=speculationrules>{"prerender": [{"urls": ["/checkout"], "eagerness": "immediate"}]}
</script>"""
# Until somebody looks, time passes in `minutes` alone, and takes none; then what waits goes on.
CHECKOUT: Final = """<!doctype html><link rel=icon href=data:,><main id=elements></main>
<script type=module>
const [setReal, clearReal] = [window.setTimeout, window.clearTimeout];
const waiting = new Map();
let [now, last] = [0, 1e9];
window.setTimeout = (task, ms = 0) => {
  if (!document.prerendering) return setReal(task, ms);
  waiting.set(last += 1, { at: now + ms, task });
  return last;
};
window.clearTimeout = (id) => void (waiting.delete(id) || clearReal(id));
document.addEventListener('prerenderingchange', () => {
  for (const { at, task } of waiting.values()) setReal(task, at - now);
});
const minutes = async (count, name) => {
  for (let second = 0; second < count * 60; second += 1) {
    now += 1000;
    for (const [id, { at, task }] of waiting) if (at <= now && waiting.delete(id)) task();
    await new Promise((resolve) => setReal(resolve));
  }
  await fetch(`/tell/${name}`);
};
window.told = [];
const { loadLink } = await import('/loader.js');
const loading = loadLink({ origin: 'LINK' }).then(({ mount }) => {
  const handle = mount({ businessId: 'BUSINESS', element: 'payment', target: '#elements' });
  for (const type of ['initialized', 'authenticated', 'token_refreshed', 'error']) {
    handle.on(type, ({ code = type }) => window.told.push(code));
  }
  window.handle = handle;
}, ({ code }) => window.told.push(code));
if (document.prerendering) {
  await minutes(2, 'loading');
  await loading;
  await minutes(2, 'mounted');
}
</script>"""
PAGES: Final = {"/": Page(START), "/checkout": Page(CHECKOUT)}
TOLD: Final = """
  const [type] = given;
  while (!window.told?.includes(type)) await new Promise((resolve) => setTimeout(resolve, 20));
  return window.told;
"""
WAS_THERE: Final = "return performance.getEntriesByType('navigation')[0].activationStart > 0"


async def test_no_clock_starts_before_the_customer_is_there() -> None:
    """Minutes in the background send nothing and fail nothing; a click, and they sign in.

    So it is while the SDK is loaded, which has no answer for two minutes, and once it is there.
    """
    async with (
        open_stack(Plan(ports=Ports.free())) as stack,
        open_http() as http,
        open_shop(stack, PAGES) as shop,
        running_engine("chromium", "default") as driver,
    ):
        servers = Servers.watched(stack, http)
        stack.faults.add(SDK, "together", times=2)  # so the first waits until it is let go
        await driver.open(f"{shop.origin}/")
        await shop.heard("loading")
        stack.faults.clear()
        await shop.heard("mounted")
        assert [SDK] == [entry["path"] for entry in stack.trace.entries]

        await (await driver.find("a", "To the checkout")).click()
        assert ["initialized"] == await driver.wait(TOLD, "initialized")
        assert await driver.run(WAS_THERE)
        assert (1, 1) == (len(servers.calls("bootstrap")), len(servers.calls("init")))
        await sign_in("chromium", driver, stack, CUSTOMER)
        told = await driver.wait(TOLD, "authenticated")
        await driver.wait("await window.handle.refresh()")

    assert ["initialized", "authenticated"] == told
    assert (1, 1) == (len(servers.calls("verify-otp")), len(servers.calls("refresh")))
