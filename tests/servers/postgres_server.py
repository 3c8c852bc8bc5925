"""A PostgreSQL cluster of the tests' own: unix socket only, no fsync.

The server refuses to run as root, so as root its programs run as the user `postgres`.
"""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from tests.servers.process import ServerFailed, need

_FOLDERS = tuple(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))
_MAX_SOCKET_PATH = 80


class Postgres:
    """A cluster that makes databases."""

    def __init__(self, folder: Path) -> None:
        if len(str(folder)) > _MAX_SOCKET_PATH:
            raise ServerFailed(f"{folder} is too long a path for a unix socket")
        self._folder = folder
        self._data = folder / "data"
        self._names = itertools.count(1)
        self._is_root = os.geteuid() == 0
        self._is_running = False

    def start(self) -> None:
        """Make the cluster if there is none, and start it."""
        if not self._data.exists():
            if self._is_root:
                shutil.chown(self._folder, "postgres")
            how = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
            self._run("initdb", "-D", str(self._data), *how)
        options = f"-F -k {self._folder} -c listen_addresses= -c max_connections=100"
        log = str(self._folder / "log")
        self._run("pg_ctl", "-D", str(self._data), "-o", options, "-l", log, "-w", "start")
        self._is_running = True

    def stop(self, *, kill: bool = False) -> None:
        """Stop it: `kill` does not wait for open transactions and recovers at the next start."""
        if not self._is_running:
            return
        self._is_running = False
        mode = "immediate" if kill else "fast"
        self._run("pg_ctl", "-D", str(self._data), "-m", mode, "-w", "stop")

    def create(self, *, template: str = "template1", name: str | None = None) -> str:
        """Make a database, from a template if one is named, and return its address."""
        chosen = name or f"test_{next(self._names)}"
        self._sql("CREATE DATABASE {} TEMPLATE {}", chosen, template)
        return self.url(chosen)

    def drop(self, name: str) -> None:
        """Remove a database, ending the connections to it."""
        self._sql("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def url(self, name: str) -> str:
        """Return the address of a database for SQLAlchemy."""
        return f"postgresql+psycopg://postgres@/{name}?host={quote(str(self._folder), safe='')}"

    def _sql(self, statement: str, *names: str) -> None:
        with psycopg.connect(
            host=str(self._folder), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            parts = [sql.Identifier(name) for name in names]
            connection.execute(sql.SQL(statement).format(*parts))

    def _run(self, program: str, *arguments: str) -> None:
        command: Sequence[str] = [
            need(program, package="postgresql", folders=_FOLDERS),
            *arguments,
        ]
        # The server inherits standard output, so it goes to a file: a pipe would never end.
        output = self._folder / f"{program}.out"
        user = "postgres" if self._is_root else None
        with output.open("wb") as file:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                check=False,
                timeout=60,
                user=user,
                group=user,
                extra_groups=None if user is None else [],
            )
        if done.returncode:
            raise ServerFailed(f"{program} failed:\n{output.read_text()[-2000:]}")
