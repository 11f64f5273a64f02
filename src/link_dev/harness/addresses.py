"""Addresses of the dev stack: five origins on one port, and two more ports.

docs/protocol.md#development lists them.
"""

from dataclasses import dataclass, fields
from typing import Final, Self

from link_dev.embedded.free_port import free_port

LOOPBACK: Final = "127.0.0.1"
HOSTS: Final = ("shop", "link", "api", "other", "evil")


@dataclass(frozen=True, slots=True)
class Ports:
    """The three ports; origins contain the public port, so it is chosen before the start."""

    public: int = 4242
    internal: int = 4243
    link: int = 4244

    @classmethod
    def free(cls) -> Self:
        """Return three ports that were free a moment ago, for tests."""
        found: set[int] = set()
        while len(found) < len(fields(cls)):
            found.add(free_port())
        return cls(*found)

    def origin(self, name: str) -> str:
        """Return the origin of one of `HOSTS`, spelled as a browser spells it."""
        port = "" if self.public == 80 else f":{self.public}"  # noqa: PLR2004  # http's default
        return f"http://{host(name)}{port}"

    @property
    def loopback_url(self) -> str:
        """The bridge's public listener, as other services on this machine call it."""
        return f"http://{LOOPBACK}:{self.public}"

    @property
    def internal_url(self) -> str:
        """The listener that no gateway routes to."""
        return f"http://{LOOPBACK}:{self.internal}"

    @property
    def link_url(self) -> str:
        """The Link API's own listener, as the bridge calls it."""
        return f"http://{LOOPBACK}:{self.link}"


def host(name: str) -> str:
    """Return the host name of one of `HOSTS`; browsers resolve it to this machine."""
    return f"{name}.localhost"
