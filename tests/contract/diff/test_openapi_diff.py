"""Which changes of an operation break a client, and which do not."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from elements_bridge.http.routes import API
from link_kernel.contract.diff.openapi import compare_openapi
from link_kernel.contract.openapi import openapi

Json = dict[str, Any]
REFRESH = "/v1/link/elements/refresh"
NOW = openapi(API)


def after(change: Callable[[Json], object]) -> Json:
    """Return the document after a change."""
    changed = copy.deepcopy(NOW)
    change(changed)
    return changed


def refresh_of(document: Json) -> Json:
    """Return the operation that most changes are tried on."""
    operation: Json = document["paths"][REFRESH]["post"]
    return operation


def parameter(document: Json, name: str) -> Json:
    """Return a parameter of it."""
    (found,) = [one for one in refresh_of(document)["parameters"] if one["name"] == name]
    return dict(found) if name == "New" else found


def demand(document: Json, name: str) -> None:
    """Demand a header."""
    new = {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
    refresh_of(document)["parameters"].append(new)


def codes(document: Json, status: str) -> list[str]:
    """Return the codes of a refusal."""
    content = refresh_of(document)["responses"][status]["content"]["application/json"]
    found: list[str] = content["schema"]["properties"]["error"]["properties"]["code"]["enum"]
    return found


BREAKING: dict[str, Callable[[Json], object]] = {
    "an operation that goes": lambda document: document["paths"].pop(REFRESH),
    "a header that is demanded": lambda document: demand(document, "New"),
    "a header that became required": lambda d: parameter(d, "DPoP").update(required=True),
    "a tighter header": lambda d: parameter(d, "DPoP")["schema"].update(maxLength=9),
    "a media type that goes": lambda d: refresh_of(d)["requestBody"].update(content={}),
    "a body that goes": lambda d: refresh_of(d).pop("requestBody"),
    "an unknown success": lambda d: refresh_of(d)["responses"].update({"202": {}}),
    "a header that is not sent": lambda d: refresh_of(d)["responses"]["200"]["headers"].clear(),
    "a credential that is demanded": lambda d: refresh_of(d).update(security=[{"linkToken": []}]),
    "a field of a named type": (
        lambda d: d["components"]["schemas"]["TokenGrant"]["properties"].pop("expires_in")
    ),
    "another type": lambda d: refresh_of(d)["responses"]["200"]["content"].update(
        {"application/json": {"schema": {"$ref": "#/components/schemas/LogoutAnswer"}}}
    ),
}

COMPATIBLE: dict[str, Callable[[Json], object]] = {
    "an operation more": lambda d: d["paths"].update({"/new": {"get": {"responses": {}}}}),
    "a header that may be sent": lambda d: refresh_of(d)["parameters"].append(
        {"name": "New", "in": "header", "schema": {"type": "string"}}
    ),
    "a header that may be left out": lambda d: parameter(d, "Origin").update(required=False),
    "an unknown refusal": lambda d: refresh_of(d)["responses"].update({"418": {}}),
    "an unknown code": lambda d: codes(d, "401").append("NEW_CODE"),
    "a header more": lambda d: refresh_of(d)["responses"]["200"]["headers"].update({"New": {}}),
}


@pytest.mark.parametrize("change", BREAKING.values(), ids=BREAKING.keys())
def test_a_client_breaks_by(change: Callable[[Json], object]) -> None:
    findings = compare_openapi(NOW, after(change))

    assert [finding for finding in findings if finding.breaks]


@pytest.mark.parametrize("change", COMPATIBLE.values(), ids=COMPATIBLE.keys())
def test_no_client_breaks_by(change: Callable[[Json], object]) -> None:
    findings = compare_openapi(NOW, after(change))

    assert findings
    assert not [finding for finding in findings if finding.breaks]


def test_a_named_type_is_judged_once_however_many_operations_speak_it() -> None:
    def rename(document: Json) -> None:
        fields = document["components"]["schemas"]["TokenGrant"]["properties"]
        fields["access"] = fields.pop("access_token")

    broken = [f.place for f in compare_openapi(NOW, after(rename)) if f.breaks]

    assert broken == ["#/components/schemas/TokenGrant/properties/access_token"]


def test_another_of_several_named_parts_breaks_a_client() -> None:
    def speak(document: Json, *names: str) -> Json:
        parts = [{"$ref": f"#/components/schemas/{name}"} for name in names]
        content = {"application/json": {"schema": {"allOf": parts}}}
        refresh_of(document)["responses"]["200"]["content"] = content
        return document

    two = speak(copy.deepcopy(NOW), "TokenGrant", "LogoutAnswer")
    others = speak(copy.deepcopy(NOW), "TokenGrant", "RevokeAnswer")

    assert [finding for finding in compare_openapi(two, others) if finding.breaks]
    assert compare_openapi(two, copy.deepcopy(two)) == []


def test_the_same_document_has_no_findings() -> None:
    assert compare_openapi(NOW, copy.deepcopy(NOW)) == []
