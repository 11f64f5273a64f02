"""CycloneDX SBOMs: of the wheel, by its lock; of an image, by what pip reported to have installed.

`make sbom` and the Dockerfile run it, the second where nothing else of the project is installed.
No part of an npm package is in what is served, so none is listed.
"""

import argparse
import hashlib
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

_PINNED: Final = re.compile(r"([\w.-]+)(?:\[[\w,-]+\])?==([^\s;]+)")
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_WHEEL: Final = re.compile(r"([^-]+)-([^-]+)-.*\.whl")
# As of whoever says no other time: what is built of the same files is the same.
_EPOCH: Final = "1580601600"


@dataclass(frozen=True, slots=True)
class Distribution:
    """A distribution of a version, and the hashes of the files that it may come from."""

    name: str
    version: str
    hashes: tuple[str, ...]

    @property
    def component(self) -> Component:
        """It, as CycloneDX has it."""
        purl = PackageURL(
            "pypi", name=re.sub(r"[-_.]+", "-", self.name).lower(), version=self.version
        )
        return Component(
            name=purl.name,
            version=self.version,
            type=ComponentType.LIBRARY,
            purl=purl,
            bom_ref=str(purl),
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one) for one in self.hashes],
        )


def of_wheel(wheel: Path) -> Distribution:
    """Return what a wheel is."""
    name = _WHEEL.fullmatch(wheel.name)
    if name is None:
        raise ValueError(wheel.name)
    return Distribution(name[1], name[2], (hashlib.sha256(wheel.read_bytes()).hexdigest(),))


def of_lock(lock: Path) -> Iterator[Distribution]:
    """Yield what a lock pins, for any Python."""
    for line in lock.read_text("utf-8").replace("\\\n", "").splitlines():
        if pin := _PINNED.match(line):
            yield Distribution(pin[1], pin[2], tuple(_HASH.findall(line)))


def of_report(report: Path) -> Iterator[Distribution]:
    """Yield what pip has installed, by its `--report`."""
    for one in json.loads(report.read_text("utf-8"))["install"]:
        known = one["metadata"]
        _, _, digest = one["download_info"]["archive_info"]["hash"].partition("sha256=")
        yield Distribution(known["name"], known["version"], (digest,))


def write_sbom(own: Distribution, others: Iterable[Distribution]) -> str:
    """Return the SBOM of a distribution and what it is installed with, as JSON."""
    root = own.component
    bom = Bom(components=[one.component for one in others])
    bom.metadata.component = root
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH") or _EPOCH)
    bom.metadata.timestamp = datetime.fromtimestamp(epoch, UTC)
    bom.serial_number = uuid5(NAMESPACE_URL, f"{root.purl}#{','.join(own.hashes)}")
    bom.register_dependency(root, bom.components)
    return JsonV1Dot6(bom).output_as_string(indent=2)


def main() -> None:
    """Print the SBOM."""
    parser = argparse.ArgumentParser(prog="sbom", description=__doc__)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("others", type=Path, help="its lock, or pip's report of what it needs")
    options = parser.parse_args()
    others = of_lock if options.others.suffix == ".lock" else of_report
    sys.stdout.write(write_sbom(of_wheel(options.wheel), others(options.others)) + "\n")


if __name__ == "__main__":
    main()
