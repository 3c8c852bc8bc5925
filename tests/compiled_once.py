"""Addresses and templates compiled once in a process, though every test has its own application.

Compiling two hundred rules takes longer than most tests; what comes out depends on a rule's own
text and defaults alone, and on a template's source.
"""

from __future__ import annotations

from collections.abc import Callable

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

_compile = Rule._compile_builder
_kept: dict[object, Callable[..., tuple[str, str]]] = {}


def _compile_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    key = (tuple(rule._trace), tuple((rule.defaults or {}).items()), append_unknown)
    if key not in _kept:
        _kept[key] = _compile(rule, append_unknown)
    return _kept[key]


def keep_routes() -> None:
    """Compile each address once."""
    setattr(Rule, "_compile_builder", _compile_once)  # noqa: B010


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
