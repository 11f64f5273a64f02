"""A server process that ends when ours does, however ours ends."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

# The shell's standard input is a pipe from us. However we end, SIGKILL included, the kernel closes
# it, `read` returns, and the shell's other half kills the server. No code of ours runs between fork
# and exec, so threads are no danger, and Linux and macOS behave alike. $1 is the server's folder,
# the rest is its command.
_GUARD: Final = """
folder=$1; shift
exec 3<&0
"$@" 3<&- &
server=$!
( read -r _ <&3; rm -rf -- "$folder"; kill -9 "$server" ) &
watch=$!
exec 3<&-
wait "$server"
kill -9 "$watch"
wait "$watch"
"""


def start_guarded(
    command: Sequence[str], *, folder: Path, output: Path | None = None
) -> "subprocess.Popen[bytes]":
    """Start a server and the shell that guards it; return the shell, which ends with the server.

    When our process ends, `folder` goes with the server. `output` takes what the server says.
    The shell leads a process group that is theirs alone.
    """
    with (output or Path(os.devnull)).open("ab") as said:
        return subprocess.Popen(  # noqa: S603  # the command is ours, word by word
            ["/bin/sh", "-c", _GUARD, "guard", str(folder), *command],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=said,
            stderr=said,
            start_new_session=True,  # Ctrl-C reaches us alone, and we stop the server in good order
        )
