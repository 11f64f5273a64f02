"""What ingress-nginx makes of an Ingress: the settings of nginx that decide which headers are sent.

Its controller needs a Kubernetes. Written here is what its template has for these annotations: each
header of the call of `auth-url` and of the call of the service.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import yaml

_NAME: Final = "nginx.ingress.kubernetes.io/"
_AUTH: Final = """
    location = {at} {{
        internal;
        proxy_pass_request_body     off;
        proxy_set_header            Content-Length          "";
        proxy_set_header            X-Forwarded-Proto       "";
        proxy_set_header            X-Request-ID            $request_id;
        proxy_set_header            Host                    {host};
        proxy_set_header            X-Original-URL          $scheme://$http_host$request_uri;
        proxy_set_header            X-Original-Method       $request_method;
        proxy_set_header            X-Sent-From             "nginx-ingress-controller";
        proxy_set_header            X-Real-IP               $remote_addr;
        proxy_set_header            X-Forwarded-For         $remote_addr;
        proxy_set_header            X-Auth-Request-Redirect $request_uri;
        {headers}
        proxy_http_version          1.1;
        set $target                 "{url}";
        proxy_pass                  $target;
    }}
"""
_PATH: Final = """
    location {path} {{
        {auth}
        client_max_body_size        1m;
        proxy_set_header            Host                     $http_host;
        proxy_set_header            Upgrade                  $http_upgrade;
        proxy_set_header            Connection               "";
        proxy_set_header            X-Request-ID             $request_id;
        proxy_set_header            X-Real-IP                $remote_addr;
        proxy_set_header            X-Forwarded-For          $remote_addr;
        proxy_set_header            X-Forwarded-Host         $http_host;
        proxy_set_header            X-Forwarded-Port         $server_port;
        proxy_set_header            X-Forwarded-Proto        $scheme;
        proxy_set_header            X-Forwarded-Scheme       $scheme;
        proxy_set_header            X-Scheme                 $scheme;
        proxy_set_header            X-Original-Forwarded-For $http_x_forwarded_for;
        proxy_set_header            Proxy                    "";
        {headers}
        proxy_http_version          1.1;
        proxy_next_upstream         error timeout;
        proxy_next_upstream_tries   3;
        proxy_pass                  http://127.0.0.1:{port};
    }}
"""


def rendered_sample(text: str, listen: str, ports: Mapping[str, int]) -> str:
    """Return the servers of nginx for the Ingresses of a sample; `ports` has those of Services."""
    objects: list[Any] = list(yaml.safe_load_all(text))
    maps = {one["metadata"]["name"]: one["data"] for one in objects if one["kind"] == "ConfigMap"}
    hosts: dict[str, list[str]] = {}
    for number, ingress in enumerate(one for one in objects if one["kind"] == "Ingress"):
        notes = {
            name.removeprefix(_NAME): value
            for name, value in ingress["metadata"].get("annotations", {}).items()
        }
        for rule in ingress["spec"]["rules"]:
            blocks = hosts.setdefault(rule["host"], [])
            blocks += _locations(
                rule["http"]["paths"], notes, maps, ports, f"/_external-auth-{number}"
            )
    servers = [_server(listen, host, blocks) for host, blocks in hosts.items()]
    return "\n".join([f"server {{ listen {listen} default_server; return 404; }}", *servers])


def _server(listen: str, host: str, blocks: Iterable[str]) -> str:
    return f"server {{ listen {listen}; server_name {host}; {''.join(blocks)} }}"


def _locations(
    paths: Iterable[Any],
    notes: Mapping[str, str],
    maps: Mapping[str, Mapping[str, str]],
    ports: Mapping[str, int],
    at: str,
) -> Iterator[str]:
    auth = ""
    if url := notes.get("auth-url"):
        own = maps[notes["auth-proxy-set-headers"].partition("/")[2]]
        host = urlsplit(url).hostname
        yield _AUTH.format(at=at, host=host, url=url, headers=_set_headers(own))
        auth = f"auth_request {at};"
        for index, name in enumerate(notes["auth-response-headers"].split(",")):
            variable = f"$authHeader{index}"
            told = f"$upstream_http_{name.strip().replace('-', '_').lower()}"
            auth += f" auth_request_set {variable} {told};"
            auth += f" proxy_set_header '{name.strip()}' {variable};"
    everywhere = _set_headers(maps["link-request-headers"])
    for path in paths:
        port = ports[path["backend"]["service"]["name"]]
        yield _PATH.format(path=path["path"], auth=auth, port=port, headers=everywhere)


def _set_headers(headers: Mapping[str, str]) -> str:
    return " ".join(f"proxy_set_header '{name}' '{value}';" for name, value in headers.items())
