"""Sends one-time codes, and takes them when they are entered (docs/protocol.md#one-time-codes)."""

import asyncio
import hmac
import secrets as random
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, assert_never

from link_api.auth.channels import used_first
from link_api.auth.codes.countries import require_country
from link_api.auth.codes.records import (
    CodeCaller,
    CodePlace,
    CodeSeed,
    EnteredCode,
    EnterOutcome,
    Entry,
    Full,
    MessageCode,
)
from link_api.auth.codes.storage import RedisCodes
from link_api.auth.codes.unproved import RedisUnproved, Unproved
from link_api.auth.records import Caller, CodeAsker, CodeToSend, OtpSender, SentCode
from link_api.reserved.contacts import (
    FIXED_CODE,
    NO_CODE_IS_RIGHT,
    Outcome,
    ReservedContacts,
)
from link_api.spelling.contacts import Contact
from link_kernel.contract.wire import Channel, Locale
from link_kernel.errors import (
    IdempotencyKeyReused,
    OtpAttemptsExceeded,
    OtpExpired,
    OtpInvalid,
    RateLimited,
    UpstreamUnavailable,
)
from link_kernel.keys.secret_ring import SecretRing
from link_kernel.limits.networks import counted_site
from link_kernel.observability.security_events import SecurityEvent

_CODE_DIGITS: Final = 6
_NONCE_BYTES: Final = 16
_CONTACT_LABEL: Final = "link/contact/1"
_NETWORK_LABEL: Final = "link/network/1"
_CODE_LABEL: Final = "link/otp/2"
_USE_LABEL: Final = "link/otp/use/1"
_WEIGHT: Final = (
    EnterOutcome.EXPIRED,
    EnterOutcome.EXHAUSTED,
    EnterOutcome.INVALID,
    EnterOutcome.KEY_REUSED,
)


def contact_mac(secrets: SecretRing, named_by: int, contact: Contact) -> str:
    """Return what stands for a contact in the store under one of `SecretRing.naming`."""
    return secrets.mac(named_by, _CONTACT_LABEL, contact.contact_type, contact.address).hex()


@dataclass(frozen=True, slots=True)
class _Asking:
    """A contact and its caller as the store counts them, named by one key."""

    place: CodePlace
    caller: CodeCaller
    unproved: Unproved


@dataclass(frozen=True, slots=True)
class OneTimeCodes:
    """Sends codes and has them spent.

    A code is a MAC of contact, binding and a nonce, and is stored nowhere; it stays valid while its
    secret is kept. The store gets contacts and networks only as MACs under the index key, which no
    rotation changes. A reserved contact has a fixed code and plays its outcome; every limit holds
    for it.
    """

    codes: RedisCodes
    unproved: RedisUnproved
    sender: OtpSender
    secrets: SecretRing
    countries: Collection[str]
    reserved: ReservedContacts
    locale: Locale

    async def request(
        self,
        contact: Contact,
        asker: CodeAsker,
        caller: Caller,
        channel: Channel | None,
        locale: Locale | None = None,
    ) -> SentCode:
        """Send a code that is right under the asker's binding, to any contact, known or not.

        Raises `ReservedContact`, `CountryNotSupported`, `ValidationFailed` for a channel that does
        not reach the contact, `RateLimited`, `StoreUnavailable`, and `UpstreamUnavailable` from the
        sender. What is refused counts nowhere, and what could not be sent only against its minute.
        """
        outcome = self.reserved.outcome_of(contact.address)
        require_country(contact, self.countries)
        channels = used_first(self.sender.channels(contact), channel)
        asking = self._asking(contact, asker, caller, self.secrets.naming[0])
        call = random.token_hex(_NONCE_BYTES)
        message = await self._admitted(asking, call)
        sent = SentCode(message.expires_in_ms // 1000, _seconds(message.ask_again_in_ms), channels)
        code = self._code(contact, asker, message.seed)
        to_send = CodeToSend(
            code, sent.expires_in_s, asker.binding, channels[0], locale or self.locale
        )
        try:
            await self._send(contact, to_send, outcome)
        except UpstreamUnavailable:
            await self._give_back(asking, message, call)
            raise
        return sent

    async def spend(
        self, contact: Contact, asker: CodeAsker, code: str, *, caller: Caller, key_hash: str
    ) -> CodeSeed:
        """Spend a code for an idempotency key; a repeat succeeds, after a secret rotation too.

        Raises `OtpInvalid`, `OtpExpired` (none is open, or it was spent), `OtpAttemptsExceeded`,
        `IdempotencyKeyReused`, `ReservedContact`, `StoreUnavailable`.
        """
        _play_entry(self.reserved.outcome_of(contact.address))
        askings = [
            self._asking(contact, asker, caller, named_by) for named_by in self.secrets.naming
        ]
        seeds = await asyncio.gather(*(self._seeds(asking.place) for asking in askings))
        entries = [
            (asking, EnteredCode(random.token_hex(_NONCE_BYTES), key_hash, right, held))
            for asking, held in zip(askings, seeds, strict=True)
            if held
            for right in self._right(contact, asker, code, held) or (None,)
        ]
        # Where it is right it is entered there alone: elsewhere it would cost a try.
        right = [entry for entry in entries if entry[1].right is not None]
        found = Entry(EnterOutcome.EXPIRED)
        for asking, entered in right or entries:
            entry = await self.codes.enter(asking.place, asking.caller, entered)
            if entry.outcome is EnterOutcome.ACCEPTED:
                if entry.is_first_proof:
                    await self.unproved.release(asking.unproved, entry.counted_at)
                return entry.seed
            found = max(found, entry, key=lambda entry: _WEIGHT.index(entry.outcome))
        return _accepted(found)

    async def forget_networks(self, contact: Contact, *, after_ms: int) -> None:
        """Forget after this time where a contact was proved; proving it again keeps it."""
        for named_by in self.secrets.naming:
            await self.codes.forget_networks(
                contact_mac(self.secrets, named_by, contact), after_ms=after_ms
            )

    async def _admitted(self, asking: _Asking, call: str) -> MessageCode:
        """Count a message by every bound, or raise `RateLimited` and count it by none."""
        new = CodeSeed(random.token_hex(_NONCE_BYTES), self.secrets.active)
        # Looked at before anything is taken of the contact, which lies in another partition: a slot
        # that is given back at once would still have refused an honest one in between.
        if not await self.codes.was_proved(asking.place):
            full = await self.unproved.find_full(asking.unproved, call=call)
            if full is not None:
                raise _refusal(full)
        message = await self.codes.ask(
            asking.place, asking.caller, call=call, new=new, held=self.secrets.versions
        )
        if isinstance(message, Full):
            raise _refusal(message)
        if not message.was_proved:
            full = await self.unproved.admit(asking.unproved, call=call)
            if full is not None:
                await self.codes.take_back(asking.place, call=call)
                raise _refusal(full)
            # Not before: whoever is refused again and again could try a code that nobody is sent.
            await self.codes.give_tries(
                asking.place, call=call, counted_at=asking.unproved.counted_at
            )
        return message

    async def _give_back(self, asking: _Asking, message: MessageCode, call: str) -> None:
        """Count a message by no bound of an hour or a day: its sender failed."""
        is_alone = await self.codes.return_unsent(asking.place, call=call)
        if not message.was_proved:
            await self.unproved.take_message_back(asking.unproved, call=call)
            if is_alone:
                await self.unproved.take_contact_back(asking.unproved)

    async def _seeds(self, place: CodePlace) -> tuple[CodeSeed, ...]:
        """Return what the codes of a place are computed from, while their secret is kept."""
        seeds = await self.codes.seeds(place)
        return tuple(seed for seed in seeds if self.secrets.has(seed.secret_version))

    def _right(
        self, contact: Contact, asker: CodeAsker, code: str, seeds: tuple[CodeSeed, ...]
    ) -> tuple[CodeSeed, ...]:
        """Return what the entered code may have been computed from: all, where the code is fixed.

        Of those one may be spent and another open.
        """
        if self.reserved.outcome_of(contact.address) in NO_CODE_IS_RIGHT:
            return ()
        return tuple(
            seed for seed in seeds if hmac.compare_digest(self._code(contact, asker, seed), code)
        )

    async def _send(self, contact: Contact, code: CodeToSend, outcome: Outcome | None) -> None:
        if outcome is Outcome.AWAY:
            raise UpstreamUnavailable("a reserved contact")
        if outcome is not Outcome.LOST:
            await self.sender.send(contact, code)

    def _code(self, contact: Contact, asker: CodeAsker, seed: CodeSeed) -> str:
        if self.reserved.outcome_of(contact.address) is not None:
            return FIXED_CODE
        binding = asker.binding
        label = _CODE_LABEL if binding.use is None else _USE_LABEL
        fields = (contact.contact_type, contact.address, *binding.fields, seed.nonce)
        mac = self.secrets.mac(seed.secret_version, label, *fields)
        # Of 256 bits, so that no code is more likely than another by anything that matters.
        return f"{int.from_bytes(mac) % 10**_CODE_DIGITS:0{_CODE_DIGITS}}"

    def _asking(self, contact: Contact, asker: CodeAsker, caller: Caller, named_by: int) -> _Asking:
        def mac_of(network: str) -> str:
            return self.secrets.mac(named_by, _NETWORK_LABEL, network).hex()

        mac = contact_mac(self.secrets, named_by, contact)
        network, site = mac_of(caller.network), mac_of(caller.truncated_address)
        counting = mac_of(counted_site(caller.address) or caller.network)
        return _Asking(
            CodePlace(mac, asker.binding.text),
            CodeCaller(asker.session_id or network, network, site),
            Unproved(mac, contact.contact_type == "phone", counting, site),
        )


def _play_entry(outcome: Outcome | None) -> None:
    """Refuse whatever is entered for a reserved contact whose outcome is a refusal."""
    if outcome is Outcome.LATE:
        raise OtpExpired("a reserved contact")
    if outcome is Outcome.LOCKED:
        raise OtpAttemptsExceeded("a reserved contact")


def _accepted(entry: Entry) -> CodeSeed:
    match entry.outcome:
        case EnterOutcome.ACCEPTED:
            return entry.seed
        case EnterOutcome.INVALID:
            raise OtpInvalid
        case EnterOutcome.EXPIRED:
            raise OtpExpired
        case EnterOutcome.EXHAUSTED:
            raise OtpAttemptsExceeded
        case EnterOutcome.KEY_REUSED:
            raise IdempotencyKeyReused("spent for another code")
        case _:
            assert_never(entry.outcome)


def _refusal(full: Full) -> RateLimited:
    return full.limit.refusal(full.wait_ms / 1000, event=SecurityEvent.OTP_LIMITED)


def _seconds(milliseconds: int) -> int:
    """Round up: who waits so long has waited long enough."""
    return -(-milliseconds // 1000)
