"""The discovery document as a judge: which routes exist, what may be sent, what is answered."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any
from urllib.parse import unquote

_KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "array": (list,),
    "object": (dict,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method of the API."""

    id: str
    verb: str
    pattern: re.Pattern[str]
    parameters: Mapping[str, Mapping[str, Any]]
    body: str | None
    answer: str | None

    @property
    def is_write(self) -> bool:
        return self.verb != "GET" and not self.id.endswith(("query", "watch", "stop"))


class Discovery:
    """Routes and schemas of the installed client's own document."""

    def __init__(self) -> None:
        place = files("googleapiclient.discovery_cache") / "documents" / "calendar.v3.json"
        document = json.loads(place.read_text(encoding="utf-8"))
        self._schemas: Mapping[str, Mapping[str, Any]] = document["schemas"]
        self._common: Mapping[str, Any] = document["parameters"]
        # A literal path goes before one with a name in its place.
        self._methods = sorted(_methods(document), key=lambda one: one.pattern.pattern.count("(?P"))

    def route(self, verb: str, path: str) -> tuple[Method, dict[str, str]] | None:
        """Find the method for a path below `calendar/v3/`, with the names in it."""
        for method in self._methods:
            match = method.pattern.fullmatch(path) if method.verb == verb else None
            if match is not None:
                return method, {name: unquote(text) for name, text in match.groupdict().items()}
        return None

    def faults_in_query(self, method: Method, query: Mapping[str, Sequence[str]]) -> list[str]:
        """Return what is wrong with the parameters."""
        known = {**self._common, **method.parameters}
        faults = [f"{method.id}: unknown parameter {name}" for name in query if name not in known]
        for name, texts in query.items():
            rule = known.get(name, {})
            if len(texts) > 1 and not rule.get("repeated"):
                faults.append(f"{method.id}: {name} is given {len(texts)} times")
            faults += [
                f"{method.id}: {name} is {text!r}" for text in texts if not _is_text_of(rule, text)
            ]
        return faults

    def faults_in_body(self, name: str, value: object) -> list[str]:
        """Return what a body has that its schema has not."""
        return list(self._faults({"$ref": name}, value, name))

    def _faults(self, rule: Mapping[str, Any], value: object, where: str) -> Iterator[str]:
        if "$ref" in rule:
            rule = self._schemas[rule["$ref"]]
        if value is None:
            return
        kind = rule.get("type", "any")
        if kind == "any":
            return
        is_number_as_truth = isinstance(value, bool) and kind != "boolean"
        if not isinstance(value, _KINDS[kind]) or is_number_as_truth:
            yield f"{where}: {type(value).__name__} where {kind} belongs"
        elif isinstance(value, dict):
            yield from self._faults_of_object(rule, value, where)
        elif isinstance(value, list):
            for number, part in enumerate(value):
                yield from self._faults(rule["items"], part, f"{where}[{number}]")

    def _faults_of_object(
        self, rule: Mapping[str, Any], value: Mapping[str, object], where: str
    ) -> Iterator[str]:
        named = rule.get("properties", {})
        others = rule.get("additionalProperties")
        for name, part in value.items():
            if name in named:
                yield from self._faults(named[name], part, f"{where}.{name}")
            elif others is not None:
                yield from self._faults(others, part, f"{where}.{name}")
            else:
                yield f"{where}: unknown field {name}"


def _methods(resource: Mapping[str, Any]) -> Iterator[Method]:
    for one in resource.get("methods", {}).values():
        yield Method(
            id=one["id"].removeprefix("calendar."),
            verb=one["httpMethod"],
            pattern=re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", one["path"])),
            parameters=one.get("parameters", {}),
            body=one.get("request", {}).get("$ref"),
            answer=one.get("response", {}).get("$ref"),
        )
    for inner in resource.get("resources", {}).values():
        yield from _methods(inner)


def _is_text_of(rule: Mapping[str, Any], text: str) -> bool:
    if rule.get("type") == "boolean":
        return text in {"true", "false"}
    if rule.get("type") == "integer":
        return text.lstrip("-").isdigit() and int(text) >= int(rule.get("minimum", text))
    return "enum" not in rule or text in rule["enum"]


def cut(value: Any, fields: str) -> Any:
    """Return the parts of an answer that `fields=` names: `items(id,start),nextPageToken`."""
    wanted = _fields(fields)
    return _cut(value, wanted)


def _cut(value: Any, wanted: Mapping[str, Any]) -> Any:
    if not wanted or "*" in wanted:
        return value
    if isinstance(value, list):
        return [_cut(one, wanted) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: _cut(part, wanted[name]) for name, part in value.items() if name in wanted}


def _fields(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    depth, start = 0, 0
    for place, letter in enumerate(f"{text},"):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            part, start = text[start:place], place + 1
            name, _, inner = part.partition("(")
            outer, _, below = name.partition("/")
            found[outer] = (
                _fields(inner.removesuffix(")") if inner else below) if (inner or below) else {}
            )
    return found
