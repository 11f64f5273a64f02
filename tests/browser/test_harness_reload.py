"""A page of the shop in the harness, really reloaded: who signed in there is kept."""

import pytest
from playwright.async_api import expect

from tests.support.browser.harness import begin, failed, passed
from tests.support.browser.sign_in import ask_for_code, code_for, enter_code
from tests.support.browser.visitor import Visitor

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.with_engines]

_BROKEN_STORE = """
Object.defineProperty(window, 'indexedDB', { get() { throw new Error('blocked'); } });
"""


@pytest.mark.parametrize("store", ["", _BROKEN_STORE], ids=["kept", "blocked"])
async def test_a_reloaded_page_keeps_who_signed_in_by_a_code(visitor: Visitor, store: str) -> None:
    """Without a store it begins with a guest, as the scenario tells who lacks one."""
    contact = f"reload{len(store)}@harness.example"
    if store:
        await visitor.context.add_init_script(store)
    page = await visitor.context.new_page()
    await page.goto(f"{visitor.origin('shop')}/")
    await page.wait_for_function("() => window.__harness !== undefined", polling=20)
    running = await begin(page, "reload-keeps")

    element = page.frame_locator("#stage iframe").frame_locator("#elements iframe")
    await ask_for_code(element, contact)
    await expect(page.locator("#code")).to_contain_text("code for r")
    await enter_code(element, code_for(visitor.servers.stack, contact))

    if store:
        told = await failed(page, running)
        assert told.startswith("after the reload: guest. Expected: authenticated")
        return
    found = await passed(page, running)
    started = [step["label"] for step in found["trace"] if step["label"].startswith("initialized")]
    assert ["guest", "authenticated", "guest"] == [one.partition(", ")[2] for one in started]
    answered = [step["result"] for step in found["trace"] if step["label"] == "refresh"]
    assert any("rotated" in result and "DPoP" in result for result in answered)
