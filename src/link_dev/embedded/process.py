"""Starts a server process that is killed when our process ends, even by SIGKILL."""

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_POLL_S: Final = 0.01

# The shell's standard input is a pipe from us. However our process ends, even by SIGKILL, the
# kernel closes the pipe, `read` returns, and the subshell kills the server. None of our code runs
# between fork and exec, so threads are no danger, and Linux and macOS behave alike. $1: the
# server's folder, $2: the signal that ends it, rest: its command.
_GUARD: Final = """
folder=$1 ending=$2; shift 2
exec 3<&0
"$@" 3<&- &
server=$!
( read -r _ <&3; rm -rf -- "$folder"; kill -"$ending" "$server" ) &
watch=$!
exec 3<&-
wait "$server"
kill -9 "$watch"
wait "$watch"
"""


@dataclass(frozen=True, slots=True)
class ServerUser:
    """Another user for a server process: the numeric ids of user and group."""

    uid: int
    gid: int


def start_guarded(
    command: Sequence[str],
    *,
    folder: Path,
    output: Path | None = None,
    ending: signal.Signals = signal.SIGKILL,
    user: ServerUser | None = None,
) -> "subprocess.Popen[bytes]":
    """Start a server and the shell that guards it; return the shell, which ends with the server.

    When our process ends, the server gets the signal `ending`, and `folder` is removed. `output`
    gets the server's output. Shell and server have a process group of their own. If we are root,
    both may run as another `user`, who must own `folder`.
    """
    with (output or Path(os.devnull)).open("ab") as said:
        return subprocess.Popen(  # noqa: S603  # the command is built here, from no outside input
            ["/bin/sh", "-c", _GUARD, "guard", str(folder), ending.name[3:], *command],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=said,
            stderr=said,
            cwd=folder,
            start_new_session=True,  # Ctrl-C is sent to us alone, and we shut the server down
            user=None if user is None else user.uid,
            group=None if user is None else user.gid,
            extra_groups=None if user is None else (),
        )


def kill_group(guard: "subprocess.Popen[bytes]") -> None:
    """Kill the server and its guard by their process group, which has no other members."""
    if guard.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(guard.pid, signal.SIGKILL)


async def wait_until_gone(guard: "subprocess.Popen[bytes]", *, within_s: float) -> None:
    """Wait until the guard, and so its server, has ended; kill both after `within_s`."""
    deadline = time.monotonic() + within_s
    while guard.poll() is None:
        if time.monotonic() > deadline:
            kill_group(guard)
        await asyncio.sleep(_POLL_S)  # noqa: TID251  # an ended process is polled
    if guard.stdin:
        guard.stdin.close()
