"""Measures what a customer with a phone waits for, and prints the table.

python -m benchmarks.phone
"""

import asyncio
import sys
from dataclasses import dataclass
from typing import Final

from tests.support.browser.chromium import connected_chromium
from tests.support.installing.chromium import find_chromium

from benchmarks.measuring.table import text_table
from benchmarks.phone.throttle import Line, Proxy, proxying
from benchmarks.phone.visits import Visit, median_visit, visit
from link_dev.embedded.free_port import free_port
from link_dev.harness.addresses import Ports, host
from link_dev.stack import Plan, open_stack
from link_kernel.observability.logs import configure_logs

RUNS: Final = 3
LINES: Final = (
    Line("this machine", 0.0, None),
    Line("400 ms, 400 kbit/s", 0.4, 400_000),
    Line("600 ms, 150 kbit/s", 0.6, 150_000),
)
ELEMENTS: Final = (("payment",), ("auth", "address", "payment"))
COLUMNS: Final = (
    *("line", "elements", "visit", "requests", "KiB down", "connections"),
    *("initialized s", "can type s", "from click s", "failures told"),
)


@dataclass(frozen=True)
class ProxiedPorts(Ports):
    """Ports of a stack behind a proxy: browsers know the proxy's, `seen`, alone."""

    seen: int = 0

    def origin(self, name: str) -> str:
        """Return the origin of a host as the browser reaches it."""
        return f"http://{host(name)}:{self.seen}"


async def visits_on(
    program: str, proxy: Proxy, shop: str, elements: tuple[str, ...], *, runs: int = RUNS
) -> tuple[Visit, Visit]:
    """Return the medians of first and second visits, each pair in a profile of its own.

    It is the profile of a Chromium of its own, for a private window opens no connection in advance.
    """
    first, second = [], []
    for _ in range(runs):
        async with connected_chromium(program) as browser:
            [context] = browser.contexts
            first.append(await visit(context, proxy, shop, elements))
            second.append(await visit(context, proxy, shop, elements))
        sys.stderr.write(".")
        sys.stderr.flush()
    return median_visit(first), median_visit(second)


def cells(line: Line, count: int, name: str, found: Visit) -> tuple[str, ...]:
    """Return one line of the table."""
    return (
        line.name,
        str(count),
        name,
        f"{found.requests:.0f}",
        f"{found.bytes_down / 1024:.1f}",
        f"{found.connections:.0f}",
        f"{found.initialized_s:.2f}",
        f"{found.can_type_s:.2f}",
        f"{found.from_click_s:.2f}",
        ", ".join(found.failures) or "none",
    )


async def main(program: str) -> None:
    """Measure each line with one element and with three."""
    configure_logs("human", "critical")
    ports = ProxiedPorts(free_port(), free_port(), free_port(), seen=free_port())
    proxy, lines = Proxy(LINES[0], ports.public), []
    async with open_stack(Plan(ports=ports)) as stack, proxying(proxy, ports.seen):
        shop = stack.origin("shop")
        await visits_on(program, proxy, shop, ELEMENTS[0], runs=1)  # warms the servers up
        for line in LINES:
            proxy.use(line)
            for elements in ELEMENTS:
                first, second = await visits_on(program, proxy, shop, elements)
                lines.append(cells(line, len(elements), "first", first))
                lines.append(cells(line, len(elements), "second", second))
    sys.stderr.write("\n")
    print(f"median of {RUNS} visits; requests and bytes of Link's hosts until `initialized`")
    print(text_table(lines, COLUMNS))


if __name__ == "__main__":
    asyncio.run(main(find_chromium()))
