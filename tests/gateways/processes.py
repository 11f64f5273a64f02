"""Runs a real gateway with its sample of `deploy/`."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from link_dev.embedded.free_port import free_port
from link_dev.embedded.process import start_guarded
from tests.gateways.samples import COMMANDS, HOST, UpstreamPorts
from tests.support.installing.gateways import GatewayName

_START_DEADLINE_S: Final = 20.0
_POLL_S: Final = 0.01
_PORT_TRIES: Final = 5
_ANY_CALL: Final = b"GET /elements/ HTTP/1.1\r\nHost: link.cimplify.io\r\nConnection: close\r\n\r\n"
_UNREAD: Final = b"404 page not found"  # Traefik's own


class GatewayNotStarted(Exception):
    """The gateway ended or did not listen in time; the text is its output."""


@asynccontextmanager
async def running_gateway(name: GatewayName, upstreams: UpstreamPorts) -> AsyncIterator[int]:
    """Run the sample on a free port of loopback, and give the port. Raises `GatewayNotStarted`."""
    with TemporaryDirectory(prefix=f"link-{name}-", ignore_cleanup_errors=True) as folder:
        for tries_left in reversed(range(_PORT_TRIES)):
            port = free_port()
            command = COMMANDS[name](Path(folder), port, upstreams)
            try:
                async with _listening(command, Path(folder), port):
                    yield port
                    return
            except GatewayNotStarted as refusal:
                if not tries_left or "in use" not in str(refusal):
                    raise


@asynccontextmanager
async def _listening(command: Sequence[str], folder: Path, port: int) -> AsyncIterator[None]:
    output = folder / "output.log"
    guard = start_guarded(command, folder=folder, output=output)
    try:
        deadline = time.monotonic() + _START_DEADLINE_S
        while not await _serves(port) or guard.poll() is not None:
            if guard.poll() is not None or time.monotonic() > deadline:
                raise GatewayNotStarted(output.read_text("utf-8", errors="replace"))
            await asyncio.sleep(_POLL_S)  # noqa: TID251  # a port that opens tells nobody
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(guard.pid, signal.SIGKILL)
        guard.communicate()


async def _answers(port: int) -> bool:
    """Tell whether a process listens on the port."""
    try:
        _, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


async def _serves(port: int) -> bool:
    """Tell whether a gateway answers by its sample; Traefik listens before it has read it."""
    try:
        reader, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return False
    try:
        writer.write(
            b"GET /elements/ HTTP/1.1\r\nHost: link.cimplify.io\r\nConnection: close\r\n\r\n"
        )
        return _UNREAD not in await reader.read()
    except OSError:
        return False
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
