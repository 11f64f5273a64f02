"""Runs axe-core in every state of the elements, in both themes: a violation fails.

python -m tests.support.screens.axe [name of a walk …]
"""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from playwright.async_api import Frame

from tests.support.browser.shop import ShopPage
from tests.support.screens.pictures import THEMES
from tests.support.screens.states import STATES
from tests.support.screens.tour import touring

_AXE: Final = Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js"
# What is said of whole pages does not hold in a part of the shop's, which has the landmarks and
# the first heading; an element that is still a skeleton has none.
_RUN: Final = """async () => {
  const { violations } = await window.axe.run(document, {
    resultTypes: ['violations'],
    rules: { region: { enabled: false }, 'page-has-heading-one': { enabled: false } },
  });
  return violations.flatMap(({ id, help, nodes }) => nodes.map(
    ({ target, any, all, none }) => [id, help, target.join(' '),
      [...any, ...all, ...none].map(({ message }) => message).join('; ')].join(' | ')));
}"""


@dataclass
class Axe:
    """The violations found so far, each with the states and themes it was seen in."""

    found: dict[str, list[str]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    async def look(self, name: str, shop: ShopPage) -> None:
        """Run axe in the documents of the elements, as narrow as a phone."""
        self.seen.add(name)
        await shop.page.set_viewport_size({"width": 320, "height": 640})
        for theme in THEMES:
            await shop.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            for index in range(await shop.page.locator("#elements iframe").count()):
                for violation in await violations(await shop.frame(index)):
                    self.found.setdefault(violation, []).append(f"{name} ({theme})")


async def violations(frame: Frame) -> list[str]:
    """Return what axe says of a document: rule, rule in words, selector, and why."""
    # Evaluated by the driver, since the document's policy would stop a script of another origin.
    await frame.evaluate(f"if (!window.axe) {{ {_AXE.read_text('utf-8')} }};0")
    found: list[str] = await frame.evaluate(_RUN)
    return found


async def main(names: Sequence[str]) -> int:
    """Print the violations; return the status of the command."""
    axe = Axe()
    async with touring() as tour:
        failed = await tour.go(axe.look, names)
    unseen = [] if names else sorted(STATES.keys() - axe.seen)
    for name in unseen:
        sys.stdout.write(f"no walk came by {name}\n")
    for violation, states in axe.found.items():
        sys.stdout.write(f"{violation}\n    {', '.join(dict.fromkeys(states))}\n")
    sys.stdout.write(f"{len(axe.seen)} states, {len(axe.found)} violations\n")
    return int(failed > 0 or bool(unseen or axe.found))


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
