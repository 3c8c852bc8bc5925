"""The API's description: true to the routes, and no input made from it breaks the server."""

from __future__ import annotations

import re
from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
)
from schemathesis.core.result import Ok

from booking.web.api.resources import RESOURCES
from booking.web.openapi import API_ROOT
from tests.conftest import HostAccount
from tests.web.api.making import API, book, made, make_event_type, put_calendar

_CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]
_AREAS = [blueprint.name for blueprint in RESOURCES]
_ID = st.from_regex(r"[0-9a-hjkmnp-tv-z]{13}", fullmatch=True)


def description(app: Flask) -> dict[str, Any]:
    return made(app.test_client().get(f"{API}/openapi.json"), 200)


def operations(app: Flask) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (method.upper(), path): operation
        for path, methods in description(app)["paths"].items()
        for method, operation in methods.items()
        if method != "parameters"
    }


def test_every_route_is_described_and_every_description_has_a_route(app: Flask) -> None:
    described = set(operations(app))

    routed = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(API_ROOT) and rule.rule != f"{API_ROOT}/openapi.json"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert described == routed


def test_every_operation_says_what_it_does_and_how_to_get_in(app: Flask) -> None:
    public = {path for _, path in operations(app) if "/slots" in path or "/holds" in path}

    for (method, path), operation in operations(app).items():
        assert operation["summary"].endswith("."), (method, path)
        is_open = path in public or (method, path) == ("POST", f"{API_ROOT}/bookings")
        if not is_open or path.endswith("/explain"):
            assert operation["security"], (method, path)


def test_the_description_is_openapi_3_1_without_loose_ends(app: Flask) -> None:
    document = description(app)
    text = str(document)

    assert document["openapi"].startswith("3.1")
    for name in re.findall(r"#/components/schemas/(\w+)", text):
        assert name in document["components"]["schemas"]
    schemathesis.openapi.from_dict(document).validate()


@pytest.mark.parametrize("area", _AREAS)
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_input_breaks_the_server(
    app: Flask, host: HostAccount, client: FlaskClient, area: str, mode: GenerationMode
) -> None:
    event_type = make_event_type(host)
    booking = made(book(client, event_type))
    known = [event_type["id"], event_type["schedule_id"], put_calendar(host)]
    schemathesis.openapi.format("id", st.sampled_from(known) | _ID)
    schema = schemathesis.openapi.from_wsgi(f"{API}/openapi.json", app)
    headers = {"Authorization": f"Bearer {host.api_key}"}
    results = list(schema.include(tag=area).get_all_operations())
    assert results

    for result in results:
        assert isinstance(result, Ok)
        operation = result.ok()
        path = {"uid": booking["uid"]} if "{uid}" in operation.path else None

        @settings(
            max_examples=10,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode, path_parameters=path))
        def check(case: schemathesis.Case[Any]) -> None:
            case.call_and_validate(headers=headers, checks=_CHECKS)

        check()
