"""Minutes that pass for one-time codes at a developer's word."""

import pytest
from aiohttp import ClientResponse

from tests.link_dev.visitor import EMAIL, Visitor
from tests.support.clients.bridge_client import Json, granted, refusal

_AUTH = "/v1/link/auth"


async def test_after_six_minutes_another_code_goes_out_and_the_first_lives(
    visitor: Visitor,
) -> None:
    """As if a person had waited; a login of before is as old as it was."""
    login = await _asked_and_entered(visitor)
    await visitor.call("api", f"{_AUTH}/request-otp", EMAIL)
    assert (await visitor.call("api", f"{_AUTH}/request-otp", EMAIL)).status == 429
    assert (await visitor.call("shop", "/dev/later", {"minutes": 6})).status == 200

    assert (await visitor.call("api", f"{_AUTH}/request-otp", EMAIL)).status == 200
    second, first, _ = visitor.stack.outbox.sent
    assert second.code != first.code
    code = {**EMAIL, "otp_code": first.code}
    assert (await visitor.call("api", f"{_AUTH}/verify-otp", code)).status == 200
    bearer = {"Authorization": f"Bearer {login}"}
    assert (await visitor.call("api", "/v1/link/data", method="GET", headers=bearer)).status == 200


async def test_after_eleven_minutes_a_code_is_too_old(visitor: Visitor) -> None:
    """Codes live for ten."""
    await visitor.call("api", f"{_AUTH}/request-otp", EMAIL)
    await visitor.call("shop", "/dev/later", {"minutes": 11})
    code = {**EMAIL, "otp_code": visitor.stack.outbox.sent[0].code}
    response = await visitor.call("api", f"{_AUTH}/verify-otp", code)
    assert await refusal(response) == (422, "OTP_EXPIRED")


@pytest.mark.parametrize("contact", [EMAIL["contact"], "kofi@shop.example"])
async def test_minutes_pass_for_the_codes_of_one_business_alone(
    visitor: Visitor, contact: str
) -> None:
    """Another one's code is as old as it was, for the same contact too."""
    other, own = [await _of_new_business(visitor) for _ in range(2)]
    asked = []
    for one, address in ((other, contact), (own, EMAIL["contact"])):
        asked.append(await _asked(one, address))
        await _pass(one, 1)  # a contact that both have waits until another code is sent
    await _pass(own, 10)

    assert await refusal(await _enter(own, *asked[1])) == (422, "OTP_EXPIRED")
    assert (await _enter(other, *asked[0])).status == 200


async def test_minutes_pass_for_the_codes_of_one_contact_alone(visitor: Visitor) -> None:
    """Whoever asked for them: the shop's own page too."""
    other = {**EMAIL, "contact": "esi@shop.example"}
    for claim in (EMAIL, other):
        await visitor.call("api", f"{_AUTH}/request-otp", claim)
    order = {"minutes": 1, "contact": EMAIL["contact"]}
    assert (await visitor.call("shop", "/dev/later", order)).status == 200

    assert (await visitor.call("api", f"{_AUTH}/request-otp", EMAIL)).status == 200
    assert (await visitor.call("api", f"{_AUTH}/request-otp", other)).status == 429


async def test_hours_are_refused(visitor: Visitor) -> None:
    """The error names the faulty field."""
    response = await visitor.call("shop", "/dev/later", {"minutes": 600})
    assert await refusal(response) == (400, "VALIDATION_ERROR")


async def _of_new_business(visitor: Visitor) -> Visitor:
    """Return a browser with the page of a business of its own."""
    made = await (await visitor.call("shop", "/dev/businesses", {})).json()
    return Visitor(visitor.http, visitor.stack, made["business_id"])


async def _asked(visitor: Visitor, contact: str) -> tuple[Json, str]:
    """Ask for a code in a frame; return what enters it there, and the frame's token."""
    token = str((await visitor.handshake())["access_token"])
    claim = {**EMAIL, "contact": contact}
    await granted(await visitor.post("request-otp", claim, token=token))
    return {**claim, "otp_code": visitor.stack.outbox.sent[0].code}, token


async def _enter(visitor: Visitor, entered: Json, token: str) -> ClientResponse:
    return await visitor.post("verify-otp", entered, token=token)


async def _pass(visitor: Visitor, minutes: int) -> None:
    order = {"minutes": minutes, "business_id": visitor.business_id}
    assert (await visitor.call("shop", "/dev/later", order)).status == 200


async def _asked_and_entered(visitor: Visitor) -> str:
    """Sign in, and return the `lnk_`."""
    await visitor.call("api", f"{_AUTH}/request-otp", EMAIL)
    code = {**EMAIL, "otp_code": visitor.stack.outbox.sent[0].code}
    response = await visitor.call("api", f"{_AUTH}/verify-otp", code)
    return str((await response.json())["session_token"])
