"""Our search of the Public Suffix List's text, against the sets of the package that carries it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import ada_url
import pytest
from publicsuffixlist import ENCODING, PSLFILE, PublicSuffixList

from elements_bridge.businesses.public_suffixes import section_reached

_TEXT: Final = Path(PSLFILE).read_text(ENCODING)
_ONE_IN: Final = 7  # a whole list would take five seconds


def _rules(text: str) -> list[str]:
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("//")]


def _host(rule: str) -> str:
    """Return the host a rule names, in ASCII."""
    name = rule.removeprefix("!").removeprefix("*.")
    return ada_url.idna_to_ascii(name).decode("ascii")


def _and_parents(host: str) -> Iterator[str]:
    while host:
        yield host
        host = host.partition(".")[2]


class _Reference:
    """The package's list, and the parents of its rules."""

    def __init__(self, text: str) -> None:
        self._suffixes: Any = PublicSuffixList(text, accept_unknown=False)
        rules = [rule for rule in _rules(text) if not rule.startswith("!")]
        wild = {_host(rule) for rule in rules if rule.startswith("*.")}
        parents = {host.partition(".")[2] for host in map(_host, rules)}
        self._covering = {host for one in wild | parents for host in _and_parents(one)}

    def reaches(self, host: str) -> bool:
        return self._suffixes.is_public(host) or host in self._covering


def _asked() -> set[str]:
    """Return hosts of the list with their parents, and two names below each."""
    rules = _rules(_TEXT)
    peculiar = [rule for rule in rules if rule[0] in "*!" or not rule.isascii()]
    hosts = {host for rule in [*rules[::_ONE_IN], *peculiar] for host in _and_parents(_host(rule))}
    return {f"{below}{host}" for host in hosts for below in ("", "own.", "shop.own.")}


def test_a_host_reaches_the_section_that_the_packages_own_sets_say() -> None:
    everything = _Reference(_TEXT)
    registries = _Reference(_TEXT.partition("===BEGIN PRIVATE DOMAINS===")[0])
    sections = set()
    for host in _asked():
        said = section_reached(host)
        sections.add(said)
        assert (said is not None) == everything.reaches(host), host
        assert (said == "icann") == registries.reaches(host), host
    assert sections == {"icann", "private", None}


@pytest.mark.parametrize(
    ("host", "section"),
    [
        ("co.uk", "icann"),
        ("ck", "icann"),
        ("shop.ck", "icann"),
        ("www.ck", None),
        ("xn--55qx5d.cn", "icann"),
        ("vercel.app", "private"),
        ("amazonaws.com", "private"),
        ("shop.co.uk", None),
        ("o.uk", None),
        ("localhost", None),
    ],
)
def test_a_wildcard_reaches_other_people_below_a_suffix_and_its_parents(
    host: str, section: str | None
) -> None:
    assert section_reached(host) == section
