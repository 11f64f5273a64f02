"""Commands in processes of their own, with the code of this checkout wherever it lies."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

DEADLINE_S: Final = 20
SOURCE: Final = Path(__file__).parents[2] / "src"


def with_source(env: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with this checkout's code first."""
    return {**env, "PYTHONPATH": str(SOURCE)}


def run_module(module: str, *arguments: str, env: Mapping[str, str]) -> tuple[int, str, str]:
    """Run a command to its end; return status, standard output and standard error."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env=with_source(env),
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    return done.returncode, done.stdout.strip(), done.stderr.strip()
