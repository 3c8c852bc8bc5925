"""The database: declarative base, UTC columns, and units of reading and writing.

SQLite's default transactions double-book under load, so every writing unit opens with BEGIN
IMMEDIATE (docs/adr/0003). No network call may happen inside a unit.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import orjson
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    event,
    text,
)
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, registry
from sqlalchemy.types import TypeDecorator

from booking.settings import Settings

_NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
_PATIENCE_SECONDS = 10
_RETRYABLE_STATES = {"40001", "40P01"}
_T = TypeVar("_T")


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC moment; naive values are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive values, store UTC (without its offset where the database has none)."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002 - the signature is SQLAlchemy's
    ) -> datetime | None:
        """Return an aware UTC moment."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Parent of every table."""

    registry = registry(
        metadata=MetaData(naming_convention=_NAMING),
        type_annotation_map={
            int: BigInteger(),
            datetime: UtcDateTime(),
            dict[str, Any]: JSON(),
            list[Any]: JSON(),
            list[str]: JSON(),
            list[int]: JSON(),
        },
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})


def init_database(app: Flask, settings: Settings) -> None:
    """Bind the database to `app`, with SQLite in WAL mode and explicit BEGIN."""
    app.config["SQLALCHEMY_DATABASE_URI"] = _with_driver(settings.database_url)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _engine_options(settings)
    db.init_app(app)
    with app.app_context():
        if settings.is_sqlite:
            _prepare_sqlite(db.engine)


def _with_driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def _engine_options(settings: Settings) -> dict[str, Any]:
    # Errors name the statement, never its values: those are guests' names and sealed secrets.
    usual = {"hide_parameters": True, "json_serializer": _json, "json_deserializer": _from_json}
    if settings.is_sqlite:
        in_file = {"pool_size": 20, "max_overflow": 30}
        pool = {} if ":memory:" in settings.database_url else in_file
        return {"connect_args": {"timeout": _PATIENCE_SECONDS}, **usual, **pool}
    return {
        **usual,
        "pool_pre_ping": True,
        "pool_size": 20,
        "max_overflow": 20,
        "pool_timeout": 10,
    }


def _json(value: Any) -> str:
    """Return a value as JSON: by orjson, and what it refuses (keys that are no text) as ever."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value)


def _from_json(text: str | bytes) -> Any:
    try:
        return orjson.loads(text)
    except ValueError:
        return json.loads(text)


def _prepare_sqlite(engine: Engine) -> None:
    """Take transaction control away from the driver and give it to SQLAlchemy's begin event."""

    @event.listens_for(engine, "connect")
    def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=10000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Any) -> None:
        mode = connection.get_execution_options().get("sqlite_begin")
        if mode is None:  # cannot fail, so the library need not translate what it raises
            connection.connection.driver_connection.execute("BEGIN")
        else:
            connection.exec_driver_sql(f"BEGIN {mode}")


class KeptUnit:
    """The last writing unit of a request, ended but not yet committed.

    Between `begin` and `end` each `writing()` of this thread leaves its unit here instead of
    committing it, so that what is to be stored with it (the answer to an idempotency key) is
    committed with it or not at all. The next unit, and every request to a provider, commit it
    first: so units stay short, and none waits for a network.
    """

    def __init__(self) -> None:
        self.session: Session | None = None

    def begin(self) -> None:
        """Keep the units of this thread from here on."""
        _KEPT.set(self)

    def take(self, session: Session) -> None:
        """Keep a unit that has ended."""
        self.session = session

    def stop(self) -> None:
        """Keep no more units; the one that is kept stays until it is committed or given up."""
        _KEPT.set(None)

    def commit(self) -> None:
        """Commit what is kept, if anything is."""
        session, self.session = self.session, None
        if session is not None:
            with session:
                session.commit()

    def give_up(self) -> None:
        """Roll back what is kept, if anything is."""
        session, self.session = self.session, None
        if session is not None:
            session.close()


_KEPT: ContextVar[KeptUnit | None] = ContextVar("kept_unit", default=None)


def commit_kept() -> None:
    """Commit the unit that is kept for an answer: something slow is about to begin."""
    kept = _KEPT.get()
    if kept is not None:
        kept.commit()


@contextmanager
def reading() -> Iterator[Session]:
    """Open a unit that only reads; it sees one consistent state and leaves nothing behind."""
    kept = _KEPT.get()
    if kept is not None and kept.session is not None:
        yield kept.session  # what it wrote is to be seen, though it is not committed yet
        return
    with Session(db.engine, expire_on_commit=False) as session:
        yield session


@contextmanager
def glancing() -> Iterator[Connection]:
    """Open a connection for one statement that reads, without the cost of a session."""
    commit_kept()
    with db.engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            # One statement sees one state by itself: BEGIN and ROLLBACK are journeys saved.
            connection.execution_options(isolation_level="AUTOCOMMIT")
        yield connection


_TURNS: WeakKeyDictionary[Engine, Lock] = WeakKeyDictionary()


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    """Wait until no other thread of this process writes to an SQLite file.

    SQLite has its waiters sleep and look again, for up to a tenth of a second; a lock wakes them at
    once. It only orders them: who waits in vain goes on, and SQLite's own lock decides.
    """
    if engine.dialect.name != "sqlite":
        yield
        return
    lock = _TURNS.setdefault(engine, Lock())
    is_ours = lock.acquire(timeout=_PATIENCE_SECONDS)
    try:
        yield
    finally:
        if is_ours:
            lock.release()


@contextmanager
def writing(*, at_once: bool = False) -> Iterator[Session]:
    """Open a unit that writes: committed at the end, rolled back on any error.

    SQLite takes its one write lock at once (waiting up to 10 s), so the unit reads what it will
    change. Units are short, never nested, and never wait for a network. Where a `KeptUnit` has
    begun, it commits, unless this unit is to be committed `at_once`.
    """
    commit_kept()
    kept = None if at_once else _KEPT.get()
    with _turn(db.engine), ExitStack() as stack:
        session = stack.enter_context(Session(db.engine, expire_on_commit=False))
        session.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
        yield session
        if kept is None:
            session.commit()
            return
        session.flush()
        stack.pop_all()
        kept.take(session)


def retry_once(unit: Callable[[], _T]) -> _T:
    """Run `unit`; run it once more if the database gave it up as a deadlock or a clash.

    Source: PostgreSQL manual, Appendix A: 40001 serialization_failure, 40P01 deadlock_detected.
    """
    try:
        return unit()
    except OperationalError as error:
        if not is_retryable(error):
            raise
        return unit()


def is_retryable(error: DBAPIError) -> bool:
    """Tell whether the same unit may well succeed when it is tried again."""
    return getattr(error.orig, "sqlstate", None) in _RETRYABLE_STATES


def lock_subjects(session: Session, namespace: int, keys: list[int]) -> None:
    """Hold PostgreSQL's advisory locks on `keys` until the unit ends, in one fixed order.

    SQLite needs none: its writers are alone. `namespace` keeps rooms apart.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    for key in sorted(set(keys)):
        # Two 32-bit halves exist, or one 64-bit key; ours are 63 bits, so the room is mixed in.
        session.execute(
            text("SELECT pg_advisory_xact_lock(:key)"), {"key": key ^ (namespace << 56)}
        )
