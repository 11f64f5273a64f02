"""One visit: a shop's page that mounts elements, and what the customer waits for."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from playwright.async_api import BrowserContext, Frame, Page

from benchmarks.phone.throttle import Proxy

# Every host that is ours; the shop's own page and modules do not count.
HOSTS: Final = ("link.localhost", "api.localhost")
_LONGEST_MS: Final = 60_000
_LOOK_MS: Final = 20
_MOUNT: Final = """(elements) => {
  window.told = { initialized: [], errors: [] };
  const began = performance.now();
  window.told.mountedAt = performance.timeOrigin + began;
  for (const element of elements) {
    const target = document.querySelector('#elements');
    const handle = window.Link.mount({ businessId: 'bus_demo', element, target });
    handle.on('initialized', () => window.told.initialized.push(performance.now() - began));
    handle.on('error', ({ code }) => window.told.errors.push(code));
    handle.ready.catch((error) => window.told.errors.push(`ready: ${error.code ?? error}`));
  }
}"""

# Noted in the frame, after the frame of the screen that shows the field: a look from outside would
# first have to load the driver's own code there, for some tenths of a second.
_NOTE_FIELD: Final = """
new MutationObserver((_, observer) => {
  if (document.documentElement.dataset.state !== 'guest') return;
  observer.disconnect();
  const note = () => { window.typableAt = performance.timeOrigin + performance.now(); };
  requestAnimationFrame(() => setTimeout(note));
}).observe(document, { subtree: true, attributes: true, attributeFilter: ['data-state'] });
"""


@dataclass(frozen=True, slots=True)
class Visit:
    """What a visit took: seconds from mount or click, requests, bytes, connections, failures."""

    requests: float
    bytes_down: float
    initialized_s: float
    can_type_s: float
    from_click_s: float
    connections: float
    failures: tuple[str, ...] = ()


async def visit(context: BrowserContext, proxy: Proxy, shop: str, elements: Sequence[str]) -> Visit:
    """Open the shop's page, mount the elements, and wait until all can be used."""
    proxy.hang_up()
    proxy.counter.clear()
    page = await context.new_page()
    await page.add_init_script(_NOTE_FIELD)
    clicked = time.time()
    await page.goto(f"{shop}/embed?mount=0", timeout=_LONGEST_MS)
    await _until(page, "window.embedded")
    await page.evaluate(_MOUNT, list(elements))
    await _until(page, f"window.told.initialized.length === {len(elements)}")
    requests, bytes_down = proxy.counter.of(HOSTS)
    can_type = max([await _typable_at(frame) for frame in page.frames[1:]])
    told: dict[str, Any] = await page.evaluate("window.told")
    connections = proxy.counter.connections
    await page.close()
    return Visit(
        requests=requests,
        bytes_down=bytes_down,
        initialized_s=max(told["initialized"]) / 1000,
        can_type_s=can_type - told["mountedAt"] / 1000,
        from_click_s=can_type - clicked,
        connections=connections,
        failures=tuple(told["errors"]),
    )


async def _typable_at(frame: Frame) -> float:
    """Return when the customer saw the field, in seconds since 1970."""
    seen = await frame.wait_for_function("window.typableAt", timeout=_LONGEST_MS, polling=_LOOK_MS)
    return float(await seen.json_value()) / 1000


async def _until(page: Page, condition: str) -> None:
    await page.wait_for_function(f"() => {condition}", timeout=_LONGEST_MS, polling=_LOOK_MS)


def median_visit(visits: Sequence[Visit]) -> Visit:
    """Return the median of each figure, and every failure that any visit was told."""

    def median(name: str) -> float:
        return float(statistics.median(getattr(one, name) for one in visits))

    return Visit(
        requests=median("requests"),
        bytes_down=median("bytes_down"),
        initialized_s=median("initialized_s"),
        can_type_s=median("can_type_s"),
        from_click_s=median("from_click_s"),
        connections=median("connections"),
        failures=tuple(sorted({failure for one in visits for failure in one.failures})),
    )
