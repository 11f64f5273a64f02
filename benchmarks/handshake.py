"""Measures the handshake in a real Chromium: from `Link.mount` to `initialized`, and its parts.

Everything runs on this machine, so the network's share is the number of round trips times the
reader's own. Each handshake is followed by one with the floor, a trivial server and page that make
the same calls. Our shop's page is that of the tests, which also records every call and message. A
first visit has a new profile, where nothing is cached; a later one has a new page in the same
profile.

    python -m benchmarks.handshake
"""

import asyncio
import statistics
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, TypedDict, cast

from playwright.async_api import Browser, BrowserContext
from tests.support.browser.chromium import connected_chromium
from tests.support.installing.chromium import find_chromium

from benchmarks.floor import serving_floor
from link_dev.harness.addresses import Ports
from link_dev.stack import Plan, open_stack
from link_kernel.observability.logs import configure_logs

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


@dataclass
class Compared:
    """Handshakes of ours, and each with the one of the floor that followed it."""

    ours: list[Times] = field(default_factory=list)
    floor: list[Times] = field(default_factory=list)

    def ratio(self) -> float:
        """Return the median of the pairs' ratios."""
        pairs = zip(self.ours, self.floor, strict=True)
        return statistics.median(ours["total"] / floor["total"] for ours, floor in pairs)


async def handshake(context: BrowserContext, shop: str) -> Times:
    """Run one guest's handshake on a new page and return its times."""
    page = await context.new_page()
    await page.goto(f"{shop}/embed?mount=0")
    await page.wait_for_function("window.embedded")
    times = await page.evaluate(MEASURE, "payment")
    await page.close()
    return cast("Times", times)


async def in_new_profile(browser: Browser, shop: str) -> Times:
    """Run one handshake where nothing is cached."""
    context = await browser.new_context()
    times = await handshake(context, shop)
    await context.close()
    return times


async def first_visits(browser: Browser, ours: str, floor: str) -> Compared:
    """Run each handshake in a profile of its own."""
    found = Compared()
    for run in range(WARM_UPS + RUNS):
        of_ours, of_floor = (
            await in_new_profile(browser, ours),
            await in_new_profile(browser, floor),
        )
        if run >= WARM_UPS:
            found.ours.append(of_ours)
            found.floor.append(of_floor)
    return found


async def later_visits(browser: Browser, ours: str, floor: str) -> Compared:
    """Run all handshakes in one profile, the browser's own and so no private one."""
    found = Compared()
    [context] = browser.contexts
    for run in range(WARM_UPS + RUNS):
        of_ours, of_floor = await handshake(context, ours), await handshake(context, floor)
        if run >= WARM_UPS:
            found.ours.append(of_ours)
            found.floor.append(of_floor)
    return found


@asynccontextmanager
async def both_shops() -> AsyncIterator[tuple[str, str]]:
    """Start the stack and the floor, and give the origins of their shops."""
    async with open_stack(Plan(ports=Ports.free())) as stack, serving_floor() as floor:
        yield stack.origin("shop"), floor


async def main(program: str) -> None:
    """Measure in that Chromium and print medians and 95th percentiles."""
    configure_logs("human", "critical")
    async with both_shops() as shops, connected_chromium(program) as chrome:
        report("first visits", await first_visits(chrome, *shops))
        report("later visits", await later_visits(chrome, *shops))


def report(name: str, found: Compared) -> None:
    """Print the median and the 95th percentile of each part, and the ratio to the floor."""
    print(f"{RUNS} guest handshakes, {name}; milliseconds")
    for part in Times.__annotations__:
        ours, floor = _middle_and_slow(found.ours, part), _middle_and_slow(found.floor, part)
        print(f"{part:10} {ours}   floor {floor}")
    print(f"ratio to the floor, median of {RUNS} pairs: {found.ratio():.2f}")


def _middle_and_slow(runs: Sequence[Times], part: str) -> str:
    values = [run[part] for run in runs]  # type: ignore[literal-required]  # its own keys
    p95 = statistics.quantiles(values, n=100)[_P95 - 1]
    return f"median {statistics.median(values):6.1f}   p95 {p95:6.1f}"


if __name__ == "__main__":
    asyncio.run(main(find_chromium()))
