"""Schemas of known consumers, written in zod, agree with the contract; a drift is found."""

from typing import Any

import pytest

from link_api.routes import API
from link_kernel.contract.diff.compare import Finding, Rules, compare
from link_kernel.contract.diff.normalize import read_shape
from link_kernel.contract.json_schema import schema_of
from link_kernel.contract.openapi import openapi
from tests.contract.node import run_node

Json = dict[str, Any]
READ_AS_LISTS = {"addresses": "CustomerAddress", "mobile-money": "CustomerMobileMoney"}


@pytest.fixture(scope="module")
def consumers() -> Any:  # noqa: ANN401  # JSON
    """What the consumers write down, as `toJSONSchema` of the real zod says it."""
    return run_node("consumers.js")


def breaks_of(consumers: Json) -> list[Finding]:
    """Return what a consumer would break by."""
    ours = consumers.get("ours") or schema_of(API.wire_types()[consumers["type"]])
    rules = Rules(consumers["direction"], is_consumers=True)
    theirs = read_shape(consumers["schema"], consumers=consumers["direction"])
    findings = compare(theirs, read_shape(ours), rules)
    return [finding for finding in findings if finding.breaks]


def test_the_known_consumers_agree_with_the_contract(consumers: Json) -> None:
    for written in consumers["agreeing"]:
        assert breaks_of(written) == [], written["type"]


def test_a_drift_of_a_consumer_is_found_where_it_is(consumers: Json) -> None:
    for written in consumers["drifted"]:
        places = [finding.place for finding in breaks_of(written)]
        assert set(places) == {written["place"]}, (written["type"], written["schema"])


def test_what_zod_writes_by_default_agrees_too(consumers: Json) -> None:
    """By default zod writes a closed object, although it accepts and drops unknown fields."""
    assert any(one["schema"].get("additionalProperties") is False for one in consumers["byDefault"])
    for written in consumers["byDefault"]:
        assert breaks_of(written) == [], written["type"]


def test_numbers_records_and_branches_break_where_they_differ(consumers: Json) -> None:
    for written in consumers["others"]:
        places = {finding.place for finding in breaks_of(written)}
        assert places == ({written["place"]} - {None}), (written["what"], written["direction"])


def test_the_data_of_the_envelope_is_what_consumers_read(consumers: Json) -> None:
    """Consumers read `envelope.data`, a list."""
    document = openapi(API)
    for path, name in READ_AS_LISTS.items():
        described = document["paths"][f"/v1/link/{path}"]["get"]["responses"]["200"]
        ours = read_shape(described["content"]["application/json"]["schema"], document)
        (item,) = [one["schema"] for one in consumers["agreeing"] if one["type"] == name]
        envelope = {
            "type": "object",
            "properties": {"success": {"const": True}, "data": {"type": "array", "items": item}},
            "required": ["success", "data"],
        }
        findings = compare(
            read_shape(envelope, consumers="answer"), ours, Rules("answer", is_consumers=True)
        )
        assert [finding for finding in findings if finding.breaks] == []
