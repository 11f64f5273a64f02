"""Networks that count as one client, and the response to a call over a limit."""

from ipaddress import ip_address

import pytest

from elements_bridge.settings import Settings
from link_api.settings import Settings as LinkSettings
from link_kernel.limits.limit import Limit
from link_kernel.limits.networks import counted_network, kept_network
from link_kernel.observability.security_events import SecurityEvent


@pytest.mark.parametrize(
    ("address", "counted", "kept"),
    [
        ("198.51.100.7", "198.51.100.7/32", "198.51.100.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/64", "fe80::/48"),
    ],
)
def test_an_ipv4_address_counts_alone_and_ipv6_by_64(address: str, counted: str, kept: str) -> None:
    assert counted_network(ip_address(address)) == counted
    assert kept_network(ip_address(address)) == kept


def test_callers_without_an_address_count_as_one() -> None:
    assert counted_network(None) == "unknown"
    assert not kept_network(None)


@pytest.mark.parametrize(("wait_s", "told"), [(0, 1), (0.2, 1), (11.1, 12), (60, 60), (99, 60)])
def test_a_refusal_says_the_limit_and_when_to_come_back(wait_s: float, told: int) -> None:
    """By the headers of draft-ietf-httpapi-ratelimit-headers; never 0, never beyond the window."""
    refusal = Limit("bootstrap", 30).refusal(wait_s)

    assert refusal.retry_after_s == told
    assert refusal.headers == {
        "RateLimit-Policy": '"bootstrap";q=30;w=60',
        "RateLimit": f'"bootstrap";r=0;t={told}',
    }
    assert refusal.event is SecurityEvent.RATE_LIMITED
    assert refusal.retryable


def test_the_limits_of_the_contract_are_the_defaults() -> None:
    """The defaults are those of docs/protocol.md#limits."""
    bridge = Settings.model_validate(
        {
            "redis_url": "redis://h",
            "keyring": "{}",
            "auth_service_url": "http://h",
            "auth_service_token": "t" * 22,
        }
    )
    assert (bridge.limit_bootstrap, bridge.limit_init) == (300, 300)
    guests = bridge.limit_guests_network, bridge.limit_guests_crowd, bridge.limit_guests
    assert guests == (30, 6_000, 24_000)
    assert (bridge.limit_rotations, bridge.limit_refresh) == (10, 6_000)
    assert (bridge.limit_session_calls, bridge.limit_calls) == (30, 1_200)
    assert bridge.limit_refused_calls == 600
    link = LinkSettings.model_validate({"redis_url": "redis://h", "keyring": "{}", "mode": "test"})
    assert (link.limit_otp_daily, link.limit_otp_strangers, link.limit_otp_hourly) == (10, 5, 5)
    assert link.limit_otp_hourly_all == 3_000
    assert (link.limit_check_status, link.limit_check_status_all) == (20, 600)
    assert link.limit_refused_calls == 600
    assert (link.limit_otp_contacts, link.limit_otp_tries) == (200, 5)
