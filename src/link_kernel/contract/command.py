"""The commands `contracts emit|diff`: write the API documents, and find breaking changes in them.

The services are found by entry points, because no service may import another and the sidecar's
package holds only one of them.
"""

import argparse
import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Final

from link_kernel.contract.diff.contract_error import ContractError
from link_kernel.contract.emit import write
from link_kernel.contract.operations import ApiDescription

GROUP: Final = "cimplify_link.contracts"
FOLDER: Final = Path("contracts")


def add_contracts(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `contracts` to a command's parser; its tasks raise `ContractError`."""
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


def installed_apis() -> Iterator[tuple[str, ApiDescription | None]]:
    """Yield name and API description of each service; `None` for one that is not installed."""
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        yield entry.name, _load(entry)


def _load(entry: EntryPoint) -> ApiDescription | None:
    package = entry.module.partition(".")[0]
    try:
        api: ApiDescription = entry.load()
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        return None
    return api


def _emit(options: argparse.Namespace) -> None:
    services = list(installed_apis())
    if not services:
        raise ContractError("no service is installed; install this package again")
    for name, api in services:
        if api is None:
            print(f"{name} is not installed here; its contract is left out", file=sys.stderr)  # noqa: T201  # a warning of the command
        else:
            count = write(api, options.folder)
            print(f"{api.name}: {count} documents in {options.folder}")  # noqa: T201  # the command's output


def _diff(options: argparse.Namespace) -> None:
    # The only command that compares: imported at the top, these modules would be in every service.
    from link_kernel.contract.diff.folders import compare_paths  # noqa: PLC0415

    findings = compare_paths(
        options.old,
        options.new,
        direction=options.direction,
        is_consumers=options.consumer,
    )
    for finding in sorted(findings, key=lambda finding: not finding.breaks):
        print(finding.line())  # noqa: T201  # the command's output
    if any(finding.breaks for finding in findings):
        sys.exit(1)
