"""What Helm would install: the objects of a release, found by kind, name and label."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[3]
CHART: Final = ROOT / "deploy" / "helm" / "cimplify-link"
PAGE: Final = ROOT / "docs" / "kubernetes.md"
_LIBRARIES: Final = ROOT / ".cache" / "kubernetes"
_MINE: Final = re.compile(r"`mine\.yaml`.*?```yaml\n(.*?)```", re.DOTALL)
Object = dict[str, Any]


class HelmMissing(Exception):
    """Helm's library is not installed, so the tests of the chart cannot run; they never skip."""


class ChartRefused(Exception):
    """Helm refuses the values; the text is what an operator reads."""


@dataclass(frozen=True)
class Release:
    """The objects of a release, and the notes that Helm prints."""

    objects: Sequence[Object]
    notes: str = ""

    def of_kind(self, *kinds: str) -> list[Object]:
        """Return the objects of these kinds."""
        return [one for one in self.objects if one["kind"] in kinds]

    def named(self, kind: str, name: str) -> Object:
        """Return the one object of this kind and name."""
        [found] = [one for one in self.of_kind(kind) if one["metadata"]["name"] == name]
        return found

    def pods(self) -> list[Object]:
        """Return the pod template of each Deployment, Job and CronJob."""
        jobs = [one["spec"]["jobTemplate"] for one in self.of_kind("CronJob")]
        owners = [*self.of_kind("Deployment", "Job"), *jobs]
        return [owner["spec"]["template"] for owner in owners]

    def serving_pods(self) -> list[Object]:
        """Return the pod template of each Deployment."""
        return [one["spec"]["template"] for one in self.of_kind("Deployment")]

    def selected_by(self, labels: Mapping[str, str]) -> list[Object]:
        """Return the pod templates that have all of these labels."""
        return [pod for pod in self.pods() if labels.items() <= pod["metadata"]["labels"].items()]


@dataclass(frozen=True)
class Helm:
    """Helm's library, in a process of its own."""

    process: "subprocess.Popen[str]"

    def render(self, file: str, values: Mapping[str, object] | None = None) -> Release:
        """Return the release of a topology, with `mine.yaml` of the page and values.

        Raises `ChartRefused`.
        """
        return self.rendered([(CHART / file).read_text("utf-8"), my_values()], values or {})

    def rendered(self, files: Sequence[str], values: Mapping[str, object]) -> Release:
        """Return the release of the texts of values files, and values; raises `ChartRefused`."""
        answer = self._ask({"files": files, "values": values})
        if "refusal" in answer:
            raise ChartRefused(answer["refusal"])
        return Release(answer["objects"], answer["notes"])

    def fault(self, document: Object, version: str) -> str | None:
        """Return what this version of Kubernetes would refuse in an object."""
        fault: str | None = self._ask({"document": document, "version": version})["fault"]
        return fault

    def _ask(self, request: Object) -> Object:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer: Object = json.loads(self.process.stdout.readline())
        return answer


def my_values() -> str:
    """Return the `mine.yaml` of the page."""
    found = _MINE.search(PAGE.read_text("utf-8"))
    assert found is not None
    return found[1]


@contextmanager
def helm_started() -> Iterator[Helm]:
    """Start Helm's library; raises `HelmMissing`."""
    if not (_LIBRARIES / "helm_python").is_dir():
        raise HelmMissing("No Helm: run `make programs`, which installs its library.")
    command = [sys.executable, str(Path(__file__).with_name("helm_process.py")), str(CHART)]
    environment = os.environ | {"PYTHONPATH": str(_LIBRARIES)}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Helm(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait() == 0
