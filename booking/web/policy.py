"""Who may use an endpoint. Every endpoint says so; one that says nothing is refused.

A decorator marks the view (or a MethodView's method) with its policy, below the route:

    @blueprint.route("/me")
    @api_key(Scope.READ)
    def show_me() -> ...

What a row belongs to is left to the services: they look rows up by owner.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from flask import Flask, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from booking.accounts.values import Scope
from booking.core.errors import Forbidden, NotFound, Unauthorized
from booking.security.tokens import is_manage_token, wish_of
from booking.web.csrf import check_own_form
from booking.web.current import services
from booking.web.limits import limit_feeds
from booking.web.login import signed_in
from booking.web.negotiation import wants_json

_View = TypeVar("_View", bound=Callable[..., Any])
IsToken = Callable[[str, str, str], bool]
"""Tells whether, with the secret key, a token opens something of the booking with this uid."""
_Check = Callable[[], ResponseReturnValue | None]
_ATTRIBUTE = "access_policy"
_BEARER: Final = "Bearer "
_SAFE = frozenset({"GET", "HEAD"})
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A rule of entry: `check` lets the request in, answers instead, or raises.

    `is_personal` answers are never stored; `has_token` pages carry a secret in their address.
    `schemes` are the security schemes of the API's description, any of which is enough.
    """

    name: str
    check: _Check
    is_personal: bool = True
    has_token: bool = False
    schemes: tuple[str, ...] = ()


def public(view: _View) -> _View:
    """Everybody; no cookie is looked at. Forms behind it must be limited."""
    return _marked(view, Policy(name="public", check=_nothing, is_personal=False))


def own_form(view: _View) -> _View:
    """Everybody, but unsafe requests only from our own page: sign-in and its like."""
    return _marked(view, Policy(name="own_form", check=check_own_form))


def host_only(view: _View) -> _View:
    """Hosts who are signed in; `current.host()` is who. Unsafe requests need origin and token."""
    return _marked(view, Policy(name="host", check=_check_host))


def admin_only(view: _View) -> _View:
    """Signed-in hosts who run the site."""
    return _marked(view, Policy(name="admin", check=_check_admin))


def api_key(scope: Scope | str) -> Callable[[_View], _View]:
    """Programs with a key that covers `scope`; `current.user_id()` is whose.

    What only reads is open to every key with `read`, whatever it needs to change.
    """
    needed = Scope(scope)

    def check() -> None:
        _check_key(needed)

    policy = Policy(name=f"key:{needed}", check=check, schemes=("api_key",))
    return lambda view: _marked(view, policy)


def manage_token(view: _View) -> _View:
    """Guests with the manage token of the booking `uid` in the address: `?token=` or the form's."""
    policy = Policy(name="manage", check=_check_page_token, has_token=True)
    return _marked(view, policy)


def manage_token_or_key(
    scope: Scope | str, also: IsToken = is_manage_token
) -> Callable[[_View], _View]:
    """Guests with `X-Manage-Token` for booking `uid`, or programs with a key for `scope`.

    `current.acting()` is who. A read may carry the token as `?token=`, for links in mails; `also`
    says which other token is good enough there.
    """
    needed = Scope(scope)

    def check() -> None:
        token = request.headers.get("X-Manage-Token")
        if token is None and request.method in _SAFE:
            token = request.args.get("token")
        if token is None:
            _check_key(needed)
        else:
            _check_token(token, also)

    policy = Policy(
        name=f"manage-or-key:{needed}",
        check=check,
        has_token=True,
        schemes=("manage_token", "api_key"),
    )
    return lambda view: _marked(view, policy)


def wish_token(view: _View) -> _View:
    """Guests with the token by which a wish is confirmed; `g.wish_id` is which."""
    return _marked(view, Policy(name="wish", check=_check_wish_token, has_token=True))


def feed_token(view: _View) -> _View:
    """Calendar programs with the secret `?token=` of the feed of host `username`.

    `current.feed_owner()` is whose feed it is. Answers may be kept by the program that asked.
    """
    policy = Policy(name="feed", check=_check_feed_token, is_personal=False, has_token=True)
    return _marked(view, policy)


def proven_inside(view: _View) -> _View:
    """Endpoints whose own first lines prove the sender, such as push hooks."""
    return _marked(view, Policy(name="inside", check=_nothing))


def init_policies(app: Flask) -> None:
    """Refuse every request whose endpoint has no policy, and apply the policies of the rest."""
    public(app.view_functions["static"])
    app.before_request(_guard)


def policy_of(view: Callable[..., Any], method: str) -> Policy | None:
    """Return the policy of a view for one HTTP method."""
    view_class = getattr(view, "view_class", None)
    if view_class is not None:
        name = "get" if method == "HEAD" and not hasattr(view_class, "head") else method.lower()
        view = getattr(view_class, name, view)
    policy: Policy | None = getattr(view, _ATTRIBUTE, None)
    return policy


def view_of_request() -> Callable[..., Any] | None:
    """Return the view that this request is for, None where there is none."""
    if request.endpoint is None:
        return None
    return current_app.view_functions.get(request.endpoint)


def policy_of_request() -> Policy | None:
    """Return the policy that this request falls under."""
    view = view_of_request()
    return None if view is None else policy_of(view, request.method)


def _guard() -> ResponseReturnValue | None:
    if request.endpoint is None or request.routing_exception is not None:
        return None
    if request.method == "OPTIONS" and _answers_options_itself():
        return None
    policy = policy_of_request()
    if policy is None:
        _log.error("endpoint_without_policy endpoint=%s", request.endpoint)
        raise Forbidden
    return policy.check()


def _answers_options_itself() -> bool:
    return bool(getattr(request.url_rule, "provide_automatic_options", False))


def _marked(view: _View, policy: Policy) -> _View:
    if getattr(view, _ATTRIBUTE, None) is not None:
        raise TypeError(f"{view!r} has a policy already")
    setattr(view, _ATTRIBUTE, policy)
    if policy.schemes:
        # Where flask-smorest looks for what it cannot infer.
        documented = deepcopy(getattr(view, "_apidoc", {}))
        security: list[dict[str, list[str]]] = [{scheme: []} for scheme in policy.schemes]
        documented.setdefault("manual_doc", {})["security"] = security
        view._apidoc = documented  # type: ignore[attr-defined]  # noqa: SLF001
    return view


def _nothing() -> None:
    return None


def _check_host() -> ResponseReturnValue | None:
    account = signed_in()
    if account is None:
        if wants_json():
            raise Unauthorized
        wanted = request.full_path.rstrip("?") if request.method in _SAFE else None
        return redirect(url_for("auth.login", next=wanted), 303)
    g.account = account
    check_own_form()
    return None


def _check_admin() -> ResponseReturnValue | None:
    answer = _check_host()
    if answer is None and not g.account.is_admin:
        raise NotFound
    return answer


def _check_key(scope: Scope) -> None:
    header = request.headers.get("Authorization", "")
    if not header.startswith(_BEARER):
        raise Unauthorized("Send an API key: Authorization: Bearer bk_…")
    bearer = services().api_keys.verify(header.removeprefix(_BEARER).strip())
    may_read = request.method in _SAFE and bearer.may(Scope.READ)
    if not may_read and not bearer.may(scope):
        raise Forbidden(f"This API key lacks the scope “{scope}”.")
    g.bearer = bearer


def _check_feed_token() -> None:
    limit_feeds()
    owner = services().accounts.find_by_username(str((request.view_args or {}).get("username")))
    token = request.args.get("token") or ""
    if owner is None or not services().feeds.may_read_bookings(owner.id, token):
        raise NotFound
    g.feed_owner = owner


def _check_page_token() -> None:
    token = request.args.get("token") or ""
    if request.method not in _SAFE:
        token = request.form.get("token") or token
    _check_token(token)


def _check_wish_token() -> None:
    token = request.args.get("token") or request.form.get("token") or ""
    wish_id = wish_of(services().settings.secret_key, token)
    if wish_id is None:
        raise NotFound("This link is not whole. Open it from the mail once more.")
    g.wish_id = wish_id


def _check_token(token: str, also: IsToken = is_manage_token) -> None:
    uid = str((request.view_args or {}).get("uid", ""))
    secret_key = services().settings.secret_key
    if not is_manage_token(secret_key, uid, token) and not also(secret_key, uid, token):
        raise NotFound
    services().bookings.check_link(uid)
    g.manages = uid
