"""Minutes that pass for one-time codes at a developer's word."""

from tests.link_dev.visitor import EMAIL, Visitor
from tests.support.clients.bridge_client import refusal

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


async def test_hours_are_refused(visitor: Visitor) -> None:
    """The error names the faulty field."""
    response = await visitor.call("shop", "/dev/later", {"minutes": 600})
    assert await refusal(response) == (400, "VALIDATION_ERROR")


async def _asked_and_entered(visitor: Visitor) -> str:
    """Sign in, and return the `lnk_`."""
    await visitor.call("api", f"{_AUTH}/request-otp", EMAIL)
    code = {**EMAIL, "otp_code": visitor.stack.outbox.sent[0].code}
    response = await visitor.call("api", f"{_AUTH}/verify-otp", code)
    return str((await response.json())["session_token"])
