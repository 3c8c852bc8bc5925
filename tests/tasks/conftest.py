"""Tasks are tested without doors."""

from __future__ import annotations

from tests.doorless import doorless_app, either_doorless_app

__all__ = ["doorless_app", "either_doorless_app"]
