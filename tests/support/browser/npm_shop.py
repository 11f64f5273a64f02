"""Shops with a bundler: pages of React and others, bundled by esbuild with the packed package."""

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.async_api import Page, expect

from tests.support.browser.cut_off import CHECKOUT
from tests.support.browser.visitor import Visitor

_ROOT: Final = Path(__file__).parents[3]
_JS: Final = _ROOT / "tests" / "support" / "js"
_SHOPS: Final = _ROOT / "tests" / "package" / "shops"
_NODE: Final = Path(sys.prefix) / "bin" / "node"
_GUIDE: Final = (_ROOT / "docs" / "integrate.md").read_text("utf-8")
_OURS: Final = "https://link.cimplify.io"
_DEADLINE_S: Final = 120
# Behind the code of the shop in the same file: what stops that code stops the shop.
_OWN_CODE: Final = """
document.querySelector('#checkout').addEventListener('submit', ({ target }) => {
  target.elements.own.value = 'ran';
});
"""


def documented(heading: str, kind: str) -> str:
    """Return the one block of a kind below a heading of the integration guide."""
    _, _, section = _GUIDE.partition(f"\n## {heading}\n")
    section = section.partition("\n## ")[0]
    (block,) = re.findall(rf"^```{kind}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    return str(block)


@dataclass(frozen=True)
class NpmShop:
    """Bundles of a shop's code, by name."""

    bundles: Mapping[str, str]
    html: str
    """What a server sends of the React shop, which `hydrated` takes over."""

    @staticmethod
    def bundle(folder: Path, sources: Mapping[str, str]) -> None:
        """Pack the package, install it into a folder, and bundle each source with it.

        So it does with the React shop of `tests/package/shops`.
        """
        _run(_JS / "packed-package.js", folder)
        entries = {**sources, "hydrated": (_SHOPS / "hydrated.jsx").read_text("utf-8")}
        shutil.copy(_SHOPS / "app.jsx", folder)
        for name, code in entries.items():
            (folder / f"{name}.jsx").write_text(code + _OWN_CODE, "utf-8")
        _run(_JS / "bundle-shop.js", folder, *entries)

    @classmethod
    def in_folder(cls, folder: Path) -> "NpmShop":
        """Read what `bundle` made."""
        bundles = {file.stem: file.read_text("utf-8") for file in folder.glob("*.js")}
        return cls(bundles, (folder / "app.html").read_text("utf-8"))

    async def open(self, visitor: Visitor, name: str, body: str = '<div id="link"></div>') -> Page:
        """Open a checkout with the bundle; its form is there before the bundle has run."""
        script = {"Content-Type": "text/javascript; charset=utf-8"}
        code = _at_this_stack(self.bundles[name], visitor)
        await visitor.serve(f"{visitor.origin('shop')}/bundle.js", code, script)
        return await open_checkout(
            visitor, f'{body}<script type="module" src="/bundle.js"></script>'
        )


async def open_plain(visitor: Visitor, snippet: str) -> Page:
    """Open a checkout with documented HTML, whose one script goes on with the shop's own code."""
    before, end, _ = snippet.rpartition("</script>")
    return await open_checkout(visitor, _at_this_stack(before, visitor) + _OWN_CODE + end)


async def open_checkout(visitor: Visitor, html: str) -> Page:
    """Open a page of the shop with a form, and the given HTML behind it."""
    shop = visitor.origin("shop")
    await visitor.serve(f"{shop}/order", "<title>Thank you</title>")
    await visitor.serve(f"{shop}/page-of-the-test", CHECKOUT + html)
    page = await visitor.context.new_page()
    await page.goto(f"{shop}/page-of-the-test", wait_until="commit")
    await expect(page.get_by_role("button", name="Pay")).to_be_visible()
    await page.wait_for_function("() => document.readyState === 'complete'")
    return page


def _at_this_stack(code: str, visitor: Visitor) -> str:
    return code.replace(_OURS, visitor.origin("link")).replace("bus_…", "bus_demo")


def _run(script: Path, *arguments: object) -> None:
    """Run a script with Node; a failure shows its output."""
    done = subprocess.run(
        [_NODE, script, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=_DEADLINE_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
