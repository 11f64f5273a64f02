"""Serves a bridge as `elements-bridge serve` does, but for its clock.

`python -m tests.soak.serve FILE`, with the settings of a bridge in the environment; the file is
that of a `SharedClock`. It imports what a deployed bridge does, whose memory is measured.
"""

import os
import sys
from pathlib import Path

import uvloop

from elements_bridge.app import open_bridge
from elements_bridge.cli import PREFIX
from elements_bridge.settings import Settings
from link_kernel.observability.logs import configure_logs
from link_kernel.settings.environment import read_environment
from link_kernel.web.application import new_application
from link_kernel.web.listen import Listener, listening, until_stopped
from tests.soak.clock import SharedClock


async def serve(settings: Settings, clock: SharedClock) -> None:
    """Serve both listeners until a signal asks to stop; see `elements_bridge.serving.serve`."""
    async with open_bridge(settings, clock=clock) as bridge:
        public, internal = new_application(bridge.metrics), new_application(bridge.metrics)
        bridge.mount_public(public)
        bridge.mount_internal(internal)
        async with listening(
            Listener(public, settings.host, settings.port),
            Listener(internal, settings.internal_host, settings.internal_port),
        ):
            await until_stopped(bridge.reload_keyring)


if __name__ == "__main__":
    configure_logs("json", "info")
    read = read_environment(PREFIX, Settings, os.environ)
    uvloop.run(serve(read, SharedClock(Path(sys.argv[1]))))
