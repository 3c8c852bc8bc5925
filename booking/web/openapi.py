"""The API's frame on flask-smorest; the only file that imports it.

Its traps: its error handler is app-wide and drops `Allow` (ours is used instead), its JSON
reader takes NaN and any depth (it gets the guarded body), and its documentation pages load
scripts from elsewhere (`booking.web.docs` is ours).
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Blueprint, Flask, Response, current_app
from flask_smorest import Api as _SmorestApi
from flask_smorest import Blueprint as _SmorestBlueprint
from marshmallow import Schema, fields
from webargs import core
from webargs.flaskparser import FlaskParser
from werkzeug.routing import BaseConverter, ValidationError

from booking.core.ids import decode_id, encode_id
from booking.web.json_guard import NOTHING, json_body
from booking.web.problems import MIME_TYPE
from booking.web.schemas.fields import Id

API_ROOT: Final = "/api/v1"
_EXTENSION = "booking.api"
_DOCUMENT = "booking.api.document"
_View = TypeVar("_View", bound=Callable[..., Any])
_SECURITY_SCHEMES: Final = {
    "api_key": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key (`bk_…`) made under Settings, API keys.",
    },
    "manage_token": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Manage-Token",
        "description": "The `token` of a booking's `manage_url`: it manages that booking alone.",
    },
}


class FieldFaultSchema(Schema):
    """One fault in the input."""

    pointer = fields.String(required=True, metadata={"description": "JSON pointer, RFC 6901"})
    detail = fields.String(required=True)


class AlternativeSchema(Schema):
    """A slot that is free instead."""

    start = fields.AwareDateTime(required=True)
    end = fields.AwareDateTime(required=True)


class ProblemSchema(Schema):
    """An error, RFC 9457."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True)
    request_id = fields.String(required=True)
    errors = fields.List(fields.Nested(FieldFaultSchema))
    alternatives = fields.List(fields.Nested(AlternativeSchema))
    step = fields.String(metadata={"description": "What a provider was asked when it failed."})


class IdConverter(BaseConverter):
    """`<id:name>` in a rule: our opaque ids; anything else is an unknown address."""

    regex = "[0-9a-z]{13}"

    def to_python(self, value: str) -> int:
        """Return the key behind the string."""
        key = decode_id(value)
        if key is None:
            raise ValidationError
        return key

    def to_url(self, value: int) -> str:
        """Return the string for the key."""
        return encode_id(value)


class _GuardedParser(FlaskParser):
    """Takes the JSON body that `json_guard` has read; no body is an empty one."""

    def _raw_load_json(self, req: Any) -> Any:  # noqa: ARG002 - the signature is webargs'
        body = json_body()
        return core.missing if body is NOTHING else body


class _Api(_SmorestApi):  # type: ignore[misc] # flask-smorest is untyped
    """Describes its resources when the description is first asked for, not at every start."""

    ERROR_SCHEMA = ProblemSchema

    def __init__(self, app: Flask, **options: Any) -> None:
        self._untold: list[Any] = []
        self._alone = Lock()
        self._has_answers = False
        super().__init__(app, **options)

    def _register_error_handlers(self) -> None:
        """Leave errors to `booking.web.errors`."""

    def _register_responses(self) -> None:
        """Leave each status' answer to `document`."""

    def register_blueprint(self, blueprint: Any, **options: Any) -> None:
        """Open the resource's addresses; `document` describes them."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blueprint.name] = self
        self._app.register_blueprint(blueprint, **options)
        self._untold.append(blueprint)

    def document(self) -> dict[str, Any]:
        """Describe every resource."""
        with self._alone:
            if not self._has_answers:
                super()._register_responses()
                self._has_answers = True
            while self._untold:
                blueprint = self._untold.pop(0)
                blueprint.register_views_in_doc(
                    self, self._app, self.spec, name=blueprint.name, parameters=None
                )
                self.spec.tag({"name": blueprint.name, "description": blueprint.description})
            return cast("dict[str, Any]", self.spec.to_dict())


if TYPE_CHECKING:

    class ApiBlueprint(Blueprint):
        """A resource of the API: a Flask blueprint whose views are described by schemas."""

        def __init__(
            self, name: str, import_name: str, *, url_prefix: str, description: str
        ) -> None: ...

        def route(self, rule: str, **options: Any) -> Callable[[_View], _View]:
            """Register the view under `rule` and describe it."""

        def arguments(
            self, schema: type[Schema] | Schema, *, location: str = "json", **options: Any
        ) -> Callable[[_View], _View]:
            """Check the input by `schema` and hand it to the view as its first argument."""

        def response(
            self, status_code: int, schema: type[Schema] | Schema | None = None, **options: Any
        ) -> Callable[[_View], _View]:
            """Dump what the view returns by `schema`; a Response is passed through."""

        def alt_response(
            self, status_code: int, *, schema: type[Schema], description: str
        ) -> Callable[[_View], _View]:
            """Describe an answer of another kind; the view returns it as a Response."""

        def doc(self, **members: Any) -> Callable[[_View], _View]:
            """Add members to the operation's description."""

else:

    class ApiBlueprint(_SmorestBlueprint):
        """A resource of the API: a Flask blueprint whose views are described by schemas."""

        ARGUMENTS_PARSER = _GuardedParser()


def init_api(app: Flask) -> None:
    """Prepare `app` for resources; they are registered with `register_resource`."""
    app.config.update(
        API_TITLE="Booking",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        API_SPEC_OPTIONS={
            "info": {"description": "Scheduling: offers, slots, bookings and calendars."},
            "servers": [{"url": "/"}],
        },
    )
    app.url_map.converters["id"] = IdConverter
    api = _Api(app, spec_kwargs={"marshmallow_plugin": MarshmallowPlugin(_schema_name)})
    api.register_converter(IdConverter, lambda _converter: {"type": "string", "format": "id"})
    api.register_field(Id, "string", "id")
    for name, scheme in _SECURITY_SCHEMES.items():
        api.spec.components.security_scheme(name, scheme)
    app.extensions[_EXTENSION] = api
    app.after_request(_without_null)


def register_resource(app: Flask, blueprint: Blueprint) -> None:
    """Register an `ApiBlueprint` and describe its views."""
    app.extensions[_EXTENSION].register_blueprint(blueprint)


def description() -> dict[str, Any]:
    """Return the OpenAPI document of this application; it is made once."""
    known = current_app.extensions.get(_DOCUMENT)
    if known is None:
        known = current_app.extensions[_DOCUMENT] = _document()
    return cast("dict[str, Any]", known)


def _document() -> dict[str, Any]:
    document: dict[str, Any] = current_app.extensions[_EXTENSION].document()
    document["components"]["schemas"].pop("PaginationMetadata", None)
    for path in document["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict):
                _describe_errors(operation)
    return document


def _without_null(response: Response) -> Response:
    """Empty the body of "no content": flask-smorest dumps `null` there (RFC 9110, 15.3.5)."""
    if response.status_code == HTTPStatus.NO_CONTENT:
        response.set_data(b"")
        response.headers.remove("Content-Type")
    return response


def _describe_errors(operation: dict[str, Any]) -> None:
    """Let every operation name the one shape that its errors have."""
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    responses = operation.setdefault("responses", {})
    for status in [status for status in responses if status.startswith("4")]:
        responses.pop(status)
    responses["default"] = {
        "description": "An error; `code` says which.",
        "content": {MIME_TYPE: problem},
    }


def _schema_name(schema: type[Schema] | Schema | str) -> str:
    kind = schema if isinstance(schema, type) else type(schema)
    name = schema if isinstance(schema, str) else kind.__name__
    return name.removesuffix("Schema")
