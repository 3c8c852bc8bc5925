"""Every route, asked by nobody and by a stranger."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from booking.core.ids import encode_id, new_id, new_uid
from booking.security.tokens import manage_token
from booking.web.policy import Policy, policy_of
from tests.conftest import HostAccount, HostFactory
from tests.web.belongings import Belongings, give, rows_of_everybody
from tests.web.browser import csrf_of, sign_in

# What guests may send without any proof; each view behind these counts its visitors.
OPEN_TO_GUESTS = {
    "bookings.book",
    "holds.place_hold",
    "holds.release_hold",
    "public.choose",
    "public.book",
    "public.renew",
}
SAFE = {"GET", "HEAD", "OPTIONS"}
UNKNOWN = encode_id(new_id())


def operations(app: Flask) -> Iterator[tuple[Rule, str, Policy | None]]:
    """Return every (rule, method, policy) of the application."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method, policy_of(view, method)


def path_of(rule: Rule, key: str, uid: str = "0" * 26) -> str:
    """Return an address of the rule with `key` for every id."""
    path = rule.rule
    for name in rule.arguments:
        for declared in (f"<id:{name}>", f"<path:{name}>", f"<{name}>"):
            path = path.replace(declared, uid if name == "uid" else key)
    return path


def body_of(answer: TestResponse) -> Any:
    """Return what the answer says, without what differs between any two answers."""
    if (answer.mimetype or "").endswith("json"):
        return {**answer.get_json(force=True), "request_id": ""}
    return answer.status


def test_every_route_has_a_policy(app: Flask) -> None:
    bare = [(rule.rule, method) for rule, method, policy in operations(app) if policy is None]

    assert bare == []


def test_only_what_is_listed_changes_anything_without_proof(app: Flask) -> None:
    open_to_all = {
        rule.endpoint
        for rule, method, policy in operations(app)
        if method not in SAFE and policy is not None and policy.name == "public"
    }

    assert open_to_all <= OPEN_TO_GUESTS


def test_nobody_enters_a_route_that_is_not_public(app: Flask, client: FlaskClient) -> None:
    entered = []
    for rule, method, policy in operations(app):
        if policy is None or policy.name in {"public", "own_form", "inside"}:
            continue
        answer = client.open(path_of(rule, UNKNOWN), method=method)
        to_login = answer.status_code == 303 and answer.headers["Location"].startswith("/login")
        if answer.status_code not in {401, 404} and not to_login:
            entered.append((method, rule.rule, answer.status))

    assert entered == []


def test_forms_are_refused_without_their_token(app: Flask, host: HostAccount) -> None:
    sign_in(host.client, host.email, host.password)

    entered = [
        (method, rule.rule)
        for rule, method, policy in operations(app)
        if policy is not None and method not in SAFE and policy.name in {"host", "own_form"}
        if host.client.open(path_of(rule, UNKNOWN), method=method).status_code != 400
    ]

    assert entered == []


def test_a_cookie_opens_nothing_in_the_api(app: Flask, host: HostAccount) -> None:
    sign_in(host.client, host.email, host.password)

    entered = [
        (method, rule.rule)
        for rule, method, policy in operations(app)
        if policy is not None and policy.name.startswith(("key:", "manage-or-key:"))
        if host.client.open(path_of(rule, UNKNOWN), method=method).status_code != 401
    ]

    assert entered == []


@pytest.fixture
def theirs(app: Flask, make_host: HostFactory) -> Belongings:
    """What another host owns."""
    return give(app, make_host(username="victim"))


def test_foreign_ids_answer_a_key_like_unknown_ones(
    app: Flask, theirs: Belongings, host: HostAccount
) -> None:
    before = rows_of_everybody()
    told = []
    for rule, method, policy in operations(app):
        if policy is None or "key:" not in policy.name or "<id:" not in rule.rule:
            continue
        unknown = body_of(host.call(method, path_of(rule, UNKNOWN), json={}))
        told += [
            (method, rule.rule)
            for key in theirs.ids
            if body_of(host.call(method, path_of(rule, encode_id(key)), json={})) != unknown
        ]

    assert told == []
    assert rows_of_everybody() == before


def test_foreign_ids_answer_a_login_like_unknown_ones(
    app: Flask, theirs: Belongings, host: HostAccount
) -> None:
    sign_in(host.client, host.email, host.password)
    token = csrf_of(host.client.get("/settings/profile"))
    before = rows_of_everybody()
    told = []
    for rule, method, policy in operations(app):
        if policy is None or policy.name != "host" or "<" not in rule.rule:
            continue
        for key in theirs.ids:
            path = path_of(rule, encode_id(key), theirs.uid)
            answer = host.client.open(path, method=method, data={"csrf_token": token})
            if answer.status_code != 404:
                told.append((method, rule.rule, answer.status))

    assert told == []
    assert rows_of_everybody() == before


def test_a_foreign_booking_is_not_found_by_key_or_by_another_bookings_token(
    app: Flask, theirs: Belongings, host: HostAccount, client: FlaskClient
) -> None:
    before = rows_of_everybody()
    token = manage_token(app.config["SECRET_KEY"], new_uid())
    told = []
    for rule, method, policy in operations(app):
        if policy is None or policy.name == "host" or "uid" not in rule.arguments:
            continue
        path = path_of(rule, UNKNOWN, theirs.uid)
        fields = {"start": "2026-12-01T09:00:00Z"} if rule.endpoint.endswith("reschedule") else {}
        by_key = host.call(method, path, json=fields)
        by_token = client.open(path, method=method, headers={"X-Manage-Token": token}, json=fields)
        by_link = client.open(f"{path}?token={token}", method=method)
        told += [
            (method, rule.rule, answer.status)
            for answer in (by_key, by_token, by_link)
            if answer.status_code not in {401, 404}
        ]

    assert told == []
    assert rows_of_everybody() == before
