"""A checkout goes on without us: every snippet of the documentation, run where our host is cut off.

The shop's own code stands behind the snippet in the same script, so whatever stops the snippet
stops the shop.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Page, expect

from elements_bridge.http.sdk_releases import load_sdk_releases
from elements_bridge.http.static_files import static_root
from tests.support.browser.cut_off import CUTS, GIVEN_UP_MS, checkout, cut, order
from tests.support.browser.saved_items import button
from tests.support.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
OURS: Final = "link.cimplify.io/elements/sdk/"
PINNED: Final = load_sdk_releases(static_root())[0]

_BLOCK: Final = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_USE: Final = re.compile(
    r"(?<=\(\{ Link \}\) => \{\n).*?(?=^  \}\)\.catch)", re.DOTALL | re.MULTILINE
)
# As the documentation had it: what the cuts do to a shop that imports us by the old way.
_MODULE: Final = '<script type="module">'
_STATIC: Final = """<div id="link"></div>
<script type="module">
  import { Link } from 'https://link.cimplify.io/elements/sdk/v1.js';
  Link.mount({ businessId: 'bus_…', element: 'payment', target: '#link' });
</script>"""
_OWN_FIELD: Final = '<input name="phone"'
_OWN_CODE: Final = """
  document.querySelector('#checkout').addEventListener('submit', ({ target }) => {
    target.elements.own.value = 'ran';
  });
</script>"""


def _snippets() -> Iterator[tuple[str, str]]:
    """Find what a shop may copy: HTML as it stands, other code inside the loader of its page."""
    for page in PAGES:
        blocks = _BLOCK.findall(page.read_text("utf-8"))
        whole = [text for kind, text in blocks if kind == "html" and _MODULE in text]
        parts = [text for kind, text in blocks if kind == "js" and "Link." in text]
        inside = [part.join(_USE.split(whole[0], maxsplit=1)) for part in parts]
        for number, html in enumerate([*whole, *inside], 1):
            yield f"{page.relative_to(ROOT)}, {number}", html


SNIPPETS: Final = dict(_snippets())


def _cases() -> Iterator[tuple[str, str]]:
    """Cut off each snippet in every way; what only stands inside a loader, in one."""
    for name, html in SNIPPETS.items():
        is_copied = any(html in page.read_text("utf-8") for page in PAGES)
        yield from ((name, how) for how in CUTS if is_copied or how == "refused")


async def open_checkout(visitor: Visitor, snippet: str) -> Page:
    """Open a checkout with the snippet, and the shop's own code behind it."""
    link = visitor.origin("link")
    html = _own_address(snippet, link).replace("bus_…", "bus_demo")
    own = html.rsplit("</script>", 1)[0] + _OWN_CODE
    await visitor.serve(f"{visitor.origin('shop')}/order", "<title>Thank you</title>")
    url = f"{visitor.origin('shop')}/page-of-the-test"
    await visitor.serve(url, checkout(own))
    page = await visitor.context.new_page()
    await page.goto(url, wait_until="commit")
    await expect(page.get_by_role("button", name="Pay")).to_be_visible()
    return page


def _own_address(snippet: str, link: str) -> str:
    """Put this stack's address and the present release into a snippet, as a shop would."""
    integrity = PINNED.integrity()[PINNED.entry]
    return (
        snippet.replace("https://link.cimplify.io", link)
        .replace("<release>", PINNED.entry.split("/")[-2])
        .replace("sha384-…", integrity)
    )


async def test_every_page_that_shows_the_sdk_has_snippets_and_none_imports_it_statically() -> None:
    shown = {path for path in PAGES if "Link.mount" in path.read_text("utf-8")}
    assert shown == {ROOT / name.split(",")[0] for name in SNIPPETS}
    text = "\n".join(path.read_text("utf-8") for path in PAGES)
    assert [] == re.findall(
        rf"^\s*import\b[^(\n]*(?:{re.escape(OURS)}|cimplify-link).*", text, re.MULTILINE
    )


@pytest.mark.parametrize(("name", "how"), list(_cases()))
async def test_the_shop_sells_when_we_are_cut_off(visitor: Visitor, name: str, how: str) -> None:
    await visitor.take_clock()
    await cut(visitor, how)
    page = await open_checkout(visitor, SNIPPETS[name])
    await page.wait_for_function("() => document.readyState !== 'loading'")
    await visitor.wait(GIVEN_UP_MS)
    if how in {"refused", "503", "never answering", "no SDK"}:
        await visitor.said("The checkout goes on without Link")
    if _OWN_FIELD not in SNIPPETS[name]:
        assert "wallet=0241234567&own=ran" == await order(page)
        return
    await page.locator("details[open] [name=phone]").fill("0209876543")
    assert "wallet=0241234567&own=ran&phone=0209876543" == await order(page)


@pytest.mark.parametrize("name", SNIPPETS)
async def test_the_same_snippet_mounts_where_we_are_there(visitor: Visitor, name: str) -> None:
    page = await open_checkout(visitor, SNIPPETS[name])
    await expect(page.frame_locator("#link iframe").locator("[data-view=guest]")).to_be_visible()
    assert str(await order(page)).startswith("wallet=0241234567&own=ran")


FOLDING: Final = [name for name, html in SNIPPETS.items() if "ownForm.matches" in html]


async def test_the_first_snippet_of_each_page_folds_the_form() -> None:
    assert {"README.md, 1", "docs/integrate.md, 1"} == set(FOLDING)


@pytest.mark.parametrize("name", FOLDING)
async def test_the_form_is_folded_while_link_is_there(visitor: Visitor, name: str) -> None:
    page = await open_checkout(visitor, SNIPPETS[name])
    form, element = page.locator("#own-form"), page.frame_locator("#link iframe")
    await expect(form).not_to_have_attribute("open")
    await button(element, "Go on without Link").click()
    await expect(form).to_have_attribute("open", "")


@pytest.mark.parametrize("how", ["refused", "503", "never answering", "no SDK"])
async def test_a_static_import_would_stop_the_shop(visitor: Visitor, how: str) -> None:
    """So the cuts are real: this is why the documentation has a loader."""
    await cut(visitor, how)
    page = await open_checkout(visitor, _STATIC)
    body = await order(page)
    assert "wallet=0241234567&own=" == body
