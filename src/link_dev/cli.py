"""The command `link-dev` (`make dev`): runs the whole stack until Ctrl-C and prints its URL."""

import argparse
import asyncio
import os
import sys
from collections.abc import Mapping
from typing import Final

from elements_bridge.http.static_files import BrowserCodeMissing
from link_api.database.startup import DatabaseError
from link_dev.embedded.redis import RedisNotStarted
from link_dev.embedded.redis_binary import RedisBinaryMissing
from link_dev.harness.addresses import Ports
from link_dev.harness.outbox import Outbox, SentCode
from link_dev.stack import Plan, open_stack
from link_kernel.check.command import add_version
from link_kernel.clock import SystemClock
from link_kernel.errors import StoreUnavailable
from link_kernel.keys.keyring_file import KeyringError
from link_kernel.observability.logs import configure_logs
from link_kernel.redis.address import RedisAddress
from link_kernel.web.listen import PortTaken, until_stopped

_PORTS: Final = {"PORT": 4242, "INTERNAL_PORT": 4243, "LINK_PORT": 4244}
_HIGHEST_PORT: Final = 65535
_START_ERRORS: Final = (
    KeyringError,
    DatabaseError,
    BrowserCodeMissing,
    RedisBinaryMissing,
    RedisNotStarted,
)


class StartError(Exception):
    """An environment variable has an invalid value; the text names the variable."""


def main() -> None:
    """Run until a signal; an error is one line on standard error and exit status 1."""
    _parser().parse_args()
    configure_logs("human", "error")  # a failed start prints only the one line below
    try:
        asyncio.run(_serve(plan_of(os.environ)))
    except KeyboardInterrupt:
        sys.exit(130)
    except StartError as error:
        sys.exit(f"link-dev: {error}")
    except PortTaken as error:
        sys.exit(f"link-dev: {error}")
    except StoreUnavailable:
        sys.exit("link-dev: the Redis of REDIS_URL does not answer; start it, or unset REDIS_URL")
    except _START_ERRORS as error:
        sys.exit(f"link-dev: {error}")


def _parser() -> argparse.ArgumentParser:
    ports = ", ".join(f"{name} ({port})" for name, port in _PORTS.items())
    parser = argparse.ArgumentParser(
        prog="link-dev",
        description="Run the bridge, the Link API, a Redis and the harness until Ctrl-C.",
        epilog=f"Environment: {ports}; REDIS_URL and ELEMENTS_KEYRING instead of its own.",
    )
    add_version(parser)
    return parser


async def _serve(plan: Plan) -> None:
    stopped = asyncio.create_task(until_stopped())
    outbox = Outbox(plan.clock, plan.ports.origin("link"), _print_code)
    async with open_stack(plan, outbox=outbox) as stack:
        _print(f"Store: {stack.redis_origin}")
        configure_logs("human", "warning")
        _print(f"Open {stack.origin('shop')}/ (Ctrl-C ends everything)")
        if plan.redis_url is None:  # that of who named one may hold a password, and is known
            _print(f"For a page of your own: export ELEMENTS_REDIS_URL={stack.redis_url}")
        await stopped


def plan_of(environ: Mapping[str, str]) -> Plan:
    """Return what to start; raises `StartError`."""
    public, internal, link = (_port(environ, name) for name in _PORTS)
    if len({public, internal, link}) < len(_PORTS):
        raise StartError(f"{', '.join(_PORTS)} must be three different ports")
    redis_url = environ.get("REDIS_URL") or None
    if redis_url:
        try:
            RedisAddress.parse(redis_url)
        except ValueError as error:
            raise StartError(f"REDIS_URL: {error}") from None
    keyring = environ.get("ELEMENTS_KEYRING") or None
    return Plan(
        ports=Ports(public, internal, link),
        redis_url=redis_url,
        keyring=keyring,
        clock=SystemClock(),
        deployed_limits=True,
    )


def _port(environ: Mapping[str, str], name: str) -> int:
    text = environ.get(name) or str(_PORTS[name])
    if not text.isdecimal() or not 0 < int(text) <= _HIGHEST_PORT:
        raise StartError(f"{name} must be a port from 1 to {_HIGHEST_PORT}")
    return int(text)


def _print_code(sent: SentCode) -> None:
    _print(f"Code {sent.code} for {sent.contact}")


def _print(line: str) -> None:
    print(line, flush=True)  # noqa: T201  # the command answers on standard output
