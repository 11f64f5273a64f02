"""Measures the handshake in a real Chromium: from `Link.mount` to `initialized`, and its parts.

Everything runs on this machine, so the network's share is the number of round trips times the
reader's own. A first visit has a new profile, where nothing is cached; a later one has a new page
in the same profile.

    python -m benchmarks.handshake
"""

import asyncio
import statistics
from typing import Final, TypedDict, cast

from playwright.async_api import Browser, BrowserContext
from tests.support.browser.chromium import connected_chromium
from tests.support.installing.chromium import find_chromium

from link_dev.harness.addresses import Ports
from link_dev.stack import Plan, Stack, open_stack

RUNS: Final = 30
WARM_UPS: Final = 3
# 95 of 100 runs were at most this slow.
_P95: Final = 95

MEASURE: Final = """
async (element) => {
  const asked = [];
  const fetching = window.fetch;
  window.fetch = async (...call) => {
    const sent = performance.now();
    try { return await fetching(...call); } finally { asked.push(performance.now() - sent); }
  };
  let ready = 0;
  const started = performance.now();
  window.addEventListener('message', () => { ready ||= performance.now() - started; });
  const handle = window.Link.mount({
    businessId: 'bus_demo', element, target: document.querySelector('#elements'),
  });
  await handle.ready;
  const total = performance.now() - started;
  return { ready, bootstrap: asked[0], init: total - ready - asked[0], total };
}
"""


class Times(TypedDict):
    """Milliseconds of one handshake; `init` includes both message hops."""

    ready: float
    bootstrap: float
    init: float
    total: float


async def handshake(context: BrowserContext, stack: Stack) -> Times:
    """Run one guest's handshake on a new page and return its times."""
    page = await context.new_page()
    await page.goto(f"{stack.origin('shop')}/embed?mount=0")
    await page.wait_for_function("window.embedded")
    times = await page.evaluate(MEASURE, "payment")
    await page.close()
    return cast("Times", times)


async def first_visits(browser: Browser, stack: Stack) -> list[Times]:
    """Run each handshake in a profile of its own."""
    runs = []
    for _ in range(WARM_UPS + RUNS):
        context = await browser.new_context()
        runs.append(await handshake(context, stack))
        await context.close()
    return runs[WARM_UPS:]


async def later_visits(browser: Browser, stack: Stack) -> list[Times]:
    """Run all handshakes in one profile."""
    context = await browser.new_context()
    runs = [await handshake(context, stack) for _ in range(WARM_UPS + RUNS)]
    await context.close()
    return runs[WARM_UPS:]


async def main(program: str) -> None:
    """Measure in that Chromium and print medians and 95th percentiles."""
    async with open_stack(Plan(ports=Ports.free())) as stack, connected_chromium(program) as chrome:
        report("first visits", await first_visits(chrome, stack))
        report("later visits", await later_visits(chrome, stack))


def report(name: str, runs: list[Times]) -> None:
    """Print the median and the 95th percentile of each part."""
    print(f"{RUNS} guest handshakes, {name}; milliseconds")
    for part in Times.__annotations__:
        values = [run[part] for run in runs]  # type: ignore[literal-required]  # its own keys
        p95 = statistics.quantiles(values, n=100)[_P95 - 1]
        print(f"{part:10} median {statistics.median(values):6.1f}   p95 {p95:6.1f}")


if __name__ == "__main__":
    asyncio.run(main(find_chromium()))
