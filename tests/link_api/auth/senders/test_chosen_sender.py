"""The sender that the settings name, opened and closed with the Link API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import DummyCookieJar
from aiohttp.test_utils import TestClient

from link_api.app import open_link_api
from link_api.auth.senders.chosen import open_sender
from link_api.auth.senders.settings import SenderSettings
from link_api.settings import Settings
from link_api.spelling.contacts import Contact
from link_kernel.web.application import new_application
from tests.support.clients.link_client import (
    PHONE,
    LinkClient,
    Outbox,
    granted,
    refusal,
    settings_for,
)
from tests.support.clients.whole_response import WholeResponse
from tests.support.codes import FRAMES, to_send
from tests.support.servers.certificates import Authority
from tests.support.servers.hook_receiver import SECRET, hook_receiver
from tests.support.servers.mail_server import mail_server
from tests.support.servers.production_server import ProductionTestServer
from tests.support.time_machine import MovableClock

EMAIL = "ama@example.com"
CODE = "042917"


@asynccontextmanager
async def running(settings: Settings, clock: MovableClock) -> AsyncIterator[LinkClient]:
    """Serve a Link API with the senders of its settings."""
    async with open_link_api(settings, clock=clock) as api:
        root = new_application()
        api.mount(root)
        async with TestClient(
            ProductionTestServer(root), response_class=WholeResponse, cookie_jar=DummyCookieJar()
        ) as http:
            yield LinkClient(http, Outbox())


async def test_a_customer_signs_in_by_phone_and_by_mail(
    redis_url: str, database_url: str, clock: MovableClock
) -> None:
    """Each kind of contact by its own sender."""
    async with hook_receiver() as receiver, mail_server(login=False) as server:
        settings = settings_for(
            redis_url,
            database_url,
            otp_sender="webhook",
            otp_webhook_url=receiver.url,
            otp_webhook_secret=SECRET,
            otp_sender_email="smtp",
            otp_smtp_url=f"smtp://127.0.0.1:{server.port}",
            otp_from="code@link.example",
        )
        async with running(settings, clock) as link:
            await granted(await link.request_otp(PHONE))
            by_phone = receiver.deliveries[0].said["code"]
            await granted(await link.verify_otp(by_phone, PHONE))
            await granted(await link.request_otp(EMAIL, contact_type="email"))
            by_mail = server.mails[0].get_content().split("code is ")[1][:6]
            await granted(await link.verify_otp(by_mail, EMAIL, contact_type="email"))

    assert (len(receiver.deliveries), len(server.mails)) == (1, 1)


async def test_a_code_that_could_not_be_sent_is_told_as_such(
    redis_url: str, database_url: str, clock: MovableClock
) -> None:
    """502, so that the page may ask again."""
    async with hook_receiver(400) as receiver:
        settings = settings_for(
            redis_url,
            database_url,
            otp_sender="webhook",
            otp_webhook_url=receiver.url,
            otp_webhook_secret=SECRET,
        )
        async with running(settings, clock) as link:
            answer = await link.request_otp(PHONE)

            assert await refusal(answer) == (502, "UPSTREAM_UNAVAILABLE")
            assert answer.headers["Retry-After"]


async def test_in_live_mode_codes_travel_over_tls_that_the_systems_authorities_vouch_for(
    tmp_path: Path, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of `SSL_CERT_FILE`, where it is set."""
    authority = Authority.in_folder(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate_file))
    async with (
        mail_server(starttls=authority.server(), login=False) as server,
        hook_receiver(tls=authority.server()) as receiver,
    ):
        settings = SenderSettings.model_validate(
            {
                "otp_sender_phone": "webhook",
                "otp_webhook_url": receiver.url,
                "otp_webhook_secret": SECRET,
                "otp_sender_email": "smtp",
                "otp_smtp_url": f"smtp://127.0.0.1:{server.port}",
                "otp_from": "code@link.example",
            }
        )
        async with open_sender(settings, clock, elements_origin=FRAMES) as sender:
            await sender.send(Contact("email", EMAIL), to_send(CODE, "email"))
            await sender.send(Contact("phone", PHONE), to_send(CODE))

    assert server.encrypted == [True]
    assert len(receiver.deliveries) == 1
