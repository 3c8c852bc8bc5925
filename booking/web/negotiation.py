"""Which kind of answer a request wants, and which addresses belong to the API."""

from __future__ import annotations

from flask import request

API_PREFIX = "/api/"


def is_api_request() -> bool:
    """Tell whether the address is one of the API's; its documentation page is not."""
    return request.path.startswith(API_PREFIX) and request.path != "/api/docs"


def wants_json() -> bool:
    """Tell whether an error should be told in JSON: in the API, or where JSON is preferred."""
    if is_api_request():
        return True
    accepted = request.accept_mimetypes
    json = max(accepted["application/json"], accepted["application/problem+json"])
    return json > accepted["text/html"]
