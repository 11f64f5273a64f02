"""`LINK_*` and `link-api`: what starts, and what is refused with a clear line."""

import resource
import socket
import stat
import subprocess
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest

from link_api.cli import PREFIX, main
from link_api.settings import Settings
from link_dev.embedded.free_port import free_port
from link_kernel.keys.keyring_file import SecretKeyring, new_secret, read_keyring, secret_ring
from link_kernel.settings.environment import SettingsError, read_environment
from tests.support.servers.commands import FEW_DESCRIPTORS, run_module, with_source
from tests.support.servers.hook_receiver import SECRET

GOOD = {
    "LINK_REDIS_URL": "redis://:hunter2@127.0.0.1:6379/0",
    "LINK_KEYRING": "/run/secrets/link.json",
    "LINK_MODE": "test",
}
LIVE = GOOD | {
    "LINK_MODE": "live",
    "LINK_OTP_SENDER": "webhook",
    "LINK_OTP_WEBHOOK_URL": "https://sms.example/otp",
    "LINK_OTP_WEBHOOK_SECRET": SECRET,
}


def test_the_defaults_are_those_of_the_contract() -> None:
    """Only Redis and the keyring have none."""
    settings = read_environment(PREFIX, Settings, GOOD)

    assert (settings.host, settings.port) == ("127.0.0.1", 8081)
    assert settings.database_url.get_secret_value() == "sqlite:///link.db"
    assert (settings.internal_host, settings.internal_port) == ("127.0.0.1", 8091)
    assert settings.limit_refused_calls == 600
    assert [str(network) for network in settings.trusted_proxies] == ["127.0.0.1/32", "::1/128"]
    assert settings.allowed_origins == frozenset()
    assert settings.default_region == "GH"
    assert settings.dormant_days == 365
    assert settings.paystack_secret_key is None
    assert settings.paystack_url == "https://api.paystack.co"


def test_an_internal_listener_that_others_reach_needs_a_token() -> None:
    """Loopback needs none."""
    elsewhere = {"LINK_INTERNAL_HOST": "::"}
    with pytest.raises(SettingsError, match="LINK_INTERNAL_TOKEN is required"):
        read_environment(PREFIX, Settings, GOOD | elsewhere)
    guarded = GOOD | elsewhere | {"LINK_INTERNAL_TOKEN": "t" * 22}
    assert read_environment(PREFIX, Settings, guarded).internal_token is not None
    assert read_environment(PREFIX, Settings, GOOD | {"LINK_INTERNAL_HOST": "::1"}).port == 8081


def test_lists_are_split_at_commas_and_spaces() -> None:
    """As people write them."""
    lists = {
        "LINK_ALLOWED_ORIGINS": "https://shop.example, http://shop.localhost:4242",
        "LINK_TRUSTED_PROXIES": "10.0.0.0/8 ::1/128",
    }
    settings = read_environment(PREFIX, Settings, GOOD | lists)

    assert settings.allowed_origins == {"https://shop.example", "http://shop.localhost:4242"}
    assert len(settings.trusted_proxies) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"LINK_MODE": "live"},
        {"LINK_MODE": "demo"},
        {"LINK_OTP_SENDER": "pigeon"},
        {"LINK_REDIS_URL": "http://localhost"},
        {"LINK_REDIS_URL": ""},
        {"LINK_KEYRING": ""},
        {"LINK_PORT": "70000"},
        {"LINK_DEFAULT_REGION": "Ghana"},
        {"LINK_TRUSTED_PROXIES": "everybody"},
        {"LINK_ALLOWED_ORIGINS": "*"},
        {"LINK_ALLOWED_ORIGINS": "null"},
        {"LINK_ALLOWED_ORIGINS": "https://shop.example/"},
        {"LINK_ALLOWED_ORIGINS": "https://*.shop.example"},
        {"LINK_ALLOWED_ORIGINS": "https://Shop.example"},
        {"LINK_ALLOWED_ORIGINS": "http://shop.example"},
        {"LINK_ALLOWED_ORIGINS": "capacitor://localhost"},
        {"LINK_PAYSTACK_SECRET_KEY": "pk_test_hunter2"},
        {"LINK_PAYSTACK_SECRET_KEY": "sk_test_hunter2\nX-Other: 1"},
        {"LINK_PAYSTACK_URL": "http://api.paystack.co"},
        {"LINK_PAYSTACK_URL": "https://user:hunter2@api.paystack.co"},
        {"LINK_PAYSTACK_URL": "https://api.paystack.co?key=hunter2"},
        {"LINK_PAYSTACK_URL": "ftp://api.paystack.co"},
        {"LINK_INTERNAL_HOST": "::"},
        {"LINK_INTERNAL_HOST": "link.internal"},
        {"LINK_INTERNAL_TOKEN": "short"},
        {"LINK_LIMIT_REFUSED_CALLS": "0"},
        {"LINK_UNKNOWN": "1"},
    ],
)
def test_a_fault_stops_the_start_and_keeps_its_secrets(change: dict[str, str]) -> None:
    """No value of the environment is repeated."""
    with pytest.raises(SettingsError) as refused:
        read_environment(PREFIX, Settings, GOOD | change)

    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ("0", nullcontext()),
        ("1", pytest.raises(SettingsError, match="90 days a proof is known")),
        ("90", pytest.raises(SettingsError, match="90 days a proof is known")),
        ("91", nullcontext()),
    ],
)
def test_a_customer_may_be_silent_for_longer_than_a_proof_is_known(
    days: str, expected: AbstractContextManager[object]
) -> None:
    """Else the next owner would be known where the former one was, beside a live login."""
    with expected:
        read_environment(PREFIX, Settings, GOOD | {"LINK_DORMANT_DAYS": days})


def test_codes_are_not_printed_in_live_mode() -> None:
    """The line says what to change."""
    with pytest.raises(SettingsError, match=r"LINK_OTP_SENDER=console .*set LINK_MODE=test"):
        read_environment(PREFIX, Settings, GOOD | {"LINK_MODE": "live"})


def test_paystack_may_stand_on_this_machine_in_test_mode() -> None:
    """A slash at the end makes no other address."""
    here = {"LINK_PAYSTACK_URL": "http://127.0.0.1:9/paystack/"}
    settings = read_environment(PREFIX, Settings, GOOD | here)

    assert settings.paystack_url == "http://127.0.0.1:9/paystack"


def test_a_live_deployment_asks_no_test_account() -> None:
    """Its answers would be made up."""
    read_environment(PREFIX, Settings, LIVE)

    with pytest.raises(SettingsError, match="sk_live_"):
        read_environment(PREFIX, Settings, LIVE | {"LINK_PAYSTACK_SECRET_KEY": "sk_test_1"})


def test_keys_init_writes_a_keyring_that_serves(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """For its owner's eyes, and never over another."""
    path = tmp_path / "keyring.json"
    main(["keys", "init", str(path)])

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert secret_ring(read_keyring(str(path), SecretKeyring).secrets).active == 1
    assert str(path) in capsys.readouterr().out
    with pytest.raises(SystemExit, match="never overwritten"):
        main(["keys", "init", str(path)])


def start(folder: Path, *before: str, **environment: str) -> "subprocess.Popen[str]":
    """Start `link-api serve` as an operator would."""
    return subprocess.Popen(
        [*before, sys.executable, "-c", "from link_api.cli import main; main()", "serve"],
        cwd=folder,
        env=with_source(environment),
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"LINK_MODE": "live"}, "LINK_MODE=test"),
        ({"LINK_KEYRING": "/no/such/file"}, "LINK_KEYRING: cannot read the keyring"),
        (
            {"LINK_DATABASE_URL": "sqlite+aiosqlite:////no/such/link.db"},
            "cannot open /no/such/link.db: OperationalError: unable to open database file; name a",
        ),
        (
            {"LINK_DATABASE_URL": "postgresql://link:hunter2@127.0.0.1:1/link"},
            "; see that a server runs there and admits this user",
        ),
    ],
)
def test_serve_refuses_in_one_line(tmp_path: Path, change: dict[str, str], line: str) -> None:
    """No traceback."""
    keyring = SecretKeyring(secrets=(new_secret(),)).model_dump_json()
    with start(tmp_path, **(GOOD | {"LINK_KEYRING": keyring} | change)) as process:
        _, told = process.communicate(timeout=60)

    assert process.returncode == 1
    assert line in told
    assert "Traceback" not in told
    assert "hunter2" not in told
    assert not (tmp_path / "link.db").exists()  # nothing is migrated by what does not start


@pytest.mark.parametrize(("mode", "told"), [(LIVE, True), (GOOD, False)])
def test_a_live_start_on_sqlite_is_a_warning(mode: dict[str, str], *, told: bool) -> None:
    """A test deployment may have it."""
    env = mode | {"LINK_KEYRING": "/no/such/file", "PATH": ""}
    _, _, words = run_module("link_api", "serve", env=env)
    assert ('"message":"database_is_sqlite"' in words) is told


def test_serve_answers_on_both_listeners_and_stops_when_asked(tmp_path: Path) -> None:
    """SIGTERM ends it in order; it may have many connections; the database is where it began."""
    port, internal = free_port(), free_port()
    environment = GOOD | {
        "LINK_KEYRING": SecretKeyring(secrets=(new_secret(),)).model_dump_json(),
        "LINK_PORT": str(port),
        "LINK_INTERNAL_PORT": str(internal),
        "LINK_DRAIN_S": "0",
    }
    with start(tmp_path, *FEW_DESCRIPTORS, **environment) as process:
        try:
            assert status_of(port, "/v1/link/auth/refresh", process) == b"405"
            assert status_of(internal, "/healthz", process) == b"200"
            assert status_of(internal, "/readyz", process) == b"503"  # there is no Redis
            assert resource.prlimit(process.pid, resource.RLIMIT_NOFILE) == (200, 200)
        finally:
            process.terminate()
        assert process.wait(timeout=30) == 0
    assert (tmp_path / "link.db").exists()


def status_of(port: int, path: str, process: "subprocess.Popen[str]") -> bytes:
    """Ask until the service answers or has ended; return the status."""
    while process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                connection.sendall(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
                return connection.recv(100).split()[1]
        except OSError:
            continue
    return b"ended"


@pytest.mark.parametrize("token", ["short", "x" * 21])
def test_a_short_bridge_token_stops_the_start(token: str) -> None:
    with pytest.raises(SettingsError, match="LINK_BRIDGE_TOKEN") as refused:
        read_environment(PREFIX, Settings, GOOD | {"LINK_BRIDGE_TOKEN": token})
    assert token not in str(refused.value)
