"""`link-api check`: what an operator, and a CI job, read before anything is deployed."""

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis
from sqlalchemy import text

from elements_bridge.check import check_bridge
from elements_bridge.keyring import KeyringFile
from link_api.check import NAMES, check_link_api
from link_api.database.engine import migrating_engine, parse_database_url
from link_api.database.startup import DatabaseError, open_database
from link_api.migrations import NEWEST
from link_api.settings import Settings
from link_dev.embedded.postgres import EmbeddedPostgres
from link_kernel.check.redis import REDIS_NAMES
from link_kernel.clock import SystemClock
from tests.link_api.addresses.test_addresses import HOME
from tests.support.clients.bridge_client import settings_for as bridge_settings_for
from tests.support.clients.frames import running_together
from tests.support.clients.link_client import BRIDGE_TOKEN, settings_for
from tests.support.key_files import bridge_keys, link_keys
from tests.support.redis_content import everything_but_limits
from tests.support.servers.commands import run_module
from tests.support.servers.databases import empty_sqlite_in, sqlite_in
from tests.support.servers.fault_proxy import Fault, FaultProxy
from tests.support.servers.mail_server import mail_server
from tests.support.time_machine import MovableClock

NOBODY = "127.0.0.1:9"
CURE_OF_KEYS = (
    "LINK_ELEMENTS_JWKS_URL must be the address of a bridge's jwks.json, and the bridge must run"
)
KEYS = link_keys(SystemClock())


async def lines_of(settings: Settings, **changed: object) -> dict[str, str]:
    """Return the lines but for Redis's, by name."""
    found = await check_link_api(settings.model_copy(update=changed), KEYS)
    assert [*NAMES] == [finding.name for finding in found]
    assert "hunter2" not in str(found)
    assert BRIDGE_TOKEN not in str(found)
    return {
        finding.name: finding.line.removeprefix(f"{finding.name}: ")
        for finding in found
        if finding.name not in REDIS_NAMES
    }


async def content_of(url: str) -> list[object]:
    """Return every row of a database, of a SQLite file every byte."""
    if url.startswith("sqlite"):
        return [_bytes_of(url)]
    names = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    address = parse_database_url(url)
    async with migrating_engine(address) as engine, engine.connect() as connection:
        tables = sorted([str(name) for (name,) in await connection.execute(text(names))])
        reads = [text(f"SELECT * FROM {name}") for name in tables]  # noqa: S608  # our own names
        return [*tables, *[(await connection.execute(read)).all() for read in reads]]


def _bytes_of(url: str) -> bytes:
    return Path(urlsplit(url).path).read_bytes()


async def test_neither_service_s_check_changes_anything_and_both_are_ok(
    settings: Settings, keyring: KeyringFile, clock: MovableClock, redis: Redis, tmp_path: Path
) -> None:
    async with running_together(settings, keyring, clock) as both:
        await (await both.link.sign_in()).post("addresses", HOME)
        url = str(both.bridge.http.make_url("")).rstrip("/")
        of_bridge = bridge_settings_for(
            settings.redis_url.get_secret_value(),
            keyring,
            auth_service_url=str(both.link.http.make_url("")).rstrip("/"),
            public_url=url,
            mode="test",
        )
        keys_url = f"{url}/v1/link/elements/jwks.json"
        database_url = settings.database_url.get_secret_value()
        redis_before = await everything_but_limits(redis)
        sql_before = await content_of(database_url)

        lines = await lines_of(settings, elements_jwks_url=keys_url, public_url=url)
        found = await check_bridge(of_bridge, bridge_keys(SystemClock()))

        assert sql_before == await content_of(database_url)
        assert redis_before == await everything_but_limits(redis)
    assert [finding.line for finding in found if finding.level == "FAULT"] == []
    [addresses] = {one.line for one in found if one.name == "addresses"}
    assert addresses == f"addresses: {lines.pop('addresses')}"
    assert addresses == (
        f"addresses: ok elements {settings.elements_origin}, API {url}, issuer"
        f" {settings.elements_issuer}, audience {settings.elements_audience}"
    )
    kid = keyring.signing_keys[0].kid
    kind, _, place = database_url.partition("://")
    database = lines.pop("database")
    if kind.startswith("sqlite"):
        assert database == f"ok SQLite {sqlite3.sqlite_version} {place.removeprefix('/')}"
    else:
        assert database.startswith("ok PostgreSQL 1")
        assert database.endswith(f" {place.rpartition('@')[2]}")
    assert lines == {
        "keyring": "ok secret version 1",
        "database rights": "ok",
        "migrations": f"ok {NEWEST}",
        "jwks": f"ok {kid}",
        "bridge token": "ok",
        "senders": "warning codes to phones by console, to mailboxes by console: on the terminal no"
        " customer reads them",
    }


@pytest.fixture
def alone(redis_url: str, tmp_path: Path) -> Settings:
    """Settings beside which nothing listens but Redis; the database is a migrated file."""
    nowhere = f"http://{NOBODY}/jwks.json"
    return settings_for(redis_url, sqlite_in(tmp_path), elements_jwks_url=nowhere)


def env_of(settings: Settings, keyring: Path | str) -> dict[str, str]:
    """Return settings as the environment has them."""
    return {
        "LINK_REDIS_URL": settings.redis_url.get_secret_value(),
        "LINK_DATABASE_URL": settings.database_url.get_secret_value(),
        "LINK_ELEMENTS_JWKS_URL": settings.elements_jwks_url,
        "LINK_KEYRING": str(keyring),
        "LINK_MODE": "test",
        "LINK_BRIDGE_TOKEN": BRIDGE_TOKEN,
    }


def test_one_fault_makes_the_exit_status_1_and_hides_nothing(alone: Settings) -> None:
    env = env_of(alone, alone.keyring.get_secret_value())
    status, out, words = run_module("link_api", "check", env=env)

    lines = out.splitlines()
    assert (status, words) == (1, "")
    assert ["settings", *NAMES] == [line.partition(":")[0] for line in lines]
    assert [line for line in lines if "FAULT" in line] == [
        f"jwks: FAULT no_answer (ClientConnectorError): {CURE_OF_KEYS}"
    ]
    assert BRIDGE_TOKEN not in out


def test_settings_come_first(alone: Settings) -> None:
    env = env_of(alone, "/nowhere") | {"LINK_DATABASE_URL": "mysql://u:hunter2@h/d", "LINK_X": "1"}
    status, out, _ = run_module("link_api", "check", env=env)
    assert status == 1
    assert "settings: FAULT LINK_X: is not a setting" in out
    assert out.count("settings: FAULT") == 2
    assert "database: not checked because of settings" in out
    assert "hunter2" not in out


def test_the_version_is_that_of_the_installed_distribution() -> None:
    status, out, _ = run_module("link_api", "--version", env={"PATH": ""})
    assert (status, out.split()[:2]) == (0, ["link-api", "(cimplify-link-elements)"])


async def test_without_a_token_no_bridge_is_believed(alone: Settings) -> None:
    assert (await lines_of(alone, bridge_token=None))["bridge token"] == (
        "FAULT LINK_BRIDGE_TOKEN is not set: no bridge can have codes sent"
    )


async def test_a_file_that_is_not_there_is_not_made(alone: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    found = await lines_of(alone, database_url=SecretStr(empty_sqlite_in(folder)))
    assert found["database"] == (
        f"warning there is no file {folder}/link.db: `link-api serve` and `link-api migrate` bring"
        f" it to {NEWEST}"
    )
    assert found["migrations"] == "not checked because of database"
    assert [*folder.iterdir()] == []
    nowhere = await lines_of(alone, database_url=SecretStr(empty_sqlite_in(folder / "none")))
    assert nowhere["database"].startswith(
        f"FAULT there is no file {folder}/none/link.db, and it cannot be made: LINK_DATABASE_URL"
    )


async def test_a_live_deployment_on_sqlite_is_told(alone: Settings, tmp_path: Path) -> None:
    """As where `LINK_DATABASE_URL` was forgotten."""
    of_live = "; LINK_MODE is live, and LINK_DATABASE_URL names no PostgreSQL"
    found = (await lines_of(alone, mode="live"))["database"]
    assert found.startswith("warning SQLite 3.")
    assert found.endswith(f"{tmp_path}/link.db{of_live}")
    folder = tmp_path / "empty"
    folder.mkdir()
    absent = await lines_of(alone, mode="live", database_url=SecretStr(empty_sqlite_in(folder)))
    assert absent["database"].startswith("warning there is no file ")
    assert absent["database"].endswith(of_live)


async def test_a_revision_is_compared_and_its_journal_is_left(
    alone: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "link.db"

    async def migrations_at(revision: str) -> str:
        with sqlite3.connect(file) as connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
        connection.close()
        before = file.read_bytes()
        found = (await lines_of(alone))["migrations"]
        assert before == file.read_bytes()
        return found

    assert await migrations_at("v0001") == (
        f"warning not_migrated: `link-api serve` and `link-api migrate` bring it to {NEWEST}"
    )
    assert (await migrations_at("v9999")).startswith(f"warning ahead of {NEWEST}: a newer release")
    assert (await migrations_at("abc")).startswith("FAULT not_migrated: another program's; LINK_DA")


@pytest.fixture
async def narrow_url(
    postgres_server: EmbeddedPostgres, empty_postgres_url: str
) -> AsyncIterator[SecretStr]:
    """The URL of an empty database, as a user has it who may do nothing in it."""
    async with postgres_server.connected(empty_postgres_url) as owner:
        await owner.execute("CREATE USER narrow PASSWORD 'hunter2'")
        await owner.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        own = urlsplit(empty_postgres_url).netloc.partition("@")[0]
        yield SecretStr(empty_postgres_url.replace(own, "narrow:hunter2"))
        await owner.execute("DROP OWNED BY narrow; DROP USER narrow")


async def test_the_rights_on_every_table_are_asked(
    alone: Settings,
    postgres_server: EmbeddedPostgres,
    empty_postgres_url: str,
    narrow_url: SecretStr,
) -> None:
    """Before the migrations it is the right to make tables that counts."""
    with pytest.raises(DatabaseError, match="; GRANT CREATE, USAGE ON SCHEMA public TO this user"):
        async with open_database(narrow_url.get_secret_value()):
            pass
    found = await lines_of(alone, database_url=narrow_url)
    assert found["migrations"].startswith("warning not_migrated")
    assert found["database rights"].startswith("FAULT lacks CREATE on schema public: GRANT them")

    async with (
        open_database(empty_postgres_url),
        postgres_server.connected(empty_postgres_url) as owner,
    ):
        every = "ON ALL TABLES IN SCHEMA public TO narrow"
        await owner.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE {every}")
        assert (await lines_of(alone, database_url=narrow_url))["database rights"] == "ok"
        await owner.execute("REVOKE INSERT, DELETE ON customers FROM narrow")
        assert (await lines_of(alone, database_url=narrow_url))["database rights"].startswith(
            "FAULT lacks DELETE on customers, INSERT on customers: GRANT them to the user in LINK_D"
        )
        await owner.execute("UPDATE alembic_version SET version_num = '1975ea83b712'")
        foreign = await lines_of(alone, database_url=narrow_url)
        assert foreign["database rights"] == "not checked because of migrations"
        assert foreign["migrations"].startswith("FAULT not_migrated: another program's; LINK_DATA")
        await owner.execute("ALTER ROLE narrow SET default_transaction_read_only = on")
    read_only = await lines_of(alone, database_url=narrow_url)
    assert read_only["database"].startswith("FAULT read_only: LINK_DATABASE_URL must lead to a pri")


async def test_who_is_refused_is_told_apart_from_a_silence(
    alone: Settings, postgres_server: EmbeddedPostgres, narrow_url: SecretStr
) -> None:
    """The silence costs seconds, and hides nothing else."""
    wrong = SecretStr(narrow_url.get_secret_value().replace("hunter2", "hunter22"))
    refused = await lines_of(alone, database_url=wrong)
    assert refused["database"].startswith("FAULT login_refused (InvalidPasswordError 28P01): see")
    assert refused["migrations"] == "not checked because of database"

    silence = FaultProxy(postgres_server.port)
    async with silence.running() as port:
        silence.begin(Fault.SILENT)
        other = narrow_url.get_secret_value().replace(f":{postgres_server.port}", f":{port}")
        silent = await lines_of(alone, database_url=SecretStr(other), database_connect_timeout=100)
    assert silent["database"].startswith("FAULT no_answer (TimeoutError): see that it runs")
    assert silent["keyring"].startswith("ok ")


async def test_a_mail_server_is_logged_in_to_and_gets_no_mail(alone: Settings) -> None:
    async with mail_server(login=False) as server:
        url = SecretStr(f"smtp://127.0.0.1:{server.port}")
        smtp = {"otp_sender_email": "smtp", "otp_smtp_url": url, "otp_from": "link@mail.example"}
        assert (await lines_of(alone, **smtp))["senders"].startswith("warning codes to phones by c")
        assert server.mails == []
    smtp["otp_smtp_url"] = SecretStr(f"smtp://u:hunter2@{NOBODY}")
    assert (await lines_of(alone, **smtp))["senders"] == (
        "FAULT otp smtp: SMTPConnectError by ConnectionRefusedError: see to LINK_OTP_SMTP_URL"
    )
