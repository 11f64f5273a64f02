"""Attack 50: `X-Forwarded-For` is believed only from a trusted proxy."""

import json

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from link_kernel.limits.networks import parse_networks
from link_kernel.observability.logs import JsonFormatter
from link_kernel.observability.metrics import Metrics
from link_kernel.web.client_address import ClientAddresses
from tests.support.time_machine import MovableClock

PROXIES = parse_networks("10.0.0.0/8, ::1")


def addresses(clock: MovableClock, metrics: Metrics | None = None) -> ClientAddresses:
    """Return what a service with these proxies finds clients' addresses by."""
    return ClientAddresses(PROXIES, "ELEMENTS_TRUSTED_PROXIES", clock, metrics or Metrics())


def call(remote: str, *forwarded: str) -> web.Request:
    """Return a request of a connection with such `X-Forwarded-For` headers."""
    headers = [("X-Forwarded-For", value) for value in forwarded]
    return make_mocked_request("GET", "/", headers=headers).clone(remote=remote)


@pytest.mark.parametrize(
    ("remote", "forwarded", "expected"),
    [
        ("203.0.113.7", [], "203.0.113.7"),
        ("203.0.113.7", ["198.51.100.1"], "203.0.113.7"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["6.6.6.6", "198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, nonsense"], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("::1", ["2001:db8::7"], "2001:db8::7"),
        ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.7:4711"], "198.51.100.7"),
        ("10.0.0.1", ["6.6.6.6:1, 198.51.100.7:4711, 10.0.0.2:443"], "198.51.100.7"),
        ("10.0.0.1", ["[2001:db8::1]:4711"], "2001:db8::1"),
        ("10.0.0.1", ["[2001:db8::1]"], "2001:db8::1"),
        ("10.0.0.1", ["[::ffff:198.51.100.7]:4711"], "198.51.100.7"),
        ("10.0.0.1", ["198.51.100.7:"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.7:x"], "10.0.0.1"),
        ("10.0.0.1", ["[198.51.100.7:4711"], "10.0.0.1"),
        ("10.0.0.1", ["[nonsense]:4711"], "10.0.0.1"),
    ],
)
def test_attack_50_only_a_trusted_proxys_word_counts(
    remote: str, forwarded: list[str], expected: str
) -> None:
    request = call(remote, *forwarded)
    assert str(addresses(MovableClock()).of(request)) == expected


def test_a_unix_socket_has_no_address() -> None:
    request = call("")
    assert addresses(MovableClock()).of(request) is None


@pytest.mark.parametrize("text", ["nonsense", "10.0.0.1/8", "10.0.0.0/33"])
def test_a_list_of_networks_is_networks_alone(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_networks(text)


@pytest.mark.parametrize(
    ("remote", "forwarded", "state"),
    [
        ("127.0.0.1", "198.51.100.1", "not_believed"),
        ("192.168.0.7", "198.51.100.1", "not_believed"),
        ("172.17.0.1", "198.51.100.1", "not_believed"),
        ("100.64.3.2", "198.51.100.1", "not_believed"),
        ("fd00::7", "2001:db8::7", "not_believed"),
        ("10.0.0.1", "198.51.100.1, 192.168.0.7", "not_believed"),  # the outer of two proxies
        ("192.168.0.7", "", "ok"),
        ("10.0.0.1", "198.51.100.1", "ok"),
        ("10.0.0.1", "198.51.100.1, nonsense", "ok"),
        ("10.0.0.1", "192.168.0.7", "ok"),  # a client in the operator's own network
        ("8.8.8.8", "198.51.100.1", "ok"),  # anybody may send the header
        ("10.0.0.1", "127.0.0.1, 8.8.8.8", "ok"),
    ],
)
def test_a_proxy_that_should_be_trusted_is_noticed(remote: str, forwarded: str, state: str) -> None:
    """All customers behind it would be one address, and share its limits."""
    found = addresses(MovableClock())
    found.of(call(remote, *filter(None, [forwarded])))
    assert found.forwarded_for == state


def test_it_is_counted_at_each_call_logged_once_a_minute_and_over_after_ten(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock, metrics = MovableClock(), Metrics()
    found = addresses(clock, metrics)
    for _ in range(3):
        found.of(call("127.0.0.1", "198.51.100.1"))
    clock.ahead_ms += 61_000
    found.of(call("127.0.0.1", "198.51.100.1"))

    lines = [json.loads(JsonFormatter().format(record)) for record in caplog.records]
    assert [(line["message"], line["setting"]) for line in lines] == [
        ("forwarded_for_not_believed", "ELEMENTS_TRUSTED_PROXIES")
    ] * 2
    assert "198.51" not in caplog.text
    assert b"link_forwarded_for_not_believed_total 4.0" in metrics.text()
    states = []
    for passed_ms in (599_000, 2_000):
        clock.ahead_ms += passed_ms
        states.append(found.forwarded_for)
    assert states == ["not_believed", "ok"]
