"""The Public Suffix List: hosts below which strangers register names, so wildcards are rejected.

The list (publicsuffix.org) is part of the `publicsuffixlist` package, so nothing is fetched at run
time, and every process of a release has the same list.

It is searched as text, a look-up in 0.2 ms, because `allow_list` keeps what it looked up: sets of
the ten thousand rules took a tenth of a second of every start and 4 MiB of every process.
"""

from pathlib import Path
from typing import Final, Literal

import ada_url
from publicsuffixlist import ENCODING, PSLFILE

_PRIVATE: Final = "// ===BEGIN PRIVATE DOMAINS==="

Section = Literal["icann", "private"]


def _read_sections() -> dict[Section, str]:
    r"""Return the rules of each section in ASCII, every one between two `\n`."""
    rules: dict[Section, list[str]] = {"icann": [""], "private": [""]}
    section: Section = "icann"
    with Path(PSLFILE).open(encoding=ENCODING) as lines:
        for line in lines:
            if line.startswith(_PRIVATE):
                section = "private"
            rule = line.strip()
            if rule and not rule.startswith("//"):
                rules[section].append(_ascii(rule))
    return {section: "\n".join([*of_section, ""]) for section, of_section in rules.items()}


def _ascii(rule: str) -> str:
    """Return a rule as canonical hosts are spelled; it may begin with `*.` or `!`."""
    return rule if rule.isascii() else ada_url.idna_to_ascii(rule).decode("ascii")


_SECTIONS: Final = _read_sections()


def section_reached(host: str) -> Section | None:
    """Return the section of the list for which `*.<host>` would match other people's names.

    Takes a canonical host: lower case, IDN as `xn--`. `icann` are registries (`com`, `co.uk`),
    `private` are hosting companies (`vercel.app`, `github.io`); `None` is a name of one owner.
    """
    for section, rules in _SECTIONS.items():
        if _reaches(host, rules):
            return section
    return None


def _reaches(host: str, rules: str) -> bool:
    """Tell whether `host` is a suffix or the parent of one.

    `amazonaws.com` is not a suffix, but a wildcard below it would match `s3.amazonaws.com`.
    """
    if f"\n{host}\n" in rules or f".{host}\n" in rules:
        return True
    parent = host.partition(".")[2]
    return f"\n*.{parent}\n" in rules and f"\n!{host}\n" not in rules
