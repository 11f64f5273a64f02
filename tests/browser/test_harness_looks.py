"""The harness at the size of a laptop: what a person sees while scenarios are played."""

import re
from typing import Any, Final

import pytest
from playwright.async_api import Page, expect

from tests.browser.test_harness_alone import harness_of, play
from tests.support.browser.harness import element_of, resize
from tests.support.browser.visitor import Visitor
from tests.support.clients.bridge_client import API

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.with_engines]

LAPTOP: Final = (1280, 800)
_PLACES: Final = """() => [...document.querySelectorAll('.scenario kbd, .scenario .name')].map(
  (part) => [part.textContent, ...Object.values(part.getBoundingClientRect().toJSON())])"""
# The characters of a row whose whole box is left of the row's end.
_SEEN: Final = """(row) => {
  const text = row.firstChild;
  const { right } = row.getBoundingClientRect();
  const range = document.createRange();
  return [...text.data].filter((_, index) => {
    range.setStart(text, index);
    range.setEnd(text, index + 1);
    return range.getBoundingClientRect().right <= right;
  }).join('');
}"""
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


async def test_how_much_the_shop_could_see_is_told_whole(visitor: Visitor) -> None:
    """Beside its heading, also where the messages are many."""
    page = await laptop_of(visitor)
    await play(page, "server-restart")

    await expect(page.locator("#leaks")).to_have_text(re.compile(r"^\d\d messages"))
    await expect(page.locator("#leaks")).to_be_in_viewport(ratio=1)


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


async def test_that_there_is_no_secret_is_said_once(visitor: Visitor) -> None:
    """By the badge, which counts on after the verdict."""
    page = await laptop_of(visitor)
    await play(page, "sign-in")

    await expect(page.locator("#verdict .outcome.pass")).to_be_visible()
    assert ["0 secrets"] == re.findall(r"\d+ secrets?", await page.locator("body").inner_text())


async def test_a_person_sees_that_an_element_was_dismissed(visitor: Visitor) -> None:
    """In the steps, and among what the shop heard."""
    page = await laptop_of(visitor)
    await play(page, "happy-guest")
    await element_of(page).get_by_role("button", name="Go on without Link").click()

    await expect(
        page.locator("#received b", has_text=re.compile("^dismissed$"))
    ).to_be_in_viewport()
    await expect(page.locator("#steps b", has_text=re.compile("^dismissed$"))).to_have_count(1)


async def test_the_request_id_of_an_error_is_seen_in_its_row(visitor: Visitor) -> None:
    """By which the operators find the call in their logs; no end of a long row hides it."""
    page = await laptop_of(visitor)
    error = {"code": "SESSION_EXPIRED", "message": "It is over.", "retryable": False}
    ended = {"success": False, "error": error}
    await page.route(
        f"**{API}/refresh",
        lambda route: route.fulfill(
            status=401, json=ended, headers={"X-Request-Id": "cbf810a78682-1ef"}
        ),
    )
    await play(page, "refresh-now")

    row = page.locator("#received li", has=page.locator("b", has_text=re.compile("^error$"))).first
    told = await row.locator("code").evaluate(_SEEN)
    assert told.startswith("session_expired cbf810a78682-1ef")


async def laptop_of(visitor: Visitor) -> Page:
    """Open the harness on a laptop."""
    page = await harness_of(visitor)
    await resize(page, LAPTOP)
    return page


async def below(page: Page, *parts: str) -> dict[str, Any]:
    """Return how much of each part is out of sight below its edge."""
    return {part: await page.evaluate(_BELOW, part) for part in parts}
