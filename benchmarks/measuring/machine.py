"""The machine and the versions that a report was measured with."""

import os
import platform
import re
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Final

from benchmarks.measuring.cpu import cores

PACKAGES: Final = (
    *("aiohttp", "uvloop", "redis", "hiredis", "pydantic", "pyjwt", "cryptography"),
    *("limits", "sqlalchemy", "aiosqlite", "asyncpg"),
)
_MODEL: Final = re.compile(r"^model name\s*: (.+)$", re.MULTILINE)


def machine() -> list[str]:
    """Return what it runs on, one fact a line."""
    found = cores()
    placed = "nothing is pinned here"
    if found is not None:
        server, rest = found
        placed = f"servers on core {server}; generator, Redis and PostgreSQL on core {rest}"
    return [
        f"CPU: {_cpu()}, {os.cpu_count()} cores ({placed})",
        f"System: {platform.system()} {platform.release()}, {platform.machine()}",
        f"Python {platform.python_version()}, Node {_node()}",
        "Packages: " + ", ".join(f"{name} {version(name)}" for name in PACKAGES),
    ]


def _cpu() -> str:
    told = Path("/proc/cpuinfo")
    found = _MODEL.search(told.read_text("utf-8")) if told.exists() else None
    return found[1] if found else platform.processor()


def _node() -> str:
    command = ["node", "--version"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  # ours
    return done.stdout.strip()
