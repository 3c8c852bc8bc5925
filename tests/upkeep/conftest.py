"""Nothing here opens a door: the application is database and services alone."""

from tests.doorless import doorless_app, either_doorless_app

__all__ = ["doorless_app", "either_doorless_app"]
