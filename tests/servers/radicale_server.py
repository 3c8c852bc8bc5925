"""Radicale, as installed in this environment, in a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from tests.servers.dav import DavServer

# Owners may do everything. Calendars called `readonly…` may be read by the account `other`.
_RIGHTS = """\
[root]
user: .+
collection:
permissions: R
[owner-top]
user: .+
collection: {user}
permissions: RW
[owner-collections]
user: .+
collection: {user}/[^/]+
permissions: rw
[other-reads]
user: other
collection: [^/]+/readonly[^/]*
permissions: r
[other-sees-tops]
user: other
collection: [^/]+
permissions: R
"""
_CONFIG = """\
[server]
hosts = 127.0.0.1:{port}
max_connections = 60
[auth]
type = htpasswd
htpasswd_filename = {folder}/htpasswd
htpasswd_encryption = plain
delay = 0
[rights]
type = from_file
file = {folder}/rights
[storage]
filesystem_folder = {folder}/data
[web]
type = none
[logging]
level = warning
"""


class Radicale(DavServer):
    """Home and principal are the same place; a refused sync token is a 403."""

    name = "radicale"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        (folder / "rights").write_text(_RIGHTS)
        (folder / "config").write_text(_CONFIG.format(port=self.port, folder=folder))
        for user in ("host", "other"):
            self.add_user(user)

    def command(self) -> Sequence[str]:
        return [sys.executable, "-m", "radicale", "--config", str(self.folder / "config")]

    def add_user(self, user: str) -> None:
        with (self.folder / "htpasswd").open("a") as users:
            users.write(f"{user}:{self.password_of(user)}\n")
