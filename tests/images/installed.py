"""What is installed in an image, and by which lock."""

from importlib.metadata import distributions
from typing import Final

from tests.images.builder import Image

LOCKS: Final = {"bridge": "bridge.lock", "link-api": "link_api.lock"}


def installed(image: Image) -> dict[str, str]:
    """Return name and version of each distribution of the service's environment."""
    return {
        one.metadata["Name"].lower().replace("_", "-").replace(".", "-"): one.version
        for one in distributions(path=[str(image.packages)])
    }
