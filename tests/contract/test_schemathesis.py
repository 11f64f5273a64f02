"""What schemathesis makes of both documents, sent to the running stack: no 500, and no lie.

Most calls carry what lets them in; every fourth keeps all that was made up for it.
"""

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from redis import Redis
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from elements_bridge.surface import SURFACE as BRIDGE
from link_api.surface import SURFACE as LINK_API
from link_dev.addresses import Ports
from link_dev.embedded_redis import EmbeddedRedis
from link_dev.stack import Plan
from link_kernel.contracts.openapi import openapi
from link_kernel.contracts.surface import Surface
from tests.contract.running_stack import (
    BUSINESS,
    Json,
    People,
    new_address,
    new_key,
    new_phone,
    post,
    served,
)

CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
BOTH_MODES: Final = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
MOST_AT_BOUNDS: Final = 40
EXAMPLES: Final = 6
ELEMENTS: Final = "/v1/link/elements"
AUTH: Final = "/v1/link/auth"
HOME: Final = {"label": "Home", "street_address": "1 Ring Road", "city": "Accra", "region": "GA"}


@dataclass
class Presenting:
    """Lets calls in: a signed-in customer, and for what is spent by a call a new one each time."""

    people: People
    calls: Iterator[int] = field(default_factory=itertools.count)
    login: Json = field(init=False)
    owner: Json = field(init=False)
    frame: Json = field(init=False)
    items: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Sign in."""
        self.login, self.owner = self.people.log_in(), self.people.log_in()
        self.frame = self.people.frame(self.login["session_token"], element="address")

    def let_in(self, case: Case) -> None:
        """Give a call what it needs to be let in; every third asks for what can be had, too."""
        number = next(self.calls)
        if number % 4 == 0:
            return
        method, path = case.operation.method.upper(), case.operation.path
        headers = {"X-Forwarded-For": new_address(), **self._credentials(method, path, number)}
        body: Json | None = None
        if number % 3 == 0 and (method, path) in GENUINE:
            body, extra = GENUINE[method, path](self)
            headers |= extra
        for name in ("DPoP", "Link-Otp-Binding"):
            case.headers.pop(name, None)
        case.headers.update({"Idempotency-Key": new_key(), **headers})
        if body is not None:
            case.body, case.media_type = body, "application/json"
        if "business_id" in (case.query or {}):
            case.query["business_id"] = BUSINESS
        if "{id}" in path:
            case.path_parameters["id"] = self._item(method, path)

    def _credentials(self, method: str, path: str, number: int) -> dict[str, str]:
        stack = self.people.stack
        if path in {f"{ELEMENTS}/bootstrap", f"{ELEMENTS}/diagnose"}:
            return {"Origin": stack.origin("shop")}
        link_token, access_token = self.login["session_token"], self.frame["access_token"]
        if "{id}" in path:
            return {"Authorization": f"Bearer {self.owner['session_token']}"}
        if path == f"{AUTH}/logout":
            link_token = self.people.log_in()["session_token"]
        if path in {f"{ELEMENTS}/logout", f"{ELEMENTS}/verify-otp"}:
            access_token = self.people.frame()["access_token"]
        by_frame = path.startswith(ELEMENTS) or number % 5 == 0
        token = access_token if by_frame else link_token
        return {"Origin": stack.origin("link"), "Authorization": f"Bearer {token}"}

    def _item(self, method: str, path: str) -> str:
        """Return an item of the owner's; what is deleted is a new one each time."""
        route = path.split("/")[3]
        if method != "DELETE" and route in self.items:
            return self.items[route]
        token = self.owner["session_token"]
        saved = self.people.saved(route, {"addresses": HOME}[route], token)
        return saved if method == "DELETE" else self.items.setdefault(route, saved)

    def otp(self) -> tuple[Json, dict[str, str]]:
        """Return a request for a code."""
        return {"contact": new_phone(), "contact_type": "phone"}, {}

    def proof_of_login(self) -> tuple[Json, dict[str, str]]:
        """Return a code for a login."""
        body, _ = self.otp()
        post(f"{self.people.stack.ports.link_url}{AUTH}/request-otp", body, self.people.link)
        return body | {"otp_code": self.people.code_for(body["contact"])}, {}

    def proof_in_frame(self) -> tuple[Json, dict[str, str]]:
        """Return a code that a new frame asked for."""
        token = self.people.frame()["access_token"]
        credential = {"Authorization": f"Bearer {token}"}
        body, _ = self.otp()
        post(f"{self.people.bridge}/request-otp", body, self.people.link | credential)
        return body | {"otp_code": self.people.code_for(body["contact"])}, credential


GENUINE: Final[dict[tuple[str, str], Callable[[Presenting], tuple[Json, dict[str, str]]]]] = {
    ("POST", f"{ELEMENTS}/init"): lambda p: (p.people.init_body(), {}),
    ("POST", f"{ELEMENTS}/refresh"): lambda p: (
        {"refresh_token": p.people.frame()["refresh_token"]},
        {},
    ),
    ("POST", f"{ELEMENTS}/request-otp"): Presenting.otp,
    ("POST", f"{ELEMENTS}/verify-otp"): Presenting.proof_in_frame,
    ("POST", f"{AUTH}/request-otp"): Presenting.otp,
    ("POST", f"{AUTH}/verify-otp"): Presenting.proof_of_login,
    ("POST", f"{AUTH}/refresh"): lambda p: (
        {"refresh_token": p.people.log_in()["refresh_token"]},
        {},
    ),
    ("POST", "/v1/link/addresses"): lambda p: (dict(HOME), {}),
}


@pytest.fixture(scope="module")
def people(redis_server: EmbeddedRedis) -> Iterator[People]:
    """Everything, running."""
    with Redis.from_url(redis_server.url) as redis:
        redis.flushall()
    bounds = {"trusted_proxies": "127.0.0.1/32"}  # each caller has an address of its own
    with served(Plan(Ports.free(), redis_url=redis_server.url, bridge=bounds)) as stack:
        yield People(stack)


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


@pytest.mark.timeout(600)
@pytest.mark.parametrize("surface", [BRIDGE, LINK_API], ids=lambda surface: surface.name)
def test_every_answer_is_documented(surface: Surface, people: People) -> None:
    ports = people.stack.ports
    base_url = ports.loopback_url if surface is BRIDGE else ports.link_url
    schema = schemathesis.openapi.from_dict(strict(openapi(surface)))
    schema.validate()
    presenting = Presenting(people)
    statuses: dict[str, set[int]] = defaultdict(set)
    lies: set[str] = set()

    def call(case: Case) -> None:
        presenting.let_in(case)
        response = case.call(base_url=base_url)
        statuses[case.operation.label].add(response.status_code)
        try:
            case.validate_response(response, checks=CHECKS)
        except FailureGroup as group:
            for failure in group.exceptions:
                lies.add(f"{case.operation.label}: {failure}")

    for found in schema.get_all_operations():
        operation = found.ok()
        for case in at_bounds(schema, operation):
            call(case)
        for mode in BOTH_MODES:
            made_up(operation.as_strategy(generation_mode=mode), call)

    assert not lies, "\n\n".join(sorted(lies))
    for label, met in statuses.items():
        assert any(status < 300 for status in met), f"{label} never succeeded: {sorted(met)}"


def at_bounds(schema: Any, operation: Any) -> list[Case]:  # noqa: ANN401  # of schemathesis
    """Return calls at the bounds of what is documented and beyond, a fair part of them."""
    every = list(
        schema.iter_coverage_cases(
            operation, generation_modes=BOTH_MODES, generation_config=schema.config.generation
        )
    )
    return every[:: -(-len(every) // MOST_AT_BOUNDS)]


def made_up(strategy: Any, call: Callable[[Case], None]) -> None:  # noqa: ANN401  # of schemathesis
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
    def run(case: Case) -> None:
        call(case)

    with suppress(Unsatisfiable):  # what takes nothing cannot be spoilt
        run()
