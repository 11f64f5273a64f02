"""`elements-bridge`: serve, check, show the SDK, keep contracts, keys, businesses and origins."""

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from elements_bridge.admin import Answer, BusinessCommands, CommandError
from elements_bridge.businesses.backup.business_file import BusinessFileError
from elements_bridge.businesses.rejected_origins import RedisRejectedOrigins
from elements_bridge.businesses.store import RedisBusinesses
from elements_bridge.check import NAMES, check_bridge
from elements_bridge.health import HEALTH
from elements_bridge.http.sdk_releases import load_sdk_releases
from elements_bridge.http.static_files import BrowserCodeMissing, static_root
from elements_bridge.keyring import Keyring, KeyringFile, new_keyring_file, new_signing_key
from elements_bridge.redis_rights import RIGHTS, USER
from elements_bridge.serving.serve import serve_with_workers
from elements_bridge.settings import SdkSettings, Settings
from elements_bridge.tokens.bootstrap import BOOTSTRAP_TTL_S
from link_kernel.auth.access_token import LEEWAY_S
from link_kernel.check.command import add_version, run_check
from link_kernel.contract.command import add_contracts
from link_kernel.contract.diff.contract_error import ContractError
from link_kernel.errors import StoreUnavailable
from link_kernel.keys.command import KeysCommand, KindOfKey
from link_kernel.keys.keyring_file import KeyringError, next_secret
from link_kernel.keys.rotation import KeyList
from link_kernel.observability.logs import configure_logs
from link_kernel.redis.connection import connect, store_failures
from link_kernel.redis.readiness import is_one_of_cluster
from link_kernel.redis.rights import add_redis_acl
from link_kernel.settings.environment import SettingsError, read_environment, variable_names
from link_kernel.settings.kinds import RedisSettings
from link_kernel.web.listen import PortTaken

PREFIX: Final = "ELEMENTS"
_REDIS_NAME: Final = "ELEMENTS_REDIS_URL"
_REDIS_NAMES: Final = variable_names(PREFIX, RedisSettings)
_ORIGIN_NAME: Final = "ELEMENTS_ORIGIN"
# The longest lifetimes that settings allow: the command does not know each process's settings.
_ACCESS_TOKEN_MS: Final = (12 * 3600 + 900 + LEEWAY_S) * 1000  # logout takes them 12 h past `exp`
_SESSION_MS: Final = 12 * 3600 * 1000 + BOOTSTRAP_TTL_S * 1000  # created from a bootstrap token
KEYS: Final = KeysCommand(
    setting="ELEMENTS_KEYRING",
    model=KeyringFile,
    new=new_keyring_file,
    check=Keyring.of,
    kinds=(
        KindOfKey(
            KeyList("signing_keys", lambda _present: new_signing_key(), _ACCESS_TOKEN_MS),
            flag="--kid",
            label="signing key {}",
            effect="access tokens it signed are refused, and frames refresh",
        ),
        KindOfKey(
            KeyList("secrets", next_secret, _SESSION_MS),
            flag="--version",
            label="secret version {}",
            effect="sessions born with it end: their refresh is REFRESH_TOKEN_INVALID",
        ),
    ),
    environ=os.environ,
)
_ONE_OF_CLUSTER: Final = (
    f"{_REDIS_NAME} names one server of a Cluster, which has a part of the businesses: use"
    " redis+cluster://"
)
_REFUSALS: Final = (
    SettingsError,
    KeyringError,
    CommandError,
    BusinessFileError,
    PortTaken,
    BrowserCodeMissing,
)
# `contracts diff` exits with 1 for a breaking change.
_NO_CONTRACT: Final = 2
# Neither a failure (1) nor a wrong call (2): scripts must not take one for the other.
_NO: Final = 3


def main(arguments: list[str] | None = None) -> None:
    """Run a command; an error is one line on standard error and exit status 1.

    The status is 2 for contracts that cannot be read, since 1 means a breaking change, and 3 where
    the answer is no: `origins check` of an origin that is refused, `business sync --dry-run` of a
    file that would change something.
    """
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except ContractError as error:
        print(f"elements-bridge: {error}", file=sys.stderr)  # noqa: T201  # the command's output
        sys.exit(_NO_CONTRACT)
    except _REFUSALS as error:
        sys.exit(f"elements-bridge: {error}")
    except StoreUnavailable as error:
        sys.exit(f"elements-bridge: Redis cannot be used ({error.detail}); check {_REDIS_NAME}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="elements-bridge", description=__doc__)
    add_version(parser)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("serve", help="run the bridge").set_defaults(run=_serve)
    commands.add_parser(
        "check", help="whether the bridge would run with these settings; it changes nothing"
    ).set_defaults(run=_check)
    HEALTH.add_to(commands)
    KEYS.add_to(commands)
    add_redis_acl(commands, RIGHTS, USER)
    add_contracts(commands)

    sdk = commands.add_parser("sdk", help="show the HTML by which a shop pins this SDK")
    sdk.add_argument("--keep", type=Path, metavar="FOLDER", help="write this release there")
    sdk.set_defaults(run=_sdk)

    business = commands.add_parser("business", help="merchants").add_subparsers(required=True)
    add = _store_command(business, "add", BusinessCommands.add_business, "business_id")
    add.add_argument("--name", required=True)
    add.add_argument("--mode", choices=("live", "test"), default="live")
    add.add_argument(
        "--dpop",
        choices=("preferred", "required"),
        help="whether a session may be born without a key of its frame",
    )
    add.add_argument(
        "--country", help="such as GH: where frames expect phone numbers from; '' takes it back"
    )
    add.add_argument(
        "--reload",
        choices=("forget", "keep"),
        help="whether a reload of the shop's page keeps a customer who signed in by a code",
    )
    _store_command(business, "disable", BusinessCommands.disable_business, "business_id")
    _store_command(business, "enable", BusinessCommands.enable_business, "business_id")
    _store_command(business, "list", BusinessCommands.list_businesses)
    export = _store_command(business, "export", BusinessCommands.export_businesses)
    export.add_argument("--file", type=_written_file, help="without it: on standard output")
    sync = _store_command(business, "sync", BusinessCommands.sync_businesses)
    sync.add_argument("--file", type=_read_file, required=True, help="- is standard input")
    sync.add_argument("--prune", action="store_true", help="disable what the file does not name")
    sync.add_argument("--dry-run", action="store_true", help="change nothing; 3 if something would")

    origins = commands.add_parser("origins", help="allow-lists").add_subparsers(required=True)
    _store_command(origins, "add", BusinessCommands.add_origin, "business_id", "entry")
    _store_command(origins, "remove", BusinessCommands.remove_origin, "business_id", "entry")
    _store_command(origins, "list", BusinessCommands.list_origins, "business_id")
    check = _store_command(origins, "check", BusinessCommands.check_origin, "business_id")
    check.add_argument("origin", nargs="?", help="without it: every origin refused lately")
    return parser


Task = Callable[..., Awaitable[list[str] | Answer]]


def _store_command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    task: Task,
    *positional: str,
) -> argparse.ArgumentParser:
    """Add a command that works on Redis; its arguments are passed to `task` by name."""
    parser = commands.add_parser(name, help=(task.__doc__ or "").splitlines()[0])
    for argument in positional:
        parser.add_argument(argument)
    parser.set_defaults(run=_run_on_store, task=task)
    return parser


def _serve(_options: argparse.Namespace) -> None:
    settings = read_environment(PREFIX, Settings, os.environ)
    configure_logs(settings.log_format, settings.log_level)
    serve_with_workers(settings)


def _check(_options: argparse.Namespace) -> None:
    run_check(PREFIX, Settings, os.environ, NAMES, lambda settings: check_bridge(settings, KEYS))


def _sdk(options: argparse.Namespace) -> None:
    known = {_ORIGIN_NAME: os.environ.get(_ORIGIN_NAME, "")}
    settings = read_environment(PREFIX, SdkSettings, known)
    newest = load_sdk_releases(static_root())[0]
    if options.keep is not None:
        _say(f"this release stands in {newest.keep(options.keep)}; commit it")
        return
    for line in newest.html(settings.origin):
        _say(line)


def _read_file(text: str) -> Path:
    return Path("/dev/stdin" if text == "-" else text)


def _written_file(text: str) -> Path | None:
    return None if text == "-" else Path(text)


def _run_on_store(options: argparse.Namespace) -> None:
    known = {name: value for name, value in os.environ.items() if name in _REDIS_NAMES}
    settings = read_environment(PREFIX, RedisSettings, known)
    given = {name: value for name, value in vars(options).items() if name not in {"run", "task"}}

    async def work() -> list[str] | Answer:
        url, time_outs = settings.redis_url.get_secret_value(), settings.redis_time_outs
        async with connect(url, time_outs=time_outs) as redis:
            with store_failures():
                if await is_one_of_cluster(redis):
                    raise CommandError(_ONE_OF_CLUSTER)
            store = BusinessCommands(RedisBusinesses(redis), RedisRejectedOrigins(redis))
            found: list[str] | Answer = await options.task(store, **given)
            return found

    found = asyncio.run(work())
    answer = found if isinstance(found, Answer) else Answer(found)
    for warning in answer.warnings:
        print(f"elements-bridge: {warning}", file=sys.stderr)  # noqa: T201  # beside the output
    for line in answer.lines:
        _say(line)
    if answer.is_no:
        sys.exit(_NO)


def _say(line: str) -> None:
    print(line)  # noqa: T201  # the command's output
