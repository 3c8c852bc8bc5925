"""The demo's settings: generated once, kept beside its data, good for this machine alone."""

from __future__ import annotations

import base64
import json
import secrets
from pathlib import Path

from booking.settings import PREFIX, foreign_environment


def demo_environment(folder: Path, port: int) -> dict[str, str]:
    """Return the environment for the demo's processes, with settings of its own.

    Whatever is set with our prefix outside stays out: the demo must not touch a real database.
    """
    own = {
        **demo_secrets(folder),
        "DATABASE_URL": f"sqlite:///{folder / 'booking.sqlite3'}",
        "BASE_URL": f"http://127.0.0.1:{port}",
        "OUTBOUND_PRIVATE_HOSTS": "127.0.0.1",
    }
    names = ("SECRET_KEY", "CREDENTIAL_KEYS", "DATABASE_URL", "BASE_URL", "OUTBOUND_PRIVATE_HOSTS")
    return {**foreign_environment(), **{PREFIX + name: own[name] for name in names}}


def demo_secrets(folder: Path) -> dict[str, str]:
    """Return the demo's secrets: made in its first run, read afterwards."""
    path = folder / "secrets.json"
    if not path.exists():
        fresh = {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "CREDENTIAL_KEYS": base64.b64encode(secrets.token_bytes(32)).decode(),
            "password": secrets.token_urlsafe(9),
            "caldav_password": secrets.token_urlsafe(9),
        }
        path.touch(mode=0o600)
        path.write_text(json.dumps(fresh), encoding="utf-8")
    known: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return known
