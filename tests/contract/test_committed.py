"""What is committed in `contracts/` is what the services speak."""

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from elements_bridge.http.routes import API as BRIDGE
from link_api.routes import API as LINK_API
from link_kernel.contract.emit import files_of, write
from link_kernel.contract.json_schema import definitions, schema_of
from link_kernel.contract.operations import ApiDescription, Operation, ResponseSpec, WireType

COMMITTED = Path(__file__).parents[2] / "contracts"
APIS = (BRIDGE, LINK_API)


def documents_in(folder: Path) -> dict[str, str]:
    """Return the text of every document below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in sorted(folder.rglob("*.json"))
    }


def test_every_change_of_the_wire_is_committed(tmp_path: Path) -> None:
    for api in APIS:
        write(api, tmp_path)
    emitted, committed = documents_in(tmp_path), documents_in(COMMITTED)

    assert emitted.keys() == committed.keys(), "run `elements-bridge contracts emit` and commit"
    for path, text in emitted.items():
        assert text == committed[path], f"{path}: run `elements-bridge contracts emit` and commit"


def test_every_type_is_a_valid_json_schema_without_an_id() -> None:
    for api in APIS:
        named = api.wire_types() | dict(api.messages)
        for name, wire_type in named.items():
            schema = schema_of(wire_type)
            Draft202012Validator.check_schema(schema)
            assert "$id" not in schema, name
            assert schema["x-direction"] == wire_type.direction


def test_every_type_that_consumers_were_promised_is_there() -> None:
    promised = (
        "CustomerAddress CustomerMobileMoney CustomerLinkPreferences LinkData LinkCustomer "
        "RequestOtpRequest VerifyOtpRequest LinkAuthResponse CreateAddressRequest "
        "UpdateAddressRequest CreateMobileMoneyRequest EnrollRequest EnrollAndLinkOrderRequest "
        "UpdatePreferencesRequest"
    )

    assert LINK_API.wire_types().keys() >= set(promised.split())


def test_a_type_that_is_gone_leaves_the_folder_and_a_neighbours_stays(tmp_path: Path) -> None:
    write(BRIDGE, tmp_path)
    write(LINK_API, tmp_path)
    stale = tmp_path / "types" / "link-api" / "Gone.json"
    stale.write_text("{}")

    write(LINK_API, tmp_path)

    assert not stale.exists()
    assert documents_in(tmp_path).keys() >= files_of(BRIDGE).keys()


def test_a_request_is_closed_and_an_answer_is_open() -> None:
    types = LINK_API.wire_types()

    assert schema_of(types["CreateAddressRequest"])["additionalProperties"] is False
    assert "additionalProperties" not in schema_of(types["CustomerAddress"])


def test_one_name_for_two_shapes_is_refused() -> None:
    class Pair(BaseModel):
        """Goes both ways."""

        model_config = {"extra": "forbid"}

        a: int

    both_ways = [WireType(Pair, "request"), WireType(Pair, "answer")]
    speaking = Operation("POST", "/pair", "Pairs.", (ResponseSpec(Pair),), Pair)

    with pytest.raises(ValueError, match="Pair goes both ways"):
        definitions(both_ways, ref_template="{model}")
    with pytest.raises(ValueError, match="Pair stands for two wire types"):
        ApiDescription("x", "X", "", (speaking,)).wire_types()
