"""Runs JavaScript of this folder with the Node of the virtual environment."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
NODE: Final = Path(sys.prefix) / "bin" / "node"
_DEADLINE_S: Final = 60


def run_node(script: str, given: object = None) -> Any:  # noqa: ANN401  # JSON
    """Run a script with JSON at its standard input and return the JSON that it prints."""
    done = subprocess.run(
        [NODE, HERE / script],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=_DEADLINE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
