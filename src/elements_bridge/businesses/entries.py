r"""Parses allow-list entries: canonical spelling or rejection (docs/protocol.md#origins).

URL parsers correct their input: a tab, `\@`, `%73`, `。` or `0x7f.1` become another valid origin.
An entry that a parser would correct is rejected: the merchant would not recognise what is stored.
"""

import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from typing import Final

import ada_url

from elements_bridge.businesses.public_suffixes import section_reached
from link_kernel.sessions.records import Mode

MAX_ENTRIES: Final = 100

_MAX_TYPED: Final = 512
_MAX_NAME_LENGTH: Final = 253
_MAX_PORT: Final = 65535
_WILDCARD: Final = "*."
_LABEL: Final = re.compile(r"[a-z0-9_-]{1,63}")
_PORT: Final = re.compile(r"[1-9][0-9]{0,4}")
_CORRECTED: Final = {
    "\\": "a backslash, which browsers read as a slash",
    "@": "an @: leave out user names and passwords",
    "%": "a percent sign: write the host's letters themselves",
    "?": "a query: an origin ends after the host and port",
    "#": "a fragment: an origin ends after the host and port",
    "\u3002": "a full stop that is not a dot",
    "\uff0e": "a full stop that is not a dot",
    "\uff61": "a full stop that is not a dot",
}


class EntryError(ValueError):
    """The entry is not allowed in an allow-list; the text is one sentence for the merchant."""


@dataclass(frozen=True, slots=True)
class OriginEntry:
    """One entry of a business's allow-list.

    `text` is the canonical spelling it is stored in: `https://shop.example`,
    `https://shop.example:8443`, or `https://*.shop.example` for one label or more below the apex.
    """

    text: str

    @classmethod
    def parse(cls, text: str, *, mode: Mode) -> "OriginEntry":
        """Return the entry a merchant typed as `text`, for a business of `mode`.

        Raises `EntryError` with the reason. Capitals, IDN, a default port and one final slash are
        normalised to the canonical spelling; nothing else is corrected.
        """
        _reject_corrected(text)
        scheme, rest = _scheme_and_rest(text)
        is_wildcard = rest.startswith(_WILDCARD)
        typed_host, port = _host_and_port(rest.removeprefix(_WILDCARD))
        host = _canonical_host(typed_host)
        _reject_local(scheme, host, mode)
        if is_wildcard:
            _reject_wide(host, mode)
        origin = ada_url.URL(f"{scheme}://{host}{port}").origin
        star = _WILDCARD if is_wildcard else ""
        return cls(f"{scheme}://{star}{origin.removeprefix(f'{scheme}://')}")


def _reject_corrected(text: str) -> None:
    """Reject characters that a URL parser would silently drop, decode or replace."""
    if not text or len(text) > _MAX_TYPED:
        raise EntryError(f"An entry has 1 to {_MAX_TYPED} characters, as in https://shop.example.")
    for character in text:
        if unicodedata.category(character)[0] in "ZC":
            raise EntryError(
                f"The entry holds whitespace or an invisible character, U+{ord(character):04X}."
            )
        if character in _CORRECTED:
            raise EntryError(f"The entry holds {_CORRECTED[character]}.")


def _scheme_and_rest(text: str) -> tuple[str, str]:
    """Split at `://`; return the scheme in lower case, and host and port."""
    if text == "*":
        raise EntryError("A list of everything protects nobody: name each shop's origin.")
    if text.lower() == "null":
        raise EntryError("null is what every sandboxed page sends, so it names nobody.")
    scheme, separator, rest = text.partition("://")
    if not separator:
        raise EntryError("Write the whole origin, scheme included, as in https://shop.example.")
    if scheme.lower() not in {"http", "https"}:
        raise EntryError("Only https origins can be listed; other schemes belong to no one host.")
    rest = rest.removesuffix("/")
    if "/" in rest:
        raise EntryError("Leave out the path: an origin ends after the host and port.")
    return scheme.lower(), rest


def _host_and_port(rest: str) -> tuple[str, str]:
    """Return the host, and the port with its colon as in `:8443`, or `""`."""
    if "*" in rest:
        raise EntryError("A wildcard stands first and alone, as in https://*.shop.example.")
    host, colon, port = rest.partition(":")
    if rest.startswith("["):
        host, bracket, after = rest.partition("]")
        host, colon, port = host + bracket, after[:1], after[1:]
    if not colon:
        return host, ""
    if colon != ":" or not _PORT.fullmatch(port) or int(port) > _MAX_PORT:
        raise EntryError("After the colon stands a port from 1 to 65535; the default needs none.")
    return host, f":{port}"


def _canonical_host(typed: str) -> str:
    """Return the host as browsers serialise it; raises `EntryError` if that changes its meaning."""
    if not typed.startswith("[") and "" in typed.split("."):
        raise EntryError("The host has an empty label: no dot stands first, last or twice.")
    try:
        host = ada_url.URL(f"https://{typed}").host
    except ValueError:
        raise EntryError("This is not a host name or IP address.") from None
    if typed.startswith("["):
        return host
    if len(host) > _MAX_NAME_LENGTH or not all(map(_is_label, host.split("."))):
        raise EntryError(
            "A host name has labels of 1 to 63 letters, digits and hyphens, 253 characters in all."
        )
    if not _is_same_host(typed, host):
        raise EntryError(f"Browsers would read this host as {host}: write that, if it is meant.")
    return host


def _is_label(label: str) -> bool:
    """Tell whether `label` is valid in DNS; an `xn--` label must decode, and encode to itself."""
    if not _LABEL.fullmatch(label):
        return False
    if not label.startswith("xn--"):
        return True
    decoded = ada_url.idna_to_unicode(label)
    return not decoded.isascii() and ada_url.idna_to_ascii(decoded) == label.encode()


def _is_same_host(typed: str, host: str) -> bool:
    """Tell whether `host` differs from the typed host only by letter case and IDN encoding."""
    lowered = unicodedata.normalize("NFC", typed.lower())
    spelt = (
        label if written.isascii() else unicodedata.normalize("NFC", ada_url.idna_to_unicode(label))
        for written, label in zip(lowered.split("."), host.split("."), strict=False)
    )
    return ".".join(spelt) == lowered


def _reject_local(scheme: str, host: str, mode: Mode) -> None:
    """Reject http except for localhost and loopback, and those in live mode."""
    is_local = _is_local(host)
    if scheme == "http" and not is_local:
        raise EntryError("Only https is listed; http is for localhost and loopback in test mode.")
    if is_local and mode == "live":
        raise EntryError(
            "localhost is another machine for everyone: it is listed in test mode only."
        )


def _is_local(host: str) -> bool:
    """Tell whether `host` is `localhost`, below it, or a loopback address."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = _address(host)
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_loopback
    return address == ipaddress.IPv6Address(1)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the IP address of a canonical host, `None` for a name."""
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def _reject_wide(host: str, mode: Mode) -> None:
    """Reject a wildcard that would match hosts of other people."""
    if _address(host) is not None:
        raise EntryError("An IP address has no subdomains: list it without the wildcard.")
    section = section_reached(host)
    if section == "icann" or ("." not in host and host != "localhost"):
        raise EntryError(f"Anyone can register a name under {host}: put your own before it.")
    if section == "private" and mode == "live":
        raise EntryError(f"Anyone can host a page under {host}: in live mode, list each origin.")
