"""Harness pages of one browser, whose cookies are in one jar: each has a login of its own."""

from typing import Final

from aiohttp import ClientResponse, hdrs

from tests.link_dev.visitor import EMAIL, Visitor
from tests.support.clients.bridge_client import Json, new_key, refusal

_AUTH: Final = "/v1/link/auth"
_PAGES: Final = ("bus_00000000000000000000000a", "bus_00000000000000000000000b")


async def test_each_page_refreshes_its_own_login(visitor: Visitor) -> None:
    """Whichever signed in last, and with all cookies in every call."""
    jar: dict[str, str] = {}
    logins = {page: await _sign_in(visitor, page, jar) for page in _PAGES}
    assert len(jar) == len({login["customer_id"] for login in logins.values()}) == 2

    for page in _PAGES:
        refreshed = await (await _call(visitor, page, "refresh", jar)).json()
        assert refreshed["customer_id"] == logins[page]["customer_id"]


async def test_a_page_without_a_login_has_none_of_another_page(visitor: Visitor) -> None:
    """Nor after its own was signed out, which ends no other's."""
    jar: dict[str, str] = {}
    for page in _PAGES:
        await _sign_in(visitor, page, jar)
    assert (await _call(visitor, _PAGES[0], "logout", jar)).status == 200

    for page in (_PAGES[0], "bus_00000000000000000000000c"):
        response = await _call(visitor, page, "refresh", jar)
        assert await refusal(response) == (401, "UNAUTHENTICATED")
    assert (await _call(visitor, _PAGES[1], "refresh", jar)).status == 200


async def test_calls_of_other_pages_have_the_usual_cookie(visitor: Visitor) -> None:
    """A page that names no business is none of the harness's."""
    jar: dict[str, str] = {}
    await _sign_in(visitor, "", jar)
    assert [*jar] == ["__Host-link_refresh"]


async def _sign_in(visitor: Visitor, page: str, jar: dict[str, str]) -> Json:
    claim = {**EMAIL, "contact": f"{page or 'nobody'}@shop.example"}
    await _call(visitor, page, "request-otp", jar, claim)
    code = {**claim, "otp_code": visitor.stack.outbox.sent[0].code}
    login: Json = await (await _call(visitor, page, "verify-otp", jar, code)).json()
    return login


async def _call(
    visitor: Visitor, page: str, route: str, jar: dict[str, str], body: Json | None = None
) -> ClientResponse:
    """Call as a browser with this jar does, which takes and drops cookies as it is told."""
    query = f"?business_id={page}" if page else ""
    headers = {
        "Origin": visitor.stack.origin("shop"),
        "Idempotency-Key": new_key(),
        "Cookie": "; ".join(f"{name}={value}" for name, value in jar.items()),
    }
    called = f"{_AUTH}/{route}{query}"
    response = await visitor.call("api", called, body or {}, headers=headers)
    for cookie in response.headers.getall(hdrs.SET_COOKIE, []):
        name, _, rest = cookie.partition("=")
        jar[name] = rest.partition(";")[0]
        if "Max-Age=0" in rest:
            del jar[name]
    return response
