"""`link-api`: serve, and make a keyring."""

import argparse
import asyncio
import os
import sys
from pathlib import Path
from typing import Final

import uvloop

from link_api.app import open_link_api
from link_api.database import DatabaseRefused
from link_api.settings import Settings
from link_kernel.clock import SystemClock
from link_kernel.environment import SettingsRefused, read_environment
from link_kernel.keyring_file import KeyringRefused, SecretKeyring, new_secret, write_keyring
from link_kernel.logs import configure_logs
from link_kernel.web.application import new_application
from link_kernel.web.serving import Listener, PortTaken, listening, until_stopped

PREFIX: Final = "LINK"
_REFUSALS: Final = (SettingsRefused, KeyringRefused, DatabaseRefused, PortTaken)


def main(arguments: list[str] | None = None) -> None:
    """Run a command; what it refuses is one clear text on standard error and exit status 1."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except _REFUSALS as error:
        sys.exit(f"link-api: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="link-api", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("serve", help="run the Link API").set_defaults(run=_serve)
    keys = commands.add_parser("keys", help="the keyring").add_subparsers(required=True)
    init = keys.add_parser("init", help="write a new keyring file (mode 0600)")
    init.add_argument("path", type=Path)
    init.set_defaults(run=_keys_init)
    return parser


def _serve(_options: argparse.Namespace) -> None:
    settings = read_environment(PREFIX, Settings, os.environ)
    configure_logs(settings.log_format, settings.log_level)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve_until_stopped(settings))


async def _serve_until_stopped(settings: Settings) -> None:
    async with open_link_api(settings, clock=SystemClock()) as api:
        root = new_application()
        api.mount(root)
        async with listening(Listener(root, settings.host, settings.port)):
            await until_stopped()


def _keys_init(options: argparse.Namespace) -> None:
    write_keyring(options.path, SecretKeyring(secrets=(new_secret(),)))
    sys.stdout.write(f"wrote {options.path}; keep it secret, and set LINK_KEYRING to its path\n")
