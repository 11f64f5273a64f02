"""The names that the build shortens inside the SDK are the SDK's alone, none of the browser's."""

import re
from typing import Final

import pytest

from elements_bridge.http.static_files import static_root
from tests.support.browser.visitor import Visitor
from tests.support.browser_code import STATIC

pytestmark = pytest.mark.asyncio(loop_scope="session")

STORING: Final = ("kept.js", "kept-keys.js")
_COMMENT: Final = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_OF_THE_BROWSER: Final = """(names) => {
  const known = new Set();
  for (const global of Object.getOwnPropertyNames(window)) {
    known.add(global);
    for (const holder of [window[global], window[global]?.prototype]) {
      if (holder === null || !['object', 'function'].includes(typeof holder)) continue;
      for (const name of Object.getOwnPropertyNames(holder)) known.add(name);
    }
  }
  return names.filter((name) => known.has(name));
}"""


def internal_names(file: str) -> list[str]:
    """Return the names in the build's list for `sdk` or `frame`."""
    listed = re.search(rf"{file}: `([^`]*)`", (STATIC / "bundle.js").read_text("utf-8"))
    assert listed
    return listed[1].split()


def _source(*patterns: str) -> str:
    paths = [path for pattern in patterns for path in sorted(STATIC.glob(pattern))]
    return _COMMENT.sub("", "\n".join(path.read_text("utf-8") for path in paths))


async def test_no_shortened_name_is_one_of_the_browser(visitor: Visitor) -> None:
    names = [*internal_names("sdk"), *internal_names("frame")]
    page = await visitor.page_at("shop", "<!doctype html><link rel=icon href=data:,>")
    controls = ["contentWindow", "visibilityState", "observe"]  # of prototypes
    assert controls == await page.evaluate(_OF_THE_BROWSER, [*names, *controls])


@pytest.mark.parametrize(
    ("file", "built", "sources"),
    [
        ("sdk", "sdk/*.js", ("sdk/**/*.js",)),
        ("frame", "frame/*.js", ("sdk/**/*.js", "frame/**/*.js")),
    ],
)
async def test_each_is_used_and_none_is_left_in_what_browsers_get(
    file: str, built: str, sources: tuple[str, ...]
) -> None:
    """One that the frame shortens and a file that it loads later does not would be two names."""
    files = sorted(static_root().glob(built))
    code, served = _source(*sources), "\n".join(path.read_text("utf-8") for path in files)
    unused = [name for name in internal_names(file) if not re.search(rf"\b{name}\b", code)]
    assert [] == unused
    left = [name for name in internal_names(file) if re.search(rf"[.{{,]{name}\b", served)]
    assert [] == left


async def test_no_message_or_option_has_a_shortened_name() -> None:
    """Names in quotes are left as they are: the same name elsewhere would be another one then."""
    quoted = set(re.findall(r"'(\w+)'", _source("sdk/**/*.js", "frame/**/*.js")))
    names = {*internal_names("sdk"), *internal_names("frame")}
    assert {"iframe"} == quoted & names  # of `createElement`, where it is no property


async def test_no_field_of_what_is_stored_has_a_shortened_name() -> None:
    """Another release, which numbers its names anew, reads it."""
    kept = "".join((STATIC / "frame/session" / name).read_text() for name in STORING)
    stored = re.findall(r"@typedef \{\{([^@]*)\}\} (?:Entry|KeptKey)", kept)
    fields = {field for record in stored for field in re.findall(r"(\w+): ", record)}
    assert {"id", "token", "spentBy", "owner", "turn", "proofKey", "usedAt"} == fields
    assert set() == fields & set(internal_names("frame"))
