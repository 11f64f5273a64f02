"""Commands that run a gateway with its sample of `deploy/` and this run's addresses."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.gateways.ingress_nginx import rendered_sample
from tests.support.installing.gateways import GatewayName, find_gateway

HOST: Final = "127.0.0.1"
DEPLOY: Final = Path(__file__).parents[2] / "deploy"
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


def _nginx(folder: Path, port: int, upstreams: UpstreamPorts) -> list[str]:
    """Copy the sample with other addresses."""
    addresses = {
        "listen 8888": f"listen {HOST}:{port}",
        "server 127.0.0.1:8080 ": _servers(upstreams, upstreams.bridge),
        "server 127.0.0.1:8090 ": _servers(upstreams, upstreams.internal),
        "server 127.0.0.1:8081 ": _servers(upstreams, upstreams.link_api),
        "server 127.0.0.1:8000 ": _servers(upstreams, upstreams.main_api),
        "server 127.0.0.1:8100 ": _servers(upstreams, upstreams.checkout),
    }
    (folder / "link.conf").write_text(_with_addresses("nginx/link.conf", addresses), "utf-8")
    shutil.copytree(DEPLOY / "nginx/snippets", folder / "snippets", dirs_exist_ok=True)
    return _nginx_with_main_file(folder, "nginx")


def _nginx_with_main_file(folder: Path, name: GatewayName) -> list[str]:
    """Write the file that includes `link.conf`."""
    main = folder / "nginx.conf"
    main.write_text(_NGINX_CONF.format(folder=folder), "utf-8")
    return [find_gateway(name), "-p", str(folder), "-c", str(main), "-e", "stderr"]


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


def _traefik(folder: Path, port: int, upstreams: UpstreamPorts) -> list[str]:
    """Copy both files with other addresses; what asks for readiness has its port."""
    static = _with_addresses(
        "traefik/traefik.yaml",
        {"address: :8888": f"address: {HOST}:{port}", "/etc/traefik": str(folder)},
    )
    (folder / "traefik.yaml").write_text(static, "utf-8")
    addresses = {
        "- url: http://127.0.0.1:8080": _urls(upstreams, upstreams.bridge),
        "127.0.0.1:8090/": f"{HOST}:{upstreams.internal}/",
        "- url: http://127.0.0.1:8081": _urls(upstreams, upstreams.link_api),
        "127.0.0.1:8000": f"{HOST}:{upstreams.main_api}",
        "127.0.0.1:8100": f"{HOST}:{upstreams.checkout}",
        "port: 8090": f"port: {upstreams.internal}",
        "port: 8091": f"port: {upstreams.link_api_internal}",
    }
    (folder / "link.yaml").write_text(_with_addresses("traefik/link.yaml", addresses), "utf-8")
    return [find_gateway("traefik"), f"--configfile={folder / 'traefik.yaml'}"]


def _urls(upstreams: UpstreamPorts, port: int) -> str:
    """Return the servers of a Traefik service, one on each line of a list."""
    return "\n          ".join(f"- url: http://{host}:{port}" for host in upstreams.hosts)


def _ingress_nginx(folder: Path, port: int, upstreams: UpstreamPorts) -> list[str]:
    """Run nginx with what ingress-nginx would make of the sample."""
    ports = {
        "elements-bridge": upstreams.bridge,
        "link-api": upstreams.link_api,
        "checkout": upstreams.checkout,
    }
    auth_host = "elements-bridge.link.svc.cluster.local:8090"
    text = _with_addresses("ingress-nginx/link.yaml", {auth_host: f"{HOST}:{upstreams.internal}"})
    (folder / "link.conf").write_text(rendered_sample(text, f"{HOST}:{port}", ports), "utf-8")
    return _nginx_with_main_file(folder, "ingress-nginx")


def _with_addresses(sample: str, addresses: dict[str, str]) -> str:
    """Return a sample with other addresses; one that is missing in it fails the test."""
    text = (DEPLOY / sample).read_text("utf-8")
    for written, meant in addresses.items():
        assert written in text, f"deploy/{sample} has no {written!r} to replace"
        text = text.replace(written, meant)
    return text


COMMANDS: Final[dict[GatewayName, Callable[[Path, int, UpstreamPorts], list[str]]]] = {
    "nginx": _nginx,
    "caddy": _caddy,
    "traefik": _traefik,
    "ingress-nginx": _ingress_nginx,
}
