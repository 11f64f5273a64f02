"""The environment and the files that a container of the chart would get."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.deploys.chart.releases import Object, Release

OF_SERVICES: Final = ("bridge", "link-api")


@dataclass(frozen=True)
class Container:
    """A container of a pod template, and its release."""

    release: Release
    pod: Object
    spec: Object

    @property
    def name(self) -> str:
        """The name of the container, which is its service's."""
        return str(self.spec["name"])

    def environment(self) -> dict[str, str]:
        """Return the variables that Kubernetes sets; every one is written in the release."""
        found: dict[str, str] = {}
        for source in self.spec.get("envFrom", ()):
            found |= self.release.named("ConfigMap", source["configMapRef"]["name"])["data"]
        return found | {one["name"]: one["value"] for one in self.spec["env"]}

    def secrets(self) -> dict[str, tuple[str, str]]:
        """Return the Secret and key behind each file that the container sees."""
        volumes = {volume["name"]: volume for volume in self.pod["spec"]["volumes"]}
        return {
            f"{mount['mountPath']}/{item['path']}": (source["secret"]["name"], item["key"])
            for mount in self.spec["volumeMounts"]
            for source in volumes[mount["name"]].get("projected", {}).get("sources", ())
            for item in source["secret"]["items"]
        }

    def environment_with(self, folder: Path, contents: Mapping[str, str]) -> dict[str, str]:
        """Return the variables, with the files in a folder; `contents` are by setting."""
        environment = self.environment()
        for variable, path in environment.items():
            if path in self.secrets():
                file = folder / f"{self.name}-{Path(path).name}"
                file.write_text(contents[variable.removesuffix("_FILE")], "utf-8")
                file.chmod(0o600)
                environment[variable] = str(file)
        return environment


def containers_of(release: Release) -> Iterator[Container]:
    """Yield every container of a release, of the services and of Jobs."""
    for pod in release.pods():
        for spec in pod["spec"]["containers"]:
            yield Container(release, pod, spec)


def service_of(release: Release, name: str) -> Container:
    """Return the container of a service."""
    [found] = [one for one in containers_of(release) if one.name == name]
    return found
