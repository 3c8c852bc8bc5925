"""Fixtures of the journeys: a browser, and the product running as a person starts it."""

from __future__ import annotations

from tests.journeys.chromium import chromium, open_page
from tests.journeys.live import live

__all__ = ["chromium", "live", "open_page"]
