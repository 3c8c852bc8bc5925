"""What pages load: little, and nothing from anybody else."""

from __future__ import annotations

import re

import pytest

from booking import paths

_PICKER = ("booker.js", "grid.js", "zone.js", "memory.js")
_FORM = ("details.js", "memory.js")
_FILES = sorted(path for kind in ("css", "js") for path in paths.STATIC.glob(f"*.{kind}"))
# Mail programs drop style sheets: letters carry their styles.
_PAGES = sorted(path for path in paths.TEMPLATES.rglob("*.html") if path.parent.name != "mail")


@pytest.mark.parametrize("scripts", [_PICKER, _FORM])
def test_a_page_loads_less_than_twenty_kilobytes_of_script(scripts: tuple[str, ...]) -> None:
    assert sum((paths.STATIC / name).stat().st_size for name in scripts) < 20_000


@pytest.mark.parametrize("path", _FILES, ids=lambda path: path.name)
def test_styles_and_scripts_ask_nobody_else(path: object) -> None:
    text = paths.STATIC.joinpath(str(path)).read_text(encoding="utf-8")

    assert not re.search(r"(?:https?:)?//[a-z0-9-]+\.[a-z]|@import|eval\(", text)


@pytest.mark.parametrize("path", _PAGES, ids=lambda path: path.name)
def test_pages_carry_no_styles_or_handlers_of_their_own(path: object) -> None:
    text = paths.TEMPLATES.joinpath(str(path)).read_text(encoding="utf-8")

    assert not re.search(r"""\sstyle=["']|\son[a-z]+=["']|<style|javascript:""", text)
