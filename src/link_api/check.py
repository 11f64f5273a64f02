"""`link-api check`: every part that the Link API needs, asked at once, with nothing changed."""

import asyncio
import os
from pathlib import Path
from typing import Final

from sqlalchemy import text

from link_api.auth.asker import BRIDGE_TOKEN
from link_api.auth.senders.chosen import try_mail_server
from link_api.database.engine import SqliteFile, parse_database_url
from link_api.database.session import Database, reading
from link_api.database.startup import (
    DatabaseError,
    DatabaseState,
    NoDatabaseYet,
    examine,
    lacking_rights,
    open_unchanged,
)
from link_api.database.statements import Statement
from link_api.http.health import fault_of_database
from link_api.migrations import NEWEST
from link_api.redis_rights import RIGHTS
from link_api.settings import Settings
from link_kernel.check import jwks, keyring
from link_kernel.check.addresses import NAME as ADDRESSES
from link_kernel.check.addresses import told_addresses
from link_kernel.check.findings import Finding, examined, not_checked
from link_kernel.check.redis import REDIS_NAMES, RedisUse, check_redis
from link_kernel.clock import Clock
from link_kernel.errors import StoreUnavailable, UpstreamUnavailable
from link_kernel.keys.command import KeysCommand
from link_kernel.keys.keyring_file import SecretKeyring

_DATABASE: Final = ("database", "database rights", "migrations")
_TOKEN: Final = "bridge token"  # noqa: S105  # a name, no secret
_SENDERS: Final = "senders"
NAMES: Final = (ADDRESSES, *REDIS_NAMES, keyring.NAME, *_DATABASE, jwks.NAME, _TOKEN, _SENDERS)
_REDIS: Final = RedisUse("link-api", "LINK_REDIS_URL", RIGHTS)
_URL: Final = "LINK_DATABASE_URL"
_MIGRATES: Final = f"`link-api serve` and `link-api migrate` bring it to {NEWEST}"
_SQLITE_IN_LIVE: Final = f"LINK_MODE is live, and {_URL} names no PostgreSQL"
_VERSIONS: Final = {
    "sqlite": Statement(text("SELECT sqlite_version()")),
    "postgresql": Statement(text("SELECT split_part(current_setting('server_version'), ' ', 1)")),
}
_CURES: Final = {
    "no_answer": f"see that it runs, and to the host and the port in {_URL}",
    "login_refused": f"see to the user, the password and the database in {_URL}",
    "full": "give it more connections, or more space on its disk",
    "read_only": f"{_URL} must lead to a primary, or to a file that this user may write",
}


async def check_link_api(settings: Settings, keys: KeysCommand[SecretKeyring]) -> list[Finding]:
    """Return what is found of each part in `NAMES`, in their order."""
    finding, _ = keyring.check_keyring(keys, settings.keyring.get_secret_value())
    url = settings.elements_jwks_url
    found = await asyncio.gather(
        examined(REDIS_NAMES, check_redis(settings, _REDIS, keys.clock)),
        examined(_DATABASE, _check_database(settings)),
        examined([jwks.NAME], jwks.check_jwks(url, "LINK_ELEMENTS_JWKS_URL")),
        examined([_SENDERS], _check_senders(settings, keys.clock)),
    )
    of_redis, of_database, of_jwks, of_senders = found
    addresses = told_addresses(
        origin=settings.elements_origin,
        public_url=settings.public_url,
        issuer=settings.elements_issuer,
        audience=settings.elements_audience,
    )
    return [
        *(addresses, *of_redis, finding, *of_database, *of_jwks),
        _bridge_token(settings),
        *of_senders,
    ]


async def _check_database(settings: Settings) -> list[Finding]:
    name, *others = _DATABASE
    url = settings.database_url.get_secret_value()
    try:
        async with open_unchanged(
            url,
            connect_ms=settings.database_connect_timeout,
            read_ms=settings.database_read_timeout,
        ) as database:
            state = await examine(database)
            rights = await _rights(database, state)
            version = await _version(database)
    except NoDatabaseYet as none:
        found = Finding(name, "warning", f"{none}: {_MIGRATES}{_note_of(settings)}")
        if not _may_write(url):
            found = Finding(name, "FAULT", f"{none}, and it cannot be made: {_CURES['read_only']}")
        return [found, *not_checked(others, since=name)]
    except DatabaseError as error:
        return [Finding(name, "FAULT", str(error)), *not_checked(others, since=name)]
    except StoreUnavailable as error:
        word = fault_of_database(error.__cause__)
        found = Finding(name, "FAULT", f"{word} ({error.detail}): {_CURES[word]}")
        return [found, *not_checked(others, since=name)]
    if state.is_read_only or not _may_write(url):
        first = Finding(name, "FAULT", f"read_only: {_CURES['read_only']}")
    else:
        note = _note_of(settings)
        first = Finding(name, "warning" if note else "ok", f"{version} {_place_of(url)}{note}")
    return [first, rights, _migrations(state)]


def _note_of(settings: Settings) -> str:
    return f"; {_SQLITE_IN_LIVE}" if settings.is_sqlite_in_live else ""


async def _version(database: Database) -> str:
    kind = database.dialect.name
    async with reading(database) as session:
        [[version]] = await session.fetch(_VERSIONS[kind])
    return f"{'SQLite' if kind == 'sqlite' else 'PostgreSQL'} {version}"


def _place_of(url: str) -> str:
    """Return where a database is, without the login."""
    address = parse_database_url(url)
    if isinstance(address, SqliteFile):
        return str(Path(address.path).absolute())
    return f"{','.join(f'{host}:{port}' for host, port in address.hosts)}/{address.database}"


def _may_write(url: str) -> bool:
    """Tell whether a SQLite file and its journal can be written; of a server, it tells itself."""
    address = parse_database_url(url)
    if not isinstance(address, SqliteFile):
        return True
    file = Path(address.path)
    return os.access(file.parent, os.W_OK) and (not file.exists() or os.access(file, os.W_OK))


async def _rights(database: Database, state: DatabaseState) -> Finding:
    _, name, migrations = _DATABASE
    if state.schema == "foreign":  # it has none of our tables
        [finding] = not_checked([name], since=migrations)
        return finding
    lacking = await lacking_rights(database, state.schema)
    if lacking:
        text = f"lacks {', '.join(lacking)}: GRANT them to the user in {_URL}, or make it the owner"
        return Finding(name, "FAULT", text)
    return Finding(name, "ok")


def _migrations(state: DatabaseState) -> Finding:
    name = _DATABASE[2]
    match state.schema:
        case "ok":
            return Finding(name, "ok", NEWEST)
        case "ahead":
            return Finding(name, "warning", f"ahead of {NEWEST}: a newer release has migrated it")
        case "behind":
            return Finding(name, "warning", f"not_migrated: {_MIGRATES}")
        case "foreign":
            text = f"not_migrated: another program's; {_URL} must name a database of its own"
            return Finding(name, "FAULT", text)


def _bridge_token(settings: Settings) -> Finding:
    if settings.bridge_token is None:
        return Finding(_TOKEN, "FAULT", f"{BRIDGE_TOKEN} is not set: no bridge can have codes sent")
    return Finding(_TOKEN, "ok")


async def _check_senders(settings: Settings, clock: Clock) -> list[Finding]:
    """Log in to a mail server; a webhook is not asked, since each call of it is a message."""
    phones, mailboxes = settings.otp_sender_phone, settings.otp_sender_email
    text = f"codes to phones by {phones}, to mailboxes by {mailboxes}"
    if mailboxes == "smtp":
        try:
            await try_mail_server(settings, clock)
        except UpstreamUnavailable as error:
            return [Finding(_SENDERS, "FAULT", f"{error.detail}: see to LINK_OTP_SMTP_URL")]
    if "console" in {phones, mailboxes}:
        return [Finding(_SENDERS, "warning", f"{text}: on the terminal no customer reads them")]
    return [Finding(_SENDERS, "ok", text)]
