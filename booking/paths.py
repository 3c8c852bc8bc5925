"""Finds the files that travel with the package: templates and migrations."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).resolve().parent


def _find(name: str) -> Path:
    """Return the bundled folder of a wheel, else the one at the top of the source tree.

    The bundle comes first: a `templates/` next to an installed package may be someone else's.
    """
    bundled = _HERE / "_bundle" / name
    return bundled if bundled.is_dir() else _HERE.parent / name


TEMPLATES = _find("templates")
MIGRATIONS = _find("migrations")
STATIC = _HERE / "web" / "static"
