"""Codes by mail: over verified TLS or not at all, within one deadline, and never in a log."""

import asyncio
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvloop

from link_api.auth.records import CodeBinding
from link_api.auth.senders import smtp
from link_api.auth.senders.smtp import Encryption, SmtpSender, SmtpServer, read_mailbox
from link_api.spelling.contacts import Contact
from link_kernel.errors import UpstreamUnavailable
from tests.support.codes import to_send
from tests.support.servers.certificates import Authority
from tests.support.servers.mail_server import PASSWORD, USER, MailServer, mail_server, silent_server
from tests.support.time_machine import MovableClock

EMAIL = Contact("email", "ama@example.com")
CODE = "042917"
FROM = read_mailbox("Cimplify Link <code@link.example>")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """An authority that the senders of these tests trust."""
    return Authority.in_folder(tmp_path)


@pytest.fixture(autouse=True)
def _nothing_private_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    yield
    ours = [record for record in caplog.get_records("call") if record.name != "mail.log"]
    logged = " ".join(str(vars(record)) for record in ours)  # mail.log is the test's server
    for private in (CODE, EMAIL.address, USER, PASSWORD):
        assert private not in logged


def sender_to(
    port: int,
    authority: Authority,
    clock: MovableClock,
    encryption: Encryption = Encryption.STARTTLS,
    *,
    password: str = PASSWORD,
    total_s: float = 5,
) -> SmtpSender:
    """Return a sender that logs in at a server on loopback."""
    server = SmtpServer("127.0.0.1", port, encryption, USER, password)
    return SmtpSender(server, FROM, clock, trust=authority.trusted(), total_s=total_s)


async def detail_of_failure(sender: SmtpSender) -> str:
    """Send; return what the log will say of the failure, which must tell nothing private."""
    with pytest.raises(UpstreamUnavailable) as refused:
        await sender.send(EMAIL, to_send(CODE, "email"))
    told = f"{refused.value!r} {refused.value.detail} {refused.value.__cause__!r}"
    for private in (CODE, EMAIL.address, USER, PASSWORD):
        assert private not in told
    return refused.value.detail


async def test_a_mail_says_the_code_in_its_text_alone(
    clock: MovableClock, authority: Authority
) -> None:
    """Plain text, marked as automatic, dated by the injected clock."""
    clock.ahead_ms = 3_600_000
    async with mail_server(starttls=authority.server()) as server:
        await sender_to(server.port, authority, clock).send(EMAIL, to_send(CODE, "email"))

    [mail], [envelope] = server.mails, server.envelopes
    assert mail["Subject"] == "Your Cimplify Link code"
    assert mail["From"] == "Cimplify Link <code@link.example>"
    assert mail["To"] == EMAIL.address
    assert mail["Auto-Submitted"] == "auto-generated"
    assert re.fullmatch(r"<msg_[0-9A-Za-z]{22}@link\.example>", mail["Message-ID"])
    now = datetime.fromtimestamp(clock.now_ms() / 1000, UTC)
    assert abs((mail["Date"].datetime - now).total_seconds()) < 60
    assert mail.get_content_type() == "text/plain"
    assert f"code is {CODE}\r\n" in mail.get_content()
    assert "5 minutes" in mail.get_content()
    assert CODE not in str(mail.items())
    assert (envelope.mail_from, envelope.rcpt_tos) == ("code@link.example", [EMAIL.address])


@pytest.mark.parametrize("encryption", [Encryption.STARTTLS, Encryption.TLS])
async def test_mail_and_login_travel_encrypted(
    clock: MovableClock, authority: Authority, encryption: Encryption
) -> None:
    """By STARTTLS or from the first byte; the server is greeted by the host of the sender."""
    tls = authority.server()
    running = mail_server(tls=tls) if encryption is Encryption.TLS else mail_server(starttls=tls)
    async with running as server:
        sender = sender_to(server.port, authority, clock, encryption)
        await sender.send(EMAIL, to_send(CODE, "email"))

    assert server.encrypted == [True]
    assert server.logins == [PASSWORD.encode()]
    assert server.greeted_by == ["link.example"]


def test_mail_travels_on_the_loop_that_production_runs(
    clock: MovableClock, authority: Authority
) -> None:
    """Uvloop has a STARTTLS of its own."""

    async def send() -> MailServer:
        async with mail_server(starttls=authority.server()) as server:
            await sender_to(server.port, authority, clock).send(EMAIL, to_send(CODE, "email"))
        return server

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(send()).encrypted == [True]


async def test_a_server_without_starttls_gets_neither_mail_nor_login(
    clock: MovableClock, authority: Authority
) -> None:
    """Whoever strips STARTTLS from the greeting learns nothing."""
    async with mail_server(login=False) as server:
        detail = await detail_of_failure(sender_to(server.port, authority, clock))

    assert detail == "otp smtp: SMTP STARTTLS extension not supported by server."
    assert (server.mails, server.logins) == ([], [])


@pytest.mark.parametrize("encryption", [Encryption.STARTTLS, Encryption.TLS])
@pytest.mark.parametrize("fault", ["unknown authority", "another host"])
async def test_a_server_that_is_not_the_one_named_gets_neither_mail_nor_login(
    clock: MovableClock,
    authority: Authority,
    tmp_path: Path,
    encryption: Encryption,
    fault: str,
) -> None:
    """The certificate must be of a trusted authority and for this very host."""
    (tmp_path / "other").mkdir()
    other = Authority.in_folder(tmp_path / "other")
    tls = other.server() if fault == "unknown authority" else authority.server("mail.example")
    running = mail_server(tls=tls) if encryption is Encryption.TLS else mail_server(starttls=tls)
    async with running as server:
        detail = await detail_of_failure(sender_to(server.port, authority, clock, encryption))

    assert "SSLCertVerificationError" in detail
    assert (server.mails, server.logins) == ([], [])


async def test_a_wrong_password_is_a_failure(clock: MovableClock, authority: Authority) -> None:
    """The log has the server's code for it, and no password."""
    async with mail_server(starttls=authority.server()) as server:
        sender = sender_to(server.port, authority, clock, password="guessed")
        detail = await detail_of_failure(sender)

    assert detail == "otp smtp: SMTPAuthenticationError 535"
    assert not server.mails


async def test_a_refused_recipient_is_a_failure_that_does_not_name_them(
    clock: MovableClock, authority: Authority
) -> None:
    """Though the server does."""
    async with mail_server(starttls=authority.server()) as server:
        server.refuse = f"550 5.1.1 <{EMAIL.address}>: no such mailbox"
        detail = await detail_of_failure(sender_to(server.port, authority, clock))

    assert detail == "otp smtp: SMTPRecipientRefused 550"


@pytest.mark.parametrize("encryption", list(Encryption))
async def test_a_server_that_does_not_answer_is_not_waited_for(
    clock: MovableClock, authority: Authority, encryption: Encryption
) -> None:
    """One deadline holds for all steps."""
    async with silent_server() as (port, connections):
        sender = sender_to(port, authority, clock, encryption, total_s=0.2)
        detail = await detail_of_failure(sender)

        assert "Timeout" in detail
        assert len(connections) == 1


async def test_a_mail_that_was_taken_is_a_success_whatever_the_goodbye(
    clock: MovableClock, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server slow to say goodbye sends nobody to ask for another code."""
    monkeypatch.setattr(smtp, "_GOODBYE_S", 0.05)
    async with mail_server(starttls=authority.server()) as server:
        server.hangs_on_quit = True
        await sender_to(server.port, authority, clock).send(EMAIL, to_send(CODE, "email"))

    assert len(server.mails) == 1


async def test_where_no_server_is_the_code_fails(clock: MovableClock, authority: Authority) -> None:
    """The log says why."""
    detail = await detail_of_failure(sender_to(9, authority, clock))

    assert detail == "otp smtp: SMTPConnectError by ConnectionRefusedError"


@pytest.mark.parametrize(
    ("url", "server"),
    [
        (
            "smtp://ama%40mail.example:a%2Fb%3Ac%25@mail.example",
            SmtpServer("mail.example", 587, Encryption.STARTTLS, "ama@mail.example", "a/b:c%"),
        ),
        ("smtps://mail.example/", SmtpServer("mail.example", 465, Encryption.TLS)),
        ("smtps://localhost:2465", SmtpServer("localhost", 2465, Encryption.TLS)),
        ("smtp://mail.example:25", SmtpServer("mail.example", 25, Encryption.STARTTLS)),
        ("smtp://[::1]:1025", SmtpServer("::1", 1025, Encryption.NONE)),
    ],
)
def test_a_url_says_how_the_server_is_reached(url: str, server: SmtpServer) -> None:
    """Only a loopback host may do without TLS, and only where that is allowed."""
    assert SmtpServer.parse(url, plain_on_loopback=True) == server


def test_without_leave_even_loopback_needs_tls() -> None:
    """As in live mode."""
    server = SmtpServer.parse("smtp://127.0.0.1:1025", plain_on_loopback=False)

    assert server.encryption is Encryption.STARTTLS
    assert PASSWORD not in repr(SmtpServer("h", 1, Encryption.TLS, USER, PASSWORD))


async def test_a_mail_names_the_shop_in_plain_letters(
    clock: MovableClock, authority: Authority
) -> None:
    """The name comes from outside, and must begin no line of its own."""
    tls = authority.server()
    binding = CodeBinding("bus_0123456789abcdef", "https://shop.example", "Ama\nBcc: all@Shop")
    async with mail_server(starttls=tls) as server:
        await sender_to(server.port, authority, clock).send(EMAIL, to_send(CODE, "email", binding))

    [mail] = server.mails
    first, *_ = mail.get_content().splitlines()
    assert first == f"Your Cimplify Link code for Ama Bcc: allShop is {CODE}"
    assert CODE not in mail["Subject"]


async def test_a_mail_is_in_the_language_of_its_code(
    clock: MovableClock, authority: Authority
) -> None:
    """With its accents, whatever way the server takes them."""
    binding = CodeBinding("bus_0123456789abcdef", "https://shop.example", "Chez Awa")
    async with mail_server(starttls=authority.server()) as server:
        code = to_send(CODE, "email", binding, "fr")
        await sender_to(server.port, authority, clock).send(EMAIL, code)

    [mail] = server.mails
    assert mail["Subject"] == "Votre code Cimplify Link"
    first, *_ = mail.get_content().splitlines()
    assert first == f"Votre code Cimplify Link pour Chez Awa est {CODE}"
    assert "où vous l'avez demandé" in mail.get_content()
