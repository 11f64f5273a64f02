"""Shops with policies of their own: what works under them, and how the SDK says what does not."""

import pytest

from tests.browser.visit import CSP, Visit

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def under(visit: Visit, **headers: str) -> None:
    """Let the shop's page be sent with these headers."""

    def change(sent: dict[str, str], text: str) -> str:
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        return text

    await visit.change("/embed", change)


def policy(visit: Visit, **directives: str) -> str:
    """Return the policy that we tell merchants to set, with some directives otherwise."""
    link = visit.origin("link")
    told = {
        "default_src": "'none'",
        "img_src": "data:",
        "script_src": f"'self' {link}",
        "frame_src": link,
        "connect_src": link,
        "style_src": "'none'",
    }
    return "; ".join(f"{n.replace('_', '-')} {v}" for n, v in (told | directives).items())


async def test_the_recommended_policy_is_enough(visit: Visit) -> None:
    """Three directives that name one host: all works, and nothing is reported."""
    await under(visit, **{CSP: policy(visit, style_src="'self'")})

    shop = await visit.shop("payment")

    await shop.hear("initialized")
    assert {"expires_in": 300} == await shop.command("refresh")
    assert [] == visit.console


@pytest.mark.parametrize("directive", ["frame_src", "connect_src"])
async def test_check_38_merchant_csp(visit: Visit, directive: str) -> None:
    """A policy that forgets the frame or the bootstrap: `merchant_csp`, not `network`."""
    visit.expect_error("Content Security Policy")
    await under(visit, **{CSP: policy(visit, **{directive: "'self'"})})

    shop = await visit.shop("payment")

    failure = await shop.failure()
    assert ("merchant_csp", False) == (failure["code"], failure["retryable"])
    assert [] == visit.servers.calls("bootstrap")


@pytest.mark.parametrize("embedder", ["require-corp", "credentialless"])
async def test_check_33_isolated_shop(visit: Visit, embedder: str) -> None:
    """A cross-origin isolated shop: the frame loads in it and all works."""
    isolated = {
        "Cross_Origin_Embedder_Policy": embedder,
        "Cross_Origin_Opener_Policy": "same-origin",
    }
    await under(visit, **isolated)

    shop = await visit.shop("payment")

    assert await shop.page.evaluate("window.crossOriginIsolated")
    await shop.hear("initialized")
    assert {"expires_in": 300} == await shop.command("refresh")
