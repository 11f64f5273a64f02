"""Runs axe-core in every state of the elements, in both themes.

A violation fails, and so does what axe cannot decide and nobody has assessed.

python -m tests.support.screens.axe [--language=fr] [name of a walk …]
"""

import argparse
import asyncio
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from playwright.async_api import Frame

from tests.support.browser.shop import ShopPage
from tests.support.screens.pictures import THEMES
from tests.support.screens.states import STATES
from tests.support.screens.tour import LOCALES, touring

_AXE: Final = Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js"
# The document of an element is a page for who hears it: it has a main landmark and a first heading.
# A skeleton has no heading, since its text would wait for a font; nor has the one line of an
# element that the customer goes on without.
_RUN: Final = """async () => {
  const isBare = ['connecting', 'dismissed'].includes(document.documentElement.dataset.state);
  const { violations, incomplete } = await window.axe.run(document, {
    resultTypes: ['violations', 'incomplete'],
    rules: { 'page-has-heading-one': { enabled: !isBare } },
  });
  const said = (results) => results.flatMap(({ id, help, nodes }) => nodes.map(
    ({ target, any, all, none }) => [id, help, target.join(' '),
      [...any, ...all, ...none].map(({ message }) => message).join('; ')].join(' | ')));
  return [said(violations), said(incomplete)];
}"""
# What axe cannot decide, and who did: each was looked at. What is not here fails as a violation.
_ASSESSED: Final = (
    # The arrow of a select is a gradient. Its ground is that of the fields beside it, which axe
    # measures: `test_a_list_of_countries_looks_like_the_fields_beside_it`.
    re.compile(r"color-contrast \| .* \| #field-\w+ \| .* background gradient"),
    # A list that scrolls hides most of its rows. All have the colours of the card's other texts,
    # and `test_country_picker.py` measures those that are seen.
    re.compile(r"color-contrast \| .* \| #country-[A-Z]{2} > \S+ \| .* partially obscured"),
)


@dataclass
class Axe:
    """The violations found so far, each with the states and themes it was seen in.

    `assessed` counts what axe could not decide and a person did.
    """

    found: dict[str, list[str]] = field(default_factory=dict)
    assessed: int = 0
    seen: set[str] = field(default_factory=set)

    async def look(self, name: str, shop: ShopPage) -> None:
        """Run axe in the documents of the elements, as narrow as a phone."""
        self.seen.add(name)
        await shop.page.set_viewport_size({"width": 320, "height": 640})
        for theme in THEMES:
            await shop.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            for index in range(await shop.page.locator("#elements iframe").count()):
                frame = await shop.frame(index)
                left, assessed = await undecided(frame)
                self.assessed += assessed
                for violation in [*await violations(frame), *left]:
                    self.found.setdefault(violation, []).append(f"{name} ({theme})")


async def violations(frame: Frame) -> list[str]:
    """Return what is wrong in a document: rule, rule in words, selector, and why."""
    found, _ = await _run(frame)
    return found


async def undecided(frame: Frame) -> tuple[list[str], int]:
    """Return what axe cannot decide and nobody has assessed, and how much somebody has."""
    _, found = await _run(frame)
    left = [one for one in found if not any(known.match(one) for known in _ASSESSED)]
    return left, len(found) - len(left)


async def _run(frame: Frame) -> tuple[list[str], list[str]]:
    # Evaluated by the driver, since the document's policy would stop a script of another origin.
    await frame.evaluate(f"if (!window.axe) {{ {_AXE.read_text('utf-8')} }};0")
    decided, left = await frame.evaluate(_RUN)
    return decided, left


async def main(names: Sequence[str], language: str) -> int:
    """Print the violations; return the status of the command."""
    axe = Axe()
    async with touring(language) as tour:
        failed = await tour.go(axe.look, names)
    unseen = [] if names else sorted(STATES.keys() - axe.seen)
    for name in unseen:
        sys.stdout.write(f"no walk came by {name}\n")
    for violation, states in axe.found.items():
        sys.stdout.write(f"{violation}\n    {', '.join(dict.fromkeys(states))}\n")
    sys.stdout.write(
        f"{len(axe.seen)} states, {len(axe.found)} violations, {axe.assessed} times assessed\n"
    )
    return int(failed > 0 or bool(unseen or axe.found))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Run axe-core in every state of the elements.")
    parser.add_argument("--language", choices=LOCALES, default="en")
    parser.add_argument("names", nargs="*")
    given = parser.parse_args()
    sys.exit(asyncio.run(main(given.names, given.language)))
