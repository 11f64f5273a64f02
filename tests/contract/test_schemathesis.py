"""schemathesis sends generated calls to the running stack: no 500, and no undocumented answer."""

from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from elements_bridge.http.handlers import REPORT_TYPES
from elements_bridge.http.routes import API as BRIDGE
from link_api.routes import API as LINK_API
from link_dev.testkit.link_stack import LinkStack
from link_kernel.contract.openapi import openapi
from link_kernel.contract.operations import ApiDescription
from tests.contract.authorized_calls import AuthorizedCalls

schemathesis.serializer.alias(list(REPORT_TYPES), "application/json")

CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
BOTH_MODES: Final = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
MOST_AT_BOUNDS: Final = 15
EXAMPLES: Final = 3


def strict(document: Any) -> Any:  # noqa: ANN401  # JSON
    """Return a document that admits no field it does not name, of an answer neither."""
    if isinstance(document, list):
        return [strict(item) for item in document]
    if not isinstance(document, dict):
        return document
    done = {name: strict(value) for name, value in document.items()}
    if done.get("type") == "object" and isinstance(done.get("properties"), dict):
        done.setdefault("additionalProperties", False)
    return done


@pytest.mark.parametrize("api", [BRIDGE, LINK_API], ids=lambda api: api.name)
def test_every_answer_is_documented(api: ApiDescription, link_stack: LinkStack) -> None:
    base_url = link_stack.bridge_url if api is BRIDGE else link_stack.link_api_url
    schema = schemathesis.openapi.from_dict(strict(openapi(api)))
    schema.validate()
    authorized_calls = AuthorizedCalls(link_stack)
    statuses: dict[str, set[int]] = defaultdict(set)
    lies: set[str] = set()

    def call(case: "Case[Any]") -> None:
        authorized_calls.prepare(case)
        response = case.call(base_url=base_url)
        statuses[case.operation.label].add(response.status_code)
        try:
            case.validate_response(response, checks=CHECKS)
        except FailureGroup as group:
            for failure in group.exceptions:
                lies.add(f"{case.operation.label}: {failure}")

    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        for case in at_bounds(schema, operation):
            call(case)
        for mode in BOTH_MODES:
            made_up(operation.as_strategy(generation_mode=mode), call)

    assert not lies, "\n\n".join(sorted(lies))
    for label, met in statuses.items():
        assert any(status < 300 for status in met), f"{label} never succeeded: {sorted(met)}"


def at_bounds(schema: Any, operation: Any) -> "list[Case[Any]]":  # noqa: ANN401  # of schemathesis
    """Return calls at the bounds of what is documented and beyond, a fair part of them."""
    every = list(
        schema.iter_coverage_cases(
            operation, generation_modes=BOTH_MODES, generation_config=schema.config.generation
        )
    )
    return every[:: -(-len(every) // MOST_AT_BOUNDS)]


def made_up(strategy: Any, call: "Callable[[Case[Any]], None]") -> None:  # noqa: ANN401  # of schemathesis
    """Call with what is made up, the same at every run."""

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def run(case: "Case[Any]") -> None:
        call(case)

    with suppress(Unsatisfiable):  # what takes nothing cannot be spoilt
        run()
