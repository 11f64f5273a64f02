"""One-time codes can be read on the internal listener and by the harness, and nowhere else."""

import pytest

from link_api.auth.records import CodeBinding
from link_api.spelling.contacts import Contact
from link_dev.harness.outbox import Outbox
from link_kernel.clock import SystemClock
from link_kernel.contract.wire import Channel
from tests.link_dev.visitor import EMAIL, Visitor
from tests.support.codes import to_send

SENT = {"contact", "code", "sent_at", "channel", "message", "business_id"}
_PHONE = {"contact": "+233241234567", "contact_type": "phone"}


async def test_the_outbox_shows_codes_newest_first(visitor: Visitor) -> None:
    """`[{contact, code, sent_at, channel, message}]`."""
    for claim in (EMAIL, _PHONE):
        await visitor.call("api", "/v1/link/auth/request-otp", claim)
    async with visitor.http.get(f"{visitor.stack.ports.internal_url}/dev/outbox") as response:
        shown = await response.json()
    assert [sent["contact"] for sent in shown] == [_PHONE["contact"], EMAIL["contact"]]
    assert all(set(sent) == SENT for sent in shown)
    assert all(sent["code"].isdecimal() for sent in shown)
    on_shop = await visitor.call("shop", "/dev/outbox")
    assert await on_shop.json() == shown
    assert on_shop.headers["Cache-Control"] == "no-store"


async def test_a_message_is_shown_as_a_phone_gets_it() -> None:
    """Its last line is what a browser fills the code in by."""
    outbox = Outbox(SystemClock(), "https://link.example")
    binding = CodeBinding("bus_demo", "https://shop.example", "Demo shop")
    channels: tuple[Channel, ...] = ("sms", "whatsapp")
    for channel in channels:
        await outbox.send(Contact("phone", _PHONE["contact"]), to_send("123456", channel, binding))
    by_whatsapp, by_sms = outbox.sent
    first, last = by_sms.message.splitlines()
    assert first.startswith("123456 is your Cimplify Link code for Demo shop.")
    assert last == "@shop.example #123456 @link.example"
    assert (by_sms.channel, by_whatsapp.channel) == ("sms", "whatsapp")
    assert by_whatsapp.message == first


async def test_the_outbox_shows_a_shop_the_codes_of_its_frames_alone(visitor: Visitor) -> None:
    """A page's own sign-in is no frame's, so that it is in the whole list only."""
    await visitor.call("api", "/v1/link/auth/request-otp", _PHONE)
    await visitor.sign_in(await visitor.handshake())
    shown = {}
    for shop in ("bus_demo", "bus_other"):
        told = await visitor.call("shop", f"/dev/outbox?business_id={shop}")
        shown[shop] = [sent["contact"] for sent in await told.json()]
    assert shown == {"bus_demo": [EMAIL["contact"]], "bus_other": []}


@pytest.mark.parametrize("host", ["link", "api", "other", "evil"])
@pytest.mark.parametrize(
    "path",
    [
        *("/dev/outbox", "/dev/trace", "/dev/faults", "/dev/crowd", "/dev/strangers"),
        *("/dev/later", "/dev/businesses", "/tab"),
    ],
)
async def test_the_tools_are_on_the_shop_alone(visitor: Visitor, host: str, path: str) -> None:
    """A page of another origin cannot read the shop's answers either: there is no CORS."""
    assert (await visitor.call(host, path)).status == 404
    origin = visitor.stack.origin(host)
    on_shop = await visitor.call("shop", "/dev/outbox", headers={"Origin": origin})
    assert "Access-Control-Allow-Origin" not in on_shop.headers


async def test_the_internal_listener_is_the_bridges(visitor: Visitor) -> None:
    """The outbox is an addition to it, under the same check of the host."""
    base = visitor.stack.ports.internal_url
    async with visitor.http.get(f"{base}/readyz") as response:
        assert response.status == 200
    named = {"Host": "evil.example"}
    async with visitor.http.get(f"{base}/dev/outbox", headers=named) as response:
        assert response.status == 421
