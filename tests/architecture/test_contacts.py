"""Browser tests share a stack, and a customer's saved data with it: none has another's contact."""

import re
from collections import defaultdict
from pathlib import Path

BROWSER_TESTS = Path(__file__).parents[1] / "browser"
_CONTACT = re.compile(r"(?<![\w•.])[a-z]+@[a-z.]+\.(?:example|com)\b")


def test_a_contact_stands_in_the_browser_tests_of_one_file() -> None:
    files = defaultdict(set)
    for path in BROWSER_TESTS.rglob("test_*.py"):
        for contact in _CONTACT.findall(path.read_text(encoding="utf-8")):
            files[contact].add(path.name)
    shared = {contact: sorted(names) for contact, names in files.items() if len(names) > 1}

    assert shared == {}
    assert 20 < len(files)
