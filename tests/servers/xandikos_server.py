"""Xandikos, as installed in this environment, in a process of its own.

Its command checks passwords over TLS only, so `xandikos_app.py` serves the same application with
the same password check over plain HTTP.
"""

from __future__ import annotations

import base64
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.servers.dav import DavServer


class Xandikos(DavServer):
    """Calendars stand below `calendars/`; a refused sync token is a 412."""

    name = "xandikos"
    home_template = "{user}/calendars/"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        for user in ("host", "other"):
            self.add_user(user)

    def command(self) -> Sequence[str]:
        program = Path(__file__).with_name("xandikos_app.py")
        return [sys.executable, "-P", str(program), str(self.port), str(self.folder)]

    def add_user(self, user: str) -> None:
        digest = hashlib.sha1(self.password_of(user).encode()).digest()  # noqa: S324
        path = self.folder / "htpasswd"
        lines = path.read_text() if path.exists() else ""
        lines += f"{user}:{{SHA}}{base64.b64encode(digest).decode()}\n"
        fresh = path.with_suffix(".new")
        fresh.write_text(lines)
        fresh.replace(path)
