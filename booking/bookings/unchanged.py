"""The stamps of event types, without asking again while nothing at all was committed.

SQLite tells a connection in microseconds whether any other one has committed since it last asked
(`PRAGMA data_version`, sqlite.org/pragma.html). Connections of our own, which never write, ask
that: a stamp read since the last commit is still the stamp. Other databases read it each time.
"""

from __future__ import annotations

import sqlite3
import weakref
from collections import deque
from typing import cast

from sqlalchemy import QueuePool

from booking.bookings.subjects import Stamp, find_stamp
from booking.db import db, glancing

_MOST_REMEMBERED = 1024


class Stamps:
    """Reads the stamps of event types; for many threads and processes at once."""

    def __init__(self) -> None:
        self._idle: deque[_Watcher] = deque()

    def of(self, event_type_id: int) -> Stamp:
        """Return the stamp as of now: every commit that ended before the call is in it.

        Errors: NotFound as for `find_stamp`.
        """
        try:
            watcher = self._idle.pop()
        except IndexError:
            if not _is_sqlite_file():
                return _read(event_type_id)
            watcher = _Watcher()
        # A watcher whose connection fails is not put back; who asks learns of it from the query.
        if not watcher.looks():
            return _read(event_type_id)
        try:
            return watcher.stamp(event_type_id)
        finally:
            self._idle.append(watcher)


class _Watcher:
    """A connection that only looks for commits, and the stamps read since the last one."""

    def __init__(self) -> None:
        pooled = db.engine.raw_connection()
        pooled.detach()
        weakref.finalize(self, pooled.close)
        self._cursor = cast("sqlite3.Connection", pooled.dbapi_connection).cursor()
        self._version: object = None
        self._stamps: dict[int, Stamp] = {}

    def looks(self) -> bool:
        """Forget what was read before the last commit of others; tell whether that worked."""
        try:
            version = self._cursor.execute("PRAGMA data_version").fetchall()
        except sqlite3.Error:
            return False
        if version != self._version or len(self._stamps) >= _MOST_REMEMBERED:
            self._stamps.clear()
            self._version = version
        return True

    def stamp(self, event_type_id: int) -> Stamp:
        """Return the stamp of a moment not before `looks` was called."""
        stamp = self._stamps.get(event_type_id)
        if stamp is None:
            # Read after the look: what is committed in between is looked for once more.
            stamp = self._stamps[event_type_id] = _read(event_type_id)
        return stamp


def _is_sqlite_file() -> bool:
    # SQLAlchemy pools connections to files this way; a database in memory belongs to one of them.
    return db.engine.dialect.name == "sqlite" and isinstance(db.engine.pool, QueuePool)


def _read(event_type_id: int) -> Stamp:
    with glancing() as connection:
        return find_stamp(connection, event_type_id)
