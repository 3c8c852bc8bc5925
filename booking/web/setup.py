"""Puts the frame of all doors round an application: limits, login, policies, headers, errors.

The order of the steps before a view is the order here: number, size, policy (who), body,
idempotency. The doors' own blueprints are registered by `booking.app`.
"""

from __future__ import annotations

from flask import Flask

from booking.settings import Settings
from booking.web.csrf import init_csrf
from booking.web.docs import docs
from booking.web.errors import init_errors
from booking.web.headers import init_headers
from booking.web.hooks import hooks
from booking.web.idempotency import init_idempotency
from booking.web.json_guard import init_json_guard
from booking.web.json_provider import init_json
from booking.web.limits import init_limits
from booking.web.login import init_login
from booking.web.logs import init_access_log
from booking.web.metrics import metrics
from booking.web.openapi import init_api
from booking.web.policy import init_policies
from booking.web.probes import init_probes
from booking.web.sessions import init_sessions


def init_web(app: Flask, settings: Settings) -> None:
    """Prepare `app` for its doors; call it once, before any blueprint is registered."""
    init_json(app)
    init_errors(app)
    init_access_log(app)
    init_limits(app, settings)
    init_sessions(app, settings)
    init_login(app)
    init_csrf(app)
    init_policies(app)
    init_json_guard(app)
    init_idempotency(app)
    init_headers(app, settings)
    init_api(app)
    init_probes(app)
    app.register_blueprint(metrics)
    app.register_blueprint(docs)
    app.register_blueprint(hooks)
