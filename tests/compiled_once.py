"""Addresses, templates and statements compiled once in a process, not once for each test.

Every test has an application and a database of its own, and compiling two hundred rules takes
longer than most tests. What comes out depends on a rule's own text and defaults alone, on a
template's source, and on a statement and the kind of database.
"""

from __future__ import annotations

from typing import Any

from flask_sqlalchemy import SQLAlchemy
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from werkzeug.routing import Rule

_compile = Rule.compile
_rules: dict[object, tuple[dict[str, Any], dict[str, Any]]] = {}
_COMPILED = ("_parts", "_trace", "_converters", "arguments")
_BUILDERS = ("_build", "_build_unknown")


def _compile_once(rule: Rule) -> None:
    defaults = tuple((rule.defaults or {}).items())
    key = (rule.rule, rule.subdomain, rule.host, rule.merge_slashes, defaults)
    if key not in _rules:
        _compile(rule)
        found = {name: getattr(rule, name) for name in _COMPILED}
        builders = {name: getattr(rule, name).__func__ for name in _BUILDERS}
        _rules[key] = (found, builders)
        return
    found, builders = _rules[key]
    rule.__dict__.update(found)
    rule.__dict__.update({name: made.__get__(rule) for name, made in builders.items()})


def keep_routes() -> None:
    """Compile each address once."""
    setattr(Rule, "compile", _compile_once)  # noqa: B010


_statements: dict[Any, Any] = {}
_make_engine = SQLAlchemy._make_engine


def _make_engine_that_shares(*arguments: Any) -> Engine:
    engine = _make_engine(*arguments)
    engine._compiled_cache = _statements
    return engine


def keep_statements() -> None:
    """Compile each statement once for each kind of database.

    SQLAlchemy's caches ask for the same dialect; here those of a kind are equal.
    """
    setattr(SQLAlchemy, "_make_engine", _make_engine_that_shares)  # noqa: B010
    for kind in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        setattr(kind, "__eq__", lambda one, other: type(one) is type(other))  # noqa: B010
        setattr(kind, "__hash__", lambda one: hash(type(one)))  # noqa: B010


class _Templates(BytecodeCache):
    """Keeps the code of templates in memory."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template's code, where its source is still the same."""
        code = self._kept.get((bucket.key, bucket.checksum))
        if code is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template's code."""
        self._kept[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


TEMPLATES = _Templates()
