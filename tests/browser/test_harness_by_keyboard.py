"""The harness by its addresses and its keys."""

from typing import Any, Final

import pytest
from playwright.async_api import Page, expect

from tests.support.browser.visitor import Visitor

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.with_engines]

# Whether the outline of what has the focus is as wide as it should be, and within all that clips.
_FOCUS: Final = """() => {
  const it = document.activeElement;
  const style = getComputedStyle(it);
  const grows = parseFloat(style.outlineOffset) + parseFloat(style.outlineWidth);
  const box = it.getBoundingClientRect();
  const clips = [];
  for (let up = it.parentElement; up !== null; up = up.parentElement) {
    if (getComputedStyle(up).overflowY !== 'visible') clips.push(up.getBoundingClientRect());
  }
  const isWithin = (clip) => box.left - grows >= clip.left && box.right + grows <= clip.right
    && box.top - grows >= clip.top && box.bottom + grows <= clip.bottom;
  return {
    name: it.id || it.classList[0],
    is_element: it.tagName === 'IFRAME',
    seen: style.outlineStyle === 'solid' && style.outlineWidth === '2px' && clips.every(isWithin),
  };
}"""


async def test_an_address_plays_its_scenario_and_keys_play_others(visitor: Visitor) -> None:
    """A deep link, then a digit; what is played is in the address, and arrows go by its steps."""
    page = await visitor.context.new_page()
    await page.goto(f"{visitor.origin('shop')}/#log-out")
    await passes(page, "Log out")

    await page.keyboard.press("3")
    await passes(page, "Refresh now")
    assert page.url.endswith("/#refresh-now")

    steps = page.locator("#steps > li")
    await steps.first.click()
    await expect(steps.nth(0)).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("ArrowDown")
    await expect(steps.nth(1)).to_have_attribute("aria-selected", "true")
    await expect(steps.nth(1)).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(steps.nth(0)).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("End")
    await expect(steps.last).to_be_focused()
    await page.keyboard.press("Home")
    await page.keyboard.press("Space")  # and nothing scrolls
    await expect(steps.nth(0)).to_be_focused()
    assert 0 == await page.locator("#scroll").evaluate("(list) => list.scrollTop")
    assert 1 == await page.locator("#steps [tabindex='0']").count()


async def test_arrows_go_between_the_tabs_which_are_one_stop(visitor: Visitor) -> None:
    page = await visitor.context.new_page()
    await page.goto(f"{visitor.origin('shop')}/#log-out")
    await passes(page, "Log out")
    step, token = page.get_by_role("tab", name="Step"), page.get_by_role("tab", name="Access token")

    await step.focus()
    for key, tab in (("ArrowRight", token), ("ArrowRight", step), ("ArrowLeft", token)):
        await page.keyboard.press(key)
        await expect(tab).to_be_focused()
        await expect(tab).to_have_attribute("aria-selected", "true")
    await expect(page.locator("#token-panel")).to_be_visible()
    await page.keyboard.press("Home")
    await expect(step).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.locator("#step-panel")).to_be_focused()


async def test_each_stop_of_tab_is_seen_whole_and_enter_plays_a_scenario(visitor: Visitor) -> None:
    """The outline of what has the focus is cut by no panel and by no list that scrolls."""
    page = await visitor.context.new_page()
    await page.goto(f"{visitor.origin('shop')}/#log-out")
    await passes(page, "Log out")

    stops: list[dict[str, Any]] = []
    await page.get_by_role("link", name="Diagnose").focus()
    while not stops or stops[-1]["name"] != "received":
        await page.keyboard.press("Tab")
        stops.append(await page.evaluate(_FOCUS))
    assert [] == [stop for stop in stops if not stop["is_element"] and not stop["seen"]]
    names = {stop["name"] for stop in stops}
    assert {"reset", "scenario", "verdict", "step", "step-tab", "step-panel"} <= names

    await page.locator(".scenario", has_text="Happy guest").focus()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await passes(page, "Sign in")


async def passes(page: Page, scenario: str) -> None:
    """Wait until a scenario has been played, and was as expected."""
    played = page.locator(".scenario[aria-current=true][data-verdict=pass] .name")
    await expect(played).to_have_text(scenario)
