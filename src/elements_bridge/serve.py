"""`elements-bridge serve`: both listeners in one process, or in several that share the ports."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from types import FrameType
from typing import Final

import uvloop

from elements_bridge.app import open_bridge
from elements_bridge.service.auth_service import AuthService, AuthServiceState
from elements_bridge.settings import Settings
from link_kernel.clock import SystemClock
from link_kernel.metrics import share_between_processes
from link_kernel.process_folder import ProcessFolder
from link_kernel.web.application import new_application
from link_kernel.web.listen import Listener, hold_hangups, listening, release_hangups, until_stopped

_log: Final = logging.getLogger(__name__)
# Not `elements-metrics-`: releases before this one hold no lock on their folders of that name.
_METRICS_FOLDER: Final = "elements-bridge-metrics-"


async def serve(settings: Settings, *, parent: int | None = None) -> None:
    """Serve until a signal asks to stop; SIGHUP reloads the keyring.

    `parent` is a pipe that closes when the parent process ends in any way; then this process ends.

    Raises `KeyringError`, `BrowserCodeMissing` and `PortTaken`.
    """
    shared = settings.workers > 1
    async with open_bridge(settings, clock=SystemClock()) as bridge:
        public, internal = new_application(bridge.metrics), new_application(bridge.metrics)
        bridge.mount_public(public)
        bridge.mount_internal(internal)
        async with listening(
            Listener(public, settings.host, settings.port, shared=shared),
            Listener(internal, settings.internal_host, settings.internal_port, shared=shared),
        ):
            examining = asyncio.create_task(log_refused_token(bridge.auth_service))
            try:
                await until_stopped(bridge.reload_keyring, parent=parent)
            finally:
                examining.cancel()
                await asyncio.wait([examining])


async def log_refused_token(auth_service: AuthService) -> None:
    """Log a token that differs at the deployment, and not at the first customer's code."""
    if await auth_service.examine() is AuthServiceState.CREDENTIAL_REFUSED:
        setting = {"setting": "ELEMENTS_AUTH_SERVICE_TOKEN"}
        _log.warning("auth_service_credential_refused", extra=setting)


def serve_with_workers(settings: Settings) -> None:
    """Serve in `settings.workers` processes.

    If one dies, all end, so that the platform restarts the bridge.

    Raises what `serve` raises, in a single process; otherwise exits with 1 where a worker fails.
    """
    hold_hangups()
    if settings.workers == 1:
        uvloop.run(serve(settings))
        return
    folder = ProcessFolder.open(_METRICS_FOLDER)
    try:
        share_between_processes(folder.path)
        _serve_in_workers(settings, folder)
    finally:
        folder.leave()


def _serve_in_workers(settings: Settings, folder: ProcessFolder) -> None:
    parent_gone, parent_here = os.pipe()
    workers = {
        _start_worker(settings, folder, parent_gone, parent_here) for _ in range(settings.workers)
    }

    def pass_on(number: int, _frame: FrameType | None) -> None:
        _signal_all(workers, number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, pass_on)
    release_hangups()
    failed = False
    while workers:
        pid, status = os.wait()
        workers.discard(pid)
        failed = failed or status != 0
        _signal_all(workers, signal.SIGTERM)
    if failed:
        sys.exit(1)


def _start_worker(
    settings: Settings, folder: ProcessFolder, parent_gone: int, parent_here: int
) -> int:
    """Fork before any event loop exists; return the child's process id.

    The parent alone keeps the writing end of the pipe, which closes even if the parent is killed.
    """
    pid = os.fork()
    if pid:
        return pid
    os.close(parent_here)
    status = 0
    try:
        uvloop.run(serve(settings, parent=parent_gone))
    except BaseException as error:  # noqa: BLE001  # a child must never run on as its parent
        print(f"elements-bridge: {error}", file=sys.stderr)  # noqa: T201  # the command's output
        status = 1
    try:
        logging.shutdown()  # writes the lines that wait to be written together
        folder.leave()
    finally:
        os._exit(status)


def _signal_all(workers: set[int], number: int) -> None:
    for pid in workers:
        with contextlib.suppress(ProcessLookupError):  # it has ended; `os.wait` returns it
            os.kill(pid, number)
