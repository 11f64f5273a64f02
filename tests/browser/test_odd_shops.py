"""Shops whose own scripts and libraries change what every page has, before the SDK comes."""

from typing import Final

import pytest

from tests.support.browser.shop import ShopPage
from tests.support.browser.sign_in import sign_in_by_code
from tests.support.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

ODD: Final = {
    "methods for every object": "Object.prototype.each = function each() {};",
    "Prototype.js": """
Array.prototype.toJSON = function toJSON() { return `[${this.join()}]`; };
Array.from = (list) => (list ? [].slice.call(list) : []);
Array.prototype.entries = function entries() { return [].slice.call(this); };
for (const name of ['each', 'first', 'last', 'without']) Array.prototype[name] = () => {};
Object.keys = (object) => {
  const keys = [];
  for (const key in object) keys.push(key);
  return keys;
};
Function.prototype.defer = () => {};""",
    "a Promise of its own, without allSettled": """
const Native = window.Promise;
window.Promise = function Promise(task) {
  const { then } = Native.prototype;
  const native = new Native(task);
  const methods = { then: then.bind(native), catch: (onError) => then.call(native, null, onError) };
  return Object.setPrototypeOf(methods, window.Promise.prototype);
};
for (const name of ['all', 'race', 'resolve', 'reject']) {
  window.Promise[name] = Native[name].bind(Native);
}""",
    "a global called origin": "window.origin = 'https://api.shop.example';",  # as `var origin` does
    "patched tasks, and nothing to patch": """
const ownFetch = window.fetch;
window.fetch = async (url, options = {}) => {
  const headers = new Headers(options.headers);
  const answer = await ownFetch(url, { ...options, headers });
  void answer.clone().text();
  return answer;
};
for (const name of ['setTimeout', 'addEventListener', 'postMessage']) {
  const own = window[name];
  window[name] = function patched(...given) { return own.apply(this ?? window, given); };
}
const Own = window.MutationObserver;
window.MutationObserver = function Patched(task) { return new Own((...told) => task(...told)); };
for (const one of [Object, Array, Promise, EventTarget]) Object.freeze(one.prototype);""",
}


async def odd_shop(visitor: Visitor, script: str, *elements: str) -> ShopPage:
    """Open a shop's page whose own script comes first; its frames have none of it."""
    await visitor.context.add_init_script(f"if (window === top) {{ {script} }}")
    return await visitor.shop(*elements)


@pytest.mark.parametrize("script", ODD.values(), ids=ODD.keys())
async def test_an_element_works_beside_scripts_that_change_the_page(
    visitor: Visitor, script: str
) -> None:
    shop = await odd_shop(visitor, script, "payment")
    await sign_in_by_code(shop, visitor.servers.stack, "odd@example.com")
    assert {"expires_in": 300} == await shop.command("refresh")
    await shop.page.evaluate("window.Link.logout()")

    assert [{}] == [told.payload for told in await shop.hear("logout_complete")]
    assert [] == await shop.told("error")


async def test_the_target_may_hold_a_form_with_a_field_called_src(visitor: Visitor) -> None:
    """A form's `src` is then that field."""
    shop = await visitor.shop()
    await shop.page.evaluate("elements.innerHTML = '<form><input name=src></form>'")
    await shop.mount("payment")

    assert [{"state": "guest"}] == [told.payload for told in await shop.hear("initialized")]
    assert 1 == await shop.page.locator("[name=src]").count()
