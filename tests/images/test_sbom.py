"""An image holds its own SBOM: each distribution that is installed, and none that is not."""

import json

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.images.builder import ROOT, Image
from tests.images.installed import LOCKS, installed
from tests.support.locks import pinned_anywhere


def test_it_names_each_installed_distribution_with_the_hash_of_its_file(image: Image) -> None:
    text = (image.files / "opt" / "service" / "sbom.cdx.json").read_text("utf-8")

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    told = json.loads(text)
    own = told["metadata"]["component"]
    found = {one["name"]: one["version"] for one in [own, *told["components"]]}
    assert installed(image) == found
    lock = pinned_anywhere(ROOT / "requirements" / LOCKS[image.target])
    locked = {(name, version): hashes for name, version, hashes in lock}
    for one in told["components"]:
        (digest,) = one["hashes"]
        assert digest["content"] in locked[one["name"], one["version"]]
    assert "SHA-256" == own["hashes"][0]["alg"]
