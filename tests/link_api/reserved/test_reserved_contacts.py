"""Reserved contacts: what each plays in test mode, and that limits hold for them."""

from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient

from link_api.app import open_link_api
from link_api.auth.records import CodeToSend
from link_api.auth.senders.reserved import ReservedUnsent
from link_api.reserved.contacts import DOMAIN, FIXED_CODE, Outcome
from link_api.settings import Settings
from link_api.spelling.contacts import Contact
from link_dev.testkit.reserved import Country, reserved_mailbox, reserved_phone
from link_kernel.clock import Clock
from link_kernel.web.application import new_application
from tests.support.clients.link_client import (
    SERVER,
    Asking,
    LinkClient,
    Outbox,
    granted,
    new_address,
    new_key,
    refusal,
    wrong,
)
from tests.support.clients.link_client import settings_for as link_settings_for
from tests.support.codes import to_send
from tests.support.servers.databases import sqlite_in
from tests.support.servers.production_server import ProductionTestServer
from tests.support.time_machine import TimeMachine

COUNTRIES: tuple[Country, ...] = ("CI", "GH", "KE")
SIGNS_IN = (Outcome.WORKS, Outcome.WALLET_UNKNOWN, Outcome.WALLET_AWAY)
REFUSED = {
    Outcome.LOST: (422, "OTP_INVALID"),
    Outcome.LATE: (422, "OTP_EXPIRED"),
    Outcome.WRONG: (422, "OTP_INVALID"),
    Outcome.LOCKED: (422, "OTP_ATTEMPTS_EXCEEDED"),
}
UNKNOWN_ENDINGS = ["+233520000006", "+2250900000099", f"ama+nothing@{DOMAIN}", f"ama+@{DOMAIN}"]


@pytest.fixture
def settings(redis_url: str, tmp_path: Path) -> Settings:
    """A test mode that has no Paystack to ask."""
    return link_settings_for(redis_url, sqlite_in(tmp_path), limit_otp_tries=2)


def type_of(contact: str) -> str:
    """Return a contact's kind."""
    return "email" if "@" in contact else "phone"


def contacts(*outcomes: Outcome) -> list[str]:
    """Return a new contact of each kind for each outcome."""
    return [
        *(reserved_phone(outcome, country) for outcome in outcomes for country in COUNTRIES),
        *(reserved_mailbox(outcome) for outcome in outcomes),
    ]


async def ask(link: LinkClient, contact: str, asking: Asking = SERVER) -> tuple[int, str]:
    """Ask for a code; return the status, and the code of a refusal."""
    answer = await link.request_otp(contact, asking, type_of(contact))
    return (200, "") if answer.status == 200 else await refusal(answer)


async def enter(
    link: LinkClient, contact: str, code: str = FIXED_CODE, asking: Asking = SERVER
) -> tuple[int, str]:
    """Enter a code; return the status, and the code of a refusal."""
    answer = await link.verify_otp(code, contact, asking, type_of(contact))
    return (200, "") if answer.status == 200 else await refusal(answer)


@pytest.mark.parametrize("outcome", SIGNS_IN)
async def test_the_fixed_code_signs_in_and_no_other(link: LinkClient, outcome: Outcome) -> None:
    """Once it was asked for; before that there is none."""
    for contact in contacts(outcome):
        assert await enter(link, contact) == (422, "OTP_EXPIRED")
        assert await ask(link, contact) == (200, "")
        assert await enter(link, contact, wrong(FIXED_CODE)) == (422, "OTP_INVALID")
        assert await enter(link, contact) == (200, "")
        assert await enter(link, contact) == (422, "OTP_EXPIRED")


async def test_a_mailbox_without_a_plus_works(link: LinkClient) -> None:
    assert await ask(link, f"Kofi@{DOMAIN}") == (200, "")
    assert await enter(link, f"kofi@{DOMAIN.upper()}") == (200, "")


@pytest.mark.parametrize("outcome", REFUSED)
async def test_an_outcome_refuses_whatever_is_entered(link: LinkClient, outcome: Outcome) -> None:
    for contact in contacts(outcome):
        assert await ask(link, contact) == (200, "")
        assert await enter(link, contact) == REFUSED[outcome]
        assert await enter(link, contact, wrong(FIXED_CODE)) == REFUSED[outcome]


async def test_wrong_entries_use_up_their_tries(
    link: LinkClient, time_machine: TimeMachine
) -> None:
    """As those of any contact: two here, and two more with the next message."""
    contact = reserved_phone(Outcome.WRONG)
    for _ in range(2):
        assert await ask(link, contact) == (200, "")
        entries = [await enter(link, contact) for _ in range(3)]
        assert entries == [*[(422, "OTP_INVALID")] * 2, (422, "OTP_ATTEMPTS_EXCEEDED")]
        await time_machine.forward(60_000)


async def test_a_provider_that_is_away_is_502_and_its_code_is_never_right(link: LinkClient) -> None:
    """It counts against a minute alone, as one that failed."""
    for contact in contacts(Outcome.AWAY):
        answers = [await ask(link, contact) for _ in range(6)]
        assert answers == [*[(502, "UPSTREAM_UNAVAILABLE")] * 5, (429, "RATE_LIMITED")]
        assert (await enter(link, contact))[0] == 422


@pytest.mark.parametrize("contact", UNKNOWN_ENDINGS)
async def test_an_ending_without_an_outcome_is_refused(link: LinkClient, contact: str) -> None:
    """So that an outcome that is added later changes nobody's test."""
    assert await ask(link, contact) == (422, "RESERVED_CONTACT")
    assert await enter(link, contact) == (422, "RESERVED_CONTACT")


async def test_a_message_goes_to_the_sender_of_a_harness_unless_it_is_lost(
    link: LinkClient,
) -> None:
    """Where a developer reads what a customer would."""
    for contact in contacts(Outcome.LOST, Outcome.AWAY):
        await ask(link, contact)
    assert not link.outbox.sent

    contact = reserved_phone(Outcome.LATE)
    await ask(link, contact)
    assert link.outbox.code == FIXED_CODE


async def test_the_deployments_sender_is_spared_all_of_them() -> None:
    """A message to a number of nobody's costs as much as one to a customer."""
    outbox = Outbox()
    sender = ReservedUnsent(outbox)
    phone, other = Contact("phone", reserved_phone()), Contact("phone", "+233241234567")
    code: CodeToSend = to_send("042917")
    for contact in (phone, other, Contact("email", reserved_mailbox())):
        await sender.send(contact, code)

    assert [contact for contact, _ in outbox.sent] == [other]
    assert sender.channels(phone) == outbox.channels(phone)


async def test_a_test_mode_without_any_sender_signs_them_in_and_says_nothing(
    settings: Settings, clock: Clock, capfd: pytest.CaptureFixture[str]
) -> None:
    """The terminal, which is its sender, has the codes of others alone."""
    async with open_link_api(settings, clock=clock) as api:
        root = new_application()
        api.mount(root)
        async with TestClient(ProductionTestServer(root)) as http:
            link = LinkClient(http, Outbox())
            contact = reserved_phone()
            assert (await ask(link, contact), await enter(link, contact)) == ((200, ""), (200, ""))
            assert await ask(link, "kofi@example.com") == (200, "")

    printed = capfd.readouterr().err
    assert "kofi@example.com" in printed
    assert contact not in printed
    assert FIXED_CODE not in printed


async def test_one_signs_in_again_and_again_and_a_repeat_gets_the_same_login(
    link: LinkClient, time_machine: TimeMachine
) -> None:
    """The codes are all alike: one that is spent stands beside the one that is open."""
    contact, keys = reserved_phone(), [new_key() for _ in range(3)]

    async def log_in(key: str) -> str:
        answer = await link.verify_otp(FIXED_CODE, contact, Asking(key=key))
        return str((await granted(answer))["session_token"])

    tokens = []
    for key in keys:
        assert await ask(link, contact) == (200, "")
        tokens.append(await log_in(key))
        await time_machine.forward(60_000)
    assert len(set(tokens)) == 3
    assert [await log_in(key) for key in keys] == tokens


async def test_who_uses_up_a_shared_number_does_not_lock_out_who_has_one_of_their_own(
    link: LinkClient,
) -> None:
    """Waits are the contact's: two runs on one number wait for each other, two numbers do not."""
    shared = reserved_phone()
    first, second = Asking(address=new_address()), Asking(address=new_address())
    assert await ask(link, shared, first) == (200, "")
    assert await ask(link, shared, second) == (429, "RATE_LIMITED")
    assert await ask(link, reserved_phone(), second) == (200, "")


async def test_wallets_play_their_number(link: LinkClient) -> None:
    """Without Paystack: `verified`, 422 and 503."""
    ama = await link.sign_in(reserved_phone())
    for country in COUNTRIES:
        provider = "mpesa" if country == "KE" else "mtn"
        for outcome, wanted in (
            (Outcome.WORKS, (200, "")),
            (Outcome.WALLET_UNKNOWN, (422, "VERIFICATION_FAILED")),
            (Outcome.WALLET_AWAY, (503, "PROVIDER_UNAVAILABLE")),
        ):
            number = reserved_phone(outcome, country)
            wallet = await ama.post("mobile-money", {"provider": provider, "phone_number": number})
            answer = await ama.call("POST", f"mobile-money/{wallet['id']}/verify", {})
            found = (200, "") if answer.status == 200 else await refusal(answer)
            assert found == wanted
    ordinary = await ama.post("mobile-money", {"provider": "mtn", "phone_number": "0241234567"})
    answer = await ama.call("POST", f"mobile-money/{ordinary['id']}/verify", {})
    assert await refusal(answer) == (503, "PROVIDER_UNAVAILABLE")
