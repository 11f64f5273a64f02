"""The browser code accepts a message if, and only if, the contract's schema accepts it."""

from collections.abc import Iterator
from typing import Any, Final

from jsonschema import Draft202012Validator

from elements_bridge.contract.messages import COMMANDS, EVENTS
from elements_bridge.http.routes import API
from link_kernel.contract.json_schema import schema_of
from tests.contract.node import run_node

Json = dict[str, Any]

CHALLENGE: Final = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
OURS: Final = {"ns": "cimplify.link", "v": 1}
FIELDS: Final[dict[str, Json]] = {
    "ready": {"code_challenge": CHALLENGE, "versions": [1]},
    "init": {
        "code_challenge": CHALLENGE,
        "bootstrap_token": f"elb_{'a' * 40}",
        "options": {"appearance": {"theme": "dark"}},
        "guest": True,
    },
    "initialized": {"state": "guest", "id": "c1"},
    "authenticated": {"id": "c1"},
    "token_refreshed": {"expires_in": 300, "id": "c1"},
    "height_change": {"height": 480, "id": "c1"},
    "step": {"name": "contact", "id": "c1"},
    "dismissed": {"id": "c1"},
    "selected": {"element": "address", "id": "addr_0123456789abcdef", "label": "Home"},
    "error": {"code": "timeout", "retryable": True, "message": "Too late.", "id": "c1"}
    | {"request_id": "0123456789abcdef-1"},
    "logout_complete": {"id": "c1"},
    **{name: {"id": "c1"} for name in COMMANDS},
    "update": {"id": "c1", "options": {"appearance": {"theme": "dark"}}},
}
# What may stand in any field: of each kind, at each bound of the contract and one step beyond.
VALUES: Final[list[Any]] = [
    *(None, True, False, 0, -1, 1, 2, 0.5, 86_400, 86_401, 10_000, 10_001, 1e300),
    *("", "a", "a b", "guest", "authenticated", "admin", "auth", "wallet", "timeout", "Timeout"),
    *("a" * 15, "a" * 16),
    *("a" * 64, "a" * 65, "x" * 120, "x" * 121, "x" * 300, "x" * 301, "a_b", "_a", "a-b", "é"),
    *(CHALLENGE, CHALLENGE[1:], f"{CHALLENGE}=", "cimplify.link"),
    *(f"elb_{'a' * 15}", f"elb_{'a' * 16}", f"elb_{'a' * 4096}", f"elb_{'a' * 4097}"),
    *(f"lnk_{'a' * 8}", f"lnk_{'a' * 7}", f"addr_{'0' * 16}", f"addr_{'0' * 33}"),
    *([], [1], [1, 2], ["1"], [1.5], [None], [1] * 16, [1] * 17, {}, {"appearance": {}}),
    *({"appearance": None}, {"appearance": 1}, {"appearance": {"a": [1, {"b": None}]}}),
]


def reader_of(name: str) -> str:
    """Return which reader is for a message."""
    return name if name in {"ready", "init"} else "command" if name in COMMANDS else "event"


def spoilt(name: str) -> Iterator[Json]:
    """Give a message whole, without each field, and with each value in each field."""
    whole = {**OURS, "type": name, **FIELDS[name]}
    yield whole
    yield {**whole, "unknown": 1}
    for field in whole:
        yield {key: value for key, value in whole.items() if key != field}
        for value in VALUES:
            yield {**whole, field: value}


def as_it_came(name: str, message: Json, read: Json | None) -> bool:
    """Tell whether everything the message says was taken, and nothing changed."""
    if read is None:
        return False
    named = FIELDS[name].keys() | {"id"}
    said = {key: value for key, value in message.items() if key in named}
    if name in {"init", "update"}:
        options = {key: v for key, v in said.get("options", {}).items() if key == "appearance"}
        said["options"] = options
    return {key: value for key, value in read.items() if key != "type"} == said


def test_the_browser_reads_what_the_contract_says_and_nothing_else() -> None:
    samples = [(name, message) for name in FIELDS for message in spoilt(name)]
    read = run_node("wire.js", [[reader_of(name), message] for name, message in samples])
    validators = {
        name: Draft202012Validator(schema_of(wire_type)) for name, wire_type in API.messages.items()
    }

    for (name, message), taken in zip(samples, read, strict=True):
        by_contract = validators[name].is_valid(message)
        # A reader of several types may take a message for another one; a schema is for one.
        by_browser = as_it_came(name, message, taken) and message.get("type") == name
        assert by_contract == by_browser, (name, message, taken)


def test_every_message_of_the_contract_is_tried() -> None:
    assert FIELDS.keys() == API.messages.keys() == {"ready", "init", *COMMANDS, *EVENTS}
