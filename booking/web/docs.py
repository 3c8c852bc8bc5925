"""`/api/v1/openapi.json` and `/api/docs`: the API's description, for programs and for people.

The page is made here from the same document, without scripts and without anything from
elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Response, render_template

from booking.core import errors
from booking.web.json_provider import dump_bytes
from booking.web.openapi import description
from booking.web.policy import public
from booking.web.problems import STATUS, status_of

docs = Blueprint("docs", __name__)
_METHODS: Final = ("get", "post", "put", "patch", "delete")
_REF = "#/components/schemas/"
_DEEPEST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldLine:
    """One field of an input or an answer; `depth` indents it below the field that holds it."""

    name: str
    kind: str
    is_required: bool
    note: str
    depth: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one address."""

    method: str
    path: str
    summary: str
    description: str
    access: str
    parameters: tuple[FieldLine, ...]
    body: tuple[FieldLine, ...]
    answers: tuple[tuple[str, str, tuple[FieldLine, ...]], ...]


@docs.get("/api/v1/openapi.json")
@public
def openapi_json() -> Response:
    """Return the OpenAPI 3.1 document."""
    return Response(dump_bytes(description()), content_type="application/json")


@docs.get("/api/docs")
@public
def page() -> str:
    """Show the document as a page."""
    document = description()
    return render_template(
        "api/docs.html",
        groups=_groups(document),
        info=document["info"],
        codes=_codes(),
    )


def _groups(document: Mapping[str, Any]) -> list[tuple[str, str, list[Operation]]]:
    """Return (name, description, operations) for each resource, in the order of the tags."""
    tags = {tag["name"]: tag.get("description", "") for tag in document.get("tags", [])}
    found: dict[str, list[Operation]] = {name: [] for name in tags}
    for path, operations in document["paths"].items():
        shared = operations.get("parameters", [])
        for method in _METHODS:
            if method in operations:
                operation = operations[method]
                tag = next(iter(operation.get("tags", [])), "")
                read = _operation(document, method, path, operation, shared)
                found.setdefault(tag, []).append(read)
    return [(name, tags.get(name, ""), listed) for name, listed in found.items() if listed]


def _operation(
    document: Mapping[str, Any],
    method: str,
    path: str,
    operation: Mapping[str, Any],
    shared: list[Any],
) -> Operation:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    return Operation(
        method=method.upper(),
        path=path,
        summary=operation.get("summary", ""),
        description=operation.get("description", ""),
        access=_access(operation),
        parameters=tuple(
            _parameter(document, item) for item in [*shared, *operation.get("parameters", [])]
        ),
        body=tuple(_lines(document, body.get("schema", {}))),
        answers=tuple(_answers(document, operation)),
    )


def _answers(
    document: Mapping[str, Any], operation: Mapping[str, Any]
) -> Iterator[tuple[str, str, tuple[FieldLine, ...]]]:
    for status, answer in operation.get("responses", {}).items():
        if status != "default":
            schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
            lines = tuple(_lines(document, schema))
            yield str(status), answer.get("description", ""), lines


def _access(operation: Mapping[str, Any]) -> str:
    names = [name for scheme in operation.get("security", []) for name in scheme]
    words = {"api_key": "API key", "manage_token": "manage token"}
    return " or ".join(words.get(name, name) for name in names) or "everybody"


def _parameter(document: Mapping[str, Any], item: Mapping[str, Any]) -> FieldLine:
    schema = _resolved(document, item.get("schema", {}))
    return FieldLine(
        name=item.get("name", ""),
        kind=_kind(schema),
        is_required=bool(item.get("required")),
        note=item.get("description", "") or _note(schema),
    )


def _lines(
    document: Mapping[str, Any], schema: Mapping[str, Any], depth: int = 0
) -> Iterator[FieldLine]:
    found = _resolved(document, schema)
    while "items" in found:
        found = _resolved(document, found["items"])
    required = set(found.get("required", ()))
    for name, member in found.get("properties", {}).items():
        inside = _resolved(document, member)
        yield FieldLine(
            name=name,
            kind=_kind(inside),
            is_required=name in required,
            note=_note(inside),
            depth=depth,
        )
        if depth < _DEEPEST:
            yield from _lines(document, inside, depth + 1)


def _resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow references, also those that are wrapped to say that null is allowed."""
    if "$ref" in schema:
        name = str(schema["$ref"]).removeprefix(_REF)
        found: Mapping[str, Any] = document["components"]["schemas"].get(name, {})
        return found
    for wrapped in (*schema.get("allOf", ()), *schema.get("anyOf", ())):
        if "$ref" in wrapped:
            return _resolved(document, wrapped)
    return schema


def _kind(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type", "object" if "properties" in schema else "any")
    words = kind if isinstance(kind, list) else [kind]
    form = schema.get("format")
    named = " or ".join(str(word) for word in words)
    return f"{named}, {form}" if form else named


def _note(schema: Mapping[str, Any]) -> str:
    allowed = [str(word) for word in schema.get("enum", ()) if word is not None]
    parts = [str(schema.get("description", "")), " · ".join(allowed)]
    if "minimum" in schema and "maximum" in schema:
        parts.append(f"{schema['minimum']} to {schema['maximum']}")
    return ". ".join(part for part in parts if part)


def _codes() -> list[tuple[str, int, str]]:
    """Return (code, status, meaning) of every error that has a code of its own."""
    found: dict[str, tuple[str, int, str]] = {}
    waiting: list[type[errors.BookingError]] = list(STATUS)
    while waiting:
        kind = waiting.pop(0)
        waiting.extend(kind.__subclasses__())
        status = status_of(kind.__new__(kind))
        meaning = next(iter((kind.__doc__ or "").splitlines()), "")
        if kind is not errors.BookingError:
            found.setdefault(kind.code, (kind.code, status, meaning))
    return sorted(found.values())
