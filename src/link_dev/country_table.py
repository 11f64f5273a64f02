"""Writes the frame's table of countries from the metadata of the `phonenumbers` library.

`make country-table` runs it. A test fails while the file differs from the installed library.
"""

from pathlib import Path
from typing import Any, Final

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberFormat, PhoneNumberType

TABLE: Final = Path(__file__).parents[2] / "static" / "frame" / "phone" / "table.js"
_HEAD: Final = """\
/**
 * Countries by calling code: facts from the metadata of the Python library phonenumbers {version},
 * a port of Google's libphonenumber (Apache-2.0). `make country-table` writes this file.
 *
 * A country a line: region, calling code, trunk prefix of mobile numbers (`-`: none), lengths of
 * mobile numbers without it, and, where countries share the code, how this one's numbers begin.
 */

export const TABLE = `
{rows}
`;
"""


def table_source() -> str:
    """Return the text of `table.js`; the main country of a shared code comes before the others."""
    rows = (
        _row(code, region)
        for code, regions in sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items())
        for region in regions
        if region in phonenumbers.SUPPORTED_REGIONS
    )
    return _HEAD.format(version=phonenumbers.__version__, rows="\n".join(rows))


def _row(code: int, region: str) -> str:
    metadata: Any = PhoneMetadata.metadata_for_region(region)
    described = metadata.mobile or metadata.general_desc
    lengths = ",".join(map(str, described.possible_length))
    trunk = _trunk(region, metadata.national_prefix) or "-"
    return " ".join(filter(None, (region, str(code), trunk, lengths, metadata.leading_digits)))


def _trunk(region: str, prefix: str | None) -> str | None:
    """Return what is dialled at home before a mobile number, else the prefix of the metadata.

    They differ for Belarus, where `80` is dialled and the metadata name `8`.
    """
    example = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    if example is None:
        return prefix
    dialled = phonenumbers.format_number(example, PhoneNumberFormat.NATIONAL)
    number = phonenumbers.national_significant_number(example)
    return phonenumbers.normalize_digits_only(dialled).rpartition(number)[0] or prefix


if __name__ == "__main__":
    TABLE.write_text(table_source(), "utf-8")
