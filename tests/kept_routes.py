"""Addresses compiled once in a process: every test has an application of its own, with the same.

Compiling two hundred rules takes longer than most tests; what comes out depends on a rule's own
text and defaults alone.
"""

from __future__ import annotations

from collections.abc import Callable

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
