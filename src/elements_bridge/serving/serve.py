"""`elements-bridge serve`: both listeners in one process, or in several that share the ports."""

import asyncio
import logging
import os
from typing import Final

import uvloop

from elements_bridge.app import open_bridge
from elements_bridge.service.auth_service import AuthService, AuthServiceState
from elements_bridge.serving.process_folder import ProcessFolder
from elements_bridge.serving.workers import Workers
from elements_bridge.settings import Settings
from link_kernel.clock import SystemClock
from link_kernel.descriptors import allow_most_descriptors
from link_kernel.observability.metrics import forget_process, share_between_processes
from link_kernel.settings.environment import SettingsError
from link_kernel.tracing.exporting import exporting_traces
from link_kernel.web.application import new_application
from link_kernel.web.drain import Drain
from link_kernel.web.listen import Listener, hold_hangups, listening, until_stopped

_log: Final = logging.getLogger(__name__)
# Not `elements-metrics-`: releases before this one hold no lock on their folders of that name.
_METRICS_FOLDER: Final = "elements-bridge-metrics-"
_NO_FOLDER: Final = (
    "TMPDIR: no folder for temporary files can be written ({}); several ELEMENTS_WORKERS add up"
    " their metrics in one: name such a folder, or mount one at /tmp"
)


async def serve(settings: Settings, *, parent: int | None = None) -> None:
    """Serve until a signal asks to stop; SIGHUP reloads the keyring.

    `parent` is a pipe that closes when the parent process ends in any way; then this process ends.

    Raises `KeyringError`, `BrowserCodeMissing` and `PortTaken`.
    """
    allow_most_descriptors()
    shared, drain = settings.workers > 1, Drain(settings.drain_s)
    async with (
        exporting_traces("elements-bridge", os.environ),
        open_bridge(settings, clock=SystemClock()) as bridge,
    ):
        public, internal = new_application(bridge.metrics), new_application(bridge.metrics)
        bridge.mount_public(public)
        bridge.mount_internal(internal)
        async with listening(
            Listener(public, settings.host, settings.port, "ELEMENTS_", shared=shared),
            Listener(
                internal,
                settings.internal_host,
                settings.internal_port,
                "ELEMENTS_INTERNAL_",
                shared=shared,
            ),
            drain=drain,
        ):
            examining = asyncio.create_task(log_refused_token(bridge.auth_service))
            try:
                await until_stopped(bridge.reload_keyring, drain=drain, parent=parent)
            finally:
                examining.cancel()
                await asyncio.wait([examining])


async def log_refused_token(auth_service: AuthService) -> None:
    """Log a token that differs at the deployment, and not at the first customer's code."""
    if await auth_service.examine() is AuthServiceState.CREDENTIAL_REFUSED:
        setting = {"setting": "ELEMENTS_AUTH_SERVICE_TOKEN"}
        _log.warning("auth_service_credential_refused", extra=setting)


def serve_with_workers(settings: Settings) -> None:
    """Serve in `settings.workers` processes; one that dies is replaced.

    Raises what `serve` raises, in a single process; otherwise exits with 1 where a worker fails,
    and raises `SettingsError` where no temporary folder can be written.
    """
    hold_hangups()
    if settings.workers == 1:
        uvloop.run(serve(settings))
        return
    folder = open_metrics_folder()

    def serve_at(place: int, parent: int) -> None:
        share_between_processes(folder.path, place)
        uvloop.run(serve(settings, parent=parent))

    try:
        Workers(
            serve=serve_at,
            leave=folder.leave,
            bury=lambda place: forget_process(folder.path, place),
        ).run(settings.workers)
    finally:
        folder.leave()


def open_metrics_folder() -> ProcessFolder:
    """Make the folder of all workers' metrics; raises `SettingsError` where none can be made."""
    try:
        return ProcessFolder.open(_METRICS_FOLDER)
    except OSError as error:
        raise SettingsError([_NO_FOLDER.format(error.strerror)]) from None
