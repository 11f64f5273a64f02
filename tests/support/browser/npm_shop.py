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

from tests.support.browser.cut_off import checkout
from tests.support.browser.visitor import Visitor

_ROOT: Final = Path(__file__).parents[3]
_JS: Final = _ROOT / "tests" / "support" / "js"
_SHOPS: Final = _ROOT / "tests" / "package" / "shops"
_APP: Final = _SHOPS / "app.jsx"
_NODE: Final = Path(sys.prefix) / "bin" / "node"
_GUIDE: Final = (_ROOT / "docs" / "integrate.md").read_text("utf-8")
_OF_THE_PACKAGE: Final = (_ROOT / "static" / "package" / "README.md").read_text("utf-8")
_OURS: Final = "https://link.cimplify.io"
_TEST_STACK: Final = "http://link.localhost:4242"
_BUSINESSES: Final = ("bus_…", "bus_0123456789abcdef")
_DEADLINE_S: Final = 120
# An iframe that is never answered keeps a document from being complete.
_HAS_RUN: Final = "window.hasRun || document.readyState === 'complete'"
_BLOCKS: Final = re.MULTILINE | re.DOTALL
_USE_OF_THE_COMPONENT: Final = """
import { createRoot } from 'react-dom/client';
const ownForm = <input name="phone" />;
const shop = <Payment onChosen={() => {}}>{ownForm}</Payment>;
createRoot(document.querySelector('#link')).render(shop);
"""
# Behind the code of the shop in the same file: what stops that code stops the shop.
_OWN_CODE: Final = """
document.querySelector('#checkout').addEventListener('submit', ({ target }) => {
  target.elements.own.value = 'ran';
});
window.hasRun = true;
"""


def documented(heading: str, kind: str) -> str:
    """Return the one block of a kind below a heading of the integration guide."""
    _, _, section = _GUIDE.partition(f"\n## {heading}\n")
    return _block(section.partition("\n## ")[0], kind)


def on_the_package_page(kind: str) -> str:
    """Return the one block of a kind on the package's own page."""
    return _block(_OF_THE_PACKAGE, kind)


def documented_for_bundlers() -> list[str]:
    """Return every block of the documentation that is code for a bundler, or a part of such."""
    pages = [_ROOT / "README.md", *(_ROOT / "docs").glob("**/*.md")]
    text = "\n".join([_OF_THE_PACKAGE, *(page.read_text("utf-8") for page in pages)])
    parts = re.findall(r"^```(?:[jt]sx|m?ts|mjs|vue)\n(.*?)^```$", text, _BLOCKS)
    return [*parts, on_the_package_page("js")]


def _block(text: str, kind: str) -> str:
    (block,) = re.findall(rf"^```{kind}\n(.*?)^```$", text, _BLOCKS)
    return str(block)


def sources() -> dict[str, str]:
    """Return the code of each shop: what is documented, and what else stands in `shops`."""
    react = documented("With React", "jsx")
    (provider,) = re.findall(r"<LinkProvider .*>", react)
    return {
        **{file.stem: file.read_text("utf-8") for file in _SHOPS.glob("*.jsx") if file != _APP},
        "npm": documented("With npm", "ts"),
        "react": react,
        "origin": react.replace(provider, documented("Try it on your own machine", "jsx").strip()),
        "component": on_the_package_page("jsx") + _USE_OF_THE_COMPONENT,
        "vue": documented("Recipes", "mjs"),
    }


@dataclass(frozen=True)
class NpmShop:
    """Bundles of a shop's code, by name."""

    bundles: Mapping[str, str]
    html: Mapping[str, str]
    """What a server sends of the React shop, which `hydrated` takes over, by the bundle's name."""

    @staticmethod
    def bundle(folder: Path) -> None:
        """Pack the package, install it into a folder, and bundle the code of each shop with it.

        Each is bundled with React 18 too, and one as a shop deploys it.
        """
        _run(_JS / "packed-package.js", folder)
        shutil.copy(_APP, folder)
        entries = sources()
        for name, code in entries.items():
            (folder / f"{name}.jsx").write_text(code + _OWN_CODE, "utf-8")
        _run(_JS / "bundle-shop.js", folder, *entries)

    @classmethod
    def in_folder(cls, folder: Path) -> "NpmShop":
        """Read what `bundle` made."""
        bundles = {file.stem: file.read_text("utf-8") for file in folder.glob("*.js")}
        ends = ("", "-18")
        html = {f"hydrated{end}": (folder / f"app{end}.html").read_text("utf-8") for end in ends}
        html["hydrated-production"] = html["hydrated"]
        return cls(bundles, html)

    async def open(self, visitor: Visitor, name: str, body: str = '<div id="link"></div>') -> Page:
        """Open a checkout with the bundle; its form is there before the bundle has run."""
        page = await visitor.context.new_page()
        await self.go(visitor, page, name, body)
        return page

    async def go(
        self, visitor: Visitor, page: Page, name: str, body: str, business: str = "bus_demo"
    ) -> None:
        """Do so in an open page."""
        script = {"Content-Type": "text/javascript; charset=utf-8"}
        code = _at_this_stack(self.bundles[name], visitor, business)
        await visitor.serve(f"{visitor.origin('shop')}/bundle.js", code, script)
        await go_to_checkout(
            visitor, page, f'{body}<script type="module" src="/bundle.js"></script>'
        )


async def open_plain(visitor: Visitor, snippet: str) -> Page:
    """Open a checkout with documented HTML, whose one script goes on with the shop's own code."""
    before, end, _ = snippet.rpartition("</script>")
    page = await visitor.context.new_page()
    await go_to_checkout(visitor, page, _at_this_stack(before, visitor) + _OWN_CODE + end)
    return page


async def go_to_checkout(visitor: Visitor, page: Page, html: str) -> None:
    """Go to a page of the shop with a form, and the given HTML in it."""
    shop = visitor.origin("shop")
    await visitor.serve(f"{shop}/order", "<title>Thank you</title>")
    await visitor.serve(f"{shop}/page-of-the-test", checkout(html))
    await page.goto(f"{shop}/page-of-the-test", wait_until="commit")
    await expect(page.get_by_role("button", name="Pay")).to_be_visible()
    await page.wait_for_function(_HAS_RUN)


def _at_this_stack(code: str, visitor: Visitor, business: str = "bus_demo") -> str:
    """Put this stack's address, and a business of it, in the place of those that are documented."""
    for origin in (_OURS, _TEST_STACK):
        code = code.replace(origin, visitor.origin("link"))
    for documented_id in _BUSINESSES:
        code = code.replace(documented_id, business)
    return code


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
