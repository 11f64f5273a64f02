"""axe-core in the frame's own document; `make axe` goes through every state with it."""

import pytest

from tests.support.browser.visitor import Visitor
from tests.support.screens.axe import violations

pytestmark = pytest.mark.asyncio(loop_scope="session")

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
