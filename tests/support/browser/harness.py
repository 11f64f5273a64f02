"""Drives the harness page: begins scenarios by hand, and reads their verdicts."""

import asyncio
from typing import Any, Final

from playwright.async_api import Frame, FrameLocator, Page, expect

from link_dev.stack import Stack
from tests.support.browser.saved_items import button
from tests.support.browser.sign_in import ask_for_code, code_for

SCENARIO_S: Final = 30
_AFTER_A_CODE_MS: Final = 31_000
_SET_CLOCK_FORWARD: Final = """(ms) => {
  const now = performance.now.bind(performance);
  performance.now = () => now() + ms;
}"""
_SEQUENCE: Final = """() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const cut = all('#steps .words > *').filter((it) => it.scrollWidth > it.clientWidth);
  const keys = all('#legend .key').map((it) => it.getBoundingClientRect().top);
  return {
    scrolled: document.getElementById('scroll').scrollTop,
    cut: cut.map((it) => it.textContent),
    legend_lines: new Set(keys).size,
  };
}"""
Running = asyncio.Future[Any]


async def begin(page: Page, scenario: str) -> Running:
    """Start a scenario that waits for a person, and wait until it does."""
    running = asyncio.ensure_future(page.evaluate("(id) => window.__harness.run(id)", scenario))
    await expect(page.locator("#verdict")).to_contain_text("Waiting for you")
    await expect(page.locator("#state")).to_have_text("guest")
    return running


async def ask_twice(page: Page, stack: Stack, contact: str) -> str:
    """Ask for a code, and for another one after the minutes that the scenario lets pass.

    Returns the first code.
    """
    element = element_of(page)
    await ask_for_code(element, contact)
    late = code_for(stack, contact)
    await expect(page.locator("#steps")).to_contain_text("minutes pass")
    await frame_of(page).evaluate(_SET_CLOCK_FORWARD, _AFTER_A_CODE_MS)
    await button(element, "Send code again").click()
    await expect(page.locator("#messages li")).to_have_count(2)
    assert late != code_for(stack, contact)
    return late


def frame_of(page: Page) -> Frame:
    """Return the browsing context of the live element."""
    [frame] = [frame for frame in page.frames if "/elements/" in frame.url]
    return frame


async def passed(page: Page, running: Running) -> dict[str, Any]:
    """Wait for the verdict: every check holds, and the shop saw no secret."""
    found: dict[str, Any] = await asyncio.wait_for(running, SCENARIO_S)
    assert [] == broken(found)
    assert found["pass"]
    await expect(page.locator("#leaks")).to_contain_text("0 secrets")
    return found


async def failed(page: Page, running: Running) -> str:
    """Wait for the verdict, and return the one check that does not hold."""
    found = await asyncio.wait_for(running, SCENARIO_S)
    assert not found["pass"]
    [wrong] = broken(found)
    await expect(page.locator("#leaks")).to_contain_text("0 secrets")
    return wrong


def broken(found: dict[str, Any]) -> list[str]:
    """Return the checks that do not hold."""
    return [check["text"] for check in found["checks"] if not check["pass"]]


def element_of(page: Page) -> FrameLocator:
    """Return the live element."""
    return page.frame_locator("#stage iframe")


async def resize(page: Page, size: tuple[int, int]) -> None:
    """Give the page a window of this size."""
    width, height = size
    if page.viewport_size != {"width": width, "height": height}:
        await page.set_viewport_size({"width": width, "height": height})


async def overflow(page: Page) -> dict[str, int]:
    """Return by how many pixels the page is larger than its window."""
    found: dict[str, int] = await page.evaluate("""() => {
      const { scrollWidth, clientWidth, scrollHeight, clientHeight } = document.documentElement;
      return { across: scrollWidth - clientWidth, down: scrollHeight - clientHeight };
    }""")
    return found


async def sequence(page: Page) -> dict[str, Any]:
    """Return how far the steps are scrolled, which names are cut, and the lines of the legend."""
    found: dict[str, Any] = await page.evaluate(_SEQUENCE)
    return found


async def out_of_sight(page: Page) -> list[str]:
    """Return what a window cuts: lists that scroll, rows and parts that are not within it."""
    found: list[str] = await page.evaluate("""() => {
      const isCut = (part) => part.scrollHeight > part.clientHeight
        || part.scrollWidth > part.clientWidth;
      const isOutside = (part) => {
        const { top, left, right, bottom, height } = part.getBoundingClientRect();
        const within = top >= 0 && left >= 0 && right <= innerWidth && bottom <= innerHeight;
        return height === 0 || !within;
      };
      const lists = [...document.querySelectorAll('.scenarios, #scenarios, #verdict')];
      const parts = [...document.querySelectorAll('.scenario, #legend, #steps > :first-child')];
      const cut = lists.filter(isCut).map((list) => `${list.id || 'panel'} scrolls`);
      const rows = [...document.querySelectorAll('.scenario')].filter(isCut);
      return [...cut, ...[...rows, ...parts.filter(isOutside)].map((part) => part.textContent)];
    }""")
    return found
