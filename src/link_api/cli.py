"""`link-api`: serve, check, migrate, forget, keep keys, and tell the rights it needs in Redis."""

import argparse
import asyncio
import logging
import os
import sys
from typing import Final

import uvloop

from link_api.account.forgetting import Forgetting
from link_api.app import open_link_api
from link_api.auth.asker import BRIDGE_TOKEN
from link_api.auth.codes.records import CodeBounds
from link_api.auth.storage import LINK_SESSION_LIFE_MS
from link_api.check import NAMES, check_link_api
from link_api.database.startup import DatabaseError, open_database
from link_api.health import HEALTH
from link_api.redis_rights import RIGHTS, USER
from link_api.settings import DatabaseSettings, Settings
from link_kernel.check.command import add_version, run_check
from link_kernel.clock import SystemClock
from link_kernel.descriptors import allow_most_descriptors
from link_kernel.errors import StoreUnavailable
from link_kernel.keys.command import KeysCommand, KindOfKey
from link_kernel.keys.keyring_file import KeyringError, SecretKeyring, next_secret
from link_kernel.keys.rotation import KeyList
from link_kernel.observability.logs import configure_logs
from link_kernel.redis.rights import add_redis_acl
from link_kernel.settings.environment import SettingsError, read_environment, variable_names
from link_kernel.tracing.exporting import exporting_traces
from link_kernel.web.application import new_application
from link_kernel.web.drain import Drain
from link_kernel.web.listen import Listener, PortTaken, hold_hangups, listening, until_stopped

PREFIX: Final = "LINK"
_DATABASE_NAMES: Final = variable_names(PREFIX, DatabaseSettings)
_log: Final = logging.getLogger(__name__)
KEYS: Final = KeysCommand(
    setting="LINK_KEYRING",
    model=SecretKeyring,
    new=SecretKeyring.new,
    check=SecretKeyring.ring,
    complete=SecretKeyring.with_index,
    kinds=(
        KindOfKey(
            # A code sent at the last moment is verified later, and its login lives on from then.
            KeyList("secrets", next_secret, LINK_SESSION_LIFE_MS + CodeBounds().life_ms),
            flag="--version",
            label="secret version {}",
            effect="logins born with it end at their next refresh: REFRESH_TOKEN_INVALID",
        ),
    ),
    environ=os.environ,
)
_REFUSALS: Final = (SettingsError, KeyringError, DatabaseError, PortTaken, StoreUnavailable)


def main(arguments: list[str] | None = None) -> None:
    """Run a command; an error is one line on standard error and exit status 1."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except _REFUSALS as error:
        sys.exit(f"link-api: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="link-api", description=__doc__)
    add_version(parser)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("serve", help="run the Link API").set_defaults(run=_serve)
    commands.add_parser(
        "migrate", help="migrate the database, which `serve` does too, and end"
    ).set_defaults(run=_migrate)
    commands.add_parser(
        "forget-dormant", help="close customers whose number has long had a new owner, once a day"
    ).set_defaults(run=_forget_dormant)
    commands.add_parser(
        "check", help="whether it would run with these settings; changes nothing"
    ).set_defaults(run=_check)
    HEALTH.add_to(commands)
    KEYS.add_to(commands)
    add_redis_acl(commands, RIGHTS, USER)
    return parser


def _check(_options: argparse.Namespace) -> None:
    run_check(PREFIX, Settings, os.environ, NAMES, lambda settings: check_link_api(settings, KEYS))


def _migrate(_options: argparse.Namespace) -> None:
    known = {name: value for name, value in os.environ.items() if name in _DATABASE_NAMES}
    settings = read_environment(PREFIX, DatabaseSettings, known)
    configure_logs("json", "info")

    async def migrate() -> None:
        async with open_database(
            settings.database_url.get_secret_value(),
            connect_ms=settings.database_connect_timeout,
            read_ms=settings.database_read_timeout,
        ):
            print("database: ok")  # noqa: T201  # the command's output

    asyncio.run(migrate())


def _forget_dormant(_options: argparse.Namespace) -> None:
    settings = read_environment(PREFIX, Settings, os.environ)
    configure_logs(settings.log_format, settings.log_level)

    async def forget() -> int:
        async with open_link_api(settings, clock=SystemClock()) as api:
            closing = api.services.keyed.current.closing
            return await Forgetting(api.services.database, api.services.clock, closing).run()

    print(f"closed: {asyncio.run(forget())}")  # noqa: T201  # the command's output


def _serve(_options: argparse.Namespace) -> None:
    settings = read_environment(PREFIX, Settings, os.environ)
    configure_logs(settings.log_format, settings.log_level)
    if settings.bridge_token is None:
        _log.warning("no_bridge_is_believed", extra={"setting": BRIDGE_TOKEN})
    if settings.is_sqlite_in_live:
        _log.warning("database_is_sqlite", extra={"setting": "LINK_DATABASE_URL"})
    KEYS.require(settings.keyring.get_secret_value())  # before it migrates the database
    hold_hangups()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve_until_stopped(settings))


async def _serve_until_stopped(settings: Settings) -> None:
    allow_most_descriptors()
    drain = Drain(settings.drain_s)
    async with (
        exporting_traces("link-api", os.environ),
        open_link_api(settings, clock=SystemClock()) as api,
    ):
        public, internal = new_application(api.metrics), new_application(api.metrics)
        api.mount(public)
        api.mount_internal(internal)
        async with listening(
            Listener(public, settings.host, settings.port, f"{PREFIX}_"),
            Listener(
                internal, settings.internal_host, settings.internal_port, f"{PREFIX}_INTERNAL_"
            ),
            drain=drain,
        ):
            await until_stopped(api.reload_keyring, drain=drain)
