"""The rights that `link-api redis-acl` prints: it does everything under them, and uses each."""

from dataclasses import replace
from pathlib import Path

from elements_bridge.keyring import KeyringFile
from link_api.redis_rights import RIGHTS, USER
from link_dev.embedded.free_port import free_port
from link_kernel.ids import new_id
from tests.link_api.addresses.test_addresses import HOME
from tests.link_api.auth.codes.test_unsent_messages import outage
from tests.link_api.contacts.steps import add, ids_of, remove
from tests.link_api.mobile_money.test_mobile_money import MTN
from tests.support.clients.bridge_client import BUSINESS, running_bridge
from tests.support.clients.bridge_client import settings_for as bridge_settings_for
from tests.support.clients.frames import Together
from tests.support.clients.link_client import (
    SHOP,
    Asking,
    Customer,
    granted,
    new_address,
    new_key,
    new_phone,
    settings_for,
    wrong,
)
from tests.support.clients.running_api import RunningApi, running_api
from tests.support.servers.commands import run_module
from tests.support.servers.databases import sqlite_in
from tests.support.servers.watched_redis import NO_DIFFERENCES, lacking_at, watched_redis
from tests.support.time_machine import MovableClock

ORDER = {"business_id": BUSINESS, "order_id": "order-1", "address": HOME, "mobile_money": MTN}


async def sign_in_and_out(running: RunningApi) -> None:
    """Go through `auth/*`, with a wrong code first."""
    link, phone, asking = running.link, new_phone(), Asking(origin=SHOP, address=new_address())
    code = await link.code_for(phone, asking)
    assert (await link.verify_otp(wrong(code), phone, asking)).status == 422
    login = await granted(await link.verify_otp(code, phone, asking))
    login |= await granted(await link.refresh(login["refresh_token"], asking=asking))
    assert (await link.call("POST", "check-status", {"contact": phone})).status == 200
    assert (await link.logout(login["session_token"], asking)).status == 200
    assert (await link.request_otp(phone, asking)).status == 200
    with outage(link):  # a second message with this code, which is taken back
        stranger = replace(asking, address=new_address())
        assert (await link.request_otp(phone, stranger)).status == 502
    assert (await running.ready())[0] == 200


async def use_frames(both: Together) -> None:
    """Go through what a frame's token reaches, and every end of a session."""
    frame = await both.signed_in("address")
    await frame.post("addresses", HOME)
    ama = await both.link.sign_in()
    await ama.post("enroll-and-link-order", ORDER)
    assert await ama.get("sessions")
    await add(ama, f"{new_key()[:12].strip('-_').lower()}@rights.example")
    first, second = await ids_of(ama)
    assert (await remove(ama, second, by=first)).status == 200
    assert (await ama.call("DELETE", f"sessions/{new_id('els')}")).status == 404
    await end_all(ama)


async def end_all(ama: Customer) -> None:
    """End every session of a customer."""
    assert (await ama.call("DELETE", "sessions")).status == 200


async def test_the_link_api_needs_what_is_listed_and_nothing_more(
    keyring: KeyringFile, clock: MovableClock, tmp_path: Path
) -> None:
    async with watched_redis(RIGHTS) as watched:
        port = free_port()
        keys_url = f"http://127.0.0.1:{port}/v1/link/elements/jwks.json"
        settings = settings_for(
            watched.url,
            sqlite_in(tmp_path),
            elements_jwks_url=keys_url,
            trusted_proxies="127.0.0.1",
        )
        async with running_api(settings, clock) as running:
            await sign_in_and_out(running)
            await watched.until_used("script|load")  # by its limits, told in the background
            asked = bridge_settings_for(
                watched.free_url,
                keyring,
                auth_service_url=str(running.link.http.make_url("")),
                mode="test",
            )
            async with running_bridge(asked, clock, port=port) as bridge:
                await use_frames(Together(running.link, bridge))
                clock.ahead_ms += 1_000
                await watched.fail_over()
                await watched.note_others()
        assert await lacking_at(watched) == []
        assert await watched.differences() == NO_DIFFERENCES


def test_the_rule_is_one_line() -> None:
    status, out, _ = run_module("link_api", "redis-acl", env={"PATH": ""})
    assert (status, out) == (0, RIGHTS.acl_line(USER))
