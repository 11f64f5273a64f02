"""Runs a real nginx or Caddy with the sample of `deploy/` and this run's addresses."""

import asyncio
import contextlib
import os
import shutil
import signal
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from link_dev.embedded.free_port import free_port
from link_dev.embedded.process import start_guarded
from tests.support.installing.gateways import GatewayName, find_gateway

HOST: Final = "127.0.0.1"
DEPLOY: Final = Path(__file__).parents[2] / "deploy"
_START_DEADLINE_S: Final = 20.0
_POLL_S: Final = 0.01
_PORT_TRIES: Final = 5
_LEFT_OUT: Final = "fail_timeout=1s;"  # as the sample ends each server

# The nginx.conf around the sample. `master_process off` makes nginx a single process, so that none
# is left when it is killed.
_NGINX_CONF: Final = """
daemon off; master_process off; pid {folder}/nginx.pid;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include link.conf;
}}
"""


@dataclass(frozen=True)
class UpstreamPorts:
    """The ports behind a gateway, on each of the addresses of loopback that services run at."""

    bridge: int
    internal: int
    link_api: int
    link_api_internal: int
    main_api: int
    checkout: int
    hosts: tuple[str, ...] = (HOST,)


class GatewayNotStarted(Exception):
    """The gateway ended or did not listen in time; the text is its output."""


@asynccontextmanager
async def running_gateway(name: GatewayName, upstreams: UpstreamPorts) -> AsyncIterator[int]:
    """Run the sample on a free port of loopback, and give the port. Raises `GatewayNotStarted`."""
    with TemporaryDirectory(prefix=f"link-{name}-", ignore_cleanup_errors=True) as folder:
        for tries_left in reversed(range(_PORT_TRIES)):
            port = free_port()
            command = _COMMANDS[name](Path(folder), port, upstreams)
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
        while not await _answers(port) or guard.poll() is not None:
            if guard.poll() is not None or time.monotonic() > deadline:
                raise GatewayNotStarted(output.read_text("utf-8", errors="replace"))
            await asyncio.sleep(_POLL_S)  # noqa: TID251  # a port that opens tells nobody
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(guard.pid, signal.SIGKILL)
        guard.communicate()


def _nginx(folder: Path, port: int, upstreams: UpstreamPorts) -> list[str]:
    """Copy the sample with other addresses; a line that is missing in it fails the test."""
    text = (DEPLOY / "nginx/link.conf").read_text("utf-8")
    for written, meant in {
        "listen 8888": f"listen {HOST}:{port}",
        "server 127.0.0.1:8080 ": _servers(upstreams, upstreams.bridge),
        "server 127.0.0.1:8090 ": _servers(upstreams, upstreams.internal),
        "server 127.0.0.1:8081 ": _servers(upstreams, upstreams.link_api),
        "server 127.0.0.1:8000 ": _servers(upstreams, upstreams.main_api),
        "server 127.0.0.1:8100 ": _servers(upstreams, upstreams.checkout),
    }.items():
        assert written in text, f"deploy/nginx/link.conf has no {written!r} to replace"
        text = text.replace(written, meant)
    (folder / "link.conf").write_text(text, "utf-8")
    shutil.copytree(DEPLOY / "nginx/snippets", folder / "snippets", dirs_exist_ok=True)
    main = folder / "nginx.conf"
    main.write_text(_NGINX_CONF.format(folder=folder), "utf-8")
    return [find_gateway("nginx"), "-p", str(folder), "-c", str(main), "-e", "stderr"]


def _servers(upstreams: UpstreamPorts, port: int) -> str:
    """Return the servers of an nginx upstream, the last one open for what follows in the sample."""
    return f" {_LEFT_OUT} ".join(f"server {host}:{port}" for host in upstreams.hosts) + " "


def _caddy(folder: Path, port: int, upstreams: UpstreamPorts) -> list[str]:
    """Give the sample its addresses by environment variables."""
    environment = {
        "HOME": folder,
        "XDG_CONFIG_HOME": folder,
        "XDG_DATA_HOME": folder,
        "LINK_ADMIN": "off",
        "LINK_SITES": f"http://link.cimplify.io:{port}, http://api.cimplify.io:{port}",
        "LINK_BRIDGE": _addresses(upstreams, upstreams.bridge),
        "LINK_BRIDGE_INTERNAL": _addresses(upstreams, upstreams.internal),
        "LINK_BRIDGE_INTERNAL_PORT": str(upstreams.internal),
        "LINK_API": _addresses(upstreams, upstreams.link_api),
        "LINK_API_INTERNAL_PORT": str(upstreams.link_api_internal),
        "LINK_MAIN_API": _addresses(upstreams, upstreams.main_api),
        "LINK_CHECKOUT": _addresses(upstreams, upstreams.checkout),
    }
    assignments = [f"{name}={value}" for name, value in environment.items()]
    run = ["run", "--config", str(DEPLOY / "caddy/Caddyfile"), "--adapter", "caddyfile"]
    return ["/usr/bin/env", *assignments, find_gateway("caddy"), *run]


def _addresses(upstreams: UpstreamPorts, port: int) -> str:
    """Return the upstreams of a `reverse_proxy` of Caddy."""
    return " ".join(f"{host}:{port}" for host in upstreams.hosts)


_COMMANDS: Final[dict[GatewayName, Callable[[Path, int, UpstreamPorts], list[str]]]] = {
    "nginx": _nginx,
    "caddy": _caddy,
}


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
