"""An endpoint that does not say who may use it is refused."""

import pytest
from flask import Flask, jsonify
from flask.typing import ResponseReturnValue
from flask.views import MethodView

from booking.accounts.values import Scope
from booking.web.policy import api_key, policy_of, public
from tests.conftest import HostAccount


def test_an_endpoint_without_a_policy_is_refused(app: Flask) -> None:
    app.add_url_rule("/api/v1/forgotten", "forgotten", lambda: "secret")

    answer = app.test_client().get("/api/v1/forgotten")

    assert answer.status_code == 403
    assert "secret" not in answer.text


def test_a_methodview_is_refused_method_by_method(app: Flask) -> None:
    class View(MethodView):
        @public
        def get(self) -> ResponseReturnValue:
            return "open"

        def post(self) -> ResponseReturnValue:
            return "secret"

    app.add_url_rule("/half", view_func=View.as_view("half"))
    client = app.test_client()

    assert client.get("/half").text == "open"
    assert client.head("/half").status_code == 200
    assert client.post("/half").status_code == 403


def test_an_endpoint_has_one_policy() -> None:
    @public
    def view() -> ResponseReturnValue:
        return ""

    with pytest.raises(TypeError):
        api_key(Scope.READ)(view)


@pytest.mark.parametrize(
    ("scope", "may_read", "may_book", "may_write"),
    [
        ("read", 200, 403, 403),
        ("bookings", 403, 200, 403),
        ("write", 200, 200, 200),
    ],
)
def test_keys_open_what_their_scopes_cover(
    app: Flask, host: HostAccount, scope: str, may_read: int, may_book: int, may_write: int
) -> None:
    for needed in Scope:
        path, view = f"/api/v1/needs-{needed}", api_key(needed)(lambda: jsonify({}))
        methods = ["GET"] if needed is Scope.READ else ["POST"]
        app.add_url_rule(path, f"needs_{needed}", view, methods=methods)
    key = app.extensions["booking"].api_keys.create(host.id, "x", (scope,)).secret
    client, headers = app.test_client(), {"Authorization": f"Bearer {key}"}

    read = client.get("/api/v1/needs-read", headers=headers)
    book = client.post("/api/v1/needs-bookings", headers=headers)
    write = client.post("/api/v1/needs-write", headers=headers)

    assert (read.status_code, book.status_code, write.status_code) == (
        may_read,
        may_book,
        may_write,
    )


def test_what_only_reads_is_open_to_a_reading_key(app: Flask, host: HostAccount) -> None:
    app.add_url_rule("/api/v1/look", "look", api_key(Scope.BOOKINGS)(lambda: jsonify({})))
    key = app.extensions["booking"].api_keys.create(host.id, "x", ("read",)).secret

    answer = app.test_client().get("/api/v1/look", headers={"Authorization": f"Bearer {key}"})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic x", "bearer bk_x", "Bearer \xff"]
)
def test_a_key_comes_in_the_bearer_header_alone(host: HostAccount, header: str) -> None:
    client = host.client

    assert client.get("/api/v1/me", headers={"Authorization": header}).status_code == 401
    assert client.get(f"/api/v1/me?api_key={host.api_key}").status_code == 401


def test_policies_survive_the_decorators_of_the_api(app: Flask) -> None:
    policy = policy_of(app.view_functions["me.change"], "PATCH")

    assert policy is not None
    assert policy.name == "key:write"
