"""One-time codes of the Link API (docs/protocol.md#one-time-codes)."""

import secrets as random
from dataclasses import dataclass
from typing import Final, assert_never

from link_api.auth.channels import used_first
from link_api.auth.records import (
    Caller,
    CodeAsker,
    CodeBinding,
    CodeToSend,
    Full,
    NewCode,
    OtpSender,
    PresentedCode,
    SentCode,
    VerifyCodeOutcome,
)
from link_api.auth.storage import RedisCodes
from link_api.contacts import Contact
from link_kernel.contract.wire import Channel
from link_kernel.errors import IdempotencyKeyReused, OtpAttemptsExceeded, OtpExpired, OtpInvalid
from link_kernel.keys.secret_ring import SecretRing
from link_kernel.security_events import SecurityEvent

_CODE_DIGITS: Final = 6
_ID_BYTES: Final = 16
_CONTACT_LABEL: Final = "link/contact/1"
_NETWORK_LABEL: Final = "link/network/1"
_CODE_LABEL: Final = "link/otp/1"


@dataclass(frozen=True, slots=True)
class SpentCode:
    """The id of a spent code and the version of the secret it was made under."""

    id: str
    secret_version: int


@dataclass(frozen=True, slots=True)
class OneTimeCodes:
    """Sends and verifies one-time codes.

    The store gets contacts, networks and codes only as MACs under the active secret. A rotation of
    that secret therefore resets the limits; codes already sent stay valid while it is kept.
    """

    codes: RedisCodes
    sender: OtpSender
    secrets: SecretRing

    async def request(
        self, contact: Contact, asker: CodeAsker, caller: Caller, channel: Channel | None
    ) -> SentCode:
        """Send a code that verifies under the asker's binding, to any contact, known or not.

        Raises `ValidationFailed` for a channel that does not reach the contact, `RateLimited`,
        `StoreUnavailable`, and `UpstreamUnavailable` from the sender.
        """
        channels = used_first(self.sender.channels(contact), channel)
        version = self.secrets.active
        contact_mac = self._contact_mac(contact, version)
        network_mac = self.secrets.mac(version, _NETWORK_LABEL, caller.network).hex()
        _require_room(await self.codes.admit_contact(network_mac, contact_mac))
        code = f"{random.randbelow(10**_CODE_DIGITS):0{_CODE_DIGITS}}"
        opened = NewCode(
            id=random.token_hex(_ID_BYTES),
            contact_mac=contact_mac,
            binding=asker.binding.text,
            code_mac=self._code_mac(contact_mac, asker.binding, code, version),
            network_mac=network_mac,
        )
        _require_room(await self.codes.open(opened))
        bounds = self.codes.bounds
        sent = SentCode(bounds.life_ms // 1000, bounds.first_wait_ms // 1000, channels)
        await self.sender.send(
            contact, CodeToSend(code, sent.expires_in_s, asker.binding, channels[0])
        )
        return sent

    async def spend(
        self, contact: Contact, asker: CodeAsker, code: str, *, key_hash: str
    ) -> SpentCode:
        """Spend a code for an idempotency key; a repeat succeeds, after a secret rotation too.

        Raises `OtpInvalid`, `OtpExpired`, `OtpAttemptsExceeded`, `IdempotencyKeyReused`,
        `StoreUnavailable`.
        """
        call, outcome, spent = (
            random.token_hex(_ID_BYTES),
            VerifyCodeOutcome.EXPIRED,
            SpentCode("", 0),
        )
        for version in self.secrets.versions:
            contact_mac = self._contact_mac(contact, version)
            code_mac = self._code_mac(contact_mac, asker.binding, code, version)
            presented = PresentedCode(call, contact_mac, asker.binding.text, code_mac, key_hash)
            outcome, code_id = await self.codes.spend(presented)
            spent = SpentCode(code_id, version)
            if outcome is not VerifyCodeOutcome.EXPIRED:
                break
        match outcome:
            case VerifyCodeOutcome.ACCEPTED:
                return spent
            case VerifyCodeOutcome.INVALID:
                raise OtpInvalid
            case VerifyCodeOutcome.EXPIRED:
                raise OtpExpired
            case VerifyCodeOutcome.EXHAUSTED:
                raise OtpAttemptsExceeded
            case VerifyCodeOutcome.KEY_REUSED:
                raise IdempotencyKeyReused("spent for another code")
            case _:
                assert_never(outcome)

    def _contact_mac(self, contact: Contact, version: int) -> str:
        fields = (contact.contact_type, contact.address)
        return self.secrets.mac(version, _CONTACT_LABEL, *fields).hex()

    def _code_mac(self, contact_mac: str, binding: CodeBinding, code: str, version: int) -> str:
        return self.secrets.mac(version, _CODE_LABEL, contact_mac, binding.text, code).hex()


def _require_room(full: Full | None) -> None:
    if full is not None:
        raise full.limit.refusal(full.wait_ms / 1000, event=SecurityEvent.OTP_LIMITED)
