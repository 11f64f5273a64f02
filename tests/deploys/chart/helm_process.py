"""Renders a chart for each line of standard input, with Helm's library, and checks what comes out.

A process of its own: the library brings the runtime of Go, with threads and signals of its own.
"""

import json
import sys
from pathlib import Path
from typing import Any

import helm_python
import kubernetes_validate
import yaml

Values = dict[str, Any]
# Its schema is the Prometheus operator's.
_FOREIGN = "monitoring.coreos.com/v1"


def main() -> None:
    """Answer each request, `{"files", "values"}`, by `{"objects", "notes"}` or `{"refusal"}`."""
    folder = Path(sys.argv[1])
    with helm_python.Chart.load(folder) as chart:
        for line in sys.stdin:
            print(json.dumps(_answer(chart, json.loads(line))), flush=True)  # noqa: T201  # a pipe


def _answer(chart: "helm_python.Chart", request: Values) -> Values:
    if "document" in request:
        return {"fault": _fault(request["document"], request["version"])}
    values: Values = {}
    for text in request["files"]:
        values = _merged(values, yaml.safe_load(text) or {})
    values = _merged(values, request["values"])
    try:
        rendered = chart.render(values, name="cimplify", namespace="link")
    except helm_python.HelmError as refused:
        return {"refusal": str(refused)}
    notes = next(text for file, text in rendered.items() if file.endswith("NOTES.txt"))
    objects = [
        document
        for file, text in sorted(rendered.items())
        if file.endswith(".yaml")
        for document in yaml.safe_load_all(text)
        if document
    ]
    return {"objects": objects, "notes": notes}


def _merged(under: Values, over: Values) -> Values:
    """Lay values over others, as Helm does with several `-f`."""
    both = {
        key: _merged(under[key], value)
        if isinstance(value, dict) and isinstance(under.get(key), dict)
        else value
        for key, value in over.items()
    }
    return under | both


def _fault(document: Values, version: str) -> str | None:
    """Return what a version of Kubernetes would refuse in an object, unknown fields among it."""
    if document["apiVersion"] == _FOREIGN:
        return None
    try:
        kubernetes_validate.validate(document, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        return f"{'.'.join(map(str, error.path))}: {error.message}"
    return None


if __name__ == "__main__":
    main()
