"""Attack 50: `X-Forwarded-For` is believed only from a trusted proxy."""

import pytest
from aiohttp.test_utils import make_mocked_request

from link_kernel.limits.networks import parse_networks
from link_kernel.web.client_address import client_address

PROXIES = parse_networks("10.0.0.0/8, ::1")


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
    headers = [("X-Forwarded-For", value) for value in forwarded]
    request = make_mocked_request("GET", "/", headers=headers).clone(remote=remote)
    assert str(client_address(request, PROXIES)) == expected


def test_a_unix_socket_has_no_address() -> None:
    request = make_mocked_request("GET", "/").clone(remote="")
    assert client_address(request, PROXIES) is None


@pytest.mark.parametrize("text", ["nonsense", "10.0.0.1/8", "10.0.0.0/33"])
def test_a_list_of_networks_is_networks_alone(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_networks(text)
