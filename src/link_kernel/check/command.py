"""What an operator asks before a deploy: `check` and `--version`, of both services."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from link_kernel.check.findings import Finding, not_checked
from link_kernel.observability.logs import configure_logs
from link_kernel.settings.environment import SettingsError, read_environment
from link_kernel.version import DISTRIBUTION, installed_version

_SETTINGS: Final = "settings"
_FAILED: Final = 1

M = TypeVar("M", bound=BaseModel)


def add_version(parser: argparse.ArgumentParser) -> None:
    """Add `--version`, which prints the name and the version of what is installed."""
    words = f"{parser.prog} ({DISTRIBUTION}) {installed_version()}"
    parser.add_argument("--version", action="version", version=words)


def run_check(
    prefix: str,
    model: type[M],
    environ: Mapping[str, str],
    names: Sequence[str],
    examine: Callable[[M], Coroutine[Any, Any, list[Finding]]],
) -> None:
    """Print a line for the settings and for each part that `examine` looks at, named in `names`.

    Exits with 1 if there is a fault.
    """
    configure_logs("human", "error")  # what the parts log, their lines say
    try:
        settings = read_environment(prefix, model, environ)
    except SettingsError as error:
        faults = [Finding(_SETTINGS, "FAULT", fault) for fault in error.faults]
        found = [*faults, *not_checked(names, since=_SETTINGS)]
    else:
        found = [Finding(_SETTINGS, "ok"), *asyncio.run(examine(settings))]
    for finding in found:
        sys.stdout.write(f"{finding.line}\n")
    if any(finding.level == "FAULT" for finding in found):
        sys.exit(_FAILED)
