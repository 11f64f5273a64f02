"""Addresses of Redis as providers print them, and what is said of one that cannot be used."""

from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from link_kernel.redis.address import RedisAddress
from tests.support.servers.certificates import Authority

LOGIN = {"username": "wallet", "password": "p@ss/word#1"}
QUOTED = "wallet:p%40ss%2Fword%231"


@pytest.mark.parametrize(
    ("text", "topology", "hosts", "service"),
    [
        ("redis://10.0.0.1", "single", (("10.0.0.1", 6379),), ""),
        ("redis://[::1]:6380/2", "single", (("::1", 6380),), ""),
        ("redis://cache.internal:6380/", "single", (("cache.internal", 6380),), ""),
        (
            "redis+sentinel://s1,s2:26380/wallets",
            "sentinel",
            (("s1", 26379), ("s2", 26380)),
            "wallets",
        ),
        ("redis+sentinel://s1/wallets/3", "sentinel", (("s1", 26379),), "wallets"),
        ("redis+cluster://c1:7000,c2", "cluster", (("c1", 7000), ("c2", 6379)), ""),
        ("redis+cluster://c1/0", "cluster", (("c1", 6379),), ""),
        ("valkey://v1", "single", (("v1", 6379),), ""),
        ("valkey+cluster://v1,v2", "cluster", (("v1", 6379), ("v2", 6379)), ""),
    ],
)
def test_each_topology_has_its_form(
    text: str, topology: str, hosts: tuple[tuple[str, int], ...], service: str
) -> None:
    address = RedisAddress.parse(text)
    assert (address.topology, address.hosts, address.service) == (topology, hosts, service)


@pytest.mark.parametrize(
    ("text", "database"),
    [("redis://h", 0), ("redis://h/", 0), ("redis://h/7", 7), ("redis+sentinel://h/s/7", 7)],
)
def test_the_number_of_the_database_comes_last(text: str, database: int) -> None:
    assert RedisAddress.parse(text).options["db"] == database


@pytest.mark.parametrize("scheme", ["redis", "redis+sentinel", "redis+cluster"])
def test_the_login_is_the_stores_alone(scheme: str) -> None:
    path = "/wallets" if scheme == "redis+sentinel" else ""
    address = RedisAddress.parse(f"{scheme}://{QUOTED}@h{path}")
    assert {name: address.options[name] for name in LOGIN} == LOGIN
    assert address.sentinel_options == {}
    assert "p@ss" not in repr(address)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("rediss://user:hunter2@redis.internal", "redis.internal:6379/0"),
        ("redis://:hunter2@[::1]:6380/2", "[::1]:6380/2"),
        ("redis+sentinel://a,b:1/main/3", "a:26379,b:1/main/3"),
    ],
)
def test_the_place_is_told_without_the_login(text: str, place: str) -> None:
    assert RedisAddress.parse(text).place == place


def test_a_password_alone_is_the_default_users() -> None:
    options = RedisAddress.parse("redis://:secret@h").options
    assert (options["password"], "username" in options) == ("secret", False)


def test_sentinels_have_a_login_of_their_own() -> None:
    address = RedisAddress.parse(
        f"redis+sentinel://{QUOTED}@h/wallets?sentinel_username=watch&sentinel_password=a%26b+c"
    )
    assert dict(address.sentinel_options) == {"username": "watch", "password": "a&b+c"}
    assert address.options["username"] == "wallet"
    assert "a&b+c" not in repr(address)


@pytest.mark.parametrize("scheme", ["rediss", "rediss+sentinel", "rediss+cluster", "valkeys"])
def test_tls_checks_the_certificate_and_its_name_unless_the_address_says_otherwise(
    scheme: str, tmp_path: Path
) -> None:
    path = "/wallets" if scheme == "rediss+sentinel" else ""
    file = Authority.in_folder(tmp_path).certificate_file
    strict = RedisAddress.parse(f"{scheme}://h{path}?ssl_ca_certs={file}").options
    loose = RedisAddress.parse(f"{scheme}://h{path}?ssl_cert_reqs=none").options
    assert (strict["ssl_cert_reqs"], strict["ssl_check_hostname"]) == ("required", True)
    assert strict["ssl_ca_certs"] == str(file)
    assert (loose["ssl_cert_reqs"], loose["ssl_check_hostname"]) == ("none", False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("http://h", "must be redis://"),
        ("h.cache.windows.net:6380,password=pa=,ssl=True", "as rediss://:PASSWORD@host:6380"),
        ("redis://h:6380,password=pa=,ssl=True,abortConnect=False", "as rediss://:PASSWORD@"),
        ("redis://", "must be redis://"),
        ("redis+sentinel://", "must be redis://"),
        ("redis+cluster://,h", "must be redis://"),
        ("redis://user:pa/ss@h", "must be redis://"),
        ("redis://user:pa#ss@h", "must be redis://"),
        ("redis://h1,h2", "several hosts need redis+sentinel:// or redis+cluster://"),
        ("redis://h:0", "a port is a number"),
        ("redis://h:70000", "a port is a number"),
        ("redis://h/name", "the number of a database"),
        ("redis+sentinel://h", "needs a service"),
        ("redis+sentinel://h/", "needs a service"),
        ("redis+cluster://h/1", "a Cluster has the database 0 alone"),
        ("redis://h?ssl_cert_reqs=none", "need rediss://"),
        ("rediss://h?ssl_cert_reqs=maybe", "ssl_cert_reqs is one of"),
        ("rediss://h?ssl_check_hostname=perhaps", "ssl_check_hostname is true or false"),
        ("rediss://h?ssl_certfile=/no/such.pem", "ssl_certfile names no file"),
        ("redis://h?socket_timeout=3", "the parameters are"),
        ("redis://h?sentinel_password=x", "the parameters are"),
        ("redis+sentinel://h/s?sentinel_password=a&sentinel_password=b", "the parameters are"),
    ],
)
def test_what_cannot_be_used_is_said_without_a_value(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said.replace("+", r"\+")) as refused:
        RedisAddress.parse(text)
    assert "pa" not in str(refused.value).replace("parameters", "").replace("password", "")


def test_files_of_tls_that_do_not_fit_are_said_at_the_start(tmp_path: Path) -> None:
    authority = Authority.in_folder(tmp_path)
    mine, other = authority.certified("a.internal"), authority.certified("b.internal")
    no_pem = tmp_path / "no.pem"
    no_pem.write_text("-----BEGIN", "ascii")
    for parameters in (
        f"ssl_ca_certs={no_pem}",
        f"ssl_certfile={no_pem}",
        f"ssl_certfile={authority.certificate_file}&ssl_keyfile={other}",
    ):
        with pytest.raises(ValueError, match="need PEM"):
            RedisAddress.parse(f"rediss://h?{parameters}")
    assert RedisAddress.parse(f"rediss://h?ssl_certfile={mine}&ssl_keyfile={mine}").hosts


def test_the_hint_names_each_sign_of_a_password_that_means_something_else() -> None:
    azure = "h:6380,password=a,ssl=True"
    for url in ("redis://u:a#b@h", "redis://u:a/b@h", "redis://u:a?b@h", azure):
        with pytest.raises(ValueError, match=r"% # / \? @ , .* as %25 %23 %2F %3F %40 %2C"):
            RedisAddress.parse(url)
    for sign in "%#/?@,":
        address = RedisAddress.parse(f"redis://u:a{quote(sign, safe='')}41b@h")
        assert address.options["password"] == f"a{sign}41b"


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_a_value_error(text: str) -> None:
    for scheme in ("redis://", "redis+sentinel://", "rediss+cluster://", ""):
        with suppress(ValueError):
            RedisAddress.parse(scheme + text)


_NAMES = st.from_regex(r"[a-z]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)


@given(
    hosts=st.lists(st.tuples(_NAMES, st.integers(1, 65535)), min_size=1, max_size=5),
    password=st.text(min_size=1, max_size=20),
)
def test_what_is_written_as_an_address_is_read_as_it_was_meant(
    hosts: list[tuple[str, int]], password: str
) -> None:
    quoted = "".join(f"%{byte:02X}" for byte in password.encode("utf-8", "surrogatepass"))
    places = ",".join(f"{name}:{port}" for name, port in hosts)
    address = RedisAddress.parse(f"redis+cluster://:{quoted}@{places}")
    assert address.hosts == tuple(hosts)
    if password.isprintable() and password.isascii():
        assert address.options["password"] == password
