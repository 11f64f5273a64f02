"""The names that the build shortens inside the SDK are the SDK's alone, none of the browser's."""

import re
from pathlib import Path
from typing import Final

import pytest

from elements_bridge.http.static_files import static_root
from tests.support.browser.visitor import Visitor
from tests.support.browser_code import STATIC, copy_sources, run_build

pytestmark = pytest.mark.asyncio(loop_scope="session")

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
        ("sdk", "sdk/v1.js", ("sdk/**/*.js",)),
        ("frame", "frame/frame.js", ("sdk/**/*.js", "frame/**/*.js")),
    ],
)
async def test_each_is_used_and_none_is_left_in_what_browsers_get(
    file: str, built: str, sources: tuple[str, ...]
) -> None:
    code, served = _source(*sources), (static_root() / built).read_text("utf-8")
    unused = [name for name in internal_names(file) if not re.search(rf"\b{name}\b", code)]
    assert [] == unused
    left = [name for name in internal_names(file) if re.search(rf"[.{{,]{name}\b", served)]
    assert [] == left


async def test_the_files_that_the_frame_loads_later_use_none_of_its_short_names() -> None:
    later = "\n".join(
        (static_root() / "frame" / name).read_text("utf-8")
        for name in (
            *("account.js", "lists.js", "beside.js", "countries.js"),
            *("kept.js", "appearance.js", "fr.js"),
        )
    )
    assert [] == [name for name in internal_names("frame") if re.search(rf"\b{name}\b", later)]


async def test_no_message_or_option_has_a_shortened_name() -> None:
    """Names in quotes are left as they are: the same name elsewhere would be another one then."""
    quoted = set(re.findall(r"'(\w+)'", _source("sdk/**/*.js", "frame/**/*.js")))
    names = {*internal_names("sdk"), *internal_names("frame")}
    assert {"iframe"} == quoted & names  # of `createElement`, where it is no property


async def test_the_build_refuses_a_shortened_name_that_a_later_file_uses(tmp_path: Path) -> None:
    source, built = tmp_path / "static", tmp_path / "built"
    copy_sources(source)
    with (source / "frame" / "elements" / "lists.js").open("a") as file:
        file.write("export const shared = (view) => view.showStopped();\n")
    with pytest.raises(pytest.UsageError, match=r"not of the frame alone.*: showStopped"):
        run_build("--from", str(source), "--to", str(built))
