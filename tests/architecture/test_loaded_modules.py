"""What the services do not import: its memory and its part of the start would be each process's."""

import subprocess
import sys

import pytest

# What only other commands, other services or the tests need.
UNUSED_BY_BRIDGE = (
    "alembic",
    "asyncpg",
    "jsonschema",
    "link_api",
    "link_dev",
    "link_kernel.contract.diff.folders",
    "multiprocessing",
    "opentelemetry.exporter",
    "phonenumbers",
    "sqlalchemy",
    "unittest",
)
UNUSED_BY_LINK_API = (
    "alembic",
    "elements_bridge",
    "jsonschema",
    "link_dev",
    "link_kernel.contract.diff",
    "multiprocessing",
    "opentelemetry.exporter",
    "publicsuffixlist",
    "unittest",
)


@pytest.mark.parametrize(
    ("service", "unused"),
    [("elements_bridge", UNUSED_BY_BRIDGE), ("link_api", UNUSED_BY_LINK_API)],
)
def test_a_service_imports_nothing_that_only_others_need(
    service: str, unused: tuple[str, ...]
) -> None:
    script = f"import sys, {service}.cli; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    assert f"{service}.app" in loaded
    assert [name for name in unused if name in loaded] == []


def test_no_validator_of_a_window_message_is_built() -> None:
    script = (
        "import elements_bridge.cli\n"
        "from elements_bridge.contract.messages import COMMANDS, EVENTS, Init, Ready\n"
        "for model in (Init, Ready, *COMMANDS.values(), *EVENTS.values()):\n"
        "    if isinstance(model, type):\n"
        "        print(model.__pydantic_complete__)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout
    assert set(said.split()) == {"False"}


@pytest.mark.parametrize("service", ["elements_bridge", "link_api"])
def test_the_health_check_imports_neither_the_service_nor_its_libraries(service: str) -> None:
    script = (
        f"import sys, {service}.__main__ as command\n"
        "sys.argv[1:] = ['health']\n"
        "try: command.main()\n"
        "except SystemExit: pass\n"
        "print('', *sys.modules)"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "link_kernel.health_check" in loaded
    expensive = {"aiohttp", "asyncio", "pydantic", "redis", f"{service}.settings"}
    assert set() == expensive & set(loaded)
