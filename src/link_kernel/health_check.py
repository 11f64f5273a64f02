"""`health`: asks the service on this machine whether it answers, as a container's HEALTHCHECK does.

It runs every few seconds, so it imports neither the service nor pydantic: they cost ten times as
much as the call itself.
"""

import argparse
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Final

COMMAND: Final = "health"
_HOST: Final = "127.0.0.1"
_WITHIN_S: Final = 2.0
# What Kubernetes writes for a Service of that name is no setting (link_kernel.settings).
_SERVICE_ADDRESS: Final = "tcp://"
_OK: Final = 200


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """The check of one service: its command, the prefix of its settings, its port by default."""

    command: str
    prefix: str
    port: int

    def add_to(self, commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
        """Add the command to a parser."""
        parser = commands.add_parser(COMMAND, help="whether the service on this machine answers")
        parser.set_defaults(run=self.run)

    def run(self, _options: object = None) -> None:
        """Say in one line what `/healthz` answers; exit with 1 if it is not 200."""
        try:
            host, port = self._listener(os.environ)
        except ValueError:
            sys.exit(f"{self.command}: {self._name('PORT')} is no number")
        fault = _fault_of(host, port)
        if fault is not None:
            sys.exit(f"{self.command}: {host}:{port}/healthz: {fault}")
        print(f"{host}:{port}/healthz: ok")  # noqa: T201  # the command's output

    def _listener(self, environ: Mapping[str, str]) -> tuple[str, int]:
        """Return host and port of the internal listener; raises `ValueError`.

        An address that stands for all of them is also that of this machine.
        """
        host = environ.get(self._name("HOST"), "").strip()
        port = environ.get(self._name("PORT"), "").strip()
        if port.startswith(_SERVICE_ADDRESS):
            port = ""
        return host or _HOST, int(port or self.port)

    def _name(self, setting: str) -> str:
        return f"{self.prefix}_INTERNAL_{setting}"


def _fault_of(host: str, port: int) -> str | None:
    """Return why the service is not healthy; `None` if it is."""
    connection = HTTPConnection(host, port, timeout=_WITHIN_S)
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        return str(error) or type(error).__name__
    finally:
        connection.close()
    return None if status == _OK else f"status {status}"
