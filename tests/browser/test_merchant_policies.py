"""Shops with a CSP or COOP of their own: which policies work, and the SDK's error otherwise."""

from typing import Final

import pytest
from playwright.async_api import expect

from link_dev.stack import Stack
from tests.support.browser.hardened import NONCE, documented_headers
from tests.support.browser.shop import ShopPage
from tests.support.browser.sign_in import sign_in_by_code
from tests.support.browser.visitor import CSP, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

HARDENED: Final = f"""<!doctype html><html lang=en><title>A shop</title><main id=elements></main>
<script type=module nonce={NONCE}>
const {{ Link }} = await import('LINK/elements/sdk/v1.js');
const events = [];
document.addEventListener('securitypolicyviolation', () => events.push({{ type: 'violation' }}));
Object.assign(window, {{ Link, handles: [], events, embedded: true }});
</script>"""


async def under(visitor: Visitor, **headers: str) -> None:
    """Let the shop's page be sent with these headers."""

    def change(sent: dict[str, str], text: str) -> str:
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        return text

    await visitor.change("/embed", change)


def policy(visitor: Visitor, **directives: str) -> str:
    """Return the policy that we tell merchants to set, with some directives otherwise."""
    link = visitor.origin("link")
    told = {
        "default_src": "'none'",
        "img_src": "data:",
        "script_src": f"'self' {link}",
        "frame_src": link,
        "connect_src": link,
        "style_src": "'none'",
    }
    return "; ".join(f"{n.replace('_', '-')} {v}" for n, v in (told | directives).items())


async def test_the_recommended_policy_is_enough(visitor: Visitor) -> None:
    """Three directives that name one host: everything works without a CSP report."""
    await under(visitor, **{CSP: policy(visitor, style_src="'self'")})

    shop = await visitor.shop("payment")

    await shop.hear("initialized")
    assert {"expires_in": 300} == await shop.command("refresh")
    assert [] == visitor.console


@pytest.mark.parametrize("directive", ["frame_src", "connect_src"])
async def test_check_38_merchant_csp(visitor: Visitor, directive: str) -> None:
    """A policy that forgets the frame or the bootstrap: `merchant_csp`, not `network`.

    No element comes in either case, which the shop is told as `loaderror` too.
    """
    visitor.expect_error("Content Security Policy")
    await under(visitor, **{CSP: policy(visitor, **{directive: "'self'"})})

    shop = await visitor.shop("payment")

    failure = await shop.failure()
    assert ("merchant_csp", False) == (failure["code"], failure["retryable"])
    assert [failure] == [told.payload for told in await shop.hear("loaderror")]
    await expect(shop.iframe()).to_be_hidden()
    assert [] == visitor.servers.calls("bootstrap")


@pytest.mark.parametrize("embedder", ["require-corp", "credentialless"])
async def test_check_33_isolated_shop(visitor: Visitor, embedder: str) -> None:
    """A cross-origin isolated shop: the frame loads in it and works."""
    isolated = {
        "Cross_Origin_Embedder_Policy": embedder,
        "Cross_Origin_Opener_Policy": "same-origin",
    }
    await under(visitor, **isolated)

    shop = await visitor.shop("payment")

    assert await shop.page.evaluate("window.crossOriginIsolated")
    await shop.hear("initialized")
    assert {"expires_in": 300} == await shop.command("refresh")


@pytest.mark.parametrize(
    "lacking", ["cross-origin-embedder-policy", "cross-origin-resource-policy"]
)
async def test_a_frame_without_its_headers_would_be_blocked(visitor: Visitor, lacking: str) -> None:
    """So they are needed: an isolated shop embeds no document that has not both."""
    visitor.expect_error("ERR_BLOCKED_BY_RESPONSE")

    def change(headers: dict[str, str], text: str) -> str:
        del headers[lacking]
        return text

    await visitor.change_frame_documents(change)
    await under(visitor, Cross_Origin_Embedder_Policy="require-corp")
    await visitor.take_clock()
    await visitor.count_loads()
    shop = await visitor.shop("payment")
    await shop.until("window.loadedFrames === 1")

    await visitor.pass_blocked_deadline(shop.page)

    assert "embed_blocked" == (await shop.failure())["code"]
    assert [] == visitor.servers.calls("bootstrap")


async def test_the_documented_headers_of_a_hardened_shop_are_enough(
    visitor: Visitor, stack: Stack
) -> None:
    """Nonce, Trusted Types, isolation: sign-in and refresh, and nothing is reported."""
    link = visitor.origin("link")
    page = await visitor.page_at("shop", HARDENED.replace("LINK", link), documented_headers(link))
    shop = ShopPage(page, visitor.origin("shop"))
    await shop.until("window.embedded")
    for element in ("address", "payment"):
        await shop.mount(element)
    await shop.hear("initialized", 2)

    await sign_in_by_code(shop, stack, "serwaa@example.com")
    await shop.hear("authenticated", 2)

    assert {"expires_in": 300} == await shop.command("refresh")
    assert await page.evaluate("window.crossOriginIsolated")
    assert [] == await shop.told("violation")
    assert [] == visitor.console
