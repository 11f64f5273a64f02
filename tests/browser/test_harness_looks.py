"""The harness at the size of a laptop: what a person sees while scenarios are played."""

from typing import Any, Final

import pytest
from playwright.async_api import Page, expect

from tests.browser.test_harness_alone import harness_of, play
from tests.support.browser.harness import resize
from tests.support.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

LAPTOP: Final = (1280, 800)
_PLACES: Final = """() => [...document.querySelectorAll('.scenario kbd, .scenario .name')].map(
  (part) => [part.textContent, ...Object.values(part.getBoundingClientRect().toJSON())])"""
_BELOW: Final = """(id) => {
  const { scrollHeight, clientHeight } = document.getElementById(id);
  return scrollHeight - clientHeight;
}"""


async def test_no_row_moves_and_no_key_goes_while_scenarios_are_queued(visitor: Visitor) -> None:
    """The sign of a queued scenario says what it is."""
    page = await laptop_of(visitor)
    await play(page, "happy-guest")
    before = await page.evaluate(_PLACES)

    await page.get_by_role("button", name="Run all").click()
    queued = page.locator(".scenario[data-verdict=queued]")
    await expect(queued.last.get_by_role("img", name="queued")).to_be_visible()
    assert before == await page.evaluate(_PLACES)
    await page.locator("#reset").click()


@pytest.mark.parametrize("scenario", ["sign-in", "refresh-now", "lose-answer", "replay-init"])
async def test_a_short_run_is_seen_whole(visitor: Visitor, scenario: str) -> None:
    """Neither its steps nor what the shop could see scrolls."""
    page = await laptop_of(visitor)
    await play(page, scenario)

    assert {"scroll": 0, "received": 0} == await below(page, "scroll", "received")


async def test_the_tabs_of_a_shop_are_whole_below_its_element(visitor: Visitor) -> None:
    """Each says all it has to say."""
    page = await laptop_of(visitor)
    await play(page, "two-tabs")

    assert {"stage": 0} == await below(page, "stage")
    for title in ("Tab 1", "Tab 2"):
        tab = page.locator(f'iframe[title="{title}"]')
        await expect(tab).to_be_in_viewport(ratio=1)
        root = tab.content_frame.locator("html")
        assert await root.evaluate("(it) => it.scrollHeight <= innerHeight")


async def test_no_word_of_a_claim_is_broken(visitor: Visitor) -> None:
    """What a claim means stands in one line beside its value, or below it."""
    page = await laptop_of(visitor)
    await play(page, "happy-guest")
    await page.get_by_role("tab", name="Access token").click()

    meanings = page.locator("#token-panel .claims small")
    await expect(meanings).not_to_have_count(0)
    lines = "(all) => all.map((it) => it.getBoundingClientRect().height < 24)"
    assert {True} == set(await meanings.evaluate_all(lines))


async def laptop_of(visitor: Visitor) -> Page:
    """Open the harness on a laptop."""
    page = await harness_of(visitor)
    await resize(page, LAPTOP)
    return page


async def below(page: Page, *parts: str) -> dict[str, Any]:
    """Return how much of each part is out of sight below its edge."""
    return {part: await page.evaluate(_BELOW, part) for part in parts}
