"""`link_dev.testing`: other projects' pytest gets a running stack and signed-in customers."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import jwt
import pytest
from aiohttp import ClientSession

from link_dev.testkit.link_stack import LinkStack, SignedInCustomer
from link_dev.testkit.loopback_http import Refused, call
from link_dev.testkit.stack_thread import StackThread
from link_kernel.keys.keyring_file import KeyringError
from tests.support.waiting import next_turn

GUIDE = Path(__file__).parents[2] / "docs" / "testing.md"
FILES = re.compile(r"```python\n# (\w+\.py)\n(.*?)```", re.DOTALL)
SETTINGS = re.compile(r"```python\n(@pytest\.fixture.*?)```", re.DOTALL)
THEIR_LOOP = """
import jwt
import pytest
from aiohttp import ClientSession


@pytest.mark.asyncio
async def test_in_a_loop_of_their_own(link_stack, signed_in_customer):
    headers = {"Authorization": f"Bearer {signed_in_customer.session_token}"}
    async with ClientSession(headers=headers) as http:
        async with http.get(f"{link_stack.link_api_url}/v1/link/addresses") as response:
            assert (await response.json())["data"] == []


def test_their_settings_hold(link_stack):
    grant = link_stack.elements_session().grant
    assert grant["expires_in"] == 60
"""


def run_pytest(folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """Run a consumer's tests as they would, with warnings as errors and pytest's own defaults."""
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider"]
    return subprocess.run(
        [*command, *options, "--rootdir", str(folder), str(folder)],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # ours are many, and slow to load
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_guides_example_passes_as_it_stands(tmp_path: Path) -> None:
    """The files are copied from the page into an empty folder."""
    written = dict(FILES.findall(GUIDE.read_text("utf-8")))
    assert set(written) == {"conftest.py", "test_checkout.py"}
    for name, text in written.items():
        (tmp_path / name).write_text(text, "utf-8")

    done = run_pytest(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{written['test_checkout.py'].count('def test_')} passed" in done.stdout


def test_their_coroutines_and_settings_are_heeded(tmp_path: Path) -> None:
    """Strict asyncio mode, and the guide's own fixture."""
    [fixture] = SETTINGS.findall(GUIDE.read_text("utf-8"))
    (tmp_path / "conftest.py").write_text(
        f'import pytest\n\npytest_plugins = ["link_dev.testing"]\n\n\n{fixture}', "utf-8"
    )
    (tmp_path / "test_theirs.py").write_text(THEIR_LOOP, "utf-8")

    done = run_pytest(
        tmp_path, "-p", "pytest_asyncio.plugin", "-o", "asyncio_default_fixture_loop_scope=function"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout


def test_a_customer_may_sign_in_again_and_again(link_stack: LinkStack) -> None:
    """Without a wait, by phone or by mail."""
    for contact in ("+233241234567", "ama@example.com"):
        found = {link_stack.sign_in(contact).customer_id for _ in range(7)}
        assert len(found) == 1
    assert link_stack.sign_in().customer_id != link_stack.sign_in().customer_id


def test_tokens_are_never_shown(
    link_stack: LinkStack, signed_in_customer: SignedInCustomer
) -> None:
    """A test that fails prints what it was given, and a log keeps it."""
    frame = link_stack.elements_session(signed_in_customer)
    answer = signed_in_customer.call("GET", "addresses")
    shown = f"{signed_in_customer!r} {frame!r} {frame.key!r} {link_stack!r} {answer!r}"
    assert not re.search(r"(lnk|rfr|elr|elb)_|eyJ|\$argon|secret", shown)


def test_access_tokens_verify_by_what_the_stack_publishes(
    link_stack: LinkStack, signed_in_customer: SignedInCustomer
) -> None:
    """As a merchant's server would verify them."""
    frame = link_stack.elements_session(signed_in_customer)
    keys = jwt.PyJWKSet.from_dict(call("GET", link_stack.jwks_url).body)
    key = keys[jwt.get_unverified_header(frame.access_token)["kid"]]
    claims = jwt.decode(
        frame.access_token,
        key,
        algorithms=["ES256"],
        issuer=link_stack.issuer,
        audience=link_stack.audience,
    )
    assert claims["sub"] == signed_in_customer.customer_id
    assert claims["sid"] == frame.id


def test_forward_auth_takes_the_frames_headers(
    link_stack: LinkStack, signed_in_customer: SignedInCustomer
) -> None:
    """For a call that the gateway guards."""
    frame = link_stack.elements_session(signed_in_customer)
    url = f"{link_stack.issuer}/orders"
    headers = {
        **frame.headers("GET", url),
        "X-Forwarded-Method": "GET",
        "X-Forwarded-Uri": "/orders",
    }
    answer = call("GET", f"{link_stack.internal_url}/authorize", headers=headers)
    assert answer.status == 200
    assert answer.headers["x-link-customer-id"] == signed_in_customer.customer_id


def test_a_code_that_was_never_sent_is_said(link_stack: LinkStack) -> None:
    """And so is a shop that is not listed, by the wire's own code."""
    with pytest.raises(LookupError):
        link_stack.code_sent_to("nobody@example.com")
    with pytest.raises(Refused, match="403 ORIGIN_NOT_ALLOWED"):
        link_stack.elements_session(parent_origin="https://evil.example")


async def test_it_serves_a_test_that_has_a_loop_of_its_own(link_stack: LinkStack) -> None:
    """Tests that call the services without blocking."""
    customer = await asyncio.to_thread(link_stack.sign_in)
    headers = {"Authorization": f"Bearer {customer.session_token}"}
    async with (
        ClientSession(headers=headers) as http,
        http.get(f"{link_stack.link_api_url}/v1/link/addresses") as response,
    ):
        assert response.status == 200


@pytest.mark.parametrize("bridge", [{"keyring": "/no/such/keyring.json"}])
def test_a_stack_that_cannot_start_says_why(bridge: Mapping[str, object]) -> None:
    """The error is raised in the thread that started the stack."""
    with pytest.raises(KeyringError):
        StackThread(bridge=bridge).start()
    with pytest.raises(AssertionError, match="Start"):
        StackThread().run(next_turn())
