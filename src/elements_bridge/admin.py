"""Commands of an operator on businesses and allow-lists; each returns lines of text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypedDict, Unpack

from elements_bridge.businesses.advice import why_not_listed
from elements_bridge.businesses.backup.business_file import (
    BusinessFileError,
    dump_businesses,
    may_name_businesses,
    read_business_file,
    write_text_file,
)
from elements_bridge.businesses.backup.sync import plan_sync
from elements_bridge.businesses.business import BUSINESS_ID_RULE, is_business_id
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
from link_kernel.origin import Origin
from link_kernel.sessions.records import Mode

_NONE_REFUSED: Final = f"no origin was refused in the last {KEPT_DAYS} days"

_CHANGED: Final = "was changed by somebody else meanwhile; try again"
_TRIES: Final = 3
_LAST_BACKUP: Final = (
    "{file} stays as it is: there is no business to export, and it may name some. Bring them back"
    " with `business sync --file {file}`, or export to another file"
)


class CommandError(Exception):
    """The command failed; the text says why and what to do."""


class Answer(NamedTuple):
    """What a command answers: its lines, whether the answer is no, and warnings beside it."""

    lines: list[str]
    is_no: bool = False
    warnings: tuple[str, ...] = ()


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
        if not is_business_id(business_id):
            raise CommandError(BUSINESS_ID_RULE)
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

    async def enable_business(self, business_id: str) -> list[str]:
        """Switch a disabled business on again; nothing else of it changes."""
        held = await self._held(business_id)
        await self._put(replace(held, state="enabled"))
        return [f"{business_id} is enabled in mode {held.mode} with {_settings_of(held)}"]

    async def export_businesses(self, file: Path | None) -> Answer:
        """Write all businesses and their allow-lists into a file, or show its text.

        Of no business none is written over a file that may name some: it may be the last backup.
        """
        held = await self.businesses.all()
        kept = [each for each in held if is_business_id(each.id) and not each.is_malformed]
        text, warnings = dump_businesses(kept), tuple(_left_out(held))
        if file is None:
            return Answer(text.splitlines(), warnings=warnings)
        try:
            if not kept and may_name_businesses(file):
                raise CommandError(_LAST_BACKUP.format(file=file))
            write_text_file(file, text)
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        return Answer([f"{_counted(len(kept), 'stand')} in {file}"], warnings=warnings)

    async def sync_businesses(self, file: Path, *, prune: bool, dry_run: bool) -> Answer:
        """Make the businesses equal to a file that `export` wrote or a person edits.

        Nothing is written unless the whole file is valid; a second run changes nothing.
        """
        try:
            named = read_business_file(file)
            lines = await self._sync(named, prune=prune, dry_run=dry_run)
        except BusinessFileError as error:
            raise CommandError(str(error)) from error
        nothing = f"nothing changes: {_counted(len(named), 'are')} as {file} says"
        return Answer(lines or [nothing], is_no=dry_run and bool(lines))

    async def _sync(
        self, named: Sequence[StoredBusiness], *, prune: bool, dry_run: bool
    ) -> list[str]:
        """Write the changes; what somebody else changed meanwhile is compared again."""
        if prune and not named:
            raise CommandError("the file names no business, and --prune would disable them all")
        lines: list[str] = []
        changed: frozenset[str] = frozenset()
        for _ in range(_TRIES):
            plan = plan_sync(named, await self.businesses.all(), prune=prune)
            if dry_run:
                return [change.line for change in plan]
            changed = await self.businesses.put_all([change.business for change in plan])
            lines += [change.line for change in plan if change.business.id not in changed]
            if not changed:
                return lines
        raise CommandError(f"{', '.join(sorted(changed))}: {_CHANGED}")

    async def list_businesses(self) -> list[str]:
        """Show every business."""
        return [
            f"{held.id}  {held.state}  {held.mode}  {len(held.origins)} origins"
            f"  {held.country or '-'}  {_printable(held.name)}"
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

    async def check_origin(self, business_id: str, origin: str | None) -> Answer:
        """Say whether an origin may embed and was refused lately; without one, show all refused."""
        held = await self._held(business_id)
        rejected = await self.rejected.of(business_id)
        if origin is None:
            shown = [f"{each.origin}  refused {each}" for each in rejected]
            return Answer(shown or [_NONE_REFUSED])
        lately = [f"refused lately: {each}" for each in rejected if each.origin == origin]
        refusal = _refusal(held, origin)
        decision = refusal or f"allowed: {origin} may embed for {held.id}"
        return Answer([decision, *lately], is_no=refusal is not None)

    async def _put(self, business: StoredBusiness) -> None:
        if not await self.businesses.put(business):
            raise CommandError(f"{business.id}: {_CHANGED}")

    async def _held(self, business_id: str) -> StoredBusiness:
        held = await self.businesses.get(business_id)
        if held is None:
            raise CommandError(f"no business {business_id}; see: business list")
        return held


def _left_out(held: Sequence[StoredBusiness]) -> Iterator[str]:
    """Yield what an export leaves out, since no file may hold it."""
    for business in held:
        if not is_business_id(business.id):
            yield f"{business.id} is left out: {BUSINESS_ID_RULE}"
        elif business.is_malformed:
            yield f"{business.id} is left out: another program wrote it malformed"
        else:
            for entry in business.as_business().allow_list.ignored:
                yield f"{business.id}: {entry!r} is left out: it is not allowed and matches nothing"


def _refusal(held: StoredBusiness, origin: str) -> str | None:
    """Return why an origin may not embed; `None` if it may."""
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
    return None


def _counted(number: int, verb: Literal["are", "stand"]) -> str:
    """Return a number of businesses with the verb that goes with it."""
    if number == 1:
        return f"1 business {'is' if verb == 'are' else 'stands'}"
    return f"{number} businesses {verb}"


def _printable(text: str) -> str:
    """Return a text in which nothing moves a terminal's cursor or begins a line."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


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
