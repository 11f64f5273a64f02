"""Signing in through a bridge, as a frame does."""

from tests.support.clients.bridge_client import BridgeClient, Json, granted, new_key
from tests.support.clients.link_client import Outbox

PHONE = {"contact": "+233241234567", "contact_type": "phone"}
EMAIL = {"contact": "ama@shop.example", "contact_type": "email"}
MINUTE = 60_000


async def ask(bridge: BridgeClient, grant: Json, contact: Json | None = None) -> None:
    """Request a one-time code."""
    answer = await bridge.post("request-otp", contact or PHONE, token=grant["access_token"])
    assert set(await granted(answer)) == {"expires_in", "ask_again_in", "channels"}


async def sign_in(
    bridge: BridgeClient, outbox: Outbox, grant: Json, contact: Json | None = None
) -> Json:
    """Sign a session in and return the new grant."""
    await ask(bridge, grant, contact)
    body = {**(contact or PHONE), "otp_code": outbox.code}
    answer = await bridge.post("verify-otp", body, token=grant["access_token"], key=new_key())
    return await granted(answer)
