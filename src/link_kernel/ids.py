"""Identifiers `<prefix>_<base62>`, SHA-256 hashes and base64url (docs/protocol.md#ids)."""

import hashlib
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ID_LENGTH: Final = 22  # 62**22 > 2**130
_MAC_BYTES: Final = 32

ID_PATTERN: Final = r"[a-z]+_[0-9A-Za-z]{16,32}"
BUSINESS_ID_PATTERN: Final = r"bus_(?:[0-9A-Za-z]{16,32}|demo|other)"
_ID: Final = re.compile(ID_PATTERN)


def new_id(prefix: str) -> str:
    """Return a fresh identifier with 130 random bits, for example `cus_…`."""
    return id_from_mac(prefix, secrets.token_bytes(_MAC_BYTES))  # one system call, not 22


def id_from_mac(prefix: str, mac: bytes) -> str:
    """Return the identifier derived from a MAC of 32 bytes; the same MAC gives the same one."""
    number = int.from_bytes(mac, "big")
    letters = []
    for _ in range(_ID_LENGTH):
        number, index = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[index])
    return f"{prefix}_{''.join(letters)}"


def is_id(text: str, prefix: str) -> bool:
    """Tell whether `text` is an identifier with this prefix."""
    return text.startswith(f"{prefix}_") and _ID.fullmatch(text) is not None


def sha256_hex(text: str) -> str:
    """Return `h(text)` of docs/protocol.md#ids: SHA-256 of the UTF-8 text, in hex.

    A header that is no UTF-8 arrives with surrogates in its text, which are hashed too.
    """
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def to_base64url(raw: bytes) -> str:
    """Return base64url without padding (RFC 7515 section 2)."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def from_base64url(text: str) -> bytes:
    """Return the bytes of unpadded base64url; `ValueError` for any but the canonical spelling."""
    if not text.isascii():
        raise ValueError("not base64url")
    raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if to_base64url(raw) != text:
        raise ValueError("not the canonical spelling")
    return raw
