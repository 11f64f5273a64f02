"""`contracts emit|diff`: the documents of every installed service, and what a change breaks.

Services name themselves by entry points: none imports another, and the sidecar holds one alone.
"""

import argparse
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Final

from link_kernel.contract.diff.folders import ContractError, compare_paths
from link_kernel.contract.emit import write
from link_kernel.contract.operations import ApiDescription

GROUP: Final = "cimplify_link.contracts"
FOLDER: Final = Path("contracts")


def add_contracts(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `contracts` to a command's parser; what its tasks raise is `ContractError`."""
    contracts = commands.add_parser("contracts", help="the wire as documents").add_subparsers(
        required=True, metavar="TASK"
    )
    emit = contracts.add_parser("emit", help="write JSON Schema and OpenAPI of every service")
    emit.add_argument("folder", nargs="?", type=Path, default=FOLDER, metavar="FOLDER")
    emit.set_defaults(run=_emit)

    diff = contracts.add_parser(
        "diff", help="say what breaks a client; exit 1 if something does, 2 if it cannot be told"
    )
    diff.add_argument("old", type=Path, metavar="OLD", help="a folder or a file")
    diff.add_argument("new", type=Path, metavar="NEW", help="a folder or a file")
    diff.add_argument(
        "--as",
        dest="direction",
        choices=("request", "answer"),
        help="which way the type goes, where neither the schema nor its name says so",
    )
    diff.add_argument(
        "--consumer",
        action="store_true",
        help="OLD is what a consumer wrote down, for example by zod's toJSONSchema",
    )
    diff.set_defaults(run=_diff)


def installed_surfaces() -> Iterator[tuple[str, ApiDescription | None]]:
    """Give the surface of each service by its name; `None` for one that is not installed."""
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        yield entry.name, _loaded(entry)


def _loaded(entry: EntryPoint) -> ApiDescription | None:
    package = entry.module.partition(".")[0]
    try:
        surface: ApiDescription = entry.load()
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        return None
    return surface


def _emit(options: argparse.Namespace) -> None:
    known = list(installed_surfaces())
    if not known:
        raise ContractError("no service is installed; install this package again")
    for name, surface in known:
        if surface is None:
            print(f"{name} is not installed here; its contract is left out", file=sys.stderr)  # noqa: T201  # a command says so
        else:
            count = write(surface, options.folder)
            print(f"{surface.name}: {count} documents in {options.folder}")  # noqa: T201  # a command answers on standard output


def _diff(options: argparse.Namespace) -> None:
    findings = compare_paths(
        options.old,
        options.new,
        direction=options.direction,
        is_consumers=options.consumer,
    )
    for finding in sorted(findings, key=lambda finding: not finding.breaks):
        print(finding.line())  # noqa: T201  # a command answers on standard output
    if any(finding.breaks for finding in findings):
        sys.exit(1)
