"""The version of what is installed."""

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Final

DISTRIBUTION: Final = "cimplify-link-elements"
_NOT_INSTALLED: Final = "from source"


@cache
def installed_version() -> str:
    """Return the version of our distribution, or that there is none."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return _NOT_INSTALLED
