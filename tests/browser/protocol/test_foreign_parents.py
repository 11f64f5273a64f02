"""Parent pages that no business lists, that lie about their origin, or that have none."""

import pytest
from redis.asyncio import Redis

from tests.support.browser.merchant import PLAIN_PAGE, Merchant, frame_url, init
from tests.support.browser.shop import ShopPage
from tests.support.browser.visitor import Visitor
from tests.support.clients.bridge_client import API

pytestmark = pytest.mark.asyncio(loop_scope="session")

SILENCE_MS = 20_000
CHALLENGE = "C" * 43


async def no_session(visitor: Visitor, redis: Redis) -> bool:
    """Say whether neither a call of `init` nor an elements session came of it."""
    sessions = [key async for key in redis.scan_iter("*:elements:*")]
    return [] == sessions == visitor.asked("init")


async def test_check_03_wrong_parent_origin(visitor: Visitor, redis: Redis) -> None:
    """Mount on evil: the browser refuses, twice; `embed_blocked`; no bootstrap, no init."""
    visitor.expect_error("frame-ancestors")
    await visitor.take_clock()
    await visitor.count_loads()
    shop = await visitor.shop("payment", host="evil")
    await visitor.said("frame-ancestors 'none'")
    await shop.until("window.loadedFrames === 1")

    await visitor.pass_blocked_deadline(shop.page)

    assert "embed_blocked" == (await shop.failure())["code"]
    documents = [document["frame_ancestors"] for document in visitor.servers.documents()]
    assert ["'none'", "'none'"] == documents
    assert [] == visitor.asked("bootstrap")
    assert await no_session(visitor, redis)
    assert "none" == await shop.iframe().evaluate("(iframe) => iframe.style.display")


async def test_check_04_wrong_parent_without_frame_ancestors(
    visitor: Visitor, redis: Redis
) -> None:
    """The same where no policy stops it: the bootstrap is refused; no init."""
    visitor.expect_error("status of 403")
    await visitor.without_frame_ancestors()
    shop = await visitor.shop("payment", host="evil")

    assert "origin_not_allowed" == (await shop.failure())["code"]
    [bootstrap] = await visitor.servers.called("bootstrap")
    found = (bootstrap["status"], bootstrap["error"], bootstrap["origin"])
    assert (403, "ORIGIN_NOT_ALLOWED", visitor.origin("evil")) == found
    assert await no_session(visitor, redis)


async def test_check_05_parent_lies_about_its_origin(visitor: Visitor) -> None:
    """Evil frames the element as the shop's, no policy stops it: the frame runs nothing."""
    await visitor.without_frame_ancestors()
    evil = await Merchant.open(visitor, "evil")
    await evil.embed(parent_origin=visitor.origin("shop"))

    await evil.page.frame_locator("iframe").locator("[data-reason=origin_mismatch]").wait_for()

    assert [] == await evil.heard()


async def test_check_05_parent_lies_where_ancestors_are_unknown(visitor: Visitor) -> None:
    """The same in a browser without `ancestorOrigins`: `ready` is addressed to the shop alone."""
    await visitor.without_frame_ancestors()
    await without_ancestor_origins(visitor)
    await visitor.take_clock()
    evil = await Merchant.open(visitor, "evil")
    await evil.embed(parent_origin=visitor.origin("shop"))
    frame = await evil.frame()
    await frame.wait_for_load_state()

    await visitor.wait(SILENCE_MS)  # all its tries to say `ready` are over

    await evil.page.frame_locator("iframe").locator("[data-state=disconnected]").wait_for()
    assert [] == await evil.heard()


RECORD_CHALLENGES = """
if (location.hostname.startsWith('link.')) {
  const { digest } = SubtleCrypto.prototype;
  SubtleCrypto.prototype.digest = async function (...asked) {
    const made = await digest.apply(this, asked);
    const text = btoa(String.fromCharCode(...new Uint8Array(made)));
    window.challenge = text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
    return made;
  };
}
"""


async def test_check_05_lying_parent_that_guessed_the_challenge(
    visitor: Visitor, redis: Redis
) -> None:
    """Should evil know the challenge and have a token of the shop's, its init is still ignored."""
    await visitor.without_frame_ancestors()
    await without_ancestor_origins(visitor)
    await visitor.context.add_init_script(RECORD_CHALLENGES)
    evil = await Merchant.open(visitor, "evil")
    await evil.embed(parent_origin=visitor.origin("shop"))
    frame = await evil.frame()
    await frame.wait_for_function("() => window.challenge", polling=20)
    challenge = await frame.evaluate("window.challenge")
    token = await forged_bootstrap(visitor, evil.element, challenge)

    await evil.post(init(challenge, token))

    assert [[]] == await evil.ports()
    assert await no_session(visitor, redis)


async def forged_bootstrap(visitor: Visitor, element: str, challenge: str) -> str:
    """Obtain a bootstrap token of the shop's as no browser would: by writing its Origin."""
    asked = {"element": element, "code_challenge": challenge}
    route = "bootstrap?business_id=bus_demo"
    status, answer = await visitor.servers.post(route, asked, origin=visitor.origin("shop"))
    assert status == 200, answer
    return str(answer["data"]["bootstrap_token"])


async def without_ancestor_origins(visitor: Visitor) -> None:
    """Let the frame's code find no `location.ancestorOrigins`, as in Firefox."""

    def change(text: str) -> str:
        changed = text.replace("{ ancestorOrigins }", "{ unknown: ancestorOrigins }")
        assert changed != text
        return changed

    await visitor.change_source("frame/protocol/embedding.js", change)


async def test_check_06_relayed_token(visitor: Visitor, redis: Redis) -> None:
    """Evil obtains a token by a forged Origin and hands it over: refused, no session."""
    visitor.expect_error("status of 401")
    await visitor.without_frame_ancestors()
    evil = await Merchant.open(visitor, "evil")
    await evil.embed()
    challenge = await evil.challenge()
    token = await forged_bootstrap(visitor, evil.element, challenge)

    await evil.post(init(challenge, token))

    assert "bootstrap_invalid" == (await evil.heard_on_port(0, "error"))["code"]
    [call] = await visitor.servers.called("init")
    assert (401, "BOOTSTRAP_INVALID") == (call["status"], call["error"])
    assert [] == [key async for key in redis.scan_iter("*:elements:*")]


async def test_check_06_token_of_another_business(visitor: Visitor, redis: Redis) -> None:
    """A page listed by another business embeds the shop's element: refused before any session."""
    visitor.expect_error("status of 403|frame-ancestors")
    other = await Merchant.open(visitor, "other")
    await other.embed()
    await visitor.said("frame-ancestors 'none'")

    status, answer = await other.try_bootstrap(CHALLENGE)

    assert (403, "ORIGIN_NOT_ALLOWED") == (status, answer["error"]["code"])
    assert [] == await other.heard()
    assert await no_session(visitor, redis)


async def test_attack_02_shop_inside_a_foreign_page(visitor: Visitor, redis: Redis) -> None:
    """Evil frames the whole shop: every ancestor counts, so the element inside is refused."""
    visitor.expect_error("frame-ancestors")
    shop = f"{visitor.origin('shop')}/embed?element=payment"
    page = await visitor.page_at("evil", f"{PLAIN_PAGE}<iframe src='{shop}'></iframe>")
    await visitor.said(f"frame-ancestors {visitor.origin('shop')}")

    shop_inside = page.frame_locator("iframe")
    await shop_inside.locator("#elements iframe").wait_for(state="attached")
    assert await no_session(visitor, redis)


SANDBOXED_SHOP = """<!doctype html><title>A shop</title><link rel=icon href=data:,><body><script>
window.heard = [];
window.failures = [];
window.addEventListener('message', ({ data }) => heard.push(data));
window.start = async (link, frameUrl, bootstrapUrl, bootstrapBody) => {
  const iframe = document.createElement('iframe');
  const loaded = new Promise((resolve) => { iframe.onload = resolve; });
  iframe.src = frameUrl;
  document.body.append(iframe);
  const { Link } = await import(`${link}/elements/sdk/v1.js`);
  const handle = Link.mount({ businessId: 'bus_demo', element: 'auth', target: document.body });
  handle.on('error', ({ code }) => failures.push(code));
  const request = { method: 'POST', headers: { 'Content-Type': 'text/plain' } };
  const answer = await fetch(bootstrapUrl, { ...request, body: bootstrapBody }).catch(() => null);
  await loaded;
  await handle.ready.catch(() => {});
  return answer && answer.status;
};
</script>"""


@pytest.mark.parametrize("is_framed", [False, True], ids=["as served", "without frame-ancestors"])
async def test_check_17_sandboxed_parent(
    visitor: Visitor, redis: Redis, *, is_framed: bool
) -> None:
    """A page whose origin is `null`: no ready, no session; the bridge refuses its bootstrap."""
    visitor.expect_error("frame-ancestors|blocked by CORS policy|Failed to load resource")
    if is_framed:
        await visitor.without_frame_ancestors()
    sandbox = {"Content-Security-Policy": "sandbox allow-scripts"}
    page = await visitor.page_at("shop", SANDBOXED_SHOP, sandbox)
    assert "null" == await page.evaluate("window.origin")
    bootstrap = f"{visitor.origin('link')}{API}/bootstrap?business_id=bus_demo"
    body = f'{{"element": "auth", "code_challenge": "{CHALLENGE}"}}'

    answered = await page.evaluate(
        "(args) => window.start(...args)",
        [
            visitor.origin("link"),
            frame_url(visitor, "auth", visitor.origin("shop")),
            bootstrap,
            body,
        ],
    )

    assert None is answered  # it may not even read the refusal
    [call] = await visitor.servers.called("bootstrap")
    assert (403, "null") == (call["status"], call["origin"])
    assert ["origin_not_allowed"] == await page.evaluate("window.failures")
    assert [] == await page.evaluate("window.heard")
    assert await no_session(visitor, redis)


async def test_check_18_sandboxed_frame(visitor: Visitor, redis: Redis) -> None:
    """A shop sandboxes the frame without `allow-same-origin`: an error, no init."""
    visitor.expect_error("blocked by CORS policy|Failed to load resource")
    await visitor.take_clock()
    await visitor.count_loads()
    shop = await visitor.shop()
    await sandbox_next_iframe(shop)
    await shop.mount("payment")
    frame = await shop.frame()
    await shop.until("window.loadedFrames === 1")
    assert "null" == await frame.evaluate("window.origin")

    await visitor.pass_blocked_deadline(shop.page)

    assert "embed_blocked" == (await shop.failure())["code"]
    assert [] == visitor.asked("bootstrap")
    assert await no_session(visitor, redis)


async def sandbox_next_iframe(shop: ShopPage) -> None:
    """Narrow the sandbox of the next element before its document is asked for."""
    await shop.page.evaluate("""() => {
      const append = HTMLElement.prototype.append;
      HTMLElement.prototype.append = function (...nodes) {
        for (const node of nodes) node.setAttribute('sandbox', 'allow-scripts');
        return append.apply(this, nodes);
      };
    }""")


@pytest.mark.parametrize("is_served", [False, True], ids=["as served", "as if for an iframe"])
async def test_check_19_opener_instead_of_parent(
    visitor: Visitor, redis: Redis, *, is_served: bool
) -> None:
    """The shop opens the frame's document as a popup and posts init: no call, no message."""
    visitor.expect_error("status of 403")
    if is_served:
        await visitor.change_frame_documents(lambda _headers, text: text)
    merchant = await Merchant.open(visitor)
    url = frame_url(visitor, merchant.element, merchant.origin)
    async with merchant.page.expect_popup() as popup:
        await merchant.page.evaluate("(url) => { window.popup = window.open(url); }", url)
    opened = await popup.value
    await opened.wait_for_load_state()
    if is_served:
        await opened.locator("[data-reason=top_level]").wait_for()
    else:
        await opened.get_by_text("runs only there").wait_for()

    token = await merchant.bootstrap(CHALLENGE)
    await merchant.page.evaluate(
        """([message, origin]) => window.merchant.post(window.popup, message, origin, 1)""",
        [init(CHALLENGE, token), visitor.origin("link")],
    )
    await opened.evaluate("() => new Promise((resolve) => setTimeout(resolve))")

    assert [] == await merchant.heard()
    assert [[]] == await merchant.ports()
    assert await no_session(visitor, redis)
