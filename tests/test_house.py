"""Rules of the house that no linter knows: sizes, docstrings, settings, kinds of jobs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from flask import Flask

from booking.jobs.build import burials, handlers
from booking.jobs.retry import RULES

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted((ROOT / "booking").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
LONGEST_FUNCTION, LONGEST_FILE = 60, 500
_READS = {"text", "required", "choice", "whole"}
_UNDONE = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
_PASSED_OVER = re.compile(r"\b(pytest\.skip|mark\.skip|mark\.xfail|importorskip|unittest\.mock)\b")


def _named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(_tree(path)) if isinstance(node, ast.Call))


def _method(call: ast.Call) -> tuple[str, str]:
    """Return `owner.name` of a call as a pair, empty where it is another kind of call."""
    if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
        return call.func.value.id, call.func.attr
    return "", ""


def test_there_is_a_house() -> None:
    assert len(MODULES) > 100


def test_every_module_says_what_it_is_for() -> None:
    assert [_named(path) for path in MODULES if not ast.get_docstring(_tree(path))] == []


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{_named(path)}:{function.name}"
        for path in (*MODULES, *TESTS)
        for function in _functions(path)
        if (function.end_lineno or 0) - function.lineno + 1 >= LONGEST_FUNCTION
    ]

    assert long == []


def test_no_file_is_too_long_to_read() -> None:
    long = [
        _named(path)
        for path in (*MODULES, *TESTS)
        if len(path.read_text(encoding="utf-8").splitlines()) > LONGEST_FILE
    ]

    assert long == []


def test_nothing_is_left_undone() -> None:
    found = [_named(path) for path in MODULES if _UNDONE.search(path.read_text(encoding="utf-8"))]

    assert found == []


def test_no_test_is_passed_over_and_none_pretends() -> None:
    own = Path(__file__)
    found = [
        _named(path)
        for path in TESTS
        if path != own and _PASSED_OVER.search(path.read_text(encoding="utf-8"))
    ]

    assert found == []


def _settings_read() -> set[str]:
    """Return the names that `booking.settings` asks its reader for."""
    return {
        f"BOOKING_{call.args[0].value}"
        for call in _calls(ROOT / "booking/settings.py")
        if _method(call)[0] == "reader" and _method(call)[1] in _READS
        if isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)
    }


def test_every_setting_stands_in_the_example_and_no_other() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    shown = set(re.findall(r"^#?(BOOKING_\w+)=", example, re.MULTILINE))

    assert len(shown) > 5
    assert shown == _settings_read()


def test_the_environment_is_read_in_one_place() -> None:
    found = {
        _named(path)
        for path in MODULES
        for node in ast.walk(_tree(path))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
        if isinstance(node.value, ast.Name) and node.value.id == "os"
    }

    assert found == {"booking/settings.py"}


def _kinds_added() -> set[str]:
    """Return every kind of job that is asked for anywhere, constants resolved."""
    return {
        _value_of(call.args[1], path)
        for path in MODULES
        for call in _calls(path)
        if _method(call) in {("outbox", "add"), ("outbox", "add_soon")}
    }


def _value_of(node: ast.expr, path: Path) -> str:
    assert isinstance(node, ast.Name), f"{_named(path)}: name the kind by a constant"
    for statement in _tree(path).body:
        if (
            isinstance(statement, ast.Assign)
            and isinstance(statement.targets[0], ast.Name)
            and statement.targets[0].id == node.id
            and isinstance(statement.value, ast.Constant)
        ):
            return str(statement.value.value)
    raise AssertionError(f"{_named(path)}: {node.id} is no constant of this file")


def test_every_kind_of_job_has_a_handler_and_every_handler_a_kind(app: Flask) -> None:
    services = app.extensions["booking"]

    kinds = _kinds_added()

    assert kinds == set(handlers(services))
    assert set(burials(services)) <= kinds
    assert set(RULES) <= kinds


def test_rooms_are_packages() -> None:
    folders = {path.parent for path in MODULES}
    assert [_named(folder) for folder in folders if not (folder / "__init__.py").exists()] == []
