"""Whatever stands in a field of a request, the answer is a refusal and never a fault of ours."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from tests.conftest import HostAccount
from tests.web.api.making import API, make_event_type

ODD: tuple[Any, ...] = (-1, 1.5, 10**30, "9" * 30, "\N{ARABIC-INDIC DIGIT THREE}", [[]], {"a": 1})
_PLACE = re.compile(r"\{[^}]+\}")
_METHODS = {"post", "put", "patch", "delete"}
_NOBODYS = "0000000000001"


@pytest.fixture
def description(host: HostAccount) -> dict[str, Any]:
    found: dict[str, Any] = host.call("GET", f"{API}/openapi.json").get_json()
    return found


def test_no_value_of_a_field_is_a_fault(
    app: Flask, host: HostAccount, description: dict[str, Any]
) -> None:
    app.testing = False
    event_type = make_event_type(host)["id"]

    faults = [
        (method, path, field, odd)
        for method, path, fields in _bodies(description)
        for field in fields
        for odd in ODD
        if _status(host, method, path, {**_needed(fields, event_type), field: odd}) >= 500
    ]

    assert faults == []


def _needed(fields: dict[str, Any], event_type: str) -> dict[str, Any]:
    """Return good values for what a request has to have."""
    good = {
        "event_type_id": event_type,
        "start": "2026-11-25T09:00:00Z",
        "time_zone": "UTC",
        "guest": {"name": "A", "email": "a@b.example"},
        "title": "T",
        "name": "N",
        "start_date": "2026-12-01",
        "end_date": "2026-12-02",
    }
    return {name: good[name] for name in fields if name in good}


def _bodies(description: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield method, path and fields of every request that has a body; nothing is connected."""
    for template, item in description["paths"].items():
        path = _PLACE.sub(_NOBODYS, template)
        for method in _METHODS & item.keys():
            content = item[method].get("requestBody", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema")
            if schema is not None and (method, template) != ("post", f"{API}/connections"):
                yield method.upper(), path, _resolved(description, schema).get("properties", {})


def _resolved(description: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = description["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    return schema


def _status(host: HostAccount, method: str, path: str, body: dict[str, Any]) -> int:
    sent = json.dumps(body)
    return host.call(method, path, data=sent, content_type="application/json").status_code
