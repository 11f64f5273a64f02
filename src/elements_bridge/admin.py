"""Commands of an operator on businesses and allow-lists; each returns lines of text."""

import re
from dataclasses import dataclass, replace
from typing import Final, TypedDict, Unpack

from elements_bridge.businesses.advice import why_not_listed
from elements_bridge.businesses.countries import known_country
from elements_bridge.businesses.entries import MAX_ENTRIES, EntryError, OriginEntry
from elements_bridge.businesses.rejected_origins import KEPT_DAYS, RedisRejectedOrigins
from elements_bridge.businesses.store import (
    DpopPolicy,
    RedisBusinesses,
    ReloadPolicy,
    StoredBusiness,
)
from link_kernel.errors import OriginMalformed, OriginNotAllowed
from link_kernel.ids import BUSINESS_ID_PATTERN
from link_kernel.origin import Origin
from link_kernel.sessions.records import Mode

_BUSINESS_ID: Final = re.compile(BUSINESS_ID_PATTERN)
_NONE_REFUSED: Final = f"no origin was refused in the last {KEPT_DAYS} days"


class CommandError(Exception):
    """The command failed; the text says why and what to do."""


class Said(TypedDict, total=False):
    """What an operator may say of a business; `None` leaves it as it was."""

    dpop: DpopPolicy | None
    country: str | None
    reload: ReloadPolicy | None


@dataclass(frozen=True, slots=True)
class BusinessCommands:
    """Commands on businesses and allow-lists in Redis; each raises `CommandError`."""

    businesses: RedisBusinesses
    rejected: RedisRejectedOrigins

    async def add_business(
        self,
        business_id: str,
        name: str,
        mode: Mode,
        **said: Unpack[Said],
    ) -> list[str]:
        """Add a business, or switch a disabled one on again; what is not said stays as it was."""
        if _BUSINESS_ID.fullmatch(business_id) is None:
            raise CommandError("a business id is bus_ and 16 to 32 letters and digits")
        held = await self.businesses.get(business_id)
        if held is not None and held.mode != mode:
            raise CommandError(f"{business_id} exists in mode {held.mode}; a mode never changes")
        country = said.get("country")
        business = held or StoredBusiness(business_id, name, "enabled", mode, ())
        business = replace(
            business,
            name=name,
            state="enabled",
            dpop=said.get("dpop") or business.dpop,
            country=business.country if country is None else _country(country),
            reload=said.get("reload") or business.reload,
        )
        await self._put(business)
        return [f"{business_id} is enabled in mode {mode} with {_settings_of(business)}"]

    async def disable_business(self, business_id: str) -> list[str]:
        """Switch a business off: no handshake, no refresh within five seconds."""
        held = await self._held(business_id)
        await self._put(replace(held, state="disabled"))
        return [f"{business_id} is disabled; its sessions are refused within 5 seconds"]

    async def list_businesses(self) -> list[str]:
        """Show every business."""
        return [
            f"{held.id}  {held.state}  {held.mode}  {len(held.origins)} origins"
            f"  {held.country or '-'}  {held.name}"
            for held in await self.businesses.all()
        ]

    async def add_origin(self, business_id: str, entry: str) -> list[str]:
        """Let an origin, or `https://*.example.com`, embed for a business."""
        held = await self._held(business_id)
        text = _canonical(entry, held.mode)
        if text in held.origins:
            return [f"{text} is listed already"]
        if len(held.origins) >= MAX_ENTRIES:
            raise CommandError(f"refused: a business lists at most {MAX_ENTRIES} origins")
        await self._put(replace(held, origins=(*held.origins, text)))
        return [f"{text} may embed for {business_id} within 5 seconds"]

    async def remove_origin(self, business_id: str, entry: str) -> list[str]:
        """Stop an origin from embedding; its sessions end at their next refresh."""
        held = await self._held(business_id)
        listed = entry if entry in held.origins else _canonical(entry, held.mode)
        if listed not in held.origins:
            raise CommandError(f"{listed} is not listed; see: origins list {business_id}")
        left = tuple(text for text in held.origins if text != listed)
        await self._put(replace(held, origins=left))
        return [f"{listed} may no longer embed for {business_id} within 5 seconds"]

    async def list_origins(self, business_id: str) -> list[str]:
        """Show a business's allow-list."""
        return list((await self._held(business_id)).origins)

    async def check_origin(self, business_id: str, origin: str | None) -> list[str]:
        """Say whether an origin may embed and was refused lately; without one, show all refused."""
        held = await self._held(business_id)
        rejected = await self.rejected.of(business_id)
        if origin is None:
            return [f"{each.origin}  refused {each}" for each in rejected] or [_NONE_REFUSED]
        lately = [f"refused lately: {each}" for each in rejected if each.origin == origin]
        return [_decision(held, origin), *lately]

    async def _put(self, business: StoredBusiness) -> None:
        if not await self.businesses.put(business):
            raise CommandError(f"{business.id} was changed by somebody else meanwhile; try again")

    async def _held(self, business_id: str) -> StoredBusiness:
        held = await self.businesses.get(business_id)
        if held is None:
            raise CommandError(f"no business {business_id}; see: business list")
        return held


def _decision(held: StoredBusiness, origin: str) -> str:
    try:
        presented = Origin.parse_header(origin)
    except OriginMalformed as error:
        return f"refused: ORIGIN_MALFORMED, browsers do not send this ({error.detail})"
    except OriginNotAllowed as error:
        return f"refused: ORIGIN_NOT_ALLOWED, no list can hold it ({error.detail})"
    if held.state == "disabled":
        return f"refused: BUSINESS_DISABLED, {held.id} is switched off"
    allow_list = held.as_business().allow_list
    if not allow_list.admits(presented):
        why = why_not_listed(presented, allow_list, held.mode)
        return f"refused: ORIGIN_NOT_ALLOWED, no entry of {held.id} matches {origin}. {why}"
    return f"allowed: {origin} may embed for {held.id}"


def _settings_of(business: StoredBusiness) -> str:
    return (
        f"{len(business.origins)} origins, DPoP {business.dpop}, "
        f"country {business.country or 'not said'}, reload {business.reload}"
    )


def _country(text: str) -> str:
    """Return the country; an empty text takes a country back. Raises `CommandError`."""
    try:
        return known_country(text) if text else ""
    except ValueError as error:
        raise CommandError(f"the country {error}") from None


def _canonical(entry: str, mode: Mode) -> str:
    try:
        return OriginEntry.parse(entry, mode=mode).text
    except EntryError as error:
        raise CommandError(f"refused: {error}") from None
