"""Writes the tables of countries and networks, of frame and bridge, from `phonenumbers`.

`make country-table` runs it. A test fails while a file differs from the installed library.
"""

import re
from pathlib import Path
from typing import Any, Final

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberFormat, PhoneNumberType
from phonenumbers.carrierdata import CARRIER_DATA

from link_api.mobile_money.providers import PROVIDERS, ProviderRules

_ROOT: Final = Path(__file__).parents[2]
_FRAME_HEAD: Final = """\
/**
 * Countries by calling code: facts from the metadata of the Python library phonenumbers {version},
 * a port of Google's libphonenumber (Apache-2.0). `make country-table` writes this file.
 *
 * A country a line: region, calling code, trunk prefix of mobile numbers (`-`: none), lengths of
 * mobile numbers without it, sizes of the groups they are written in but for the last, which takes
 * the rest (`-`: it takes all), what is dialled before the code of another country (`-`: `00`),
 * and, where countries share the code, how this one's numbers begin.
 */

export const TABLE = `
{rows}
`;
"""
_NETWORKS_HEAD: Final = """\
/**
 * How numbers of each provider's networks begin: facts from the carriers of the Python library
 * phonenumbers {version}, a port of Google's libphonenumber (Apache-2.0). `make country-table`
 * writes this file.
 *
 * Where a country has one provider, it is the country's calling code. A number that goes to another
 * network keeps its beginning: this proposes a provider, and decides none.
 */

/** @type {{Readonly<Record<string, readonly string[]>>}} */
export const NETWORKS = Object.freeze({{
{rows}
}});
"""
_BRIDGE_HEAD: Final = '''\
"""Numbering plans: facts from the metadata of the Python library phonenumbers {version}.

A port of Google's libphonenumber (Apache-2.0). `make country-table` writes this file: the package
itself would cost each process its memory.
"""

from typing import Final

NUMBERING: Final[dict[str, str]] = {{
{rows}
}}
"""By country: the country, its calling code and its trunk prefix or nothing, as in `GH 233 0`."""
'''

_GROUP: Final = re.compile(r"\d+")
_LONG_GROUP: Final = 6


def tables() -> dict[Path, str]:
    """Return the files and their texts."""
    return {
        _ROOT / "static" / "frame" / "phone" / "table.js": _frame_table(),
        _ROOT / "static" / "frame" / "phone" / "networks.js": _networks_table(),
        _ROOT / "src" / "elements_bridge" / "businesses" / "numbering.py": _bridge_table(),
    }


def _frame_table() -> str:
    """Return the frame's; the main country of a shared code comes before the others."""
    rows = (
        _row(region)
        for _, regions in sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items())
        for region in regions
        if region in phonenumbers.SUPPORTED_REGIONS
    )
    return _FRAME_HEAD.format(version=phonenumbers.__version__, rows="\n".join(rows))


def _bridge_table() -> str:
    rows = (
        f'    "{region}": "{region} {_metadata(region).country_code} {_trunk(region)}",'
        for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    )
    return _BRIDGE_HEAD.format(version=phonenumbers.__version__, rows="\n".join(rows))


def _networks_table() -> str:
    rows = (f"  {rules.name}: [{', '.join(_beginnings(rules))}]," for rules in PROVIDERS.values())
    return _NETWORKS_HEAD.format(version=phonenumbers.__version__, rows="\n".join(rows))


def _beginnings(rules: ProviderRules) -> list[str]:
    """Return how a provider's numbers begin, by the carriers that have one of its names."""
    found: list[str] = []
    for country in rules.countries:
        code = str(_metadata(country).country_code)
        if sum(country in other.countries for other in PROVIDERS.values()) == 1:
            found.append(code)
            continue
        names = frozenset[str]().union(*rules.spellings.values())
        carriers = (one for one in CARRIER_DATA.items() if one[0].startswith(code))
        found += [start for start, carrier in carriers if carrier.get("en", "").lower() in names]
    return [f"'+{start}'" for start in sorted(found)]


def _row(region: str) -> str:
    metadata = _metadata(region)
    described = metadata.mobile or metadata.general_desc
    lengths = ",".join(map(str, described.possible_length))
    abroad = metadata.international_prefix
    fields = (
        region,
        str(metadata.country_code),
        _trunk(region) or "-",
        lengths,
        "".join(map(str, groups_of(region)[:-1])) or "-",
        "-" if abroad == "00" else abroad,
        metadata.leading_digits or "",
    )
    return " ".join(fields).rstrip().removesuffix(" -")


def groups_of(region: str) -> list[int]:
    """Return the sizes of the groups in which a mobile number is written.

    A group of six digits or more is halved, as people write it: `712 345 678` in Kenya.
    """
    example = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    if example is None:
        return []
    written = phonenumbers.format_number(example, PhoneNumberFormat.INTERNATIONAL)
    found: list[int] = []
    for digits in _GROUP.findall(written)[1:]:  # the first is the calling code
        size = len(digits)
        found += [size // 2, size - size // 2] if size >= _LONG_GROUP else [size]
    return found


def _metadata(region: str) -> Any:  # noqa: ANN401  # the library's attributes have no types
    return PhoneMetadata.metadata_for_region(region)


def _trunk(region: str) -> str:
    """Return what is dialled at home before a mobile number, else the prefix of the metadata.

    They differ for Belarus, where `80` is dialled and the metadata name `8`.
    """
    prefix: str = _metadata(region).national_prefix or ""
    example = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    if example is None:
        return prefix
    dialled = phonenumbers.format_number(example, PhoneNumberFormat.NATIONAL)
    number = phonenumbers.national_significant_number(example)
    return phonenumbers.normalize_digits_only(dialled).rpartition(number)[0] or prefix


if __name__ == "__main__":
    for file, text in tables().items():
        file.write_text(text, "utf-8")
