"""Shops with a CSP or COOP of their own: which policies work, and the SDK's error otherwise."""

import pytest

from tests.support.browser.visitor import CSP, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


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
    """A policy that forgets the frame or the bootstrap: `merchant_csp`, not `network`."""
    visitor.expect_error("Content Security Policy")
    await under(visitor, **{CSP: policy(visitor, **{directive: "'self'"})})

    shop = await visitor.shop("payment")

    failure = await shop.failure()
    assert ("merchant_csp", False) == (failure["code"], failure["retryable"])
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
