"""Bootstrap tokens `elb_…`: encrypted claims for one frame, valid for 60 seconds."""

import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel, ConfigDict

from elements_bridge.errors import BootstrapInvalid, BootstrapSecretUnknown
from link_kernel.ids import from_base64url, to_base64url
from link_kernel.keys.secret_ring import SecretRing
from link_kernel.sessions.records import Element, Identity, NewElementsSession

BOOTSTRAP_TTL_S: Final = 60
_PREFIX: Final = "elb_"
_LABEL: Final = "elb/1"
_VERSION_BYTES: Final = 4
_NONCE_BYTES: Final = 12


class BootstrapClaims(BaseModel):
    """The claims of a bootstrap token, with the id of the session that init will create.

    `parent_session_id` is the session of the sibling frame that requested the token, if one did.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    session_id: str
    business_id: str
    element: Element
    parent_origin: str
    code_challenge: str
    identity: Identity
    expires_at: int
    parent_session_id: str | None = None

    def new_session(self, secret_version: int, *, jkt: str | None) -> NewElementsSession:
        """Return the session to create from this token, bound to the key with thumbprint `jkt`."""
        return NewElementsSession(
            id=self.session_id,
            identity=self.identity,
            business_id=self.business_id,
            element=self.element,
            parent_origin=self.parent_origin,
            secret_version=secret_version,
            jkt=jkt,
            parent_session_id=self.parent_session_id,
        )


class BootstrapTokens:
    """Encrypts and decrypts bootstrap tokens (AES-256-GCM under a secret of the keyring)."""

    def __init__(self, ring: SecretRing) -> None:
        """Take the keyring's secrets."""
        self._ring = ring

    def seal(self, claims: BootstrapClaims) -> str:
        """Return the encrypted token of `claims`."""
        version = self._ring.active.to_bytes(_VERSION_BYTES, "big")
        nonce = secrets.token_bytes(_NONCE_BYTES)
        cipher = AESGCM(self._ring.key(self._ring.active, _LABEL))
        sealed = cipher.encrypt(nonce, claims.model_dump_json(exclude_none=True).encode(), version)
        return _PREFIX + to_base64url(version + nonce + sealed)

    def open(self, unverified_token: str) -> tuple[int, BootstrapClaims]:
        """Return the secret version and the claims of a genuine token, expired ones included.

        Raises `BootstrapInvalid`.
        """
        if not unverified_token.startswith(_PREFIX):
            raise BootstrapInvalid("prefix")
        try:
            raw = from_base64url(unverified_token.removeprefix(_PREFIX))
            version, rest = raw[:_VERSION_BYTES], raw[_VERSION_BYTES:]
            secret_version = int.from_bytes(version, "big")
            if not self._ring.has(secret_version):
                raise BootstrapSecretUnknown("unknown secret version")
            cipher = AESGCM(self._ring.key(secret_version, _LABEL))
            opened = cipher.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], version)
        except (ValueError, InvalidTag) as error:
            raise BootstrapInvalid(type(error).__name__) from error
        return secret_version, BootstrapClaims.model_validate_json(opened)
