"""Tests of this room open no doors."""

from tests.doorless import doorless_app, either_doorless_app

__all__ = ["doorless_app", "either_doorless_app"]
