"""Assembles the application; `main` is the `booking` command."""

from __future__ import annotations

from flask import Flask

from booking import paths
from booking.core.clock import Clock
from booking.db import db, init_database
from booking.queue import bell
from booking.settings import Settings, load_settings
from booking.upkeep.migrations import init_migrations
from booking.web.api.resources import RESOURCES
from booking.web.api.slots_lane import init_slots_lane
from booking.web.host import auth, keys, profile, security
from booking.web.host.pages import HOST_PAGES
from booking.web.openapi import register_resource
from booking.web.public import door
from booking.web.setup import init_web
from booking.wiring import build_services

_PAGES = (door, auth.pages, profile.pages, security.pages, keys.pages, *HOST_PAGES)


def create_app(settings: Settings | None = None, clock: Clock | None = None) -> Flask:
    """Build the application.

    Errors: BadSettings where the environment is not fit to start.
    """
    chosen = settings or load_settings()
    app = Flask(
        "booking",
        template_folder=str(paths.TEMPLATES),
        static_folder=str(paths.STATIC),
        static_url_path="/static",
    )
    app.config["SECRET_KEY"] = chosen.secret_key
    init_database(app, chosen)
    init_migrations(app)
    app.extensions["booking"] = build_services(chosen, clock, context=app.app_context)
    _ring_redis(app, chosen)
    init_slots_lane(app, chosen)
    init_web(app, chosen)
    for resource in RESOURCES:
        register_resource(app, resource)
    for pages in _PAGES:
        app.register_blueprint(pages)
    return app


def _ring_redis(app: Flask, settings: Settings) -> None:
    """Wake RQ workers after each commit that made work for them, where Redis is configured."""
    if settings.redis_url is not None:
        from booking.queue.redis_bell import RedisBell, connect_redis  # noqa: PLC0415 - only here

        with app.app_context():
            bell.attach(db.engine, RedisBell(connect_redis(settings.redis_url)))


def main() -> None:
    """Run the `booking` command."""
    from booking.cli.commands import cli  # noqa: PLC0415 - the doors load after settings

    cli(obj=create_app)
