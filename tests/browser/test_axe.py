"""axe-core in the frame's own document; `make axe` goes through every state with it."""

import re
from typing import Literal

import pytest

from tests.support.browser.visitor import Visitor
from tests.support.screens.axe import undecided, violations

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.with_engines]

# Of the harness: a sign that is not a text stands beside words of its colour, a page of another
# origin is gone through by itself, and the names of the lanes cover the steps that scrolled away.
_LOOKED_AT = re.compile(
    r"only non-text characters|still has to be tested with axe-core"
    r"| > [^|]*(?:\.time|b|\.result) \| .* overlapped by"
)
_FAULTS = """() => {
  document.querySelector('label[for=contact]').remove();
  document.getElementById('lead').style.color = '#ddd';
}"""


async def test_axe_runs_under_the_frames_policy_and_tells_what_is_wrong(visitor: Visitor) -> None:
    """A guest's element has nothing; without its label, and with faint text, both are told."""
    shop = await visitor.shop("address")
    await shop.hear("initialized")
    frame = await shop.frame()
    assert [] == await violations(frame)

    await frame.evaluate(_FAULTS)

    told = {violation.partition(" | ")[0] for violation in await violations(frame)}
    assert {"label", "color-contrast"} <= told


async def test_what_axe_cannot_decide_is_told_unless_somebody_has_assessed_it(
    visitor: Visitor,
) -> None:
    """A text on a picture, and rules of whole pages: a landmark and a heading are the frame's."""
    shop = await visitor.shop("address")
    await shop.hear("initialized")
    frame = await shop.frame()
    await frame.evaluate("""() => {
      document.getElementById('lead').style.background = 'linear-gradient(red, white)';
      document.querySelector('h1').remove();
      document.body.append(document.createElement('p'));
      document.body.lastChild.textContent = 'Outside of the landmark';
    }""")

    told = {violation.partition(" | ")[0] for violation in await violations(frame)}
    assert {"page-has-heading-one", "region"} == told
    [left], assessed = await undecided(frame)
    assert left.startswith("color-contrast | ")
    assert "gradient" in left
    assert 0 == assessed


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("scenario", ["lose-answer", "two-tabs", "evil-parent"])
async def test_the_harness_has_nothing_either(
    visitor: Visitor, scenario: str, scheme: Literal["light", "dark"]
) -> None:
    """On a laptop, where its parts scroll, after a scenario that fills all of them."""
    page = await visitor.context.new_page()
    await page.set_viewport_size({"width": 1280, "height": 800})
    await page.emulate_media(color_scheme=scheme)
    visitor.expect_error("Failed to load resource|frame-ancestors|blocked by CORS policy")
    await page.goto(f"{visitor.origin('shop')}/#{scenario}")
    await page.locator(".scenario[aria-current=true][data-verdict=pass]").wait_for()
    await page.locator("#steps > li").last.click()

    assert [] == await violations(page.main_frame)
    left, _ = await undecided(page.main_frame)
    assert [] == [one for one in left if not _LOOKED_AT.search(one)]
