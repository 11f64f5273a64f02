"""The text of the Lua scripts: what they share is included once, and one level deep."""

from pathlib import Path

import pytest

from link_kernel.redis import scripts
from link_kernel.redis.scripts import lua_source


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package with one script, which is also where shared fragments are looked up."""
    folder = tmp_path / "lua" / "shared"
    folder.mkdir(parents=True)
    (tmp_path / "lua" / "decide.lua").write_text("-- include part\nreturn part\n")
    monkeypatch.setattr(scripts, "files", lambda package: tmp_path)
    lua_source.cache_clear()
    return folder


def test_a_fragment_stands_where_the_script_names_it(shared: Path) -> None:
    (shared / "part.lua").write_text("local part = 1\n")

    assert lua_source("package", "decide") == "local part = 1\n\nreturn part\n"


def test_a_fragment_that_includes_another_is_refused(shared: Path) -> None:
    (shared / "part.lua").write_text("-- include other\n")

    with pytest.raises(ValueError, match=r"part\.lua is a fragment and includes another"):
        lua_source("package", "decide")
