"""`docs/protocol.md` lists every code of a refusal and every bound as the code has them."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from pydantic import BaseModel

from elements_bridge.settings import Settings as BridgeSettings
from link_api.database import engine, locks
from link_api.settings import Settings as LinkSettings
from link_kernel.errors import ApiError
from link_kernel.redis import connection

PAGE = (Path(__file__).parents[2] / "docs/protocol.md").read_text("utf-8")
OWN_ERRORS = (
    "link_kernel.errors",
    "link_kernel.contact_errors",
    "link_kernel.auth.refresh_errors",
    "link_kernel.web.application",
    "link_kernel.web.health",
    "elements_bridge.errors",
    "link_api.errors",
)


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the first table below a heading, without its head."""
    section = PAGE.partition(f"\n{heading}\n")[2].partition("\n#")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def refusals(base: type[ApiError]) -> Iterator[type[ApiError]]:
    for refusal in base.__subclasses__():
        if refusal.__module__ in OWN_ERRORS:
            yield refusal
        yield from refusals(refusal)


def test_every_refusal_is_listed_with_its_status_and_action() -> None:
    for module in OWN_ERRORS:
        import_module(module)  # `__subclasses__` knows what was imported
    listed = {}
    for statuses, codes, action in rows("## Errors"):
        names, numbers = re.findall(r"`(\w+)`", codes), re.findall(r"\d+", statuses)
        asked = re.findall(r"`(\w+)`", action)
        for name, status in zip(names, numbers * (len(names) // len(numbers)), strict=True):
            listed[name] = (int(status), asked[0] if asked else None)
    assert listed == {each.code: (int(each.status), each.action) for each in refusals(ApiError)}


@pytest.mark.parametrize(
    ("prefix", "settings"), [("ELEMENTS", BridgeSettings), ("LINK", LinkSettings)]
)
def test_every_bound_is_listed_with_its_default(prefix: str, settings: type[BaseModel]) -> None:
    table = rows("## Limits")
    bounds = {name: field.default for name, field in settings.model_fields.items()}
    for name, default in bounds.items():
        if not name.startswith("limit_"):
            continue
        said = [row[1] for row in table if f"`{prefix}_{name.upper()}`" in row[3]]
        assert said, name
        assert all(re.search(rf"\b{default}\b", words) for words in said), name


def test_stores_are_waited_for_as_long_as_the_page_says(production_time_outs: None) -> None:
    """Other tests give them more time, so only this one notices another number."""
    said = re.search(
        r"Connecting may take (\S+) s, an answer (\S+) s.*"
        r"no turn within (\S+) s is 503, and so is one whose database takes no connection within"
        r" (\S+) s",
        " ".join(PAGE.split()),
    )
    assert said
    assert [float(seconds) for seconds in said.groups()] == [
        getattr(module, name)
        for module, name in (
            (connection, "_CONNECT_TIMEOUT_S"),
            (connection, "_READ_TIMEOUT_S"),
            (locks, "_LONGEST_WAIT_S"),
            (engine, "_CONNECT_S"),
        )
    ]
