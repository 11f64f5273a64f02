"""A server process that ends when ours does, however ours ends."""

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

# The shell's standard input is a pipe from us. However we end, SIGKILL included, the kernel closes
# it, `read` returns, and the shell's other half kills the server. No code of ours runs between fork
# and exec, so threads are no danger, and Linux and macOS behave alike. $1 is the server's folder,
# $2 the signal that ends it, the rest is its command.
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
    """Somebody else than us, as whom a server runs: the system's numbers for user and group."""

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

    When our process ends, the server gets the signal `ending`, and `folder` goes with it. `output`
    takes what the server says. The shell leads a process group that is theirs alone. Where we are
    root, both may run as another `user`, who must own `folder`.
    """
    with (output or Path(os.devnull)).open("ab") as said:
        return subprocess.Popen(  # noqa: S603  # the command is ours, word by word
            ["/bin/sh", "-c", _GUARD, "guard", str(folder), ending.name[3:], *command],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=said,
            stderr=said,
            cwd=folder,
            start_new_session=True,  # Ctrl-C reaches us alone, and we stop the server in good order
            user=None if user is None else user.uid,
            group=None if user is None else user.gid,
            extra_groups=None if user is None else (),
        )


def kill_group(guard: "subprocess.Popen[bytes]") -> None:
    """End the server and everything of its guard; the group is theirs alone."""
    if guard.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(guard.pid, signal.SIGKILL)


async def gone(guard: "subprocess.Popen[bytes]", *, within_s: float) -> None:
    """Return when the guard, and so its server, has ended; make it end after `within_s`."""
    deadline = time.monotonic() + within_s
    while guard.poll() is None:
        if time.monotonic() > deadline:
            kill_group(guard)
        await asyncio.sleep(_POLL_S)
    if guard.stdin:
        guard.stdin.close()
