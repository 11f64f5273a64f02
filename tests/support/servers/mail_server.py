"""A real SMTP server on loopback that stores the mails it accepts."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER = "link@mail.example"
PASSWORD = "a p@ss/word: 100%"


@dataclass
class MailServer:
    """Takes mail from whoever knows user and password; `refuse` is what it says to a recipient."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    greeted_by: list[str | None] = field(default_factory=list)
    logins: list[bytes] = field(default_factory=list)
    refuse: str = ""
    hangs_on_quit: bool = False
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's own name and shape
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Accept or reject a recipient."""
        envelope.rcpt_tos.append(address)
        return self.refuse or "250 OK"

    async def handle_DATA(  # noqa: N802  # aiosmtpd's own name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Store a mail."""
        assert isinstance(envelope.content, bytes)
        self.mails.append(
            message_from_bytes(envelope.content, _class=EmailMessage, policy=policy.SMTP)
        )
        self.envelopes.append(envelope)
        assert server.transport
        self.encrypted.append(server.transport.get_extra_info("sslcontext") is not None)
        self.greeted_by.append(session.host_name)
        return "250 OK"

    async def handle_QUIT(  # noqa: N802  # aiosmtpd's own name
        self, _server: SMTP, _session: Session, _envelope: Envelope
    ) -> str:
        """Answer QUIT at once, or only when the server closes."""
        if self.hangs_on_quit:
            await self.closing.wait()
        return "221 Bye"

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, login: object
    ) -> AuthResult:
        """Check user name and password."""
        assert isinstance(login, LoginPassword)
        self.logins.append(login.password)
        known = (login.login, login.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=known, handled=False)


@asynccontextmanager
async def mail_server(
    *, starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None, login: bool = True
) -> AsyncIterator[MailServer]:
    """Run a server with STARTTLS, with implicit TLS, or without TLS."""
    kept = MailServer()
    loop = asyncio.get_running_loop()

    def session() -> SMTP:
        return SMTP(
            kept,
            hostname="mail.example",
            tls_context=starttls,
            require_starttls=starttls is not None,
            # aiosmtpd knows no TLS but that of STARTTLS.
            auth_required=login and starttls is not None,
            auth_require_tls=starttls is not None,
            authenticator=kept.authenticate,
            loop=loop,
        )

    server = await loop.create_server(session, "127.0.0.1", 0, ssl=tls)
    kept.port = server.sockets[0].getsockname()[1]
    try:
        yield kept
    finally:
        kept.closing.set()
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def silent_server() -> AsyncIterator[tuple[int, Sequence[object]]]:
    """Run a server that accepts connections and sends nothing; yield its port and connections."""
    taken: list[asyncio.StreamWriter] = []

    def take(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.append(writer)

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], taken
        for writer in taken:
            writer.transport.abort()
