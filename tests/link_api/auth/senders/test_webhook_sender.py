"""Codes by webhook: signed, handed over once, tried twice at most, and never in a log."""

import asyncio
import logging
import re
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from yarl import URL

from link_api.auth.records import CodeBinding
from link_api.auth.senders.webhook import (
    Hook,
    WebhookSender,
    open_hook_client,
    read_hook_secret,
)
from link_api.spelling.contacts import Contact
from link_kernel.errors import UpstreamUnavailable
from tests.support.codes import WORDING, to_send
from tests.support.servers.certificates import Authority
from tests.support.servers.fault_proxy import FaultProxy
from tests.support.servers.hook_receiver import (
    OTHER_SECRET,
    SECRET,
    Answer,
    documented_verifier,
    hook_receiver,
)
from tests.support.servers.mail_server import silent_server
from tests.support.time_machine import MovableClock

PHONE = Contact("phone", "+233241234567")
CODE = "042917"
RETRIED = "otp_webhook_retried"


@asynccontextmanager
async def sender_to(
    url: str, clock: MovableClock, *, connect_s: float = 2, total_s: float = 5
) -> AsyncIterator[WebhookSender]:
    """A sender whose hook is at this URL."""
    async with open_hook_client(ssl.create_default_context(), connect_s=connect_s) as client:
        hook = Hook(url, read_hook_secret(SECRET))
        yield WebhookSender(client, hook, WORDING, clock, total_s=total_s)


@pytest.fixture(autouse=True)
def _nothing_private_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    yield
    ours = [record for record in caplog.get_records("call") if record.name != "aiohttp.access"]
    logged = " ".join(str(vars(record)) for record in ours)  # aiohttp.access is the receiver's
    for private in (CODE, PHONE.address, SECRET, "/otp"):
        assert private not in logged


async def test_a_code_arrives_with_all_that_its_receiver_needs(clock: MovableClock) -> None:
    """The body is closed; its instant is that of the injected clock."""
    clock.ahead_ms = 3_600_000
    async with hook_receiver() as receiver, sender_to(receiver.url, clock) as sender:
        before = clock.now_ms()
        await sender.send(PHONE, to_send(CODE))

    [delivery] = receiver.deliveries
    said = delivery.said
    created_at = said.pop("created_at")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", created_at)
    assert said == {
        "id": delivery.headers["webhook-id"],
        "type": "otp.requested",
        "contact": PHONE.address,
        "contact_type": "phone",
        "channel": "sms",
        "locale": "en",
        "code": CODE,
        "expires_in": 300,
        "purpose": "sign_in",
        "message": f"{CODE} is your Cimplify Link code. Give it to nobody.",
        "last_line": None,
    }
    assert abs(int(delivery.headers["webhook-timestamp"]) - before // 1000) <= 1
    assert delivery.headers["content-type"] == "application/json"
    assert "cookie" not in delivery.headers


async def test_the_documented_check_tells_genuine_from_forged(clock: MovableClock) -> None:
    """Another secret, a changed body, another id, an old timestamp: none is genuine."""
    is_genuine = documented_verifier()
    async with hook_receiver() as receiver, sender_to(receiver.url, clock) as sender:
        await sender.send(PHONE, to_send(CODE))
        clock.ahead_ms = -301_000
        await sender.send(PHONE, to_send(CODE))

    fresh, old = receiver.deliveries
    assert is_genuine(SECRET, fresh.headers, fresh.body)
    assert not is_genuine(OTHER_SECRET, fresh.headers, fresh.body)
    assert not is_genuine(SECRET, fresh.headers, fresh.body.replace(b"042917", b"042918"))
    assert not is_genuine(SECRET, fresh.headers | {"webhook-id": "msg_other"}, fresh.body)
    assert not is_genuine(SECRET, fresh.headers | {"webhook-timestamp": "soon"}, fresh.body)
    assert not is_genuine(SECRET, old.headers, old.body)
    assert not is_genuine(SECRET, {}, fresh.body)


async def test_each_code_has_an_id_of_its_own(clock: MovableClock) -> None:
    """The same code for the same contact is another message."""
    async with hook_receiver() as receiver, sender_to(receiver.url, clock) as sender:
        await sender.send(PHONE, to_send(CODE))
        await sender.send(PHONE, to_send(CODE))

    first, second = receiver.deliveries
    assert first.said["id"] != second.said["id"]


@pytest.mark.parametrize("answer", ["drop", 500, 503])
async def test_what_may_not_have_arrived_is_sent_once_more_under_the_same_id(
    clock: MovableClock, answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    """Byte for byte the same, so that the receiver can tell; the operator hears of it."""
    async with hook_receiver(answer) as receiver, sender_to(receiver.url, clock) as sender:
        await sender.send(PHONE, to_send(CODE))

    first, second = receiver.deliveries
    assert first == second
    assert [record.levelname for record in caplog.records if record.msg == RETRIED] == ["WARNING"]


@pytest.mark.parametrize(
    ("answers", "tries", "detail"),
    [
        (("drop", "drop"), 2, "otp webhook: ServerDisconnectedError"),
        ((500, 502), 2, "otp webhook: status 502"),
        ((500, 400), 2, "otp webhook: status 400"),
        ((302,), 1, "otp webhook: status 302"),
        ((307,), 1, "otp webhook: status 307"),
        ((400,), 1, "otp webhook: status 400"),
        ((401,), 1, "otp webhook: status 401"),
        ((429,), 1, "otp webhook: status 429"),
    ],
)
async def test_anything_but_success_is_a_failure(
    clock: MovableClock, answers: tuple[Answer, ...], tries: int, detail: str
) -> None:
    """Nothing is tried a third time, what was refused not even twice, and no redirect followed."""
    async with hook_receiver(*answers) as receiver, sender_to(receiver.url, clock) as sender:
        with pytest.raises(UpstreamUnavailable) as refused:
            await sender.send(PHONE, to_send(CODE))

    assert len(receiver.deliveries) == tries
    assert receiver.followed == 0
    assert refused.value.detail == detail


@pytest.mark.parametrize("answers", [("hang",), (500, "hang")])
async def test_both_tries_together_have_one_deadline(
    clock: MovableClock, answers: tuple[Answer, ...]
) -> None:
    """A receiver that is slow is not asked again: the code may be on its way."""
    async with (
        hook_receiver(*answers) as receiver,
        sender_to(receiver.url, clock, total_s=0.5) as sender,
    ):
        with pytest.raises(UpstreamUnavailable, match="TimeoutError"):
            await sender.send(PHONE, to_send(CODE))

        assert len(receiver.deliveries) == len(answers)


async def test_a_connection_that_is_not_made_in_time_is_tried_once_more(
    clock: MovableClock,
) -> None:
    """TLS is part of making it."""
    async with silent_server() as (port, connections):
        url = f"https://127.0.0.1:{port}/otp"
        async with sender_to(url, clock, connect_s=0.1) as sender:
            with pytest.raises(UpstreamUnavailable, match="ConnectionTimeoutError"):
                await sender.send(PHONE, to_send(CODE))

        assert len(connections) == 2


async def test_idle_connections_that_died_in_silence_cost_one_code(clock: MovableClock) -> None:
    """As behind a firewall that forgot them; each would cost a customer the deadline."""
    async with hook_receiver() as receiver:
        target = URL(receiver.url)
        proxy = FaultProxy(target.port or 0)
        async with (
            proxy.running() as port,
            sender_to(str(target.with_port(port)), clock, total_s=2.5) as sender,
        ):
            await asyncio.gather(*(sender.send(PHONE, to_send(CODE)) for _ in range(3)))
            assert len(proxy.pipes) == 3
            await proxy.forget()
            with pytest.raises(UpstreamUnavailable, match="TimeoutError"):
                await sender.send(PHONE, to_send(CODE))

            await sender.send(PHONE, to_send(CODE))


async def test_where_nobody_listens_the_code_fails(clock: MovableClock) -> None:
    """A receiver that is down."""
    async with sender_to("http://127.0.0.1:9/otp", clock) as sender:
        with pytest.raises(UpstreamUnavailable, match="ClientConnectorError"):
            await sender.send(PHONE, to_send(CODE))


async def test_a_receiver_without_a_trusted_certificate_gets_nothing(
    clock: MovableClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Codes go to the operator's receiver alone."""
    authority = Authority.in_folder(tmp_path)
    async with (
        hook_receiver(tls=authority.server()) as receiver,
        sender_to(receiver.url, clock) as sender,
    ):
        with pytest.raises(UpstreamUnavailable, match="ClientConnectorCertificateError"):
            await sender.send(PHONE, to_send(CODE))

    assert not receiver.deliveries
    assert not [record for record in caplog.records if record.msg == RETRIED]


async def test_no_proxy_of_the_environment_sees_a_code(
    clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy that is down is not even noticed."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with hook_receiver() as receiver, sender_to(receiver.url, clock) as sender:
        await sender.send(PHONE, to_send(CODE))

    assert len(receiver.deliveries) == 1


async def test_a_failure_tells_neither_code_nor_contact_nor_url(clock: MovableClock) -> None:
    """Not even by the exception it came from."""
    async with sender_to("http://127.0.0.1:9/otp", clock) as sender:
        with pytest.raises(UpstreamUnavailable) as refused:
            await sender.send(PHONE, to_send(CODE))

    told = f"{refused.value!r} {refused.value.detail} {refused.value.__cause__!r}"
    assert not re.search(r"042917|\+233|/otp", told)
    assert SECRET not in repr(Hook("https://sms.example/otp", read_hook_secret(SECRET)))


async def test_the_receiver_gets_the_whole_message_and_its_last_line(clock: MovableClock) -> None:
    """Ready to send; a receiver with words of its own puts the line after them."""
    binding = CodeBinding("bus_0123456789abcdef", "https://shop.example", "Ama's Shop")
    async with hook_receiver() as receiver, sender_to(receiver.url, clock) as sender:
        await sender.send(PHONE, to_send(CODE, binding=binding))
        await sender.send(PHONE, to_send(CODE, "whatsapp", binding))

    by_sms, by_whatsapp = (delivery.said for delivery in receiver.deliveries)
    text = f"{CODE} is your Cimplify Link code for Ama's Shop. Give it to nobody."
    line = f"@shop.example #{CODE} @link.example"
    assert (by_sms["channel"], by_whatsapp["channel"]) == ("sms", "whatsapp")
    assert (by_sms["message"], by_sms["last_line"]) == (f"{text}\n{line}", line)
    assert (by_whatsapp["message"], by_whatsapp["last_line"]) == (text, None)
